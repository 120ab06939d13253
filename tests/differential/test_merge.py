# SPDX-License-Identifier: BSD-2-Clause
"""SHF_MERGE: of equal strings and constants one is left [gABI: Sections].

BOOTLINK_MERGES is the number of random links (100), BOOTLINK_SEED the seed of
the first (1).
"""

import os
import struct

import pytest

import elf
import links
from cases import archive, build
from links import contents
from random_merge import Maker

FIRST = int(os.environ.get('BOOTLINK_SEED', '1'))
COUNT = int(os.environ.get('BOOTLINK_MERGES', '100'))

START = '.globl _start\n_start: nop\n'
SCRIPT = ('SECTIONS { . = 0x1000; .text : { *(.text) }'
          ' .rodata : { *(.rodata*) } .data : { *(.data) } }')
STRINGS = '.section .rodata.str1.1,"aMS",@progbits,1\n'
WIDE = '.section .rodata.str4.4,"aMS",@progbits,4\n.balign 4\n'
ALIGNED = '.section .rodata.str1.8,"aMS",@progbits,1\n.balign 8\n'
CONSTANTS = '.section .rodata.cst8,"aM",@progbits,8\n.balign 8\n'


@pytest.fixture
def merged(same, desk):
    """As `same`, of all sections; returns .rodata, or the section named."""

    def check(script=SCRIPT, options=(), section='.rodata', **sources):
        ours = same(script, options, **sources)
        theirs = elf.read(desk.folder / 'theirs')
        assert contents(ours) == contents(theirs)
        return contents(ours)[section][3]

    return check


# ---- what is merged -----------------------------------------------------------

def test_the_first_of_equal_strings_stays(merged):
    assert merged(a=START + STRINGS + '.string "one"\n.string "two"\n',
                  b=STRINGS + '.string "two"\n.string "three"\n'
                  ) == b'one\0two\0three\0'


def test_a_string_shares_the_end_of_another(merged):
    assert merged(a=START + STRINGS + '.string "world"\n',
                  b=STRINGS + '.string "hello world"\n.string "orld"\n'
                  ) == b'hello world\0'


def test_characters_of_four_bytes(merged):
    wide = WIDE + '.long 1, 2, 3, 0\n.long 2, 3, 0\n.long 0x300, 0\n'
    assert len(merged(a=START + wide, b=wide)) == 24


def test_ends_of_every_size(merged):
    long = ''.join(chr(ord('a') + i) for i in range(24))
    ends = ''.join(f'.string "{long[i:]}"\n.string "no {long[i:]}"\n'
                   f'.string "{long[i:]} no"\n' for i in range(1, 24))
    assert len(merged(a=START + STRINGS + ends + f'.string "{long}"\n',
                      b=STRINGS + f'.string "{long} no"\n')) == 25 + 28 + 368


def test_the_end_of_one_among_many_that_end_alike(merged):
    """More than are compared with each other: MANY of merge_alike.c."""
    end = 'the same last letters'
    many = ''.join(f'.string "{i:03} {end}"\n' for i in range(100))
    assert len(merged(a=START + STRINGS + f'.string "{end}"\n' + many,
                      b=STRINGS + f'.string "also 004 {end}"\n')
               ) == 99 * 26 + 31


def test_an_end_is_taken_out_between_others(merged):
    """Of a section from which strings are gone, and NULs; all are asked for."""
    merged(a=START + STRINGS + 's: .string "first", "same", "end", "", "kept", '
           '"same", "", "tail"\n.byte 0\n.string "last"\n'
           '.data\n' + ''.join(f'.quad s + {i}\n' for i in range(42)),
           b=STRINGS + 't: .string "same", "the end", "new", "last", "a tail"\n'
           '.data\n' + ''.join(f'.quad t + {i}\n' for i in range(30)))


def test_constants_share_no_ends(merged):
    assert len(merged(a=START + CONSTANTS + '.quad 1, 2, 1\n',
                      b=CONSTANTS + '.quad 2, 3\n')) == 24


def test_an_aligned_string_replaces_one_that_is_not(merged):
    assert merged(a=START + ALIGNED + '.string "x"\n.string "long"\n',
                  b=ALIGNED + '.string "long"\n'
                  ).startswith(b'x\0\0\0\0\0\0\0long\0')


def test_a_string_without_its_terminator_gets_one(merged):
    assert merged(a=START + STRINGS + '.ascii "end"\n',
                  b=STRINGS + '.string "the end"\n') == b'the end\0'


def test_empty_strings(merged):
    merged(a=START + STRINGS + 'e: .byte 0, 0\n.string "a"\n.byte 0\nf:\n'
           '.data\n.quad e, e+1, e+3, e+4, f\n', b=STRINGS + '.byte 0\n')


def test_writable_strings(merged):
    merged('SECTIONS { .text : { *(.text) } .w : { *(.w) } }', section='.w',
           a=START + '.section .w,"awMS",@progbits,1\n.string "a"\n.string "a"')


def test_archive_members_and_comdat_groups(merged):
    group = '.section .rodata.g,"aMSG",@progbits,1,g,comdat\n.string "group"\n'
    assert merged(options=['{a}', '{b}'],
                  a=START + 'call f\n' + group,
                  b=archive(f='.globl f\nf: nop\n' + group + STRINGS +
                            '.string "group"\n.string "member"\n')
                  ) == b'group\0member\0'


# ---- what is not --------------------------------------------------------------

@pytest.mark.parametrize('head, body', [
    ('"aM",@progbits,8', '.quad 1, _start, 1'),  # a relocation
    ('"aM",@progbits,8', '.quad 1, 1\n.byte 1'),  # not a multiple
    ('"aM",@progbits,2', '.balign 4\n.short 1, 1'),  # alignment above the size
    ('"aM",@progbits,6', '.balign 4\n.byte 1, 1'),  # no multiple of alignment
    ('"aMS",@progbits,3', '.balign 4\n.skip 12'),  # no power of two
    ('"aS",@progbits', '.string "a"\n.string "a"'),
])
def test_left_as_it_is(merged, head, body):
    section = f'.section .rodata.x,{head}\n{body}\n'
    once = merged(a=START + section)
    assert merged(a=START + section, b=section)[:len(once)] == once


def set_entry_size(path, name, entry_size):
    """The assembler would not write all that may stand in a section header."""
    data, output = bytearray(path.read_bytes()), elf.read(path)
    index = [s.name for s in output.sections].index(name)
    at = output.section_offset + index * elf.SECTION.size
    struct.pack_into('<Q', data, at + 56, entry_size)
    path.write_bytes(data)


@pytest.mark.parametrize('size', [0, 2, 3, 6, 7, 12, 13, 2**31])
@pytest.mark.parametrize('flags', ['aM', 'aMS'])
def test_sizes_of_entries(desk, flags, size):
    """Of 12 bytes in which many entries could be seen."""
    arguments = build(desk, SCRIPT, [], {
        'a': START + f'.section .rodata.x,"{flags}",@progbits,1\n'
        'x: .byte 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0\n.data\n'
        '.quad x, x+1, x+2, x+3, x+6, x+9, x+11, x+12\n'})
    set_entry_size(desk.folder / 'a.o', '.rodata.x', size)
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    theirs = desk.link(links.GNU_LD, 'theirs', arguments)
    assert links.differences(ours, theirs) == []


@pytest.mark.parametrize('options', [[], ['-r']])
def test_the_size_of_entries_that_cannot_be_merged_is_forgotten(desk, options):
    """objtool writes such sizes into the unwind tables of Linux."""
    names = ('.data', 'set', '.debug_x')
    arguments = build(desk, SCRIPT, options, {
        name: START.replace('_start', '_start' + name) +
        '.data\n.quad 1\n.section set,"a"\n.quad 2\n.section .debug_x,""\n'
        '.quad 3\n' for name in 'ab'})
    for file in 'ab':
        for name in names:
            set_entry_size(desk.folder / f'{file}.o', name, 8)
    for linker in (links.BOOTLINK_LD, links.GNU_LD):
        output = desk.link(linker, 'output', arguments)
        assert [output.section(name).entry_size for name in names] == [0] * 3


def test_map_says_what_is_left(desk):
    arguments = build(desk, SCRIPT, [], {
        'a': START + STRINGS + '.string "one"\n.string "one"\n'})
    desk.link(links.BOOTLINK_LD, 'ours', ['-Map=map', *arguments])
    lines = (desk.folder / 'map').read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if '.rodata.str1.1' in line)
    assert [line.split(maxsplit=1) for line in lines[at:at + 2]] == [
        ['.rodata.str1.1', '0x0000000000001001        0x4 a.o'],
        ['0x8', '(size before merging)']]
    assert lines[at + 1].index('0x8') == lines[at].index('0x4')


def test_output_sections_alignments_and_sizes_are_kept_apart(merged):
    section = '.section .{},"aMS",@progbits,1\n.balign {}\n.string "same"\n'
    merged('SECTIONS { .text : { *(.text) } .one : { *(.a) } .two : { *(.b) }'
           ' .rodata : { *(.c .d) } }',
           a=START + ''.join(section.format(*args) for args in
                             [('a', 1), ('b', 1), ('c', 1), ('d', 4)]))


@pytest.mark.parametrize('inputs', ['SS', 'SP', 'PS', 'SW', 'CC', 'CS', 'ES'])
@pytest.mark.parametrize('data', ['', 'BYTE(1)'])
def test_an_output_section_is_mergeable_if_all_inputs_are(merged, inputs, data):
    heads = {'S': '"aMS",@progbits,1\n.string "a"', 'P': '"a"\n.byte 1',
             'W': '"aMS",@progbits,2\n.short 1, 0', 'E': '"a"',
             'C': '"aM",@progbits,8\n.quad 1'}
    sources = {f'b{i}': f'.section .x,{heads[kind]}\n'
               for i, kind in enumerate(inputs)}
    merged(f'SECTIONS {{ .text : {{ *(.text) }} .x : {{ {data} *(.x) }} }}',
           section='.x', a=START, **sources)


# ---- where things are then ----------------------------------------------------

def test_symbols_keep_to_their_strings(merged):
    merged(a=START + STRINGS + 'l: .string "aa"\n.globl g\n.type g, @object\n'
           '.size g, 3\ng: .string "bb"\n',
           b=STRINGS + '.string "bb"\n.globl h\nh: .string "b"\nm:\n')


def test_references_by_symbol_and_by_section(merged):
    refs = '.data\n.quad l, l+1, s+4, s+6, s+7, s+8, s+100, h, h+2, s-1\n'
    merged(a=START + STRINGS + '.string "shared"\n', b=STRINGS +
           's: .string "red"\n.Ls:\nl: .string "ed"\n.globl h\n'
           'h: .string "own"\n' + refs.replace('s', '.Ls') + refs)


@pytest.mark.parametrize('addend', [3, 4, 5, 6, 100, -1])
def test_references_past_the_end(desk, merged, addend):
    merged(a=START + STRINGS + '.string "one"\n', b=STRINGS +
           '.string "one"\n.data\n.quad 0\n'
           f'.reloc .data, R_X86_64_64, .rodata.str1.1{addend:+}\n')
    done = links.run([links.BOOTLINK_LD, '-T', 'link.ld', 'a.o', 'b.o'],
                     desk.folder)
    warning = f'b.o:(.data+0x0): reference to .rodata.str1.1{addend:+}, which'
    assert (warning in done.stdout) == (addend not in (3, 4))


def test_code_refers_to_merged_constants(merged):
    code = '.text\nmovsd c(%rip), %xmm0\nmov $c+4, %eax\n'
    merged(a=START + code + CONSTANTS + '.quad 7\nc: .quad 8\n',
           b=code + CONSTANTS + 'c: .quad 8\n')


@pytest.mark.parametrize('statement', [
    '*b.o(.rodata*) . = ALIGN(16); mid = .; *(.rodata*)',
    'KEEP(*(SORT_BY_ALIGNMENT(.rodata*)))', '*(.rodata.str1.8) *(.rodata*)',
])
@pytest.mark.parametrize('subalign', ['', 'SUBALIGN(1)', 'SUBALIGN(32)'])
def test_patterns_say_where_what_stays_goes(merged, statement, subalign):
    strings = STRINGS + '.string "b"\n' + ALIGNED + '.string "c"\n'
    merged(f'SECTIONS {{ .text : {{ *(.text) }}'
           f' .rodata : {subalign} {{ {statement} end = .; }} }}',
           a=START + strings, b=strings + '.string "ab"\n.balign 8\n',
           c=ALIGNED + '.string "xc"\n')


def test_what_is_discarded_is_not_merged(merged):
    assert merged('SECTIONS { /DISCARD/ : { *a.o(.rodata*) } .text :'
                  ' { *(.text) } .rodata : { *(.rodata*) } }',
                  a=START + STRINGS + '.string "long"\n',
                  b=STRINGS + '.string "ong"\n') == b'ong\0'


def test_a_script_sees_a_symbol_where_it_is(desk):
    """Where GNU ld says where it would be, were nothing merged."""
    arguments = build(desk, SCRIPT[:-1] + ' copy = g; }', [], {
        'a': START + STRINGS + '.string "bb"\n.string "bb"\n.globl g\n'
        'g: .string "b"\n'})
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    values = {s.name: s.value for s in ours.symbols}
    assert values['copy'] == values['g']


# ---- what somebody means to be slow --------------------------------------------

def string_of_one_hash(first):
    """The hash of eight bytes is XORed with the next eight (base.h): if these
    are that hash and a constant, the first eight no longer matter."""
    product = ((0x243f6a8885a308d3 ^ int.from_bytes(first, 'little')) *
               0x9e3779b97f4a7c15)
    second = (product ^ product >> 64 ^ 0x0123456789abcdef) % (1 << 64)
    return first + second.to_bytes(8, 'little') + b'and sixteen more'


def directive(string):
    return f""".string "{''.join(f'{chr(92)}{byte:03o}' for byte in string)}"\n"""


def test_equal_hashes(merged):
    """Too many for the table, which then leaves equal strings to be found."""
    strings = [string_of_one_hash(b'%08d' % i) for i in range(2200)]
    strings = [s for s in strings if 0 not in s][:2000]
    table = ''.join(directive(s) for s in strings)
    assert len(merged(a=START + STRINGS + table, b=STRINGS + table,
                      c=STRINGS + directive(strings[7][1:]))) == 2000 * 33


def test_long_common_ends(merged):
    table = ''.join(f'.string "{i:05}{"e" * 100}"\n' for i in range(2000))
    nested = ''.join(f'.string "{"n" * i}"\n' for i in range(300))
    assert len(merged(a=START + STRINGS + nested,
                      b=STRINGS + table + nested)) == 2000 * 106 + 300


# ---- what compilers write -----------------------------------------------------

C = r'''
static const char *const names[] = {"alpha", "gamma", "a rather long string",
                                    "long string", "string", ""};
const char *NAME(int i) { return names[i]; }
const void *NAME2(void) { return L"a wide string"; }
double NAME3(double x) { return x * 3.25 + 7.5 + 1e100 + __LINE__; }
float NAME4(float x, float y) { return x * 1.5f + y * 3.25f; }
const char *last_NAME = "This is synthesised by NAME and not by hand";
'''
CXX = '''
template <typename T> struct list { T *head; T *find(const char *); };
template <typename T> T *list<T>::find(const char *) { return head; }
struct animal { virtual const char *name() const { return "animal"; } };
struct dog : animal { const char *name() const { return "a dog"; } };
list<dog> dogs;
extern "C" dog *find() { static dog d; dogs.head = &d; return dogs.find("dog"); }
extern "C" const char *name(animal *a) { return a->name(); }
'''
FLAGS = ['-ffreestanding', '-fno-asynchronous-unwind-tables', '-fno-rtti',
         '-fno-stack-protector', '-fcf-protection=none', '-fno-exceptions',
         '-fno-threadsafe-statics', '-w']
# Debug sections are orphans; virtual addresses of a kernel.
KERNEL = ('SECTIONS { . = 0xffffffff80100000; .text : { *(.text .text.*) }'
          ' .rodata : { *(.rodata .rodata.*) } .data : { *(.data .data.*) }'
          ' .bss : { *(.bss .bss.*) } /DISCARD/ : { *(.note*) } }')


def compiled(desk, compiler, flags):
    """Objects of C and C++."""
    sources = {'a': C.replace('NAME', 'a'), 'b': C.replace('NAME', 'beta'),
               'c': CXX}
    for name, source in sources.items():
        language = ['-x', 'c++'] if name == 'c' else ['-x', 'c']
        done = links.run([compiler, *language, *FLAGS, *flags, '-c', '-o',
                          f'{name}.o', '-'], desk.folder, source)
        assert done.returncode == 0, done.stdout
    return [f'{name}.o' for name in sources]


@pytest.mark.parametrize('flags', [
    ['-O2', '-g'], ['-O2', '-g', '-fno-pic', '-mcmodel=kernel'], ['-O0', '-g3'],
    ['-Os', '-gdwarf-4', '-fPIC', '-ffunction-sections', '-fdata-sections']],
    ids=' '.join)
@pytest.mark.parametrize('compiler', ['gcc', 'clang'])
def test_compiled_with_debug_information(desk, compiler, flags):
    desk.write('link.ld', KERNEL)
    desk.assemble('start.o', START)
    arguments = ['-T', 'link.ld', 'start.o', *compiled(desk, compiler, flags)]
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    theirs = desk.link(links.GNU_LD, 'theirs', arguments)
    assert not links.differences(ours, theirs)
    ours, theirs = contents(ours), contents(theirs)
    assert '.debug_str' in ours
    assert [n for n in theirs if ours.get(n) != theirs[n]] == []


# ---- random tables ------------------------------------------------------------

@pytest.mark.parametrize('seed', range(FIRST, FIRST + COUNT))
def test_random_tables(desk, seed):
    maker = Maker(seed)
    arguments = build(desk, maker.script, maker.options, maker.sources)
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    theirs = desk.link(links.GNU_LD, 'theirs', arguments)
    found = links.differences(ours, theirs)
    assert not found, '\n'.join(['', *found, maker.script])
    assert contents(ours) == contents(theirs)
