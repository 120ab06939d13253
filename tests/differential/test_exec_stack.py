# SPDX-License-Identifier: BSD-2-Clause
"""Who makes the stack executable, and who is told. [GNU ld: -z execstack]"""

import pytest

import links

SAYS = '.section .note.GNU-stack,"{}",@progbits\n'


@pytest.fixture
def messages(desk):
    """The objects that each linker's warnings are of."""
    start = '.globl _start\n.text\n_start: ret\n'
    sources = {'plain': SAYS.format(''), 'code': SAYS.format('x'),
               'silent': '', 'code2': SAYS.format('x'), 'silent2': ''}
    for name, note in sources.items():
        desk.assemble(f'{name}.o', (start if name == 'plain' else '') + note)

    def link(*arguments):
        found = []
        for linker in links.GNU_LD, links.BOOTLINK_LD:
            done = links.run([linker, '-e', '0', '-o', 'out', *arguments],
                             desk.folder)
            assert done.returncode == 0, done.stdout
            words = [word.strip(':') for line in done.stdout.splitlines()
                     if 'warning' in line for word in line.split()]
            found.append({word for word in words if word.endswith('.o')})
        return found

    return link


@pytest.mark.parametrize('line, told', [
    ('plain.o silent.o', 'silent.o'),
    ('plain.o silent.o silent2.o', 'silent2.o'),
    ('plain.o code.o code2.o', 'code.o'),
    ('silent.o code.o', 'code.o'),
    ('silent.o silent2.o', None),
    ('silent.o -z stack-size=4096', 'silent.o'),
    ('-r plain.o silent.o', 'silent.o'),
    ('plain.o code.o --no-warn-execstack', None),
    ('plain.o code.o --no-warn-execstack --warn-execstack', 'code.o'),
    ('plain.o code.o -z noexecstack', None),
    ('plain.o code.o -z execstack', None)])
def test_warned_of(messages, line, told):
    assert messages(*line.split()) == [{told} if told else set()] * 2


@pytest.mark.parametrize('when, is_told', [
    ('', False), ('--warn-execstack', True), ('--no-warn-execstack', False),
    ('--warn-execstack --no-warn-execstack', False),
    ('--no-warn-execstack --warn-execstack', True)])
@pytest.mark.parametrize('files', ['plain.o', 'code.o', '-r plain.o'])
def test_what_the_command_line_says_is_told_on_request(desk, when, is_told,
                                                       files):
    desk.assemble('plain.o', SAYS.format(''))
    desk.assemble('code.o', SAYS.format('x'))
    for linker in links.GNU_LD, links.BOOTLINK_LD:
        done = links.run([linker, '-e', '0', '-z', 'execstack', *when.split(),
                          *files.split(), '-o', 'out'], desk.folder)
        assert ('-z execstack' in done.stdout) == is_told


@pytest.mark.parametrize('files', [
    'plain.o', 'code.o', 'silent.o', 'plain.o silent.o', 'silent.o plain.o',
    'plain.o code.o silent.o', '-b binary bytes',
    '-b binary bytes -b elf64-x86-64 plain.o'])
@pytest.mark.parametrize('options', [
    '', '-z execstack', '-z noexecstack', '-z stack-size=4096'])
def test_what_an_object_of_objects_says(desk, files, options):
    for name, note in {'plain': SAYS.format(''), 'code': SAYS.format('x'),
                       'silent': ''}.items():
        desk.assemble(f'{name}.o', note)
    desk.write('bytes', 'bytes')
    found = []
    for linker in links.GNU_LD, links.BOOTLINK_LD:
        output = desk.link(linker, 'out', ['-r', *options.split(),
                                           *files.split()])
        found.append([(s.name, s.type, s.flags, s.size, s.align)
                      for s in output.sections if s.name.startswith('.note')])
    assert found[0] == found[1]
