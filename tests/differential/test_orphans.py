# SPDX-License-Identifier: BSD-2-Clause
"""Sections that no pattern takes. [GNU ld manual: Orphan Sections]"""

import itertools

import pytest

START = '.globl _start\n.text\n_start: ret\n'
SCRIPT = ('SECTIONS { . = 1M; .text : { *(.text) } .rodata : { *(.rodata) }'
          ' .data : { *(.data) } .bss : { *(.bss) } end = .; }')
ALL = (START + '.section .rodata,"a"\n.byte 1\n.data\n.byte 2\n'
       '.bss\n.skip 3\n')


def orphan(name, flags, kind='@progbits', body='.byte 9'):
    return f'.section {name},"{flags}",{kind}\n{body}\n'


def test_code_goes_behind_code(same):
    same(SCRIPT, a=ALL + orphan('.init', 'ax'))


def test_read_only_data_goes_behind_read_only_data(same):
    same(SCRIPT, a=ALL + orphan('.table', 'a'))


def test_data_goes_behind_data(same):
    same(SCRIPT, a=ALL + orphan('.state', 'aw'))


def test_nobits_goes_behind_bss(same):
    same(SCRIPT, a=ALL + orphan('.heap', 'aw', '@nobits', '.skip 64'))


def test_orphans_of_one_name_are_one_section(same):
    same(SCRIPT, a=ALL + orphan('.state', 'aw'),
         b=orphan('.other', 'aw') + orphan('.state', 'aw'))


def test_orphans_of_all_kinds(same):
    same(SCRIPT, a=ALL + orphan('.w', 'aw') + orphan('.x', 'ax') +
         orphan('.r', 'a') + orphan('.b', 'aw', '@nobits', '.skip 8'),
         b=orphan('.x2', 'ax') + orphan('.w2', 'aw') + orphan('.r2', 'a') +
         orphan('.b2', 'aw', '@nobits', '.skip 8'))


def test_no_section_of_its_kind(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } end = .; }',
         a=ALL + orphan('.state', 'aw'))


def test_only_data_in_the_script(same):
    same('SECTIONS { . = 1M; .data : { *(.data) } end = .; }',
         a=ALL + orphan('.x', 'ax'))


def test_no_sections_in_the_script_but_an_address(same):
    same('SECTIONS { . = 0x123456; }', a=ALL)


def test_notes(same):
    same(SCRIPT, a=ALL + '.section .note.test,"a",@note\n.balign 4\n'
         '.long 4, 4, 1\n.asciz "abc"\n.long 7\n')


def test_symbol_after_the_section_stays_in_front_of_the_orphan(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } etext = .;'
         ' .data : { *(.data) } edata = .; }',
         a=START + '.data\n.byte 1\n' + orphan('.x', 'ax') +
         orphan('.w', 'aw') + orphan('.r', 'a') +
         '.data\n.quad etext, edata\n')


def test_dot_assignment_between_sections(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } . = ALIGN(0x1000);'
         ' .data : { *(.data) } . = ALIGN(0x1000); end = .; }',
         a=START + '.data\n.byte 1\n' + orphan('.x', 'ax') +
         orphan('.w', 'aw') + orphan('.r', 'a'))


def test_c_name_gets_start_and_stop(same):
    same(SCRIPT, a=ALL + '.section set,"aw"\n.quad 1, 2\n'
         '.data\n.quad __start_set, __stop_set\n')


def test_orphan_with_larger_alignment(same):
    same(SCRIPT, a=ALL + orphan('.state', 'aw', body='.balign 256\n.byte 1'))


def test_init_array_orphans(same):
    same(SCRIPT, a=ALL + '.section .init_array,"aw",@init_array\n.quad 1\n'
         '.section .fini_array,"aw",@fini_array\n.quad 2\n')


def test_unallocated_orphans_have_no_address(same):
    same(SCRIPT, a=ALL + '.section .info\n.byte 1\n')


def test_orphan_before_its_object_order(same):
    same(SCRIPT, a=ALL, b=orphan('.z', 'aw') + orphan('.y', 'aw'),
         c=orphan('.y', 'aw') + orphan('.x1', 'aw'))


def test_mergeable_and_plain_orphans_keep_flags_apart(same):
    same(SCRIPT, a=ALL + orphan('.state', 'aw'), b=orphan('.state', 'a'))


def test_higher_half_with_load_addresses(same):
    same('SECTIONS { . = 0xffffffff80000000;'
         ' .text : AT(ADDR(.text) - 0xffffffff80000000) { *(.text) }'
         ' .data : AT(ADDR(.data) - 0xffffffff80000000) { *(.data) } }',
         a=START + '.data\n.byte 1\n' + orphan('.w', 'aw') +
         orphan('.x', 'ax'))


@pytest.mark.parametrize('options', [(), ('-r',), ('--unique=.some',)])
@pytest.mark.parametrize('flags', itertools.permutations(['a', 'aw', 'ax']))
def test_flags_of_all_of_a_name_decide_where_it_goes(same, flags, options):
    same(SCRIPT, options, a=ALL + orphan('.some', flags[0]) +
         orphan('.other', 'a'), b=orphan('.some', flags[1]) +
         orphan('.other', 'aw'), c=orphan('.some', flags[2]))


@pytest.mark.parametrize('before', ['first = .; *(.foo)', '*(.foo)',
                                    'BYTE(1) *(.foo)', 'first = .;'])
def test_an_array_joins_its_own_section(same, before):
    """Whatever is in that: the name alone decides its type."""
    same(f'SECTIONS {{ . = 1M; .text : {{ *(.text) }} .init_array : {{ {before}'
         ' } .data : { *(.data) } }',
         a=START + orphan('.foo', 'aw') +
         orphan('.init_array', 'aw', '@init_array', '.quad 7'))


@pytest.mark.parametrize('rest', ['', '.text : { *(.text) }',
                                  '.text : { first = .; }',
                                  '.text : { *(.text .rodata) }',
                                  '/DISCARD/ : { *(.text) }'])
def test_without_a_start_the_entry_is_where_text_begins(same, rest):
    """Even if nothing is in it."""
    same(f'SECTIONS {{ . = 1M; .data : {{ *(.data) }} {rest} }}',
         a='.data\n.byte 1\n' + orphan('.rodata', 'a') + orphan('.x', 'ax'))


@pytest.mark.parametrize('command', ['a = .;', '. = . + 4;', 'BYTE(1)',
                                     'PROVIDE(a = 1);', 'FILL(1)',
                                     'ASSERT(1, "never")'])
def test_discard_holds_patterns_only(both_refuse, command):
    text = both_refuse('SECTIONS { .text : { *(.text) }'
                       f' /DISCARD/ : {{ *(.x) {command} }} }}', a=START)
    assert '/DISCARD/ holds patterns only' in text
