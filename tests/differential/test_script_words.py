# SPDX-License-Identifier: BSD-2-Clause
"""Rare words of scripts, as GNU ld has them."""

import pytest

import links
from cases import build

START = '.globl _start\n.text\n_start: ret\n.data\n.quad 1\n'
SECTIONS = ('SECTIONS { .text 0x1000 : { *(.text) } .foo : { *(.foo) }'
            ' .bar : { *(.bar) } }')
A = ('.globl _start\n.text\n_start: .byte 1\n.section .foo,"aw"\n.quad _start\n'
     '.section .bar,"a"\n.quad foo\n.asciz "hi"\n.section .rw,"awx"\n.byte 1\n'
     '.section .bb,"aw",@nobits\n.skip 8\n.comm cc,8,8\n.data\n.quad 3\n'
     '.section .foo\nfoo: .quad 1\n')


@pytest.mark.parametrize('command', [
    'OUTPUT_FORMAT(elf64-x86-64 , elf64-x86-64 , elf64-x86-64)',
    'OUTPUT_FORMAT("elf64-x86-64","elf64-x86-64","elf64-x86-64")',
    'OUTPUT_ARCH(i386:x86-64)', 'OUTPUT_ARCH(i386:x86-64:intel)',
    'OUTPUT_FORMAT(default)', 'TARGET(default)', 'TARGET(elf64-x86-64)',
    'FORCE_COMMON_ALLOCATION', 'FLOAT NOFLOAT',
    'HLL() HLL(a b) SYSLIB(c)', 'MAP(m)', 'LD_FEATURE("SANE_EXPR")',
    'NOCROSSREFS()', 'NOCROSSREFS(.text)', 'NOCROSSREFS(.no .foo)',
    'NOCROSSREFS(.bar .text)', 'NOCROSSREFS_TO(.bar .text .foo)',
    'VERSION { V1 { global: f*; local: *; }; V2 { extern "C++" { a::*; "b()"; };'
    ' } V1; }'])
def test_commands_that_change_nothing(same, command):
    same(command + ' ' + SECTIONS, a=A)


@pytest.mark.parametrize('command, reference', [
    ('NOCROSSREFS(.text .foo)',
     "a.o:(.foo+0x0): prohibited cross reference from .foo to '_start' in .text"),
    ('NOCROSSREFS_TO(.text .bar .foo)',
     "a.o:(.foo+0x0): prohibited cross reference from .foo to '_start' in .text"),
    ('NOCROSSREFS(.bar .foo)',
     "a.o:(.bar+0x0): prohibited cross reference from .bar to ")])
def test_cross_references_are_refused(both_refuse, command, reference):
    assert reference in both_refuse(command + SECTIONS, a=A)


@pytest.mark.parametrize('command', [
    'OUTPUT_FORMAT(nosuch)', 'OUTPUT_ARCH(arm)', 'TARGET(nosuch)',
    'LD_FEATURE(x)', 'INHIBIT_COMMON_ALLOCATION', 'OUTPUT_FORMAT(a, b)'])
def test_commands_that_both_refuse(both_refuse, command):
    assert 'link.ld:1:' in both_refuse(command + ' ' + SECTIONS, a=A)


@pytest.mark.parametrize('contents', [
    'CREATE_OBJECT_SYMBOLS *(.data)', '*(.data) CONSTRUCTORS',
    'SORT(CONSTRUCTORS) *(.data)', 'SORT_BY_NAME(CONSTRUCTORS)',
    'INPUT_SECTION_FLAGS(SHF_EXECINSTR) *(.[a-h]* .r*)',
    'INPUT_SECTION_FLAGS(SHF_WRITE & !SHF_EXECINSTR) *(.foo .rw .bb)',
    'INPUT_SECTION_FLAGS(!SHF_WRITE & SHF_ALLOC) *(.[a-f]*)',
    'KEEP(INPUT_SECTION_FLAGS(SHF_WRITE & SHF_EXECINSTR) *(.[a-f]* .rw))',
    'INPUT_SECTION_FLAGS(SHF_WRITE) *(COMMON) *(.foo)',
    'INPUT_SECTION_FLAGS(!SHF_WRITE) *(COMMON)',
    'INPUT_SECTION_FLAGS(SHF_WRITE) EXCLUDE_FILE(x.o) *(.foo)',
    'INPUT_SECTION_FLAGS(SHF_MERGE & SHF_STRINGS & SHF_TLS & SHF_GROUP &'
    ' SHF_LINK_ORDER & SHF_INFO_LINK & SHF_OS_NONCONFORMING & SHF_EXCLUDE) *(.[a-f]*)'])
def test_contents(same, contents):
    """None takes .got, which GNU ld always has, if with no bytes."""
    same('SECTIONS { .text 0x1000 : { *(.text) } .o1 : { ' + contents + ' } }',
         a=A)


@pytest.mark.parametrize('section', [
    '(TYPE=SHT_NOTE) : { *(.foo) }', '(TYPE = SHT_INIT_ARRAY) : { *(.bar) }',
    '(READONLY (TYPE = SHT_PROGBITS)) : { *(.data) }', '(READONLY) : { *(.bb) }',
    '(TYPE=7) : { QUAD(1) }', '(TYPE=SHT_INIT_ARRAY) : { QUAD(1) QUAD(2) }',
    '(TYPE=SHT_STRTAB) : { *(.no) }',
    '(TYPE=SHT_NOTE) : { . += 4; BYTE(1) }', '(TYPE=SHT_NOTE) : { . += 4; }',
    '(READONLY (TYPE=SHT_NOTE)) : { LONG(1) }'])
def test_types(same, section):
    """GNU ld has no PT_NOTE for what is a note by TYPE alone."""
    same('SECTIONS { .text 0x1000 : { *(.text) } .foo : { *(.foo) }'
         ' .data : { *(.data) } .bss : { *(COMMON) } .o1 ' + section + ' }',
         segments='TYPE' not in section, a=A)


@pytest.mark.parametrize('feature', ['', 'LD_FEATURE("SANE_EXPR")'])
def test_numbers_are_absolute_or_not(same, feature):
    same(feature + ' ENTRY(_start) a = 5; SECTIONS { .text 0x1000 : { b = 6;'
         ' c = . + 1; d = ADDR(.text); e = 7 + _start; f = a; g = a + 1;'
         ' h = ABSOLUTE(3); . = 0x10; i = a + b; k = ALIGN(8); l = b + 1;'
         ' m = b * 2; n = ~b; o = b - c; p = c + 0x2000; *(.text) } q = 3;'
         ' r = b + 3; s = .; t = s + 1; u = _start + SIZEOF(.text); v = _start - 1;'
         ' w = _start & 0xff; x = 2 * _start; y = _start < 5; z = MAX(_start, 1);'
         ' .data (r + 0x2000) : { *(.data) aa = s; bb = s + 1; c1 = v + 1; }'
         ' dd = . + 1; ee = ADDR(.data) + 1; ff = !1; gg = _start ? 1 : 2;'
         ' .rest : { *(.foo .bar .rw .bb .bss COMMON) } }', a=A)


@pytest.mark.parametrize('value', [
    '6+1', 'MAX(7, 1)', '0x70000000 + 1', '1 ? 7 : 8', '-1', '0', '0x100000007',
    '(SHT_NOTE)', 'SHT_STRTAB', '14'])
@pytest.mark.parametrize('contents', ['QUAD(1)', '*(.foo)', '*(.foo) QUAD(1)'])
def test_types_are_expressions(same, value, contents):
    for type_ in f'TYPE = {value}', f'READONLY (TYPE={value})':
        same('SECTIONS { .text 0x1000 : { *(.text) } .t (%s) : { %s } }'
             % (type_, contents), a=A)


@pytest.mark.parametrize('value', ['x', 'SHT_NONE', 'SIZEOF(.text)', 'SHT_NOTE+1'])
def test_types_must_be_known(both_refuse, value):
    both_refuse('SECTIONS { .text 0x1000 : { *(.text) } .t (TYPE = %s) :'
                ' { QUAD(1) } x = 7; }' % value, a=A)


@pytest.mark.parametrize('number, name', [
    ('0x1', 'SHF_WRITE'), ('2 & !4', 'SHF_ALLOC & !SHF_EXECINSTR'),
    ('!0x1', '!SHF_WRITE'), ('2 & SHF_WRITE', 'SHF_WRITE & SHF_ALLOC')])
def test_flags_may_be_numbers(desk, number, name):
    """As in ld.lld; GNU ld knows their names alone."""
    made = []
    for linker, flags in (links.BOOTLINK_LD, number), (links.GNU_LD, name):
        made.append(desk.link(linker, 'out', build(
            desk, 'SECTIONS { .text 0x1000 : { *(.text) } .o1 : {'
            f' INPUT_SECTION_FLAGS({flags}) *(.[a-f]*) }} }}', [], {'a': A})))
    assert not links.differences(*made)


@pytest.mark.parametrize('commands', [
    'TARGET(binary) INPUT(blob) TARGET(elf64-x86-64)', 'TARGET(default)',
    'TARGET(binary) GROUP(folder/blob) TARGET(default) INPUT(a.o)',
    'INPUT(a.o) TARGET(binary) INPUT(a.o) TARGET(elf64-x86-64)'])
def test_targets_of_inputs(same, desk, commands):
    desk.write('blob', 'bytes')
    desk.write('folder/blob', 'other bytes')
    same(commands + SECTIONS, ['-z', 'noexecstack', '-z', 'muldefs'], a=A)


@pytest.mark.parametrize('options', [
    [], ['-r'], ['--oformat=elf64-x86-64'], ['-m', 'elf_x86_64_fbsd']])
def test_format_of_freebsd(desk, options):
    """Debian's GNU ld does not know it."""
    arguments = build(desk, 'OUTPUT_FORMAT("elf64-x86-64-freebsd", '
                      '"elf64-x86-64-freebsd", "elf64-x86-64-freebsd")'
                      + SECTIONS, options, {'a': START})
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    assert ours.osabi == (0 if '--oformat=elf64-x86-64' in options else 9)
