# SPDX-License-Identifier: BSD-2-Clause
"""Data that is far from code: the medium and large models. [psABI 3.5.1, 4.2.1]
"""

import pytest

import links
from cases import NO_STACK

SCRIPT = ('SECTIONS { . = 1M; .text : { *(.text .text.*) } .got : { *(.got) }'
          ' .got.plt : { *(.got.plt) } %s }')
NEAR = '.data : { *(.data .data.*) } .bss : { *(.bss .bss.* COMMON) }'
FAR = ('.lrodata : { *(.lrodata .lrodata.*) } .ldata : { *(.ldata .ldata.*) }'
       ' .lbss : { *(.lbss .lbss.*) *(LARGE_COMMON) }')
START = '.globl _start\n.text\n_start: ret\n'
DATA = ('.globl a, b, c\n.section .ldata,"awl"\n.balign 32\na: .quad 1, b\n'
        '.section .lbss,"awl",@nobits\nb: .skip 24\n'
        '.section .lrodata,"al"\nc: .quad 3\n')
USES = ('movabs $a, %rax\nmov a@GOTPCREL(%rip), %rax\n'
        'lea c@GOTPCREL(%rip), %rdi\nmovabs $b@GOTOFF, %rax\n'
        'mov b@GOTPCREL(%rip), %rcx\n')

PLACES = {
    'far': NEAR + FAR, 'orphans': NEAR, 'commons are orphans':
        NEAR + FAR.replace('*(LARGE_COMMON)', ''),
    'near': '.data : { *(.data .ldata .lrodata) }'
            ' .bss : { *(.bss COMMON) *(.lbss LARGE_COMMON) }',
    'far first': '.ldata : { *(.ldata .data .lrodata) }'
                 ' .lbss : { *(.lbss .bss COMMON LARGE_COMMON) }',
    'data of the script': NEAR + FAR.replace('.lrodata :', '.lrodata.x :')
                          .replace('.ldata : {', '.ldata : { QUAD(5)'),
    'nothing but data of the script': '.lbss.a : { BYTE(1) } .ldata : { BYTE(2)'
                                      ' } .lrodata.b : { BYTE(3) }' + NEAR}


@pytest.mark.parametrize('place', PLACES)
def test_sections(same, place):
    same(SCRIPT % PLACES[place], b=DATA, a=START + USES)


def test_locals_that_nobody_else_names(same):
    """As clang has it: nothing in the object names _GLOBAL_OFFSET_TABLE_."""
    load = '.byte 0x48, 0x8b, 5\n.reloc ., R_X86_64_{}, x - 4\n.long 0\n'
    same(SCRIPT % PLACES['far'],
         a=START + load.format('REX_GOTPCRELX') + load.format('GOTPCREL') +
         '.section .ldata,"awl"\nx: .quad 1\n')


COMMON = '.largecomm big, 40, 32\n.largecomm other, 8, 8\n.comm small, 4, 4\n'


@pytest.mark.parametrize('place', ['far', 'commons are orphans', 'near'])
def test_commons(same, place):
    same(SCRIPT % PLACES[place], b=COMMON, a=START + COMMON.replace('40', '64') +
         'movabs $big, %rax\nmov big@GOTPCREL(%rip), %rax\n'
         'mov other@GOTPCREL(%rip), %rax\nmov small@GOTPCREL(%rip), %rax\n')


def test_a_common_symbol_that_is_near_somewhere_is_near(same):
    same(SCRIPT % PLACES['far'], a=START + '.largecomm x, 64, 32\n',
         b='.comm x, 8, 8\nmov x@GOTPCREL(%rip), %rax\n',
         c='.largecomm x, 128, 8\n.largecomm z, 8, 8\n')


SOURCE = '''
int common[70000]; int data[70000] = {1}; const int constant[70000] = {2};
static int hidden[70000]; int small; static int number = 4;
int *pointer = common;
int f(int i) {
    number++;
    hidden[i] = i;
    return common[i] + data[i] + constant[i] + hidden[i] + small + number;
}
'''


@pytest.mark.parametrize('place', ['far', 'orphans'])
@pytest.mark.parametrize('flags', [
    ['-mcmodel=medium'], ['-mcmodel=medium', '-fpic'], ['-mcmodel=large'],
    ['-mcmodel=large', '-fpic']])
def test_compiled_code(desk, flags, place):
    desk.compile('c.o', SOURCE, '-fcommon', '-fno-section-anchors',
                 '-fno-data-sections', *flags)
    desk.assemble('a.o', START + 'call f\n' + NO_STACK)
    desk.write('link.ld', SCRIPT % PLACES[place])
    arguments = ['a.o', 'c.o', '-T', 'link.ld']
    theirs = desk.link(links.GNU_LD, 'theirs', arguments)
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    assert links.differences(ours, theirs) == []


TLS = '.tls_common t, 8, 8\n.tls_common u, 4, 16\n'


@pytest.mark.parametrize('place', [
    '.tdata : { *(.tdata) } .tbss : { *(.tbss) *(.tcommon) }',
    '.tbss : { *(.tbss) *(.tcommon) }'])
def test_thread_local_commons(same, place):
    same(SCRIPT % (place + NEAR), segments=False, a=START + TLS + 'mov %fs:t@tpoff, %rax\n'
         'mov u@gottpoff(%rip), %rax\n', b=TLS.replace('8, 8', '24, 4') +
         '.section .tbss,"awT",@nobits\n.quad 0\n')
