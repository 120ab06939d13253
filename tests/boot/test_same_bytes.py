# SPDX-License-Identifier: BSD-2-Clause
"""Firmware equals host: what lies in memory when the kernel is entered is what
the line from the boot's log links at a desk, section by section."""

import shlex
import subprocess

import elf
import esp
import pytest
import results

SHF_ALLOC, SHF_TLS = elf.SHF_ALLOC, 0x400


def link_again(line, root, output):
    """Runs the log's line on the host: {image: Elf}."""
    words = shlex.split(line)
    subprocess.run([esp.BUILD / "bootlink", *words[1:], "--root", root,
                    "--output", output], check=True)
    return {path.stem: elf.read(path) for path in output.glob("*.elf")}


def bytes_of(section):
    return section.data or bytes(section.size)  # SHT_NOBITS


def compare(machine, image, segments):
    """Compares every allocated section; returns how many there were. .tbss is
    nowhere: each thread has its own."""
    count = 0
    for section in image.sections:
        is_tbss = section.flags & SHF_TLS and section.type == elf.SHT_NOBITS
        if not section.flags & SHF_ALLOC or section.size == 0 or is_tbss:
            continue
        found = machine.memory(results.physical(segments, section.address),
                               section.size)
        assert found == bytes_of(section), section.name
        count += 1
    return count


@pytest.mark.parametrize("memory", [
    "512M", pytest.param("8G", marks=pytest.mark.long)])
def test_memory_at_start_is_what_the_host_links(boot, tmp_path, memory):
    volume = esp.sample(tmp_path / "esp", twin="HALT")
    machine = boot(volume, memory=memory)
    machine.wait_for(r"^exit: boot services have ended")
    machine.wait_halted()
    serial = machine.serial()
    images = link_again(results.link_line(serial), volume.folder,
                        tmp_path / "linked")
    assert set(images) == {"kernel", "greet", "hello"}
    segments = results.segments(serial)
    assert compare(machine, images["kernel"], segments) >= 4
    assert compare(machine, images["greet"], segments) >= 2
    assert compare(machine, images["hello"], segments) >= 2
    assert images["kernel"].entry == machine.register("RIP") & ~0xf


def test_the_comparison_sees_one_wrong_byte(boot, tmp_path):
    """The same, with a byte of .data changed on the host's side."""
    volume = esp.sample(tmp_path / "esp", twin="HALT")
    machine = boot(volume)
    machine.wait_for(r"^exit: boot services have ended")
    machine.wait_halted()
    kernel = link_again(results.link_line(machine.serial()), volume.folder,
                        tmp_path / "linked")["kernel"]
    data = kernel.section(".data")
    spoiled = bytearray(data.data)
    spoiled[len(spoiled) // 2] ^= 1
    kernel.sections = [data._replace(data=bytes(spoiled))]
    with pytest.raises(AssertionError):
        compare(machine, kernel, results.segments(machine.serial()))
