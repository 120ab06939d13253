# SPDX-License-Identifier: BSD-2-Clause
"""Symbol versions in objects: who means whom, and what the output calls it.
[GNU as: Symver]"""

import pytest

from cases import archive

SCRIPT = 'SECTIONS { . = 1M; .text : { *(.text) } .data : { *(.data) } }'
PLAIN = '.globl _start\n.text\n_start: ret\n.data\n.quad f\n'
BY_VERSION = ('.globl _start\n.text\n_start: ret\n.data\n'
              '.symver g, f@V1\n.quad g\n')


def version(name, text, label='x'):
    return (f'.text\n.globl {label}\n.symver {label}, {name}\n'
            f'{label}: {text}\n')


@pytest.mark.parametrize('name', ['f@@V1', 'f@@@V1'])
@pytest.mark.parametrize('user', [PLAIN, BY_VERSION])
def test_default_version_is_meant_by_all(same, user, name):
    same(SCRIPT, a=user, b=version(name, 'nop'))
    same(SCRIPT, b=version(name, 'nop'), a=user)


def test_other_version_is_meant_by_its_name(same, both_refuse):
    same(SCRIPT, a=BY_VERSION, b=version('f@V1', 'nop'))
    same(SCRIPT, a=PLAIN, b=version('f@V1', 'nop'),
         c='.globl f\n.text\nf: ret\n')
    both_refuse(SCRIPT, a=PLAIN, b=version('f@V1', 'nop'))
    both_refuse(SCRIPT, a=BY_VERSION, b='.globl f\n.text\nf: ret\n')


def test_two_versions(same, both_refuse):
    both = version('f@V1', 'nop') + version('f@@V2', 'ret', 'y')
    same(SCRIPT, a=PLAIN, b=both)
    same(SCRIPT, a=BY_VERSION, b=both)
    both_refuse(SCRIPT, a=PLAIN, b=version('f@@V1', 'nop'),
                c=version('f@@V2', 'ret', 'y'))
    both_refuse(SCRIPT, a=BY_VERSION, b=version('f@V1', 'nop'),
                c=version('f@@V1', 'ret', 'y'))


def test_default_version_is_a_definition(same, both_refuse):
    weak = '.weak f\n.text\nnop\nf: ret\n'
    same(SCRIPT, a=PLAIN, b=version('f@@V1', 'nop'), c=weak)
    same(SCRIPT, a=PLAIN, b=weak, c=version('f@@V1', 'nop'))
    both_refuse(SCRIPT, a=PLAIN, b=version('f@@V1', 'nop'),
                c='.globl f\n.text\nf: ret\n')
    both_refuse(SCRIPT, a=PLAIN, b='.globl f\n.text\nf: ret\n',
                c=version('f@@V1', 'nop'))


def test_the_command_line_names_it(same):
    definition = version('f@@V1', 'nop')
    same(SCRIPT, ['--defsym', 'f=5'], a=PLAIN, b=definition)
    same(SCRIPT, ['--gc-sections'], a=PLAIN, b=definition)
    same(SCRIPT, ['-e', 'f'], a=PLAIN, b=definition)


@pytest.mark.parametrize('user', [PLAIN, BY_VERSION])
@pytest.mark.parametrize('name', ['f@V1', 'f@@V1'])
def test_member_with_a_version(same, both_refuse, user, name):
    """Found in the first turn, and when it comes to be wanted later."""
    test = both_refuse if (user, name) == (PLAIN, 'f@V1') else same
    test(SCRIPT, a=user, lib=archive(y=version(name, 'nop')))
    late = user.replace('_start', 'late')
    test(SCRIPT, a='.globl _start\n.text\n_start: call late\n',
         lib=archive(y=version(name, 'nop'), z=late))
