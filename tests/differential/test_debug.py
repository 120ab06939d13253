# SPDX-License-Identifier: BSD-2-Clause
"""Debug sections, compressed ones too: a debugger finds its way about.
[gABI: Section Compression]"""

import subprocess
from pathlib import Path

import pytest

import elf
import links

MUSL = Path('/usr/lib/x86_64-linux-musl')
SHF_COMPRESSED = 0x800
SOURCE = r'''
#include <stdio.h>
struct thing { int number; const char *name; };
__attribute__((noinline)) static int work(struct thing *t, int n)
{
    return t->number * n;
}
int main(void)
{
    struct thing t = {3, "three"};
    printf("%d\n", work(&t, 14));
    return 0;
}
'''
WAYS = ['none', 'zlib', 'zlib-gnu', 'zstd']


@pytest.fixture
def program(desk):
    """Compiles and links a whole program, debug sections packed in some way."""

    def link(way, linker, name='program', option='-d'):
        desk.write('program.c', SOURCE)
        subprocess.run(['gcc', '-g', '-O0', '-gz=none', '-fno-pic',
                        '-fno-stack-protector', '-c', 'program.c'],
                       cwd=desk.folder, check=True)
        subprocess.run(['objcopy', f'--compress-debug-sections={way}',
                        'program.o'], cwd=desk.folder, check=True)
        files = [MUSL / 'crt1.o', MUSL / 'crti.o', 'program.o',
                 MUSL / 'libc.a', MUSL / 'crtn.o']
        return desk.link(linker, name, [option, *(str(f) for f in files)])

    return link


def debug_facts(output):
    return sorted((s.name, s.flags, len(s.data)) for s in output.sections
                  if s.name.startswith(('.debug', '.zdebug')))


@pytest.mark.parametrize('way', WAYS)
def test_sections_are_unpacked(desk, program, way):
    ours = program(way, links.BOOTLINK_LD)
    theirs = program(way, links.GNU_LD, 'theirs')
    assert debug_facts(ours) == debug_facts(theirs)
    assert '.debug_info' in [s.name for s in ours.sections]
    assert links.differences(ours, theirs) == []


@pytest.mark.parametrize('way', WAYS)
def test_gdb(desk, program, way):
    program(way, links.BOOTLINK_LD)
    done = links.run(
        ['gdb', '-nx', '-batch', '-ex', 'break work', '-ex', 'run', '-ex', 'bt',
         '-ex', 'info line', '-ex', 'print *t', './program'], desk.folder)
    assert '#0  work (t=0x' in done.stdout and 'n=14) at program.c:6' in done.stdout
    assert ' in main () at program.c:11' in done.stdout
    assert 'Line 6 of "program.c" starts at address' in done.stdout
    assert '{number = 3, name = 0x' in done.stdout


def test_merged_strings_of_packed_sections(desk):
    """.debug_str is compressed and merged."""
    text = 'a string of some length, so that it is worth while ' * 4

    def assemble(name, *words):
        lines = [f's{i}: .asciz "{word}{text}"' for i, word in enumerate(words)]
        desk.assemble(name, '\n'.join([
            '.section .debug_str,"MS",@progbits,1', *lines,
            '.section .debug_info', '.long s0, s1', '']))
        subprocess.run(['objcopy', '--compress-debug-sections=zlib', name],
                       cwd=desk.folder, check=True)
        packed = elf.read(desk.folder / name).section('.debug_str')
        assert packed.flags & SHF_COMPRESSED

    assemble('a.o', 'one', 'two')
    assemble('b.o', 'two', 'three')
    desk.write('link.ld', 'SECTIONS { .text : { *(.text) } }')
    arguments = ['-T', 'link.ld', 'a.o', 'b.o']
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    theirs = desk.link(links.GNU_LD, 'theirs', arguments)
    assert debug_facts(ours) == debug_facts(theirs)
    assert len(ours.section('.debug_str').data) < 3.5 * len(text)


@pytest.mark.parametrize('way', ['none', 'zlib', 'zlib-gabi', 'zstd'])
@pytest.mark.parametrize('kind', [[], ['-r'], ['-q']])
def test_packed_output(desk, way, kind):
    """Headers and contents are GNU ld's, but for how small a section becomes;
    what would not become smaller stays as it is."""
    desk.compile('a.o', 'int f(int n) { return n; } void _start(void) { f(1); }',
                 '-g3')
    arguments = [f'--compress-debug-sections={way}', *kind, 'a.o']
    outputs = [desk.link(linker, name, arguments) for linker, name in
               ((links.BOOTLINK_LD, 'ours'), (links.GNU_LD, 'theirs'))]
    facts = [[(s.name, s.type, s.flags, s.align, s.entry_size)
              for s in o.sections] for o in outputs]
    assert sorted(facts[0]) == sorted(facts[1])
    assert any(s.flags & SHF_COMPRESSED for s in outputs[0].sections) == (
        way != 'none')
    dumps = [links.run(['readelf', '--debug-dump=info,str', name],
                       desk.folder).stdout for name in ('ours', 'theirs')]
    assert 'DW_AT_producer' in dumps[0]
    assert 'arning' not in dumps[0]
    if not kind:
        assert dumps[0] == dumps[1]
        assert links.differences(*outputs) == []


@pytest.mark.parametrize('way', ['zlib', 'zstd'])
def test_gdb_reads_packed_output(desk, program, way):
    program('none', links.BOOTLINK_LD, option=f'--compress-debug-sections={way}')
    done = links.run(['gdb', '-nx', '-batch', '-ex', 'break work', '-ex', 'run',
                      '-ex', 'bt', './program'], desk.folder)
    assert '#0  work (t=0x' in done.stdout and 'n=14) at program.c:6' in done.stdout


def test_the_old_form_is_refused(desk):
    done = links.run([links.BOOTLINK_LD, '--compress-debug-sections=zlib-gnu'],
                     desk.folder)
    assert done.returncode == 1 and 'say zlib' in done.stdout


# ---- damage --------------------------------------------------------------------

def packed(desk, change):
    """An object with a compressed section in which `change` alters bytes."""
    desk.assemble('a.o', '.globl _start\n.text\n_start: ret\n'
                  '.section .debug_info\n.zero 4000\n')
    subprocess.run(['objcopy', '--compress-debug-sections=zlib', 'a.o'],
                   cwd=desk.folder, check=True)
    path = desk.folder / 'a.o'
    section = elf.read(path).section('.debug_info')
    assert section.flags & SHF_COMPRESSED
    data = bytearray(path.read_bytes())
    for at, value in change.items():
        data[section.offset + at] = value
    path.write_bytes(data)
    desk.write('link.ld', 'SECTIONS { .text : { *(.text) } }')


DAMAGE = {
    'data': ({30: 0xff}, 'its data is damaged'),
    'size-less': ({8: 0, 9: 1}, 'its data is damaged'),
    'size-more': ({8: 1}, 'its data is damaged'),
    'size-2-56': ({15: 1}, 'its size cannot be true'),
    'alignment-3': ({16: 3}, 'its alignment is not a power of two'),
    'type-77': ({0: 77}, 'but in an unknown way'),
}


@pytest.mark.parametrize('change, words', DAMAGE.values(), ids=DAMAGE)
def test_damaged(desk, change, words):
    packed(desk, change)
    with pytest.raises(links.LinkFailed) as failure:
        desk.link(links.BOOTLINK_LD, 'ours', ['-T', 'link.ld', 'a.o'])
    assert 'a.o:(.debug_info): compressed section: ' in str(failure.value)
    assert words in str(failure.value)
