# SPDX-License-Identifier: BSD-2-Clause
"""Whole static programs: linked by the compiler, without a script of ours, by
ld.bootlink and by GNU ld. They are laid out alike, and they run and answer
alike."""

import glob
import shutil
import subprocess
from pathlib import Path

import pytest

import links

MUSL = next(str(Path(p).parent) for p in
            glob.glob('/usr/lib/*/musl/lib/libc.a') +
            glob.glob('/usr/lib/*-linux-musl/libc.a'))
MUSL_HEADERS = next(iter(glob.glob('/usr/include/*-linux-musl') +
                         glob.glob('/usr/lib/*/musl/include')))

SORTING = r'''
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int by_value(const void *a, const void *b) {
    return *(const int *)a - *(const int *)b;
}
__attribute__((constructor)) static void before(void) { puts("constructor"); }
__attribute__((destructor)) static void after(void) { puts("destructor"); }
int main(int argc, char **argv) {
    int *n = malloc(100 * sizeof(*n));
    for (int i = 0; i < 100; i++)
        n[i] = i * 37 % 100;
    qsort(n, 100, sizeof(*n), by_value);
    printf("%d %d %d %.3f %s %zu\n", n[0], n[50], n[99], 2.5 / argc,
           getenv("HOME") ? "home" : "none", strlen(argv[1]));
    free(n);
    return 7;
}
'''

THROWING = r'''
extern "C" int printf(const char *, ...);
struct guard { int n; ~guard() { printf("~%d ", n); } };
struct base { virtual ~base() {} };
struct error : base { int n; error(int n) : n(n) {} };
static int __attribute__((noinline)) deeper(int n) {
    guard g = {n};
    if (n == 0)
        throw error(42);
    return deeper(n - 1) + 1;
}
/* What libgcc asks glibc for, and musl does not have. */
struct found { unsigned long flags; void *start, *end, *map, *table; };
extern "C" char __GNU_EH_FRAME_HDR[] __attribute__((visibility("hidden")));
extern "C" int _dl_find_object(void *, found *result) {
    result->table = __GNU_EH_FRAME_HDR;
    return 0;
}
int main() {
    try {
        deeper(2);
    } catch (base &e) {
        printf("%d ", static_cast<error &>(e).n);
    }
    try {
        throw 7;
    } catch (int n) {
        printf("%d\n", n);
    }
    return 3;
}
'''


@pytest.fixture
def gnu(tmp_path):
    return Program(tmp_path, 'theirs', links.GNU_LD)


@pytest.fixture
def ours(tmp_path):
    return Program(tmp_path, 'ours', links.BOOTLINK_LD)


class Program:
    """A program in `folder`, linked by gcc or clang with one of the linkers."""

    def __init__(self, folder, name, linker):
        self.folder = folder
        self.name = name
        self.linker = linker
        (folder / f'{name}.ld').mkdir()
        path = subprocess.run(['which', linker], capture_output=True,
                              text=True, check=True).stdout.strip()
        (folder / f'{name}.ld/ld').symlink_to(path)

    def link(self, command):
        done = links.run([*command, f'-B{self.name}.ld', '-o', self.name],
                         self.folder)
        assert done.returncode == 0, done.stdout
        return links.elf.read(self.folder / self.name)

    def run(self, *arguments):
        done = subprocess.run([f'./{self.name}', *arguments], cwd=self.folder,
                              capture_output=True, text=True,
                              env={}, timeout=links.SECONDS)
        return done.returncode, done.stdout, done.stderr


def facts(output):
    """Bytes are left out: equal strings may be kept in another order, to which
    the code refers. The answers show that they are right. Undefined symbols
    are left out: GNU ld lists some that only sections left out refer to."""
    symbols = [s for s in links.symbol_facts(output) if s[-1] != '*UND*']
    return (links.section_facts(output) + links.segment_facts(output) +
            symbols + [hex(output.entry)])


def compare(ours, gnu, command, *arguments):
    found = links.lists_differ('', facts(ours.link(command)),
                               facts(gnu.link(command)))
    assert not found, '\n'.join(['', *found[:40]])
    answer = gnu.run(*arguments)
    assert ours.run(*arguments) == answer
    return answer


def compile_c(folder, source, *flags):
    done = links.run(['gcc', '-O1', *flags, '-x', 'c', '-c', '-o', 'main.o',
                      '-'], folder, source)
    assert done.returncode == 0, done.stdout


def test_musl(ours, gnu):
    compile_c(ours.folder, SORTING, '-fno-pic', '-fno-pie', '-nostdinc',
              '-isystem', MUSL_HEADERS)
    status, answer, _ = compare(
        ours, gnu, ['gcc', '-static', '-no-pie', '-nostdlib', '-Wl,--build-id=none',
                    f'{MUSL}/crt1.o', f'{MUSL}/crti.o', 'main.o',
                    f'{MUSL}/libc.a', '-lgcc', f'{MUSL}/libc.a',
                    f'{MUSL}/crtn.o'], 'argument')
    assert status == 7
    assert answer == 'constructor\n0 50 99 1.250 none 8\ndestructor\n'


@pytest.mark.parametrize('compiler', ['g++', 'clang++'])
def test_exceptions_find_their_handlers(ours, gnu, compiler):
    done = links.run([compiler, '-O1', '-fno-pic', '-fno-pie', '-x', 'c++',
                      '-c', '-o', 'main.o', '-'], ours.folder, THROWING)
    assert done.returncode == 0, done.stdout
    status, answer, _ = compare(
        ours, gnu, ['g++', '-static', '-no-pie', '-nostdlib',
                    '-Wl,--build-id=none,--eh-frame-hdr', f'{MUSL}/crt1.o',
                    f'{MUSL}/crti.o', 'main.o', '-Wl,--start-group',
                    '-lsupc++', '-lgcc_eh', '-lgcc', f'{MUSL}/libc.a',
                    '-Wl,--end-group', f'{MUSL}/crtn.o'])
    assert (status, answer) == (3, '~0 ~1 ~2 42 7\n')


def test_glibc_and_libstdcxx(ours, gnu):
    """Thousands of unwind tables; their bytes are equal."""
    source = '#include <iostream>\n#include <vector>\n' + '''
    int main() {
        try {
            std::cout << std::vector<int>(3).at(5);
        } catch (const std::exception &e) {
            std::cout << e.what() << std::endl;
        }
    }'''
    done = links.run(['g++', '-O1', '-fno-pie', '-x', 'c++', '-c', '-o',
                      'main.o', '-'], ours.folder, source)
    assert done.returncode == 0, done.stdout
    command = ['g++', '-static', '-no-pie', 'main.o',
               '-Wl,--build-id=none,--eh-frame-hdr']
    output, theirs = ours.link(command), gnu.link(command)
    assert links.section_facts(output) == links.section_facts(theirs)
    assert links.segment_facts(output) == links.segment_facts(theirs)
    assert not [line for line in links.byte_differences(output, theirs)
                if line.startswith('.eh_frame')]
    answer = gnu.run()
    assert ours.run() == answer
    assert 'range_check' in answer[1]


THREADS = r'''
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
static __thread int count = 3;
__thread char text[64] __attribute__((aligned(64)));
__attribute__((target_clones("avx2", "default"))) int twice(int n) {
    return n * 2;
}
static void *work(void *argument) {
    count += (long)argument;
    errno = count;
    memset(text, 'x', twice(count));
    return (void *)(errno + strlen(text));
}
int main(void) {
    pthread_t threads[4];
    long sum = 0;
    for (long i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    for (int i = 0; i < 4; i++) {
        void *result;
        pthread_join(threads[i], &result);
        sum += (long)result;
    }
    printf("%d %zu %ld\n", count, strlen(text), sum);
}
'''


@pytest.mark.parametrize('flags', [
    ['-fno-pic', '-fno-pie'], ['-fpic'], ['-fpic', '-fno-plt'],
    ['-fpic', '-mtls-dialect=gnu2']])
def test_threads_and_indirect_functions(ours, gnu, flags):
    """Thread-local variables and glibc's choice of memset; every byte."""
    compile_c(ours.folder, THREADS, *flags)
    command = ['gcc', '-static', '-no-pie', 'main.o', '-Wl,--build-id=none']
    output, theirs = ours.link(command), gnu.link(command)
    assert links.differences(output, theirs) == []
    answer = gnu.run()
    assert ours.run() == answer == (0, '3 0 54\n', '')


CPLUSPLUS = r'''
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>
struct Noisy {
    std::string name;
    Noisy(const char *n) : name(n) { std::cout << "make " << name << "\n"; }
    ~Noisy() { std::cout << "drop " << name << "\n"; }
};
static Noisy global("global");
thread_local Noisy mine("mine");
struct Base { virtual ~Base() {} virtual int value() { return 1; } };
struct Derived : Base { int value() override { return 2; } };
static int thrower(int n) {
    Noisy local("local");
    if (n > 2)
        throw std::out_of_range("too far: " + std::to_string(n));
    return thrower(n + 1);
}
int main() {
    std::map<std::string, std::vector<int>> table{{"one", {1}}, {"two", {2, 2}}};
    try {
        thrower(0);
    } catch (const std::exception &e) {
        std::cout << e.what() << "\n";
    }
    std::thread([] { std::cout << mine.name << "\n"; }).join();
    Base *base = new Derived;
    std::cout << base->value() << table["two"].size()
              << (dynamic_cast<Derived *>(base) != nullptr) << std::endl;
    delete base;
    return 3;
}
'''


def compile_cpp(folder):
    done = links.run(['g++', '-O1', '-x', 'c++', '-c', '-o', 'main.o', '-'],
                     folder, CPLUSPLUS)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize('options', [
    (), ('-Wl,--gc-sections',), ('-Wl,-z,norelro',), ('-Wl,--eh-frame-hdr',),
    ('-Wl,-Ttext-segment=0x800000',), ('-Wl,-z,max-page-size=0x200000',)])
def test_glibc(ours, gnu, options):
    compile_c(ours.folder, SORTING, '-fno-pie', '-ffunction-sections')
    status, answer, _ = compare(ours, gnu, ['gcc', '-static', *options, 'main.o'],
                                'argument')
    assert status == 7
    assert answer == 'constructor\n0 50 99 1.250 none 8\ndestructor\n'


@pytest.mark.parametrize('options', [(), ('-Wl,--gc-sections',)])
def test_cplusplus(ours, gnu, options):
    compile_cpp(ours.folder)
    status, answer, _ = compare(ours, gnu, ['g++', '-static', *options, 'main.o'])
    assert status == 3
    assert 'too far: 3' in answer and answer.endswith('drop global\n')


@pytest.mark.skipif(not shutil.which('clang'), reason='clang is not here')
def test_clang(ours, gnu):
    compile_c(ours.folder, SORTING, '-fno-pie')
    outputs = []
    for program in gnu, ours:
        done = links.run(['clang', '-static', 'main.o', '-o', program.name,
                          f'--ld-path={program.folder}/{program.name}.ld/ld'],
                         ours.folder)
        assert done.returncode == 0, done.stdout
        outputs.append(facts(links.elf.read(ours.folder / program.name)))
    assert outputs[0] == outputs[1]
    assert ours.run('x') == gnu.run('x')


LIBRARIES = {
    ('zlib.h', '-lz'): '''
    char text[] = "static static static", packed[64], back[64];
    unsigned long n = sizeof(packed), m = sizeof(back);
    compress((void *)packed, &n, (void *)text, sizeof(text));
    uncompress((void *)back, &m, (void *)packed, n);
    printf("%s %lu %s\\n", zlibVersion(), n, back);''',
    ('bzlib.h', '-lbz2'): '''
    char text[] = "static static static", packed[600], back[64];
    unsigned n = sizeof(packed), m = sizeof(back);
    BZ2_bzBuffToBuffCompress(packed, &n, text, sizeof(text), 9, 0, 30);
    BZ2_bzBuffToBuffDecompress(back, &m, packed, n, 0, 0);
    printf("%u %s\\n", n, back);''',
    ('png.h', '-lpng -lz -lm'): '''
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, 0, 0, 0);
    png_infop info = png_create_info_struct(png);
    printf("%s %d\\n", png_get_libpng_ver(png), info != 0);
    png_destroy_read_struct(&png, &info, 0);''',
    ('sqlite3.h', '-lsqlite3 -lm'): '''
    sqlite3 *base;
    sqlite3_stmt *statement;
    sqlite3_open(":memory:", &base);
    sqlite3_exec(base, "create table t(a, b); insert into t values (1, 'x'),"
                 "(2, 'y'), (3, 'z')", 0, 0, 0);
    sqlite3_prepare_v2(base, "select sum(a), group_concat(b) from t", -1,
                       &statement, 0);
    sqlite3_step(statement);
    printf("%d %s\\n", sqlite3_column_int(statement, 0),
           (const char *)sqlite3_column_text(statement, 1));''',
    ('expat.h', '-lexpat'): '''
    XML_Parser parser = XML_ParserCreate(0);
    int ok = XML_Parse(parser, "<a><b>text</b></a>", 18, 1);
    printf("%d %s\\n", ok, XML_ExpatVersion());''',
}


@pytest.mark.parametrize('header,libraries', LIBRARIES)
def test_library(ours, gnu, header, libraries):
    if not Path(f'/usr/include/{header}').exists():
        pytest.skip(f'{header} is not here')
    compile_c(ours.folder, f'#include <stdio.h>\n#include <{header}>\n'
              f'int main(void) {{ {LIBRARIES[header, libraries]} }}', '-fno-pie')
    status, answer, errors = compare(
        ours, gnu, ['gcc', '-static', 'main.o', *libraries.split()])
    assert status == 0 and answer and not errors


def test_library_that_warns(ours, gnu):
    """glibc says what is not static about dlopen."""
    compile_c(ours.folder, '#include <dlfcn.h>\nint main(void) {'
              ' return dlopen("nothing", RTLD_NOW) == 0; }', '-fno-pie')
    for program in gnu, ours:
        done = links.run(['gcc', '-static', 'main.o', f'-B{program.name}.ld',
                          '-o', program.name], ours.folder)
        assert done.returncode == 0
        assert "warning: " in done.stdout and "Using 'dlopen'" in done.stdout
    assert ours.run() == gnu.run()


def test_verbose_prints_a_script_that_can_be_used(desk):
    source = '.globl _start\n_start: ret\n.data\n.quad _end, __bss_start\n'
    name = desk.assemble('a.o', source)
    shown = links.run([links.BOOTLINK_LD, '--verbose'], desk.folder)
    assert shown.returncode == 0
    desk.write('shown.ld', shown.stdout.split('=' * 50)[1])
    with_it = desk.link(links.BOOTLINK_LD, 'one', ['-T', 'shown.ld', name])
    without = desk.link(links.BOOTLINK_LD, 'two', [name])
    theirs = desk.link(links.GNU_LD, 'three', [name])
    assert not links.differences(with_it, without)
    assert not links.differences(without, theirs)
    assert not links.differences(
        desk.link(links.GNU_LD, 'four', ['-T', 'shown.ld', name]), theirs)
