# SPDX-License-Identifier: BSD-2-Clause
"""SHT_RELA to SHT_REL: an object whose addends lie in the relocated places.

x86-64 assemblers do not write such objects, and a linker has to read them all
the same. [gABI: Relocation]
"""

import struct

import elf

# psABI 4.4.1: bytes of the field of each type.
WIDTHS = {1: 8, 24: 8, **dict.fromkeys([2, 4, 9, 10, 11, 41, 42], 4),
          **dict.fromkeys([12, 13], 2), **dict.fromkeys([14, 15], 1)}


def store_addend(data, place, width, addend):
    data[place:place + width] = struct.pack('<q', addend)[:width]


def convert_table(data, table, target):
    """Rewrites the entries of one table, 24 bytes each, as 16 bytes each."""
    entries = list(struct.iter_unpack('<QQq', table.data))
    for i, (offset, info, addend) in enumerate(entries):
        width = WIDTHS[info & 0xffffffff]
        store_addend(data, target.offset + offset, width, addend)
        struct.pack_into('<QQ', data, table.offset + 16 * i, offset, info)
    return 16 * len(entries)


def convert(data):
    """The object's bytes with every SHT_RELA section made SHT_REL."""
    source = elf.Elf(data)
    data = bytearray(data)
    for i, table in enumerate(source.sections):
        if table.type != elf.SHT_RELA:
            continue
        size = convert_table(data, table, source.sections[table.info])
        header = source.section_offset + i * elf.SECTION.size
        struct.pack_into('<I', data, header + 4, elf.SHT_REL)
        struct.pack_into('<Q', data, header + 32, size)
        struct.pack_into('<Q', data, header + 56, 16)
    return bytes(data)
