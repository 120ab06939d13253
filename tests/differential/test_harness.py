# SPDX-License-Identifier: BSD-2-Clause
"""The comparison itself: GNU ld equals itself, and every perturbation of an
output is seen. A comparison that cannot fail would prove nothing."""

import struct

import pytest

import elf
import links
from cases import build

SOURCE = ('.file "a.c"\n.globl _start\n.text\n_start: call f\nlocal: ret\n'
          '.data\n.quad f\n.comm c,16,8\n')
SCRIPT = ('SECTIONS { . = 1M; .text : { *(.text) } .data : { *(.data) }'
          ' .bss : { *(.bss COMMON) } }')


@pytest.fixture
def output(desk):
    arguments = build(desk, SCRIPT, [], {'a': SOURCE, 'b': '.globl f\nf: ret\n'})
    return desk.link(links.GNU_LD, 'output', arguments)


def test_gnu_ld_equals_itself(output):
    assert links.differences(output, elf.Elf(output.data)) == []


def changed(output, at, layout, value):
    data = bytearray(output.data)
    struct.pack_into(layout, data, at, value)
    return elf.Elf(bytes(data))


def header_of(output, name):
    index = [s.name for s in output.sections].index(name)
    return output.section_offset + index * elf.SECTION.size


@pytest.mark.parametrize('field,layout,value,seen', [
    (4, '<I', 8, '.data'), (8, '<Q', 2, '.data'), (16, '<Q', 0x200000, '.data'),
    (32, '<Q', 7, '.data'), (48, '<Q', 64, '.data')])
def test_section_header_is_seen(output, field, layout, value, seen):
    other = changed(output, header_of(output, '.data') + field, layout, value)
    assert seen in '\n'.join(links.differences(other, output))


def test_byte_is_seen(output):
    other = changed(output, output.section('.data').offset + 3, 'B', 0x55)
    assert links.differences(other, output) == [
        links.first_difference('.data', other.section('.data').data,
                               output.section('.data').data)]


@pytest.mark.parametrize('field', range(0, 56, 8))
def test_program_header_is_seen(output, field):
    other = changed(output, 64 + field, '<Q', 0x77)
    assert any('segment' in line
               for line in links.differences(other, output))


@pytest.mark.parametrize('field', [0, 4, 5, 6, 8, 16])
def test_symbol_is_seen(output, field):
    table = output.section('.symtab')
    last = table.offset + table.size - elf.SYMBOL.size
    byte = (output.data[last + field] + 1) % 4
    other = changed(output, last + field, 'B', byte)
    assert any('symbol' in line for line in links.differences(other, output))


@pytest.mark.parametrize('at,layout', [(16, '<H'), (18, '<H'), (24, '<Q'),
                                       (48, '<I')])
def test_file_header_is_seen(output, at, layout):
    assert links.differences(changed(output, at, layout, 3), output)
