# SPDX-License-Identifier: BSD-2-Clause
"""The first pattern of the whole script that takes a section gets it: scripts
of many patterns that overlap, made up from seeds."""

import random
import resource
import time

import pytest

import links
from cases import build

LETTERS = 'abc'


def section_name(random_):
    return '.s' + ''.join(random_.choice(LETTERS + '.')
                          for _ in range(random_.randrange(1, 5)))


def section_pattern(random_):
    """Never '*' before a letter: GNU ld 2.40 takes .a for .a*a."""
    name = list(section_name(random_))
    for special in ['*?', '?', '[ab]', '[^a]', '[!b-c]', '*[^b]', '']:
        if random_.random() < 0.15:
            name[random_.randrange(2, len(name))] = special
    if random_.random() < 0.4:
        name.append('*')
    pattern = ''.join(name)
    if random_.random() < 0.2:
        pattern = f'EXCLUDE_FILE({file_pattern(random_)}) {pattern}'
    return pattern


def file_pattern(random_):
    return random_.choice(['*', '*', '*', '*', 'a.o', 'b.o', '*a.o', '[ab].o',
                           '*c.a', '*c.a:x.o', '*y.o', 'y.o*', '*:*', ':*',
                           '*:y*', '?.o', '*c.a:', 'c.a:y.o', '*[ax].o',
                           '*[^a].o', '?*.o', 'a?o', '*x.o*', 'c.a:?.o'])


def input_pattern(random_):
    if random_.random() < 0.1:
        return f'INPUT_SECTION_FLAGS(SHF_WRITE) {file_pattern(random_)}(.s*)'
    names = [section_pattern(random_) for _ in range(random_.randrange(1, 4))]
    sort = random_.choice(['{}'] * 8 + ['SORT({})', 'SORT_BY_ALIGNMENT({})'])
    file = file_pattern(random_)
    if random_.random() < 0.1:
        sort, file = 'SORT({})', f'SORT({file})'  # GNU ld aborts without sort
    elif random_.random() < 0.1:
        file = f'EXCLUDE_FILE({file_pattern(random_)}) {file}'
    patterns = ' '.join(sort.format(name) for name in names)
    return f'{file}({patterns})'


def script(random_):
    statements = []
    for i in range(random_.randrange(3, 15)):
        name = f'.o{i}' if random_.random() < 0.95 else '/DISCARD/'
        only = random_.choice([''] * 6 + ['ONLY_IF_RO', 'ONLY_IF_RW'])
        only = only if name != '/DISCARD/' else ''
        patterns = ' '.join(input_pattern(random_)
                            for _ in range(random_.randrange(1, 6)))
        statements.append(f'{name} : {only} {{ {patterns} }}')
    return 'SECTIONS { . = 0x1000; ' + '\n'.join(statements) + '\n }'


def source(random_, first):
    lines = []
    for i in range(random_.randrange(5, 25)):
        name = section_name(random_)
        flags = 'aw' if len(name) % 2 else 'a'  # no orphan is both
        lines.append(f'.section {name},"{flags}",@progbits,unique,{i}\n'
                     f'.balign {random_.choice([1, 1, 2, 8])}\n'
                     f'.byte {first + i}\n')
    return ''.join(lines)


@pytest.mark.parametrize('seed', range(40))
def test_first_match(desk, seed):
    random_ = random.Random(seed)
    desk.write('link.ld', script(random_))
    note = '\n.section .note.GNU-stack,"",@progbits\n'
    for i, name in enumerate(['a', 'b', 'x', 'y']):
        desk.assemble(f'{name}.o', source(random_, i * 50) + note)
    desk.archive('c.a', ['x.o', 'y.o'])
    arguments = ['a.o', '--whole-archive', 'c.a', '--no-whole-archive', 'b.o',
                 '-T', 'link.ld', '-e', '0']
    theirs = desk.link(links.GNU_LD, 'theirs', arguments)
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    found = links.differences(ours, theirs, segments=False)
    assert not found, '\n'.join(['', *found])


def test_many_patterns_and_many_sections(desk):
    """Each pattern with each section would be 400 million matches."""
    sections = ''.join(f'.section .text.f{i},"ax"\n.byte {i % 256}\n'
                       for i in range(20000))
    patterns = '\n'.join(f'*(.text.f{i}{"*" * (i % 2)})'
                         for i in range(0, 20000))
    arguments = build(desk, 'SECTIONS { .text 0x1000 : { ' + patterns + ' } }',
                      [], {'a': sections})
    start = time.monotonic()
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    assert time.monotonic() - start < 5
    text = next(s for s in ours.sections if s.name == '.text')
    assert text.size == 20000


def test_many_patterns_and_many_files(desk):
    """Each pattern with each file would be 144 million matches."""
    count = 12000
    desk.assemble('one.o', '.text\n.byte 1\n')
    for i in range(count):
        (desk.folder / f'o{i:05}.o').symlink_to('one.o')
    patterns = '\n'.join(f'*o{i:05}.o(.text)' for i in range(count))
    desk.write('link.ld', 'SECTIONS { .text 0x1000 : { ' + patterns + ' } }')
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    ours = desk.link(links.BOOTLINK_LD, 'ours',
                     ['-T', 'link.ld', *(f'o{i:05}.o' for i in range(count))])
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 2
    text = next(s for s in ours.sections if s.name == '.text')
    assert text.size >= count


MIXED = ''.join(f'.section {name},"aw"; .balign {align}; .byte {byte}\n'
                for byte, (name, align) in enumerate([
                    ('.data.m', 4), ('.data1', 8), ('.data.z', 1),
                    ('.data.a', 16), ('.data', 2), ('.data.b', 1),
                    ('.data.m', 8)]))


@pytest.mark.parametrize('option', [
    [], ['--sort-section=name'], ['--sort-section=alignment']])
@pytest.mark.parametrize('patterns', [
    '.data SORT(.data.*)', 'SORT(.data.*) .data1 .data', '.data.a SORT(.data.*)',
    'SORT_NONE(.data.a) SORT(.data.*)', 'SORT(.data.*) SORT_NONE(.data.a)',
    'SORT_BY_NAME(.data.a) .data.z .data', '.data* SORT(.data.[am])',
    'SORT(.data.[az]) SORT_BY_ALIGNMENT(.data*)',
    'SORT_BY_ALIGNMENT(.data.[mz]) SORT(.data*) .data1'])
@pytest.mark.parametrize('files', ['*', 'EXCLUDE_FILE(*b.o) *'])
def test_patterns_that_sort_in_different_ways(same, option, patterns, files):
    same('SECTIONS { . = 1M; .x : { ' + files + '(' + patterns + ') }'
         ' .rest : { *(.data*) } }', option, a=MIXED, b=MIXED)


NAMES = ['.sab.plain.one', '.sab', '.sabc.goes.on', '.sab.name.and.end',
         '.sab.whole.name', '.sab.plain.two', '.sab.x', '.sad']


@pytest.mark.parametrize('first', [
    '*(.sabc*)', '*(.sab*.end)', '*(.sa*.end)', '*(.s*c*)', '*(.sab.whole.name)',
    '*(.sab)', '*(.sab.x)', 'b.o(.sab*)', 'b.o(.sab)', '*b.o(.sa*)',
    'EXCLUDE_FILE(a.o) *(.sab*)', '*(EXCLUDE_FILE(a.o) .sab*)',
    'INPUT_SECTION_FLAGS(SHF_WRITE) *(.sab*)', '*(.sab.*)', '*(.s?b.plain*)'])
def test_a_pattern_that_took_names_that_begin_alike(same, first):
    """It is remembered, but another one may come first for the next of them."""
    script = f'SECTIONS {{ .o1 0x1000 : {{ {first} }} ' \
             '.o2 : { *(.sab*) } .o3 : { *(.sab .sad) } }'
    sources = {name: ''.join(f'.section {section},"{flags}"\n.byte {i}\n'
                             for i, section in enumerate(NAMES))
               for name, flags in [('a', 'a'), ('b', 'aw'), ('c', 'a')]}
    same(script, **sources)


PARTS = ['.gcc_except_table', '.gcc_excoot_table', '.text', '.text.unlikely',
         '.data.rel.ro', '.data.rel.ro.local', '.bss', '.note.some']
MORE = ['', '', '._ZN1aEv', '._ZN2bEv', '.unlikely', '.a_unlikely', '.ab', '_b',
        '.local', '.y', '.hot._Z', '.z_end']


def begun_alike(random_):
    """A pattern for some of all names of PARTS and MORE."""
    part, more = random_.choice(PARTS), random_.choice(MORE)
    return random_.choice([
        part, f'{part}.*', f'{part}{more}', f'{part}{more}*', f'{part}*_unlikely',
        f'{part}.*y', f'{part}*_end', f'{part}.*[bv]', '.t*y', '.data*',
        f'EXCLUDE_FILE(a.o) {part}.*'])


@pytest.mark.parametrize('seed', range(25))
def test_long_names_that_begin_alike(same, seed):
    """As test_a_pattern_that_took_names_that_begin_alike, with names as
    compilers give them: most are taken as one before that begins so."""
    random_ = random.Random(seed)
    outputs = ' '.join(
        f'.o{i} : {{ *({begun_alike(random_)} {begun_alike(random_)}) }}'
        for i in range(random_.randrange(3, 12)))
    script = f'SECTIONS {{ . = 0x1000; {outputs} ' \
             f'.last : {{ *({" ".join(f"{part}*" for part in PARTS)}) }} }}'
    sources = {}
    for file in 'abc':
        names = [random_.choice(PARTS) + random_.choice(MORE)
                 for _ in range(100)]
        sources[file] = ''.join(
            f'.section {name},"a",@progbits,unique,{i}\n.byte {i}\n'
            for i, name in enumerate(names))
    same(script, **sources)
