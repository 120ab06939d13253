# SPDX-License-Identifier: BSD-2-Clause
"""Small inputs that ask for much.

Whatever an input says, the linker takes a bounded multiple of its bytes:
MEMORY_MULTIPLE times in memory, SECONDS_PER_MIB of CPU time, and a little for
itself. A cost that grew with the square of these inputs would be minutes.
"""

import os
import resource
import struct
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get('BUILD', 'build')
LINKER = os.environ.get('BOOTLINK_LD', str(BUILD / 'ld.bootlink'))
MEMORY_MULTIPLE, MEMORY_BASE = 32, 64 << 20
SECONDS_PER_MIB, SECONDS_BASE = 1.0, 1.0
UNDEFINED, ABSOLUTE = 0, 0xfff1  # [gABI: Special Section Indexes]
PLAIN = 'SECTIONS { .text : { *(.text*) } .data : { *(.data*) } }'


class Desk:
    """A folder, and one link in it."""

    def __init__(self, folder):
        self.folder = folder
        self.size = 0

    def write(self, name, data):
        data = data if isinstance(data, bytes) else data.encode()
        (self.folder / name).write_bytes(data)
        self.size += len(data)
        return name

    def assemble(self, name, source):
        subprocess.run(['as', '--64', '-o', name, '-'], input=source,
                       text=True, cwd=self.folder, check=True)
        self.size += (self.folder / name).stat().st_size
        return name

    def link(self, *arguments):
        """Exit status and messages; fails if it costs too much."""
        mib = self.size / 2**20
        seconds = SECONDS_BASE + SECONDS_PER_MIB * mib
        limit = MEMORY_BASE + MEMORY_MULTIPLE * self.size

        def set_limits():
            resource.setrlimit(resource.RLIMIT_CPU, (int(seconds + 1),) * 2)
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([LINKER, '-o', 'out', *arguments],
                              cwd=self.folder, preexec_fn=set_limits,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, errors='replace', timeout=300)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime - before.ru_utime
        assert done.returncode in (0, 1), (
            f'killed after {used:.1f} s: {done.stderr[-2000:]}')
        assert used <= seconds, f'{used:.1f} s for {mib:.2f} MiB'
        assert 'out of memory' not in done.stderr, done.stderr[-2000:]
        return done.returncode, done.stderr


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


# ---- Objects -----------------------------------------------------------------

def object_of_symbols(symbols, names):
    """An object that has nothing but global symbols: (name's offset, section
    index) each."""
    names = names + b'\0.symtab\0.strtab\0'
    table = b'\0' * 24 + b''.join(
        struct.pack('<IBBHQQ', name, 16, 0, section, 0, 0)
        for name, section in symbols)
    header = struct.pack('<16sHHIQQQIHHHHHH', b'\x7fELF\2\1\1', 1, 62, 1, 0, 0,
                         64, 0, 64, 0, 0, 64, 3, 2)
    at = 64 + 3 * 64
    symtab = struct.pack('<IIQQQQIIQQ', len(names) - 16, 2, 0, 0, at,
                         len(table), 2, 1, 8, 24)
    strtab = struct.pack('<IIQQQQIIQQ', len(names) - 8, 3, 0, 0,
                         at + len(table), len(names), 0, 0, 1, 0)
    return header + b'\0' * 64 + symtab + strtab + table + names


def overlapping_names(count, length):
    """Symbols whose names all lie in one long string."""
    return object_of_symbols([(1 + i % length, UNDEFINED)
                              for i in range(count)], b'\0' + b'n' * length)


def link_of_chain(i):
    """Defines f<i>, and needs the one before it."""
    names = f'\0f{i}\0'.encode()
    symbols = [(1, ABSOLUTE)]
    if i:
        symbols.append((len(names), UNDEFINED))
        names += f'f{i - 1}\0'.encode()
    return object_of_symbols(symbols, names)


def test_names_in_one_long_string(desk):
    desk.write('a.o', overlapping_names(40000, 1000000))
    desk.write('s.ld', PLAIN)
    status, text = desk.link('-T', 's.ld', 'a.o')
    assert status == 1 and 'its names overlap' in text


@pytest.mark.parametrize('directive', [
    '.bss\n.skip 0x7fffffffffffffff\n.skip 0x7ffffffffffffff0',
    '.bss\n.balign 0x40000000\n.skip 1',
    '.comm c, 0x7ffffffffffffff0, 0x4000000000000000',
])
def test_sizes_near_the_end_of_the_address_space(desk, directive):
    desk.assemble('a.o', f'.text\nnop\n{directive}\n')
    desk.write('s.ld', 'SECTIONS { .text : { *(.text) } .bss : { *(.bss COMMON)'
                       ' } .end : { BYTE(1) } }')
    desk.link('-T', 's.ld', 'a.o')


def test_many_sections_of_one_name(desk):
    desk.assemble('a.o', ''.join(
        f'.section .text, "ax", @progbits, unique, {i}\nnop\n'
        for i in range(4000)))
    desk.write('s.ld', PLAIN)
    assert desk.link('-T', 's.ld', 'a.o')[0] == 0


def test_many_orphans(desk):
    desk.assemble('a.o', ''.join(
        f'.section s{i}, "aw"\n.byte 1\n' for i in range(30000)))
    desk.write('s.ld', PLAIN)
    assert desk.link('-T', 's.ld', 'a.o')[0] == 0


def test_many_start_and_stop_symbols(desk):
    desk.assemble('a.o', ''.join(
        f'.section s{i}, "aw"\n.quad __start_s{i}, __stop_s{i}\n'
        for i in range(20000)))
    desk.write('s.ld', PLAIN)
    assert desk.link('-T', 's.ld', 'a.o')[0] == 0


def test_many_undefined_symbols(desk):
    desk.assemble('a.o', '.data\n' + ''.join(
        f'.quad undefined_{i}\n' for i in range(100000)))
    desk.write('s.ld', PLAIN)
    status, text = desk.link('-T', 's.ld', 'a.o')
    assert status == 1 and text.count('\n') < 500


def test_many_common_symbols(desk):
    desk.assemble('a.o', ''.join(
        f'.comm c{i}, {i % 64 + 1}, 8\n' for i in range(100000)))
    desk.write('s.ld', 'SECTIONS { .bss : { *(COMMON) } }')
    assert desk.link('-T', 's.ld', 'a.o')[0] == 0


def test_many_sorted_sections(desk):
    desk.assemble('a.o', ''.join(
        f'.section .text.{i * 7919 % 50000}, "ax"\nnop\n'
        for i in range(50000)))
    desk.write('s.ld', 'SECTIONS { .text : { *(SORT(.text.*)) } }')
    assert desk.link('-T', 's.ld', 'a.o')[0] == 0


def test_symbols_in_many_sections_that_come_out_empty(desk):
    desk.assemble('a.o', ''.join(
        f'.section .s{i}, "ax"\n.globl s{i}\ns{i}:\n' for i in range(50000)))
    desk.write('s.ld', PLAIN)
    assert desk.link('-T', 's.ld', 'a.o')[0] == 0


def test_sections_that_two_sorts_take(desk):
    desk.assemble('a.o', ''.join(
        f'.section .{"ab"[i % 2]}.{i * 7919 % 5000}, "ax"\nnop\n'
        for i in range(5000)))
    desk.write('s.ld', 'SECTIONS { .text : '
                       '{ *(SORT(.a.*) SORT_BY_ALIGNMENT(.b.*)) } }')
    assert desk.link('-T', 's.ld', 'a.o')[0] == 0


@pytest.mark.parametrize('text', ['"x"', '"' + 'x' * 60 + '%d"', '"%d' +
                                  'x' * 60 + '"'])
def test_many_strings(desk, text):
    strings = ''.join('.asciz ' + text.replace('%d', str(i)) + '\n'
                      for i in range(50000))
    desk.assemble('a.o', f'.section .rodata.str, "aMS", @progbits, 1\n{strings}')
    desk.write('s.ld', 'SECTIONS { .rodata : { *(.rodata*) } }')
    assert desk.link('-T', 's.ld', 'a.o')[0] == 0


def test_many_groups(desk):
    source = ''.join(f'.section .text.f{i}, "axG", @progbits, f{i}, comdat\n'
                     f'.weak f{i}\nf{i}: nop\n' for i in range(20000))
    desk.assemble('a.o', source)
    desk.assemble('b.o', source)
    desk.write('s.ld', PLAIN)
    assert desk.link('-T', 's.ld', 'a.o', 'b.o')[0] == 0


def test_a_long_chain_of_references(desk):
    """Each section keeps the next one: recursion would be 50,000 deep."""
    desk.assemble('a.o', ''.join(
        f'.section .text.f{i}, "ax"\nf{i}: .quad f{i + 1}\n'
        for i in range(50000)) + 'f50000:\n.globl f0\n')
    desk.write('s.ld', PLAIN)
    assert desk.link('-T', 's.ld', '--gc-sections', '-e', 'f0', 'a.o')[0] == 0


def test_many_unwind_tables(desk):
    desk.assemble('a.o', ''.join(
        f'.section .text.f{i}, "ax"\n.cfi_startproc\nnop\n'
        f'.cfi_def_cfa_offset {i % 5000 * 8}\nnop\n.cfi_endproc\n'
        for i in range(20000)))
    desk.write('s.ld', PLAIN)
    assert desk.link('-T', 's.ld', '--eh-frame-hdr', 'a.o')[0] == 0


# ---- Archives ----------------------------------------------------------------

def member(name, data):
    header = f'{name:16}{0:<12}{0:<6}{0:<6}{"644":8}{len(data):<10}`\n'
    return header.encode() + data + b'\n' * (len(data) & 1)


def archive(members, symbols):
    """An archive with its index; `ar` takes minutes for this many. Member i
    defines symbols[i]. [GNU ar]"""
    names = ''.join(f'{s}\0' for s in symbols).encode()
    at = 8 + len(member('/', bytes(4 + 4 * len(symbols)) + names))
    contents = [member(f'm{i}.o/', data) for i, data in enumerate(members)]
    offsets = []
    for content in contents:
        offsets.append(at)
        at += len(content)
    index = struct.pack(f'>I{len(offsets)}I', len(offsets), *offsets)
    return b'!<arch>\n' + member('/', index + names) + b''.join(contents)


def test_members_that_need_each_other_backwards(desk):
    """A turn of the archive's index brings one of them."""
    count = 40000
    desk.write('lib.a', archive([link_of_chain(i) for i in range(count)],
                                [f'f{i}' for i in range(count)]))
    desk.assemble('a.o', f'.quad f{count - 1}\n')
    desk.write('s.ld', PLAIN)
    assert desk.link('-T', 's.ld', 'a.o', 'lib.a')[0] == 0


def test_archives_that_need_each_other(desk):
    for name, defines, needs in (('p', 'f', 'g'), ('q', 'g', 'f')):
        desk.assemble(f'{name}.o', f'.globl {defines}\n{defines}: .quad {needs}')
        subprocess.run(['ar', 'qcsD', f'{name}.a', f'{name}.o'],
                       cwd=desk.folder, check=True)
    desk.assemble('a.o', '.quad f\n')
    desk.write('s.ld', PLAIN)
    assert desk.link('-T', 's.ld', 'a.o', '--start-group', 'p.a', 'q.a',
                     '--end-group')[0] == 0


# ---- Scripts -----------------------------------------------------------------

SCRIPTS = {
    'never-stable': 'SECTIONS { .a : { . += x; } x = SIZEOF(.a) + 1;'
                    ' .text : { *(.text) } }',
    'alternates': 'SECTIONS { .a : { . += (SIZEOF(.a) == 16 ? 32 : 16); }'
                  ' .text : { *(.text) } }',
    'aligned-to-2-62': 'SECTIONS { . = 1; . = ALIGN(1 << 62);'
                       ' .text : { *(.text) } }',
    'moved-by-2-62': 'SECTIONS { .text : { *(.text) . += 1 << 62; BYTE(1) } }',
    'subaligned-to-2-62': 'SECTIONS { .text : SUBALIGN(1 << 62) { *(.text) } }',
    'deep-parentheses': f'x = {"(" * 50000}1{")" * 50000};',
    'long-sum': f'x = {"1 + " * 50000} 1;',
    'many-assignments': ''.join(f'x{i} = x{i - 1} + 1;\n' if i else 'x0 = 0;\n'
                                for i in range(50000)),
    'backwards-assignments': ''.join(f'x{i} = x{i + 1} + 1;\n'
                                     for i in range(20000)),
    'many-sections': 'SECTIONS {' + ''.join(
        f's{i} : {{ BYTE({i % 256}) }}\n' for i in range(20000)) + '}',
    'many-sizes': 'SECTIONS {' + ''.join(
        f's{i} : {{ BYTE(1) }} x{i} = SIZEOF(s{i}) + ADDR(s{i // 2});\n'
        for i in range(10000)) + '}',
    'many-patterns': 'SECTIONS { .text : {' + ''.join(
        f'*(.text.{i})\n' for i in range(20000)) + '*(.text*) } }',
    'many-stars': 'SECTIONS { .text : { *(' + '*a' * 2000 + ') *(.text) } }',
    'includes-itself': 'INCLUDE includes-itself\n',
    'includes-twice': 'INCLUDE includes-twice\nINCLUDE includes-twice\n',
    'headers-that-count-themselves':
        'SECTIONS { . = SIZEOF_HEADERS * 4096; .text : { *(.text) } '
        '.data SIZEOF_HEADERS * 8192 : { BYTE(1) } }',
}


@pytest.mark.parametrize('name', SCRIPTS)
def test_script(desk, name):
    desk.assemble('a.o', '.text\nnop\n' + ''.join(
        f'.section .text.{i}, "ax"\nnop\n' for i in range(2000)))
    desk.write(name, SCRIPTS[name])
    status, text = desk.link('-T', name, 'a.o')
    assert status == 0 or text


def test_patterns_and_sections(desk):
    """5,000 patterns, 50,000 sections."""
    desk.assemble('a.o', ''.join(
        f'.section .text.{i}, "ax"\nnop\n' for i in range(50000)))
    desk.write('s.ld', 'SECTIONS { .text : {' + ''.join(
        f'*(.text.{i} .text.{i}.*)\n' for i in range(0, 50000, 10))
        + '*(.text*) } }')
    assert desk.link('-T', 's.ld', 'a.o')[0] == 0


def test_many_patterns_that_sort_by_priority(desk):
    desk.assemble('a.o', ''.join(f'.section .data.x{i},"aw"\n.byte 1\n'
                                 for i in range(20000)))
    desk.write('link.ld', 'SECTIONS { .data : { *('
               + ' '.join(f'SORT_BY_INIT_PRIORITY(.data.x{i})'
                          for i in range(20000)) + ') } }')
    assert desk.link('-T', 'link.ld', 'a.o')[0] == 0


@pytest.mark.parametrize('number', [lambda i: i, lambda i: i * 7919 % 60000])
def test_patterns_that_sort_in_different_ways(desk, number):
    desk.assemble('a.o', ''.join(f'.section .data.{number(i):05},"aw"\n.byte 1\n'
                                 for i in range(60000)))
    desk.write('link.ld', 'SECTIONS { .data : { *(SORT(.data.0*) .data.1*'
               ' SORT_BY_ALIGNMENT(.data.2*) SORT(.data.*)) } }')
    assert desk.link('-T', 'link.ld', 'a.o')[0] == 0
