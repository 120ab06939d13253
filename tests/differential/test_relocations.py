# SPDX-License-Identifier: BSD-2-Clause
"""Relocated bytes and GOT loads. [psABI 4.4.1, B.2]"""

import pytest

import links
from cases import NO_STACK

SCRIPT = ('SECTIONS { . = %s; .text : { *(.text) } .rodata : { *(.rodata) }'
          ' .got : { *(.got) *(.got.plt) } .data : { *(.data) }'
          ' .bss : { *(.bss) } }')
LOW = SCRIPT % '1M'
HIGH = SCRIPT % '0xffffffff80000000'
START = '.globl _start\n.text\n_start: ret\n'
THERE = '.globl there\n.data\n.quad 0\nthere: .quad 1\n'


@pytest.mark.parametrize('data', [
    '.quad there + 5', '.quad there - .', '.long there - 4', '.long there - .',
    '.short there - here', '.short there - .', '.byte there - .',
    '.quad there + 0x123456789',
])
def test_data(same, data):
    same(LOW, a=START + f'.data\nhere: {data}\n', b=THERE)


def test_data_of_16_and_8_bits(same):
    same(SCRIPT % '0x40', a=START + '.data\n.short there\n.byte there\n',
         b=THERE, options=['-z', 'max-page-size=0x1000'])


def test_code(same):
    same(HIGH, a=START + 'call there\njmp there\nmov $there, %rax\n'
         'mov there, %eax\nlea there(%rip), %rdi\nmovl $5, there(%rip)\n'
         'movabs $there, %rcx\ncall there@PLT\njne there\n', b=THERE)


def test_local_and_section_symbols(same):
    same(LOW, a=START + 'lea local(%rip), %rax\nmov $local + 3, %edi\n'
         '.data\n.quad 7\nlocal: .quad local, .data + 4\n',
         b='.data\nlocal: .quad local\n.section .rodata,"a"\n.quad .data\n')


GOT_LOADS = '''
mov there@GOTPCREL(%rip), %rax
mov there@GOTPCREL(%rip), %r15
call *there@GOTPCREL(%rip)
jmp *there@GOTPCREL(%rip)
test %rax, there@GOTPCREL(%rip)
test %r9, there@GOTPCREL(%rip)
add there@GOTPCREL(%rip), %rax
or there@GOTPCREL(%rip), %rcx
adc there@GOTPCREL(%rip), %rdx
sbb there@GOTPCREL(%rip), %rbx
and there@GOTPCREL(%rip), %rsi
sub there@GOTPCREL(%rip), %r8
xor there@GOTPCREL(%rip), %r13
cmp there@GOTPCREL(%rip), %rbp
'''


@pytest.mark.parametrize('options', [[], ['--no-relax']])
@pytest.mark.parametrize('script', [LOW, HIGH])
def test_got_loads(same, script, options):
    same(script, options=options, a=START + GOT_LOADS, b=THERE)


def test_got_load_of_32_bits(same):
    same(LOW, a=START + 'mov there@GOTPCREL(%rip), %ecx\n', b=THERE)


def test_got_load_that_cannot_be_relaxed(same):
    same(LOW, a=START + 'push there@GOTPCREL(%rip)\n'
         'movq there@GOTPCREL + 8(%rip), %rax\n', b=THERE)


def test_got_of_several_symbols(same):
    same(LOW, a=START + 'push one@GOTPCREL(%rip)\npush two@GOTPCREL(%rip)\n'
         'push one@GOTPCREL(%rip)\n.globl one\none: ret\n',
         b='push three@GOTPCREL(%rip)\npush one@GOTPCREL(%rip)\n'
         '.globl two, three\ntwo: ret\nthree: ret\n')


def test_got_of_local_symbols(same):
    same(LOW, a=START + 'push l@GOTPCREL(%rip)\nmov l@GOTPCREL(%rip), %rax\n'
         '.data\nl: .quad 1\n', b='push l@GOTPCREL(%rip)\n.data\nl: .quad 1\n')


def test_got_of_an_undefined_weak(same):
    same(LOW, a=START + '.weak w\nmov w@GOTPCREL(%rip), %rax\n'
         'push w@GOTPCREL(%rip)\ntest %rax, w@GOTPCREL(%rip)\n')


def test_got_of_an_absolute_symbol(same):
    same(LOW, a=START + 'mov port@GOTPCREL(%rip), %rax\n'
         'push port@GOTPCREL(%rip)\n', b='.globl port\nport = 0x3f8\n')


def test_got_of_what_no_instruction_reaches(same):
    """Only its address tells that the load cannot do without an entry."""
    same(LOW, a=START + 'mov far@GOTPCREL(%rip), %rax\n',
         b=THERE + '.text\nmov farther@GOTPCREL(%rip), %rax\n',
         c='.globl far, farther\nfar = 0x123456789ab\nfarther = far + far\n')


def test_got_is_an_orphan(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } .data : { *(.data) } }',
         a=START + 'push there@GOTPCREL(%rip)\n', b=THERE)


def test_got_load_of_a_script_symbol(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } .data : { *(.data) }'
         ' end = .; }', a=START + 'mov end@GOTPCREL(%rip), %rax\n'
         'push end@GOTPCREL(%rip)\n')


def test_got_load_without_relaxation_bits(same):
    same(LOW, a='.globl _start\n.text\n_start: ret\n'
         'mov 0(%rip), %rax\n.reloc . - 4, R_X86_64_GOTPCREL, there - 4\n'
         'push 0(%rip)\n.reloc . - 4, R_X86_64_GOTPCREL, there - 4\n',
         b=THERE)


def test_weak_undefined_call(same):
    same(LOW, a=START + '.weak w\ncall w\nmov $w, %eax\nlea w(%rip), %rax\n')


def test_weak_undefined_from_the_higher_half(same):
    same(HIGH, a=START + '.weak w\ncall w\njmp w\nlea w(%rip), %rax\n'
         'mov w(%rip), %eax\njne w\ncall w@PLT\n')


@pytest.mark.parametrize('field', [
    '.long there', '.short there', '.byte there', '.byte there - .'])
def test_overflow(both_refuse, field):
    text = both_refuse(HIGH, a=START + f'.data\n{field}\n',
                       b='.globl there\n.bss\n.skip 300\nthere: .skip 1\n')
    assert 'R_X86_64_' in text and 'a.o' in text


def test_32_is_unsigned_and_32s_is_signed(both_refuse):
    both_refuse(HIGH, a=START + 'mov $there, %edi\n', b=THERE)


def test_relocation_against_a_discarded_section(both_refuse):
    both_refuse('SECTIONS { . = 1M; .text : { *(.text) } .data : { *(.data) }'
                ' /DISCARD/ : { *(.junk) } }',
                a=START + '.data\n.quad gone\n', b='.globl gone\n'
                '.section .junk,"aw"\ngone: .byte 1\n')


# ---- The GOT from elsewhere, sizes --------------------------------------------

GOT_USES = [
    'movabs $there@GOTOFF, %rax\nmovabs $_start@GOTOFF + 4, %rax\n',
    'movabs $there@GOT, %rax\nmov there@GOT(%rbx), %rax\n',
    'movabs $_start@PLTOFF, %rax\n', 'movabs $there@GOTPLT, %rax\n',
    'lea _GLOBAL_OFFSET_TABLE_(%rip), %rax\n',
    'movabs $_GLOBAL_OFFSET_TABLE_ - ., %rax\n',
    '.quad there@GOTPCREL, there@GOT + 8\n',
    'push there@GOTPCREL(%rip)\nmovabs $there@GOT, %rax\n',
    '.weak w\nmovabs $w@GOTOFF, %rax\nmovabs $w@GOT, %rax\n'
    'movabs $w@PLTOFF, %rax\n',
    '.quad l@GOT\nl: lea _GLOBAL_OFFSET_TABLE_ + 5(%rip), %r8\n',
]


def apart(script):
    """GNU ld takes the GOT to begin where its output section does, though not
    in all formulas: here it does."""
    return script.replace(' *(.got.plt) }', ' } .got.plt : { *(.got.plt) }')


@pytest.mark.parametrize('script', [LOW, HIGH])
@pytest.mark.parametrize('use', GOT_USES)
def test_got(same, script, use):
    same(apart(script), a=START + use, b=THERE)


def test_got_in_the_middle_of_a_section(same):
    """As ld.lld: G is relative to _GLOBAL_OFFSET_TABLE_, wherever that is."""
    ours = same(LOW.replace('*(.got) ', '*(.got) . += 16; '), oracle=links.BOOTLINK_LD, a=START + '.data\n.globl d\n'
         'd: .quad there@GOT, _GLOBAL_OFFSET_TABLE_ - .\n', b=THERE)
    data = ours.section('.data')
    got, to_got = (int.from_bytes(data.data[i:i + 8], 'little', signed=True)
                   for i in (0, 8))
    assert data.address + 8 + to_got + got == ours.section('.got').address


@pytest.mark.parametrize('flags', [
    ['-fpic'], ['-fpic', '-fno-plt'], [], ['-fpic', '-mcmodel=medium']])
def test_large_model(desk, flags):
    desk.compile('c.o', 'extern int there; static int here[9]; int f(int);'
                 'int g(void) { return there + here[f(1)]; }'
                 'int (*p)(void) = g; int f(int i) { here[i] = 1; return i; }',
                 *(flags if '-mcmodel=medium' in flags
                   else [*flags, '-mcmodel=large']))
    desk.assemble('a.o', START + THERE + NO_STACK)
    desk.write('link.ld', apart(LOW).replace('.text)', '.text .text.*)').replace(
        '.bss)', '.bss .bss.* .data.*)'))
    arguments = ['a.o', 'c.o', '-T', 'link.ld']
    theirs = desk.link(links.GNU_LD, 'theirs', arguments)
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    assert links.differences(ours, theirs) == []


def test_sizes(same):
    same(LOW, b='.globl there\n.data\n.size there, 24\nthere: .quad 1\n',
         a=START + '.size _start, 5\n.data\n.quad there@SIZE, _start@SIZE + 4\n'
         '.long there@SIZE - 24\n.quad none@SIZE\n.weak none\n')


def test_size_is_unsigned(same, both_refuse):
    a = START + '.data\n.long there@SIZE\n'
    there = '.globl there\n.data\nthere: .quad 1\n.size there, '
    same(LOW, a=a, b=there + '0xffffffff\n')
    both_refuse(LOW, a=a, b=there + '0x100000000\n')


def test_a_relocation_of_no_type_is_a_reference(same, both_refuse):
    """--gc-sections follows it, and its symbol has to be there."""
    refer = START + '.reloc 0, R_X86_64_NONE, '
    same(LOW, a=refer + 'there\n', b=THERE)
    same(LOW, a=refer + 'none\n.weak none\n')
    both_refuse(LOW, a=refer + 'none\n')
    both_refuse(LOW, a=START + '.section .debug_x,""\n.quad 1\n'
                '.reloc 0, R_X86_64_NONE, none\n')
    both_refuse(LOW + ' SECTIONS { /DISCARD/ : { *(.junk) } }',
                a=refer + 'junk\n.section .junk,"aw"\njunk: .quad 1\n')
