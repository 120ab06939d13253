# SPDX-License-Identifier: BSD-2-Clause
"""Corrupt files, each named after its one defect.

`defects(good, foreign)` gives name -> Bad: the bytes of a file that
was a good object, archive or script but for that defect. The same input gives
the same files; nothing is random but the file that says so, and it has a seed.
[gABI: Object Files] [GNU ar]
"""

import random
import struct
from typing import NamedTuple

import elf

SECTION_FIELDS = {'name': (0, 'I'), 'type': (4, 'I'), 'flags': (8, 'Q'),
                  'address': (16, 'Q'), 'offset': (24, 'Q'), 'size': (32, 'Q'),
                  'link': (40, 'I'), 'info': (44, 'I'), 'align': (48, 'Q'),
                  'entry_size': (56, 'Q')}
HEADER_FIELDS = {'class': (4, 'B'), 'data': (5, 'B'), 'ident_version': (6, 'B'),
                 'type': (16, 'H'), 'machine': (18, 'H'), 'version': (20, 'I'),
                 'entry': (24, 'Q'), 'phoff': (32, 'Q'), 'shoff': (40, 'Q'),
                 'flags': (48, 'I'), 'ehsize': (52, 'H'), 'phentsize': (54, 'H'),
                 'phnum': (56, 'H'), 'shentsize': (58, 'H'), 'shnum': (60, 'H'),
                 'shstrndx': (62, 'H')}
SYMBOL_FIELDS = {'name': (0, 'I'), 'info': (4, 'B'), 'other': (5, 'B'),
                 'section': (6, 'H'), 'value': (8, 'Q'), 'size': (16, 'Q')}
RELOCATION_FIELDS = {'offset': (0, 'Q'), 'type': (8, 'I'), 'symbol': (12, 'I'),
                     'addend': (16, 'q')}
HUGE = 2 ** 64 - 1

# What the good object is made of: something of each kind to damage.
SOURCE = '''
.globl _start, value
.text
_start: call helper
    mov value@GOTPCREL(%rip), %rax
    mov $local, %edi
    ret
.data
local: .quad value, local
value: .long 7
.comm buffer,64,16
.weak helper
.section .text.inline,"axG",@progbits,inline,comdat
.weak inline
inline: ret
.section .order,"ao",@progbits,.text
.quad local
.bss
.skip 32
'''


class Bad(NamedTuple):
    data: bytes
    kind: str = 'object'  # or 'archive', 'script'


class Damage:
    """Writes into copies of one good object."""

    def __init__(self, data):
        self.good = data
        self.elf = elf.Elf(data)
        self.names = [s.name for s in self.elf.sections]

    def at(self, offset, layout, value):
        data = bytearray(self.good)
        bits = 8 * struct.calcsize(layout)
        if layout != 'q':
            value %= 2 ** bits
        struct.pack_into('<' + layout, data, offset, value)
        return Bad(bytes(data))

    def header(self, field, value):
        offset, layout = HEADER_FIELDS[field]
        return self.at(offset, layout, value)

    def section(self, name, field, value):
        offset, layout = SECTION_FIELDS[field]
        start = (self.elf.section_offset +
                 self.names.index(name) * elf.SECTION.size)
        return self.at(start + offset, layout, value)

    def symbol(self, name, field, value):
        names = [''] + [s.name for s in self.elf.symbols]
        offset, layout = SYMBOL_FIELDS[field]
        start = (self.elf.section('.symtab').offset +
                 names.index(name) * elf.SYMBOL.size)
        return self.at(start + offset, layout, value)

    def relocation(self, section, number, field, value):
        offset, layout = RELOCATION_FIELDS[field]
        start = self.elf.section(section).offset + number * 24
        return self.at(start + offset, layout, value)

    def index(self, name):
        return self.names.index(name)

    def without_final_nul(self, name):
        table = self.elf.section(name)
        return self.at(table.offset + table.size - 1, 'B', ord('x'))


def file_defects(good, foreign):
    noise = random.Random(1).randbytes(4096)
    return {
        'empty': Bad(b''),
        'random': Bad(noise),
        'random-behind-an-elf-header': Bad(good[:64] + noise),
        'text-file': Bad(b'int main(void) { return 0; }\n'),
        'one-byte': Bad(b'\x7f'),
        'header-cut-off': Bad(good[:40]),
        'sections-cut-off': Bad(good[:-100]),
        'half-of-the-file': Bad(good[:len(good) // 2]),
        'foreign-machine': Bad(foreign),
    }


def header_defects(d):
    return {
        '32-bit': d.header('class', 1),
        'class-unknown': d.header('class', 9),
        'big-endian': d.header('data', 2),
        'data-encoding-unknown': d.header('data', 0),
        'version-2': d.header('version', 2),
        'machine-arm64': d.header('machine', 183),
        'machine-arm': d.header('machine', 40),
        'machine-riscv': d.header('machine', 243),
        'machine-powerpc': d.header('machine', 21),
        'machine-s390': d.header('machine', 22),
        'machine-loongarch': d.header('machine', 258),
        'machine-unknown': d.header('machine', 0x1234),
        'executable': d.header('type', 2),
        'shared-object': d.header('type', 3),
        'core-dump': d.header('type', 4),
        'no-section-headers': d.header('shoff', 0),
        'section-headers-behind-the-end': d.header('shoff', len(d.good) + 8),
        'section-headers-at-2-64-1': d.header('shoff', HUGE),
        'section-header-size-wrong': d.header('shentsize', 40),
        'section-count-too-large': d.header('shnum', 0xfeff),
        'section-count-too-small': d.header('shnum', 3),
        'section-name-index-too-large': d.header('shstrndx', 0xfe00),
        'section-name-index-not-strings': d.header('shstrndx', 1),
    }


def section_defects(d):
    return {
        'section-offset-behind-the-end': d.section('.data', 'offset', 1 << 40),
        'section-size-behind-the-end': d.section('.data', 'size', 1 << 40),
        'section-offset-plus-size-wraps': d.section('.data', 'offset', HUGE),
        'section-name-behind-its-table': d.section('.data', 'name', 0x7fffff),
        'section-names-without-nul': d.without_final_nul('.shstrtab'),
        'section-alignment-3': d.section('.data', 'align', 3),
        'section-alignment-2-63': d.section('.data', 'align', 1 << 63),
        'section-compressed': d.section('.data', 'flags', 0x803),
        'section-type-unknown': d.section('.data', 'type', 0x12345),
        'section-describes-one-too-many': d.section('.order', 'link', 99),
        'bss-of-2-64-1': d.section('.bss', 'size', HUGE),
        'bss-of-2-62': d.section('.bss', 'size', 1 << 62),
        'tls-section': d.section('.data', 'flags', 0x403),
        'group-entry-size-wrong': d.section('.group', 'entry_size', 3),
        'group-size-odd': d.section('.group', 'size', 7),
        'group-empty': d.section('.group', 'size', 0),
        'group-symbol-index-too-large': d.section('.group', 'info', 0xffffff),
        'group-link-wrong': d.section('.group', 'link', 1),
        'group-member-too-large': d.at(d.elf.section('.group').offset + 4, 'I',
                                       0xffff),
        'group-member-0': d.at(d.elf.section('.group').offset + 4, 'I', 0),
    }


def symbol_defects(d):
    table = '.symtab'
    return {
        'symbol-entry-size-wrong': d.section(table, 'entry_size', 16),
        'symbol-table-size-odd': d.section(table, 'size', 25),
        'symbol-table-empty': d.section(table, 'size', 0),
        'symbol-names-index-too-large': d.section(table, 'link', 0xffff),
        'symbol-names-not-strings': d.section(table, 'link', 1),
        'symbol-names-without-nul': d.without_final_nul('.strtab'),
        'symbol-first-global-0': d.section(table, 'info', 0),
        'symbol-first-global-too-large': d.section(table, 'info', 0xffffff),
        'symbol-global-among-locals': d.section(
            table, 'info', d.elf.section(table).info + 1),
        'symbol-local-among-globals': d.symbol('_start', 'info', 0x00),
        'symbol-name-behind-its-table': d.symbol('_start', 'name', 0xffffff),
        'symbol-section-too-large': d.symbol('_start', 'section', 0x7000),
        'symbol-section-reserved': d.symbol('_start', 'section', 0xff20),
        'symbol-section-extended-without-table': d.symbol('_start', 'section',
                                                          0xffff),
        'symbol-binding-unknown': d.symbol('_start', 'info', 0x70),
        'symbol-ifunc': d.symbol('_start', 'info', 0x1a),
        'symbol-tls': d.symbol('value', 'info', 0x16),
        'symbol-value-behind-its-section': d.symbol('_start', 'value', 1 << 50),
        'common-alignment-12': d.symbol('buffer', 'value', 12),
        'common-alignment-2-63': d.symbol('buffer', 'value', 1 << 63),
        'common-size-2-64-1': d.symbol('buffer', 'size', HUGE),
        'symbol-tables-two': d.section('.bss', 'type', 2),
    }


def relocation_defects(d):
    text, data = '.rela.text', '.rela.data'
    return {
        'relocation-entry-size-wrong': d.section(data, 'entry_size', 16),
        'relocation-table-size-odd': d.section(data, 'size', 25),
        'relocation-symbols-not-symbols': d.section(data, 'link', 1),
        'relocation-section-too-large': d.section(data, 'info', 0xffff),
        'relocation-section-is-its-own': d.section(data, 'info', d.index(data)),
        'relocation-section-0': d.section(data, 'info', 0),
        'relocation-of-bss': d.section(data, 'info', d.index('.bss')),
        'relocation-place-behind-its-section': d.relocation(data, 0, 'offset',
                                                            0x1000),
        'relocation-place-at-2-64-1': d.relocation(data, 0, 'offset', HUGE),
        'relocation-place-crosses-the-end': d.relocation(
            text, 0, 'offset', d.elf.section('.text').size - 2),
        'relocation-symbol-too-large': d.relocation(data, 0, 'symbol',
                                                    0xffffff),
        'relocation-type-unknown': d.relocation(data, 0, 'type', 250),
        'relocation-type-2-32-1': d.relocation(data, 0, 'type', 0xffffffff),
        'relocation-type-dynamic': d.relocation(data, 0, 'type', 5),
        'relocation-type-tls': d.relocation(data, 0, 'type', 19),
        'relocation-addend-out-of-range': d.relocation(text, 0, 'addend',
                                                       2 ** 62),
        'relocation-addend-least': d.relocation(text, 0, 'addend', -2 ** 63),
    }


# ---- archives [GNU ar: one header of 60 bytes before each member] ----------------

def member(name, data, size=None, end=b'`\n'):
    size = str(len(data)) if size is None else size
    head = f'{name:<16}{"0":<12}{"0":<6}{"0":<6}{"644":<8}{size:<10}'
    return head.encode() + end + data + b'\n' * (len(data) % 2)


def index(count, offsets, names):
    return (struct.pack('>I', count) +
            b''.join(struct.pack('>I', offset) for offset in offsets) + names)


def archive_defects(good):
    def library(*members):
        return Bad(b'!<arch>\n' + b''.join(members), 'archive')

    x = member('x.o/', good)
    place = len(library(member('/', index(1, [0], b'helper\0'))).data)
    return {
        'archive-of-nothing-but-half-a-header': library(x[:30]),
        'archive-member-size-not-a-number': library(member('x.o/', good, 'x')),
        'archive-member-size-behind-the-end': library(
            member('x.o/', good, '99999999')),
        'archive-member-size-negative': library(member('x.o/', good, '-1')),
        'archive-member-header-ends-wrong': library(
            member('x.o/', good, end=b'??')),
        'archive-long-name-without-table': library(member('/12', good)),
        'archive-long-name-behind-its-table': library(
            member('//', b'a_long_name.o/\n'), member('/999', good)),
        'archive-long-name-without-end': library(
            member('//', b'a_name_without_end'), member('/0', good)),
        'archive-bsd-name-longer-than-member': library(
            member('#1/9999999', good)),
        'archive-index-count-too-large': library(
            member('/', index(0x10000000, [8], b'helper\0')), x),
        'archive-index-cut-off': library(member('/', b'\0\0'), x),
        'archive-index-names-too-few': library(
            member('/', index(2, [place, place], b'helper\0')), x),
        'archive-index-name-without-nul': library(
            member('/', index(1, [place], b'helper')), x),
        'archive-index-points-into-a-member': library(
            member('/', index(1, [place + 6], b'helper\0')), x),
        'archive-index-points-behind-the-end': library(
            member('/', index(1, [0x7fffffff], b'helper\0')), x),
        'archive-member-not-an-object': library(
            member('/', index(1, [place], b'helper\0')),
            member('x.o/', b'not an object at all')),
        'archive-member-cut-off': library(
            member('/', index(1, [place], b'helper\0')),
            member('x.o/', good[:70])),
        'archive-bsd-index-cut-off': library(
            member('__.SYMDEF', struct.pack('<I', 8)), x),
        'archive-bsd-index-name-not-there': library(
            member('__.SYMDEF', struct.pack('<IIII', 8, 99, 8, 0)), x),
        'archive-thin-twice-of-an-inner-object': Bad(
            thin('good.o', ':84').data + member('/0:84', b'', '616'),
            'archive'),
        'archive-without-index': library(x),
        'archive-thin-with-content': Bad(b'!<thin>\n' + x, 'archive'),
        'archive-thin-without-its-member': thin('nowhere.o'),
        'archive-thin-of-itself': thin('archive-thin-of-itself'),
        'archive-thin-of-an-inner-object': thin('good.o', ':84'),
        'archive-thin-of-an-inner-thin-one': thin(
            'archive-thin-of-an-inner-thin-one', ':8'),
        'archive-thin-inner-offset-not-a-number': thin('good.o', ':x'),
    }


def thin(path, inner=''):
    """A thin archive whose only member is that file, or in that archive."""
    names = member('//', (path + '/\n').encode())
    table = member('/', index(1, [0], b'helper\0'))
    place = 8 + len(table) + len(names)
    return Bad(b'!<thin>\n' + member('/', index(1, [place], b'helper\0')) +
               names + member('/0' + inner, b'', '616'), 'archive')


# ---- scripts ---------------------------------------------------------------------

SECTIONS = 'SECTIONS { . = 1M; .text : { *(.text*) } .data : { *(.data) } %s }\n'


def script_defects():
    texts = {
        'script-empty': '',
        'script-without-a-semicolon': SECTIONS % 'a = 5 b = 6;',
        'script-without-its-last-brace': 'SECTIONS { .text : { *(.text) }',
        'script-with-a-brace-too-many': SECTIONS % '} }',
        'script-comment-without-end': SECTIONS % '' + '/* and so on',
        'script-string-without-end': SECTIONS % '' + 'ENTRY("_start)',
        'script-bytes-not-text': '\0\1\2\377\376',
        'script-unknown-command': 'FROBNICATE(yes)\n',
        'script-other-output-format': 'OUTPUT_FORMAT("elf32-i386")\n',
        'script-other-architecture': 'OUTPUT_ARCH(arm)\n',
        'script-divides-by-zero': SECTIONS % 'a = 1 / (SIZEOF(.text) * 0);',
        'script-remainder-by-zero': SECTIONS % 'a = 1 % (5 - 5);',
        'script-number-too-large': SECTIONS % 'a = 0x12345678123456781;',
        'script-number-malformed': SECTIONS % 'a = 12zz;',
        'script-undefined-symbol': SECTIONS % 'a = nowhere + 1;',
        'script-unknown-section': SECTIONS % 'a = SIZEOF(.nowhere);',
        'script-unknown-segment': SECTIONS % '.b : { *(.bss) } :nowhere',
        'script-unknown-region': SECTIONS % '.b : { *(.bss) } >nowhere',
        'script-unknown-constant': SECTIONS % 'a = CONSTANT(NOWHERE);',
        'script-assert': SECTIONS % 'ASSERT(0, "this never holds");',
        'script-circular-symbols': SECTIONS % 'a = b + 1; b = a + 1;'
                                   + '. = a;',
        'script-dot-moves-backwards': SECTIONS %
                                      '.b : { *(.bss) . = 0x10; . = 4; }',
        'script-alignment-3': SECTIONS % '.b : ALIGN(3) { *(.bss) }',
        'script-nested-10000-deep': SECTIONS % ('a = ' + '(' * 10000 + '1' +
                                                ')' * 10000 + ';'),
        'script-operators-10000': SECTIONS % ('a = ' + '-' * 10000 + '1;'),
        'script-section-larger-than-memory': SECTIONS %
                                             '.b : { BYTE(1) . += 1 << 60; }',
        'script-section-behind-the-address-space': SECTIONS %
            '. = 0xfffffffffffffffe; .b : { *(.bss) QUAD(1) QUAD(2) }',
        'script-sections-overlap': 'SECTIONS { .text 1M : { *(.text*) }'
                                   ' .data 1M : { *(.data) } }',
    }
    return {name: Bad(text.encode('latin-1'), 'script')
            for name, text in texts.items()}


def defects(good, foreign):
    d = Damage(good)
    return {**file_defects(good, foreign), **header_defects(d),
            **section_defects(d), **symbol_defects(d), **relocation_defects(d),
            **archive_defects(good), **script_defects()}


def every_field(good):
    """Every field of every header, symbol and relocation at its extremes:
    (name, bytes). Whatever comes of it, it must not be a crash."""
    d = Damage(good)
    tables = [('header', d.header, HEADER_FIELDS, [()])]
    tables += [('section', d.section, SECTION_FIELDS,
                [(name,) for name in d.names[1:]])]
    tables += [('symbol', d.symbol, SYMBOL_FIELDS,
                [(s.name,) for s in d.elf.symbols if s.name])]
    tables += [('relocation', d.relocation, RELOCATION_FIELDS,
                [('.rela.text', 0), ('.rela.text', 1), ('.rela.data', 1)])]
    for what, write, fields, places in tables:
        for place in places:
            for field, (_, layout) in fields.items():
                top = 2 ** (8 * struct.calcsize(layout) - 1)
                for value in (0, 1, top - 1, -1):
                    yield (f'{what}-{"-".join(map(str, place))}-{field}-'
                           f'{value:#x}', write(*place, field, value).data)
