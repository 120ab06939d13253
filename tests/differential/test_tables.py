# SPDX-License-Identifier: BSD-2-Clause
"""The linker's own tables (.got, .iplt and others), which are in every link,
mostly with nothing in them. [psABI 5.2]"""

import pytest

START = '.globl _start\n.text\n_start: ret\n'
DATA = '.data\n.byte 1\n'
PATTERNS = ['*(*)', '*(.data) *(.got)', '*(.got) *(.data)', '*(.data .iplt)',
            '*(.got.plt) BYTE(1)', '*(.data .rela*) BYTE(2)',
            'BYTE(3) *(.igot.plt) *(.data)']


def script(pattern):
    return ('SECTIONS { . = 1M; .text : { *(.text) }'
            f' .data : {{ {pattern} }} end = .; }}')


@pytest.mark.parametrize('pattern', PATTERNS)
def test_an_empty_table_aligns_but_takes_no_place(same, pattern):
    same(script(pattern), a=START + DATA, b=DATA)


@pytest.mark.parametrize('pattern', PATTERNS)
def test_a_table_with_entries(same, pattern):
    same(script(pattern), a=START + DATA,
         b='.text\npush x@GOTPCREL(%rip)\n' + DATA + 'x: .byte 2\n')


def test_an_empty_table_ignores_subalign(same):
    same('SECTIONS { . = 1M; .text : { *(.text) }'
         ' .data : SUBALIGN(32) { *(.data) *(.got) } end = .; }',
         a=START + DATA)


# ---- Loads of what the script defines ----------------------------------------

LOADS = ('mov f@GOTPCREL(%rip), %rax\ntest %rcx, f@GOTPCREL(%rip)\n'
         'mov f@GOTPCREL(%rip), %ecx\n')
BRANCHES = 'call *f@GOTPCREL(%rip)\njmp *f@GOTPCREL(%rip)\n'
FAR = '0x123456789a'


def defining(before='', inside='', behind=''):
    return (f'{before} SECTIONS {{ . = 1M; .text : {{ *(.text) {inside} }}'
            f' .got : {{ *(.got) *(.got.plt) }} }} {behind}')


@pytest.mark.parametrize('declared', ['', '.weak f\n', '.hidden f\n'])
@pytest.mark.parametrize('option', [(), ('--no-relax',)])
@pytest.mark.parametrize('text', [
    defining('f = 5;'), defining(behind='f = 5;'), defining(inside='f = .;'),
    defining(inside='PROVIDE(f = .);'), defining('f = _start;'),
    defining('PROVIDE_HIDDEN(f = 5);'), defining('a = 2; f = a + 3;')])
def test_a_load_of_a_symbol_of_the_script(same, text, option, declared):
    same(text, option, a=START + declared + LOADS + BRANCHES)


@pytest.mark.parametrize('name', ['_end', '__start_set', '__ehdr_start',
                                  '__bss_start'])
@pytest.mark.parametrize('declared', ['', '.weak f\n'])
@pytest.mark.parametrize('option', [(), ('--no-relax',)])
def test_a_load_of_a_symbol_of_the_linker(same, name, declared, option):
    named = (declared + LOADS + BRANCHES).replace(' f\n', f' {name}\n')
    named = named.replace('f@', f'{name}@')
    same('', option, a=START + named + '.section set, "a"\n.byte 1\n')


@pytest.mark.parametrize('declared', ['', '.weak f\n'])
@pytest.mark.parametrize('text', [
    defining(f'f = {FAR};'), defining(f'far = {FAR}; f = far + 1;')])
def test_a_number_that_fits_no_immediate_keeps_its_entry(same, text, declared):
    same(text, a=START + declared + LOADS)


def test_a_symbol_of_the_command_line_needs_no_entry(same):
    same('', ['--defsym=f=16', '--defsym=g=_start'],
         a=START + LOADS + BRANCHES.replace('f@', 'g@'))
