# SPDX-License-Identifier: BSD-2-Clause
"""Walks the page tables of a stopped machine through its physical memory.

Written apart from loader/ and from the sample kernel, so that one of the three
can be wrong alone. [Intel SDM 3A 4.5: 4-Level Paging]
"""

import collections
import struct

PRESENT, WRITE, LARGE, NO_EXECUTE = 1 << 0, 1 << 1, 1 << 7, 1 << 63
ADDRESS = 0x000f_ffff_ffff_f000

Page = collections.namedtuple("Page", "address physical size write execute")


def canonical(address):
    return address | 0xffff_0000_0000_0000 if address >> 47 else address


def walk(machine, table=None, level=4, address=0, write=True, execute=True):
    """All pages that are mapped, in order of their addresses."""
    if table is None:
        table = machine.register("CR3") & ADDRESS
    size = 1 << (12 + 9 * (level - 1))
    entries = struct.unpack("<512Q", machine.memory(table, 4096))
    for i, entry in enumerate(entries):
        if not entry & PRESENT:
            continue
        at = address + i * size
        may_write = write and bool(entry & WRITE)
        may_execute = execute and not entry & NO_EXECUTE
        if level == 1 or (level <= 3 and entry & LARGE):
            yield Page(canonical(at), entry & ADDRESS & ~(size - 1), size,
                       may_write, may_execute)
        else:
            yield from walk(machine, entry & ADDRESS, level - 1, at,
                            may_write, may_execute)


def overlap(a, b):
    return (a.physical < b.physical + b.size and
            b.physical < a.physical + a.size)


def violations(pages):
    """Where W^X does not hold: a page both writable and executable, or an
    executable page whose memory can be written under another address."""
    found = [f"{page.address:#x} is writable and executable"
             for page in pages if page.write and page.execute]
    writable = [page for page in pages if page.write]
    for page in pages:
        if page.execute:
            found += [f"{page.address:#x} is executable, and writable at "
                      f"{other.address:#x}" for other in writable
                      if overlap(page, other) and other is not page]
    return found
