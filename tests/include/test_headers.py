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

# What a module is made of; in C++ as in C.
MODULE = '''
#include <bootlink/module.h>
#ifdef __cplusplus
extern "C"
#endif
void greet(void) {}
EXPORT_SYMBOL(greet);
static int start(const char *parameters) { return parameters[0]; }
module_init(start);
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


def compiled(folder, compiler, language, source):
    """Compiles as strictly as a kernel might; the symbols of the object."""
    source_file, target = folder / 'source', folder / 'object.o'
    source_file.write_text(source, encoding='ascii')
    subprocess.run([compiler, '-x', 'c++' if '+' in compiler else 'c',
                    f'-std={language}', '-ffreestanding', '-pedantic', '-Wall',
                    '-Wextra', '-Werror', '-I', INCLUDE, '-c', source_file,
                    '-o', target], check=True)
    return subprocess.run(['nm', target], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.split()


def test_there_are_headers():
    assert HEADERS == ['bootinfo.h', 'link.h', 'module.h']


@pytest.mark.parametrize('compiler, language', LANGUAGES)
@pytest.mark.parametrize('header', HEADERS)
def test_header_alone(tmp_path, header, compiler, language):
    """Twice: the guard holds. A strict compiler wants a declaration."""
    compiled(tmp_path, compiler, language,
             f'#include <bootlink/{header}>\n' * 2 + 'extern int nothing;\n')


@pytest.mark.parametrize('compiler, language', LANGUAGES)
def test_module(tmp_path, compiler, language):
    assert 'greet' in compiled(tmp_path, compiler, language, MODULE)


@pytest.mark.parametrize('compiler, language', LANGUAGES)
def test_names_are_those_of_c(tmp_path, compiler, language):
    assert 'bootlink_lookup' in compiled(tmp_path, compiler, language, HOST)


def test_a_header_that_does_not_compile_is_found(tmp_path):
    with pytest.raises(subprocess.CalledProcessError):
        compiled(tmp_path, 'gcc', 'c11', 'bootlink_span no_such_type;\n')
