# SPDX-License-Identifier: BSD-2-Clause
"""Program headers. [GNU ld manual: PHDRS] [gABI: Program Header]"""

import pytest

import elf
import links
from cases import build

ALL = ('.globl _start\n.text\n_start: ret\n.section .rodata,"a"\n.quad 1\n'
       '.data\n.quad 2\n.bss\n.skip 64\n')
PAGES = '''SECTIONS { . = %s; .text : { *(.text) } . = ALIGN(0x1000);
.rodata : { *(.rodata) } . = ALIGN(0x1000); .data : { *(.data) }
.bss : { *(.bss) } }'''


def test_one_page_per_permission(same):
    same(PAGES % '1M', a=ALL)


def test_headers_fit_below_the_first_section(same):
    same(PAGES % '0x400000 + SIZEOF_HEADERS', a=ALL)


def test_higher_half(same):
    same(PAGES % '0xffffffff80000000', a=ALL)


def test_sections_within_one_page(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } .rodata : { *(.rodata) }'
         ' .data : { *(.data) } .bss : { *(.bss) } }', a=ALL)


def test_gap_of_pages(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } . = 2M; .data : { *(.data) }'
         ' . = 3M; .rodata : { *(.rodata) } .bss : { *(.bss) } }', a=ALL)


def test_bss_between(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } .bss : { *(.bss) }'
         ' . = ALIGN(0x1000); .data : { *(.data) } .rodata : { *(.rodata) } }',
         a=ALL)


def test_only_bss_in_a_segment(same):
    same('SECTIONS { . = 1M; .text : { *(.text) *(.rodata) *(.data) }'
         ' . = 2M; .bss : { *(.bss) } }', a=ALL)


def test_phdrs(same):
    same('''PHDRS { code PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6); }
SECTIONS { . = 1M; .text : { *(.text) } :code .rodata : { *(.rodata) }
. = ALIGN(0x1000); .data : { *(.data) } :data .bss : { *(.bss) } }''', a=ALL)


def test_phdrs_flags_from_sections(same):
    same('''PHDRS { code PT_LOAD; read PT_LOAD; data PT_LOAD; }
SECTIONS { . = 1M; .text : { *(.text) } :code . = ALIGN(0x1000);
.rodata : { *(.rodata) } :read . = ALIGN(0x1000);
.data : { *(.data) } :data .bss : { *(.bss) } :data }''', a=ALL)


def test_phdrs_with_headers(same):
    same('''PHDRS { head PT_PHDR PHDRS; code PT_LOAD FILEHDR PHDRS;
data PT_LOAD; } SECTIONS { . = 1M + SIZEOF_HEADERS; .text : { *(.text) } :code
.rodata : { *(.rodata) } . = ALIGN(0x1000); .data : { *(.data) } :data
.bss : { *(.bss) } }''', a=ALL)


def test_phdrs_at(same):
    same('''PHDRS { code PT_LOAD AT(0x200000); data PT_LOAD AT(0x300000); }
SECTIONS { . = 0xffffffff80000000; .text : AT(0x200000) { *(.text) } :code
. = ALIGN(0x1000); .data : AT(0x300000) { *(.data) *(.rodata) } :data
.bss : { *(.bss) } }''', a=ALL)


def test_phdrs_section_in_two_segments(same):
    same('''PHDRS { code PT_LOAD; data PT_LOAD; note PT_NOTE; }
SECTIONS { . = 1M; .text : { *(.text) } :code .note : { *(.note.*) } :code :note
. = ALIGN(0x1000); .data : { *(.data) *(.rodata) } :data .bss : { *(.bss) } }''',
         a=ALL + '.section .note.test,"a",@note\n.long 4, 4, 1\n.asciz "abc"\n'
         '.long 7\n')


def test_phdrs_none(same):
    same('''PHDRS { code PT_LOAD; stack PT_GNU_STACK FLAGS(6); }
SECTIONS { . = 1M; .text : { *(.text) } :code .data : { *(.data) *(.rodata) }
.bss : { *(.bss) } }''', a=ALL)


def test_phdrs_numeric_type(same):
    same('''PHDRS { code PT_LOAD; own 0x6abcdef0 FLAGS(4); }
SECTIONS { . = 1M; .text : { *(.text) } :code .rodata : { *(.rodata) }
:code :own .data : { *(.data) } :code .bss : { *(.bss) } }''', a=ALL)


def test_phdrs_orphans_join_the_segment_before(same):
    same('''PHDRS { code PT_LOAD; data PT_LOAD; }
SECTIONS { . = 1M; .text : { *(.text) } :code . = ALIGN(0x1000);
.data : { *(.data) } :data }''',
         a=ALL + '.section .own,"aw"\n.quad 1\n.section .init,"ax"\nnop\n')


def test_note_segment(same):
    same(PAGES % '1M', a=ALL + '.section .note.test,"a",@note\n.balign 4\n'
         '.long 4, 4, 1\n.asciz "abc"\n.long 7\n')


def test_load_addresses_apart(same):
    same('''SECTIONS { . = 0xffffffff80000000; .text : AT(1M) { *(.text) }
. = ALIGN(0x1000); .data : AT(2M) { *(.data) *(.rodata) }
.bss : { *(.bss) } }''', a=ALL)


def test_max_page_size(same):
    same(PAGES % '2M', a=ALL, options=['-z', 'max-page-size=0x200000'])


def test_section_alignment_beyond_a_page(same):
    same(PAGES % '1M', a=ALL + '.section .data\n.balign 0x4000\n.quad 1\n')


def test_noload_in_a_segment(same):
    same('SECTIONS { . = 1M; .text : { *(.text) *(.rodata) }'
         ' .skip (NOLOAD) : { . += 0x100; } .data : { *(.data) }'
         ' .bss : { *(.bss) } }', a=ALL)


def test_empty_segment_of_phdrs(same):
    same('''PHDRS { code PT_LOAD; none PT_LOAD; data PT_LOAD; }
SECTIONS { . = 1M; .text : { *(.text) } :code .none : { *(.none) } :none
. = ALIGN(0x1000); .data : { *(.data) *(.rodata) } :data
.bss : { *(.bss) } }''', a=ALL)


def test_thread_local_sections(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } . = ALIGN(4096);'
         ' .tdata : { *(.tdata) } .tbss : { *(.tbss) } .data : { *(.data) }'
         ' .bss : { *(.bss) } end = .; }',
         a=ALL + '.section .tdata,"awT"\n.balign 16\n.quad 1, 2\n.byte 3\n'
         '.section .tbss,"awT",@nobits\n.balign 32\n.skip 40\n')


def test_thread_local_orphans(same):
    same(PAGES % '1M',
         a=ALL + '.section .tdata,"awT"\n.quad 1\n'
         '.section .tbss,"awT",@nobits\n.balign 32\n.skip 40\n')


def test_headers_in_front_of_nothing_but_bss(same):
    same('SECTIONS { . = 0xffffffff80200123; .bss : { . += 34; } }', a='')


def test_entry_is_where_text_would_be(same):
    same('SECTIONS { . = 0x100; .data : { *(.data) } . = 0x3000;'
         ' .text : { *(.text) } }', a='.data\n.byte 1\n')


def test_thread_local_bss_in_two_sections(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } }',
         a='.globl _start\n_start: ret\n'
         '.section .tbss,"awT",@nobits\n.skip 5\n'
         '.section .tbss.x,"awT",@nobits\n.skip 16\n')


def test_thread_local_bss_alone(same):
    same('SECTIONS { . = 1M; }',
         a='.section .tbss,"awT",@nobits\n.skip 5\n')


def test_thread_local_bss_before_data(same):
    same('SECTIONS { . = 1M; }', a='.section .tbss,"awT",@nobits\n.skip 14\n',
         b='.section .tdata.x,"awT",@progbits\n.skip 21, 7\n')


def test_headers_before_data_of_a_code_section(same):
    same('SECTIONS { . = 0x1fff0; .text : { LONG(0x12345678) } }', a='')


ODD = ('.globl _start\n.text\n_start: ret\n.skip 15\n.section .rodata,"a"\n'
       '.skip 18\n.data\n.skip 24\n.bss\n.skip 64\n.section .late,"aw"\n'
       '.skip 32\n')


def test_phdrs_descending_addresses_in_one_segment(same):
    """The file follows load addresses. GNU ld warns, and so do we."""
    same('''PHDRS { all PT_LOAD; } SECTIONS { . = 1M; .text : { *(.text) } :all
.rodata 0x90000 : AT(0x100100) { *(.rodata) }
.data 0x80000 : AT(0x100200) { *(.data) } .bss 0x70000 : { *(.bss) }
.late 0x60000 : AT(0x100400) { *(.late) } }''', a=ODD)


def test_phdrs_address_below_the_first(same):
    same('''PHDRS { one PT_LOAD; two PT_LOAD; } SECTIONS { . = 1M;
.text : { *(.text) } :one .rodata 0x90000 : { *(.rodata) }
.data 0x101000 : { *(.data) } .bss : { *(.bss) } :two .late : { *(.late) } }''',
         a=ODD)


def test_phdrs_load_addresses_that_collide(same):
    same('''PHDRS { one PT_LOAD AT(0x200000); two PT_LOAD; } SECTIONS { . = 1M;
.text : { *(.text) } :one .rodata : { *(.rodata) } .data : { *(.data) }
.bss : { *(.bss) } :two .late : { *(.late) } }''', a=ODD)


def test_phdrs_bss_in_the_middle(same):
    same('''PHDRS { one PT_LOAD; } SECTIONS { . = 1M; .text : { *(.text) } :one
.bss : { *(.bss) } .data : { *(.data) } .late : ALIGN(64) { *(.late) }
.rodata : { *(.rodata) } }''', a=ODD)


def test_phdrs_sections_before_the_first_that_names_one(same):
    same('''PHDRS { one PT_LOAD; two PT_LOAD; three PT_LOAD; } SECTIONS { . = 1M;
.text : { *(.text) } .rodata : { *(.rodata) } :one . = ALIGN(4096);
.data : { *(.data) } :two .late : { *(.late) } .bss : { *(.bss) } :three }''',
         a=ODD)


def test_phdrs_none(same):
    same('''PHDRS { one PT_LOAD; } SECTIONS { . = 1M; .text : { *(.text) } :one
.rodata : { *(.rodata) } :NONE .late : { *(.late) }
.data : { *(.data) } :one .bss : { *(.bss) } }''', a=ODD)


@pytest.mark.parametrize('words', ['FILEHDR', 'PHDRS', 'FILEHDR PHDRS'])
@pytest.mark.parametrize('kind', ['PT_LOAD', 'PT_NOTE', 'PT_INTERP', 'PT_NULL',
                                  '0x6474e551'])
def test_phdrs_headers_without_sections(same, kind, words):
    same(f'PHDRS {{ head {kind} {words}; one PT_LOAD; }} SECTIONS {{ . = 1M;'
         ' .text : { *(.text) } :one }', a=ODD)


@pytest.mark.parametrize('statements', [
    'one PT_LOAD; two PT_LOAD FILEHDR;', 'one PT_NOTE PHDRS; two PT_LOAD;',
    'one PT_LOAD; note PT_NOTE; two PT_LOAD FILEHDR PHDRS;'])
def test_phdrs_headers_where_none_can_be(both_refuse, statements):
    text = both_refuse(f'PHDRS {{ {statements} }} SECTIONS {{ . = 1M;'
                       ' .text : { *(.text) } :one .data : { *(.data) } :two }',
                       a=ODD)
    assert 'FILEHDR' in text and 'PT_LOAD' in text


@pytest.mark.parametrize('sizes', [
    'common-page-size=0x2000', 'common-page-size=0x200000', 'max-page-size=0',
    'common-page-size=0', 'max-page-size=0x100', 'max-page-size=0x80',
    'max-page-size=0x40'])
@pytest.mark.parametrize('start', [
    '. = 1M; .text : ', '. = 1M + SIZEOF_HEADERS; .text : ',
    '. = 0x1000f0; .text : ', '. = 1M; .text : AT(0x200008) '])
@pytest.mark.parametrize('options', [[], ['-z', 'noseparate-code']])
def test_page_sizes(same, sizes, start, options):
    same('a = CONSTANT(MAXPAGESIZE); b = CONSTANT(COMMONPAGESIZE); SECTIONS { ' +
         start + '{ *(.text) } . = ALIGN(CONSTANT(COMMONPAGESIZE)); .data : {'
         ' *(.data) } }', ['-z', sizes, *options], a=ALL)


def test_phdrs_zeros_behind_a_note_are_no_note(desk):
    """GNU ld types them as a note, of bytes that are in the file by chance."""
    arguments = build(desk, 'PHDRS { one PT_LOAD; note PT_NOTE; } SECTIONS {'
                      ' . = 1M; .text : { *(.text) } :one .note : { LONG(4)'
                      ' LONG(0) LONG(1) LONG(0x41) } :one :note .bss : {'
                      ' *(.bss) } }', [], {'a': ODD})
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    theirs = desk.link(links.GNU_LD, 'theirs', arguments)
    assert links.segment_facts(ours)[0] == links.segment_facts(theirs)[0]
    assert ours.segments[1].file_size == 16 < theirs.segments[1].file_size
    assert [s.type for s in ours.sections if s.name == '.bss'] == [elf.SHT_NOBITS]


def test_phdrs_header_that_nothing_loads(both_refuse):
    assert 'not covered by LOAD' in both_refuse(
        'PHDRS { head PT_PHDR PHDRS; one PT_LOAD; } SECTIONS { . = 1M;'
        ' .text : { *(.text) } :one }', a=ODD)


def test_phdrs_without_room_for_headers(both_refuse):
    assert 'not enough room for program headers' in both_refuse(
        'PHDRS { one PT_LOAD FILEHDR PHDRS; } SECTIONS { . = 0;'
        ' .text : { *(.text) } :one }', a=ODD)


def test_phdrs_segment_with_a_hole(both_refuse):
    assert 'section .text would be at' in both_refuse(
        'PHDRS { one PT_LOAD AT(1M); } SECTIONS { . = 0xffffffff80000000;'
        ' .text : { *(.text) } :one }', a=ODD)


def test_thread_local_template_is_aligned_as_the_script_says(same):
    same('SECTIONS { . = 1M; .tdata : { *(.tdata) }'
         ' .tbss : ALIGN(256) { *(.tbss) } }',
         a='.section .tdata,"awT"\n.byte 1\n'
         '.section .tbss,"awT",@nobits\n.skip 4\n')


def test_thread_local_sections_apart(both_refuse):
    text = both_refuse(
        'SECTIONS { . = 1M; .tdata : { *(.tdata) } .data : { *(.data) }'
        ' .more : { *(.tdata.x) } }',
        a='.section .tdata,"awT"\n.byte 1\n.data\n.byte 2\n'
        '.section .tdata.x,"awT"\n.byte 3\n')
    assert '.data stands between' in text and '.more' in text


INTERPRETED = ALL + '.section .interp,"a"\n.asciz "/lib/it"\n'


@pytest.mark.parametrize('options', [[], ['-z', 'noseparate-code'],
                                     ['-Ttext-segment=0x800000']])
def test_an_interpreter(desk, options):
    """A static program that names its interpreter, as those of klibc do."""
    desk.assemble('a.o', INTERPRETED)
    ours, theirs = (desk.link(linker, 'output', [*options, 'a.o'])
                    for linker in (links.BOOTLINK_LD, links.GNU_LD))
    assert links.differences(ours, theirs) == []
    assert [s.type for s in ours.segments[:3]] == [6, 3, elf.PT_LOAD]


@pytest.mark.parametrize('start', ['1M', '1M + SIZEOF_HEADERS', '1M + 0x200',
                                   '0xffffffff80000000'])
@pytest.mark.parametrize('text, data', [
    ('*(.interp) *(.text)', '*(.data)'), ('*(.text)', '*(.data)'),
    ('*(.text)', '*(.data) } .interp : { *(.interp)'),
    ('*(.text)', '*(.data) } .interp (NOLOAD) : { *(.interp)'),
    ('*(.text)', '*(.data) } .interp : AT(8M) { *(.interp)')])
def test_where_the_interpreter_is(same, start, text, data):
    same(f'SECTIONS {{ . = {start}; .text : {{ {text} }}'
         f' .data : {{ {data} }} }}', a=INTERPRETED)


@pytest.mark.parametrize('options, start', [(['-N'], '1M'), ([], '0')])
def test_an_interpreter_needs_the_program_headers(desk, options, start):
    script = f'SECTIONS {{ . = {start}; .text : {{ *(.text) }} }}'
    arguments = build(desk, script, options, {'a': INTERPRETED})
    for linker in (links.GNU_LD, links.BOOTLINK_LD):
        with pytest.raises(links.LinkFailed, match='PHDR segment not covered'):
            desk.link(linker, 'output', arguments)
