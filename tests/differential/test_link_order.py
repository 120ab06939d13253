# SPDX-License-Identifier: BSD-2-Clause
"""SHF_LINK_ORDER, and what output sections have of their first input's flags.
[gABI: Section Attribute Flags]"""

import pytest

START = '.globl _start\n.text\n_start: nop\n'
SCRIPT = ('SECTIONS { . = 0x400000; .text : { *(.text) *(SORT(.text.*)) }'
          ' .x : { %s } }')
ORPHANS = SCRIPT.split('.x :', maxsplit=1)[0] + '}'


def code(name):
    return (f'.section .text.{name},"ax"\n.balign 4\nf{name}: .byte '
            f'{ord(name)}\n')


def describing(name, what, value, align=1, count=1):
    return (f'.section {name},"ao",@progbits,{what}\n.balign {align}\n'
            f's{value}: .fill {count}, 1, {value}\n')


def plain(name, value):
    return f'.section {name},"a",@progbits\ns{value}: .byte {value}\n'


CODE = START + code('a') + code('b') + code('c')
BACK = (describing('.f0', '.text.c', 1, 1, 3) +
        describing('.f1', '.text.b', 2, 8, 5) +
        describing('.f2', '.text.a', 3))

CASES = {
    'backwards': (BACK,),
    'with-plain-ones': (plain('.f9', 9) + BACK + plain('.f8', 8),),
    'plain-behind': (BACK + plain('.f8', 8),),
    'of-one-section': (describing('.f1', '.text.b', 1) +
                       describing('.f0', '.text.b', 2) +
                       describing('.f2', '.text.a', 3),),
    'two-objects': (BACK, code('0') + describing('.f4', '.text.0', 4)),
    'of-nothing': (describing('.f7', '0', 7) + BACK,),
}


@pytest.mark.parametrize('sources', CASES.values(), ids=CASES)
@pytest.mark.parametrize('inputs', [
    '*(.f*)', '*(.f0) *(.f*)', '*(.f0 .f*)', '*(.f[12]) BYTE(7) *(.f*)',
    'a = .; *(.f0) b = .; . = ALIGN(4); *(.f*)'])
def test_order(same, sources, inputs):
    same(SCRIPT % inputs,
         **{f'o{i}': (CODE if i == 0 else '') + source
            for i, source in enumerate(sources)})


def test_in_front_of_what_they_describe(same):
    same('SECTIONS { . = 0x400000; .x : { *(.f*) } .text : { *(.text)'
         ' *(SORT(.text.*)) } }', a=CODE + BACK)


def test_orphans(same):
    same(ORPHANS, a=CODE + describing('.x', '.text.c', 1),
         b=code('0') + describing('.x', '.text.0', 2))


def test_patchable_functions(same):
    """What -fpatchable-function-entry writes, in the order of the functions."""
    functions = ''.join(
        f'.section .text.{name},"ax"\n.globl {name}\n{name}: nop\n'
        '.section __patchable_function_entries,"awo",@progbits,'
        f'.text.{name}\n.balign 8\n.quad {name}\n' for name in 'zyx')
    same('SECTIONS { . = 0x400000; .text : { *(.text) *(SORT(.text.*)) }'
         ' .data : { first = .; *(__patchable_function_entries)'
         ' last = .; } }', ['--gc-sections', '-e', '_start'],
         a=START + 'call x\ncall z\n' + functions)


# ---- out with what they describe ------------------------------------------------

@pytest.mark.parametrize('where', ['', '.x : { *(.f*) }'])
def test_described_section_is_discarded(same, where):
    same('SECTIONS { . = 0x400000; .text : { *(.text) *(.text.[bc]) } ' + where +
         ' /DISCARD/ : { *(.text.a) } }', a=CODE + BACK)


def test_described_copy_of_a_group_lost(same):
    group = '.section .text.g,"axG",@progbits,g,comdat\nnop\n'
    same(SCRIPT % '*(.f*)', a=CODE + group + describing('.f5', '.text.g', 5),
         b=group + describing('.f6', '.text.g', 6))


def test_described_section_is_garbage(same):
    same(SCRIPT % '*(.f*)', ['--gc-sections', '-e', '_start'],
         a=CODE + BACK + '.text\ncall fb\n')


# ---- flags ---------------------------------------------------------------------

FLAGS = ['al', 'awl', 'axl', 'aR', '0x100002', '0x08000002', '0x20000002', 'aM',
         'aMS', 'a', 'aw', '0x82']


@pytest.mark.parametrize('second', ['a', 'al', 'aR'])
@pytest.mark.parametrize('first', FLAGS)
def test_flags_of_the_first_input(same, first, second):
    size = ', 1' if 'M' in first else ''
    same(SCRIPT % '*(.f0) *(.f1)', a=START + f'.section .f0,"{first}",@progbits'
         f'{size}\n.ascii "ab\\0"\n.section .f1,"{second}"\n.byte 9\n')


@pytest.mark.parametrize('kind', ['@note', '@init_array', '@fini_array',
                                  '@preinit_array', '@unwind', '@0x6ffffff5',
                                  '@0x60001234', '@nobits'])
def test_types(same, kind):
    for script in SCRIPT % '*(.foo)', ORPHANS:
        same(script, a=START + f'.section .foo,"aw",{kind}\n.zero 8\n')


def test_excluded_section(same):
    same(SCRIPT % '*(.foo)', a=START + '.section .foo,"ae"\n.long 1\n')


def test_unique_symbols_mark_the_file(same):
    same(ORPHANS, a=START + '.globl u\n.type u, @gnu_unique_object\n'
         '.data\nu: .long 1\n')


@pytest.mark.parametrize('order', ['ab', 'ba'])
def test_what_an_excluded_section_defines_is_not_there(same, order):
    sources = {'a': '.section .foo,"axe"\n.globl f, g\nf: ret\n.weak g\ng: ret\n',
               'b': START + '.globl f\nf: nop\ng: nop\n.data\n.quad f\n'}
    same(ORPHANS, **{name: sources[name] for name in order})


def test_what_an_excluded_section_defines_is_missed(both_refuse):
    assert "undefined reference to 'f'" in both_refuse(
        ORPHANS, a=START + 'call f\n',
        b='.section .foo,"axe"\n.globl f\nf: ret\n')


def test_what_describes_what_describes_what_is_not_there(same):
    same(ORPHANS.replace('.text :', '/DISCARD/ : { *(.gone) } .text :'),
         a=START + '.section .gone,"a"\n.byte 0\n' +
         describing('.f1', '.f3', 1) + describing('.f2', '.gone', 2) +
         describing('.f3', '.f2', 3))
