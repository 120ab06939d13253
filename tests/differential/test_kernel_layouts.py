# SPDX-License-Identifier: BSD-2-Clause
"""Layouts as kernels have them: higher half, load addresses by AT, per-CPU data
at address 0, NOBITS amid a segment, PHDRS, assertions.
[GNU ld manual: Location Counter, Output Section LMA]"""

import pytest

import links
from cases import build

SOURCE = '''.globl _start,mid,init_size,pc1
.text
_start: call other
.skip 40
mid: ret
.section .head.text,"ax"
.quad _start
.section .rodata,"a"
.skip 100
.data
.quad mid,__per_cpu_load,pc1
.section .data..percpu..first,"aw"
.balign 64
pc1: .skip 64,1
.section .data..percpu,"aw"
pc2: .quad pc1,pc2
.section .init.text,"ax"
other: ret
.section .altinstr_replacement,"ax"
.skip 13
.section .bss..page_aligned,"aw",@nobits
.balign 4096
.skip 4096
.bss
.skip 300
.section .note.Linux,"a",@note
.long 4,4,1,0x554e47,0
.section .discard.x,"a"
.long 1
.set init_size, 0x30
'''
SEGMENTS = '''PHDRS { text PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6);
percpu PT_LOAD FLAGS(6); init PT_LOAD FLAGS(7); note PT_NOTE FLAGS(0); }
'''
LAYOUT = '''ENTRY(phys_startup_64)
jiffies = jiffies_64;
HALF = 0xffffffff80000000;
SECTIONS {
. = (HALF + ALIGN(0x1000000, 0x200000));
phys_startup_64 = ABSOLUTE(_start - HALF);
.text : AT(ADDR(.text) - HALF) { _text = .; _stext = .; *(.head.text) . =
ALIGN(4096); *(.text .text.*) _etext = .; } %(text)s = 0xcccccccc
. = ALIGN((1 << 12));
.rodata : AT(ADDR(.rodata) - HALF) { __start_rodata = .; *(.rodata)
*(.rodata.*) . = ALIGN(8); jiffies_64 = .; }
.notes : AT(ADDR(.notes) - HALF) { __start_notes = .; KEEP(*(.note.*))
__stop_notes = .; } %(text)s %(note)s
. = ALIGN(0x1000); __end_rodata = .;
.data : AT(ADDR(.data) - HALF) { _sdata = .; . = ALIGN(16384); *(.data) . =
ALIGN(64); _edata = .; } %(data)s
. = ALIGN((1 << 12)); __vvar_page = .;
. = ALIGN(__vvar_page + (1 << 12), (1 << 12));
__per_cpu_load = .;
.data..percpu 0 : AT(ADDR(.data..percpu) - 0 + __per_cpu_load - HALF) {
__per_cpu_start = .; *(.data..percpu..first) . = ALIGN((1 << 12));
*(.data..percpu) __per_cpu_end = .; } %(percpu)s
. = __per_cpu_load + SIZEOF(.data..percpu);
ASSERT(SIZEOF(.data..percpu) < (1 << 26), "too large")
.init.text : AT(ADDR(.init.text) - HALF) { . = ALIGN(4096); __init_begin = .;
*(.init.text) } %(init)s
.altinstr_replacement : AT(ADDR(.altinstr_replacement) - HALF) {
*(.altinstr_replacement) }
. = ALIGN((1 << 12)); __init_end = .;
.bss : AT(ADDR(.bss) - HALF) { __bss_start = .; *(.bss..page_aligned) . =
ALIGN(4096); *(.bss) . = ALIGN((1 << 12)); __bss_stop = .; }
__end_of_kernel_reserve = .;
. = ALIGN((1 << 12)); .brk : AT(ADDR(.brk) - HALF) { __brk_base = .; . += 64 *
1024; *(.bss..brk) __brk_limit = .; }
. = ALIGN((1 << 12)); _end = .;
init_per_cpu__x = ABSOLUTE(pc1) + __per_cpu_load;
. = ASSERT((_end - _text <= (1024 * 1024 * 1024)), "kernel image bigger than
KERNEL_IMAGE_SIZE");
/DISCARD/ : { *(.discard.*) *(.note.GNU-stack) } .got : { *(.got) *(.igot.*) }
ASSERT(SIZEOF(.got) == 0, "got") .plt : { *(.plt) *(.iplt) } .rela.dyn : {
*(.rela.*) *(.rela_*) }
}
'''
NAMES = ['text', 'data', 'percpu', 'init', 'note']


def test_linux_with_segments(same):
    same(SEGMENTS + LAYOUT % {name: f':{name}' for name in NAMES}, a=SOURCE)


def test_linux_without_segments(same):
    same(LAYOUT % {name: '' for name in NAMES}, a=SOURCE)


@pytest.mark.parametrize('contents', [
    '*(.head.text) . = 0x100 + init_size; *(.text) e = .;',
    '*(.text) . = mid + 0x40; e = .;',
    '*(.text) . = mid - _start + 0x80; e = .;',
    '*(.text) . = ALIGN(0x40) + init_size; e = .;',
    '*(.head.text) *(.text) . = ABSOLUTE(mid) + 0x80; e = ABSOLUTE(.) + 8;'])
def test_dot_from_a_symbol_of_an_input(same, contents):
    same('SECTIONS { . = 1M; .text : { ' + contents + ' } .data : { *(.data) }'
         ' __per_cpu_load = 5; }', a=SOURCE)


def test_dot_goes_back_between_sections(same):
    same('SECTIONS { . = 2M; .text : { *(.text) } . = 1M; a = .;'
         ' .data : { *(.data) } b = .; . = 3M; c = .; .rodata : { *(.rodata) }'
         ' __per_cpu_load = c; . = 0x80000; .init.text : { *(.init.text) } }',
         a=SOURCE)


def test_location_counter_around_sections(same):
    same('__per_cpu_load = 1; . = 0x4000; before = .; SECTIONS {'
         ' .text : { *(.text) } after = .; } . = 0x9000; behind = .;', a=SOURCE)


def test_layout_that_never_rests(desk):
    """GNU ld takes what the last of its turns gave."""
    arguments = build(desk, 'SECTIONS { . = 1M; .text : { *(.text)'
                      ' . = . + (ADDR(.data) & 0xff) + 8; }'
                      ' .data : { *(.data) } __per_cpu_load = 5; }', [],
                      {'a': SOURCE})
    with pytest.raises(links.LinkFailed, match='an address depends on itself'):
        desk.link(links.BOOTLINK_LD, 'ours', arguments)
