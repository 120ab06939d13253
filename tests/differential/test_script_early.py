# SPDX-License-Identifier: BSD-2-Clause
"""What the assignments of a script mean to archives: GNU ld looks at them when
the script has its turn on the command line. [GNU ld manual: Assigning Values to
Symbols]"""

import pytest

import links
from cases import archive

SECTIONS = 'SECTIONS { . = 1M; .text : { *(.text) } .data : { *(.data) } '
START = '.globl _start\n.text\n_start: ret\n'
LABELS = '.text\nnop\nnop\n.globl lab, seven\nlab: ret\nseven = 7\n.comm com,4,4\n'
REFERS = '.data\n.quad foo\n'
WEAKLY = '.weak foo\n.data\n.quad foo\n'
FOO = archive(foo='.globl foo\n.text\nfoo: nop\nnop\n')


@pytest.fixture
def agree(same, both_refuse, desk):
    """Links, or refuses, as GNU ld does; says which."""

    def check(script, options, **sources):
        desk.write('early.ld', script)
        try:
            return same(None, options, **sources)
        except links.LinkFailed:
            both_refuse(None, options, **sources)
            return None

    return check


def members(output):
    return {s.name for s in output.symbols}


@pytest.mark.parametrize('value, is_taken', [
    ('foo', True), ('foo + SIZEOF(.text)', True), ('0 && foo', True),
    ('SIZEOF(.text) + foo', True), ('MAX(1, foo)', True), ('~foo', True),
    ('ALIGN(foo, 8)', True), ('ALIGN(foo)', True), ('LOG2CEIL(foo)', True),
    ('ASSERT(foo, "no")', True), ('SEGMENT_START("x", foo)', True),
    ('LOADADDR(.text) + foo', True), ('1 ? 5 : foo', False),
    ('DEFINED(foo) ? foo : 5', False), ('DEFINED(_start) ? foo : 1', True),
    ('DEFINED(com) ? foo : 1', True), ('DEFINED(bar) ? 1 : foo', True),
    ('lab == 2 ? foo : 1', True), ('seven ? foo : 1', True),
    ('SIZEOF(.text) ? 1 : foo', False), ('com ? foo : 1', False),
    ('CONSTANT(MAXPAGESIZE) ? foo : 1', True), ('. ? 1 : foo', True)])
def test_an_assignment_refers(agree, value, is_taken):
    output = agree(SECTIONS + f'bar = {value}; }}', ['{a}', '{b}', '-Tearly.ld', '{c}'],
                   a=START, b=LABELS, c=FOO)
    assert output is None or is_taken is ('foo' in members(output))


@pytest.mark.parametrize('statement', [
    '.x : { bar = foo; }', 'HIDDEN(bar = foo);', 'PROVIDE(bar = foo);',
    'ASSERT(foo, "no")', '. = foo;', '.x : { LONG(foo) }', '.x foo : { *(.x) }',
    'q = 1; bar = q ? foo : 1;', 'q = lab; bar = q == 2 ? foo : 1;',
    'q = 0; bar = q ? foo : 1;', 'bar = DEFINED(q) ? 1 : 2; q = 4;',
    'PROVIDE(q = 4); bar = q ? foo : 1;', 'bar = foo; foo = 7;',
    'foo = 7; bar = foo;', 'foo = foo + 1;', 'foo += 1;', 'bar = zz; zz = foo;',
    'OVERLAY : { .x { bar = foo; LONG(1) } }'])
def test_statements_refer(agree, statement):
    agree(SECTIONS + statement + ' }', ['{a}', '{b}', '-Tearly.ld', '{c}'], a=START, b=LABELS, c=FOO)


@pytest.mark.parametrize('options', [
    ['{a}', '-Tearly.ld', '{r}', '{w}', '{f}'],
    ['-Tearly.ld', '{a}', '{f}', '{r}', '{w}'],
    ['{a}', '{f}', '{r}', '{w}', '-Tearly.ld'],
    ['{a}', '{w}', '-Tearly.ld', '{f}', '{r}'],
    ['{r}', '-Tearly.ld', '{f}', '{a}', '{w}'],
    ['-(', '{r}', '{f}', '-Tearly.ld', '-)', '{a}', '{w}']])
@pytest.mark.parametrize('statement', [
    'foo = 5;', 'foo = .;', '.x : { foo = .; }', 'foo = SIZEOF(.text);',
    'foo = _start;', 'foo = zz; zz = 5;', 'PROVIDE(foo = 5);', 'bar = foo;',
    'foo = DEFINED(foo) ? foo : 7;', 'PROVIDE(bar = foo);'])
def test_what_is_assigned_is_no_reason(agree, options, statement):
    agree(SECTIONS + statement + ' }', options, a=START, r=REFERS, w=WEAKLY,
          f=FOO)


@pytest.mark.parametrize('options', [
    ['--defsym=bar=foo', '{a}', '{f}'], ['{a}', '{f}', '--defsym=bar=foo'],
    ['{a}', '--defsym=bar=foo', '{f}'], ['{a}', '{r}', '--defsym=foo=5', '{f}'],
    ['-r', '{a}', '--defsym=bar=foo', '{f}']])
def test_defsym_in_its_turn(agree, options):
    agree(SECTIONS + '}', [*options, '-Tearly.ld'], a=START, r=REFERS, f=FOO)


@pytest.mark.parametrize('script', [
    'INPUT(f.a) bar = foo;', 'bar = foo; INPUT(f.a)', 'INPUT(r.o f.a) foo = 5;',
    'foo = 5; INPUT(r.o f.a)', 'bar = foo; SECTIONS { } INPUT(f.a)'])
def test_inputs_of_the_script_have_their_turn(agree, script):
    agree(script + SECTIONS + '}', ['{a}', '-Tearly.ld'], a=START,
          **{'r.ld': REFERS, 'f.ld': ''})


@pytest.mark.parametrize('script, option', [
    ('SECTIONS { bar = foo; } INSERT AFTER .text;', '-Tearly.ld'),
    ('SECTIONS { .x : { bar = foo; } } INSERT AFTER .text;', '-Tearly.ld'),
    ('bar = foo;', 'early.ld'), ('foo = 5;', 'early.ld')])
def test_scripts_that_add_to_the_layout(agree, script, option):
    agree(script, ['{a}', '{r}', option, '{f}'], a=START, r=REFERS, f=FOO)
    agree(script, [option, '{a}', '{f}'], a=START, f=FOO)
