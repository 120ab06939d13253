# SPDX-License-Identifier: BSD-2-Clause
"""The sample kernel: everything holds, and each check can fail."""

import re

import esp
import pytest
import results
import vm

# What is broken by -DBREAK_<twin>, and the claim that must fail then.
TWINS = {
    "INFO": "boot info has the size and version of its header",
    "BSS": ".bss is zero",
    "DATA": "pointers and function tables are relocated",
    "WEAK": "a strong definition overrides a weak one",
    "COMMON": "a COMMON symbol is zero, aligned and shared",
    "CONSTRUCTORS": "constructors ran in the order of their priority",
    "COMDAT": "a COMDAT group is there once",
    "ADDRESS": "the kernel lies where the boot info says",
    "PERMISSIONS": "each section has its own permissions",
    "DIRECT_MAP": "each section has its own permissions",
    "STACK": "the stack has a guard page",
    "MEMORY_MAP": "the memory map ascends without overlap",
    "SCREEN": "a line of text is on the screen",
    "MODULES": "the modules start in their order",
    "FAULT": "a fault is traced by name and survived",
    "NAMES": "a fault is traced by name and survived",
}


@pytest.mark.parametrize("cpu", ["max", "qemu64"])
def test_all_checks_pass(boot, tmp_path, cpu):
    """With 1 GiB pages (max) and without (qemu64)."""
    machine = boot(esp.sample(tmp_path / "esp"), cpu=cpu)
    status = machine.wait()
    serial = machine.serial()
    assert results.failed(serial) == []
    assert len(results.checks(serial)) == results.CHECKS
    assert f"{results.CHECKS} checks passed, 0 failed" in serial
    assert status == vm.PASSED


def test_modules_get_their_parameters(boot, tmp_path):
    folder = esp.sample(tmp_path / "esp")
    folder.config((folder.folder / "bootlink.conf").read_text().replace(
        "greeting=hi", "greeting=good morning"))
    machine = boot(folder)
    assert machine.wait() == vm.PASSED
    assert "good morning, kernel" in machine.serial()
    assert machine.serial().index("greet:") < machine.serial().index("hello:")


def test_a_module_that_fails_is_seen(boot, tmp_path):
    folder = esp.sample(tmp_path / "esp")
    folder.config((folder.folder / "bootlink.conf").read_text().replace(
        "greeting=hi", "greetings=hi"))
    machine = boot(folder)
    assert machine.wait() == vm.FAILED
    assert results.failed(machine.serial()) == [TWINS["MODULES"]]


def test_a_fault_in_a_module_of_the_boot_is_traced(boot, tmp_path):
    folder = esp.sample(tmp_path / "esp")
    folder.config((folder.folder / "bootlink.conf").read_text().replace(
        "modules/greet.ko", "modules/faulty.ko"
    ).replace("module_path: boot():/modules/hello.ko", "").replace(
        "module_cmdline: greeting=hi", ""))
    machine = boot(folder)
    assert machine.wait() == vm.FAILED
    assert re.search(r"^ +write_to\+0x\S+ \[faulty\]\n"
                     r" +start\+0x\S+ \[faulty\]\n"
                     r"(.*\n)* +modules_start\+0x\S+\n", machine.serial(),
                     re.MULTILINE)


@pytest.mark.long
@pytest.mark.parametrize("twin", TWINS)
def test_a_twin_fails_its_own_check(boot, tmp_path, twin):
    machine = boot(esp.sample(tmp_path / "esp", twin=twin))
    status = machine.wait()
    assert results.failed(machine.serial()) == [TWINS[twin]]
    assert f"{results.CHECKS - 1} checks passed, 1 failed" in machine.serial()
    assert status == vm.FAILED


def test_each_boot_has_its_own_slide(boot, tmp_path):
    """Two slides out of 512 are the same once in 512 runs; three, never."""
    folder = esp.sample(tmp_path / "esp")
    slides = set()
    for _ in range(3):
        machine = boot(folder)
        machine.wait()
        slides.add(results.number(machine.serial(), r", slide 0x([0-9a-f]+)"))
        machine.close()
    assert len(slides) > 1
    assert all(slide % 0x200000 == 0 for slide in slides)


def test_without_kaslr_there_is_no_slide(boot, tmp_path):
    folder = esp.sample(tmp_path / "esp")
    folder.config((folder.folder / "bootlink.conf").read_text().replace(
        "kaslr: yes", "kaslr: no"))
    machine = boot(folder)
    assert machine.wait() == vm.PASSED
    assert "(0xffffffff80000000 at physical" in machine.serial()


def test_eight_gigabytes(boot, tmp_path):
    machine = boot(esp.sample(tmp_path / "esp"), memory="8G")
    assert machine.wait() == vm.PASSED
    total = int(re.search(r"(\d+) KiB of RAM",
                                  machine.serial()).group(1))
    assert 7.9 * 1024 * 1024 < total <= 8 * 1024 * 1024


def test_power_off_by_acpi(boot, tmp_path):
    """Without isa-debug-exit the kernel turns the machine off."""
    machine = boot(esp.sample(tmp_path / "esp"), debug_exit=False)
    machine.open_qmp()
    assert machine.wait() == 0
    assert machine.shutdown_reason() == "guest-shutdown"
    assert f"{results.CHECKS} checks passed, 0 failed" in machine.serial()


def test_without_a_screen(boot, tmp_path):
    machine = boot(esp.sample(tmp_path / "esp"), options=["-vga", "none"])
    assert machine.wait() == vm.PASSED
    assert "there is no screen" in machine.serial()


def test_the_text_is_on_the_screen(boot, tmp_path):
    """Seen from outside: white pixels where the text is."""
    machine = boot(esp.sample(tmp_path / "esp"), debug_exit=False,
                   options=["-no-shutdown"])
    machine.wait_for("checks passed")
    picture = tmp_path / "screen.ppm"
    machine.ask("screendump", filename=str(picture))
    header, size, _, pixels = picture.read_bytes().split(b"\n", 3)
    width = int(size.split()[0])
    text = b"".join(pixels[3 * (y * width + 24):3 * (y * width + 584)]
                    for y in range(24, 40))
    ink = sum(text[i:i + 3] == b"\xff\xff\xff" for i in range(0, len(text), 3))
    assert header == b"P6"
    assert 1000 < ink < len(text) / 3 / 2


def test_a_stale_map_key_is_tried_again(boot, tmp_path):
    """UEFI 2.10 7.4.6: the first ExitBootServices fails."""
    esp.make(esp.inside(esp.BUILD / "BOOTX64-exit-stale-key.EFI"))
    machine = boot(esp.sample(tmp_path / "esp",
                              loader="BOOTX64-exit-stale-key.EFI"))
    assert machine.wait() == vm.PASSED
    assert "exit: the memory map changed, once more" in machine.serial()


def test_the_trampoline_in_a_page_of_its_own(boot, tmp_path):
    esp.make(esp.inside(esp.BUILD / "BOOTX64-depart-copy-trampoline.EFI"))
    machine = boot(esp.sample(tmp_path / "esp",
                              loader="BOOTX64-depart-copy-trampoline.EFI"))
    assert machine.wait() == vm.PASSED
