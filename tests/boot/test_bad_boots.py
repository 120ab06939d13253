# SPDX-License-Identifier: BSD-2-Clause
"""Boots that cannot work: each ends by itself, with a message on the serial
port that says where and what; nothing is entered and the disk is unchanged."""

import hashlib
import re
import time

import esp
import pytest
import vm


def replaced(name, old, new):
    def spoil(volume):
        text = (volume.folder / name).read_text(encoding="utf-8")
        assert old in text
        volume.write(name, text.replace(old, new))
    return spoil


def removed(name):
    return lambda volume: volume.remove(name)


def written(name, text):
    return lambda volume: volume.write(name, text)


def random_bytes(name):
    """Bytes that look random and are the same every time."""
    def spoil(volume):
        noise = b"".join(hashlib.sha256(bytes([i])).digest()
                         for i in range(64))
        volume.path(name).write_bytes(noise)
    return spoil


def cut(name, size):
    def spoil(volume):
        path = volume.folder / name
        path.write_bytes(path.read_bytes()[:size])
    return spoil


CONF = "bootlink.conf"

# What is spoiled, and what the log must say (a regular expression).
CASES = {
    "no config file": (
        removed(CONF), r"bootlink\.conf"),
    "config is empty": (
        written(CONF, ""), r"bootlink\.conf"),
    "config has an unknown key": (
        replaced(CONF, "kernel_path", "kernle_path"),
        r"bootlink\.conf:6:5: .*kernle_path.*kernel_path"),
    "config has a value that is none": (
        replaced(CONF, "kaslr: yes", "kaslr: maybe"),
        r"bootlink\.conf:\d+:\d+: .*maybe"),
    "config names another protocol": (
        replaced(CONF, "protocol: bootlink", "protocol: chain"),
        r"bootlink\.conf:\d+:\d+: .*chain"),
    "no such kernel": (
        replaced(CONF, "boot():/kernel/", "boot():/kernel.elf"),
        r"kernel\.elf"),
    "no such folder": (
        replaced(CONF, "boot():/kernel/", "boot():/kernels/"),
        r"kernels"),
    "no such module": (
        removed("modules/greet.ko"), r"modules/greet\.ko"),
    "module needs what nobody has": (
        replaced(CONF, "    module_path: boot():/modules/greet.ko\n", ""),
        r"hello\.ko.*undefined reference to '?greet'?"),
    "no such script": (
        removed("linker.ld"), r"linker\.ld"),
    "script does not parse": (
        replaced("linker.ld", "SECTIONS\n{", "SECTIONS\n{ )"),
        r"linker\.ld:\d+:\d+: "),
    "script is not closed": (
        written("linker.ld", "SECTIONS { .text : { *(.text)"),
        r"linker\.ld:\d+:\d+: "),
    "undefined symbol": (
        removed("kernel/parts.o"),
        r"link\.o:\(\.text.*\): undefined reference to 'first_node'"),
    "duplicate symbol": (
        lambda volume: volume.add("kernel/parts2.o",
                                  volume.folder / "kernel/parts.o"),
        r"parts2\.o:\(.*\): multiple definition of '\w+'\n +first defined in kernel/parts\.o"),
    "no _start": (
        removed("kernel/start.o"), r"_start"),
    "object is empty": (
        cut("kernel/link.o", 0), r"kernel/link\.o"),
    "object is cut": (
        cut("kernel/link.o", 1000), r"kernel/link\.o"),
    "object is random": (
        random_bytes("kernel/link.o"), r"kernel/link\.o"),
    "archive is cut": (
        cut("kernel/libk.a", 5000), r"kernel/libk\.a"),
}


@pytest.mark.parametrize("case", CASES, ids=lambda name: name.replace(" ", "-"))
def test_a_bad_boot_says_why_and_ends(boot, tmp_path, case):
    spoil, expected = CASES[case]
    volume = esp.Esp(tmp_path / "esp")
    built = esp.BUILD / "esp"
    for name in ("kernel", "modules"):
        for file in (built / name).rglob("*.*"):
            volume.add(file.relative_to(built), file)
    for name in (CONF, "linker.ld"):
        volume.add(name, esp.BUILD / "esp" / name)
    spoil(volume)
    machine = boot(volume)
    status = machine.wait()
    serial = machine.serial()
    assert re.search(expected, serial), serial
    assert "Nothing was booted: " in serial
    assert "sample kernel" not in serial
    assert status == vm.NOTHING_BOOTED


def test_a_boot_without_memory_ends(boot, tmp_path):
    """A section of 1.5 GiB on a machine of 512 MiB; with a slide it would be
    the addresses that end."""
    volume = esp.Esp(tmp_path / "esp")
    volume.config(esp.CONFIG + "    kaslr: no\n")
    source = tmp_path / "huge.asm"
    source.write_text("section .bss\nresb 0x60000000\n"
                      "section .text\nglobal _start\n_start: hlt\n")
    esp.assemble(source, volume.path("kernel/huge.o"))
    machine = boot(volume)
    assert machine.wait() == vm.NOTHING_BOOTED
    assert "no memory for the image" in machine.serial()


@pytest.mark.parametrize("is_good", [True, False])
def test_nothing_is_written_to_the_disk(tmp_path, is_good):
    volume = esp.sample(tmp_path / "esp")
    if not is_good:
        volume.remove("kernel/parts.o")
    image = volume.image()
    before = hashlib.sha256(image.read_bytes()).digest()
    with vm.Machine(image, writable=True) as machine:
        assert machine.wait() == (vm.PASSED if is_good else vm.NOTHING_BOOTED)
    assert hashlib.sha256(image.read_bytes()).digest() == before


def test_a_key_returns_to_the_firmware(boot, tmp_path):
    """On a processor that does not say that it is emulated, as on a real
    machine, Bootlink waits; the firmware then reports what it got back."""
    volume = esp.sample(tmp_path / "esp")
    volume.remove("kernel/parts.o")
    machine = boot(volume, cpu="max,-hypervisor")
    machine.wait_for(r"A key returns to the firmware")
    time.sleep(2)
    assert "Load Error" not in machine.serial()
    machine.monitor("sendkey ret")
    machine.wait_for(r"Load Error", seconds=30)
