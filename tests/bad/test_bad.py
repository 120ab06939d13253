# SPDX-License-Identifier: BSD-2-Clause
"""Bad input, given to the linker built with sanitizers.

Each must end in a message that says where, what and what to do, with exit
status 1 and no output. What is damaged where nothing looks may be linked: it
is named in HARMLESS, and must not crash.
"""

import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

import corrupt

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get('BUILD', 'build')
TOOL = os.environ.get('BOOTLINK_ASAN', str(BUILD / 'bootlink-asan'))
SCRIPT = corrupt.SECTIONS % '.bss : { *(.bss COMMON) }'
SECONDS = 30
SANITIZERS = {'ASAN_OPTIONS': 'exitcode=99:allocator_may_return_null=1:'
                              'max_allocation_size_mb=1000',
              'UBSAN_OPTIONS': 'exitcode=99:halt_on_error=1'}

HARMLESS = {
    'group-entry-size-wrong', 'relocation-section-is-its-own',
    'script-empty', 'script-operators-10000',
    'symbol-ifunc', 'symbol-value-behind-its-section',
    'tls-section',  # as GNU ld
    'bss-of-2-62',  # takes no room in a file; test_larger_than_memory
}


def assemble(source, *flags):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'x.o')
        subprocess.run(['as', *flags, '-o', path, '-'], input=source, text=True,
                       check=True)
        return path.read_bytes()


GOOD = assemble(corrupt.SOURCE, '--64')
NEEDS = assemble('.globl _start\n.text\n_start: call helper\n', '--64')
FOREIGN = assemble('.globl _start\n_start: ret\n', '--32')
DEFECTS = corrupt.defects(GOOD, FOREIGN)


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp('bad')
    (folder / 'good.ld').write_text(SCRIPT)
    (folder / 'good.o').write_bytes(GOOD)
    (folder / 'needs.o').write_bytes(NEEDS)
    return folder


def link(folder, *arguments):
    """Links into `out`, which must be there afterwards if all is well and not
    otherwise. Returns the exit status and the messages."""
    (folder / 'out').unlink(missing_ok=True)
    done = subprocess.run([TOOL, 'ld', '-o', 'out', *arguments], cwd=folder,
                          text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, errors='replace',
                          timeout=SECONDS, env={**os.environ, **SANITIZERS})
    assert done.returncode in (0, 1), done.stderr
    assert (folder / 'out').exists() == (done.returncode == 0)
    assert not list(folder.glob('out.*')), 'a temporary file is left behind'
    return done.returncode, done.stderr


def link_defect(folder, name):
    bad = DEFECTS[name]
    (folder / name).write_bytes(bad.data)
    inputs = {'object': ['-T', 'good.ld', name],
              'archive': ['-T', 'good.ld', 'needs.o', name],
              'script': ['-T', name, 'good.o']}[bad.kind]
    return link(folder, *inputs)


def says_where_and_what_to_do(message, name):
    """A file, a section or a place in a script; then advice behind ';' or the
    line of the script with a caret."""
    where = f'{re.escape(name)}|good\\.o|section \\.\\w+'
    return re.search(where, message) and (
        ';' in message or re.search(r':\d+:\d+: .*\n.*\n.* *\^', message))


def without_places(message):
    """The first line with what differs from file to file taken out."""
    text = re.sub(r'(?<=: )[\w.-]+(\([^)]*\))?(?=:)', 'FILE',
                  message.splitlines()[0], count=1)
    return re.sub(r'0x[0-9a-f]+|\d+', 'N', text)


def test_the_good_object_links(folder):
    assert link(folder, '-T', 'good.ld', 'good.o',
                '--no-warn-rwx-segments') == (0, '')


@pytest.mark.parametrize('name', [n for n in DEFECTS if n not in HARMLESS])
def test_defect_is_refused(folder, name):
    status, message = link_defect(folder, name)
    assert status == 1, 'it was linked'
    assert says_where_and_what_to_do(message, name), message


@pytest.mark.parametrize('name', sorted(HARMLESS))
def test_harmless_defect(folder, name):
    link_defect(folder, name)


def test_messages_tell_defects_apart(folder):
    texts = [link_defect(folder, name)[1]
             for name in DEFECTS if name not in HARMLESS]
    messages = {without_places(text) for text in texts if text}
    assert len(texts) >= 40
    assert len(messages) >= 30, '\n'.join(sorted(messages))


@pytest.mark.parametrize('table', ['header', 'section', 'symbol',
                                   'relocation'])
def test_every_field_at_its_extremes(folder, table):
    for name, data in corrupt.every_field(GOOD):
        if not name.startswith(table):
            continue
        (folder / 'field.o').write_bytes(data)
        try:
            link(folder, '-T', 'good.ld', 'field.o')
        except AssertionError as failure:
            raise AssertionError(f'{name}: {failure}') from None


@pytest.mark.parametrize('arguments,wanted', [
    (['-T', 'good.ld', 'missing.o'], 'missing.o'),
    (['-T', 'missing.ld', 'good.o'], 'missing.ld'),
    (['-T', 'good.ld', 'good.o', '-lmissing'], '-lmissing'),
    (['-T', 'good.ld', '.'], 'Is a directory'),
    (['-T', 'good.ld'], 'no input'),
    (['-T', 'good.ld', 'good.o', ''], 'is empty'),
    (['-T', 'good.ld', 'good.o', '--gc-selection'], '--gc-sections'),
    (['-T', 'good.ld', 'good.o', '--whole-archives'], '--whole-archive'),
    (['-T', 'good.ld', 'good.o', '--shared'], '--shared'),
    (['-T', 'good.ld', 'good.o', '-Ttext=start'], 'hexadecimal'),
    (['-T', 'good.ld', 'good.o', '--section-start=.text'], '.section=address'),
    (['-T', 'good.ld', 'good.o', '-z', 'common-page-size=3'], 'power of two'),
    (['-T', 'good.ld', 'good.o', '-m', 'elf_i386'], 'elf_x86_64'),
    (['-T', 'good.ld', 'good.o', '--defsym', 'x'], '--defsym'),
    (['-T', 'good.ld', 'good.o', '--defsym', 'x=1+'], '--defsym'),
    (['-T', 'good.ld', 'good.o', '-z', 'max-page-size=5'], 'max-page-size'),
    (['-T', 'good.ld', 'good.o', '-e'], '-e'),
    (['-T', 'good.ld', 'good.o', 'good.o'], '_start'),
    (['-T', 'good.ld', 'needs.o'], 'helper'),
    (['-T', 'good.ld', 'good.o', '--end-group'], '--end-group'),
])
def test_command_line_is_refused(folder, arguments, wanted):
    status, message = link(folder, *arguments)
    assert status == 1
    assert wanted in message


def test_output_folder_that_is_not_there(folder):
    status, message = link(folder, '-T', 'good.ld', 'good.o', '-o',
                           'nowhere/out')
    assert status == 1 and 'nowhere/out' in message


def test_output_stays_when_a_link_fails(folder):
    (folder / 'kept').write_text('before')
    link(folder, '-T', 'good.ld', 'needs.o', '-o', 'kept')
    assert (folder / 'kept').read_text() == 'before'


def start(folder, *arguments):
    return subprocess.Popen([TOOL, 'ld', '-T', 'good.ld', '-o', 'out',
                             *arguments], cwd=folder, stderr=subprocess.PIPE,
                            text=True, env={**os.environ, **SANITIZERS})


def test_an_input_that_gets_shorter_while_it_is_linked(folder):
    """The second input is a pipe: when the linker opens that, it has mapped
    the first."""
    (folder / 'shrinks.o').write_bytes(GOOD)
    os.mkfifo(folder / 'pipe')
    linker = start(folder, 'shrinks.o', 'pipe')
    with open(folder / 'pipe', 'wb') as pipe:
        os.truncate(folder / 'shrinks.o', 0)
        pipe.write(assemble('.data\n.quad 1\n', '--64'))
    _, message = linker.communicate(timeout=SECONDS)
    assert linker.returncode == 1
    assert 'got shorter' in message and '; link again' in message
    assert not list(folder.glob('out*'))


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_no_file(folder, number):
    """It comes when the output is written, and has its own name not yet. What
    runs in the background of a shell ignores SIGINT; here nothing does."""
    (folder / 'rename.c').write_text(
        '#include <signal.h>\n'
        'int rename(const char *from, const char *to)\n'
        '{ return raise(%d); }\n' % number)
    subprocess.run(['cc', '-shared', '-fPIC', '-o', 'rename.so', 'rename.c'],
                   cwd=folder, check=True)
    (folder / 'out').unlink(missing_ok=True)
    done = subprocess.run([BUILD / 'bootlink', 'ld', '-T', 'good.ld', '-o',
                           'out', 'good.o'], cwd=folder, timeout=SECONDS,
                          env={**os.environ, 'LD_PRELOAD': './rename.so'},
                          preexec_fn=lambda: signal.signal(number,
                                                           signal.SIG_DFL))
    assert done.returncode == -number
    assert not list(folder.glob('out*'))


def link_for_boot(folder, name, data, script='good.ld'):
    """As firmware does: into memory, with an entry."""
    (folder / name).write_bytes(data)
    done = subprocess.run([TOOL, 'link', '--script', script, name],
                          cwd=folder, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=SECONDS,
                          env={**os.environ, **SANITIZERS})
    assert done.returncode == 1, done.stderr
    return done.stderr


def test_no_start(folder):
    message = link_for_boot(folder, 'data.o',
                            assemble('.data\n.quad 1\n', '--64'))
    assert '_start' in message


def test_larger_than_memory(folder):
    message = link_for_boot(folder, 'large.o', DEFECTS['bss-of-2-62'].data)
    assert 'memory' in message and ';' in message


@pytest.mark.parametrize('source,wanted', [
    ('.comm __gnu_lto_slim,1,1\n', '-flto'),
    ('.data\n.quad 0\n.reloc 0, R_X86_64_GLOB_DAT, x\n',
     'R_X86_64_GLOB_DAT'),
])
def test_valid_but_not_supported(folder, source, wanted):
    (folder / 'not_yet.o').write_bytes(assemble(source, '--64'))
    status, message = link(folder, '-T', 'good.ld', 'good.o', 'not_yet.o')
    assert status == 1 and wanted in message and 'not_yet.o' in message


def test_every_duplicate_is_shown(folder):
    source = assemble('.globl one, two\none: two: ret\n', '--64')
    (folder / 'one.o').write_bytes(source)
    (folder / 'two.o').write_bytes(source)
    status, message = link(folder, '-T', 'good.ld', 'one.o', 'two.o')
    assert status == 1
    assert all(f"multiple definition of '{name}'" in message
               for name in ('one', 'two'))


def test_a_hundred_errors_are_enough(folder):
    calls = ''.join(f'call missing{i}\n' for i in range(1000))
    (folder / 'many.o').write_bytes(assemble(calls, '--64'))
    status, message = link(folder, '-T', 'good.ld', 'good.o', 'many.o')
    assert status == 1 and message.count('undefined reference') == 100
    assert 'more than 100 errors' in message
