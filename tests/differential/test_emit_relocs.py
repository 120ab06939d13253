# SPDX-License-Identifier: BSD-2-Clause
"""--emit-relocs: an executable that says where it was relocated."""

import pytest

import elf
import links
import objects
from cases import build

SCRIPT = ('ENTRY(_start) SECTIONS { . = 1M; .text : { *(.text .text.*) }'
          ' .rodata : { *(.rodata*) } . = ALIGN(4096); .data : { *(.data) }'
          ' .tdata : { *(.tdata) } .bss : { *(.bss COMMON) }'
          ' /DISCARD/ : { *(.junk) } }')
START = '.globl _start\n.text\n_start: call used\nmov c(%rip), %eax\n'
REST = ('.comm c,16,16\n.section .text.x,"ax"\nused: lea used(%rip), %rax\n'
        '.data\n.globl d\nd: .quad used, d + 8, c\n')


@pytest.fixture
def emitted(desk):
    def check(options=('-q',), **sources):
        arguments = build(desk, SCRIPT, options, sources)
        theirs = desk.link(links.GNU_LD, 'theirs', arguments)
        ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
        assert links.differences(ours, theirs) == []
        assert objects.relocations(ours) == objects.relocations(theirs)
        return objects.relocations(ours)

    return check


@pytest.mark.parametrize('option', ['-q', '--emit-relocs'])
def test_relocations_with_their_addresses(emitted, option):
    found = emitted([option], a=START + REST, b='.data\n.quad d - 4\n')
    assert ('.data', '0x101010', 1, 'c', '0x0') in found


def test_rewritten_loads_are_what_they_became(emitted):
    emitted(a=START + REST + '.text\nmov d@GOTPCREL(%rip), %rax\n'
            'call *d@GOTPCREL(%rip)\njmp *d@GOTPCREL(%rip)\n'
            'add d@GOTPCREL(%rip), %rax\nmov used@GOTPCREL(%rip), %ecx\n')


def test_strings_debug_and_what_was_discarded(emitted):
    emitted(a=START + REST + '.section .rodata.str1.1,"aMS",@progbits,1\n'
            '.asciz "hello"\n.LC: .asciz "lo"\n.data\n.quad .LC\n'
            '.section .debug_x,""\n.quad used, junk\n.section .junk,"aw"\n'
            '.globl junk\njunk: .quad junk\n')


def test_a_table_that_is_loaded_has_a_section_symbol(desk):
    """Unlike the tables that -q adds."""
    arguments = build(desk, SCRIPT.replace(
        '.rodata :', '.rela.plt : { *(.rela.iplt) } .rodata :'), ['-q'], {
            'a': START + '.type f, @gnu_indirect_function\nf: ret\n'
            'used: call f\n.comm c,16,16\n'})
    ours, theirs = (desk.link(linker, 'output', arguments)
                    for linker in (links.BOOTLINK_LD, links.GNU_LD))
    found = [[s.section for s in output.symbols if s.type == elf.STT_SECTION]
             for output in (ours, theirs)]
    assert '.rela.plt' in found[0] and found[0] == found[1]


def test_weak_and_hidden(emitted):
    emitted(a=START + REST + '.weak w\n.data\n.quad w\n.hidden d\n.quad d\n')


def test_relocations_of_dropped_unwind_tables_are_none(emitted):
    def function(name):
        return (f'.section {name},"ax"\n.cfi_startproc\nnop\n'
                '.cfi_endproc\n')
    emitted(a=START + REST + function('.text.a') + function('.junk'),
            b=function('.junk') + '.data\n.quad .eh_frame + 8\n',
            c=function('.text.c'))


def test_references_that_stay_undefined_are_there_if_named(emitted):
    source = (START + 'used: .weak w, mentioned\n.data\n.quad w\n'
              '.section .text.gone,"ax"\n.weak v\n.quad v\n.comm c,16,16\n')
    emitted(['-q'], a=source)
    emitted(['-q', '--gc-sections'], a=source)


@pytest.mark.parametrize('options', [
    ['-s'], ['-x'], ['-X'], ['-S'], ['--discard-none'],
    ['--retain-symbols-file=keep']])
def test_whatever_is_stripped_what_is_named_stays(emitted, desk, options):
    desk.write('keep', 'd\n')
    emitted(['-q', *options], a=START + REST + 'l: .quad l, w\n.weak w\n',
            b='.data\n.globl unused\nunused: .quad d - 4\n')


@pytest.mark.parametrize('once', ['.section .gnu.linkonce.t.f,"ax"\n',
                                  '.section .text.f,"axG",@progbits,f,comdat\n'])
def test_what_only_a_copy_that_lost_defines(emitted, once):
    f = once + '.globl f\nf: nop\n'
    emitted(a=START + 'used: nop\n.comm c,8\n' + f,
            b=f + '.globl g, h\ng: nop\nh: .data\n.quad h - h\n')
