# SPDX-License-Identifier: BSD-2-Clause
"""A file of nothing but bytes, such as a boot sector.
[GNU ld manual: --oformat, OUTPUT_FORMAT]"""

import pytest

import links
from cases import build

BOOT = '''.globl _start
.text
_start: mov $text, %esi
jmp .
.section .rodata.str1.1,"aMS",@progbits,1
text: .string "hello"
tail: .string "lo"
.data
.quad tail, end
.bss
.skip 100
.section .comment
.string "is not loaded"
'''
SECTOR = ('SECTIONS { . = 0x7c00 + SIZEOF_HEADERS; .text : { *(.text) }'
          ' .rodata : { *(.rodata*) } %s .bss : { *(.bss) } end = .; }')
FLAT = 'OUTPUT_FORMAT(binary) '
DATA = '.data : { *(.data) }'


def flat(desk, linker, arguments):
    done = links.run([linker, *arguments, '-o', 'flat'], desk.folder)
    assert done.returncode == 0, done.stdout
    return (desk.folder / 'flat').read_bytes()


def same_bytes(desk, script, options=(), **sources):
    arguments = build(desk, script, options, sources)
    theirs = flat(desk, links.GNU_LD, arguments)
    assert flat(desk, links.BOOTLINK_LD, arguments) == theirs
    return theirs


@pytest.mark.parametrize('data', [
    DATA, '. = ALIGN(16); .data : AT(0x7d00) { *(.data) }',
    '.data 0x7000 : { *(.data) } =0xcc', '.data (NOLOAD) : { *(.data) }',
    DATA + ' .fill : { . = 8; LONG(1) } =0x90', '.info (INFO) : { *(.data) }',
    '/DISCARD/ : { *(.data) }'])
def test_bytes_by_load_address(desk, data):
    text = SECTOR % data
    both = {same_bytes(desk, FLAT + text, a=BOOT),
            same_bytes(desk, text, ['--oformat', 'binary'], a=BOOT)}
    assert len(both) == 1


def test_a_boot_sector_without_a_script(desk):
    same_bytes(desk, '', ['--oformat=binary', '-Ttext=0x7c00', '--defsym=end=0'],
               a=BOOT)


def test_notes_and_frames_stay_as_they_are(desk):
    frames = '.text\n.cfi_startproc\nnop\n.cfi_endproc\n'
    note = ('.section .note.gnu.property,"a",@note\n.balign 8\n.long 4, 16, 5\n'
            '.asciz "GNU"\n.long 0xc0000002, 4, 3, 0\n')
    same_bytes(desk, SECTOR % (DATA + ' .note : { *(.note*) }'
                               ' .eh_frame : { *(.eh_frame) }'),
               ['--oformat=binary', '--gc-sections', '--build-id', '-e', 'none',
                '-z', 'execstack'],
               a=BOOT + note, b=frames + note)


def test_the_command_line_is_stronger(same):
    same(FLAT + SECTOR % DATA, ['--oformat=elf64-x86-64'], a=BOOT)
    same('OUTPUT_FORMAT(elf64-x86-64) ' + FLAT + SECTOR % DATA, a=BOOT)


@pytest.mark.parametrize('option', ['-r', '--emit-relocs'])
def test_no_relocations(both_refuse, option):
    assert 'has no relocations' in both_refuse(FLAT + SECTOR % DATA, [option],
                                               a=BOOT)


def test_a_load_from_the_got(desk):
    """GNU ld's code reads something else."""
    arguments = build(desk, 'SECTIONS { . = 0x1000; .text : { *(.text) }'
                      ' .got : { *(.got) } }', ['--oformat=binary'],
                      {'a': 'push _start@GOTPCREL(%rip)\n.globl _start\n'
                            '_start: ret\n'})
    code = flat(desk, links.BOOTLINK_LD, arguments)
    entry = int.from_bytes(code[2:6], 'little') + 6
    assert code[entry:entry + 8] == (0x1006).to_bytes(8, 'little')
