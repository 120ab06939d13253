# SPDX-License-Identifier: BSD-2-Clause
"""Warnings of memory that may be written and executed, and sizes of pages.
[GNU ld manual: --warn-rwx-segments, --warn-execstack, -z max-page-size]"""

import pytest

import links
from cases import NO_STACK, build

ROOT = '.globl _start\n.text\n_start: nop\n.data\n.quad 1\n'
WANTS_STACK = '\n.section .note.GNU-stack,"x",@progbits\n'
ONE_RUN = 'SECTIONS { . = 1M; .text : { *(.text) } .data : { *(.data) } }'
APART = ONE_RUN.replace('.data :', '. = ALIGN(4096); .data :')
SAYINGS = ('RWX permissions', 'TLS segment with execute permission',
           'executable stack (')


def warnings(desk, linker, arguments):
    done = links.run([linker, '-o', 'output', *arguments], desk.folder)
    text = done.stdout.replace('implies executable', 'implies an executable')
    return (done.returncode, 'implies an executable stack' in text,
            [saying for saying in SAYINGS if saying in text])


@pytest.mark.parametrize('options', [
    [], ['--no-warn-rwx-segments'], ['--no-warn-execstack'], ['-N'],
    ['-z', 'noexecstack'], ['--fatal-warnings'], ['-z', 'stack-size=4096'],
    ['--no-warn-rwx-segments', '--warn-rwx-segments']], ids=' '.join)
@pytest.mark.parametrize('stacks', [
    [NO_STACK], [NO_STACK, ''], [NO_STACK, WANTS_STACK], [''],
    ['', WANTS_STACK]], ids=['none', 'missing', 'wanted', 'unsaid', 'both'])
@pytest.mark.parametrize('script', [
    ONE_RUN, APART, 'PHDRS { all PT_LOAD FLAGS(7); } ' + APART.replace(
        '*(.text) }', '*(.text) } :all')], ids=['run', 'apart', 'flags'])
def test_the_same_warnings(desk, script, stacks, options):
    desk.write('link.ld', script)
    objects = [desk.assemble(f'{i}.o', (ROOT if i == 0 else '') + stack)
               for i, stack in enumerate(stacks)]
    arguments = [*options, '-T', 'link.ld', *objects]
    assert warnings(desk, links.BOOTLINK_LD, arguments) == \
        warnings(desk, links.GNU_LD, arguments)


@pytest.mark.parametrize('sizes', [
    'max-page-size=0x800', 'common-page-size=0x800',
    'max-page-size=0x400 common-page-size=0x400', 'max-page-size=0x10000'])
def test_page_sizes(same, sizes):
    same(None, [word for size in sizes.split() for word in ('-z', size)],
         a=ROOT + '.section .rodata,"a"\n.skip 7\n')


def test_common_pages_are_no_larger_than_the_largest(both_refuse):
    text = both_refuse(ONE_RUN, ['-z', 'max-page-size=0x1000',
                                 '-z', 'common-page-size=0x2000'], a=ROOT)
    assert 'max-page-size' in text


def test_an_object_has_no_program_headers(desk):
    """SIZEOF_HEADERS counts none."""
    arguments = build(desk, APART.replace('1M', '1M + SIZEOF_HEADERS'), ['-r'],
                      {'a': ROOT})
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    theirs = desk.link(links.GNU_LD, 'theirs', arguments)
    assert [(s.name, s.address) for s in ours.sections if s.address] == \
        [(s.name, s.address) for s in theirs.sections if s.address] != []
    assert not ours.segments
