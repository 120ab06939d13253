# SPDX-License-Identifier: BSD-2-Clause
"""Other kernels than the sample: a course's, and one with a real libc.a."""

import glob
import subprocess

import esp
import pytest
import results
import vm

KERNELS = esp.TOP / "tests/boot/kernels"

TEACHING = esp.CONFIG + "    script_path: boot():/teaching.ld\n"


# OVMF keeps boot services data from 9 MiB on (and ACPI NVS below that).
TAKEN = 0xa00000


def teaching(folder, base=0x100000):
    kernel = esp.Esp(folder)
    kernel.config(TEACHING)
    script = (KERNELS / "teaching.ld").read_text(encoding="ascii")
    kernel.write("teaching.ld", script.replace("0x100000", f"{base:#x}"))
    esp.assemble("teaching.asm", kernel.path("kernel/start.o"))
    esp.compile_c("teaching.c", kernel.path("kernel/main.o"),
                  f"-DBASE={base:#x}")
    return kernel


def is_staged(serial):
    return "the firmware still uses" in serial


def is_identity_mapped(serial):
    return all(segment.physical == segment.address
               for segment in results.segments(serial))


def test_a_teaching_kernel_at_physical_1_mib(boot, tmp_path):
    machine = boot(teaching(tmp_path / "esp"))
    assert machine.wait() == vm.PASSED
    assert "teaching kernel from 0x0000000000100000" in machine.serial()
    assert is_identity_mapped(machine.serial())


@pytest.mark.parametrize("memory", [
    "512M", pytest.param("8G", marks=pytest.mark.long)])
def test_a_place_that_the_firmware_uses_is_filled_later(boot, tmp_path, memory):
    machine = boot(teaching(tmp_path / "esp", TAKEN), memory=memory)
    assert machine.wait() == vm.PASSED
    assert is_staged(machine.serial())
    assert is_identity_mapped(machine.serial())


def test_phys_any_puts_it_elsewhere(boot, tmp_path):
    """Virtual addresses stay, physical ones are free."""
    kernel = teaching(tmp_path / "esp", TAKEN)
    kernel.config(TEACHING + "    phys: any\n")
    machine = boot(kernel)
    assert machine.wait() == vm.PASSED
    assert not is_staged(machine.serial())
    assert not is_identity_mapped(machine.serial())


def test_a_place_that_is_not_ram_is_refused(boot, tmp_path):
    """Device memory below 4 GiB."""
    machine = boot(teaching(tmp_path / "esp", 0xfec00000))
    assert machine.wait() == vm.NOTHING_BOOTED
    assert "0xfec00000" in machine.serial()
    assert "Nothing was booted" in machine.serial()


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


# As an editor on Windows saves it; the file's name is not ASCII.
CONTRACT = "\ufeff" + (esp.CONFIG + """\
    kernel_path: boot():/lib/libanswer.a
    file_path: boot():/noch größer.txt
    file_path: boot():/empty
    file_path: boot():/more/
    file_path: boot():/kernel/main.o
    file_path: boot():/main.o
    cmdline: alpha # beta
""").replace("\n", "\r\n")


def test_the_boot_info_keeps_its_promises(boot, tmp_path):
    kernel = esp.Esp(tmp_path / "esp")
    kernel.config(CONTRACT)
    kernel.write("noch größer.txt", "text\n")
    kernel.write("empty", "")
    kernel.write("more/b.txt", "bee")
    kernel.write("more/a.txt", "a")
    kernel.write("more/.hidden", "")
    kernel.write("more/deeper/c.txt", "")
    esp.assemble("contract.asm", kernel.path("kernel/start.o"))
    esp.compile_c("contract.c", kernel.path("kernel/main.o"),
                  "-mcmodel=kernel")
    kernel.add("main.o", kernel.path("kernel/main.o"))
    answer = tmp_path / "answer.c"
    answer.write_text("int from_an_archive(void) { return 42; }\n")
    esp.compile_c(answer, tmp_path / "answer.o", "-mcmodel=kernel")
    subprocess.run(["ar", "rc", kernel.path("lib/libanswer.a"),
                    tmp_path / "answer.o"], check=True)
    machine = boot(kernel)
    assert machine.wait() == vm.PASSED
    assert machine.serial().count("\nok   ") == 27


def linked_teaching(folder):
    """The course's kernel, linked by GNU ld."""
    kernel = teaching(folder)
    subprocess.run(["ld", "-T", folder / "teaching.ld", "-o",
                    kernel.path("kernel.elf"),
                    *sorted((folder / "kernel").glob("*.o"))], check=True)
    kernel.config(TEACHING.replace("/kernel/", "/kernel.elf"))
    return kernel


def test_a_kernel_that_is_linked_already(boot, tmp_path):
    machine = boot(linked_teaching(tmp_path / "esp"))
    assert machine.wait() == vm.PASSED
    assert "teaching kernel from 0x0000000000100000" in machine.serial()
    assert "kernel.elf: is linked already" in machine.serial()
    assert is_identity_mapped(machine.serial())


def test_a_linked_kernel_takes_no_modules(boot, tmp_path):
    kernel = linked_teaching(tmp_path / "esp")
    kernel.config(TEACHING.replace("/kernel/", "/kernel.elf") +
                  "    module_path: boot():/kernel/main.o\n")
    machine = boot(kernel)
    assert machine.wait() == vm.NOTHING_BOOTED
    assert "name its objects in kernel_path" in machine.serial()
