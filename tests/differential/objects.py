# SPDX-License-Identifier: BSD-2-Clause
"""What an object (-r), or a file with relocations (-q), says, in a form in
which those of two linkers can be compared: names instead of indices."""

import struct

import elf
import links

RELA = struct.Struct('<QQq')
SHT_GROUP = 17
SHF_INFO_LINK = 0x40


def symbol_label(output, index):
    symbol = ([None] + output.symbols)[index]
    if symbol is None:
        return ''
    return symbol.name or f'section {symbol.section}'


def relocations(output):
    """(section, offset, type, symbol, addend) of all."""
    found = []
    for table in output.sections:
        if table.type != elf.SHT_RELA or not table.flags & SHF_INFO_LINK:
            continue
        target = output.sections[table.info].name
        for offset, info, addend in RELA.iter_unpack(table.data):
            found.append((target, hex(offset), info & 0xffffffff,
                          symbol_label(output, info >> 32), hex(addend)))
    return sorted(found)


def groups(output):
    """(signature, flags, members without their relocations) of all."""
    found = []
    for group in output.sections:
        if group.type != SHT_GROUP:
            continue
        words = [word[0] for word in struct.iter_unpack('<I', group.data)]
        members = [output.sections[i] for i in words[1:]]
        found.append((symbol_label(output, group.info), words[0],
                      tuple(sorted(m.name for m in members
                                   if m.type != elf.SHT_RELA))))
    return sorted(found)


def sections(output):
    """In order, as far as it decides a later link."""
    tables = (elf.SHT_RELA, elf.SHT_SYMTAB, elf.SHT_STRTAB, SHT_GROUP)
    return [(s.name, s.type, s.flags, hex(s.size), s.align, s.entry_size,
             s.data.hex()) for s in output.sections if s.type not in tables]


def symbols(output):
    return sorted((s.name, hex(s.value), s.size, s.type, s.binding,
                   s.visibility, s.section) for s in output.symbols
                  if s.type != elf.STT_SECTION)


def differences(ours, theirs):
    found = []
    for what in (links.header_order, sections, relocations, groups, symbols):
        found += links.lists_differ(what.__name__, what(ours), what(theirs))
    if ours.osabi != theirs.osabi:
        found.append(f'osabi: {ours.osabi}, not {theirs.osabi}')
    return found
