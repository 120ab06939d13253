# SPDX-License-Identifier: BSD-2-Clause
"""An ELF64 little-endian file as Python data [gABI: Object Files].

Receives the bytes of a file that a linker or assembler wrote (not a hostile
one: errors are exceptions). Afterwards sections, program headers and symbols
are plain named tuples, in the order of the file.
"""

import struct
from typing import NamedTuple

SHT_PROGBITS, SHT_SYMTAB, SHT_STRTAB, SHT_RELA = 1, 2, 3, 4
SHT_NOBITS, SHT_REL, SHT_SYMTAB_SHNDX = 8, 9, 18
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR = 1, 2, 4
PT_LOAD, PT_GNU_PROPERTY = 1, 0x6474e553
STB_LOCAL = 0
STT_NOTYPE, STT_SECTION, STT_FILE = 0, 3, 4
SHN_UNDEF, SHN_LORESERVE, SHN_ABS, SHN_COMMON = 0, 0xff00, 0xfff1, 0xfff2
SHN_XINDEX = 0xffff

HEADER = struct.Struct('<16sHHIQQQIHHHHHH')
SECTION = struct.Struct('<IIQQQQIIQQ')
SEGMENT = struct.Struct('<IIQQQQQQ')
SYMBOL = struct.Struct('<IBBHQQ')


class Section(NamedTuple):
    name: str
    type: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    align: int
    entry_size: int
    data: bytes  # empty for SHT_NOBITS


class Segment(NamedTuple):
    type: int
    flags: int
    offset: int
    address: int
    load_address: int
    file_size: int
    memory_size: int
    align: int


class Symbol(NamedTuple):
    name: str
    value: int
    size: int
    type: int
    binding: int
    visibility: int
    section: str  # its name, or '*UND*', '*ABS*', '*COM*'


class Elf:
    def __init__(self, data):
        self.data = data
        header = HEADER.unpack_from(data)
        assert header[0][:6] == b'\x7fELF\x02\x01', 'not ELF64 little-endian'
        (_, self.type, self.machine, _, self.entry, segments, sections,
         self.flags, _, _, segment_count, _, section_count,
         self.names_index) = header
        self.osabi = data[7]
        self.section_offset = sections
        if sections and (not section_count or
                         self.names_index == SHN_XINDEX):
            first = SECTION.unpack_from(self.data, sections)
            section_count = section_count or first[5]
            if self.names_index == SHN_XINDEX:
                self.names_index = first[6]
        self.sections = self._read_sections(sections, section_count)
        self.segments = [
            self._segment(segments + i * SEGMENT.size)
            for i in range(segment_count)]

    def _read_sections(self, at, count):
        raw = [SECTION.unpack_from(self.data, at + i * SECTION.size)
               for i in range(count)]
        if not raw:
            return []
        names = self.data[raw[self.names_index][4]:]
        return [self._section(names, header) for header in raw]

    def _section(self, names, header):
        (name, kind, flags, address, offset, size, link, info, align,
         entry_size) = header
        bytes_ = b'' if kind == SHT_NOBITS else self.data[offset:offset + size]
        return Section(string_at(names, name), kind, flags, address, offset,
                       size, link, info, align, entry_size, bytes_)

    def _segment(self, at):
        (kind, flags, offset, address, load_address, file_size, memory_size,
         align) = SEGMENT.unpack_from(self.data, at)
        return Segment(kind, flags, offset, address, load_address, file_size,
                       memory_size, align)

    @property
    def symbols(self):
        """All symbols but the null one."""
        tables = [s for s in self.sections if s.type == SHT_SYMTAB]
        if not tables:
            return []
        names = self.sections[tables[0].link].data
        entries = list(SYMBOL.iter_unpack(tables[0].data))
        extended = [i for s in self.sections if s.type == SHT_SYMTAB_SHNDX
                    for i, in struct.iter_unpack('<I', s.data)]
        return [self._symbol(names, entry, extended[i] if extended else 0)
                for i, entry in enumerate(entries)][1:]

    def _symbol(self, names, entry, extended):
        name, info, other, index, value, size = entry
        index = extended if index == SHN_XINDEX else index
        return Symbol(string_at(names, name), value, size, info & 15,
                      info >> 4, other & 3, self._section_name(index))

    def _section_name(self, index):
        special = {SHN_UNDEF: '*UND*', SHN_ABS: '*ABS*', SHN_COMMON: '*COM*'}
        if index in special:
            return special[index]
        return self.sections[index].name

    def section(self, name):
        return next(s for s in self.sections if s.name == name)


def string_at(table, offset):
    return table[offset:table.index(b'\0', offset)].decode()


def read(path):
    with open(path, 'rb') as file:
        return Elf(file.read())
