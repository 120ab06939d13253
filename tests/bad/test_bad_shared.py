# SPDX-License-Identifier: BSD-2-Clause
"""Shared objects that are no module, are damaged, or were made to do harm. Each
message must say where and what in these words; nothing may crash or hang."""

import struct
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'differential'))

import elf  # noqa: E402
import shared_model  # noqa: E402
from test_shared import (MODULE, USER, shared,  # noqa: E402,F401 (a fixture)
                         versioned)

MARK = ('#include <bootlink/module.h>\n'
        'MODULE_DESCRIPTION("for a test");\n')

# ---- Whole files that a module cannot be -------------------------------------

REFUSED = {
    'unmarked': ('int f(void) { return 1; }', [],
                 'm.so: a shared object that is not marked as a module; use a '
                 'macro of <bootlink/module.h> in it'),
    'interpreter': (MARK + 'const char i[] __attribute__((section(".interp")))'
                    ' = "/lib/ld.so"; int f(void) { return 1; }', [],
                    'm.so: is a program with an interpreter (PT_INTERP); link '
                    'a module with -shared'),
    'thread-local': (MARK + '__thread int t; int f(void) { return t; }', [],
                     'm.so: has thread-local variables (PT_TLS)'),
    'thread-local-of-others': (
        MARK + 'extern __thread int t; int f(void) { return t; }', [],
        "m.so: 't' is a thread-local variable; a module has none"),
    'init-function': (MARK + 'void f(void) { }', ['-Wl,-init,f'],
                      'm.so: its dynamic section has DT_INIT; '
                      'give the function __attribute__((constructor))'),
    'fini-function': (MARK + 'void f(void) { }', ['-Wl,-fini,f'],
                      'm.so: its dynamic section has DT_FINI; '
                      'give the function __attribute__((destructor))'),
    'filter': (MARK, ['-Wl,-F,other.so'], 'm.so: its dynamic section has DT_FILTER'),
    'text-relocations': (
        MARK + 'extern int x; __asm__(".text; .quad x");', ['-Wl,-z,notext'],
        'm.so: its dynamic section has DT_TEXTREL, relocations in code; compile '
        'with -fPIC'),
    'undefined': (
        MARK + 'void g(void); void f(void) { g(); }', [],
        "m.so:(.got.plt+0x18): undefined reference to 'g'"),
    'undefined-pointer': (
        MARK + 'extern int g; int *p = &g;', [],
        "m.so:(.data+0x0): undefined reference to 'g'"),
    'hidden-export': (
        MARK + '__attribute__((visibility("hidden"))) void f(void) { }\n'
        'EXPORT_SYMBOL(f);', [], "m.so: EXPORT_SYMBOL of 'f', which is local"),
    'two-inits': (
        MARK + 'static int a(const char *p) { return !p; } module_init(a);\n'
        '__asm__(".section .bootlink.init,\\"aw\\"; .quad a; .text");', [],
        'm.so: a second module_init; a module has one'),
    'writable-code': (MARK + 'void f(void) { }', ['-Wl,-N'],
                      'is writable and executable'),
}


@pytest.mark.parametrize('case', REFUSED)
def test_refused(shared, case):  # noqa: F811
    text, flags, wanted = REFUSED[case]
    shared.make('m.so', text, *flags)
    message = shared.refused('m.so')
    assert wanted in message, message


def test_weak_references_may_stay_undefined(shared):  # noqa: F811
    shared.make('m.so', MARK + '__attribute__((weak)) extern int g;'
                ' int *p = &g;')
    shared.link('m.so')
    shared.check('m')


# ---- Damaged files -------------------------------------------------------------

class File:
    """A shared object to be damaged: fields by name."""

    def __init__(self, path):
        self.path = path
        self.data = bytearray(path.read_bytes())
        self.elf = elf.read(path)

    def offset(self, address):
        for s in self.elf.segments:
            if s.type == elf.PT_LOAD and 0 <= address - s.address < s.file_size:
                return s.offset + address - s.address
        raise AssertionError(hex(address))

    def put(self, offset, value, size=8):
        self.data[offset:offset + size] = (
            value % (1 << 8 * size)).to_bytes(size, 'little')

    def segment(self, kind, number=0):
        """The file offset of a program header."""
        at = struct.unpack_from('<Q', self.data, 32)[0]
        found = [i for i, s in enumerate(self.elf.segments) if s.type == kind]
        return at + found[number] * 56

    def tag(self, wanted):
        """The file offset of the value of a dynamic tag."""
        table = next(s for s in self.elf.segments if s.type == 2)
        for at in range(table.offset, table.offset + table.file_size, 16):
            tag, value = struct.unpack_from('<QQ', self.data, at)
            if tag == wanted:
                return at + 8
        raise AssertionError(wanted)

    def tag_value(self, wanted):
        return struct.unpack_from('<Q', self.data, self.tag(wanted))[0]

    def table(self, wanted):
        """The file offset of what a tag points to."""
        return self.offset(self.tag_value(wanted))

    def header(self, name):
        """The file offset of a section header."""
        at = struct.unpack_from('<Q', self.data, 40)[0]
        index = [s.name for s in self.elf.sections].index(name)
        return at + index * 64

    def save(self):
        self.path.write_bytes(self.data)


LOAD, DYNAMIC, RELRO = 1, 2, shared_model.PT_GNU_RELRO
NEEDED, PLTRELSZ, HASH, STRTAB, SYMTAB, RELA, RELASZ = 1, 2, 4, 5, 6, 7, 8
RELAENT, STRSZ, INIT_ARRAY, INIT_ARRAYSZ, RELR, RELRSZ = 9, 10, 25, 27, 36, 35
GNU_HASH, SONAME, JMPREL, PLTREL, SYMENT = 0x6ffffef5, 14, 23, 20, 11


def relocation(f, number, type_=None, symbol=None, place=None):
    at = f.table(RELA) + 24 * number
    info = struct.unpack_from('<Q', f.data, at + 8)[0]
    if type_ is not None:
        info = info >> 32 << 32 | type_
    if symbol is not None:
        info = info & 0xffffffff | symbol << 32
    f.put(at + 8, info)
    if place is not None:
        f.put(at, place)


def symbol(f, name):
    """The file offset of a dynamic symbol."""
    names = f.elf.section('.dynstr').data
    table = f.elf.section('.dynsym')
    for at in range(table.offset, table.offset + table.size, 24):
        start = struct.unpack_from('<I', f.data, at)[0]
        if names[start:].split(b'\0')[0] == name.encode():
            return at
    raise AssertionError(name)


def swap_segments(f):
    a, b = f.segment(LOAD, 1), f.segment(LOAD, 2)
    f.data[a:a + 56], f.data[b:b + 56] = f.data[b:b + 56], f.data[a:a + 56]


def endless_gnu_chains(f):
    at = f.table(GNU_HASH)
    buckets, _, words, _ = struct.unpack_from('<IIII', f.data, at)
    chains = at + 16 + 8 * words + 4 * buckets
    for i in range(chains, f.elf.section('.gnu.hash').offset
                   + f.elf.section('.gnu.hash').size, 4):
        f.put(i, struct.unpack_from('<I', f.data, i)[0] & ~1, 4)


def gnu_bucket(f, value):
    at = f.table(GNU_HASH)
    words = struct.unpack_from('<I', f.data, at + 8)[0]
    f.put(at + 16 + 8 * words, value, 4)


def sysv_loop(f):
    """Each symbol's successor is itself."""
    at = f.table(HASH)
    buckets, chains = struct.unpack_from('<II', f.data, at)
    for i in range(chains):
        f.put(at + 8 + 4 * buckets + 4 * i, i, 4)


# what is damaged: (how, flags of the file, words of the message)
DAMAGED = {
    'no-segments': (lambda f: f.put(56, 0, 2), 'its program headers are not in the file'),
    'segments-of-odd-size': (lambda f: f.put(54, 55, 2),
                             'its program headers are not'),
    'segments-far-away': (lambda f: f.put(32, -8), 'its program headers are not in the file'),
    'more-in-file-than-in-memory': (
        lambda f: f.put(f.segment(LOAD) + 40, 1), 'segment 0: its bytes'),
    'segment-behind-the-file': (
        lambda f: f.put(f.segment(LOAD, 1) + 8, 1 << 40),
        'segment 1: its bytes are not in the file'),
    'segment-behind-the-end-of-addresses': (
        lambda f: f.put(f.segment(LOAD, 3) + 40, -1), 'segment 3: its bytes'),
    'alignment-of-three': (lambda f: f.put(f.segment(LOAD) + 48, 3),
                           'segment 0: alignment 3 is not a power of two'),
    'alignment-of-2-to-63': (lambda f: f.put(f.segment(LOAD) + 48, 1 << 63),
                             'm.so: its segments do not fit at 0x'),
    'segments-overlap': (lambda f: f.put(f.segment(LOAD) + 40, 0x1001),
                         'segments 0 and 1 overlap, or do not ascend'),
    'segments-out-of-order': (swap_segments,
                              'segments 1 and 2 overlap, or do not ascend'),
    'huge-bss': (lambda f: f.put(f.segment(LOAD, 3) + 40, 1 << 44),
                 'm.so: its segments do not fit at 0x'),
    'no-dynamic-section': (lambda f: f.put(f.segment(DYNAMIC), 0, 4),
                           'no dynamic segment'),
    'dynamic-section-elsewhere': (
        lambda f: f.put(f.segment(DYNAMIC) + 16, 1 << 50),
        'its dynamic section, at 0x4000000000000, is in no'),
    'section-elsewhere': (
        lambda f: f.put(f.header('.data') + 16, 0x100),
        '(.data), at 0x100, is not in a segment, or at'),
    'section-of-other-bytes': (
        lambda f: f.put(f.header('.data') + 24, 0x100), 'is not in a segment'),
    'bss-too-long': (
        lambda f: f.put(f.header('.bss') + 32, 1 << 33), '(.bss), at 0x'),
    'names-elsewhere': (lambda f: f.put(f.tag(STRTAB), 1 << 60),
                        'DT_STRTAB: 0x'),
    'names-too-long': (lambda f: f.put(f.tag(STRSZ), 1 << 62), 'DT_STRTAB: 0x'),
    'symbols-elsewhere': (
        lambda f: f.put(f.tag(SYMTAB), 0x40),
        'no section of type SHT_DYNSYM with whole symbols is where DT_SYMTAB '
        'says (0x40)'),
    'symbols-of-odd-size': (lambda f: f.put(f.header('.dynsym') + 32, 100),
                            'no section of type SHT_DYNSYM'),
    'symbol-name-outside': (lambda f: f.put(symbol(f, 'add'), 1 << 31, 4),
                            'name at 0x80000000 is outside the string table'),
    'symbol-of-no-section': (
        lambda f: f.put(symbol(f, 'add') + 6, 0x7777, 2), 'section 30583 of'),
    'symbol-outside-of-its-section': (
        lambda f: f.put(symbol(f, 'add') + 8, 1 << 40),
        '(add): 0x10000000000 is not in section .text'),
    'common-symbol': (lambda f: f.put(symbol(f, 'add') + 6, 0xfff2, 2),
                      'common'),
    'thread-local-symbol': (
        lambda f: f.put(symbol(f, 'nobody') + 4, 0x26, 1),
        "'nobody' is a thread-local variable"),
    'relocations-elsewhere': (lambda f: f.put(f.tag(RELA), 1 << 60),
                              'DT_RELA: 0x'),
    'relocations-past-the-segment': (lambda f: f.put(f.tag(RELASZ), 24 << 30),
                                     'DT_RELA: 0x'),
    'half-a-relocation': (lambda f: f.put(f.tag(RELASZ), 25), 'DT_RELA: 0x19'),
    'relocations-of-odd-size': (lambda f: f.put(f.tag(RELAENT), 25),
                                'DT_RELAENT is 25, not 24'),
    'plt-relocations-without-addends': (lambda f: f.put(f.tag(PLTREL), 17),
                                        'DT_PLTREL is 17, not 7'),
    'plt-relocations-elsewhere': (lambda f: f.put(f.tag(JMPREL), -24),
                                  'DT_JMPREL: 0x'),
    'constructors-elsewhere': (lambda f: f.put(f.tag(INIT_ARRAY), -8),
                               'DT_INIT_ARRAY: 0x'),
    'half-a-constructor': (lambda f: f.put(f.tag(INIT_ARRAYSZ), 12),
                           'DT_INIT_ARRAY: 0xc bytes'),
    'copy': (lambda f: relocation(f, -0, type_=5),
             'relocation type 5, R_X86_64_COPY, is not one of a shared '),
    'pc32': (lambda f: relocation(f, 0, type_=2),
             'R_X86_64_PC32, is not one of a shared object\'s that is a '
             'module; compile with -fPIC'),
    'dtpmod64': (lambda f: relocation(f, 0, type_=16),
                 'R_X86_64_DTPMOD64, is not one of a shared object\'s that is '
                 'a module; a module has no thread-local variables'),
    'unknown-type': (lambda f: relocation(f, 0, type_=99),
                     'relocation type 99, unknown'),
    'relocation-of-code': (
        lambda f: relocation(f, 0, place=0x1010),
        'm.so:(.plt+0x10): a relocation of what cannot be written (a text '
        'relocation); compile with -fPIC'),
    'relocation-of-nothing': (lambda f: relocation(f, 0, place=1 << 50),
                              'a relocation for 0x4000000000000, which is in '
                              'no segment'),
    'relocation-over-the-end': (
        lambda f: relocation(f, 0, place=0x5000000 - 4), 'is in no segment'),
    'symbol-that-is-not-there': (
        lambda f: relocation(f, 0, type_=1, symbol=1 << 20),
        'against symbol 1048576 of'),
    'gnu-hash-elsewhere': (lambda f: f.put(f.tag(GNU_HASH), 1 << 55),
                           'DT_GNU_HASH: 0 buckets'),
    'gnu-hash-without-buckets': (
        lambda f: f.put(f.table(GNU_HASH), 0, 4), 'words of filter, shifted by'),
    'gnu-hash-of-many-buckets': (
        lambda f: f.put(f.table(GNU_HASH), -1, 4), 'words of filter, shifted by'),
    'gnu-hash-without-filter': (
        lambda f: f.put(f.table(GNU_HASH) + 8, 0, 4), '0 words of filter'),
    'gnu-hash-filter-of-three': (
        lambda f: f.put(f.table(GNU_HASH) + 8, 3, 4), '3 words of filter'),
    'gnu-hash-filter-shifted-away': (
        lambda f: f.put(f.table(GNU_HASH) + 12, 64, 4), 'shifted by 64'),
    'gnu-hash-begins-late': (
        lambda f: f.put(f.table(GNU_HASH) + 4, 1 << 30, 4),
        'begins a chain at symbol'),
    'gnu-hash-bucket-outside': (lambda f: gnu_bucket(f, 1 << 31),
                                'DT_GNU_HASH: bucket 0 begins a chain at'),
    'gnu-hash-bucket-before': (lambda f: gnu_bucket(f, 1),
                               'DT_GNU_HASH: bucket 0 begins a chain at'),
    'gnu-hash-never-ends': (endless_gnu_chains, 'that leaves them, or is too long'),
    'hash-elsewhere': (lambda f: f.put(f.tag(HASH), 1 << 55),
                       'DT_HASH: 0 buckets'),
    'hash-without-buckets': (lambda f: f.put(f.table(HASH), 0, 4),
                             'DT_HASH: '),
    'hash-of-other-symbols': (lambda f: f.put(f.table(HASH) + 4, 7, 4),
                              'and 7 chains for'),
    'hash-of-many-buckets': (lambda f: f.put(f.table(HASH), -1, 4),
                             'DT_HASH: '),
    'hash-bucket-outside': (lambda f: f.put(f.table(HASH) + 8, 1 << 30, 4),
                            'DT_HASH: the chain of bucket 0 leaves'),
    'hash-loop': (sysv_loop, 'DT_HASH: the chain of bucket'),
}
SYSV = '-Wl,--hash-style=sysv'


@pytest.mark.parametrize('case', DAMAGED)
def test_damaged(shared, case):  # noqa: F811
    damage, wanted = DAMAGED[case]
    style = SYSV if case.startswith('hash') else '-Wl,--hash-style=gnu'
    path = shared.make('m.so', MODULE, style)
    file = File(path)
    damage(file)
    file.save()
    message = shared.refused('m.so')
    assert wanted in message, message


RELR_DAMAGED = {
    'relr-elsewhere': (lambda f: f.put(f.tag(RELR), 1 << 55), 'DT_RELR: 0x'),
    'relr-of-odd-size': (lambda f: f.put(f.tag(RELRSZ), 9), 'DT_RELR: 0x9'),
    'relr-of-nothing': (lambda f: f.put(f.table(RELR), 1 << 40),
                        'which is in no segment'),
    'relr-begins-with-a-map': (lambda f: f.put(f.table(RELR), 3),
                               'a text relocation'),
}


@pytest.mark.parametrize('case', RELR_DAMAGED)
def test_damaged_relr(shared, case):  # noqa: F811
    damage, wanted = RELR_DAMAGED[case]
    path = shared.make('m.so', MODULE, '-Wl,-z,pack-relative-relocs')
    file = File(path)
    damage(file)
    file.save()
    message = shared.refused('m.so')
    assert wanted in message, message


def test_many_segments(shared):  # noqa: F811
    """They are not looked through for each relocation."""
    path = shared.make('m.so', MODULE)
    file = File(path)
    file.put(32, len(file.data))  # e_phoff
    file.put(56, 0x8000, 2)
    for i in range(0x8000):
        file.data += struct.pack('<IIQQQQQQ', LOAD, 4, 0, 0x1000000 + i * 16,
                                 0, 0, 16, 16)
    file.save()
    assert 'm.so: more than 32 loaded segments' in shared.refused('m.so')


VERSIONS = {
    'versions-elsewhere': (lambda f: f.put(f.tag(0x6ffffff0), 1 << 40),
                           'DT_VERSYM is not in one segment'),
    'definitions-elsewhere': (lambda f: f.put(f.tag(0x6ffffffc), 1 << 40),
                              'DT_VERDEF: a record at 0x10000000000 is not'),
    'two-of-a-number': (
        lambda f: f.put(f.table(0x6ffffffc) + 28 + 28 + 4, 2, 2),
        "has number 2, as another one has, or none"),
    'name-of-a-version-outside': (
        lambda f: f.put(f.table(0x6ffffffc) + 28 + 20, 1 << 30, 4),
        'DT_VERDEF: a name at 0x40000000 is outside of DT_STRTAB'),
}


@pytest.mark.parametrize('case', VERSIONS)
def test_damaged_versions(shared, case):  # noqa: F811
    damage, wanted = VERSIONS[case]
    path = versioned(shared)
    file = File(path)
    damage(file)
    file.save()
    message = shared.refused('lib.so')
    assert wanted in message, message


def test_a_version_of_nobodys_library(shared):  # noqa: F811
    versioned(shared)
    path = shared.make('m.so', USER, 'lib.so')
    file = File(path)
    names = file.elf.section('.dynstr').data
    file.put(file.table(0x6ffffffe) + 4, names.index(b'twice'), 4)
    file.save()
    assert ("' of 'twice', which no DT_NEEDED names"
            in shared.refused('m.so'))


def test_cut_off_anywhere(shared):  # noqa: F811
    path = shared.make('m.so', MODULE)
    whole = path.read_bytes()
    for size in [1, 17, 63, 64, 100, 600, 0x1000, 0x2000, 0x2fff, len(whole) - 1]:
        path.write_bytes(whole[:size])
        assert 'm.so' in shared.refused('m.so')


def test_with_other_objects_in_one_module(shared):  # noqa: F811
    """An archive of a shared object is no module."""
    shared.make('x.so', MODULE)
    subprocess.run(['ar', 'rcs', 'm.a', 'x.so'], cwd=shared.folder, check=True)
    assert 'm.a(x.so): a shared object (ET_DYN)' in shared.refused('m.a')
