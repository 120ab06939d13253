# SPDX-License-Identifier: BSD-2-Clause
"""What fuzzing starts from: objects, archives, scripts, whole links, shared
objects.

Random links (tests/differential/random_links.py) give the links; a few sources
in C, C++ and assembler what those do not have: unwind tables, merged strings,
thread-local variables, indirect functions, debug sections.
"""

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
INCLUDE = HERE.parents[1] / 'include'
sys.path.insert(0, str(HERE.parent / 'differential'))

from links import Desk  # noqa: E402
from random_links import Maker  # noqa: E402

LINKS = 40

SOURCES = {
    'strings.c': 'const char *a[] = {"one", "and one", ""}; float f = 1.5f;'
                 'const char *g(int n) { return n ? "one" : "two"; }',
    'thread.c': '_Thread_local int t = 3; static _Thread_local int u;'
                'int *f(void) { return &t; } int g(void) { return u++; }',
    'indirect.c': 'static int one(void) { return 1; }'
                  'static int (*pick(void))(void) { return one; }'
                  'int f(void) __attribute__((ifunc("pick")));'
                  'int main(void) { return f() + (f == 0); }',
    'throw.cc': 'struct A { ~A(); }; template <int N> inline int h()'
                '{ static int n = N; return n++; } void k();'
                'int f() { try { A a; k(); } catch (int i) { return i; }'
                ' return h<1>() + h<2>(); } A a;',
    'module.c': '#include <bootlink/module.h>\n'
                'static unsigned count; module_param(count, uint);'
                'MODULE_PARM_DESC(count, "how often");'
                'static const char *whom; module_param(whom, string);'
                'static int list[4]; static uint32_t listed;'
                'module_param_array(list, int, &listed);'
                'MODULE_NAME("m"); MODULE_VERSION("1"); MODULE_IMPORT_NS("A");'
                'MODULE_SOFTDEP("pre: a post: b"); MODULE_REQUIRES("k", "1.2");'
                'void f(void) {} EXPORT_SYMBOL(f);'
                'int g[2]; EXPORT_SYMBOL_NS(g, "B");'
                'static int start(const char *p) { return *p; }'
                'module_init(start); module_exit(f);',
    'table.s': '.section set, "aw"; .quad f - 8; .long g - .\n'
               '.comm c, 40, 32\n.section .init_array.00100, "aw", '
               '@init_array; .quad f\n.section .note.GNU-stack, "", @progbits',
}
FLAGS = {
    'pic': ['-O2', '-fPIC', '-g'],
    'kernel': ['-O1', '-mcmodel=kernel', '-ffunction-sections', '-fno-pic'],
    'debug': ['-O0', '-g', '-gz=zlib', '-fno-pic'],
    'large': ['-O2', '-fPIC', '-mcmodel=large'],
}


def compile_sources(folder):
    """Every source by every set of flags."""
    for name, text in SOURCES.items():
        source = folder / name
        source.write_text(text)
        for label, flags in FLAGS.items():
            target = folder / f'{source.stem}-{label}.o'
            if label == 'kernel' and name == 'thread.c':
                flags = ['-O1', '-fno-pic']
            subprocess.run(['gcc', *flags, f'-I{INCLUDE}', '-c', source,
                            '-o', target],
                           check=True, stderr=subprocess.DEVNULL)
    return sorted(folder.glob('*.o'))


def container(parts):
    """The file that fuzz_link.c reads."""
    text = b'!<arch>\n'
    for name, data in parts:
        header = f'{name + "/":16}{0:<12}{0:<6}{0:<6}{"644":8}{len(data):<10}`\n'
        text += header.encode() + data + b'\n' * (len(data) & 1)
    return text


def inputs_of(arguments, folder):
    """The files among a linker's arguments."""
    return [a for a in arguments if a.endswith(('.o', '.a'))
            and (folder / a).exists()]


def random_link(seed, folder, seeds):
    case = Maker(seed).case
    files = inputs_of(case.build(Desk(folder)), folder)
    script = '\n'.join(case.script)
    (seeds / 'script' / f'random-{seed}').write_text(script)
    parts = [('script', script.encode()), ('options', bytes([seed * 5 & 63]))]
    parts += [(Path(f).name[:15], (folder / f).read_bytes()) for f in files]
    (seeds / 'link' / f'random-{seed}').write_bytes(container(parts))
    for file in files:
        kind = 'archive' if file.endswith('.a') else 'object'
        if seed < 12:
            shutil.copy(folder / file,
                        seeds / kind / f'random-{seed}-{Path(file).name}')


def sources(folder, seeds):
    objects = compile_sources(folder)
    script = (HERE.parents[1] / 'linker.ld').read_bytes()
    (seeds / 'script' / 'linker.ld').write_bytes(script)
    for path in objects:
        shutil.copy(path, seeds / 'object' / path.name)
        parts = [('script', script), ('options', b'\0'),
                 ('a.o', path.read_bytes()), ('b.o', objects[0].read_bytes())]
        (seeds / 'link' / path.stem).write_bytes(container(parts))
    for name, flags in {'plain': 'qcs', 'thin': 'qcsT', 'bare': 'qcS'}.items():
        archive = seeds / 'archive' / name
        archive.unlink(missing_ok=True)
        subprocess.run(['ar', flags, archive, *objects[:4]], check=True)


LIBRARY = ('#include <bootlink/module.h>\nMODULE_DESCRIPTION("l");'
           'int counter = 7; int twice(int n) { return 2 * n; }'
           'static int one(void) { return 1; }'
           'static void *pick(void) { return one; }'
           'int chosen(void) __attribute__((ifunc("pick")));')
USER = ('extern int counter; int twice(int), chosen(void);'
        'int *where = &counter; int (*which)(int) = twice;'
        'int use(void) { return twice(counter) + chosen(); }'
        '__attribute__((constructor)) void c(void) { counter++; }'
        '__attribute__((destructor)) void d(void) { counter--; }')
SHARED = {
    'plain': [],
    'now': ['-Wl,-z,now'],
    'relr': ['-Wl,-z,pack-relative-relocs', '-Wl,--hash-style=both'],
    'sysv': ['-Wl,--hash-style=sysv', '-Wl,-soname,lib.so'],
    'versions': ['-Wl,--version-script=v.map'],
}


def shared_objects(folder, seeds):
    """A library and its user, each by every set of flags."""
    (folder / 'v.map').write_text('V_1 { global: twice; counter; };\n'
                                  'V_2 { } V_1;\n')
    (folder / 'l.c').write_text(LIBRARY)
    (folder / 'u.c').write_text(SOURCES['module.c'] + USER)
    common = ['-O2', '-fPIC', '-shared', '-nostdlib', f'-I{INCLUDE}']
    small = ['-Wl,-z,noseparate-code', '-fno-asynchronous-unwind-tables']
    for label, flags in SHARED.items():
        for name, libraries in [('l', []), ('u', ['lib.so'])]:
            target = 'lib.so' if name == 'l' else 'u.so'
            if label != 'plain':
                flags = flags + small + ['-s']
            subprocess.run(['gcc', f'{name}.c', *common, *flags, *libraries,
                            '-o', target], check=True, cwd=folder,
                           stderr=subprocess.DEVNULL)
        library, user = ((folder / f).read_bytes() for f in ('lib.so', 'u.so'))
        for lazy in (0, 1):
            size = len(library) + (lazy << 31)
            (seeds / 'shared' / f'{label}-{lazy}').write_bytes(
                size.to_bytes(4, 'little') + library + user)


def make(seeds, work):
    """Fills seeds/object, archive, script, link and shared."""
    for kind in ('object', 'archive', 'script', 'link', 'shared'):
        (seeds / kind).mkdir(parents=True, exist_ok=True)
    for seed in range(1, LINKS + 1):
        folder = work / str(seed)
        folder.mkdir(parents=True, exist_ok=True)
        random_link(seed, folder, seeds)
    sources(work, seeds)
    shared_objects(work, seeds)
