# SPDX-License-Identifier: BSD-2-Clause
"""--gc-sections: what is reached from the roots stays, the rest goes.
[GNU ld manual: Command-line Options]"""

import re

import pytest

import links
from cases import archive, build

SCRIPT = ('ENTRY(_start) SECTIONS { . = 1M; .text : { *(.text .text.*) }'
          ' . = ALIGN(4096); .data : { KEEP(*(.keep)) *(.data .data.*) }'
          ' set : { *(set) } .bss : { *(.bss .bss.*) *(COMMON) } }')
GC = ['--gc-sections']


def function(name, body='nop', flags='"ax"'):
    return (f'.section .text.{name},{flags}\n.globl {name}\n'
            f'{name}: {body}\n')


START = function('_start', 'call used') + function('used', 'nop')
DEAD = function('dead', 'call dead2') + function('dead2')


def test_what_nothing_reaches_goes(same):
    output = same(SCRIPT, GC, a=START + DEAD, b=function('other'))
    assert {s.name for s in output.symbols} == {'_start', 'used'}


def test_without_the_option_all_stays(same):
    output = same(SCRIPT, GC + ['--no-gc-sections'], a=START + DEAD)
    assert 'dead' in {s.name for s in output.symbols}


def test_across_objects_and_archives(same):
    same(SCRIPT, GC, a=function('_start', 'call f'),
         lib=archive(x=function('f', 'call g') + function('unused'),
                     y=function('g') + '.data\n.quad unused\n'))


def test_a_circle_that_nothing_reaches(same):
    same(SCRIPT, GC, a=START + function('x', 'call y') + function('y', 'call x'))


def test_keep(same):
    same(SCRIPT, GC, a=START + function('x') + '.section .keep,"aw"\n.quad x\n'
         '.section .data.y,"aw"\n.quad x\n')


def test_keep_counts_whichever_pattern_takes_the_section(same):
    same(SCRIPT + ' SECTIONS { .more : { KEEP(*(.data.*)) } }', GC,
         a=START + '.section .data.y,"aw"\n.quad 1\n')


@pytest.mark.parametrize('root', [
    ['-e', 'dead'], ['-u', 'dead'], ['--undefined=dead'],
    ['--gc-keep-exported'], ['-e', '0x100000', '-u', 'dead']])
def test_roots_of_the_command_line(same, root):
    same(SCRIPT, GC + root, a=START + DEAD)


def test_start_is_a_root_without_entry(same):
    same(SCRIPT.replace('ENTRY(_start)', ''), GC, a=START + function('start'))


def test_init_and_fini_are_roots(same):
    same(SCRIPT, GC, a=START + function('_init') + function('_fini') + DEAD)


def test_retained_sections_and_notes(same):
    same(SCRIPT, GC, a=START + function('r', flags='"axR"') + DEAD
         + '.section .note.x,"a",@note\n.long 4,0,1\n.asciz "abc"\n'
         '.section .note.y,"",@note\n.long 4,0,1\n.asciz "abc"\n')


SET = '.section set,"aw"\n.quad dead\n' + DEAD


def test_start_and_stop_keep_a_set(same):
    same(SCRIPT, GC, a=START + '.section .keep,"aw"\n.quad __start_set\n',
         b=SET, c=SET.replace('dead', 'more'))


def test_a_start_that_the_script_defines_keeps_nothing(same):
    same(SCRIPT.replace('set : {', 'set : { __start_set = .;'), GC,
         a=START + '.section .keep,"aw"\n.quad __start_set\n', b=SET)


def test_start_stop_gc(same):
    same(SCRIPT.replace('*(set)', 'KEEP(*a.o(set)) *(set)'),
         GC + ['-z', 'start-stop-gc'], a=START
         + '.section .keep,"aw"\n.quad __start_set\n.section set,"aw"\n.quad 1\n',
         b=SET)


def test_symbols_of_the_script_reach_what_they_stand_for(same):
    same(SCRIPT.replace('*(.text ', 'b = f + 1; *(.text ') + 'a = b; c = dead;'
         'PROVIDE(d = g); PROVIDE(used = dead2); e = dead - dead2;', GC,
         a=START + DEAD + function('f') + function('g')
         + '.section .keep,"aw"\n.quad a, d, e\n')


def test_symbols_of_the_script_about_what_is_gone(same):
    same(SCRIPT.replace('*(.text ', 'b = dead2; *(.text ')
         + 'a = dead2; c = DEFINED(dead2);', GC,
         a=START + DEAD + '.skip 3\n.globl dead2\n')


def test_groups_live_and_die_together(same):
    group = ('.section .text.{0},"axG",@progbits,{0},comdat\n.globl {0}\n'
             '{0}: ret\n.section .data.{0},"awG",@progbits,{0},comdat\n.quad 1\n'
             '.section .more.{0},"G",@progbits,{0},comdat\n.quad 1\n')
    same(SCRIPT, GC, a=function('_start', 'call g1')
         + group.format('g1') + group.format('g2'), b=group.format('g1'))


def test_link_order_follows_its_section(desk):
    arguments = build(desk, SCRIPT, [], {
        'a': START + DEAD + function('f')
        + '.section .lo,"ao",@progbits,.text.used\n.quad f\n'
        '.section .lo2,"ao",@progbits,.text.dead\n.quad 1\n'})
    assert removed(desk, links.GNU_LD, arguments) == removed(
        desk, links.BOOTLINK_LD, arguments) == [
            '.text.dead', '.text.dead2', '.lo2']


def test_debug_sections_stay_with_their_object(same):
    debug = ('.section .debug_x,""\n.quad dead, used\n.section .comment,""\n'
             '.asciz "x"\n.section .other,""\n.quad dead\n')
    same(SCRIPT, GC, a=START + DEAD + debug,
         b=function('b') + debug.replace('dead', 'b'))


def test_debug_sections_of_groups(same):
    """A group of nothing else stays; of a mixed one stays what others that stay
    refer to."""
    of_group = ('.section .debug_{0},"G",@progbits,{0},comdat\n.L{0}: .quad 1\n'
                '.section .debug_{0}2,"G",@progbits,{0},comdat\n.quad 2\n')
    mixed = ('.section .text.{0},"axG",@progbits,{0},comdat\n{0}: nop\n'
             + of_group)
    debug = '.section .debug_x,""\n.quad .Lmixed\n'
    same(SCRIPT, GC, a=START + of_group.format('alone')
         + mixed.format('mixed') + mixed.format('unused') + debug)


@pytest.mark.parametrize('condition', ['DEFINED(dead2)', 'DEFINED(nowhere)'])
def test_what_a_condition_of_the_script_chooses(same, condition):
    same(SCRIPT + f' x = {condition} ? dead2 : used;', GC, a=START + DEAD)


def test_commons(same):
    same(SCRIPT, GC, a=START + '.comm c,8,8\n.section .keep,"aw"\n.quad c\n',
         b='.comm d,8,8\n')


FRAMES = '''.section .text.{0},"ax"
.globl {0}
{0}: .cfi_startproc
.cfi_lsda 0x1b, .L{0}
.cfi_personality 0x1b, {0}_personality
call {1}
.cfi_endproc
.section .gcc_except_table.{0},"a"
.L{0}: .quad 1
''' + function('{0}_personality')


def test_frames_keep_tables_and_personality_but_no_function(desk):
    arguments = build(desk, SCRIPT.replace('/DISCARD/', ''), [], {
        'a': FRAMES.format('_start', 'used') + function('used')
        + FRAMES.format('dead', 'used')})
    assert removed(desk, links.GNU_LD, arguments) == removed(
        desk, links.BOOTLINK_LD, arguments) == [
            '.text.dead', '.gcc_except_table.dead', '.text.dead_personality']


def removed(desk, linker, arguments):
    """The sections that a linker says it leaves out."""
    done = links.run([linker, '-o', 'out', *GC, '--print-gc-sections',
                      *arguments], desk.folder)
    return [name for name in re.findall(
        r"removing unused section '([^'\[]*)", done.stdout)
        if name not in ('.group', '.eh_frame')]


def test_print_gc_sections(desk):
    arguments = build(desk, SCRIPT, [], {'a': START + DEAD + '.comm c,8,8\n',
                                         'b': function('b')})
    theirs = removed(desk, links.GNU_LD, arguments)
    assert removed(desk, links.BOOTLINK_LD, arguments) == theirs
    assert sorted(theirs) == ['.text.b', '.text.dead', '.text.dead2', 'COMMON']


def test_what_runs_unasked_stays(desk):
    """As ld.lld has it; GNU ld leaves this to KEEP."""
    source = START + ''.join(
        f'.section {name},"aw"\n.quad {name[1:]}\n' + function(name[1:])
        for name in ('.init_array', '.fini_array', '.preinit_array', '.ctors',
                     '.dtors')) + '.section .init_array.5,"aw"\n.quad 1\n'
    arguments = build(desk, SCRIPT, [], {'a': source + DEAD})
    assert removed(desk, links.BOOTLINK_LD, arguments) == [
        '.text.dead', '.text.dead2']


def test_a_chain_of_thirty_thousand(desk):
    """Nothing recurses."""
    source = '.section .keep,"aw"\n.quad f0\n' + START + ''.join(
        f'.section .data.f{i},"aw"\nf{i}: .quad f{i + 1}\n'
        for i in range(30000)) + 'f30000 = 1\n'
    output = desk.link(links.BOOTLINK_LD, 'ours',
                       build(desk, SCRIPT, GC, {'a': source}))
    assert output.section('.data').size == 30001 * 8


def test_a_call_that_became_local_exec_keeps_its_symbol(same):
    """Nothing defines __tls_get_addr, and nothing calls it in the end."""
    access = ('.byte 0x66\nlea x@tlsgd(%rip), %rdi\n.value 0x6666\nrex64\n'
              'call __tls_get_addr@plt\n')
    tdata = '.section .tdata,"awT"\nx: .quad 1\n'
    script = SCRIPT[:-1] + ' .tdata : { *(.tdata) } }'
    output = same(script, GC, a=function('_start', access) + tdata)
    assert '__tls_get_addr' in {s.name for s in output.symbols}
    same(script, GC, a=START + function('dead', access) + tdata)


@pytest.mark.parametrize('condition', [
    'LENGTH(m) != 8M', 'LENGTH(m) == 8M', 'ORIGIN(m) + 1', '1 - 1'])
def test_a_symbol_that_depends_on_a_number(same, condition):
    same('MEMORY { m : ORIGIN = 0, LENGTH = 8M }'
         ' SECTIONS { ENTRY(_start) .text : { *(.text*) *(.keep*) } >m }'
         f' f = {condition} ? one : two;', ['--gc-sections'],
         a='.globl _start\n_start: .quad f\n' + function('one') +
         function('two'))


PATCHABLE = '.section __patchable_function_entries,"{}"{}\n.quad dead, used\n'


def test_functions_that_can_be_patched(desk, same, both_refuse):
    """Who does not say of which function they are must be asked."""
    same(SCRIPT, GC, a=START + DEAD
         + PATCHABLE.format('awo', ',@progbits,.text.used'))
    same(SCRIPT, GC, a=START + function('dead')
         + PATCHABLE.format('awo', ',@progbits,.text.dead'))
    lost = START + DEAD + PATCHABLE.format('aw', '')
    same(SCRIPT, a=lost)
    message = both_refuse(SCRIPT, GC, a=lost)
    assert 'compile with gcc 11' in message
    kept = SCRIPT.replace('.keep', '__patchable_function_entries')
    output = desk.link(links.BOOTLINK_LD, 'ours',
                       build(desk, kept, GC, {'a': lost}))
    assert 'dead' in {s.name for s in output.symbols}
