# SPDX-License-Identifier: BSD-2-Clause
"""Other kernels than the sample: a course's, and one with a real libc.a."""

import glob

import esp
import pytest
import results
import vm

KERNELS = esp.TOP / "tests/boot/kernels"

TEACHING = esp.CONFIG + "    script_path: boot():/teaching.ld\n"


def teaching(folder, words=4):
    kernel = esp.Esp(folder)
    kernel.config(TEACHING)
    kernel.add("teaching.ld", KERNELS / "teaching.ld")
    esp.assemble("teaching.asm", kernel.path("kernel/start.o"))
    esp.compile_c("teaching.c", kernel.path("kernel/main.o"),
                  f"-DWORDS={words}")
    return kernel


def is_staged(serial):
    return any(line.startswith("stage") for line in serial.splitlines())


def test_a_teaching_kernel_at_physical_1_mib(boot, tmp_path):
    machine = boot(teaching(tmp_path / "esp"))
    assert machine.wait() == vm.PASSED
    serial = machine.serial()
    assert "teaching kernel from 0x0000000000100000" in serial
    assert [segment.physical for segment in results.segments(serial)] == \
        [segment.address for segment in results.segments(serial)]


@pytest.mark.parametrize("memory", ["512M", "8G"])
def test_a_place_that_the_firmware_uses_is_filled_later(boot, tmp_path, memory):
    """16 MiB from 1 MiB on: OVMF has its own data at 8 MiB."""
    machine = boot(teaching(tmp_path / "esp", words=4 << 20), memory=memory)
    assert machine.wait() == vm.PASSED
    assert is_staged(machine.serial())


def test_phys_any_puts_it_elsewhere(boot, tmp_path):
    """Virtual addresses stay, physical ones are free."""
    kernel = teaching(tmp_path / "esp", words=4 << 20)
    kernel.config(TEACHING + "    phys: any\n")
    machine = boot(kernel)
    assert machine.wait() == vm.PASSED
    assert not is_staged(machine.serial())


def test_a_libc_taken_from_its_archive(boot, tmp_path):
    """snprintf, qsort and strtol of Debian's musl, as they lie in libc.a."""
    libc = glob.glob("/usr/lib/*linux-musl/libc.a")
    kernel = esp.Esp(tmp_path / "esp")
    kernel.config(esp.CONFIG)
    kernel.add("kernel/libc.a", libc[0])
    esp.compile_c("musl.c", kernel.path("kernel/main.o"), "-mcmodel=kernel")
    machine = boot(kernel)
    assert machine.wait() == vm.PASSED
    assert "15 20 30 40| rest|0xbeef" in machine.serial()
