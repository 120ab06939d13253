# SPDX-License-Identifier: BSD-2-Clause
"""Which of two files a script means: that beside it, or that of the folder in
which the linker runs. [GNU ld manual: Commands Dealing with Files]"""

import pytest

import links

START = '.globl _start\n_start: call f\n'
SECTIONS = ' SECTIONS { .text : { *(.text) } }'


@pytest.fixture
def folders(desk):
    """Here and in dir/ an object and an archive of one name each."""
    desk.assemble('a.o', START)
    for folder in ('', 'dir/'):
        name = 'there' if folder else 'here'
        desk.assemble(f'{folder}b.o', f'.globl f, {name}\nf: {name}: ret\n')
        desk.archive(f'{folder}libb.a', [f'{folder}b.o'])
    return desk


def place(desk, linker, arguments):
    output = desk.link(linker, 'out', arguments)
    return [s.name for s in output.symbols if s.name in ('here', 'there')]


def same_place(desk, arguments):
    theirs = place(desk, links.GNU_LD, arguments)
    assert place(desk, links.BOOTLINK_LD, arguments) == theirs
    return theirs


@pytest.mark.parametrize('options', [(), ('-L.',)])
@pytest.mark.parametrize('text', ['INPUT(b.o)', 'INPUT(libb.a)',
                                  'GROUP(AS_NEEDED(b.o))'])
def test_an_input_means_the_file_beside_it(folders, text, options):
    folders.write('dir/x.ld', text)
    assert same_place(folders, [*options, 'a.o', 'dir/x.ld']) == ['there']


def test_if_there_is_none_it_means_the_one_here(folders):
    (folders.folder / 'dir/b.o').unlink()
    folders.write('dir/x.ld', 'INPUT(b.o)')
    assert same_place(folders, ['dir/x.ld', 'a.o']) == ['here']


def test_a_script_that_is_included_is_where_the_other_is(folders):
    folders.write('dir/x.ld', 'INPUT(b.o)')
    folders.write('y.ld', 'INCLUDE dir/x.ld')
    folders.write('z.ld', 'INPUT(dir/x.ld)')
    assert same_place(folders, ['y.ld', 'a.o']) == ['here']
    assert same_place(folders, ['z.ld', 'a.o']) == ['there']


def test_a_layout_script_means_the_file_here(folders):
    folders.write('dir/x.ld', 'INPUT(b.o)' + SECTIONS)
    assert same_place(folders, ['-T', 'dir/x.ld', 'a.o']) == ['here']


@pytest.mark.parametrize('end', ['', '/'])
def test_in_the_sysroot_it_means_a_file_of_the_sysroot(folders, end):
    folders.write('dir/x.ld', 'INPUT(/dir/b.o)')
    root = str(folders.folder)
    assert same_place(folders, [f'--sysroot={root}{end}', f'{root}/dir/x.ld',
                                'a.o']) == ['there']
    with pytest.raises(links.LinkFailed, match='cannot find the file'):
        folders.link(links.BOOTLINK_LD, 'ours', [
            f'--sysroot={root[:-1]}', f'{root}/dir/x.ld', 'a.o'])
