# SPDX-License-Identifier: BSD-2-Clause
"""Modules in C, C++, NASM and Rust, linked as a boot links them: each gets what
it says of itself, and its parameters."""

import re

import elf
import languages
import links
import pytest

NAMES = list(languages.COMMANDS)
PARAMETERS = 'count=3 whom="all of you" list=1,-2,0x10'


@pytest.fixture(scope='module', name='volume')
def make_volume(tmp_path_factory):
    folder = tmp_path_factory.mktemp('esp')
    languages.build_kernel(folder / 'kernel.o')
    languages.build_modules(folder)
    return folder


def only_if_here(name):
    if name in languages.missing():
        pytest.skip(f'{languages.missing()[name]} is not installed')


def link(volume, output, *kernel, **parameters):
    """Links all modules, with parameters for some of them."""
    line = [links.BOOTLINK, 'link', '--root', volume, '--output', output,
            *kernel, 'kernel.o']
    for name in languages.here():
        line += ['--module', f'{name}.ko', '--cmdline',
                 parameters.get(name, 'count=1')]
    return links.run(line, volume)


def bytes_at(image, address, size):
    for s in image.sections:
        if s.flags & elf.SHF_ALLOC and 0 <= address - s.address < s.size:
            return s.data[address - s.address:][:size]
    raise AssertionError(f'nothing at {address:#x}')


def number(image, name, index=0):
    """Four bytes of a variable; names are mangled in their own ways."""
    place = next(s.value for s in image.symbols
                 if s.type != elf.STT_SECTION and
                 (s.name == name or s.name.startswith(f'_ZN6module{len(name)}'
                                                      f'{name.upper()}17h')
                  or s.name == f'_ZN12_GLOBAL__N_1{len(name)}{name}E'))
    return int.from_bytes(bytes_at(image, place + index * 4, 4), 'little',
                          signed=True)


def string(image, name):
    low = number(image, name) & 0xffffffff
    high = number(image, name, 1) & 0xffffffff
    return bytes_at(image, high << 32 | low, 64).split(b'\0')[0].decode()


@pytest.mark.parametrize('name', NAMES)
def test_parameters_are_in_its_variables(volume, tmp_path, name):
    only_if_here(name)
    done = link(volume, tmp_path, **{name: PARAMETERS})
    assert done.returncode == 0, done.stdout
    image = elf.read(tmp_path / f'{name}.elf')
    assert number(image, 'count') == 3
    assert string(image, 'whom') == 'all of you'
    assert [number(image, 'list', i) for i in range(4)] == [1, -2, 16, 0]
    assert number(image, 'listed') == 3


@pytest.mark.parametrize('name', NAMES)
def test_what_stands_in_the_source_is_left(volume, tmp_path, name):
    only_if_here(name)
    done = link(volume, tmp_path)
    assert done.returncode == 0, done.stdout
    image = elf.read(tmp_path / f'{name}.elf')
    assert number(image, 'count') == 1
    assert string(image, 'whom') == 'nobody'
    assert number(image, 'listed') == 0


@pytest.mark.parametrize('name', NAMES)
def test_the_kernels_command_line_counts(volume, tmp_path, name):
    only_if_here(name)
    done = link(volume, tmp_path, '--cmdline',
                f'verbose {name}.count=7 other.count=9 kernel.answer=-5',
                **{name: 'count=3'})
    assert done.returncode == 0, done.stdout
    assert number(elf.read(tmp_path / f'{name}.elf'), 'count') == 7
    assert number(elf.read(tmp_path / 'kernel.elf'), 'answer') == -5


@pytest.mark.parametrize('name', NAMES)
def test_a_parameter_that_is_wrong(volume, tmp_path, name):
    only_if_here(name)
    done = link(volume, tmp_path, **{name: 'count=many'})
    assert done.returncode != 0
    assert (f"{name}.ko: parameter 'count=many': 'many' is no uint; give a "
            'number from 0 to 4294967295. The module has:\n'
            '    count (uint): how often\n'
            '    list (int, up to 4)\n'
            '    whom (string): who is greeted\n') in done.stdout


def test_a_parameter_of_the_kernel_that_is_wrong(volume, tmp_path):
    done = link(volume, tmp_path, '--cmdline', 'kernel.answers=42')
    assert done.returncode != 0
    assert ("kernel.o: parameter 'answers=42': there is none of that name; "
            "perhaps it is 'answer'. The module has:\n"
            '    answer (int): what the first module gets') in done.stdout


def test_a_shared_object(volume, tmp_path):
    """Where its own symbols say, from where it was put."""
    languages.run(['gcc', *languages.C, '-fPIC', '-mcmodel=small', '-shared',
                   '-nostdlib', '-DNAME=shared', '-DANSWER=answer_of_shared',
                   '-DBEFORE=answer_of_kernel', 'module.c'],
                  volume / 'shared.so')
    done = links.run([links.BOOTLINK, 'link', '--root', volume, '--output',
                      tmp_path, 'kernel.o', '--module', 'shared.so',
                      '--cmdline', PARAMETERS], volume)
    assert done.returncode == 0, done.stdout
    base = int(re.search('^shared at 0x([0-9a-f]+)', done.stdout, re.M)[1], 16)
    places = {s.name: base + s.value
              for s in elf.read(volume / 'shared.so').symbols}
    image = elf.read(tmp_path / 'shared.elf')

    def word(name, size=4):
        return int.from_bytes(bytes_at(image, places[name], size), 'little')
    assert word('count') == 3 and word('listed') == 3
    assert word('list', 16) == 0x10_fffffffe_00000001
    assert bytes_at(image, word('whom', 8), 11) == b'all of you\0'
    text = links.run([links.BOOTLINK, 'modinfo', 'shared.so'], volume).stdout
    assert 'parm:           count:how often (uint)\n' in text
    assert 'exports:        answer_of_shared\n' in text


@pytest.mark.parametrize('name', NAMES)
def test_modinfo(volume, name):
    only_if_here(name)
    done = links.run([links.BOOTLINK, 'modinfo', f'{name}.ko'], volume)
    assert done.returncode == 0, done.stdout
    first = f'filename:       {name}.ko\nname:           {name}\n'
    assert done.stdout.startswith(first)
    lines = done.stdout.splitlines()
    assert lines.index('parm:           count:how often (uint)') + 1 == \
        lines.index('parm:           list (array of int)')
    assert {'version:        1.0', 'requires:       kernel 1.2',
            'import_ns:      TEST', f'exports:        answer_of_{name}',
            'needs:          report'} <= set(lines)


def test_modinfo_of_a_kernel(volume):
    done = links.run([links.BOOTLINK, 'modinfo', 'kernel.o'], volume)
    assert 'exports:        report in namespace TEST\n' in done.stdout
    assert 'parm:           answer:what the first module gets (int)' \
        in done.stdout


def test_modinfo_of_no_module(volume):
    (volume / 'text').write_text('this is no module\n')
    done = links.run([links.BOOTLINK, 'modinfo', 'text', 'gcc.ko'], volume)
    assert done.returncode == 1
    assert 'bootlink modinfo: text: ' in done.stdout
    assert 'name:           gcc\n' in done.stdout


def test_order_comes_from_the_symbols(volume, tmp_path):
    """Whatever order they are named in."""
    line = [links.BOOTLINK, 'link', '--root', volume, '--output', tmp_path,
            'kernel.o']
    for name in reversed(languages.here()):
        line += ['--module', f'{name}.ko']
    done = links.run(line, volume)
    assert done.returncode == 0, done.stdout
    starts = [min(s.address for s in links.allocated(
        elf.read(tmp_path / f'{name}.elf'))) for name in languages.here()]
    assert starts == sorted(starts)


def test_an_object_that_says_the_wrong(volume, tmp_path):
    """NASM's macros refuse what the linker would."""
    for wrong in ('module_param x, float', f'module_param {"x" * 40}, int'):
        (tmp_path / 'x.asm').write_text(
            f'%include "bootlink/module.inc"\n{wrong}\nx: dd 0\n')
        assert links.run(['nasm', '-f', 'elf64', f'-I{languages.INCLUDE}/',
                          'x.asm'], tmp_path).returncode != 0
