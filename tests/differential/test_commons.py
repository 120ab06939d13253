# SPDX-License-Identifier: BSD-2-Clause
"""Common symbols and their definitions: what does not agree is said, in the same
situations as GNU ld says it."""

import re

import pytest

import links
from cases import build_input

SCRIPT = ('SECTIONS { . = 1M; .text : { *(.text) } . = ALIGN(4096);'
          ' .data : { *(.data) } .bss : { *(.bss) *(COMMON) } }')
ROOT = '.globl _start\n.text\n_start: nop\n.data\n.quad x\n'
SIZED = '.globl x\n.type x, @object\n.size x, %d\nx: .quad 1\n'
MENTIONS = {
    'common-4': '.comm x,4,4\n',
    'common-8': '.comm x,8,8\n',
    'common-4-16': '.comm x,4,16\n',
    'common-8-4': '.comm x,8,4\n',
    'four': '.data\n' + SIZED % 4,
    'eight': '.data\n.balign 8\n' + SIZED % 8,
    'odd': '.data\n.balign 8\n.long 1\n' + SIZED % 8,
    'plain': '.data\n.balign 2\n.globl x\nx: .quad 1\n',
    'bss': '.bss\n.globl x\n.type x, @object\n.size x, 4\nx: .zero 4\n',
    'weak': '.data\n' + (SIZED % 8).replace('globl', 'weak'),
    'function': '.text\n.globl x\n.type x, @function\n.size x, 4\nx: nop\n',
    'number': '.globl x\nx = 5\n',
    'reference': '.type x, @object\n.size x, 12\n.data\n.quad x\n',
}
THEIRS = r'warning: (alignment|size|type)'
OURS = r"warning: .*'x' (?:is|has) (?:the )?(align|size|type)"


def warnings(desk, linker, pattern, arguments):
    text = links.run([linker, '-o', 'o', *arguments], desk.folder).stdout
    return sorted(word[:5] for word in re.findall(pattern, text))


@pytest.mark.parametrize('first', MENTIONS)
def test_a_common_symbol_and_its_definition(desk, first):
    found = 0
    desk.write('link.ld', SCRIPT)
    root = build_input(desk, 'root', ROOT)
    files = {name: build_input(desk, name, source)
             for name, source in MENTIONS.items()}
    for second in MENTIONS:
        arguments = [root, files[first], files[second], '-T', 'link.ld']
        theirs = warnings(desk, links.GNU_LD, THEIRS, arguments)
        assert warnings(desk, links.BOOTLINK_LD, OURS, arguments) == theirs, (
            second)
        found += len(theirs)
    assert found or first in ('weak', 'reference', 'eight')


@pytest.mark.parametrize('kind', ['object', 'function', 'tls_object'])
@pytest.mark.parametrize('how', ['x = .;', 'PROVIDE(x = .);', 'HIDDEN(x = 8);'])
def test_the_type_of_a_reference_stays_when_the_script_defines_it(same, how,
                                                                  kind):
    typed = ROOT + f'.type x, @{kind}\n'
    same(SCRIPT[:-1] + how + ' }', a=typed)
    same(SCRIPT[:-1] + how + ' }', a=typed.replace('_start', 'f'), b=typed)


def test_the_type_of_a_common_that_the_script_defines(same):
    same(SCRIPT[:-1] + 'x = .; }', a=ROOT, b='.comm x,4,4\n')


def test_many_commons_are_in_the_order_of_a_table_of_names(same):
    """GNU ld goes through its table: of some names in one bucket, the last that
    was mentioned comes first."""
    names = ''.join(f'.comm common{i},8,8\n' for i in range(1500))
    same(SCRIPT, a=ROOT + names + '.comm x,4,4\n')
