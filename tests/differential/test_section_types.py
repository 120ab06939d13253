# SPDX-License-Identifier: BSD-2-Clause
"""(NOLOAD), (READONLY), (INFO) and their likes, and what orphans make of them.
[GNU ld manual: Output Section Type]"""

import random

import pytest

import elf
import links
from cases import build

START = '.globl _start\n.text\n_start: ret\n.skip 20\n'
INPUTS = {
    '.rodata': ('"a"', '.skip 24'), '.data': ('"aw"', '.quad 24, 25, 26'),
    '.bss': ('"aw",@nobits', '.balign 8\n.skip 64'),
    '.const': ('"a"', '.balign 4\n.long 5, 6, 7, 8, 9'),
    '.vars': ('"aw"', '.balign 16\n.skip 17, 3'), '.code': ('"ax"', '.skip 17'),
    '.note.x': ('"a",@note', '.long 4, 0, 1, 0x41'),
    '.info': ('""', '.skip 19, 1'),
}
ALL = START + ''.join(f'.section {name},{flags}\n{contents}\n'
                      for name, (flags, contents) in INPUTS.items())


def unallocated(output):
    return sorted((s.name, s.type, s.flags, s.size, s.align, s.address)
                  for s in output.sections
                  if s.name and not s.flags & elf.SHF_ALLOC
                  and not s.name.endswith(('strtab', 'symtab')))


@pytest.fixture
def alike(same, desk):
    """Sections that are not loaded are compared too."""
    def check(script, options=(), **sources):
        same(script, options, **sources)
        ours, theirs = (elf.read(desk.folder / name)
                        for name in ('ours', 'theirs'))
        assert unallocated(ours) == unallocated(theirs)
    return check


@pytest.mark.parametrize('kind', ['NOLOAD', 'READONLY', 'INFO', 'COPY', 'DSECT',
                                  'OVERLAY'])
@pytest.mark.parametrize('contents', [
    '*(.data)', '*(.bss)', '*(.rodata)', '*(.code)', '*(.note.x)', '*(.info)',
    'QUAD(1)', '. += 8;', 's = .; LONG(1)', '*(.data .bss)', '*(.vars) . += 5;',
    'BYTE(1) *(.const)', '*(.nothing)'])
def test_type(alike, kind, contents):
    alike('SECTIONS { . = 1M; .text : { *(.text) }'
          f' .first : {{ *(.rodata.first) }} .it ({kind}) : {{ {contents} }}'
          ' after = .; .end : { LONG(7) end = .; } }', a=ALL)


@pytest.mark.parametrize('ask', [
    'x = ADDR(.head);', 'x = LOADADDR(.head);', 'PROVIDE(x = ADDR(.head));',
    'ASSERT(ADDR(.head) >= 0, "")', 'x = SIZEOF(.head);', 'x = ALIGNOF(.head);',
    '.x : { LONG(ADDR(.head)) }', '.x : { x = 1 ? 2 : ADDR(.head); }', ''])
@pytest.mark.parametrize('head', [
    '.head : { LONG(1) }', '.head : { LONG(ADDR(.head)) }', '.head : { }',
    '.head : { FILL(1) LONG(1) LONG(2) }', '.head (READONLY) : { LONG(1) }',
    '.head : { LONG(1) *(.rodata) }', '.head (NOLOAD) : { LONG(1) }',
    '.head : { *(.none) }'])
def test_data_alone_are_read_only_unless_their_address_was_asked_for(
        alike, ask, head):
    alike(f'SECTIONS {{ . = 1M; {ask} .text : {{ *(.text) }} {head} y = .;'
          ' .data : { *(.data) z = SIZEOF(.head) + 16 * ALIGNOF(.head); } }',
          a=START + '.section .rodata,"a"\n.quad 1\n.data\n.quad 2\n')


@pytest.mark.parametrize('name', [
    '.interp', '.rodata1', '.data1', '.got', '.plt', '.noinit', '.noinit.x',
    '.persistent.x', '.persistent.bss', '.gnu.linkonce.b.x', '.debug', '.line',
    '.rodata1.x', '.plt.x', '.init', '.init.setup', '.fini.x', '.notes',
    '.note.GNU-stack', '.text.x', '.textx'])
@pytest.mark.parametrize('contents', ['BYTE(1)', 'x = .;', '. += 8;',
                                      '*(.none)'])
def test_names_that_stand_for_types(alike, name, contents):
    """Whether an orphan of that name joins depends on it."""
    alike('SECTIONS { . = 1M; .text : { *(.text) } ' + name +
          f' : {{ {contents} }} .data : {{ *(.data) }} }}', a=START +
          f'.data\n.quad 1\n.section {name},"aw",@progbits\n.quad 5\n')


@pytest.mark.parametrize('name', ['.head', '.note.head'])
def test_a_note_by_its_statement_alone(alike, name):
    alike('SECTIONS { . = 1M; .text : { *(.text) } ' + name +
          ' (READONLY (TYPE = SHT_NOTE)) : { LONG(1) } }', a=START)


def test_headers_of_an_object_are_in_the_order_of_what_asks(alike):
    alike('x = ADDR(.head); SECTIONS { .text : { *(.text) LONG(1) } .head : {'
          ' LONG(2) } }', ['-r'], a=START)


def test_stack_that_is_not_loaded(alike):
    alike('SECTIONS { . = 1M; .text : { *(.text) } .data : { *(.data) }'
          ' .stack ALIGN(4096) (NOLOAD) : { low = .; . += 0x1000; high = .; }'
          ' .bss : { *(.bss) } end = .; }', a=ALL)


def test_notes_that_are_not_loaded(alike):
    alike('SECTIONS { . = 1M; .text : { *(.text) } .notes 0 (INFO) :'
          ' { *(.note.x) } .data 0x200000 : { *(.data) } }', a=ALL)


def random_script(pick):
    lines = []
    for i, name in enumerate(['.text', *INPUTS]):
        kind = pick.choice([''] * 7 + ['NOLOAD', 'READONLY', 'INFO', 'COPY'])
        body = f'*({name})'
        if not kind:
            body = pick.choice([body] * 5 + ['', f's{i} = .;'])
        body += pick.choice([''] * 4 + [' . += 12;', ' QUAD(1)', f' t{i} = .;',
                                        ' . = ALIGN(64);', ' . = .;'])
        own = name if not kind and pick.random() < .7 else f'.out{i}'
        how = pick.choice(['', '', 'ALIGN(16)', 'SUBALIGN(32)', 'SUBALIGN(1)'])
        if pick.random() < .75:
            lines.append(f'{own} {f"({kind})" if kind else ""} : {how}'
                         f' {{ {body} }} {pick.choice(["", "=0xabcd"])}')
        if pick.random() < .2:
            lines.append(pick.choice(['. = . + 16;', '. = ALIGN(64);']))
    return 'SECTIONS { . = 1M;\n' + '\n'.join(lines) + ' }'


@pytest.mark.parametrize('seed', range(60))
def test_random_types(desk, seed):
    """Sections that symbols in empty sections are moved to are not compared."""
    arguments = build(desk, random_script(random.Random(seed)), [], {'a': ALL})
    found = links.differences(desk.link(links.BOOTLINK_LD, 'ours', arguments),
                              desk.link(links.GNU_LD, 'theirs', arguments),
                              homes=False)
    assert not found, '\n'.join(['', *found])
