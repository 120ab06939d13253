# SPDX-License-Identifier: BSD-2-Clause
"""SHT_REL on x86-64, compared with lld: GNU ld drops the addend there."""

import pytest

import elf
import links
import rel

# ALIGN: the versions of lld differ in where .data begins without it.
SCRIPT = ('SECTIONS { . = 0x100000; .text : { *(.text) } . = ALIGN(16);'
          ' .data : { *(.data) } .bss : { *(.bss) } }')
SOURCE = '''.globl _start
.text
_start: call there
    lea there + 5(%rip), %rax
    mov $there + 7, %edi
    call *there@GOTPCREL(%rip)
    movq $local - 1, 8(%rdi)
.data
local: .quad there + 0x123456789, local - 8, -5 + there
    .long there + 4, there - .
    .quad there - .
    .short there - local
'''
THERE = '.globl there\n.data\n.byte 1\nthere: .quad 2\n'


def as_rel(desk, name):
    path = desk.folder / name
    path.write_bytes(rel.convert(path.read_bytes()))
    kinds = {s.type for s in elf.read(path).sections}
    assert elf.SHT_REL in kinds and elf.SHT_RELA not in kinds


@pytest.fixture
def arguments(desk):
    desk.write('link.ld', SCRIPT)
    desk.assemble('a.o', SOURCE)
    desk.assemble('b.o', THERE)
    return ['-T', 'link.ld', 'a.o', 'b.o']


def bytes_of(output):
    """lld keeps an empty .bss, and a .got.plt that nobody uses."""
    return {s.name: (s.address, s.data) for s in links.allocated(output)
            if s.name in ('.text', '.data')}


def test_addends_in_place(desk, arguments):
    with_rela = desk.link(links.BOOTLINK_LD, 'rela', arguments)
    as_rel(desk, 'a.o')
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    theirs = desk.link(links.LLD, 'theirs', arguments)
    assert bytes_of(ours) == bytes_of(theirs)
    assert bytes_of(ours) == bytes_of(with_rela)
