# SPDX-License-Identifier: BSD-2-Clause
"""What scripts of old kernels rest on, and no manual tells: constructors that
turn round, headers where there is no place for them, build IDs of parts."""

import pytest

import links
from cases import build

ARRAYS = '''
.globl _start
.text
_start: ret
one: ret
two: ret
.section .ctors.00100,"aw"
.quad one, two + 1, _start
.section .ctors,"aw"
.quad two, one
.section .ctorsX,"aw"
.quad one, two
.section .init_array.5,"aw",@init_array
.quad two, one
.section .dtors,"aw"
.quad one, two
'''
INTO_ARRAYS = '''SECTIONS { . = 1M; .text : { *(.text) } . = ALIGN(4096);
.init_array : { *(SORT_BY_INIT_PRIORITY(.init_array.*)
 SORT_BY_INIT_PRIORITY(.ctors.*)) *(.init_array .ctors) *(.ctorsX) }
.fini_array : { *(.dtors) } .data : { *(.data) } .bss : { *(.bss) } }'''


@pytest.mark.parametrize('options', [[], ['-q'], ['-r'], ['--gc-sections']])
def test_constructors_turn_round_in_init_array(same, options):
    script = INTO_ARRAYS.replace('*(.dtors)', 'KEEP(*(.dtors))')
    script = script.replace('*(SORT', 'KEEP(*(SORT', 1)
    script = script.replace('.ctors.*))', '.ctors.*)))', 1)
    script = script.replace('*(.init_array .ctors)',
                            'KEEP(*(.init_array .ctors))')
    same(script, options, a=ARRAYS)


def test_constructors_stay_as_they_are_elsewhere(same):
    same(INTO_ARRAYS.replace('.init_array :', '.array :')
         .replace('.fini_array :', '.init_array :'), a=ARRAYS)


def test_turned_relocations_move_along(desk):
    arguments = build(desk, INTO_ARRAYS, ['-q'], {'a': ARRAYS})
    tables = []
    for linker in (links.GNU_LD, links.BOOTLINK_LD):
        desk.link(linker, 'out', arguments)
        text = links.run(['readelf', '-rW', 'out'], desk.folder).stdout
        tables.append(sorted(line for line in text.splitlines()
                             if 'R_X86_64' in line))
    places = [[line.split()[0::4] for line in table] for table in tables]
    assert places[0] == places[1]


def test_half_a_constructor(both_refuse):
    text = both_refuse(INTO_ARRAYS, a=ARRAYS + '.section .ctors\n.long 1\n')
    assert 'a.o:(.ctors+0x14): its words go into .init_array' in text


def test_data_behind_bss_without_pages(same):
    script = ('SECTIONS { . = 1M; .text : { *(.text) } .data : { *(.data) }'
              ' .bss : { *(.bss) } .late : { *(.late) } }')
    for option in '-n', '-N', '-zmax-page-size=4096':
        same(script, [option], a='.globl _start\n_start: ret\n.data\n.quad 1\n'
             '.bss\n.skip 4800\n.section .late,"a"\n.quad 2\n')


@pytest.mark.parametrize('headers', ['FILEHDR PHDRS', 'PHDRS',
                                     'FILEHDR PHDRS FLAGS(7)',
                                     'FILEHDR PHDRS AT(0x5000)', ''])
@pytest.mark.parametrize('options', [[], ['-n']])
def test_a_segment_of_headers_alone(same, headers, options):
    same('PHDRS { head PT_LOAD %s; text PT_LOAD; none PT_LOAD; note PT_NOTE; }'
         ' SECTIONS { .head (SIZEOF_HEADERS) : { start = .; } :head'
         ' .text 1M : { *(.text) } :text }' % headers, options,
         a='.globl _start\n_start: ret\n')


@pytest.mark.parametrize('start', ['0', '0x10', 'SIZEOF_HEADERS - 8',
                                   'SIZEOF_HEADERS', '0x1000', '0x100010'])
def test_headers_are_counted_but_have_no_place(same, start):
    same('SECTIONS { . = %s; .first : { *(.first) }'
         ' . += SIZEOF_HEADERS; .text : { *(.text) } }' % start,
         ['-z', 'max-page-size=4096'],
         a='.globl _start\n_start: ret\n.section .first,"a"\n.quad 5\n')


def test_headers_below_the_load_address(same):
    same('SECTIONS { size = SIZEOF_HEADERS; .first 0x10000 : AT(0x10)'
         ' { *(.first) } .text : { *(.text) } }',
         a='.globl _start\n_start: ret\n.section .first,"a"\n.quad 5\n')


def test_an_object_counts_no_segments(same):
    same('SECTIONS { size = SIZEOF_HEADERS; .text : { *(.text) } }', ['-r'],
         a='.globl _start\n_start: ret\n.data\n.quad 1\n')


@pytest.mark.parametrize('options', [[], ['--build-id=0x1234'], ['-r']])
def test_the_build_id_of_a_part(same, options):
    same('SECTIONS { . = 1M; .text : { *(.text) } .notes : { *(.note*) } }',
         options, a='.globl _start\n_start: ret\n'
         '.section .note.gnu.build-id,"a",@note\n.long 4, 1, 3\n.asciz "GNU"\n'
         '.byte 1\n.section .note.other,"a",@note\n.long 4, 0, 1\n'
         '.asciz "Own"\n')


def test_gc_forgets_what_is_only_for_the_start(same):
    same('ENTRY(_start) SECTIONS { . = 1M; .text : { *(.text) }'
         ' .init : { *(.init.text .init.data) } .fini : { *(.fini.data) } }',
         ['--gc-sections'], a='.globl _start\n_start: ret\n'
         '.section .init.text,"ax"\nnop\n.section .init.data,"aw"\n.quad 1\n'
         '.section .fini.data,"aw"\n.quad 2\n')


def test_the_script_that_never_settles_is_named(desk):
    arguments = build(desk, 'SECTIONS { . = end; .text : { *(.text)'
                      ' end = . + 8; } }', [], {'a': 'nop\n'})
    with pytest.raises(links.LinkFailed, match='link.ld: the layout still'):
        desk.link(links.BOOTLINK_LD, 'ours', arguments)
