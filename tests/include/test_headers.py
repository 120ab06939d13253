# SPDX-License-Identifier: BSD-2-Clause
"""The headers in include/bootlink/: each compiles alone, in C and in C++."""

import pathlib
import shutil
import subprocess

import pytest

INCLUDE = pathlib.Path(__file__).resolve().parents[2] / 'include'
HEADERS = sorted(path.name for path in (INCLUDE / 'bootlink').glob('*.h'))

# Oldest and newest language that a kernel may be written in. A compiler that is
# not installed is left out.
LANGUAGES = [(compiler, language)
             for compiler in ('gcc', 'clang', 'g++', 'clang++')
             for language in (('c++11', 'c++20') if '+' in compiler
                              else ('c99', 'c11'))
             if shutil.which(compiler)]

# What else a strict kernel may ask for where the macros are used.
STRICT = ['-Wshadow', '-Wconversion', '-Wcast-qual']
CPP = ['-Wold-style-cast', '-Wzero-as-null-pointer-constant']

# What a module is made of; in C++ as in C.
MODULE = '''
#include <bootlink/module.h>
#ifdef __cplusplus
extern "C"
#else
#include <stdbool.h>
#endif
void greet(void) {}
EXPORT_SYMBOL(greet);
#ifdef __cplusplus
#define NONE nullptr
#else
#define NONE 0
#endif
int table[2] = {1, 2};
EXPORT_SYMBOL_NS(table, "TABLES");
MODULE_IMPORT_NS("USB");
MODULE_IMPORT_NS("STORAGE");
MODULE_NAME("hello");
MODULE_VERSION("1.2");
MODULE_DESCRIPTION("says hello");
MODULE_AUTHOR("somebody");
MODULE_LICENSE("BSD");
MODULE_SOFTDEP("pre: a b post: c");
MODULE_REQUIRES("kernel", "1.0");
MODULE_REQUIRES("usb", "2.1");
static bool loud;
module_param(loud, bool);
MODULE_PARM_DESC(loud, "shout");
static int low = 1;
module_param(low, int);
static unsigned times;
module_param(times, uint);
static long l;
module_param_named(far_away, l, long);
static unsigned long u;
module_param(u, ulong);
static const char *whom = "you";
module_param(whom, string);
static int list[4];
static uint32_t listed;
module_param_array(list, int, &listed);
static const char *names[2];
module_param_array(names, string, NONE);
static int start(const char *parameters)
{
    return parameters[0] + loud + low + list[0] + whom[0] + names[0][0] +
           (times + u + listed > 1) + (l > 2);
}
static void stop(void) {}
module_init(start);
module_exit(stop);
'''

# A host of the linker; the name it calls must not be one of C++.
HOST = '''
#include <bootlink/link.h>
uint64_t entry(const struct bootlink_image *image);
uint64_t entry(const struct bootlink_image *image)
{
    struct bootlink_span name = {"_start", 6};
    return bootlink_lookup(image, name);
}
'''


def compiled(folder, compiler, language, source, *flags):
    """Compiles as strictly as a kernel might; the symbols of the object."""
    source_file, target = folder / 'source', folder / 'object.o'
    source_file.write_text(source, encoding='ascii')
    subprocess.run([compiler, '-x', 'c++' if '+' in compiler else 'c',
                    f'-std={language}', '-ffreestanding', '-pedantic', '-Wall',
                    '-Wextra', *flags, '-Werror', '-I', INCLUDE, '-c',
                    source_file, '-o', target], check=True)
    return subprocess.run(['nm', target], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.split()


def test_there_are_headers():
    assert HEADERS == ['bootinfo.h', 'lazy.h', 'link.h', 'module.h', 'modules.h']


@pytest.mark.parametrize('compiler, language', LANGUAGES)
@pytest.mark.parametrize('header', HEADERS)
def test_header_alone(tmp_path, header, compiler, language):
    """Twice: the guard holds. A strict compiler wants a declaration."""
    compiled(tmp_path, compiler, language,
             f'#include <bootlink/{header}>\n' * 2 + 'extern int nothing;\n')


@pytest.mark.parametrize('compiler, language', LANGUAGES)
def test_module(tmp_path, compiler, language):
    flags = [*STRICT, *(CPP if '+' in compiler else [])]
    assert 'greet' in compiled(tmp_path, compiler, language, MODULE, *flags)


WRONG = {
    'another type': 'static int x; module_param(x, uint);',
    'an unknown type': 'static int x; module_param(x, integer);',
    'a name of 40 bytes': f'static int {"x" * 40}; module_param({"x" * 40}, int);',
    'a namespace that is no string': 'int x; EXPORT_SYMBOL_NS(x, USB);',
    'a second init': 'static int f(const char *p) { return p[0]; }'
                     'module_init(f); module_init(f);',
}


@pytest.mark.parametrize('compiler, language', LANGUAGES)
@pytest.mark.parametrize('wrong', WRONG)
def test_a_module_that_does_not_compile(tmp_path, wrong, compiler, language):
    with pytest.raises(subprocess.CalledProcessError):
        compiled(tmp_path, compiler, language,
                 '#include <bootlink/module.h>\n' + WRONG[wrong] + '\n')


@pytest.mark.parametrize('compiler, language', LANGUAGES)
def test_names_are_those_of_c(tmp_path, compiler, language):
    assert 'bootlink_lookup' in compiled(tmp_path, compiler, language, HOST)


def test_a_header_that_does_not_compile_is_found(tmp_path):
    with pytest.raises(subprocess.CalledProcessError):
        compiled(tmp_path, 'gcc', 'c11', 'bootlink_span no_such_type;\n')
