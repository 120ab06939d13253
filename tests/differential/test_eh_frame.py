# SPDX-License-Identifier: BSD-2-Clause
"""Unwind tables: .eh_frame and .eh_frame_hdr. [LSB Core 10.6]"""

import pytest

import links
import random_frames
from cases import build

SCRIPT = ('SECTIONS { . = 1M; .text : { *(.text .text.*) }'
          ' .gcc_except_table : { *(.gcc_except_table) }'
          ' .eh_frame_hdr : { *(.eh_frame_hdr) } .eh_frame : { *(.eh_frame) }'
          ' .data : { *(.data) } /DISCARD/ : { *(.gone) } }')
START = '.globl _start\n.text\n_start:\n'
TABLE = ['--eh-frame-hdr']
FRAME = '.section .eh_frame,"a",@progbits\n'
LSDA = '.section .gcc_except_table,"a"\n'


def function(name, pushes=0, section='.text', flags='"ax"', rules=''):
    """With a CIE and an FDE that grow with `pushes`."""
    body = ''.join(f'push %rbx\n.cfi_def_cfa_offset {16 + 8 * i}\n'
                   for i in range(pushes))
    return (f'.section {section},{flags}\n{name}: .cfi_startproc\n{rules}'
            f'{body}ret\n.cfi_endproc\n')


def comdat(name, pushes=0):
    return function(name, pushes, f'.text.{name}',
                    f'"axG",@progbits,{name},comdat')


def cie(label, augmentation='zR', data='.byte 0x1b', instructions='',
        version=1):
    """By hand; a z gives the data a length."""
    if augmentation.startswith('z'):
        data = f'.uleb128 4f - 3f\n3: {data}\n4:'
    return (f'.L{label}: .long 2f - 1f\n1: .long 0\n.byte {version}\n'
            f'.asciz "{augmentation}"\n.uleb128 1\n.sleb128 -8\n.byte 16\n'
            f'{data}\n{instructions}\n2:\n')


def fde(of, function, size=1, data='.uleb128 0'):
    return (f'.long 2f - 1f\n1: .long 1b - .L{of}\n.long {function} - .\n'
            f'.long {size}\n{data}\n2:\n')


def test_equal_cies_are_one(same):
    same(SCRIPT, a=START + function('f', 1), b=function('g', 2),
         c=function('h'))


def test_the_last_record_of_a_section_grows_into_the_gap(same):
    same(SCRIPT, a=START + function('f', 2), b=function('g'), c=function('h'))


@pytest.mark.parametrize('align', ['ALIGN(32)', 'SUBALIGN(16)'])
def test_the_gap_is_as_wide_as_the_output_section_asks(same, align):
    same(SCRIPT.replace('.eh_frame : {', f'.eh_frame : {align} {{'),
         a=START + function('f', 2), b=function('g'), c=function('h'))


def test_copies_of_a_group_have_one_fde(same):
    same(SCRIPT, TABLE, a=START + comdat('f', 1) + function('x'),
         b=comdat('f', 3) + comdat('g'), c=comdat('g', 2) + function('y'))


def test_discarded_functions_have_none(same):
    same(SCRIPT, TABLE, a=START + function('f') + function('g', 1, '.gone'),
         b=function('h', 2, '.gone'), c=function('i', 1))


def test_no_function_is_left(same):
    same(SCRIPT, TABLE, a=START + 'ret\n' + function('g', 1, '.gone') +
         '.data\n.quad 1\n')


def test_a_function_of_no_bytes_has_none(same):
    same(SCRIPT, TABLE, a=START + '.cfi_startproc\n.cfi_endproc\nret\n' +
         function('f'))


def test_personality_routines_part_cies(same):
    personality = '.cfi_personality 0x1b, {}\n.cfi_lsda 0x1b, .Ltable\n'.format
    table = LSDA + '.Ltable: .long 1, 2\n'
    same(SCRIPT, TABLE,
         a=START + '.globl one, two\none: ret\ntwo: ret\n' +
         function('f', rules=personality('one')) +
         function('g', rules=personality('two')) + table,
         b=function('h', rules=personality('two')) +
         function('i', 1) + table,
         c='local: ret\n' + function('j', rules=personality('local')) + table)


def test_personality_routines_without_a_symbol_part_cies(same):
    personality = ('.byte 3\n.reloc ., R_X86_64_32, {}\n.long 0\n'
                   '.byte 0x1b').format
    same(SCRIPT, a=START + 'f: ret\n' + FRAME +
         cie('one', 'zPR', personality(0x1000)) + fde('one', '_start') +
         cie('two', 'zPR', personality(0x2000)) + fde('two', 'f'))


def test_return_columns_and_signal_frames_part_cies(same):
    same(SCRIPT, a=START + function('f', rules='.cfi_signal_frame\n'),
         b=function('g', rules='.cfi_signal_frame\n'), c=function('h'),
         d=function('i', rules='.cfi_return_column 3\n'))


def test_only_short_instructions_are_compared(same):
    def long(name, count):
        return (START.replace('_start', name) + 'ret\n' + FRAME +
                cie('c', instructions='.byte 0x90, 1\n' * count) +
                fde('c', name))
    same(SCRIPT, a=START + 'ret\n', b=long('f', 25), c=long('g', 25),
         d=long('h', 26), e=long('i', 26))


@pytest.mark.parametrize('size', ['.quad', '.long'])
def test_absolute_addresses(same, size):
    encoding = {'.quad': 0, '.long': 3}[size]
    same(SCRIPT, TABLE, a=START + 'ret\n' + FRAME + cie(
        'c', data=f'.byte {encoding}') + fde('c', 'f').replace(
            '.long f - .\n.long', f'{size} f\n{size}') +
         '.text\nf: ret\n', b=function('g'))


def test_a_table_of_a_lost_function_is_zero(same):
    same(SCRIPT, a=START + comdat('f', 2),
         b=comdat('f') + LSDA + '.long .text.f, 5\n')


def test_symbols_stay_with_their_records(same):
    same(SCRIPT, a=START + function('f') + function('g', 1, '.gone'),
         b=START.replace('_start', 'h') + 'ret\n' + FRAME + cie('c') +
         '.globl record\nrecord: ' + fde('c', 'h') +
         '.data\n.quad record\n')


@pytest.mark.parametrize('words', [1, 2])
def test_one_terminator_stays(same, words):
    terminator = FRAME + '.long 0\n' * words
    same(SCRIPT, a=START + function('f'), b=terminator + '.text\n',
         c=function('g'), d=terminator)


def test_other_versions(same):
    same(SCRIPT, TABLE, a=START + 'ret\nf: ret\ng: ret\n' + FRAME +
         cie('c', version=3) + fde('c', 'f') +
         cie('d', version=4).replace('.uleb128 1', '.byte 8, 0\n.uleb128 1') +
         fde('d', 'g'), b=function('h'))


def test_other_output_sections_are_left_alone(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } .rodata : { *(.eh_frame) } }',
         TABLE, a=START + function('f', 2), b=function('g', 2))


@pytest.mark.parametrize('inside', [
    's = .; KEEP(*(.eh_frame)) QUAD(0) e = .;',
    '*b.o(.eh_frame) . = ALIGN(16); m = .; *(.eh_frame)',
    '*b.o(.eh_frame) LONG(7) *(.eh_frame) e = .;',
    '*(EXCLUDE_FILE(*a.o) .eh_frame) *a.o(.eh_frame) . += 5;',
    '. += 3; *(.eh_frame)'])
def test_places_in_the_script(same, inside):
    aligned = FRAME + '.balign 16\n'
    same(SCRIPT.replace('*(.eh_frame) }', inside + '}'), TABLE,
         a=START + function('f', 2), b=function('g') + function('h', 1, '.gone'),
         c=aligned + function('i', 1, '.gone'), d=function('j', 3))


def test_table_is_sorted_by_address(same):
    same(SCRIPT.replace('*(.text .text.*)', '*(.text.z) *(.text.y) *(.text)'),
         TABLE, a=START + function('f', 3) + function('y', 1, '.text.y'),
         b=function('z', 2, '.text.z'))


def test_table_without_place_in_the_script(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } .rodata : { *(.rodata) } }',
         TABLE, a=START + function('f') + '.section .rodata,"a"\n.byte 1\n'
         '.section .ro,"a"\n.byte 1\n.data\n.quad __GNU_EH_FRAME_HDR\n')


def test_table_behind_code_without_rodata(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } .ro : { *(.ro) }'
         ' .eh_frame : { *(.eh_frame) } }',
         TABLE, a=START + function('f') + '.section .ro,"a"\n.byte 1\n')


@pytest.mark.parametrize('script', [
    SCRIPT.replace('.gone', '.eh_frame_hdr'),
    SCRIPT.replace('.eh_frame : { *(.eh_frame) }', '').replace(
        '.gone', '.eh_frame'),
    SCRIPT.replace('.eh_frame_hdr :', '.hdr : { LONG(7) } .r :')])
def test_table_elsewhere(same, script):
    same(script.replace('.eh_frame_hdr : { *(.eh_frame_hdr) }', '')
         if '/ : { *(.eh_frame_hdr)' in script else script,
         TABLE, a=START + function('f'))


def test_table_by_phdrs(same):
    same('PHDRS { all PT_LOAD; table PT_GNU_EH_FRAME; } ' + SCRIPT.replace(
        '*(.text .text.*) }', '*(.text) } :all').replace(
            '*(.eh_frame_hdr) }', '*(.eh_frame_hdr) } :all :table').replace(
                '*(.eh_frame) }', '*(.eh_frame) } :all'),
         TABLE, a=START + function('f', 2))


def test_table_of_what_has_no_bytes(desk):
    """GNU ld reads what happens to be in memory."""
    arguments = build(desk, SCRIPT.replace('.eh_frame :', '.eh_frame (NOLOAD) :'),
                      TABLE, {'a': START + function('f')})
    output = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    table = next(s for s in output.sections if s.name == '.eh_frame_hdr')
    assert table.data[:4] == bytes([1, 0x1b, 0xff, 0xff])


def test_no_table_is_wanted(same):
    same(SCRIPT, [*TABLE, '--no-eh-frame-hdr'], a=START + function('f'))


def test_no_table_of_what_is_not_understood(same):
    same(SCRIPT, TABLE, a=START + function('f', 2),
         b=FRAME + '.long 12, 0\n.byte 9, 0, 0, 0, 0, 0, 0, 0\n',
         c=function('g', 2))


def test_two_fdes_for_one_address(both_refuse):
    text = both_refuse(SCRIPT, TABLE, a=START + 'ret\n' + FRAME + cie('c') +
                       fde('c', '_start', 1) + fde('c', '_start', 1))
    assert 'same addresses' in text


@pytest.mark.parametrize('seed', range(1, 41))
def test_records_of_all_kinds(same, seed):
    script, options, sources = random_frames.make(seed)
    same(script, options, **sources)


def test_c_plus_plus(same, desk):
    """Objects of two compilers, whose inline functions come twice."""
    source = '''
    struct guard { int *p; guard(int *q) : p(q) {} ~guard() { *p = 0; } };
    void touch(int *);
    inline int shared(int n) { guard g(&n); touch(&n); return n; }
    int %s(int n) { try { return shared(n); } catch (int e) { return e; } }
    '''
    stubs = ('.globl _start, _Z5touchPi\n.text\n_start: _Z5touchPi: ret\n' +
             ''.join(f'.weak {name}\n{name} = 1\n' for name in (
                 '__gxx_personality_v0', '_Unwind_Resume', '_ZTIi',
                 '__cxa_begin_catch', '__cxa_end_catch')))
    desk.compile('one.o', source % 'one', '-fexceptions',
                 '-fasynchronous-unwind-tables', language='c++')
    desk.compile('two.o', source % 'two', '-fexceptions',
                 '-fasynchronous-unwind-tables', '-O2', language='c++')
    same(SCRIPT.replace('.data)', '.data .data.*)'),
         [*TABLE, '{a}', 'one.o', 'two.o'], a=stubs)
