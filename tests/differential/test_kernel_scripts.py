# SPDX-License-Identifier: BSD-2-Clause
"""Scripts in the manner of well-known kernels, with what makes theirs hard:
per-CPU data at 0, load addresses, linker sets, exception tables, NOLOAD,
regions, included parts, assertions."""

import pytest

HEAD = '''
.section .boot.text,"ax"
.globl _start
_start: movabsq $stack_top, %rsp
 movabsq $high, %rax
 jmp *%rax
.section .boot.data,"aw"
.quad boot_page_table, _start
.section .bss.page_aligned,"aw",@nobits
.balign 4096
boot_page_table: .skip 8192
.section .text.head,"ax"
.globl high
high: call main
 callq *table(%rip)
.section .rodata
message: .asciz "kernel"
table: .quad main, idle
.section .bss
.skip 64
stack_top:
'''

MAIN = '''
.text
.globl main, idle
main: movq counter(%rip), %rax
 movabsq $__start_drivers, %rbx
 movabsq $__stop_drivers, %rcx
1: movq (%rbx), %rdx
2: ret
.balign 16
idle: hlt
 jmp idle
.section .text.unlikely,"ax"
panic: hlt
.section .text.hot,"ax"
.globl fast
fast: ret
.section __ex_table,"a"
.balign 4
.long 1b - ., 2b - .
.section drivers,"aw"
.balign 8
.quad main, panic
.section .initcall3.init,"aw"
.quad idle
.section .initcall1.init,"aw"
.quad main
.section .init.text,"ax"
setup: call fast
.section .init.data,"aw"
.long 5
.section .data
.globl counter
counter: .quad 7
.section .data..cacheline_aligned,"aw"
.balign 64
.quad 1
.section .data..read_mostly,"aw"
.quad 2
.section .data..percpu,"aw"
.globl this_cpu
this_cpu: .quad 3
.section .data..percpu..first,"aw"
gdt: .quad 4, 5
.section .note.kernel,"a",@note
.balign 4
.long 4, 4, 1
.asciz "Krn"
.long 9
.section .ctors,"aw"
.quad setup
.section .init_array.00010,"aw"
.quad setup
.section .init_array,"aw"
.quad fast
.section .noinit,"aw",@nobits
.skip 24
.comm shared,16,16
.section .comment.extra,"MS",@progbits,1
.asciz "c"
'''

DRIVER = '''
.text
probe: movabsq this_cpu, %rax
 ret
.section drivers,"aw"
.balign 8
.quad probe
.section .initcall2.init,"aw"
.quad probe
.section __ex_table,"a"
.balign 4
.long probe - ., probe - .
.section .rodata.str,"a"
.asciz "driver"
.data
.quad probe
.section .set_sysinit,"aw"
.quad probe
.section .fastcode,"ax"
.globl burst
burst: call fast
 ret
.bss
.skip 100
.section .exitcall.exit,"aw"
.quad probe
'''

# A large monolithic kernel: high addresses with AT, per-CPU data linked at 0.
MONOLITH = '''
OUTPUT_FORMAT("elf64-x86-64", "elf64-x86-64", "elf64-x86-64")
OUTPUT_ARCH(i386:x86-64)
ENTRY(phys_start)
now = counter;
PHDRS {
  text PT_LOAD FLAGS(5); data PT_LOAD FLAGS(6); percpu PT_LOAD FLAGS(6);
  init PT_LOAD FLAGS(7); note PT_NOTE FLAGS(0);
}
SECTIONS {
  . = (0xffffffff80000000 + ALIGN(0x1000000, 0x200000));
  phys_start = ABSOLUTE(_start - 0xffffffff80000000);
  .text : AT(ADDR(.text) - 0xffffffff80000000) {
    _text = .; _stext = .;
    *(.boot.text) KEEP(*(.text.head))
    . = ALIGN(16);
    *(.text.hot .text.hot.*) *(SORT(.text.unlikely*)) *(.text .fixup)
    *(.fastcode)
    _etext = .;
  } :text =0xcccccccc
  . = ALIGN((1 << 12));
  . = ALIGN(16);
  __ex_table : AT(ADDR(__ex_table) - 0xffffffff80000000) {
    __start___ex_table = .; KEEP(*(__ex_table)) __stop___ex_table = .;
  }
  .rodata : AT(ADDR(.rodata) - 0xffffffff80000000) {
    __start_rodata = .; *(.rodata .rodata.*)
    . = ALIGN(8); set_start = .; KEEP(*(SORT_BY_NAME(.set_*))) set_end = .;
  } :text
  .notes : AT(ADDR(.notes) - 0xffffffff80000000) {
    __start_notes = .; KEEP(*(.note.*)) __stop_notes = .;
  } :text :note
  __end_rodata = .;
  . = ALIGN(0x1000);
  .data : AT(ADDR(.data) - 0xffffffff80000000) {
    _sdata = .;
    *(.data) *(.boot.data)
    . = ALIGN(64); *(.data..cacheline_aligned)
    . = ALIGN(64); *(.data..read_mostly) *(drivers)
    CONSTRUCTORS
    _edata = .;
  } :data
  . = ALIGN(4096);
  __init_begin = .;
  __per_cpu_load = .;
  .data..percpu 0 : AT(__per_cpu_load - 0xffffffff80000000) {
    __per_cpu_start = .; *(.data..percpu..first)
    . = ALIGN(64); *(.data..percpu) __per_cpu_end = .;
  } :percpu
  . = __per_cpu_load + SIZEOF(.data..percpu);
  PROVIDE(this_cpu_offset = this_cpu + __per_cpu_load);
  ASSERT(SIZEOF(.data..percpu) < 0x10000, "per-CPU data too large")
  .init.text : AT(ADDR(.init.text) - 0xffffffff80000000) {
    _sinittext = .; *(.init.text) _einittext = .;
  } :init
  .init.data : AT(ADDR(.init.data) - 0xffffffff80000000) {
    *(.init.data)
    . = ALIGN(8); __initcall_start = .;
    KEEP(*(.initcall1.init)) KEEP(*(.initcall[2-9].init))
    __initcall_end = .;
    __ctors_start = .; KEEP(*(SORT(.ctors.*))) KEEP(*(.ctors))
    KEEP(*(SORT(.init_array.*))) KEEP(*(.init_array)) __ctors_end = .;
  }
  .exit.data : AT(ADDR(.exit.data) - 0xffffffff80000000) { *(.exitcall.exit) }
  . = ALIGN(0x1000);
  __init_end = .;
  .bss : AT(ADDR(.bss) - 0xffffffff80000000) {
    __bss_start = .; *(.bss.page_aligned) *(.bss) *(COMMON) *(.noinit)
    . = ALIGN(0x1000); __bss_stop = .;
  }
  .brk : AT(ADDR(.brk) - 0xffffffff80000000) {
    __brk_base = .; . += 0x4000; __brk_limit = .;
  }
  . = ALIGN(0x1000);
  _end = .;
  /DISCARD/ : { *(.comment*) *(.discard) *(.discard.*) }
}
__start_drivers = _sdata; __stop_drivers = _edata;
ASSERT((_end - _text <= 512 * 1024 * 1024), "kernel image bigger than its room")
ASSERT(!DEFINED(no_such_thing), "unexpected")
'''

# A teaching kernel: little, at 1 MiB, with PROVIDE for its marks.
TEACHING = '''
OUTPUT_FORMAT("elf64-x86-64")
OUTPUT_ARCH(i386:x86-64)
ENTRY(_start)
SECTIONS
{
  . = 0x80100000;
  PROVIDE(text = .);
  .text : AT(0x100000) {
    *(.boot.text .text .stub .text.* .gnu.linkonce.t.*) *(.fastcode .init.text)
  }
  PROVIDE(etext = .);
  .rodata : { *(.rodata .rodata.* .gnu.linkonce.r.*) *(__ex_table) }
  .stab : { PROVIDE(__STAB_BEGIN__ = .); *(.stab); PROVIDE(__STAB_END__ = .); }
  drivers : { __start_drivers = .; *(drivers); __stop_drivers = .; }
  . = ALIGN(0x1000);
  PROVIDE(data = .);
  .data : { *(.data .data.* .boot.data) *(.init*) }
  PROVIDE(edata = .);
  .bss : { *(.bss .bss.* COMMON) }
  PROVIDE(end = .);
  /DISCARD/ : { *(.eh_frame .note.GNU-stack) }
}
'''

# A microkernel: a boot part at its physical address, the rest high, in regions
# of symbols, with everything else refused.
MICRO = '''
ENTRY(_start)
KERNEL_OFFSET = 0xffffffff80000000;
KERNEL_LOW = 0x100000;
PHDRS { boot PT_LOAD; kernel PT_LOAD; }
SECTIONS
{
  . = KERNEL_LOW;
  .boot . : AT(ADDR(.boot)) {
    *(.boot.text) . = ALIGN(4K); *(.boot.data) *(.init.text .init.data)
    . = ALIGN(4K);
  } :boot
  ki_boot_end = .;
  . = KERNEL_OFFSET + ki_boot_end;
  .text . : AT(ADDR(.text) - KERNEL_OFFSET) {
    . = ALIGN(4K);
    *(.text.head) *(.text .text.*) *(.fastcode)
  } :kernel
  . = ALIGN(4K);
  .rodata . : AT(ADDR(.rodata) - KERNEL_OFFSET) {
    *(.rodata) *(.rodata.*) *(__ex_table) . = ALIGN(8);
    __start_drivers = .; KEEP(*(drivers)) __stop_drivers = .;
    *(SORT_BY_INIT_PRIORITY(.init_array.*) .init_array .ctors .initcall*)
  }
  .data . : AT(ADDR(.data) - KERNEL_OFFSET) { *(.data) *(.data.*) *(.set_*) }
  .bss . : AT(ADDR(.bss) - KERNEL_OFFSET) {
    *(.bss) *(COMMON) *(.bss.*) *(.noinit)
    . = ALIGN(4K);
    idle_area = .; . = . + 1K;
  }
  . = ALIGN(4K);
  ki_end = .;
  .eh_frame . : { *(.eh_frame) *(.eh_frame_hdr) }
  /DISCARD/ : { *(.note.gnu.build-id) *(.note.*) *(.comment*) *(.exitcall.*) }
}
'''

# A BSD kernel: headers in the image, sets with their ends, DATA_SEGMENT words.
BSD = '''
OUTPUT_FORMAT("elf64-x86-64", "elf64-x86-64", "elf64-x86-64")
OUTPUT_ARCH(i386:x86-64)
ENTRY(_start)
SEARCH_DIR("/usr/lib");
SECTIONS
{
  kernphys = CONSTANT(MAXPAGESIZE) * 0x200;
  kernbase = 0xffffffff80000000 + kernphys;
  . = kernbase + SIZEOF_HEADERS;
  .hash : { *(.hash) }
  .note.kernel : { *(.note.kernel) }
  .text : { *(.boot.text) *(.text .stub .text.*) *(.fastcode .init.text) } =0x90
  _etext = .;
  PROVIDE(etext = .);
  .rodata : { *(.rodata .rodata.* .gnu.linkonce.r.*) }
  .rodata1 : { *(.rodata1) }
  __ex_table : { *(__ex_table) }
  . = ALIGN(CONSTANT(COMMONPAGESIZE)) +
      ((CONSTANT(MAXPAGESIZE) - .) & (CONSTANT(MAXPAGESIZE) - 1));
  . = DATA_SEGMENT_ALIGN(CONSTANT(MAXPAGESIZE), CONSTANT(COMMONPAGESIZE));
  .init_array : {
    PROVIDE_HIDDEN(__init_array_start = .);
    KEEP(*(SORT_BY_INIT_PRIORITY(.init_array.*) SORT_BY_INIT_PRIORITY(.ctors.*)))
    KEEP(*(.init_array EXCLUDE_FILE(*crtbegin.o *crtbegin?.o) .ctors))
    PROVIDE_HIDDEN(__init_array_end = .);
  }
  drivers : {
    PROVIDE(__start_drivers = .); KEEP(*(drivers)) PROVIDE(__stop_drivers = .);
  }
  .data.read_frequently : { *(SORT_BY_ALIGNMENT(.data..read_mostly)) }
  . = ALIGN(128);
  .data.read_mostly : { *(.data.read_mostly) }
  . = ALIGN(128);
  .data : { *(.data .data.* .boot.data) SORT(CONSTRUCTORS) }
  .sets : { *(SORT(.set_*)) *(.initcall* .exitcall*) }
  _edata = .; PROVIDE(edata = .);
  __bss_start = .;
  .bss : { *(.dynbss) *(.bss .bss.*) *(COMMON) . = ALIGN(. != 0 ? 64 / 8 : 1); }
  .noinit (NOLOAD) : { *(.noinit) }
  . = ALIGN(64 / 8);
  _end = .; PROVIDE(end = .);
  . = DATA_SEGMENT_END(.);
}
'''

# An RTOS: regions, load addresses in ROM, included parts, sections by name.
RTOS = '''
INCLUDE regions.ld
REGION_ALIAS("VECTORS", ROM)
ENTRY("_start")
SECTIONS
{
  vectors : { KEEP(*(.boot.text)) KEEP(*(.boot.data)) } > VECTORS
  text : {
    __text_start = .;
    *(.text) *(".text.*") *(.init.text)
    __text_end = .;
  } > ROM
  INCLUDE "sets.ld"
  rodata : ALIGN_WITH_INPUT {
    *(.rodata) *(".rodata.*") *(__ex_table) . = ALIGN(4);
  } > ROM
  notes (READONLY) : { *(.note.kernel) } > ROM
  __rom_end = .;
  fastcode : ALIGN(32) { __fast_start = .; *(.fastcode) __fast_end = .; }
    > RAM AT > ROM
  __fast_load = LOADADDR(fastcode);
  datas : {
    __data_start = .;
    *(.data) *(".data.*")
    . = ALIGN(8); KEEP(*(SORT(.set_*)))
  } > RAM AT> ROM
  __data_end = .;
  __data_load = LOADADDR(datas);
  bss (NOLOAD) : { . = ALIGN(16); *(.bss) *(".bss.*") *(COMMON) . = ALIGN(16); }
    > RAM AT > RAM
  noinit (NOLOAD) : { *(.noinit) *(".noinit.*") } > RAM
  _image_ram_end = .;
  /DISCARD/ : { *(.comment*) *(.note.GNU-stack) }
}
_flash_used = LOADADDR(datas) + SIZEOF(datas) - ORIGIN(ROM);
ASSERT(_flash_used <= LENGTH(ROM), "the image does not fit into ROM")
'''

REGIONS = '''MEMORY
{
  ROM (rx) : ORIGIN = 0x08000000, LENGTH = 1M
  RAM (wx) : org = 0x20000000, len = 256K
}
'''

SETS = '''
  initlevel : {
    __init_start = .;
    KEEP(*(SORT(.initcall[0-9].init))) KEEP(*(.init_array.* .init_array .ctors))
    __init_end = .;
  } > ROM
  drivers_area : {
    __start_drivers = .; KEEP(*(SORT_BY_NAME(drivers))) __stop_drivers = .;
    *(.init.data) *(.exitcall.exit)
  } > ROM
'''

SCRIPTS = {'monolith': MONOLITH, 'teaching': TEACHING, 'micro': MICRO,
           'bsd': BSD, 'rtos': RTOS}


@pytest.mark.parametrize('name', SCRIPTS)
def test_script(desk, same, name):
    desk.write('regions.ld', REGIONS)
    desk.write('sets.ld', SETS)
    output = same(SCRIPTS[name], ['-z', 'max-page-size=0x1000'], head=HEAD,
                  main=MAIN, driver=DRIVER)
    assert len(output.sections) > 8
