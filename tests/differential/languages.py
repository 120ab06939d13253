# SPDX-License-Identifier: BSD-2-Clause
"""Modules in several languages (tests/boot/kernels/languages/), each of which
calls the one before it: for links on the host, and for a boot."""

import os
import shutil
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
SOURCES = TOP / 'tests/boot/kernels/languages'
INCLUDE = TOP / 'include'

FLAGS = ['-O2', '-ffreestanding', '-fno-pic', '-fno-pie', '-mno-red-zone',
         '-mgeneral-regs-only', '-fno-stack-protector', '-mcmodel=kernel',
         '-fno-asynchronous-unwind-tables', '-Wall', '-Wextra', '-Werror',
         f'-I{INCLUDE}']
C = [*FLAGS, '-std=c11']
CPP = [*FLAGS, '-std=c++11', '-fno-exceptions', '-fno-rtti',
       '-fno-threadsafe-statics', '-fno-use-cxa-atexit']
RUST = ['--edition', '2021', '--crate-type', 'lib', '--emit', 'obj',
        '-C', 'panic=abort', '-C', 'opt-level=2', '-C', 'codegen-units=1',
        '-C', 'relocation-model=static', '-C', 'code-model=kernel',
        '-C', 'no-redzone=yes']

# In the order in which they need each other; `before` is the one before.
COMMANDS = {
    'gcc': lambda before: ['gcc', *C, '-DNAME=gcc', '-DANSWER=answer_of_gcc',
                           f'-DBEFORE=answer_of_{before}', '-c', 'module.c'],
    'clang': lambda before: ['clang', *C, '-DNAME=clang',
                             '-DANSWER=answer_of_clang',
                             f'-DBEFORE=answer_of_{before}', '-c', 'module.c'],
    'cpp': lambda before: ['g++', *CPP, f'-DBEFORE=answer_of_{before}', '-c',
                           'module.cc'],
    'nasm': lambda before: ['nasm', '-f', 'elf64', '-Wall', '-Werror',
                            f'-I{INCLUDE}/', f'-DBEFORE=answer_of_{before}',
                            'module.asm'],
    'rust': lambda before: ['rustc', *RUST, 'module.rs'],
}


def missing():
    """Languages whose compilers are not here, with their names."""
    compilers = {name: make('')[0] for name, make in COMMANDS.items()}
    return {name: compiler for name, compiler in compilers.items()
            if not shutil.which(compiler)}


def here():
    return [name for name in COMMANDS if name not in missing()]


def run(command, target):
    done = subprocess.run([*command, '-o', os.path.abspath(target)],
                          cwd=SOURCES, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=300, check=False)
    assert done.returncode == 0, done.stdout


def build_modules(folder):
    """NAME.ko for all that are here; their names, in order."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    before = 'kernel'
    for name in here():
        run(COMMANDS[name](before), Path(folder) / f'{name}.ko')
        before = name
    return here()


def build_kernel(target):
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    run(['gcc', *C, '-I..', '-c', 'kernel.c'], target)
