# SPDX-License-Identifier: BSD-2-Clause
"""The matrix of test_matrix.py once more, linked by ld.lld: what it accepts it
lays out as we do, but for what loader/README.md says under "Where linkers
differ". [psABI 4.4.1]

Compared are addresses, sizes and bytes of sections, and values of symbols that
are not local. lld is asked for what GNU ld does by itself: tails of strings are
shared (-O2); and for no PT_GNU_RELRO, which it wants without a gap.
"""

import re
from typing import NamedTuple

import pytest

import links
from links import LinkFailed
from test_matrix import CELLS, CONSTRUCTS, OPTIONS, RELOCATIONS, START, THERE

LIKE_GNU_LD = ['-O2', '-z', 'norelro', '--threads=1']
README = links.ROOT / 'loader' / 'README.md'
# What is about symbols and relocations alone moves nothing.
MOVING = [option for option in OPTIONS
          if option not in ('-s', '-x', '-q', '--defsym=there_too=there')]


class Reason(NamedTuple):
    """Why a cell may differ, called as its row of the README is. `facts` is the
    form of "group | construct | option | what differs". `shown_by` is a cell
    that would fail without it."""
    shown_by: tuple
    facts: str

    def excuses(self, cell, fact):
        return re.fullmatch(self.facts, ' | '.join([*cell, fact]))


# What lies behind a .got.plt, and what says where that is.
BEHIND = r'\.(tdata|data|bss) address|\.mark bytes|symbol (there|end)'
REASONS = {
    'places of merged strings': Reason(
        ('absolute', 'low', ''),
        r'.* \| \.rodata\S* bytes|string \| .* \| \.text bytes'),
    'strings that nobody refers to, with `--gc-sections`': Reason(
        ('string', 'low', '--gc-sections -e _start'),
        r'string \| .* \| --gc-sections.* \| (\.rodata size|symbol end)'),
    'a `.got.plt` that nobody uses': Reason(
        ('thread', 'low', ''),
        rf'(.*thread.*|weak) \| .* \| (\.got\.plt .*|{BEHIND})'),
    'loads of undefined weak symbols from the GOT': Reason(
        ('weak', 'low', ''), r'weak \| .* \| \.(got .*|text bytes)'),
    'which other loads from the GOT are rewritten': Reason(
        ('got', 'low', ''), r'got \| .* \| (\.text bytes|refused)'),
    'SIZEOF_HEADERS': Reason(
        ('relative', 'headers', ''), r'.* \| headers \| .*'),
    'the order of orphans': Reason(
        ('relative', 'orphans', ''), r'.* \| orphans \| .*'),
    'what data of the script refer to, with `--gc-sections`': Reason(
        ('absolute', 'patched', '--gc-sections -e _start'),
        r'.* \| patched \| --gc-sections.*'),
}


@pytest.fixture(scope='module')
def bench(tmp_path_factory):
    """A folder with the objects of all groups."""
    desk = links.Desk(tmp_path_factory.mktemp('lld'))
    desk.assemble('there.o', THERE)
    for group, lines in RELOCATIONS.items():
        desk.assemble(f'{group}.o'.replace(' ', '-'),
                      START + '\n'.join(lines) + '\n')
    for name, script in CONSTRUCTS.items():
        desk.write(f'{name}.ld'.replace(' ', '-'), script)
    return desk


def facts(output):
    found = {}
    for s in links.allocated(output):
        if s.size:
            found |= {f'{s.name} address': s.address, f'{s.name} size': s.size,
                      f'{s.name} bytes': s.data}
    return found | {f'symbol {s.name}': s.value for s in output.symbols
                    if s.binding and s.section != '*UND*'}


def differing(bench, cell):
    """The facts of a cell in which the two linkers differ."""
    group, construct, option = (part.replace(' ', '-') for part in cell)
    arguments = [*cell[2].split(), f'{group}.o', 'there.o', '-T',
                 f'{construct}.ld']
    try:
        theirs = bench.link(links.LLD, 'theirs', LIKE_GNU_LD + arguments)
    except LinkFailed:
        return set()
    try:
        ours = bench.link(links.BOOTLINK_LD, 'ours', arguments)
    except LinkFailed:
        return {'refused'}
    ours, theirs = facts(ours), facts(theirs)
    return {fact for fact in ours | theirs
            if ours.get(fact) != theirs.get(fact)}


def unexplained(bench, cell, reasons):
    return {fact for fact in differing(bench, cell)
            if not any(r.excuses(cell, fact) for r in reasons)}


@pytest.mark.parametrize('construct', CONSTRUCTS)
@pytest.mark.parametrize('group', RELOCATIONS)
def test_lld_agrees(bench, group, construct):
    found = {option: unexplained(bench, (group, construct, option),
                                 REASONS.values())
             for option in MOVING if (group, construct, option) in CELLS}
    assert not any(found.values()), found


@pytest.mark.parametrize('name', REASONS)
def test_reason_is_needed(bench, name):
    others = [reason for other, reason in REASONS.items() if other != name]
    cell = REASONS[name].shown_by
    assert unexplained(bench, cell, others)
    assert not unexplained(bench, cell, REASONS.values())


@pytest.mark.parametrize('name', REASONS)
def test_reason_is_said(name):
    assert f'\n| {name} |' in README.read_text()
