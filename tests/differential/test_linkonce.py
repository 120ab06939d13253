# SPDX-License-Identifier: BSD-2-Clause
"""What may be there twice: .gnu.linkonce sections, of which the first stays, and
absolute symbols of one value. [GNU ld]"""

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
