# SPDX-License-Identifier: BSD-2-Clause
"""The command line of ld.bootlink and bootlink themselves."""

import os
import re
import stat

import pytest

import elf
import links
from cases import archive, build

SCRIPT = ('SECTIONS { . = 1M; .text : { *(.text) } .data : { *(.data) }'
          ' .bss : { *(.bss COMMON) } }')
START = '.globl _start\n.text\n_start: call f\n.comm c,8,8\n'
F = '.globl f\n.text\nf: ret\n.data\n.quad f, _start, c\n'


@pytest.fixture
def arguments(desk):
    return build(desk, SCRIPT, [], {'a': START, 'b': F})


def run(desk, *command):
    done = links.run(command, desk.folder)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.parametrize('spelling', [
    ['-o', 'out'], ['-oout'], ['--output=out'], ['--output', 'out']])
def test_ways_to_name_the_output(desk, arguments, spelling):
    run(desk, links.BOOTLINK_LD, *spelling, *arguments)
    assert (desk.folder / 'out').exists()


@pytest.mark.parametrize('spelling', [
    ['-e', 'f'], ['-ef'], ['-entry=f'], ['--entry=f'], ['--entry', 'f']])
def test_ways_to_name_the_entry(desk, arguments, spelling):
    run(desk, links.BOOTLINK_LD, '-o', 'out', *spelling, *arguments)
    output = elf.read(desk.folder / 'out')
    assert output.entry == next(s.value for s in output.symbols
                                if s.name == 'f')


def test_names_cut_short(desk, arguments):
    run(desk, links.BOOTLINK_LD, '--outp=out', '--no-whole', '--gc-s', *arguments)
    assert (desk.folder / 'out').exists()
    done = links.run([links.BOOTLINK_LD, '--no-', *arguments], desk.folder)
    assert done.returncode == 1 and 'unknown option' in done.stdout


def test_help_lists_every_option(desk):
    """GNU ld's long options are known: done, ignored or refused."""
    text = run(desk, links.BOOTLINK_LD, '--help')
    for name in ('--gc-sections', '--defsym=', '-z max-page-size=',
                 'Accepted without effect:', 'Refused:', '--shared'):
        assert name in text


def test_accepted_without_effect(desk, arguments):
    run(desk, links.BOOTLINK_LD, '-o', 'plain', *arguments)
    run(desk, links.BOOTLINK_LD, '-o', 'out', '-plugin', '/no/such.so',
        '-plugin-opt=/no/wrapper', '--plugin-opt', 'x',
        '--hash-style=gnu', '--as-needed', '--no-as-needed', '-static',
        '-nostdlib', '-m', 'elf_x86_64', '-z', 'noexecstack', *arguments)
    assert (elf.read(desk.folder / 'out').data ==
            elf.read(desk.folder / 'plain').data)


def test_unknown_keyword_warns(desk, arguments):
    text = run(desk, links.BOOTLINK_LD, '-o', 'out', '-z', 'frobnicate',
               *arguments)
    assert 'warning' in text and 'frobnicate' in text


def test_response_file(desk, arguments):
    desk.write('more', ' -o  "out file"\n@rest\n')
    desk.write('rest', ' '.join(arguments).replace('a.o', r'"a".\o'))
    run(desk, links.BOOTLINK_LD, '@more')
    assert (desk.folder / 'out file').exists()


def test_libraries_and_scripts_along_folders(desk):
    build(desk, SCRIPT, [], {'a': START, 'libf': archive(f=F)})
    for folder in ('one', 'two'):
        (desk.folder / folder).mkdir()
    (desk.folder / 'libf.a').rename(desk.folder / 'two/libf.a')
    (desk.folder / 'link.ld').rename(desk.folder / 'one/link.ld')
    for library in ('-lf', '-l:libf.a', '--library=f'):
        arguments = ['a.o', library, '-L', 'one', '-Ltwo', '-T', 'link.ld']
        ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
        theirs = desk.link(links.GNU_LD, 'theirs', arguments)
        assert links.differences(ours, theirs) == []


def test_map(desk, arguments):
    arguments = ['--no-warn-rwx-segments', *arguments]
    run(desk, links.BOOTLINK_LD, '-o', 'out', '-Map=out.map', *arguments)
    text = (desk.folder / 'out.map').read_text()
    for line in (r'LOAD a.o', '.text           0x0000000000100000',
                 ' .data', '0x0000000000100000                _start'):
        assert line in text
    assert run(desk, links.BOOTLINK_LD, '-o', 'out', '-Map', '-',
               *arguments) == text


def test_output_is_executable_and_reproducible(desk, arguments):
    for name in ('one', 'two'):
        run(desk, links.BOOTLINK_LD, '-o', name, *arguments)
    one, two = desk.folder / 'one', desk.folder / 'two'
    assert one.read_bytes() == two.read_bytes()
    assert stat.S_IMODE(os.stat(one).st_mode) == 0o755


def test_output_to_a_device(desk, arguments):
    run(desk, links.BOOTLINK_LD, '-o', '/dev/null', *arguments)
    assert stat.S_ISCHR(os.stat('/dev/null').st_mode)


def test_names_and_versions(desk):
    assert re.fullmatch(r'GNU ld compatible \(Bootlink [\d.]+\) 2\.40\n',
                        run(desk, links.BOOTLINK_LD, '--version'))
    assert run(desk, links.BOOTLINK, 'version').startswith('bootlink ')
    for command in ([links.BOOTLINK_LD, '--help'], [links.BOOTLINK, 'help'],
                    [links.BOOTLINK, 'link', '--help'],
                    [links.BOOTLINK, 'ld', '--help']):
        assert run(desk, *command).startswith('Usage: ')


# ---- bootlink link: the line of a boot's log -----------------------------------

MODULE = '''.section .text
run: call f
ret
.section .bootlink.init,"aw"
.quad run
'''


@pytest.fixture
def volume(desk):
    """A boot volume: two objects of a kernel, a module and a script."""
    (desk.folder / 'esp').mkdir()
    desk.write('esp/link.ld', SCRIPT.replace(
        '1M', '0xffffffff80000000 + bootlink_slide').replace(
            '.data :', '. = ALIGN(4096); .data :'))
    desk.assemble('esp/a.o', START)
    desk.assemble('esp/b.o', F)
    desk.assemble('esp/m.ko', MODULE)
    return desk


def test_a_boot_again(volume):
    text = run(volume, links.BOOTLINK, 'link', '--script', 'link.ld',
               '--defsym', 'bootlink_slide=0x200000', '--phys', '0x3000000',
               'a.o', 'b.o', '--module', 'm.ko', '--phys', '0x3400000',
               '--root', 'esp', '--output', 'out')
    kernel = elf.read(volume.folder / 'out/kernel.elf')
    theirs = volume.link(links.GNU_LD, 'theirs', [
        '--defsym', 'bootlink_slide=0x200000', 'esp/a.o', 'esp/b.o',
        '-T', 'esp/link.ld'])
    assert links.section_facts(kernel) == links.section_facts(theirs)
    assert links.byte_differences(kernel, theirs) == []
    assert links.symbol_facts(kernel) == links.symbol_facts(theirs)
    assert kernel.entry == 0xffffffff80200000
    assert 'kernel at 0xffffffff80200000' in text


def test_a_script_of_a_boot_names_files(volume):
    """They are looked for from the volume's root, or beside the script."""
    text = (volume.folder / 'esp/link.ld').read_text()
    volume.write('esp/boot/link.ld', 'INCLUDE part.ld INPUT(b.o)')
    volume.write('esp/boot/part.ld', text)
    line = ['--defsym', 'bootlink_slide=0', '--phys', '0x3000000', 'a.o',
            '--root', 'esp']
    run(volume, links.BOOTLINK, 'link', '--script', 'boot/link.ld', *line,
        '--output', 'out')
    run(volume, links.BOOTLINK, 'link', '--script', 'link.ld', 'b.o', *line,
        '--output', 'out2')
    assert ((volume.folder / 'out/kernel.elf').read_bytes() ==
            (volume.folder / 'out2/kernel.elf').read_bytes())


def test_a_module_calls_the_kernel(volume):
    run(volume, links.BOOTLINK, 'link', '--script', 'link.ld',
        '--defsym', 'bootlink_slide=0', 'a.o', 'b.o', '--module', 'm.ko',
        '--root', 'esp', '--output', 'out')
    kernel = elf.read(volume.folder / 'out/kernel.elf')
    module = elf.read(volume.folder / 'out/m.elf')
    text = module.section('.text')
    distance = int.from_bytes(text.data[1:5], 'little', signed=True)
    f = next(s.value for s in kernel.symbols if s.name == 'f')
    assert text.address + 5 + distance == f


def test_load_addresses_of_that_boot(volume):
    run(volume, links.BOOTLINK, 'link', '--script', 'link.ld',
        '--defsym', 'bootlink_slide=0', '--phys', '0x3000000', 'a.o', 'b.o',
        '--module', 'm.ko', '--phys', '0x3400000', '--root', 'esp',
        '--output', 'out')
    for name, start in (('kernel', 0x3000000), ('m', 0x3400000)):
        output = elf.read(volume.folder / f'out/{name}.elf')
        loads = [s for s in output.segments if s.type == elf.PT_LOAD]
        assert min(s.load_address for s in loads) == start


@pytest.mark.parametrize('line,wanted', [
    ([], 'no input files'), (['--frob'], '--frob'), (['--phys'], '--phys'),
    (['--phys', 'x', 'a.o'], '--phys'),
    (['--defsym', 'x=1', 'a.o'], 'bootlink_slide=NUMBER'),
    (['--root', 'esp', 'a.o', 'missing.o'], 'missing.o')])
def test_a_line_that_is_refused(volume, line, wanted):
    done = links.run([links.BOOTLINK, 'link', *line], volume.folder)
    assert done.returncode == 1 and wanted in done.stdout


def rules(desk, linker, options):
    links.run([linker, '-o', 'out', *options, '--dependency-file=made.d'],
              desk.folder)
    return (desk.folder / 'made.d').read_text()


def test_dependency_file(desk):
    desk.write('inner.ld', SCRIPT)
    desk.write('folder/outer.ld', 'INCLUDE inner.ld')
    desk.write('empty.ld', '')
    options = build(desk, None, ['-Lfolder', '-Touter.ld', '-Tempty.ld'],
                    {'a': START, 'b': archive(f=F)})
    theirs = rules(desk, links.GNU_LD, options)
    assert 'out: \\\n  outer.ld \\\n  inner.ld' in theirs  # which make lacks
    ours = rules(desk, links.BOOTLINK_LD, options)
    assert ours == theirs.replace('outer.ld', 'folder/outer.ld')


def test_dependency_file_for_make(desk, arguments):
    """GNU ld writes a blank as it is, and a file once for each time."""
    desk.assemble('a b$.o', '.globl f\n')
    text = rules(desk, links.BOOTLINK_LD, [*arguments, 'a b$.o', 'a b$.o'])
    assert text.count('a\\ b$$.o') == 2  # as a prerequisite, and as a target


def test_dependency_file_that_cannot_be(desk, arguments):
    done = links.run([links.BOOTLINK_LD, '--dependency-file=no/d', *arguments],
                     desk.folder)
    assert done.returncode == 1 and 'dependency file no/d' in done.stdout
