# SPDX-License-Identifier: BSD-2-Clause
"""Relocation x script construct x option: each with each.

A cell is one link of two objects, one that refers and one that defines; all
relocations of a group stand in the first. Both linkers must agree, also on what
they refuse. [psABI 4.4.1]
"""

import itertools

import pytest

from link_case import Case, disagreements

RELOCATIONS = {
    'absolute': ['movabs $there, %rax', 'movabs $there + 0x123456789, %rax',
                 '.quad there, there - 8'],
    'signed 32': ['mov $there, %rax', 'push $there', 'cmpq $there + 4, %rbx'],
    'unsigned 32': ['mov $there, %eax', '.long there'],
    'relative': ['call there', 'jmp there', 'jne there', 'call there@PLT',
                 'lea there(%rip), %rax', 'movl $5, there(%rip)',
                 'movb $5, there + 1(%rip)', '.long there - .',
                 '.quad there - .'],
    'narrow': ['.short there - .', '.byte number, number - 1',
               '.short number', 'mov $number, %al'],
    'got': ['mov there@GOTPCREL(%rip), %rax', 'call *there@GOTPCREL(%rip)',
            'jmp *there@GOTPCREL(%rip)', 'push there@GOTPCREL(%rip)',
            'add there@GOTPCREL(%rip), %r9', 'cmp there@GOTPCREL(%rip), %ecx',
            'test %rdx, there@GOTPCREL(%rip)', 'movabs $there@GOT, %rax',
            'movabs $there@GOTOFF, %rbx', 'movabs $there@PLTOFF, %rcx',
            'lea _GLOBAL_OFFSET_TABLE_(%rip), %r15', '.long there@GOTPCREL'],
    'size': ['mov $there@SIZE, %eax', 'movabs $there@SIZE, %rax'],
    'thread': ['mov %fs:own@tpoff, %eax', 'mov own@gottpoff(%rip), %rax',
               'add own@gottpoff(%rip), %r12',
               'lea own@tlsdesc(%rip), %rax\ncall *own@tlscall(%rax)',
               'lea own@dtpoff(%rax), %rcx'],
    'far thread': ['movabs $own@tpoff, %rax'],
    'thread calls': [
        '.byte 0x66\nlea own@tlsgd(%rip), %rdi\n.word 0x6666\nrex64\n'
        'call __tls_get_addr@PLT',
        'lea own@tlsld(%rip), %rdi\ncall __tls_get_addr@PLT\n'
        'lea own@dtpoff(%rax), %rcx'],
    'weak': ['call nobody', 'mov $nobody, %eax', 'lea nobody(%rip), %rax',
             'mov nobody@GOTPCREL(%rip), %rax', '.quad nobody'],
    'string': ['lea .Ltext(%rip), %rax', 'mov $.Ltext, %edi',
               '.quad .Ltext, .Lword'],
}
START = '''.globl _start
.text
_start: nop
.weak nobody
.section .rodata.str1.1,"aMS",@progbits,1
.string "one"
.Ltext: .string "bone"
.section .rodata.cst8,"aM",@progbits,8
.quad 7
.Lword: .quad 8
.text
'''
THERE = '''.globl there, own, number
number = 40
.section .tdata,"awT"
.quad 1
.type own,@tls_object
own: .quad 2
.section .rodata.str1.1,"aMS",@progbits,1
.string "bone"
.section .rodata.cst8,"aM",@progbits,8
.quad 8
.data
.balign 16
.byte 1
.type there,@object
.size there,24
there: .skip 24
.bss
.skip 9
'''

BODY = ('.text : { *(.text) } %s .rodata : { *(.rodata*) }'
        ' .got : { *(.got) } .got.plt : { *(.got.plt) } .tdata : { *(.tdata) }'
        ' .data : { *(.data) } .bss : { *(.bss) } end = .;')
CONSTRUCTS = {
    'low': 'SECTIONS { . = 1M; ' + BODY % '' + ' }',
    'high': 'SECTIONS { . = 0xffffffff80000000; ' + BODY % '' + ' }',
    'far': 'SECTIONS { . = 0x123456789000; ' + BODY % '' + ' }',
    'headers': 'SECTIONS { . = 0x400000 + SIZEOF_HEADERS; ' + BODY % '' + ' }',
    'orphans': 'SECTIONS { . = 1M; .text : { *(.text) } }',
    'aligned': 'SECTIONS { . = 1M; ' + BODY % '. = ALIGN(0x1000); x = .;'
               + ' }',
    'loaded elsewhere': 'SECTIONS { . = 0xffffffff80100000; ' + BODY.replace(
        '.text :', '.text : AT(0x100000)') % '' + ' }',
    'subaligned': 'SECTIONS { . = 1M; ' + BODY.replace(
        '.data :', '.data : SUBALIGN(64)') % '' + ' }',
    'regions': 'MEMORY { rom (rx) : ORIGIN = 1M, LENGTH = 1M'
               ' ram (w) : ORIGIN = 4M, LENGTH = 1M } SECTIONS { ' + BODY.replace(
                   '.data : { *(.data) }', '.data : { *(.data) } >ram AT>rom')
               % '' + ' }',
    'program headers': 'PHDRS { code PT_LOAD FLAGS(5); data PT_LOAD;'
                       ' tls PT_TLS; } SECTIONS { . = 1M; ' + BODY.replace(
                           '*(.text) }', '*(.text) } :code').replace(
                           '*(.tdata) }', '*(.tdata) } :data :tls').replace(
                           '*(.data) }', '*(.data) } :data') % '. = 2M;'
                       + ' }',
    'patched': 'SECTIONS { . = 1M; ' + BODY % (
        '.mark : { LONG(there - _start) QUAD(end) BYTE(own) }') + ' }',
}
OPTIONS = ['', '--no-relax', '--gc-sections -e _start', '-q', '-s', '-x',
           '--wrap=there', '-z max-page-size=0x200000', '-N',
           '--sort-section=alignment', '--defsym=there_too=there']


# With --gc-sections GNU ld keeps __tls_get_addr as an undefined symbol, though
# nothing calls it any more.
CELLS = [cell for cell in itertools.product(RELOCATIONS, CONSTRUCTS, OPTIONS)
         if cell[0] != 'thread calls' or 'gc' not in cell[2]]


@pytest.mark.parametrize('group,construct,option', CELLS)
def test_cell(desk, group, construct, option):
    code = START + '\n'.join(RELOCATIONS[group]) + '\n'
    case = Case({'a': code, 'b': THERE}, option.split(),
                [CONSTRUCTS[construct]])
    found = disagreements(desk, case)
    assert not found, '\n'.join(['', *found])
