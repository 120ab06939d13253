# SPDX-License-Identifier: BSD-2-Clause
"""In which order constructors and destructors lie, by every form of script that
is about, and in which order they run."""

import random

import pytest

import links

# Priorities, and the same the other way round in .ctors and .dtors: 65535 - n.
NUMBERS = [101, 65000, 9, 200, 65535, 1000]


def entries(name, first):
    """Sections of an object: with priorities, without, and empty ones. The
    values tell them apart."""
    plain = ''.join(f'.section {name}.{number:05},"aw"\n.quad {first + i}\n'
                    for i, number in enumerate(NUMBERS[first % 3::2]))
    return (plain + f'.section {name},"aw"\n.quad {first + 50}\n'
            f'.section {name}.7,"aw"\n.quad {first + 60}\n'
            f'.section {name}.00300,"aw"\n.balign 8\n')


def objects(*names):
    """Three objects, and crtbegin.o and crtend.o around them."""
    parts = {}
    for place, file in enumerate(['crtbegin', 'one', 'two', 'three', 'crtend']):
        parts[file] = ''.join(entries(name, 100 * place + 20 * i)
                              for i, name in enumerate(names))
    parts['one'] += '.globl _start\n.text\n_start: ret\n'
    return parts


SCRIPTS = {
    'init arrays as they come': (
        '.init_array', '.init_array : { KEEP(*(.init_array .init_array.*)) }'),
    'init arrays in two': (
        '.init_array', '.init_array : { KEEP(*(SORT(.init_array.*)))'
        ' KEEP(*(.init_array)) }'),
    'by priority': (
        '.init_array .ctors', '.init_array : { '
        'KEEP(*(SORT_BY_INIT_PRIORITY(.init_array.*) SORT_BY_INIT_PRIORITY(.ctors.*)))'
        ' KEEP(*(.init_array .ctors)) }'),
    'by priority, as GNU ld has it': (
        '.init_array .ctors', '.init_array : { '
        'KEEP(*(SORT_BY_INIT_PRIORITY(.init_array.*) SORT_BY_INIT_PRIORITY(.ctors.*)))'
        ' KEEP(*(.init_array EXCLUDE_FILE(*crtbegin.o *crtbegin?.o *crtend.o'
        ' *crtend?.o) .ctors)) } .rest : { *(.ctors .ctors.*) }'),
    'both unsorted': (
        '.init_array .ctors', '.init_array : { KEEP(*(.init_array .ctors))'
        ' KEEP(*(.init_array.* .ctors.*)) }'),
    'old constructors': (
        '.ctors', '.ctors : { KEEP(*crtbegin.o(.ctors)) KEEP(*crtbegin?.o(.ctors))'
        ' KEEP(*(EXCLUDE_FILE(*crtend.o *crtend?.o) .ctors)) KEEP(*(SORT(.ctors.*)))'
        ' KEEP(*(.ctors)) }'),
    'old constructors, excluded outside': (
        '.ctors', '.ctors : { KEEP(*crtbegin.o(.ctors))'
        ' KEEP(EXCLUDE_FILE(*crtend.o) *(.ctors)) KEEP(*(SORT(.ctors.*)))'
        ' KEEP(*(.ctors)) }'),
    'a table that is counted': (
        '.ctors', '.ctors : { LONG((__end - __list) / 8 - 2) LONG(0) __list = .;'
        ' *(SORT_BY_INIT_PRIORITY(.ctors.*)) *(.ctors) CONSTRUCTORS QUAD(0)'
        ' __end = .; }'),
    'destructors': (
        '.fini_array .dtors', '.fini_array : { '
        'KEEP(*(SORT_BY_INIT_PRIORITY(.fini_array.*) SORT_BY_INIT_PRIORITY(.dtors.*)))'
        ' KEEP(*(.fini_array .dtors)) }'),
    'destructors by name': (
        '.fini_array', '.fini_array : { KEEP(*(SORT_BY_NAME(.fini_array.*)))'
        ' KEEP(*(.fini_array)) }'),
    'all in one': (
        '.preinit_array .init_array .fini_array',
        '.all : { KEEP(*(.preinit_array)) a = .;'
        ' KEEP(*(SORT(.init_array*))) b = .; KEEP(*(SORT_BY_INIT_PRIORITY('
        '.fini_array*))) }'),
    'in no script': ('.init_array .ctors .fini_array .dtors', ''),
}


@pytest.mark.parametrize('kind', SCRIPTS)
def test_order(same, kind):
    names, sections = SCRIPTS[kind]
    same('SECTIONS { .text : { *(.text) } ' + sections + ' .data : { *(.data) } }',
         **objects(*names.split()))


@pytest.mark.parametrize('options', [[], ['--gc-sections'], ['-q'], ['-r']])
def test_order_in_the_default_script(same, options):
    same('', options, **objects('.init_array', '.ctors', '.fini_array', '.dtors'))


# ---- A program that runs them ----------------------------------------------------

PROGRAM = r'''
typedef void function(void);
extern function *__preinit_array_start[], *__preinit_array_end[];
extern function *__init_array_start[], *__init_array_end[];
extern function *__fini_array_start[], *__fini_array_end[];

static long call(long n, long a, const void *b, long c) {
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}
void say(const char *text) { call(1, 1, text, 2); }

__attribute__((force_align_arg_pointer)) void _start(void) {
    for (function **f = __preinit_array_start; f < __preinit_array_end; f++)
        (*f)();
    for (function **f = __init_array_start; f < __init_array_end; f++)
        (*f)();
    say("- ");
    for (function **f = __fini_array_end; f > __fini_array_start;)
        (*--f)();
    call(60, 0, 0, 0);
}
'''
PART = r'''
void say(const char *);
#define RUNS(name, text) static void name(void) { say(text " "); }
#define IN(section, name) \
    __asm__(".section " section ",\"aw\"\n.quad " #name "\n.text\n");
RUNS(first, "p")
RUNS(modern, MODERN) IN(".init_array.00200", modern)
RUNS(old, OLD) IN(".ctors.65235", old) /* 300 */
RUNS(plain, PLAIN) IN(".init_array", plain)
RUNS(older, OLDER) IN(".ctors", older)
RUNS(last, LAST) IN(".fini_array.00100", last)
RUNS(late, LATE) IN(".dtors", late)
static void (*volatile keep[])(void) __attribute__((used)) = {
    first, modern, old, plain, older, last, late};
'''


def test_a_program_runs_them_in_order(desk):
    """By priority; objects as they come, and .ctors from their end."""
    desk.compile('main.o', PROGRAM, '-O2', '-fno-pie')
    for number, name in ((1, 'a.o'), (2, 'b.o')):
        words = {'MODERN': 'm', 'OLD': 'o', 'PLAIN': 'q', 'OLDER': 'r', 'LAST': 'y',
                 'LATE': 'x'}
        desk.compile(name, PART, '-fno-pie',
                     *(f'-D{word}="{letter}{number}"' for word, letter in
                       words.items()))
    answers = []
    for linker in (links.GNU_LD, links.BOOTLINK_LD):
        desk.link(linker, 'out', ['main.o', 'a.o', 'b.o'])
        answers.append(links.run(['./out'], desk.folder).stdout)
    assert answers[0] == answers[1] == 'm1m2o1o2q1r1q2r2- x2x1y2y1'


START = '.globl _start\n.text\n_start: ret\n'
NUMBERED = ['', '.1', '.10', '.9', '.a', '.2x', '.x.3', '.', '.05', '.b', '.100',
            '.99999999999', '.z', '.65000']


@pytest.mark.parametrize('pattern', [
    '*(SORT_BY_INIT_PRIORITY(.i*))', '*(SORT_BY_INIT_PRIORITY(.i.*) .i)',
    '*(SORT_BY_INIT_PRIORITY(.i.*) SORT_BY_INIT_PRIORITY(.ctors*))',
    'SORT_BY_NAME(*)(SORT_BY_INIT_PRIORITY(.i*))'])
@pytest.mark.parametrize('seed', range(4))
def test_names_without_a_number_among_priorities(same, pattern, seed):
    """They are compared by name, so that it counts in which order they come."""
    choose = random.Random(seed)
    names = [f'.i{choose.choice(NUMBERED)}' for _ in range(12)]
    names += ['.ctors.5', '.ctors', '.ctors.x', '.ctors.10'] * (seed % 2)
    lines = [f'.section {name},"aw"\n.byte {i}\n' for i, name in enumerate(names)]
    same('SECTIONS { . = 1M; .text : { *(.text) } .x : { ' + pattern
         + ' } .y : { *(.i* .ctors*) } }', a=START + ''.join(lines[::3]),
         b=''.join(lines[1::3]), c=''.join(lines[2::3]))
