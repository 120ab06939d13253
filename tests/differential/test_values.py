# SPDX-License-Identifier: BSD-2-Clause
"""Expressions and symbols of scripts. [GNU ld manual: Expressions]"""

import pytest

START = '.globl _start\n.text\n_start: ret\n'
DATA = START + '.data\n.balign 8\n.quad 1, 2, 3\n'


def test_operators(same):
    same('''SECTIONS { . = 1M; .text : { *(.text) }
a = 1 + 2 * 3 - 4 / 2 % 3; b = 1 << 4 | 3 & 6; c = !0 + ~0; d = -1;
e = 5 > 3 && 2 <= 2 || 0; f = 1 == 2 ? 3 : 4 != 4 ? 5 : 6; g = (7 >= 8) < 9;
h = 10K + 2M; i = 0x1f; j = 017; k = 0xffffffffffffffff >> 4; }''', a=START)


# What distinguishes an operator from its neighbours: less, equal, greater,
# negative, the highest bit, more bits than a shift has.
OPERATORS = ['*', '/', '%', '+', '-', '<<', '>>', '<', '<=', '>', '>=', '==',
             '!=', '&', '|', '&&', '||']
OPERANDS = ['7', '3', '1', '-8', '63', '0x8000000000000000',
            '0x7fffffffffffffff']


@pytest.mark.parametrize('operator', OPERATORS)
def test_operator(same, operator):
    pairs = [(a, b) for a in ['0', *OPERANDS] for b in OPERANDS
             if b.isdigit() or operator not in ('<<', '>>')]
    values = ' '.join(f'v{i} = ({a}) {operator} ({b});'
                      for i, (a, b) in enumerate(pairs))
    same(f'{values} SECTIONS {{ . = 1M; .text : {{ *(.text) }} }}', a=START)


def test_unary_operators(same):
    same('; '.join(f'{name}{i} = {operator}({value})'
                   for i, value in enumerate(['0', *OPERANDS])
                   for name, operator in zip('nct', '-~!'))
         + '; SECTIONS { . = 1M; .text : { *(.text) } }', a=START)


def test_assignment_operators(same):
    same('x = 5; x += 3; x -= 1; x *= 6; x /= 2; x <<= 3; x >>= 1; x &= 0xfe;'
         ' x |= 1; SECTIONS { . = 1M; .text : { *(.text) } }', a=START)


def test_relative_and_absolute(same):
    same('''SECTIONS { . = 1M; before = .; .text : { in = .; *(.text)
num = 5; abs = ABSOLUTE(.); abs2 = ABSOLUTE(5); diff = . - in; sum = in + 8; }
outside = in; plus = in + 4; minus = . - in; five = 5; dotted = . + 0; }''',
         a=START)


def test_numbers_within_a_section(same):
    same('''SECTIONS { . = 1M; .text : { *(.text) }
.data : { *(.data) a = 0x10; b = a + 1; c = . + 0x10; d = ADDR(.text);
e = SIZEOF(.text); f = _start; g = _start + 1; h = c - b; i = -1; } }''',
         a=DATA)


def test_functions_of_sections(same):
    same('''SECTIONS { . = 1M; .text : { *(.text) } .data : AT(0x300000) {
*(.data) } at = ADDR(.data); lma = LOADADDR(.data); size = SIZEOF(.data);
align = ALIGNOF(.data); n = SIZEOF(.none); .none : { *(.none) } z = SIZEOF(.text) + SIZEOF(.data);
end = ADDR(.data) + SIZEOF(.data); }''', a=DATA)


def test_align_forms(same):
    same('''SECTIONS { . = 0x100003; a = ALIGN(16); b = ALIGN(., 64);
c = ALIGN(0x1234, 0x100); .text : { *(.text) d = ALIGN(32); e = .; }
f = ALIGN(_start + 1, 8); . = ALIGN(1); g = .; }''', a=START)


def test_max_min_log2ceil(same):
    same('''SECTIONS { . = 1M; .text : { *(.text) } a = MAX(3, 4);
b = MIN(., 5); c = MAX(_start, .); d = LOG2CEIL(17); e = LOG2CEIL(16); }''',
         a=START)


def test_constant(same):
    same('SECTIONS { . = CONSTANT(MAXPAGESIZE) * 256; .text : { *(.text) }'
         ' a = CONSTANT(COMMONPAGESIZE); }', a=START,
         options=['-z', 'max-page-size=0x1000'])


def test_defined(same):
    same('''SECTIONS { . = 1M; .text : { *(.text) } a = DEFINED(_start) ? 1 : 2;
b = DEFINED(nowhere) ? 1 : 2; c = DEFINED(early) ? 1 : 2; early = 1;
d = DEFINED(early) ? 1 : 2; }''', a=START)


def test_empty_sections_have_addresses_if_asked_for(same):
    same('''SECTIONS { . = 1M; early = ABSOLUTE(ADDR(.e)); .text : { *(.text) }
.e ALIGN(0x100) : { *(.e) } .f : { *(.f) } .g 0x200000 : { *(.g) }
e = ABSOLUTE(ADDR(.e)); f = LOADADDR(.f); g = ABSOLUTE(ADDR(.g));
end = ADDR(.f) + SIZEOF(.f) - ADDR(.text); .data : { *(.data) } }''', a=DATA)


def test_section_that_is_nowhere(both_refuse):
    for asked in ('ADDR', 'LOADADDR', 'SIZEOF', 'ALIGNOF'):
        text = both_refuse('SECTIONS { . = 1M; .text : { *(.text) } }'
                           f' value = {asked}(.txet);', a=START)
        assert '.txet' in text


def test_defsym(same):
    same('''KERNEL = 0xffffffff80000000 + (DEFINED(slide) ? slide : 0);
SECTIONS { . = KERNEL; .text : AT(ADDR(.text) - KERNEL + 0x100000) {
*(.text) } base = KERNEL; }''', a=START, options=['--defsym', 'slide=0x200000'])


def test_defsym_names_a_symbol(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } }', a=START,
         options=['--defsym=alias=_start', '--defsym=next=_start+4'])


def test_forward_reference(same):
    same('''SECTIONS { . = 1M; size = end - start; .text : { start = .; *(.text)
} .data : { *(.data) end = .; } }''', a=DATA)


def test_forward_reference_in_an_address(same):
    same('''SECTIONS { .text 1M : { *(.text) }
.data ADDR(.text) + SIZEOF(.text) + gap : { *(.data) } gap = 0x80; }''',
         a=DATA)


def test_provide_only_if_wanted(same):
    same('''SECTIONS { . = 1M; .text : { *(.text) } PROVIDE(wanted = .);
PROVIDE(unwanted = .); PROVIDE(_start = 5); PROVIDE_HIDDEN(quiet = . + 1); }''',
         a=START + '.data\n.quad wanted, quiet\n')


def test_provide_for_a_weak_reference(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } PROVIDE(maybe = .); }',
         a=START + '.weak maybe\n.data\n.quad maybe\n')


def test_provide_used_by_the_script_only(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } PROVIDE(p = 0x40);'
         ' q = DEFINED(p) ? 1 : 2; }', a=START)


def test_hidden_assignment(same):
    same('SECTIONS { . = 1M; .text : { HIDDEN(here = .); *(.text) } }',
         a=START + '.data\n.quad here\n')


def test_script_wins_over_an_object(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } value = 0x1234; }',
         a=START + '.globl value\n.data\nvalue: .quad value\n')


def test_assert_that_holds(same):
    same('SECTIONS { . = 1M; .text : { *(.text) ASSERT(. < 0x200000, "big"); }'
         ' ASSERT(SIZEOF(.text) == 1, "size") } ASSERT(_start == 1M, "start")',
         a=START)


def test_assert_that_does_not_hold(both_refuse):
    text = both_refuse('SECTIONS { . = 1M; .text : { *(.text) } }'
                       ' ASSERT(SIZEOF(.text) > 100, "text is too small")',
                       a=START)
    assert 'text is too small' in text


def test_entry_from_the_script(same):
    same('ENTRY(other) SECTIONS { . = 1M; .text : { *(.text) } }',
         a=START + '.globl other\nother: nop\n')


def test_entry_from_the_command_line(same):
    same('ENTRY(_start) SECTIONS { . = 1M; .text : { *(.text) } }',
         a=START + '.globl other\nother: nop\n', options=['-e', 'other'])


def test_entry_by_a_script_symbol(same):
    same('ENTRY(phys) SECTIONS { . = 0xffffffff80000000; .text : { *(.text) }'
         ' phys = _start - 0xffffffff80000000; }', a=START)


def test_segment_start(same):
    same('SECTIONS { . = SEGMENT_START("text-segment", 0x400000);'
         ' .text : { *(.text) } }', a=START)


def test_quoted_names_and_comments(same):
    same('''/* a comment */ SECTIONS { . = 1M; # another
".text" : { *(".text") } "odd name" = 7; }''', a=START)


def test_symbols_between_and_inside_sections(same):
    same('''start = 0x5; SECTIONS { . = 1M; a = .; .text : { b = .; *(.text)
c = .; } d = .; . += 0x10; e = .; .data : { f = .; *(.data) g = .; } h = .; }''',
         a=DATA)


@pytest.mark.parametrize('place', ['d', 'd + 5', '.', 'ABSOLUTE(d)', 'd - _start',
                                   'ADDR(.data)', 'SIZEOF(.data)', '900', 'k'])
def test_log2ceil_counts_from_the_start_of_a_section(same, place):
    same('k = 100; SECTIONS { . = 1M; .text : { *(.text) } .data : {'
         f' . = . + 16; d = .; x = LOG2CEIL({place}); *(.data) }}'
         f' y = LOG2CEIL({place}); }}',
         a='.globl _start\n.text\n_start: ret\n.data\n.byte 1\n')


# What the object defines is the value until the script gives another, in every
# walk over the script anew.
@pytest.mark.parametrize('text', [
    'f = f + 3; SECTIONS { .text : { *(.text) } .data : { *(.data) } }',
    'SECTIONS { .text : { *(.text) a = f; } .data : { *(.data) f = f + 1;'
    ' f += 1; } f += 1; }',
    'SECTIONS { .text : { *(.text) } .data : { *(.data) } HIDDEN(f = f + 8); }',
    'f = DEFINED(f) ? f : 8; SECTIONS { .text : { *(.text) }'
    ' .data : { *(.data) a = f; } }',
    'a = DEFINED(f) ? 1 : 2; SECTIONS { .text : { *(.text) }'
    ' .data : { *(.data) } b = DEFINED(f) ? 1 : 2; f = 8; }'])
def test_a_new_value_from_that_of_an_object(same, text):
    same(text, a=DATA + '.globl f\nf: .quad f\n')


def test_a_new_value_on_the_command_line(same):
    same('', ['--defsym=f=f+4'], a=DATA + '.globl f\nf: .quad f\n')


def test_a_copy_is_as_visible_as_its_original(same):
    same('SECTIONS { .text : { *(.text) a = f; b = f + 1; } .data : { *(.data) }'
         ' HIDDEN(c = 4); d = c; e = d - f; PROVIDE(g = d); }',
         a=DATA + '.globl f, g\n.hidden f\nf: .quad g\n')


ASKS = '''SECTIONS { . = 1M; .text : { *(.text) } .data : { *(.data) }
 a = DEFINED(x) ? x : 7; b = DEFINED(y) ? 1 : 2; }'''
EMPTY = 'SECTIONS { . = 2M; .text : { *(.text) } .data : { *(.data) } }'


@pytest.mark.parametrize('options', [
    ['--defsym=x=3', '-Tasks.ld'], ['-Tasks.ld', '--defsym=x=3'],
    ['--defsym=x=3', '--defsym=y=x+1', '-Tasks.ld', '--defsym=x=9'],
    ['-Tasks.ld', '--defsym=x=.', '--defsym=y=_start'],
    ['--defsym=y=b', '-Tasks.ld', '--defsym=x=b'],
    ['-dT', 'asks.ld', '--defsym=x=3']])
def test_defsym_counts_in_its_place(same, desk, options):
    desk.write('asks.ld', ASKS)
    same(None, options, a=START + '.data\n.quad 1\n')


@pytest.mark.parametrize('options', [
    ['-dT', 'asks.ld', '-Tempty.ld'], ['-Tempty.ld', '-dT', 'asks.ld'],
    ['-Tempty.ld', '--default-script=no.ld'],
    ['-dT', 'empty.ld', '--default-script=asks.ld'],
    ['-Tinsert.ld', '-dT', 'asks.ld']])
def test_default_script_gives_way(same, desk, options):
    desk.write('asks.ld', ASKS)
    desk.write('empty.ld', EMPTY)
    desk.write('insert.ld', 'SECTIONS { .x : { LONG(1) } } INSERT AFTER .text;')
    same(None, options, a=START + '.data\n.quad 1\n')


@pytest.mark.parametrize('statements', [
    'PROVIDE(h = .); PROVIDE(h = 5);', 'PROVIDE(h = 5); PROVIDE(h = .);',
    'PROVIDE(h = 5); h = 7;', 'h = .; PROVIDE(h = 6);', 'h2 = h; h = 4;'
    'PROVIDE(h = .); h = 7; PROVIDE(h = 8);', 'PROVIDE(h = .); h = h + 4;',
    'h = DEFINED(h) ? 5 : .; PROVIDE(h = 3);', 'PROVIDE_HIDDEN(h = .); h = 3;'])
def test_provide_gives_way_to_what_is_above(same, statements):
    same('SECTIONS { . = 1M; .text : { *(.text) } .data : { *(.data) } '
         + statements + ' }', a=START + '.data\n.quad h\n')
