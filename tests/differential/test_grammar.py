# SPDX-License-Identifier: BSD-2-Clause
"""What may stand where in a script, and what expressions are worth. Every case
was linked by GNU ld 2.40 first."""

import pytest

A = ('.globl _start, f, d\n.text\n_start: .byte 1\nf: .byte 2\n.data\nd: .quad 3\n'
     '.section .rodata,"a"\n.asciz "hello"\n.bss\n.skip 16\n.comm cc,8,8\n'
     '.section .foo.1,"aw"\n.balign 4\n.byte 4\n.section .foo.2,"aw"\n'
     '.balign 16\n.byte 5\n.section .foo.3,"aw"\n.byte 6\n')
B = ('.globl g\n.text\ng: .byte 0x20\n.data\n.byte 0x21\n'
     '.section .foo.1,"aw"\n.balign 2\n.byte 0x22\n')
REST = ' .rest : { *(.data .rodata .bss COMMON .foo.*) } }'

VALUES = [
    'f * 2', 'f / 2', 'f & 0xff', 'f | 1', 'f - 1', '1 + f', '1 - f', 'f + f',
    'f - g', 'f * g', 'd - f', '(d - f) * 2', 'f >> 1', '-f', '~f', '!f', '!g',
    '!!7', '- -5', 'f > g', 'f == 0x1001', 'f && 1', '0 || 0', 'f ? 1 : 2',
    '_start ? 1 : 2', 'g ? g : 5', '0 ? f : 5', 'MAX(f, 5)', 'MAX(f, g)',
    'MIN(0x2000, g)', 'ALIGN(f, 16)', 'ALIGN(16)', 'ALIGN(16) + 1', 'NEXT(16)',
    'NEXT(1)', 'BLOCK(16)', 'ABSOLUTE(f) * 2', 'ADDR(.text) * 2',
    'ADDR(.text) + SIZEOF(.text)', 'LOADADDR(.text)', 'LOADADDR(.text) / 2',
    'LOADADDR(.text) + 4', 'LOADADDR(.text) - ADDR(.text)', 'SIZEOF(.text) * 3',
    'ALIGNOF(.text) + 1', 'CONSTANT(MAXPAGESIZE) * 2', 'SIZEOF_HEADERS + 1',
    'DEFINED(f) ? f : 0', 'DEFINED(q) ? q : 3', '(f + 15) & ~15',
    '(d + 15) & -16', 'LOG2CEIL(9)', '017', '0x10K', '$10', '10h', '1b', '12d',
    '2 + 3 * 4 - 1', '1 << 4 | 1', '7 & 3', '-1 >> 60', '-7 / 2', '-7 % 3',
    '3 > 2 > 1', '-1 < 1', '. - f', 'f - .', 'd - .', '. * 2', '. & ~3',
    '. / 2', '. % 8', '. << 1', '-.', '~.', '!.', '. > 5', '. == 9', '. + .',
    'MAX(., 5)', 'MIN(., 5)', '. ? . : 2', '(. & 7) + .', '. + 0x10 - .',
    'ASSERT(g, "x")', 'ASSERT(., "x") + 1']


def assignments(prefix):
    return '\n'.join(f'{prefix}{i} = {value};' for i, value in enumerate(VALUES))


def test_values_within_a_section(same):
    same('SECTIONS { .text 0x1000 : { *(.text) } .x : { *(.data)\n'
         + assignments('v') + ' }' + REST, a=A, b=B)


def test_values_between_sections(same):
    same('SECTIONS { .text 0x1000 : { *(.text) }\n' + assignments('v') + REST,
         a=A, b=B)


def test_values_as_data(same):
    data = '\n'.join(f'QUAD({value})' for value in VALUES)
    same('SECTIONS { .text 0x1000 : { *(.text) } .x : { *(.data)\n' + data +
         ' }' + REST, a=A, b=B)


@pytest.mark.parametrize('dot', [
    '. + 4', 'ALIGN(16) + 4', '(. + 0xf) & ~0xf', '(. + 7) / 8 * 8', '0x20 + 1',
    'MAX(., 0x20)', 'DEFINED(f) ? . + 4 : .', '. + SIZEOF(.text)', 'f - f + 32',
    'ALIGN(MAX(8, 4))', 'g ? 0x20 : 0x30', 'ASSERT(. == 9, "x") + 0x20'])
def test_the_location_counter_within_a_section(same, dot):
    same('SECTIONS { .text 0x1000 : { *(.text) } .x : { *(.data) . = ' + dot +
         '; BYTE(1) a = .; }' + REST, a=A, b=B)


@pytest.mark.parametrize('contents', [
    'ASSERT(1, "x"); BYTE(1)', 'FILL(0x90) BYTE(1) . += 5; BYTE(2)',
    'CONSTRUCTORS BYTE(1)', 'a = 1; BYTE(1)', 'PROVIDE(q = 1); BYTE(1)',
    'BYTE(1) BYTE(0x1ff) SHORT(-1) LONG(1K) QUAD(2M) SQUAD(-2)',
    'BYTE( 1 )BYTE(2);;', 'LONG(1)*(.data)', '*(.data , .rodata)',
    '*( .data .rodata )', '* (.data)', 'b.o(.data) a.o(.data)',
    'KEEP(*(SORT(.foo.*) SORT_BY_NAME(.data)))', '*(SORT_NONE(.foo.*) .data)',
    'KEEP(EXCLUDE_FILE(a.o) *(.data))', 'EXCLUDE_FILE (a.o) *(.foo.*)',
    '*(SORT_BY_ALIGNMENT(SORT_BY_NAME(.foo.*)))', 'SORT_NONE(*)(.foo.*)',
    '*(SORT(SORT_BY_ALIGNMENT(.foo.*)))', '*(SORT(EXCLUDE_FILE(b.o) .foo.*))',
    'HIDDEN(h = .); PROVIDE_HIDDEN(f = 3); PROVIDE(i = .);', '*(.foo.[!1])',
    '"odd name" = 5; $z = 4; _x.y = .; . += 8;', '*("da ta" ".data")'])
def test_contents(same, contents):
    same('SECTIONS { .text 0x1000 : { *(.text) } .x : { ' + contents + ' }' +
         REST, a=A, b=B)


@pytest.mark.parametrize('section', [
    '.x : { . += 4; BYTE(1) . += 7; } =0x9091', '.x : { BYTE(1) . += 7; } =144',
    '.x : { BYTE(1) . += 7; } = 0x90919293 + 0', '.x : { BYTE(1) . += 3; } =-1',
    '.x : { BYTE(1) . += 7; } =$cc', '.x : { BYTE(1) . += 7; } =0xcccc,',
    '.x ALIGN(.,0x100) : { *(.data) }', '.x (ALIGN(0x100)) : { *(.data) }',
    '.x BLOCK(0x100) : { *(.data) }', '.x BIND(0x3000) : { *(.data) }',
    '.x BIND(0x3001) BLOCK(16) : { *(.data) }', '.x : SPECIAL { *(.data) }',
    '.x 0x3000 (NOLOAD) : { *(.data) }', '.x () : { *(.data) }',
    '.x (COPY) : { *(.data) }', '.x (f + 0x1000) : { *(.data) }',
    '.x DEFINED(f) ? 0x2000 : 0x3000 : { *(.data) }', '.x :{*(.data)}',
    '.x : AT (0x5000) ALIGN(32) SUBALIGN(8) { *(.data) }', 'x-y+z : { *(.data) }',
    '".x y" : { *(.data) }', '.x$y~z[1] : { *(.data) }', 'x,y : { *(.data) }',
    '.x : ONLY_IF_RO { *(.rodata) } .x : ONLY_IF_RW { *(.data) }',
    '/DISCARD/ : { *(.data) }', '.text : { *(.data) }',
    'GROUP 0x3000 : { .x : { *(.data) } }'])
def test_sections(same, section):
    same('SECTIONS { .text 0x1000 : { *(.text) } ' + section + REST, a=A, b=B)


@pytest.mark.parametrize('text', [
    '.x : { ASSERT(0, "x"); }', '.x : { *(.no) ASSERT(. == 1, "x"); }',
    '.x : { a = ASSERT(., "x"); }', 'ASSERT(_start, "its offset is 0")',
    'a = ASSERT(0, "x");', 'PROVIDE(d = ASSERT(0, "x")); ASSERT(0, "y")',
    '.x : { *() }', '.x : { *(.data }', 'a = (5;', 'a = 5', 'a == 5;', '{ }',
    '.x: { *(.data) }', '.x:{ *(.data) }', '/* a', '1x : { *(.data) }',
    '.x : { INPUT(a.o) }', '.x : { *(.data) } >no', '.x : { *(.data) } : no',
    '.x : { KEEP(KEEP(*(.data))) }', '.x : { *(KEEP(.data)) }',
    '.x : { SORT_BY_ALIGNMENT(*)(.data) }', '.x : { EXCLUDE_FILE() *(.data) }',
    '.x : { LONG(ADDR(.no)) }', '.x : { BYTE() }', 'a = no;', 'a = 1 / 0;'])
def test_errors(both_refuse, text):
    message = both_refuse('SECTIONS { .text 0x1000 : { *(.text) }\n' + text +
                          REST, a=A, b=B)
    assert 'link.ld:2:' in message


def test_places_between_sections_are_addresses_to_expressions(same):
    """In the output they belong to the section they are behind."""
    same('SECTIONS { .text 0x1000 : { *(.text) } x = .; y = . - 0; p = ADDR(.text);'
         ' .data 0x2000 : { *(.data) a1 = x; a2 = x + 1; a3 = x - .; a4 = x - p;'
         ' a5 = y & 0xff; }'
         ' c1 = x + SIZEOF(.data); c2 = x; c3 = x - p; c4 = x < SIZEOF(.data);'
         ' c5 = !x; c6 = MAX(x, SIZEOF(.data)); .rest : { *(.rodata .foo.* .bss'
         ' COMMON) } } e = .; e1 = e < SIZEOF(.data); e2 = e + SIZEOF(.data);',
         a=A, b=B)


def test_regions_in_expressions(same):
    same('MEMORY { ROM : ORIGIN = 0x8000, LENGTH = 1M\n'
         ' RAM : ORIGIN = 0x200000, LENGTH = 1M }'
         ' SECTIONS { .text : { *(.text) } >ROM .data : { *(.data) } >RAM AT>ROM'
         ' .rest : { *(.rodata .foo.* .bss COMMON) } >RAM }'
         ' used = LOADADDR(.data) + SIZEOF(.data) - ORIGIN(ROM);'
         ' a = used <= LENGTH(ROM); b = used + LENGTH(ROM); c = ORIGIN(RAM);'
         ' ASSERT(used <= LENGTH(ROM), "does not fit")', a=A, b=B)


def test_what_is_in_a_note_segment_is_a_note(same):
    same('PHDRS { text PT_LOAD; note PT_NOTE; } SECTIONS {'
         ' .text 0x1000 : { *(.text) } :text .x : { *(.rodata) } :text :note'
         ' .y : { *(.data .foo.* .bss COMMON) } :text }', a=A, b=B)
