# SPDX-License-Identifier: BSD-2-Clause
"""libbootlink.a in somebody else's kernel: its names, its size, and the example
of loader/README.md."""

import os
import pathlib
import re
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
LIBRARY = TOP / os.environ.get('BUILD', 'build') / 'libbootlink.a'
MOST_CODE = 96 * 1024
WEAK = {'memcpy', 'memmove', 'memset', 'memcmp'}

# What a kernel calls to load, look up and unload.
CALLS = [
    'bootlink_modules_open', 'bootlink_modules_close', 'bootlink_load',
    'bootlink_unload', 'bootlink_symbol', 'bootlink_each_symbol',
    'bootlink_find', 'bootlink_print_address', 'bootlink_loaded_first',
    'bootlink_loaded_named', 'bootlink_relocations']


def run(*command):
    return subprocess.run(command, check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def symbols(file):
    """Name to type of all global definitions, as nm has them."""
    lines = run('nm', '-g', '--defined-only', file).splitlines()
    return {line.split()[2]: line.split()[1]
            for line in lines if len(line.split()) == 3}


def readme_section():
    text = (TOP / 'loader' / 'README.md').read_text(encoding='utf-8')
    return re.search(r'^## In a kernel of yours$(.*?)^## ', text,
                     re.MULTILINE | re.DOTALL).group(1)


def example(folder):
    """The object of the example, compiled as the section says."""
    section = readme_section()
    source = folder / 'modules.c'
    source.write_text(re.search(r'```c\n(.*?)```', section, re.DOTALL).group(1),
                      encoding='ascii')
    command = re.search(r'^    (gcc (?:.*\\\n)*.*)$', section,
                        re.MULTILINE).group(1).replace('\\\n', ' ').split()
    command = [word.replace('include', str(TOP / 'include'))
               if word == '-Iinclude' else word for word in command]
    target = folder / 'modules.o'
    subprocess.run([*command, '-Wall', '-Wextra', '-Werror', '-o', target],
                   check=True, cwd=folder)
    return target


def compiled(folder, name, source):
    file, target = folder / f'{name}.c', folder / f'{name}.o'
    file.write_text(source, encoding='ascii')
    run('gcc', '-ffreestanding', '-O2', '-mcmodel=kernel', '-fno-pie',
        '-fno-stack-protector', '-fno-asynchronous-unwind-tables', '-c', file,
        '-o', target)
    return target


def caller(folder):
    """An object that calls all that there is for modules."""
    return compiled(folder, 'calls', ''.join(
        f'void {name}(void);\n' for name in CALLS) + 'void f(void)\n{\n' +
        ''.join(f'    {name}();\n' for name in CALLS) + '}\n')


def kernel(folder, *objects):
    """A kernel of these objects and the library; without --gc-sections, as a
    boot links it."""
    target = folder / 'kernel.elf'
    run('ld', '-static', '-Ttext=0xffffffff80000000',
        '--unresolved-symbols=ignore-all', '-e', '0', *objects, LIBRARY, '-o',
        target)
    return target


def size_of(file, section):
    sizes = dict(line.split()[:2] for line in run('size', '-A', file).splitlines()
                 if line.startswith('.'))
    return int(sizes[section])


def test_names_are_its_own():
    names = symbols(LIBRARY)
    assert set(CALLS) <= set(names)
    others = {name for name in names if not name.startswith('bootlink_')}
    assert others == WEAK
    assert {names[name] for name in WEAK} == {'W'}
    inner = [name for name in names if name.startswith('bootlink__')]
    assert 'bootlink__sort_by_key' in inner and 'sort_by_key' not in names


def test_a_kernel_may_have_such_names_itself(tmp_path):
    world = example(tmp_path)
    inner = {name[len('bootlink__'):] for name in symbols(LIBRARY)
             if name.startswith('bootlink__')} - set(symbols(world))
    own = ''.join(f'char {name}[4] = "own";\n' for name in inner) + ''.join(
        f'void *{name}(void) {{ return 0; }}\n' for name in sorted(WEAK))
    file = kernel(tmp_path, compiled(tmp_path, 'own', own), world,
                  caller(tmp_path))
    names = symbols(file)
    assert names['sort_by_key'] == 'D' and names['memcpy'] == 'T'
    assert re.search(' [tT] bootlink__sort_by_key', run('nm', file))


def test_the_example_opens_the_library(tmp_path):
    file = kernel(tmp_path, example(tmp_path))
    assert {'modules_open', 'bootlink_modules_open'} <= set(symbols(file))


def test_what_loads_modules_is_small(tmp_path):
    file = kernel(tmp_path, caller(tmp_path))
    print('.text', size_of(file, '.text'), '.rodata', size_of(file, '.rodata'))
    assert size_of(file, '.text') <= MOST_CODE
    names = run('nm', file)
    for name in ('script_parse', 'config_parse', 'system_link', 'merge_sections',
                 'handoff', 'gc_sections'):
        assert not re.search(rf' bootlink__{name}', names), name


@pytest.mark.parametrize('name', ['bootlink_scripts', 'bootlink_extras'])
def test_who_names_more_gets_more(tmp_path, name):
    """The limit above is not held by an empty library."""
    calls = compiled(tmp_path, 'calls',
                     f'extern char {name}[];\nvoid bootlink_link(void *);\n'
                     f'void f(void) {{ bootlink_link({name}); }}\n')
    assert size_of(kernel(tmp_path, calls), '.text') > MOST_CODE
