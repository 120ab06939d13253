# SPDX-License-Identifier: BSD-2-Clause
"""The sample kernel, linked by its own linker.ld, with and without a slide."""

import os
import subprocess

import pytest

import elf
import links


@pytest.fixture(scope='module')
def kernel(tmp_path_factory):
    """The kernel's objects in the order of a boot, and their archives."""
    folder = tmp_path_factory.mktemp('kernel')
    make = os.environ.get('MAKE', 'make')
    done = subprocess.run([make, '-s', 'kernel', f'KERNEL={folder}/kernel',
                           f'BUILD={folder}'], cwd=links.ROOT, timeout=120,
                          text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    objects = sorted(str(path) for path in (folder / 'kernel').glob('*.o'))
    archives = sorted(str(path) for path in (folder / 'kernel').glob('*.a'))
    assert len(objects) >= 5 and archives
    return [*objects, '--start-group', *archives, '--end-group']


@pytest.mark.parametrize('options', [
    [], ['--defsym', 'bootlink_slide=0x200000'],
    ['--defsym=bootlink_slide=0x3fe00000'], ['--no-relax']])
def test_sample_kernel(desk, kernel, options):
    arguments = [*options, *kernel, '-T', str(links.ROOT / 'linker.ld')]
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    theirs = desk.link(links.GNU_LD, 'theirs', arguments)
    found = links.differences(ours, theirs)
    assert not found, '\n'.join(['', *found])


@pytest.mark.parametrize('mode', ['-static', '-no-pie'])
def test_gcc_links_by_it(desk, mode):
    """gcc -B takes the linker called ld from a folder, and passes options of
    its own."""
    (desk.folder / 'ld').symlink_to(links.BOOTLINK_LD)
    desk.write('link.ld', 'SECTIONS { . = 1M; .text : { *(.text*) }'
                          ' .data : { *(.data*) } }')
    desk.compile('a.o', 'int value = 5; void _start(void) { value++; }')
    done = links.run(['gcc', mode, '-nostdlib', f'-B{desk.folder}',
                      '-Wl,--build-id=none', '-T', 'link.ld', 'a.o', '-o',
                      'by_gcc'], desk.folder)
    assert done.returncode == 0, done.stdout
    theirs = desk.link(links.GNU_LD, 'theirs', ['-T', 'link.ld', 'a.o'])
    ours = elf.read(desk.folder / 'by_gcc')
    assert links.differences(ours, theirs) == []


INDIRECT = '''
static int one(void) { return 1; }
static int (*pick(void))(void) { return one; }
int f(void) __attribute__((ifunc("pick")));
extern const long __rela_iplt_start[], __rela_iplt_end[];
long _start(void) { return f() + (__rela_iplt_end - __rela_iplt_start); }
'''


def test_an_indirect_function_by_the_kernel_layout(desk):
    """Its resolver is in the table that the kernel goes through."""
    desk.compile('a.o', INDIRECT, '-mcmodel=kernel')
    arguments = ['a.o', '-T', str(links.ROOT / 'linker.ld')]
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    theirs = desk.link(links.GNU_LD, 'theirs', arguments)
    assert links.differences(ours, theirs) == []
    ends = {s.name: s.value for s in ours.symbols}
    assert ends['__rela_iplt_end'] - ends['__rela_iplt_start'] == 24
