# SPDX-License-Identifier: BSD-2-Clause
"""What a boot takes of memory, and what the kernel finds of it."""

import pathlib
import re
import subprocess
import sys

import esp
import vm

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "bench"))
import inputs  # noqa: E402  tests/bench/inputs.py

PADDING = 8192  # KiB, of one object: in no image

# A kernel of 600 objects with 28,000 sections and 33,000 symbols, times what its
# files and its image take. It was 1.95.
SMALL_OBJECTS = 1.25


def padded_sample(folder):
    """The sample kernel, and an object that is large and has nothing in it."""
    volume = esp.sample(folder)
    subprocess.run(["as", "-o", volume.path("kernel/padding.o")], check=True,
                   input=f'.section .padding,""\n.zero {PADDING} * 1024\n',
                   text=True)
    return volume


def kernel_of_many(folder):
    """The bench's kernel "4m": what the linker knows of it counts, too."""
    with inputs.alone():
        start, *others = sorted(inputs.kernel_folder("4m").glob("*.o"))
    volume = esp.Esp(folder)
    volume.add("kernel/a-start.o", start)
    subprocess.run(["ar", "rcsD", volume.path("kernel/kernel.a"), *others],
                   check=True)
    volume.config(esp.CONFIG)
    return volume


def kibibytes(pattern, serial):
    return [int(number) for number in
            re.search(pattern, serial, re.MULTILINE).groups()]


def memory_of(serial):
    """KiB at the peak, of files, of images."""
    return kibibytes(
        r"^memory: (\d+) KiB at the peak, files (\d+) KiB, images (\d+) KiB",
        serial)


def test_files_are_usable_and_memory_is_bounded(boot, tmp_path):
    """At most files and images and a quarter; what was read is free again."""
    machine = boot(padded_sample(tmp_path / "esp"))
    assert machine.wait() == vm.PASSED
    serial = machine.serial()
    peak, files, images = memory_of(serial)
    assert files >= PADDING and images >= 16 * 1024
    assert files + images < peak <= 1.25 * (files + images)
    [reclaimable] = kibibytes(r"^ +reclaimable +(\d+) KiB", serial)
    assert reclaimable < PADDING / 2


def test_what_is_known_of_many_objects_is_bounded(boot, tmp_path):
    """The kernel goes through all that it has; so every object is in place."""
    machine = boot(kernel_of_many(tmp_path / "esp"))
    assert machine.wait() == vm.PASSED
    peak, files, images = memory_of(machine.serial())
    assert files >= 12 * 1024 and images >= 4 * 1024
    assert files + images < peak <= SMALL_OBJECTS * (files + images)
