# SPDX-License-Identifier: BSD-2-Clause
"""Where sections go and what addresses they get.
[GNU ld manual: SECTIONS, Output Section Attributes, Fill]"""

import pytest

START = '.globl _start\n.text\n_start: ret\n'


def test_sections_follow_each_other_by_alignment(same):
    same('SECTIONS { . = 0x100001; .text : { *(.text) } .data : { *(.data) } }',
         a=START + '.data\n.balign 32\n.quad 1\n',
         b='.text\n.balign 16\nnop\n.data\n.byte 2\n')


def test_address_expression(same):
    same('SECTIONS { .text 0x200000 + 0x40 : { *(.text) }'
         ' .data ADDR(.text) + 0x1000 : { *(.data) } }',
         a=START + '.data\n.quad _start\n')


def test_align_before_and_of_a_section(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } . = ALIGN(0x1000);'
         ' .data : ALIGN(64) { *(.data) } .more : ALIGN(4) { *(.more) } }',
         a=START + '.data\n.byte 1\n.section .more,"aw"\n.balign 16\n.byte 7\n')


def test_subalign_replaces_input_alignment(same):
    same('SECTIONS { . = 1M; .text : { *(.text) }'
         ' .data : SUBALIGN(32) { *(.data) } }',
         a=START + '.data\n.balign 64\n.byte 1\n', b='.data\n.byte 2\n')


def test_dot_moves_within_a_section(same):
    same('SECTIONS { . = 1M; .text : { *(.text) . = 0x40; *(.late)'
         ' . += 8; . = ALIGN(16); end = .; } }',
         a=START + '.section .late,"ax"\nlate: nop\n')


def test_at_gives_the_load_address(same):
    same('SECTIONS { . = 0xffffffff80000000;'
         ' .text : AT(0x100000) { *(.text) }'
         ' .data : AT(LOADADDR(.text) + SIZEOF(.text) + 0x100) { *(.data) }'
         ' lma = LOADADDR(.data); }',
         a=START + '.data\n.quad 1\n')


def test_load_address_goes_on_behind_at(same):
    same('SECTIONS { . = 0xffffffff80000000;'
         ' .text : AT(0x100000) { *(.text) }'
         ' .rodata : ALIGN(0x1000) { *(.rodata) }'
         ' .data : ALIGN(0x1000) { *(.data) } lma = LOADADDR(.data); }',
         a=START + '.section .rodata,"a"\n.quad 2\n.data\n.quad 1\n')


def test_fill_hex_is_as_long_as_its_digits(same):
    same('SECTIONS { . = 1M; .text : { *(.text) . = ALIGN(16); } =0xcccc'
         ' .data : { *(.data) . = ALIGN(32); } =0x112233'
         ' .more : { *(.more) . = ALIGN(16); } =0x00000090 }',
         a=START + '.data\n.byte 1\n.section .more,"aw"\n.byte 3\n')


def test_fill_expression_is_four_bytes(same):
    same('SECTIONS { . = 1M; .data : { *(.data) . = ALIGN(32); } =0x90 + 1'
         ' .more : { *(.more) . = ALIGN(16); } =17 }',
         a=START + '.data\n.byte 1\n.section .more,"aw"\n.byte 3\n')


def test_fill_command_from_here_on(same):
    same('SECTIONS { . = 1M; .data : { *(.data) . = ALIGN(8); FILL(0xab)'
         ' . += 8; FILL(0x1234) . = ALIGN(32); } }',
         a=START + '.data\n.byte 1\n')


def test_fill_between_input_sections(same):
    same('SECTIONS { . = 1M; .data : { *(.data) } =0xee }',
         a=START + '.data\n.byte 1\n', b='.data\n.balign 16\n.byte 2\n',
         c='.data\n.balign 8\n.byte 3\n')


def test_code_padding_without_fill(same):
    same('SECTIONS { . = 1M; .text : { *(.text) . = ALIGN(64); tail = .;'
         ' *(.more) } }',
         a=START, b='.text\n.balign 32\nret\n', c='.section .more,"ax"\nret\n')


def test_data_statements(same):
    same('SECTIONS { . = 1M; .text : { *(.text) }'
         ' .data : { BYTE(1) SHORT(0x203) LONG(end - .) QUAD(_start)'
         ' SQUAD(-5) *(.data) BYTE(SIZEOF(.text)) end = .; } }',
         a=START + '.data\n.balign 8\n.quad 9\n')


def test_section_of_data_statements_only(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } .sig : { LONG(0x464c457f) } }',
         a=START)


def test_noload(same):
    same('SECTIONS { . = 1M; .text : { *(.text) }'
         ' .keep (NOLOAD) : { *(.keep) } .data : { *(.data) } }',
         a=START + '.section .keep,"aw"\n.quad 1\n.data\n.quad 2\n')


def test_discard(same):
    same('SECTIONS { . = 1M; /DISCARD/ : { *(.junk*) *(.comment) }'
         ' .text : { *(.text) } .data : { *(.data) } }',
         a=START + '.section .junk.a,"aw"\n.quad 1\n.data\n.quad 2\n')


def test_first_match_wins_across_the_script(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } .one : { *(.d.*) }'
         ' .two : { *(.d.special) KEEP(*(.d.b)) } }',
         a=START + '.section .d.special,"aw"\n.byte 1\n'
                   '.section .d.b,"aw"\n.byte 2\n')


def test_empty_output_section_vanishes_its_symbols_stay(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } '
         '.none : { none_start = .; *(.none) none_end = .; } .data : { *(.data) }'
         ' after = .; }',
         a=START + '.data\n.quad none_start, none_end\n')


def test_section_with_only_a_moved_dot_stays(same):
    same('SECTIONS { . = 1M; .text : { *(.text) }'
         ' .stack : { low = .; . += 0x100; high = .; } .data : { *(.data) } }',
         a=START + '.data\n.quad low, high\n')


def test_bss_at_the_end_of_data(same):
    same('SECTIONS { . = 1M; .text : { *(.text) }'
         ' .data : { *(.data) *(.bss) *(COMMON) } }',
         a=START + '.data\n.byte 1\n.bss\n.balign 16\n.skip 40\n.comm c,4,4\n')


def test_bss_before_data_gets_bytes(same):
    same('SECTIONS { . = 1M; .text : { *(.text) }'
         ' .all : { *(.bss) *(.data) } }',
         a=START + '.data\n.byte 1\n.bss\n.skip 40\n')


def test_sort_by_name(same):
    same('SECTIONS { . = 1M; .text : { *(.text) }'
         ' .d : { *(SORT(.d.*)) } .e : { *(SORT_BY_NAME(.e*)) } }',
         a=START + '.section .d.c,"aw"\n.byte 1\n.section .d.a,"aw"\n.byte 2\n'
         '.section .e9,"aw"\n.byte 3\n',
         b='.section .d.b,"aw"\n.byte 4\n.section .d.a,"aw"\n.byte 5\n'
         '.section .e10,"aw"\n.byte 6\n')


def test_sort_by_alignment(same):
    same('SECTIONS { . = 1M; .text : { *(.text) }'
         ' .d : { *(SORT_BY_ALIGNMENT(.d.*)) } }',
         a=START + '.section .d.c,"aw"\n.byte 1\n'
         '.section .d.a,"aw"\n.balign 16\n.byte 2\n',
         b='.section .d.b,"aw"\n.balign 8\n.byte 4\n')


def test_sort_by_init_priority(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } .init_array : {'
         ' KEEP(*(SORT_BY_INIT_PRIORITY(.init_array.*))) KEEP(*(.init_array))'
         ' } }',
         a=START + '.section .init_array.00200,"aw",@init_array\n.quad 1\n'
         '.section .init_array,"aw",@init_array\n.quad 2\n',
         b='.section .init_array.00100,"aw",@init_array\n.quad 3\n'
         '.section .init_array.65530,"aw",@init_array\n.quad 4\n')


def test_sort_files_by_name(same):
    same('SECTIONS { . = 1M; .text : { *(.text) }'
         ' .d : { SORT(*)(.data) } }',
         z=START + '.data\n.byte 1\n', b='.data\n.byte 2\n')


def test_several_patterns_share_the_order_of_the_inputs(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } .d : { *(.x .y) }'
         ' .e : { *(.p) *(.q) } }',
         a=START + '.section .y,"aw"\n.byte 1\n.section .x,"aw"\n.byte 2\n'
         '.section .q,"aw"\n.byte 3\n.section .p,"aw"\n.byte 4\n',
         b='.section .y,"aw"\n.byte 5\n.section .p,"aw"\n.byte 6\n')


def test_exclude_file(same):
    same('SECTIONS { . = 1M; .text : { *(EXCLUDE_FILE(*b.o) .text) }'
         ' .d : { *(EXCLUDE_FILE(a.o) .data .rodata) }'
         ' .rest : { *(.text .data .rodata) } }',
         a=START + '.data\n.byte 1\n.section .rodata,"a"\n.byte 2\n',
         b='nop\n.data\n.byte 3\n.section .rodata,"a"\n.byte 4\n')


def test_exclude_file_from_a_whole_list(same):
    same('SECTIONS { . = 1M; .text : { EXCLUDE_FILE(*b.o) *(.text .data) }'
         ' .d : { KEEP(EXCLUDE_FILE(a.o) *(.data .rodata)) }'
         ' .rest : { *(.text .data .rodata) } }',
         a=START + '.data\n.byte 1\n.section .rodata,"a"\n.byte 2\n',
         b='nop\n.data\n.byte 3\n.section .rodata,"a"\n.byte 4\n')


def test_file_pattern(same):
    same('SECTIONS { . = 1M; .text : { b.o(.text) *(.text) }'
         ' .data : { [!a]*(.data) *(.data) } }',
         a=START + '.data\n.byte 1\n', b='nop\n.data\n.byte 2\n')


def test_wildcards(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } .one : { *(.d?[a-c]) }'
         ' .two : { *(.d*[!x]) } .rest : { *(.d*) } }',
         a=START + ''.join(f'.section .d{n},"aw"\n.byte {i}\n' for i, n in
                           enumerate(['1a', '1d', '1x', '22c', '2cx'])))


def test_keep_changes_nothing_without_gc(same):
    same('SECTIONS { . = 1M; .text : { KEEP(*(.text.boot)) *(.text) } }',
         a=START, b='.section .text.boot,"ax"\nnop\n')


def test_mixed_flags_add_up(same):
    same('SECTIONS { . = 1M; .all : { *(.rodata) *(.text) *(.data) } }',
         a=START + '.data\n.byte 1\n.section .rodata,"a"\n.byte 2\n')


def test_location_counter_ends_behind_the_last_section(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } .bss : { *(.bss) }'
         ' . = ALIGN(0x1000); end = .; }',
         a=START + '.bss\n.skip 17\n.data\n.quad end\n')


def test_sections_out_of_address_order(same):
    same('SECTIONS { .text 0x200000 : { *(.text) }'
         ' .data 0x100000 : { *(.data) } }',
         a=START + '.data\n.quad 1\n')


def test_overlay_of_no_bytes(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } .bss : { *(.bss) }'
         ' .data : { *(.data) } }',
         a=START + '.bss\n.skip 32\n.data\n.byte 1\n')


def test_teaching_kernel(same):
    same('''
OUTPUT_FORMAT("elf64-x86-64")
OUTPUT_ARCH(i386:x86-64)
ENTRY(_start)
SECTIONS {
    . = 0x100000;
    _kernel_start = .;
    .text : { *(.multiboot) *(.text) *(.text.*) }
    . = ALIGN(0x1000);
    .rodata : { *(.rodata) *(.rodata.*) }
    . = ALIGN(0x1000);
    .data : { *(.data) *(.data.*) }
    . = ALIGN(0x1000);
    _bss_start = .;
    .bss : { *(COMMON) *(.bss) *(.bss.*) }
    _bss_end = .;
    _kernel_end = .;
    /DISCARD/ : { *(.comment) *(.note*) }
}
''', a='''
.section .multiboot,"a"
.balign 4
.long 0x1badb002, 0, -0x1badb002
.text
.globl _start
_start: mov $stack_top, %esp
    call kmain
1:  hlt
    jmp 1b
.bss
.balign 16
.skip 16384
stack_top:
''', b='''
.section .text.kmain,"ax"
.globl kmain
kmain: mov message(%rip), %rax
    incl ticks(%rip)
    ret
.section .data.rel,"aw"
.balign 8
message: .quad text
.section .rodata.str,"a"
text: .asciz "hello"
.comm ticks,4,4
.section .comment
.asciz "made by hand"
''')


@pytest.mark.parametrize('name', ['.text', '.data', '.rodata', '.init', '.bss',
                                  '.data.x', '.other', '.init_array'])
def test_name_decides_where_only_data_are(same, name):
    same('SECTIONS { . = 1M; .code : { *(.text) } . = ALIGN(4096); '
         + name + ' : { QUAD(1) } /DISCARD/ : { *(.data .bss) } }', a=START)


FULL = '.section .full,"a"\n.byte 1\n.section .empty,"aw"\n'
KEPT = ('zero = 0; SECTIONS { . = 0x10004; .text : { *(.text) } . += 4;'
        ' .e : ALIGN(64) { %s } .full : { *(.full) } late = 0;'
        ' /DISCARD/ : { *(.data .bss) } }')


@pytest.mark.parametrize('inside', [
    '. = .;', '. = ALIGN(8);', '. = 0 + .;', '. -= 0;', '. = late;',
    '. = ALIGN(. == 0 ? 1 : 8);', 'x = .; . = x;', 'KEEP(*(.empty))',
    # but not by these
    '. = 0;', '. = 1 - 1;', '. += 0;', '. = zero;', '. = . + zero;',
    '. = ALIGN(. != 0 ? 8 : 1);', '*(.empty)', 'KEEP(*(.nothing))',
    'PROVIDE(nobody = .);', 'FILL(1)'])
def test_what_keeps_an_empty_section(same, inside):
    same(KEPT % inside, a=START + FULL)


@pytest.mark.parametrize('name', ['.text', '.rodata', '.note', '.tdata', '.x'])
@pytest.mark.parametrize('inside', ['. = ALIGN(4);', '. += 16;'])
def test_name_decides_where_nothing_is(same, name, inside):
    same('SECTIONS { . = 1M; .code : { *(.text) } . = ALIGN(4096); ' + name +
         ' : { ' + inside + ' } .full : { *(.full) }'
         ' /DISCARD/ : { *(.data .bss) } }', a=START + FULL)


def test_gap_before_the_gap_of_an_orphan(same):
    same('SECTIONS { . = 1M; .text : { *(.first) . = ALIGN(4); } =0xee'
         ' .data : { . += 3; s = .; } .rodata : { . += 14; *(.nothing) } }',
         a=START + '.balign 32\n.section .first,"ax"\nret\n.section .data\n'
         '.balign 8\n.byte 1\n.section .rodata,"a"\n.balign 8\n.byte 1\n')


def test_gaps_alone_are_zeros(same):
    same('SECTIONS { . = 1M; .code : { *(.text) } .text : { . += 14; } =0x90'
         ' .init : { BYTE(1) . = ALIGN(16); } }', a=START)


def test_common_section_that_lost_all_its_symbols(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } .bss : SUBALIGN(8) {'
         ' *(.bss) *(COMMON) } .data : { *(.data) } }',
         a=START + '.comm lost,4,4\n.comm small,1,1\n.comm x,1,1\n',
         b='.comm small,7,1\n', c='.globl lost, x\n.data\nlost: .long 1\n'
         'x: .long 2\n', d='.comm lost,8,8\n.bss\n.byte 0\n')


def test_sort_within_sorted_files(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } .out : {'
         ' SORT_BY_NAME(*)(SORT_BY_ALIGNMENT(.x)) } }',
         b=START + '.section .x,"a"\n.ascii "b"\n',
         a='.section .x,"a"\n.ascii "a1"\n.section .x,"a",unique,1\n'
         '.balign 8\n.ascii "a2"\n')


def test_flags_of_the_system_are_those_of_the_first_input(same):
    same('SECTIONS { . = 1M; .one : { *(.r) *(.x) } .two : { *(.y) *(.q) }'
         ' .big : { *(.big) } }',
         a=START + '.section .r,"awR"\n.byte 1\n.section .x,"aw"\n.byte 2\n'
         '.section .q,"awR"\n.byte 3\n.section .y,"aw"\n.byte 4\n'
         '.section .big,"awl"\n.byte 5\n.section .retained,"aR"\n.byte 6\n')


def test_nothing_at_all(same):
    same('SECTIONS { }', a='')


def test_priorities_beside_names_without_one(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } .out : {'
         ' *(SORT_BY_INIT_PRIORITY(.p*)) } }', a=START + ''.join(
             f'.section {name},"a"\n.ascii "{name} "\n' for name in (
                 '.p.9', '.p.00100', '.p', '.p.x', '.p.3')))


def test_kept_section_that_moves_in_the_end(same):
    same('SECTIONS { . = 1M; .text : { LONG(. - ADDR(.text)) . += 17; }'
         ' .rodata : SUBALIGN(32) { . = ALIGN(16); } }',
         a='.byte 150, 175, 163, 191\n')


@pytest.mark.parametrize('out,pattern', [('.init', '.x'), ('.out', '.init'),
                                         ('.out', '.init*'), ('.out', '.fini')])
def test_sort_option_and_functions_in_parts(same, out, pattern):
    parts = ''.join(f'.section {name},"a"\n.balign %d\n.ascii "{name}%d"\n'
                    for name in ('.init', '.fini', '.x'))
    same('SECTIONS { . = 1M; ' + out + ' : { *(' + pattern + ') }'
         ' /DISCARD/ : { *(.init .fini .x) } }',
         options=['--sort-section=alignment'],
         a=parts % (1, 1, 1, 1, 1, 1), b=parts % (2, 2, 4, 4, 8, 8))
