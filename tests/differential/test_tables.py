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
