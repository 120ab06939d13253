# SPDX-License-Identifier: BSD-2-Clause
"""--start-group, GROUP, and groups in groups: which members come in, and in
which order. [GNU ld manual: Command-line Options]"""

import random

import pytest

import links
from cases import NO_STACK, archive, build

SCRIPT = ('SECTIONS { . = 1M; .text : { *(.text) } .data : { *(.data) }'
          ' .rest : { *(.rest) } }')
START, END = '--start-group', '--end-group'
MEMBERS = 10
NESTED = {
    'inner': [START, 'a.a', START, 'b.a', 'c.a', END, 'd.a', END],
    'script': [START, 'a.a', 'bc.txt', 'd.a', END],
    'two': [START, START, 'a.a', 'b.a', END, START, 'c.a', 'd.a', END, END],
    'flat': [START, 'a.a', 'b.a', 'c.a', 'd.a', END],
}


def member(number, needs):
    """Tells by a byte where it went."""
    return (f'.globl s{number}\n.data\ns{number}: .byte {number}\n.section '
            '.rest,"aw"\n' + ''.join(f'.quad s{n}\n' for n in needs) + NO_STACK)


def build_maze(desk, dice):
    """Members that need each other at random, in four archives."""
    shelves = {shelf: [] for shelf in 'abcd'}
    for i in range(MEMBERS):
        needs = [dice.randrange(MEMBERS) for _ in range(dice.choice((0, 1, 2)))]
        shelf = 'abcd'[i] if i < 4 else dice.choice('abcd')
        shelves[shelf].append(desk.assemble(f'm{i}.o', member(i, needs)))
    for shelf, members in shelves.items():
        dice.shuffle(members)
        desk.archive(f'{shelf}.a', members)
    desk.write('bc.txt', 'GROUP(b.a c.a)')
    desk.write('link.ld', SCRIPT)
    return desk.assemble('start.o', '.globl _start\n_start: nop\n' + member(
        99, [dice.randrange(MEMBERS), dice.randrange(MEMBERS)]))


@pytest.mark.parametrize('seed', range(12))
def test_members_come_in_order(desk, seed):
    start = build_maze(desk, random.Random(seed))
    for line in NESTED.values():
        arguments = [start, *line, '-T', 'link.ld']
        theirs = desk.link(links.GNU_LD, 'theirs', arguments)
        ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
        assert not links.differences(ours, theirs), line


def test_the_first_name_of_an_index_is_the_first_again(same):
    """What comes to be wanted between two turns of one archive."""
    same(SCRIPT, ['{start}', START, '{one}', '{two}', END],
         start='.globl _start\n_start: nop\n.data\n.quad c, d\n',
         one=archive(a='.globl a\n.data\na: .byte 1\n',
                     b='.globl b\n.data\nb: .byte 2\n'),
         two=archive(c='.globl c\n.data\nc: .quad b\n',
                     d='.globl d\n.data\nd: .quad a\n'))


@pytest.mark.parametrize('line', [
    [START, 'a.o', 'b.a'], ['-(', 'a.o', 'b.a'], [START, START, 'b.a', 'a.o'],
    [START, 'b.a', 'a.o', '-r'], [START, START, 'b.a', END, 'a.o']])
def test_a_group_that_nobody_ends_ends_last(desk, line):
    build(desk, SCRIPT, (), {
        'a': '.globl _start\n_start: call f\n',
        'b': archive(f='.globl f\nf: call g\n', g='.globl g\ng: nop\n')})
    for linker, output in (links.GNU_LD, 'theirs'), (links.BOOTLINK_LD, 'ours'):
        done = links.run([linker, *line, '-o', output], desk.folder)
        assert done.returncode == 0 and '-group' in done.stdout
    assert not links.differences(links.elf.read(desk.folder / 'ours'),
                                 links.elf.read(desk.folder / 'theirs'))


def test_an_end_without_a_start(both_refuse):
    both_refuse(SCRIPT, ['{a}', END], a='.globl _start\n_start: nop\n')
