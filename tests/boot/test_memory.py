# SPDX-License-Identifier: BSD-2-Clause
"""What a boot takes of memory, and what the kernel finds of it."""

import re
import subprocess

import esp
import vm

PADDING = 8192  # KiB, of one object: in no image


def padded_sample(folder):
    """The sample kernel, and an object that is large and has nothing in it."""
    volume = esp.sample(folder)
    subprocess.run(["as", "-o", volume.path("kernel/padding.o")], check=True,
                   input=f'.section .padding,""\n.zero {PADDING} * 1024\n',
                   text=True)
    return volume


def kibibytes(pattern, serial):
    return [int(number) for number in
            re.search(pattern, serial, re.MULTILINE).groups()]


def test_files_are_usable_and_memory_is_bounded(boot, tmp_path):
    """At most files and images and a quarter; what was read is free again."""
    machine = boot(padded_sample(tmp_path / "esp"))
    assert machine.wait() == vm.PASSED
    serial = machine.serial()
    peak, files, images = kibibytes(
        r"^memory: (\d+) KiB at the peak, files (\d+) KiB, images (\d+) KiB",
        serial)
    assert files >= PADDING and images >= 16 * 1024
    assert files + images < peak <= 1.25 * (files + images)
    [reclaimable] = kibibytes(r"^ +reclaimable +(\d+) KiB", serial)
    assert reclaimable < PADDING / 2
