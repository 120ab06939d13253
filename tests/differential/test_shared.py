# SPDX-License-Identifier: BSD-2-Clause
"""A shared object as a module: its bytes and permissions are those that a
dynamic linker gives it (shared_model.py), whoever made it and with whatever
options."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import elf
import shared_model

TOP = Path(__file__).resolve().parents[2]
BOOTLINK = Path(os.environ.get('BOOTLINK', TOP / os.environ.get(
    'BUILD', 'build') / 'bootlink-asan')).resolve()

KERNEL = '''
int kernel_value = 1;
char kernel_bytes[16];
void print(const char *format, ...) { (void)format; }
void _start(void) { for (;;); }
'''

MODULE = '''
#include <bootlink/module.h>
void print(const char *format, ...);
extern int kernel_value;
extern char kernel_bytes[];
__attribute__((weak)) void nobody(void);
int shared_value = 42;
static int own = 3;
int *pointers[100] = {&shared_value, &own, &kernel_value, &own + 5};
char *into = kernel_bytes + 7;
static void (*table[])(void) = {nobody, 0};
const char *const names[] = {"one", "two", "three"};
char space[5000];
int add(int a, int b) { return a + b + shared_value + *pointers[1]; }
static void count(void) { shared_value++; }
__attribute__((constructor)) static void first(void) { count(); }
__attribute__((constructor(200))) static void second(void) { count(); }
__attribute__((destructor)) static void last(void) { count(); }
static int hello(const char *parameters)
{
    if (table[0])
        table[0]();
    print("hello %s %d %s\\n", parameters, add(1, kernel_value), names[2]);
    return 0;
}
module_init(hello);
'''

PIC = ['-O2', '-ffreestanding', '-mno-red-zone', '-mgeneral-regs-only',
       '-fno-stack-protector', '-fPIC', '-shared', '-nostdlib', '-I',
       str(TOP / 'include')]


class Shared:
    """A kernel and shared objects in a folder, and what becomes of them."""

    def __init__(self, folder):
        self.folder = folder
        self.compile('kernel.o', KERNEL, 'gcc', '-O2', '-ffreestanding',
                     '-mcmodel=kernel', '-fno-pie', '-c')

    def compile(self, name, text, compiler, *flags, language='c'):
        source = self.folder / f'{name}.{language}'
        source.write_text(text)
        subprocess.run([compiler, str(source), *flags, '-o', name],
                       cwd=self.folder, check=True)
        return self.folder / name

    def make(self, name, text, *flags, compiler='gcc', language='c'):
        return self.compile(name, text, compiler, *PIC, *flags,
                            language=language)

    def run(self, *modules, options=()):
        words = [word for name in modules for word in ('--module', name)]
        return subprocess.run(
            [str(BOOTLINK), 'link', '--output', 'out', 'kernel.o', *words,
             *options], cwd=self.folder, capture_output=True, text=True,
            check=False)

    def link(self, *modules, options=()):
        done = self.run(*modules, options=options)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def refused(self, *modules, options=()):
        done = self.run(*modules, options=options)
        assert done.returncode == 1, done.stdout + done.stderr
        return done.stderr

    def linked(self, name):
        return shared_model.Linked(self.folder / 'out' / f'{name}.elf')

    def kernel_symbols(self):
        file = elf.read(self.folder / 'out' / 'kernel.elf')
        return {s.name: s.value for s in file.symbols}

    def check(self, name, others=None, lazy=None):
        """The image of NAME.so is that of the model, which is returned."""
        linked = self.linked(name)
        model = shared_model.Model(
            self.folder / f'{name}.so', linked.base,
            {**self.kernel_symbols(), **(others or {})}, lazy)
        found = shared_model.differences(model, linked)
        assert not found, '\n'.join(found[:20])
        return model, linked


@pytest.fixture
def shared(tmp_path):
    return Shared(tmp_path)


VARIANTS = {
    'plain': [],
    'now': ['-Wl,-z,now'],
    'norelro': ['-Wl,-z,norelro'],
    'relr': ['-Wl,-z,pack-relative-relocs'],
    'sysv': ['-Wl,--hash-style=sysv'],
    'gnu': ['-Wl,--hash-style=gnu'],
    'both': ['-Wl,--hash-style=both'],
    'symbolic': ['-Wl,-Bsymbolic'],
    'noplt': ['-fno-plt'],
    'ibt': ['-fcf-protection=full', '-Wl,-z,ibtplt'],
    'hidden': ['-fvisibility=hidden'],
    'stripped': ['-s'],
    'gc': ['-ffunction-sections', '-fdata-sections', '-Wl,--gc-sections'],
    'large-pages': ['-Wl,-z,max-page-size=0x200000'],
    'one-segment-of-code': ['-Wl,-z,noseparate-code'],
    'combreloc-off': ['-Wl,-z,nocombreloc'],
    'build-id': ['-Wl,--build-id=sha1'],
    'soname': ['-Wl,-soname,lib.so.1'],
}


@pytest.mark.parametrize('compiler', ['gcc', 'clang'])
@pytest.mark.parametrize('flags', VARIANTS.values(), ids=VARIANTS)
def test_the_image_is_a_dynamic_linkers(shared, flags, compiler):
    shared.make('m.so', MODULE, *flags, compiler=compiler)
    text = shared.link('m.so')
    assert 'starts at 0xffffffff8' in text
    shared.check('m')


LLD = [name for name in ('ld.lld', 'ld.lld-22') if shutil.which(name)]


@pytest.mark.skipif(not LLD, reason='ld.lld is not here')
@pytest.mark.parametrize('flags', [
    [], ['-Wl,-z,now'], ['-Wl,--pack-dyn-relocs=relr'],
    ['-Wl,--hash-style=sysv'], ['-Wl,-z,separate-loadable-segments']],
    ids=['plain', 'now', 'relr', 'sysv', 'separate'])
def test_made_by_lld(shared, flags):
    shared.make('m.so', MODULE, '-fuse-ld=lld', *flags, compiler='clang')
    shared.link('m.so')
    shared.check('m')


def test_addresses_of_all_64_bits(shared):
    """Each kind of relocation is in the module that the others are tested by."""
    shared.make('m.so', MODULE, '-Wl,-z,nopack-relative-relocs')
    kinds = {kind for _, kind, _, _ in
             shared_model.relocations(shared.folder / 'm.so')}
    assert kinds == {'R_X86_64_RELATIVE', 'R_X86_64_64', 'R_X86_64_GLOB_DAT',
                     'R_X86_64_JUMP_SLOT'}
    shared.make('r.so', MODULE, '-Wl,-z,pack-relative-relocs')
    assert len(list(shared_model.relr_places(shared.folder / 'r.so'))) > 5


def test_two_in_a_row_and_an_object(shared):
    """A module offers its symbols to others, as an object's do."""
    shared.make('a.so', MODULE)
    shared.make('b.so', '#include <bootlink/module.h>\n'
                'int add(int, int); extern int shared_value;\n'
                'int *value = &shared_value;\n'
                'static int go(const char *p) { return add(p[0], *value); }\n'
                'module_init(go);')
    shared.compile('c.ko', '#include <bootlink/module.h>\n'
                   'int add(int, int);\n'
                   'static int go(const char *p) { return add(p[0], 1); }\n'
                   'module_init(go);', 'gcc', '-O2', '-ffreestanding',
                   '-mcmodel=kernel', '-fno-pie', '-c', '-I',
                   str(TOP / 'include'))
    shared.link('b.so', 'c.ko', 'a.so')
    model, linked = shared.check('a')
    offered = {name: model.bias + value
               for name, value in model.defined.items()}
    shared.check('b', offered)
    assert linked.base < shared.linked('b').base


def test_own_definitions_come_first(shared):
    """As with -Bsymbolic: the kernel's `shared_value` is another one."""
    shared.compile('kernel.o', KERNEL + 'int shared_value = 7;', 'gcc', '-O2',
                   '-ffreestanding', '-mcmodel=kernel', '-fno-pie', '-c')
    shared.make('m.so', MODULE)
    shared.link('m.so')
    shared.check('m')


IFUNC = '''
#include <bootlink/module.h>
static int one(void) { return 1; }
static void *choose(void) { return one; }
%sint chosen(void) __attribute__((ifunc("choose")));
int (*pointer)(void) = chosen;
static int go(const char *p) { (void)p; return chosen() + pointer(); }
module_init(go);
'''


@pytest.mark.parametrize('binding', ['lazy', 'now'])
@pytest.mark.parametrize('static', ['static ', ''], ids=['local', 'global'])
def test_indirect_functions_are_left_to_the_kernel(shared, static, binding):
    shared.make('m.so', IFUNC % static, f'-Wl,-z,{binding}')
    shared.link('m.so')
    linked = shared.linked('m')
    table = linked.file.section('.rela.iplt').data
    records = [(int.from_bytes(table[i:i + 8], 'little'),
                int.from_bytes(table[i + 16:i + 24], 'little'))
               for i in range(0, len(table), 24)]
    assert {int.from_bytes(table[i + 8:i + 16], 'little')
            for i in range(0, len(table), 24)} == {37}
    places = {place for place, kind, symbol, _ in
              shared_model.relocations(shared.folder / 'm.so')
              if kind == 'R_X86_64_IRELATIVE' or symbol.startswith('chosen')}
    assert {place - linked.base for place, _ in records} == places
    text = linked.file.section('segment 1')
    assert len(records) >= 2
    for place, _ in records:  # the kernel can write there
        assert linked.load(place).flags == 6
    assert {resolver for _, resolver in records} <= set(
        range(text.address, text.address + text.size))


# ---- Libraries ---------------------------------------------------------------

LIBRARY = '''
#include <bootlink/module.h>
MODULE_DESCRIPTION("a library");
int counter = 7;
int twice(int n) { return 2 * n; }
int thrice(int n) { return 3 * n + counter; }
'''

USER = '''
#include <bootlink/module.h>
int twice(int); int thrice(int); extern int counter;
int *where = &counter;
int (*which)(int) = thrice;
static int go(const char *p) { return twice(p[0]) + which(*where); }
module_init(go);
'''


def offered(shared, name):
    """What a linked shared object defines, by address."""
    model, _ = shared.check(name)
    return {symbol: model.bias + value
            for symbol, value in model.defined.items()}


def place(shared, name, folder):
    (shared.folder / folder).mkdir(exist_ok=True)
    (shared.folder / name).rename(shared.folder / folder / name)


@pytest.mark.parametrize('compiler', ['gcc', 'clang'])
@pytest.mark.parametrize('style', ['sysv', 'gnu', 'both'])
def test_a_library_is_found_beside_the_module(shared, style, compiler):
    shared.make('lib.so', LIBRARY, f'-Wl,--hash-style={style}',
                compiler=compiler)
    shared.make('m.so', USER, 'lib.so', compiler=compiler)
    text = shared.link('m.so')
    assert text.splitlines()[1].startswith('lib at')  # it is started before
    shared.check('m', offered(shared, 'lib'))


def test_library_paths_in_their_order(shared):
    shared.make('lib.so', LIBRARY)
    shared.make('m.so', USER, 'lib.so')
    place(shared, 'lib.so', 'b')
    path = ['--library-path', 'a', '--library-path=b/']
    shared.link('m.so', options=path)
    (shared.folder / 'lib.so').write_bytes(
        (shared.folder / 'b' / 'lib.so').read_bytes())
    shared.check('m', offered(shared, 'lib'))
    (shared.folder / 'lib.so').unlink()
    shared.make('lib.so', LIBRARY.replace('7', '8'))
    place(shared, 'lib.so', 'a')
    shared.link('m.so', options=path)
    at = next(s.value for s in shared.linked('lib').file.symbols
              if s.name == 'counter')
    assert shared.linked('lib').read(at, 4) == b'\x08\0\0\0'


def test_a_library_that_is_nowhere(shared):
    shared.make('lib.so', LIBRARY)
    shared.make('m.so', USER, 'lib.so')
    (shared.folder / 'lib.so').unlink()
    (shared.folder / 'modules').mkdir()
    place(shared, 'm.so', 'modules')
    message = shared.refused('modules/m.so', options=['--library-path', 'lib'])
    assert ("modules/m.so: needs the library 'lib.so' (DT_NEEDED), which is "
            'not in modules/, lib/; copy it there, or say `library_path`'
            in message)


def test_an_optional_module_without_its_library_is_left_out(shared):
    shared.make('lib.so', LIBRARY)
    shared.make('m.so', USER, 'lib.so')
    (shared.folder / 'lib.so').unlink()
    shared.make('n.so', LIBRARY)
    text = shared.link('n.so', 'm.so', options=['--optional'])
    assert "m.so: needs the library 'lib.so'" in text
    assert 'n at' in text and 'm at' not in text


@pytest.mark.parametrize('name', ['/lib/deep/lib.so', 'lib.so'])
def test_names_that_are_paths(shared, name):
    """A path counts from the root of the boot volume."""
    shared.make('lib.so', LIBRARY, f'-Wl,-soname,{name}')
    shared.make('m.so', USER, 'lib.so')
    (shared.folder / 'lib').mkdir()
    place(shared, 'lib.so', 'lib/deep')  # of which only the path tells
    done = shared.run('m.so')
    if name == 'lib.so':
        assert "needs the library 'lib.so'" in done.stderr
    else:
        assert done.returncode == 0, done.stderr
        assert 'lib at' in done.stdout


@pytest.mark.parametrize('name,why', [
    ('../lib.so', 'a path that begins nowhere'),
    ('x/lib.so', 'a path that begins nowhere'),
    ('/../lib.so', 'not on the boot volume by that path; copy it there')])
def test_names_that_lead_elsewhere(shared, name, why):
    shared.make('lib.so', LIBRARY, f'-Wl,-soname,{name}')
    shared.make('m.so', USER, 'lib.so')
    shared.make('lib.so', LIBRARY)
    place(shared, 'lib.so', 'x')
    assert f"'{name}' (DT_NEEDED), which is {why}" in shared.refused('m.so')


def test_each_once_depth_first(shared):
    """a needs b and c, b needs d, c needs d by its soname."""
    one = ('#include <bootlink/module.h>\nMODULE_DESCRIPTION("x");\n'
           'int %s(void) { return 1; }\n')
    shared.make('d.so', one % 'd', '-Wl,-soname,d.so.1')
    (shared.folder / 'd.so.1').write_bytes(
        (shared.folder / 'd.so').read_bytes())
    for name, needed in [('b', 'd'), ('c', 'd')]:
        shared.make(f'{name}.so', one % name + f'int {needed}(void);'
                    f'int {name}2(void) {{ return {needed}(); }}',
                    f'{needed}.so')
    shared.make('a.so', one % 'a' + 'int b(void), c(void);'
                'int a2(void) { return b() + c(); }', 'b.so', 'c.so',
                '-Wl,-rpath-link,.')
    (shared.folder / 'd.so').unlink()
    text = shared.link('a.so')
    names = [line.split()[0] for line in text.splitlines()]
    assert names == ['kernel', 'd.so', 'b', 'c', 'a']
    shared.make('d.so', one % 'd')
    text = shared.link('c.so', 'a.so', 'b.so')
    names = [line.split()[0] for line in text.splitlines()]
    assert names == ['kernel', 'd.so', 'c', 'b', 'a']


def test_libraries_that_need_each_other(shared):
    """A loop of DT_NEEDED is no error: each is opened once."""
    text = ('#include <bootlink/module.h>\nMODULE_DESCRIPTION("x");\n'
            'int %s(void);\nint %s(void) { return %s(); }\n'
            'int (*in_%s)(void) = %s;\n')
    shared.make('b.so', text % ('a', 'b', 'a', 'b', 'a'))
    shared.make('a.so', text % ('b', 'a', 'b', 'a', 'b'), 'b.so')
    shared.make('b.so', text % ('a', 'b', 'a', 'b', 'a'), 'a.so')
    shared.link('a.so')
    symbols = {}
    for name in 'ab':
        model = shared_model.Model(shared.folder / f'{name}.so',
                                   shared.linked(name).base, {})
        symbols |= {n: model.bias + v for n, v in model.defined.items()}
    shared.check('a', symbols)
    shared.check('b', symbols)


def test_a_library_that_is_a_module_as_well(shared):
    shared.make('lib.so', LIBRARY)
    shared.make('m.so', USER, 'lib.so')
    text = shared.link('m.so', 'lib.so')
    assert text.count('lib at') == 1
    shared.check('m', offered(shared, 'lib'))


def test_the_named_library_comes_before_other_modules(shared):
    """Two offer `twice`; whoever names a library means that one."""
    shared.make('lib.so', LIBRARY)
    shared.make('other.so', LIBRARY)
    shared.make('m.so', USER, 'lib.so')
    shared.link('other.so', 'm.so')
    shared.check('m', offered(shared, 'lib'))


def test_what_a_library_keeps_from_others(shared):
    """Its users see all that it defines, others what it exports."""
    shared.make('lib.so', LIBRARY + 'EXPORT_SYMBOL(twice);')
    shared.make('m.so', USER, 'lib.so')
    shared.link('m.so')
    shared.check('m', offered(shared, 'lib'))
    shared.make('n.so', USER)
    message = shared.refused('n.so', 'lib.so')
    assert "'thrice'" in message and "'twice'" not in message


# ---- Versions ------------------------------------------------------------------

VERSIONED = LIBRARY.replace('int thrice(', 'int new_thrice(') + '''
int old_thrice(int n) { return n; }
__asm__(".symver old_thrice, thrice@V_1");
__asm__(".symver new_thrice, thrice@@V_2");
'''
MAP = 'V_1 { global: twice; thrice; counter; local: *; };\nV_2 { } V_1;\n'


def versioned(shared, text=VERSIONED, versions=MAP, *flags):
    (shared.folder / 'lib.map').write_text(versions)
    return shared.make('lib.so', text, '-Wl,--version-script=lib.map', *flags)


@pytest.mark.parametrize('style', ['sysv', 'gnu'])
def test_versions(shared, style):
    """The default version, and an older one by name."""
    path = versioned(shared, VERSIONED, MAP, f'-Wl,--hash-style={style}')
    shared.make('new.so', USER, 'lib.so')
    shared.make('old.so', '__asm__(".symver thrice, thrice@V_1");' + USER,
                'lib.so')
    shared.link('new.so', 'old.so')
    bias = shared.linked('lib').base
    values = {line.split()[7]: int(line.split()[1], 16)
              for line in shared_model.readelf('--dyn-syms', path).splitlines()
              if 'thrice@' in line}
    assert values['thrice@V_1'] != values['thrice@@V_2']
    shared.check('new', {**offered(shared, 'lib'),
                         'thrice': bias + values['thrice@@V_2']})
    shared.check('old', {**offered(shared, 'lib'),
                         'thrice': bias + values['thrice@V_1']})


def test_a_version_that_is_not_there(shared):
    versioned(shared)
    shared.make('m.so', USER, 'lib.so')
    versioned(shared, LIBRARY, 'V_1 { global: *; };\n')
    assert ("m.so: version 'V_2' is not defined in lib.so; take the library "
            'that it was built with, or build it again'
            in shared.refused('m.so'))


def test_a_library_without_versions_meets_every_wish(shared):
    versioned(shared)
    shared.make('m.so', USER, 'lib.so')
    shared.make('lib.so', LIBRARY)
    shared.link('m.so')
    shared.check('m', offered(shared, 'lib'))


# ---- Binding at the first call -------------------------------------------------

LAZY_KERNEL = KERNEL + 'void bootlink_lazy_entry(void) { }'


def lazy_words(shared, name):
    """The link map of a module as numbers, and GOT[1] and GOT[2]."""
    section = shared.linked(name).file.section('.bootlink.link_map')
    words = [int.from_bytes(section.data[i:i + 8], 'little')
             for i in range(0, section.size, 8)]
    entry = shared.kernel_symbols()['bootlink_lazy_entry']
    return words, (section.address, entry)


@pytest.mark.parametrize('compiler', ['gcc', 'clang'])
@pytest.mark.parametrize('flags', [
    [], ['-Wl,-z,norelro'], ['-Wl,--hash-style=sysv'],
    ['-fcf-protection=full', '-Wl,-z,ibtplt'], ['-Wl,-z,pack-relative-relocs']],
    ids=['plain', 'norelro', 'sysv', 'ibt', 'relr'])
def test_bound_when_called(shared, flags, compiler):
    shared.compile('kernel.o', LAZY_KERNEL, 'gcc', '-O2', '-ffreestanding',
                   '-mcmodel=kernel', '-fno-pie', '-c')
    path = shared.make('m.so', MODULE, '-Wl,-z,lazy', *flags,
                       compiler=compiler)
    shared.link('m.so', options=['--bind=lazy'])
    words, lazy = lazy_words(shared, 'm')
    model, linked = shared.check('m', lazy=lazy)
    base, symbols, strings, slots, count, imports = words[:6]
    assert base == model.bias
    assert symbols == base + model.dynamic('SYMTAB')
    assert strings == base + model.dynamic('STRTAB')
    assert slots == base + model.dynamic('JMPREL')
    assert linked.load(lazy[0]).flags == 4  # nobody changes the link map
    # What the kernel does at the first call, slot by slot:
    jumps = [(place, symbol) for place, kind, symbol, _ in
             shared_model.relocations(path) if kind == 'R_X86_64_JUMP_SLOT']
    assert len(jumps) == count >= 1
    for number, (place, symbol) in enumerate(jumps):
        record = linked.read(slots + 24 * number, 16)
        assert int.from_bytes(record[:8], 'little') == place
        index = int.from_bytes(record[12:16], 'little')
        entry = linked.read(symbols + 24 * index, 24)
        name = linked.read(strings + int.from_bytes(entry[:4], 'little'),
                           len(symbol) + 1)
        assert name == symbol.encode() + b'\0'
        value = (base + int.from_bytes(entry[8:16], 'little')
                 if entry[6:8] != b'\0\0' else int.from_bytes(
                     linked.read(imports + 8 * index, 8), 'little'))
        wanted = (model.bias + model.defined[symbol] if symbol in model.defined
                  else shared.kernel_symbols()[symbol])
        assert value == wanted, symbol


def test_a_module_that_asks_for_it_is_bound_at_load(shared):
    shared.make('m.so', MODULE, '-Wl,-z,now')
    shared.link('m.so', options=['--bind=lazy'])
    shared.check('m')


def test_bound_late_but_known_early(shared):
    """Nothing that is missing is found out at a call."""
    shared.compile('kernel.o', LAZY_KERNEL, 'gcc', '-O2', '-ffreestanding',
                   '-mcmodel=kernel', '-fno-pie', '-c')
    shared.make('m.so', MODULE + 'void nowhere(void); void f(void)'
                '{ nowhere(); }')
    assert "undefined reference to 'nowhere'" in shared.refused(
        'm.so', options=['--bind=lazy'])


@pytest.mark.parametrize('name,reason', [
    ('kept', "'kept', which is a global of the kernel (kernel.o), but not "
             'exported; add EXPORT_SYMBOL(kept) there'),
    ('reset', "'reset', which is in namespace USB of the kernel"),
    ('prink', "'prink', which is defined nowhere; did you mean 'printk' of "
              'the kernel?'),
])
def test_why_a_name_cannot_be_used(shared, name, reason):
    """As an object is told."""
    shared.compile('kernel.o', """
        #include <bootlink/module.h>
        void _start(void) {}
        void kept(void) {}
        void printk(void) {}
        EXPORT_SYMBOL(printk);
        void reset(void) {}
        EXPORT_SYMBOL_NS(reset, "USB");""", 'gcc', '-O2', '-ffreestanding',
                   '-mcmodel=kernel', '-fno-pie', f'-I{TOP}/include', '-c')
    shared.make('m.so', f"""
        #include <bootlink/module.h>
        void {name}(void);
        static int start(const char *text) {{ (void)text; {name}(); return 0; }}
        module_init(start);""")
    assert reason in shared.refused('m.so')


def test_a_kernel_that_cannot_bind(shared):
    shared.make('m.so', MODULE)
    assert ("m.so: `bind: lazy` wants the kernel to export "
            "'bootlink_lazy_entry' (bootlink/lazy.h); write it, or say "
            '`bind: now`' in shared.refused('m.so', options=['--bind=lazy']))
