# SPDX-License-Identifier: BSD-2-Clause
"""Archives of other shapes: thin, nested, with an index of 64 bits, empty.
[GNU Binutils manual: ar]"""

import struct

import pytest

import links

START = '.globl _start\n.text\n_start: call f\n.comm buffer, 8\n'
SCRIPT = 'SECTIONS { . = 1M; .text : { %s *(.text) } .data : { *(.data) } }'
SOURCES = {'start.o': START,
           'sub/f.o': '.globl f\n.text\nf: call g\n.byte 1\n',
           'sub/deep/g.o': '.globl g\n.text\ng: .byte 2\n',
           'sub/deep/common.o': '.globl buffer\n.data\nbuffer: .quad 3\n',
           'sub/other.o': '.globl other\n.text\nother: .byte 4\n'}
MEMBERS = ['f.o', 'other.o', 'deep/g.o', 'deep/common.o']


@pytest.fixture
def thin(desk):
    """Objects in folders; archives there, and of those."""
    for name, source in SOURCES.items():
        desk.assemble(name, source + '.section .note.GNU-stack,""\n')

    def ar(folder, flags, name, *members):
        done = links.run(['ar', flags, name, *members], desk.folder / folder)
        assert done.returncode == 0, done.stdout

    ar('.', 'rcsT', 'outer.a', *[f'sub/{m}' for m in MEMBERS])
    ar('sub', 'rcsT', 'thin.a', *MEMBERS)
    ar('sub', 'rcs', 'plain.a', *MEMBERS)
    ar('.', 'rcsT', 'of-thin.a', 'sub/thin.a')
    ar('.', 'rcsT', 'of-plain.a', 'sub/plain.a', 'sub/other.o')
    ar('.', 'rcsT', 'absolute.a', str(desk.folder / 'sub/thin.a'))
    ar('.', 'rcST', 'no-index.a', 'sub/f.o', 'sub/deep/g.o')
    return desk


def same(desk, script, *arguments):
    desk.write('link.ld', script)
    command = ['start.o', *arguments, '-T', 'link.ld']
    theirs = desk.link(links.GNU_LD, 'theirs', command)
    ours = desk.link(links.BOOTLINK_LD, 'ours', command)
    found = links.differences(ours, theirs)
    assert not found, '\n'.join(found)


THIN = ['outer.a', 'sub/thin.a', 'of-thin.a', 'of-plain.a', 'absolute.a']


@pytest.mark.parametrize('name', THIN)
def test_members_are_found(thin, name):
    same(thin, SCRIPT % '', name)
    same(thin, SCRIPT % '', '--whole-archive', name)
    same(thin, SCRIPT % '', '--start-group', name, '--end-group')


@pytest.mark.parametrize('pattern', [
    '*f.o', '*outer.a:*f.o', 'outer.a:sub/f.o', 'outer.a:f.o',
    '*thin.a:*deep/g.o', '*plain.a:g.o', '*plain.a:', 'of-plain.a:'])
def test_patterns(thin, pattern):
    for name in THIN:
        same(thin, SCRIPT % f'*start.o(.text) {pattern}(.text) *g.o(.text)',
             name)


def test_whole_archive_needs_no_index(thin):
    same(thin, SCRIPT % '', '--whole-archive', 'no-index.a')
    with pytest.raises(links.LinkFailed, match='no symbol index'):
        thin.link(links.BOOTLINK_LD, 'ours', ['start.o', 'no-index.a', '-T',
                                              'link.ld'])


def test_member_that_is_gone(thin):
    (thin.folder / 'sub/deep/g.o').unlink()
    thin.write('link.ld', SCRIPT % '')
    with pytest.raises(links.LinkFailed) as failure:
        thin.link(links.BOOTLINK_LD, 'ours', ['start.o', 'outer.a', '-T',
                                              'link.ld'])
    assert ('outer.a: its member sub/deep/g.o is not there, or cannot be read'
            in str(failure.value))


def test_index_of_64_bits(thin):
    """Binutils writes one for archives of more than 4 GiB only."""
    data = (thin.folder / 'sub/plain.a').read_bytes()
    size = int(data[56:66])
    count, = struct.unpack_from('>I', data, 68)
    offsets = struct.unpack_from(f'>{count}I', data, 72)
    longer = 4 + 4 * count
    table = (struct.pack('>Q', count) +
             struct.pack(f'>{count}Q', *[o + longer for o in offsets]) +
             data[72 + 4 * count:68 + size])
    head = f'{"/SYM64/":<16}' + data[24:56].decode() + f'{len(table):<10}`\n'
    (thin.folder / 'sym64.a').write_bytes(
        data[:8] + head.encode() + table + data[68 + size:])
    same(thin, SCRIPT % '', 'sym64.a')


@pytest.mark.parametrize('magic', [b'!<arch>\n', b'!<thin>\n'])
def test_empty_archive(thin, magic):
    (thin.folder / 'empty.a').write_bytes(magic)
    for option in '--whole-archive', '--no-whole-archive':
        same(thin, SCRIPT % '', option, 'empty.a', '--no-whole-archive',
             'sub/plain.a')


@pytest.mark.parametrize('name', ['a b.o', 'a_name_of_more_than_16_bytes.o',
                                  'x', '-x.o', 'fifteen_bytes.o',
                                  'sixteen_bytes_.o', 'ends_with_slash_.o',
                                  'f\xfcnf.o', '1.o', '#1.o'])
def test_odd_names(thin, name):
    (thin.folder / 'sub/f.o').rename(thin.folder / f'sub/{name}')
    for flags in 'rcs', 'rcsT':
        (thin.folder / 'odd.a').unlink(missing_ok=True)
        links.run(['ar', flags, 'odd.a', f'./sub/{name}', 'sub/deep/g.o'],
                  thin.folder)
        same(thin, SCRIPT % '', 'odd.a')
