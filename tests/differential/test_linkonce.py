# SPDX-License-Identifier: BSD-2-Clause
"""What may be there twice: .gnu.linkonce sections, of which the first stays, and
absolute symbols of one value. [GNU ld]"""

import pytest

START = '.globl _start\n.text\n_start: call f\n'
SCRIPT = 'SECTIONS { . = 4M; .text : { *(.text .gnu.linkonce.t.*) } }'


def test_first_linkonce_section_wins(same):
    once = '.section .gnu.linkonce.t.f,"ax"\n.globl f\nf: '
    same(SCRIPT, a=START + once + 'nop\n', b=once + 'ret\n')


def test_one_number_twice(same, both_refuse):
    same(SCRIPT, a=START + '.globl f, n\nf = 4\nn = 5\n',
         b='.globl n\nn = 5\n')
    both_refuse(SCRIPT, a=START + '.globl f, n\nf = 4\nn = 5\n',
                b='.globl n\nn = 6\n')


BOTH = 'SECTIONS { . = 4M; .text : { *(.text .text.* .gnu.linkonce.t.*) } }'
OLD = '.section .gnu.linkonce.t.f,"ax"\n'
NEW = '.section .text.f,"axG",@progbits,f,comdat\n'


@pytest.mark.parametrize('first, second', [(OLD, NEW), (NEW, OLD)])
@pytest.mark.parametrize('binding', ['.globl', '.weak'])
def test_group_of_one_and_linkonce_section(same, first, second, binding):
    symbol = f'{binding} f\nf: '
    same(BOTH, a=START, b=first + symbol + 'nop\ncall _start\n',
         c=second + symbol + 'ret\n.quad _start\n')


@pytest.mark.parametrize('first, second', [(OLD, NEW), (NEW, OLD)])
def test_what_debug_sections_say_of_the_copy_that_lost(same, first, second):
    symbol = '.globl f\nf: nop\n'
    same(BOTH, a=START, b=first + symbol,
         c=second + symbol + '.section .debug_info,""\n.quad f, '
         + second.split()[1].split(',')[0])


@pytest.mark.parametrize('more', [
    '.hidden f\n', '.type f, @function\n', '.globl g\ng:\n',
    'local:\n', '.section .data.f,"awG",@progbits,f,comdat\n.quad 1\n'])
def test_a_group_that_is_not_alike_is_another_definition(both_refuse, more):
    symbol = '.globl f\nf: nop\n'
    both_refuse(BOTH, a=START, b=OLD + symbol, c=NEW + symbol + more)
    both_refuse(BOTH, a=START, b=NEW + symbol + more, c=OLD + symbol)


def test_constants_of_a_function_go_with_its_text(same):
    constants = '.section .gnu.linkonce.r.f,"a"\n.quad 1\n'
    script = BOTH[:-1] + '.rodata : { *(.gnu.linkonce.r.*) } }'
    text = OLD + '.globl f\nf: nop\n'
    same(script, a=START, b=text, c=text + constants)
    same(script, a=START, b=constants, c=text)
    same(script, a=START, b=text + constants)
