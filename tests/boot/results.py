# SPDX-License-Identifier: BSD-2-Clause
"""What the sample kernel and the loader's log say, as data."""

import re

CHECKS = 14  # of kernel-sample/main.c


def checks(serial):
    """The sample kernel's claims: {claim: True or False}."""
    return {claim: word == "ok  " for word, claim in
            re.findall(r"^(ok  |FAIL) ([^(\n]*[^(\n ])", serial, re.MULTILINE)}


def failed(serial):
    return [claim for claim, holds in checks(serial).items() if not holds]


def link_line(serial):
    """The command that does the boot's link again, as the log gives it."""
    return re.search(r"^bootlink link .*$", serial, re.MULTILINE).group(0)


def number(serial, pattern):
    """The hexadecimal number that is group 1 of a pattern."""
    return int(re.search(pattern, serial, re.MULTILINE).group(1), 16)


class Segment:
    def __init__(self, fields):
        address, physical, kib, permissions, name = fields
        self.address, self.physical = int(address, 16), int(physical, 16)
        self.size = int(kib) * 1024
        self.permissions, self.name = permissions, name


def physical(listed, address):
    """Where the byte at a virtual address lies."""
    for segment in listed:
        if segment.address <= address < segment.address + segment.size:
            return segment.physical + address - segment.address
    raise KeyError(f"{address:#x} is in no segment")


def segments(serial):
    """The segments of all images, as the log lists them."""
    return [Segment(fields) for fields in re.findall(
        r"^  0x([0-9a-f]+) at 0x([0-9a-f]+) +(\d+) KiB ([r-][w-][x-]) ?(.*)$",
        serial, re.MULTILINE)]
