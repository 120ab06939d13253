# SPDX-License-Identifier: BSD-2-Clause
"""Where data begin: DATA_SEGMENT_ALIGN, -z relro, SEGMENT_START and -T options.
[GNU ld manual: Builtin Functions, Command-line Options]"""

import pytest

import links
from cases import build

SOURCE = '''.globl _start
.text
_start: ret
.section .rodata,"a"
.skip %d
.section .init_array,"aw",@init_array
.quad _start
.section .data.rel.ro,"aw"
.balign 32
.skip %d
.section .tbss,"awT",@nobits
.skip 16
.data
.quad _start, _end, 3
.skip %d
.bss
.skip 64
'''
LAYOUT = '''SECTIONS {
    . = SEGMENT_START("text-segment", 1M) + SIZEOF_HEADERS;
    .text : { *(.text) }
    . = ALIGN(CONSTANT(MAXPAGESIZE));
    .rodata : { *(.rodata) }
    . = DATA_SEGMENT_ALIGN(%s);
    .init_array : { *(.init_array) } %s
    .data.rel.ro : { *(.data.rel.ro) }
    .tbss : { *(.tbss) }
    %s
    .data : { *(.data) } edata = .;
    .bss : { *(.bss) } _end = .;
    %s
}'''
PAGES = 'CONSTANT(MAXPAGESIZE), CONSTANT(COMMONPAGESIZE)'
END = '. = DATA_SEGMENT_END(.);'


def relro(offset):
    return f'. = DATA_SEGMENT_RELRO_END({offset}, .);'


@pytest.mark.parametrize('sizes', [(8, 24, 8), (5000, 4000, 70000),
                                   (4096, 70000, 100)])
@pytest.mark.parametrize('options', [
    '', 'norelro', 'noseparate-code', 'max-page-size=0x200000',
    'max-page-size=0x200000 norelro',
    'max-page-size=0x10000 common-page-size=0x2000',
    'max-page-size=0x10000 common-page-size=0x2000 norelro'])
def test_pages(same, options, sizes):
    same(LAYOUT % (PAGES, '', relro('SIZEOF(.data) >= 24 ? 24 : 0'), END),
         options=[word for o in options.split() for word in ('-z', o)],
         a=SOURCE % sizes)


@pytest.mark.parametrize('offset', [0, 8, 100])
def test_protected_up_to_an_offset(same, offset):
    same(LAYOUT % (PAGES, '', relro(offset), END), a=SOURCE % (8, 24, 200))


@pytest.mark.parametrize('move', ['. = ALIGN(64);', '. += 0x800;',
                                  '. = ALIGN(0x2000);'])
def test_gaps_in_what_is_protected(same, move):
    same(LAYOUT % (PAGES, move, relro(0), END), a=SOURCE % (5000, 24, 8))


@pytest.mark.parametrize('protected', [relro(0), ''])
@pytest.mark.parametrize('end', [END, ''])
def test_parts_left_out(same, protected, end):
    same(LAYOUT % ('0x2000, 0x1000', '', protected, end),
         a=SOURCE % (5000, 24, 8))


def test_data_segment_functions_stand_between_sections(desk):
    """GNU ld has 0 there, whatever is meant."""
    arguments = build(desk, 'SECTIONS { .data : { *(.data)'
                      ' x = DATA_SEGMENT_ALIGN(4096, 4096); } }', [],
                      {'a': '.data\n.byte 1\n'})
    with pytest.raises(links.LinkFailed, match='between output sections'):
        desk.link(links.BOOTLINK_LD, 'ours', arguments)


@pytest.mark.parametrize('options', [
    ['-Ttext-segment=0x600000'], ['-Ttext=700000'], ['-Tdata', '0x800000'],
    ['-Tbss=0x900000', '-Ttext=0x700000'], ['--section-start=.rodata=0x180000'],
    ['--section-start', '.tbss=0x300000', '-Ttext-segment', '200000']])
def test_start_options(same, options):
    same(LAYOUT % (PAGES, '', relro(0), END), options=options,
         a=SOURCE % (8, 24, 8))


def test_start_option_that_the_script_asks_for(same):
    same('SECTIONS { . = SEGMENT_START("text", 1M); .first : { *(.rodata) }'
         ' .text : { *(.text) } _end = .; }', options=['-Ttext=0x500000'],
         a=SOURCE % (8, 24, 8))


def test_start_that_is_no_number(both_refuse):
    assert 'hexadecimal' in both_refuse('SECTIONS { }', ['-Ttext=start'],
                                        a='.text\nret\n')


ROOT = '.globl _start\n.text\n_start: nop\n.section .rodata,"a"\n.skip 7\n'
PROTECTED = {
    'nothing': '.data\n.quad 1\n',
    'only-bss': '.bss\n.skip 8\n',
    'tbss': '.data\n.quad 1\n.section .tbss,"awT",@nobits\n.skip 9\n',
    'orphan': '.data\n.quad 1\n.section orphan,"aw"\n.quad 2\n',
    'tdata': '.data\n.quad 1\n.section .tdata,"awT"\n.quad 2\n',
    'got-header': '.data\n.quad _GLOBAL_OFFSET_TABLE_\n',
}


@pytest.mark.parametrize('source', PROTECTED.values(), ids=PROTECTED)
def test_there_may_be_nothing_to_protect(same, source):
    """Then data begin as without -z relro, and nothing is PT_GNU_RELRO."""
    same(None, a=ROOT + source)


@pytest.mark.parametrize('between', [
    '', '.r : { *(.r) }', '.r : { QUAD(1) }', '.r : { x = .; }',
    '.r : { *(.data) }', '.tbss : { *(.tbss) }'])
@pytest.mark.parametrize('end', ['', relro(0)])
def test_what_counts_as_protected(same, between, end):
    same('SECTIONS { . = 1M + SIZEOF_HEADERS; .text : { *(.text) }'
         ' .rodata : { *(.rodata) } . = DATA_SEGMENT_ALIGN(4096, 4096);'
         f' {between} {end} .data : {{ *(.data) }} {END} }}',
         a=ROOT + PROTECTED['tbss'])


@pytest.mark.parametrize('value', [
    'SEGMENT_START("text-segment", 0x10)', 'SEGMENT_START("other", _start)',
    '-SEGMENT_START("other", 0x10)', 'SEGMENT_START("other", .)',
    'SEGMENT_START("other", SEGMENT_START("other", 0x10))'])
@pytest.mark.parametrize('script', [
    'SECTIONS { x = %s; . = 1M; .text : { *(.text) } }',
    'SECTIONS { . = 1M; .text : { *(.text) x = %s; } }',
    'SECTIONS { . = 1M; .text : { *(.text) } x = %s; }'])
@pytest.mark.parametrize('options', [[], ['-Ttext-segment=0x200000']])
def test_segment_start_is_a_place(same, value, script, options):
    same(script % value, options=options, a=ROOT + '.data\n.quad x\n')


@pytest.mark.parametrize('options', [
    [], ['-z', 'noseparate-code'], ['-z', 'now'], ['-z', 'norelro', '-z', 'now'],
    ['-z', 'now', '-z', 'noseparate-code'], ['-z', 'now', '-z', 'lazy'],
    ['-n'], ['-N'], ['-N', '-z', 'now'], ['-n', '-z', 'now'],
    ['-N', '-Ttext=0x100000'], ['-n', '-z', 'max-page-size=0x200000']])
def test_built_in_script(desk, options):
    source = SOURCE % (100, 24, 200) + '''
.text
movq other@GOTPCREL(%rip), %rax
.weak other
.section .eh_frame,"a"
.long 0
'''
    name = desk.assemble('a.o', source)
    found = links.differences(
        desk.link(links.BOOTLINK_LD, 'ours', [*options, name]),
        desk.link(links.GNU_LD, 'theirs', [*options, name]))
    assert not found, '\n'.join(['', *found])


MATCHED = ('SECTIONS { . = 4M + SIZEOF_HEADERS; .text : { *(.text) } %s'
           ' . = DATA_SEGMENT_ALIGN(4096, 4096); %s'
           ' . = DATA_SEGMENT_RELRO_END(0, .); .data : { *(.data) } %s'
           ' . = DATA_SEGMENT_END(.); }')
TAKEN = '.taken : { *(.taken) }'


@pytest.mark.parametrize('before, between, behind', [
    (TAKEN, '', ''),
    (TAKEN, '.x : { *(.taken) }', ''),
    (TAKEN, '.x : ONLY_IF_RW { *(.taken) }', ''),
    ('', '.x : ONLY_IF_RW { *(.taken) }', ''),
    ('', '.x : ONLY_IF_RW { *(.taken) }', TAKEN),
    (TAKEN, '.x : { INPUT_SECTION_FLAGS(SHF_WRITE) *(.taken) }', ''),
    (TAKEN, '.x : { *(EXCLUDE_FILE(*a.o) .taken) }', ''),
    (TAKEN, '/DISCARD/ : { *(.taken) }', ''),
    ('/DISCARD/ : { *(.taken) }', '.x : { *(.taken) }', ''),
    (TAKEN, 'OVERLAY : { .x { *(.taken) } }', '')])
def test_a_pattern_before_relro_end_that_takes_nothing(same, before, between,
                                                       behind):
    same(MATCHED % (before, between, behind),
         a='.globl _start\n.text\n_start: lea .data(%rip), %rax\n'
           '.section .taken,"a"\n.quad 1\n.data\n.zero 0x98\n')


def test_built_in_script_without_relro(desk):
    name = desk.assemble('a.o', '''.globl _start
.text
_start: .cfi_startproc
lea .data(%rip), %rax
.cfi_endproc
.data
.balign 32
.zero 0x98
.section .note.GNU-stack,""
''')
    found = links.differences(desk.link(links.BOOTLINK_LD, 'ours', [name]),
                              desk.link(links.GNU_LD, 'theirs', [name]))
    assert not found, '\n'.join(['', *found])


@pytest.mark.parametrize('options', [
    ['--section-start=.x=0x800000'], ['--section-start=.x=0x10000'],
    ['--section-start=.none=0x800000'],
    ['--section-start=.y=0x800000', '--section-start=.x=0x900000']])
@pytest.mark.parametrize('script', ['', LAYOUT % (PAGES, '', relro(0), END)])
def test_a_start_of_what_the_script_does_not_name(same, script, options):
    """It moves nothing of the script."""
    same(script, options, a=SOURCE % (8, 24, 8) +
         '.section .x,"ax"\nnop\n.section .y,"aw"\n.byte 1\n.section .z,"a"\n'
         '.byte 2\n')


FUNCTIONS = ['. = DATA_SEGMENT_ALIGN(4096, 4096);', '. = DATA_SEGMENT_END(.);',
             '. = DATA_SEGMENT_RELRO_END(0, .);', 'y = DATA_SEGMENT_END(.);']


@pytest.mark.parametrize('first', FUNCTIONS)
@pytest.mark.parametrize('second', FUNCTIONS[1:])
def test_functions_that_find_no_data_segment(same, both_refuse, first, second):
    """What sets the location counter must; other symbols may get the value."""
    ends = [f[:1] == '.' and 'ALIGN' not in f for f in (first, second)]
    is_open = 'ALIGN' in first
    fails = ends[0] or (ends[1] and not is_open)
    script = ('SECTIONS { . = 1M; .text : { *(.text) } ' + first + ' .data : {'
              ' *(.data) } ' + second + ' .late : { QUAD(1) } }')
    if fails:
        assert 'none has begun' in both_refuse(script, a=ROOT)
    else:
        same(script, a=ROOT)
