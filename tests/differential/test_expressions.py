# SPDX-License-Identifier: BSD-2-Clause
"""What an expression is worth, and what it is relative to: made up by chance,
in all places where one may stand. [GNU ld manual: The Section of an Expression]
"""

import pytest

from random_draw import Draw
from random_expressions import Expressions

A = ('.globl _start, f, d, number\nnumber = 0x77\n.text\n_start: .byte 1\n'
     'f: .byte 2\n.data\nd: .quad 3\n.section .rodata,"a"\n.asciz "hello"\n'
     '.bss\n.skip 16\n')
KNOWN = ['f', 'd', 'number', '_start', 'ADDR(.text)', 'ADDR(.data)',
         'ADDR(.read)', 'LOADADDR(.text)', 'LOADADDR(.data)', 'SIZEOF(.text)',
         'SIZEOF(.data)', 'ALIGNOF(.data)', 'five', 'early', 'inside', 'three']
REGIONS = ['ORIGIN(R)', 'LENGTH(R)']
MEMORY = 'MEMORY { R : ORIGIN = 0x1000, LENGTH = 64K }\n'
SCRIPT = '''five = 5; {}
SECTIONS {{ . = 0x1000; early = .;
.text : {{ *(.text) inside = .; three = 3; {} }} {region}
{} .read : {{ *(.rodata) {} }} {region}
. = ALIGN(64); {} .data : {{ *(.data) }} {region} .bss : {{ *(.bss) }} {region}
{} }} {}'''


def some(draw, prefix, leaves, count):
    """So many assignments; symbols are called p0, p1 ..."""
    expressions = Expressions(draw, leaves)
    return '\n'.join(f'{prefix}{i} = {expressions.one(draw.up_to(1, 3))};'
                     for i in range(count))


@pytest.mark.parametrize('seed', range(60))
def test_random_expressions(same, seed):
    draw = Draw(seed)
    has_regions = draw.chance(0.3)
    leaves = KNOWN + REGIONS * has_regions
    parts = [some(draw, prefix, leaves + ['.'] * 3 * (prefix != 'p'), 6)
             for prefix in 'pqrstuv']
    same(MEMORY * has_regions +
         SCRIPT.format(*parts, region='>R' * has_regions), a=A)


@pytest.mark.parametrize('value', [
    'LOG2CEIL(9) + 0x100', 'LOG2CEIL(.) + f', 'LOG2CEIL(-1)', 'LOG2CEIL(0)',
    'f - LOG2CEIL(0x1000)', 'SIZEOF_HEADERS + f', 'SIZEOF_HEADERS < ADDR(.data)',
    '(1 < 2) + f', '(. > f) + f', '(. > f)', '-((. < f) + ADDR(.data))',
    'MAX(1, 2) + f', 'ALIGN(f)', 'NEXT(f)', 'NEXT(16) + 1', '1 << 65', '1 >> 64',
    'ALIGN(ABSOLUTE(1), .)', 'ALIGN(., ABSOLUTE(1))', 'MIN(ABSOLUTE(5), . < 3)'])
def test_numbers_and_places(same, value):
    same('SECTIONS { .text 0x1000 : { *(.text) x = ' + value + '; } y = ' +
         value + '; .data : { *(.data) } .read : { *(.rodata) } z = ' + value +
         '; }', a=A)


@pytest.mark.parametrize('value', [
    'F', 'F + 1', '-F', 'F + O', 'F + N', 'F + F', '(1 ? F : O)', '(0 ? F : O)',
    '(F ? O : N)', '(F ? 1 : 2)', 'F + (O ? 1 : 2)', 'O + (F ? 1 : 2)',
    '(1 ? N : O) + F', '(F != 3 ? N : O)', 'DEFINED(F) ? F : O', 'MAX(F, 4)',
    'DEFINED(Q) ? Q : F', 'F < O', 'ALIGN(F, 4)', 'F + five', 'ASSERT(O, "o")',
    'LOG2CEIL(F)', 'ADDR(.text) + F', 'SEGMENT_START("x", F)'])
def test_a_symbol_made_of_one_other_has_its_type(same, value):
    same('five = 5; SECTIONS { .text 0x1000 : { *(.text) } .data : { LONG(0)'
         ' *(.data) } x = ' + value + '; }',
         a='.globl _start, F, O, N\n.type F,@function\n.type O,@object\n.text\n'
           '_start: nop\nF: ret\n.data\nO: .quad 0\nN: .quad 1\n')
