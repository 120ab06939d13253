# SPDX-License-Identifier: BSD-2-Clause
"""-r: an object of objects, and what a later link makes of it.
[GNU ld manual: Command-line Options]"""

import pytest

import elf
import links
import objects
from cases import archive, build_input

SCRIPT = ('ENTRY(_start) SECTIONS { . = 1M; .text : { *(.text .text.*) }'
          ' .rodata : { *(.rodata .rodata.*) } . = ALIGN(4096);'
          ' .data : { *(.data .data.*) } set : { *(set) }'
          ' .bss : { *(.bss .bss.*) *(COMMON) } }')


@pytest.fixture
def partial(desk):
    """Makes one object by both linkers: they must agree, and so must the links
    by either linker of either object, and of the inputs if `again`."""

    def check(options=(), script=None, again=True, wanted=(), **sources):
        files = [build_input(desk, name, source)
                 for name, source in sources.items()]
        options = [*options, *([] if script is None else ['-T', 'part.ld'])]
        desk.write('part.ld', script or '')
        desk.write('link.ld', SCRIPT)
        arguments = ['-r', *options, *files]
        theirs = desk.link(links.GNU_LD, 'theirs.o', arguments)
        ours = desk.link(links.BOOTLINK_LD, 'ours.o', arguments)
        assert not objects.differences(ours, theirs)
        if again:
            compare_links(desk)
        return ours

    def compare_links(desk):
        by_gnu_ld = desk.link(links.GNU_LD, 'a', ['theirs.o', '-T', 'link.ld'])
        for linker, source in ((links.GNU_LD, 'ours.o'),
                               (links.BOOTLINK_LD, 'ours.o'),
                               (links.BOOTLINK_LD, 'theirs.o')):
            output = desk.link(linker, 'b', [source, '-T', 'link.ld'])
            assert not links.differences(output, by_gnu_ld, homes=False)

    return check


START = '.globl _start\n.text\n_start: call f\nmov c(%rip), %eax\n.comm c,8,8\n'
F = ('.globl f\n.text\nlea here(%rip), %rax\nf: ret\nhere: nop\n'
     '.data\n.quad f, _start, here + 2, c\n.bss\n.skip 3\n')


def test_sections_of_one_name_become_one(partial):
    partial(a=START + '.data\n.byte 1\n.text\nnop\n', b=F,
            c='.section .text.x,"ax"\nnop\n.data\n.balign 16\n.quad f + 1\n'
            '.section .rodata,"a"\n.quad c - .\n')


def test_commons_stay_commons(partial):
    output = partial(a=START, b=F + '.comm c,32,16\n')
    assert next(s for s in output.symbols if s.name == 'c').section == '*COM*'


@pytest.mark.parametrize('option', ['-d', '-dc', '-dp'])
def test_commons_become_sections_on_request(partial, option):
    partial([option], a=START, b=F + '.comm c,32,16\n')


GROUP = ('.section .text.{0},"axG",@progbits,{0},comdat\n.globl {0}\n'
         '{0}: call f\n.section .data.g,"awG",@progbits,{0},comdat\n'
         '.quad {0}\n.text\ncall {0}\n')


def test_comdat_groups_stay_groups(partial):
    output = partial(a=START + GROUP.format('g'), b=F + GROUP.format('g')
                     + GROUP.format('h'))
    assert [g[0] for g in objects.groups(output)] == ['g', 'h']


def test_a_group_named_after_a_local(partial):
    source = GROUP.format('g').replace('progbits,g,', 'progbits,sig,')
    partial(a=START + source, b=F + source)


def test_a_group_meets_its_copy_in_the_later_link(desk, partial):
    partial(again=False, a=START + GROUP.format('g'))
    desk.assemble('x.o', F + GROUP.format('g') + '.section .note.GNU-stack,""')
    for linker in (links.GNU_LD, links.BOOTLINK_LD):
        output = desk.link(linker, 'b', ['ours.o', 'x.o', '-T', 'link.ld'])
        assert output.section('.data').size == 8 + 4 * 8


@pytest.mark.parametrize('first,second', ['R ', ' R', 'RR'])
def test_what_no_link_may_drop_stays_apart(partial, first, second):
    """But not in a section that the script has, such as .data."""
    one, other = (f'"aw{flag.strip()}"' for flag in (first, second))
    partial(again=False, a=START + f'.section x,{one}\n.byte 1\n.section x,{other}'
            f'\n.byte 2\n.section .data,{one}\n.byte 3\n',
            b=F + f'.section x,{other}\n.byte 4\n')


def test_force_group_allocation(partial):
    output = partial(['--force-group-allocation'], a=START + GROUP.format('g'),
                     b=F + GROUP.format('g'))
    assert not objects.groups(output)


def test_by_a_script(partial):
    partial(script='SECTIONS { .text : { *(.text .text.*) end = .; }'
            ' .data : { start = .; *(.data .data.*) LONG(0x12345678) } }'
            ' later = end + 4; size = end - start;',
            a=START + GROUP.format('g') + '.section .text.x,"ax"\nnop\n',
            b=F + '.section .data.x,"aw"\n.quad end, start\n')


def test_members_of_archives(partial):
    partial(a=START, lib=archive(x=F, y='.globl unused\nunused: nop\n'))


def test_undefined_weak_hidden_and_absolute(partial):
    partial(a=START + '.weak w\n.quad w, u\n.hidden h\n.globl h\nh: nop\n'
            '.globl abs\nabs = 5\nlocal = 7\n.data\n.quad abs, local\n.weak v\n'
            'v: .quad v\n.protected p\n.globl p\np: .quad u\n.internal i\n'
            '.globl i\ni:\n', b=F + '.hidden w\n.data\n.quad w\n', again=False)


def test_strings_stay_apart(partial):
    text = ('.section .rodata.str1.1,"aMS",@progbits,1\n.LC0: .asciz "{0}"\n'
            '.LC1: .asciz "same"\n.text\nlea .LC0(%rip), %rax\n'
            'lea .LC1(%rip), %rbx\n.data\n.quad .LC0 + 1\n')
    partial(a=START + text.format('one'), b=F + text.format('two'))


def test_thread_local(partial):
    partial(a=START + 'mov %fs:t@tpoff, %eax\n.section .tdata,"awT"\n.long 1\n'
            '.globl t\n.type t,@object\nt: .long 2\n', b=F
            + '.section .tdata,"awT"\n.balign 16\nlt: .long 3\n'
            '.text\nmov %fs:lt@tpoff, %eax\n', again=False)


def test_debug_sections(partial):
    partial(a=START + '.section .debug_x,""\n.quad f, _start\n.long here\n',
            b=F + '.section .debug_x,""\n.quad here\n.section .debug_y,""\n'
            '.quad .debug_x\n', again=False)


def test_flags_and_types(partial):
    partial(a=START + '.section .init_array,"aw"\n.quad f\n'
            '.section .x,"e"\n.quad 1\n.section .note.n,"a",@note\n.long 0\n'
            '.section .r,"aR"\n.quad 1\n.section .e,"a"\n', b=F, again=False)


def test_gc_sections(partial):
    source = ('.section .text.x,"ax"\n.globl x\nx: call y\n'
              '.section .text.y,"ax"\ny: nop\n.section .text.z,"ax"\nz: nop\n')
    partial(['--gc-sections', '-u', 'x'], a=source, again=False)


def test_an_object_of_objects_of_objects(desk):
    desk.write('link.ld', SCRIPT)
    for name, source in (('a', START + GROUP.format('g')), ('b', F),
                         ('c', GROUP.format('g'))):
        build_input(desk, name, source)
    for linker, name in ((links.GNU_LD, 'theirs'), (links.BOOTLINK_LD, 'ours')):
        desk.link(linker, 'ab.o', ['-r', 'a.o', 'b.o'])
        desk.link(linker, f'{name}.o', ['-r', 'ab.o', 'c.o'])
    theirs = desk.link(links.GNU_LD, 'o', ['theirs.o', '-T', 'link.ld'])
    for linker in (links.GNU_LD, links.BOOTLINK_LD):
        ours = desk.link(linker, 'o', ['ours.o', '-T', 'link.ld'])
        assert not links.differences(ours, theirs)


def test_duplicate_definitions_are_refused(desk):
    build_input(desk, 'a', START)
    with pytest.raises(links.LinkFailed, match='_start'):
        desk.link(links.BOOTLINK_LD, 'o', ['-r', 'a.o', 'a.o'])


def test_it_is_an_object(desk):
    build_input(desk, 'a', START)
    output = desk.link(links.BOOTLINK_LD, 'o.o', ['--relocatable', 'a.o'])
    assert output.type == 1 and not output.segments and output.entry == 0
    assert elf.read(desk.folder / 'o.o').machine == 62


def test_unwind_tables_of_lost_functions_are_dropped(partial):
    def function(name, flags, body):
        return (f'.section .text.{name},{flags}\n{name}: .cfi_startproc\n'
                f'push %rbx\n.cfi_def_cfa_offset 16\n{body}ret\n'
                '.cfi_endproc\n')
    group = '"axG",@progbits,g,comdat'
    partial(a=START + function('a', '"ax"', '') + function('g', group, 'nop\n'),
            b=function('g', group, '') + F + function('b', '"ax"', ''),
            c=function('g', group, ''))


ONCE = '.section .gnu.linkonce.t.f,"ax"\n.globl f\nf: nop\n'


@pytest.mark.parametrize('more', [
    '.globl g\ng: nop\n', '.weak g\ng: nop\n',
    '.globl g\ng: nop\n.data\n.quad g\n'])
def test_what_only_a_copy_that_lost_defines(partial, more):
    partial(again=False, a=ONCE, b=ONCE + more)
    partial(again=False, a='.data\n.globl g\n.quad g\n', b=ONCE,
            c=ONCE + more)


@pytest.mark.parametrize('options', [
    ['-s'], ['-x'], ['-X'], ['-S'], ['--discard-none'], ['-s', '-X'],
    ['-s', '--discard-none'], ['--retain-symbols-file=keep']])
def test_stripped(partial, desk, options):
    desk.write('keep', 'f\n')
    named = ('.section .rodata.str1.1,"aMS",@progbits,1\n.asciz "no"\n'
             '.Lyes: .asciz "yes"\n.section .rodata,"a"\n.quad .Lyes\n')
    partial(options, again=False, a=START + '.globl unused\nunused: nop\n',
            b=F + named + 'l: .quad und\n', c='.data\nlone: .quad f\n')


def test_a_local_signature_survives_stripping(partial):
    source = GROUP.format('g').replace('progbits,g,', 'progbits,sig,')
    partial(['-x'], a=START + source, b=F + source)


def test_unwanted_references_of_unused_sections(desk):
    """GNU ld has them as local symbols."""
    files = [build_input(desk, 'a', START + '.section .text.x,"ax"\n'
                         '.weak w\n.quad w, unused\n')]
    ours = desk.link(links.BOOTLINK_LD, 'ours.o',
                     ['-r', '--gc-sections', '-e', '_start', *files])
    assert {s.name for s in ours.symbols if s.name} >= {'_start', 'f', 'c'}
    assert not {s.name for s in ours.symbols} & {'w', 'unused'}


@pytest.mark.parametrize('options', [[], ['-e', 'nobody'], ['-u', 'nobody'],
                                     ['-T', 'keep.ld']])
def test_gc_sections_needs_a_symbol_to_start_from(desk, options):
    desk.write('keep.ld', 'SECTIONS { .text : { KEEP(*(.text)) } }')
    files = [build_input(desk, 'a', START)]
    for linker in (links.GNU_LD, links.BOOTLINK_LD):
        with pytest.raises(links.LinkFailed):
            desk.link(linker, 'o', ['-r', '--gc-sections', *options, *files])


@pytest.mark.parametrize('options', [
    ['-e', '_start'], ['-e', 'f'], ['-e', '0x1234'], ['-e', 'nobody'],
    ['-e', 'end'], []])
@pytest.mark.parametrize('script', [
    None, 'ENTRY(_start) SECTIONS { .text 0x1000 : { *(.text) end = .; } }'])
def test_entry(desk, options, script):
    desk.write('part.ld', script or '')
    files = [build_input(desk, 'a', '.text\nnop\n' + START),
             build_input(desk, 'b', F)]
    arguments = ['-r', *options, *files, *(['-T', 'part.ld'] if script else [])]
    theirs = desk.link(links.GNU_LD, 'theirs.o', arguments)
    ours = desk.link(links.BOOTLINK_LD, 'ours.o', arguments)
    assert ours.entry == theirs.entry


@pytest.mark.parametrize('options', [
    [], ['--unique'], ['--unique=.data.g'], ['--force-group-allocation']])
def test_members_of_groups_can_be_discarded(partial, options):
    source = GROUP.format('g') + GROUP.format('h')
    partial(options, again=False, a='.text\nnop\n' + source,
            script='SECTIONS { .text : { *(.text .data.g) }'
                   ' /DISCARD/ : { *(.data.g .junk) } }')


def test_a_signature_that_is_discarded_is_undefined(desk):
    """GNU ld defines it as 0."""
    desk.write('part.ld', 'SECTIONS { /DISCARD/ : { *(.text.g) } }')
    files = [build_input(desk, 'a', GROUP.format('g').split('.text\n')[0]
                         .replace('.quad g', '.quad 1'))]
    ours = desk.link(links.BOOTLINK_LD, 'ours.o',
                     ['-r', '-T', 'part.ld', *files])
    assert [g[0] for g in objects.groups(ours)] == ['g']
    assert ('g', '*UND*') in {(s.name, s.section) for s in ours.symbols}


def test_what_is_referred_to_is_not_discarded(desk):
    desk.write('part.ld', 'SECTIONS { /DISCARD/ : { *(.junk) } }')
    junk = '.section .junk,"aw"\nj: .quad 1\n'
    for source, is_refused in (
            ('.data\n.quad j\n', True),
            ('.reloc 0, R_X86_64_NONE, j\n.quad 0\n', True),
            ('.section .debug_x,""\n.quad j\n', False),
            ('.section .gcc_except_table,"a"\n.quad j\n', False)):
        arguments = ['-r', build_input(desk, 'a', source + junk),
                     '-T', 'part.ld']
        for linker in (links.GNU_LD, links.BOOTLINK_LD):
            if is_refused:
                with pytest.raises(links.LinkFailed):
                    desk.link(linker, 'o', arguments)
            else:
                desk.link(linker, 'o', arguments)


@pytest.mark.parametrize('statement', [
    'HIDDEN(h = 5);', 'HIDDEN(h = .);', 'PROVIDE_HIDDEN(h = .);',
    '.x : { HIDDEN(h = .); *(.x) LONG(1) }', 'HIDDEN(_start = .);',
    'h2 = 1; HIDDEN(h = h2);', 'PROVIDE_HIDDEN(h = .); PROVIDE_HIDDEN(h = 5);'])
@pytest.mark.parametrize('options', [[], ['-s'], ['-x']])
def test_hidden_symbols_of_the_script_are_local(same, statement, options):
    same('SECTIONS { .text : { *(.text) } .data : { *(.data) } ' + statement
         + ' }', ['-r', *options], a='.globl _start\n.text\n_start: ret\n',
         b='.file "b.c"\n.text\nl: nop\n.data\n.quad h, l\n')
