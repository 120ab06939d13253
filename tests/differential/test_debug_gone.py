# SPDX-License-Identifier: BSD-2-Clause
"""What debug sections say about code that is not in the output: of a lost copy
of a COMDAT group what is true of the one that stayed, else nothing."""

import pytest

import elf
import links
from links import contents

SCRIPT = ('SECTIONS { . = 0x1000; .text : { *(.text .text.*) }'
          ' .rodata : { *(.rodata*) } /DISCARD/ : { *(.gone) } }')
GROUP = ('.section .text.f,"axG",@progbits,f,comdat\n.weak f\nf: nop\n'
         'local: ret\n.section .rodata.f,"aG",@progbits,f,comdat\ntable: ')
START = '.globl _start\n_start: nop\n' + GROUP + '.quad 1\n'
REFERENCES = '.quad f, f+1, .text.f+1, local, local+1, .text.f\n'


@pytest.fixture
def same_contents(same, desk):
    def check(script, **sources):
        ours = same(script, **sources)
        ours, theirs = contents(ours), contents(elf.read(desk.folder /
                                                         'theirs'))
        assert [n for n in theirs if ours.get(n) != theirs[n]] == []
    return check


@pytest.mark.parametrize('section', ['.debug_x', '.debug_ranges', '.line'])
def test_the_copy_that_stays_is_meant(same_contents, section):
    same_contents(SCRIPT, a=START, b=GROUP + f'.quad 1\n.section {section}\n'
                  + REFERENCES + '.quad table, table+1\n')


@pytest.mark.parametrize('section', ['.debug_x', '.debug_ranges', '.debug_loc'])
@pytest.mark.parametrize('lost', [
    '.quad 1, 2\n', '.quad 1\n.section .text.g,"axG",@progbits,f,comdat\n'
    'other: .quad 1\n', '.quad 1\n.section .gone\nother: .quad 1\n'],
    ids=['larger', 'not in the other copy', 'discarded'])
def test_nothing_is_meant(same_contents, section, lost):
    name = 'other' if 'other' in lost else 'table'
    same_contents(SCRIPT, a=START, b=f'{GROUP}{lost}.section {section}\n'
                  f'.quad {name}, {name}+1\n.long {name}+3\n')


@pytest.mark.parametrize('section', ['.data', '.note.x', '.other,"",@progbits'])
@pytest.mark.parametrize('name', ['local', 'gone', 'nowhere'])
def test_other_sections_may_not_refer_to_it(both_refuse, section, name):
    text = both_refuse(SCRIPT, a=START, b=GROUP + '.quad 1\n.section .gone\n'
                       f'gone: .quad 1\n.section {section}\n.quad {name}\n')
    assert name in text


def test_undefined_in_a_debug_section(both_refuse):
    assert "undefined reference to 'nowhere'" in both_refuse(
        SCRIPT, a=START + '.section .debug_x\n.quad nowhere\n')


INLINE = '''
template <typename T> struct stack {
    T items[4]; int count;
    void push(T item) { items[count++ & 3] = item; }
    virtual T last() { static T none; return count ? items[count & 3] : none; }
};
inline int twice(int n) { static const char name[] = "twice"; return n * name[0]; }
extern "C" int NAME(int n) { stack<int> s; s.push(n); s.push(twice(n));
                             return s.last(); }
'''


@pytest.mark.parametrize('compiler', ['gcc', 'clang'])
@pytest.mark.parametrize('flags', [['-O0', '-g'], ['-O2', '-g3', '-gdwarf-4'],
                                   ['-O0', '-g', '-fdebug-types-section']],
                         ids=' '.join)
def test_inline_functions_in_several_objects(desk, compiler, flags):
    desk.write('link.ld', SCRIPT.replace('/DISCARD/', '.data : { *(.data*) }'
                                         ' .bss : { *(.bss*) } /DISCARD/'))
    desk.assemble('start.o', '.globl _start\n_start: ret\n')
    for name in 'ab':
        done = links.run([compiler, '-x', 'c++', *flags, '-ffreestanding',
                          '-fno-asynchronous-unwind-tables', '-fno-rtti',
                          '-fno-exceptions', '-fno-threadsafe-statics',
                          '-fcf-protection=none', '-fno-stack-protector',
                          '-c', '-o', f'{name}.o', '-'], desk.folder,
                         INLINE.replace('NAME', name))
        assert done.returncode == 0, done.stdout
    arguments = ['-T', 'link.ld', 'start.o', 'a.o', 'b.o']
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    theirs = desk.link(links.GNU_LD, 'theirs', arguments)
    assert not links.differences(ours, theirs)
    ours, theirs = contents(ours), contents(theirs)
    assert [n for n in theirs if ours.get(n) != theirs[n]] == []
