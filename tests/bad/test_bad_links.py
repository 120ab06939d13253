# SPDX-License-Identifier: BSD-2-Clause
"""Links that cannot be: each file may be in order, what is asked of them is
not. The message must say so in these words."""

import struct
import zlib

import pytest

import corrupt
from test_bad import (assemble, folder, link,  # noqa: F401 (a fixture)
                      link_for_boot)

SECTIONS = ('SECTIONS { .text : { *(.text*) } .data : { *(.data .order) }'
            ' .bss : { *(.bss COMMON) } }\n')
REGION = 'MEMORY { r : ORIGIN = 0x1000, LENGTH = 0x1000 }\n'
IN_REGION = ('SECTIONS { .text : { *(.text*) } >r .data : { *(.data .order) } '
             '>r .bss : { *(.bss COMMON) } >r }\n')
CARET = '\n    '  # the line of the script follows, with a caret below


def refused(folder, wanted, *arguments):
    status, message = link(folder, *arguments)
    assert status == 1, 'it was linked'
    assert all(text in message for text in wanted), message


# ---- Scripts -----------------------------------------------------------------

SCRIPTS = {
    # MEMORY
    'alias-of-nothing': (
        REGION + 'REGION_ALIAS("x", nowhere)\n' + IN_REGION,
        ["bad.ld:2:14: REGION_ALIAS(x, nowhere): MEMORY has no region "
         "'nowhere'" + CARET]),
    'alias-of-a-name-that-is-taken': (
        REGION + 'REGION_ALIAS("r", r)\n' + IN_REGION,
        ["'r' is a region or alias already; take another name" + CARET]),
    'two-load-addresses': (
        REGION + 'SECTIONS { .text : AT(5) { *(.text*) } >r AT>r }',
        ['bad.ld:2:12: section .text has both AT(address) and AT>region; leave '
         'one of them out']),
    'origin-without-value': (
        'MEMORY { r : ORIGIN = nowhere, LENGTH = 1 }\n' + IN_REGION,
        ["bad.ld:1:23: invalid origin for memory region 'r'"]),
    'region-too-small': (
        'MEMORY { r : ORIGIN = 0, LENGTH = 4 }\n' + IN_REGION,
        ["section '.text' will not fit in region 'r'",
         'bytes; make it longer in MEMORY, or send a section elsewhere']),
    'address-outside-of-its-region': (
        REGION + IN_REGION.replace('.text', '.text 0x10', 1),
        ["address 0x23 of section '.text' is not within region 'r' "
         "[0x1000,0x2000)"]),
    'no-region': (
        REGION + SECTIONS,
        ["no memory region specified for loadable section '.text'; say "
         ">region behind its '}'"]),
    'attributes-of-no-region': (
        'MEMORY { r (q) : ORIGIN = 0, LENGTH = 4 }',
        ["'q' is not made of the attributes r w x a i l and !"]),
    'start-of-no-region': (
        'x = ORIGIN(nowhere);\n' + SECTIONS,
        ["bad.ld:1:5: no such region in MEMORY: 'nowhere'" + CARET]),
    # OVERLAY
    'overlay-cut-off': ('SECTIONS { OVERLAY : { .text { *(.text) }',
                        ["expected a section's name or '}' of OVERLAY"]),
    'overlay-in-an-overlay': (
        'SECTIONS { OVERLAY : { OVERLAY : { .text { *(.text) } } } }',
        ["expected '{' of the output section, found ':'"]),
    # references that the script forbids
    'cross-reference': (
        'NOCROSSREFS(.text .data)\n' + SECTIONS,
        ["good.o:(.text+0x8): prohibited cross reference from .text to 'value' "
         'in .data; NOCROSSREFS']),
    'cross-reference-one-way': (
        'NOCROSSREFS_TO(.data .text)\n' + SECTIONS,
        ["prohibited cross reference from .text to 'value' in .data"]),
    # INSERT, INCLUDE, INPUT
    'insert-behind-nothing': (
        'SECTIONS { .x : { BYTE(1) } } INSERT AFTER .nowhere;\n' + SECTIONS,
        ["bad.ld:1:44: INSERT: there is no output section '.nowhere' in the "
         "scripts" + CARET]),
    'insert-behind-itself': (
        'SECTIONS { .x : { BYTE(1) } } INSERT AFTER .x;',
        ["there is no output section '.x' in the scripts"]),
    'insert-behind-each-other': (
        'SECTIONS { .x : { BYTE(1) } } INSERT AFTER .y;'
        'SECTIONS { .y : { BYTE(1) } } INSERT AFTER .x;\n' + SECTIONS,
        ['INSERT: there is no output section']),
    'insert-too-often': (
        SECTIONS + ''.join(f'SECTIONS {{ .x{i} : {{ BYTE(1) }} }}\n'
                           'INSERT AFTER .text;\n' for i in range(3000)),
        ['times INSERT; write one script that has all sections']),
    'include-of-nothing': (
        'INCLUDE nowhere.ld\n' + SECTIONS,
        ["bad.ld:1:9: cannot find the file 'nowhere.ld'; it is looked for",
         'beside this file' + CARET]),
    'include-in-a-section': ('SECTIONS { .text : { INCLUDE nowhere.ld } }',
                             ["cannot find the file 'nowhere.ld'"]),
    'input-of-nothing': ('INPUT(nowhere.o)\n' + SECTIONS,
                         ["bad.ld:1:7: cannot find the file 'nowhere.o'"]),
    'input-of-no-library': (
        'INPUT(-lnowhere)\n' + SECTIONS,
        ['bad.ld:1:7: cannot find -lnowhere: no libnowhere.a in the folders of '
         '-L and SEARCH_DIR; add -L with its folder' + CARET]),
    'group-of-nothing': ('GROUP(AS_NEEDED(nowhere.a))\n' + SECTIONS,
                         ["bad.ld:1:17: cannot find the file 'nowhere.a'"]),
    'startup-of-nothing': ('STARTUP(nowhere.o)\n' + SECTIONS,
                           ["bad.ld:1:9: cannot find the file 'nowhere.o'"]),
    # PHDRS
    'type-of-33-bits': ('PHDRS { a 0x100000000; }',
                        ['a segment type has 32 bits, this number more']),
    'headers-in-no-segment': (
        'PHDRS { p PT_PHDR PHDRS; t PT_LOAD; } SECTIONS { . = 0x1000; .text : '
        '{ *(.text* .data .order .bss COMMON) } :t }',
        ['PHDR segment not covered by LOAD segment: say PHDRS']),
    # sections
    'two-alignments': (
        'SECTIONS { .text : ALIGN_WITH_INPUT ALIGN(8) { *(.text) } }',
        ['section .text has both ALIGN_WITH_INPUT and ALIGN; leave one']),
    'a-type-of-no-kind': ('SECTIONS { .t (TYPE = SHT_FOO) : { BYTE(1) } }',
                          ["'SHT_FOO' is no section type; SHT_PROGBITS, SHT_NOTE"]),
    'text-larger-than-its-room': (
        'SECTIONS { .t : { ASCII (2) "text" } }',
        ['the text has 4 bytes, more than the room of 2']),
    'room-of-100-MB': ('SECTIONS { .t : { ASCII (100000000) "x" } }',
                       ['expected a number of bytes of at most 65536']),
    'behind-the-end-of-the-addresses': (
        'SECTIONS { .t 0xfffffffffffffff0 : { *(.bss) } }',
        ['run past the end of the address space; ']),
    'discarded-but-used': (
        'SECTIONS { /DISCARD/ : { *(.data) } }\n' + SECTIONS,
        ["good.o:(.text+0x8): 'value' is defined in good.o:(.data), which was "
         'discarded; keep that section in the script']),
    # expressions
    'page-of-3-bytes': (
        'SECTIONS { . = DATA_SEGMENT_ALIGN(3, 5); .t : { *(.text*) } '
        '. = DATA_SEGMENT_END(.); }',
        ['bad.ld:1:16: a page size must be a power of two' + CARET]),
    'data-segment-in-a-section': (
        'SECTIONS { .t : { . = DATA_SEGMENT_ALIGN(4096, 4096); *(.text) } }',
        ['DATA_SEGMENT_... stands between output sections only']),
}


@pytest.mark.parametrize('name', SCRIPTS)
def test_script(folder, name):
    text, wanted = SCRIPTS[name]
    (folder / 'bad.ld').write_text(text)
    refused(folder, wanted, '-T', 'bad.ld', 'good.o')


def test_a_region_that_is_declared_again(folder):
    (folder / 'bad.ld').write_text(REGION * 2 + IN_REGION)
    status, message = link(folder, '-T', 'bad.ld', 'good.o')
    assert status == 0
    assert "bad.ld:2: region 'r' is declared again; this one" in message


# ---- The command line --------------------------------------------------------

@pytest.mark.parametrize('arguments,wanted', [
    (['-b', 'binary', 'nowhere'], 'nowhere: no such file'),
    (['-b', 'binary', '.'], 'Is a directory'),
    (['-b', 'binary', 'needs.o', 'needs.o'],
     "needs.o:(.data+0x0): multiple definition of '_binary_needs_o_start'"),
    (['-b', 'elf32-i386', 'needs.o'], 'reads elf64-x86-64 and binary'),
    (['-R', 'nowhere'], 'nowhere: no such file'),
    (['-R', 'good.ld'], 'good.ld: not an ELF file, so it has no symbols'),
    (['--require-defined', 'nowhere'],
     "required symbol 'nowhere' is not defined; link the file or archive"),
    (['-z', 'cet-report=error'],
     'good.o: missing property: x86 feature IBT; compile for it'),
    (['-Map', 'nowhere/map'], 'cannot write the map nowhere/map; is its'),
    (['--defsym', 'x=nowhere'], "--defsym:1:5: undefined symbol"),
])
def test_command_line(folder, arguments, wanted):
    refused(folder, [wanted], '-T', 'good.ld', 'good.o', *arguments)


@pytest.mark.parametrize('arguments,wanted', [
    (['-r'], 'no input files; name the objects'),
    (['-r', 'good.o', 'good.o'], "multiple definition of '_start'"),
    (['-r', 'half.o'], 'section headers at 0x'),
])
def test_relocatable(folder, arguments, wanted):
    good = (folder / 'good.o').read_bytes()
    (folder / 'half.o').write_bytes(good[:len(good) // 2])
    refused(folder, [wanted], *arguments)


# ---- Code --------------------------------------------------------------------

TLS = ("is not in a code sequence that the psABI has for it, and cannot become "
       'local-exec; compile with -ftls-model=local-exec')
VARIABLE = '\n.section .tdata,"awT",@progbits\n.globl v\nv: .quad 1\n'
CODE = {
    'tlsgd-cut-off': ('.byte 0x66,0x48,0x8d,0x3d\n'
                      '.reloc .,R_X86_64_TLSGD,v-4\n.long 0', TLS),
    'tlsgd-at-the-start': ('.reloc .,R_X86_64_TLSGD,v-4\n.skip 16', TLS),
    'tlsgd-without-its-call': (
        '.byte 0x66,0x48,0x8d,0x3d\n.reloc .,R_X86_64_TLSGD,v-4\n.skip 12',
        TLS),
    'tlsld-cut-off': ('.byte 0x48,0x8d,0x3d\n.reloc .,R_X86_64_TLSLD,v-4\n'
                      '.long 0', TLS),
    'gottpoff-at-the-start': ('.reloc .,R_X86_64_GOTTPOFF,v-4\n.long 0', TLS),
    'gottpoff-of-lea': ('.byte 0x48,0x8d,5\n.reloc .,R_X86_64_GOTTPOFF,v-4\n'
                        '.long 0', TLS),
    'tlsdesc-cut-off': ('.byte 0x48,0x8d\n'
                        '.reloc .,R_X86_64_GOTPC32_TLSDESC,v-4\n.long 0', TLS),
    'tlsdesc-call-of-one-byte': (
        '.reloc .,R_X86_64_TLSDESC_CALL,v\n.byte 0xff',
        "R_X86_64_TLSDESC_CALL is outside the section's 0x1 bytes; the file is "
        'damaged'),
    'tlsdesc-call-of-something': ('.reloc .,R_X86_64_TLSDESC_CALL,v\n'
                                  '.byte 1,2', TLS),
    'offset-too-far': ('.reloc .,R_X86_64_TPOFF32,v+0x7fffffffffff\n.long 0',
                       'out of range: 0x7ffffffffff7 is not in [-2^31, 2^31)'),
    'stack-protector': ('call __stack_chk_fail',
                        "undefined reference to '__stack_chk_fail'; compile "
                        'with -fno-stack-protector'),
    'profile': ('call __fentry__', "'__fentry__'; compile without -pg"),
}


@pytest.mark.parametrize('name', CODE)
def test_code(folder, name):
    code, wanted = CODE[name]
    source = '.text\n.globl _start\n_start:\n' + code + VARIABLE
    (folder / 'code.o').write_bytes(assemble(source, '--64'))
    (folder / 'code.ld').write_text(
        'SECTIONS { .text : { *(.text) } .tdata : { *(.tdata) } }')
    refused(folder, ['code.o:(.text+0x', wanted], '-T', 'code.ld', 'code.o')


def test_a_variable_that_is_of_the_thread_in_one_file_only(folder):
    (folder / 'one.o').write_bytes(assemble(
        '.globl _start\n.type v,@object\n_start: mov v(%rip),%eax\n', '--64'))
    (folder / 'two.o').write_bytes(assemble(VARIABLE, '--64'))
    refused(folder, ["two.o: 'v' is thread-local, but in one.o it is not; "
                     'declare it alike in both'],
            '-T', 'good.ld', 'one.o', 'two.o')


# ---- Compressed sections -----------------------------------------------------

DATA = zlib.compress(b'hello')
COMPRESSED = {
    'size-of-2-60': ((1, 1 << 60, 1), DATA, 'its size cannot be true'),
    'size-of-1-GiB': ((1, 1 << 30, 1), DATA, 'its size cannot be true'),
    'size-too-large': ((1, 100, 1), DATA, 'its data is damaged'),
    'size-too-small': ((1, 2, 1), DATA, 'its data is damaged'),
    'size-0': ((1, 0, 1), DATA, 'its data is damaged'),
    'alignment-3': ((1, 5, 3), DATA, 'its alignment is not a power of two'),
    'type-7': ((7, 5, 1), DATA, 'neither by zlib nor by zstd'),
    'zstd-that-is-zlib': ((2, 5, 1), DATA, 'its data is damaged'),
    'cut-off-data': ((1, 5, 1), DATA[:-5], 'its data is damaged'),
}


def compressed(header, data):
    """An object with these bytes as a compressed .debug_x."""
    kind, size, align = header
    content = struct.pack('<IIQQ', kind, 0, size, align) + data
    text = ','.join(map(str, content))
    return flagged(f'.section .debug_x,"",@progbits\n.byte {text}\n')


def flagged(source):
    object_ = corrupt.Damage(assemble(source, '--64'))
    return object_.section('.debug_x', 'flags', 0x800).data


@pytest.mark.parametrize('name', COMPRESSED)
def test_compressed(folder, name):
    header, data, wanted = COMPRESSED[name]
    (folder / 'small.o').write_bytes(compressed(header, data))
    refused(folder, [f'small.o:(.debug_x): compressed section: {wanted}',
                     'compile with -gz=none, or build it again'],
            '-T', 'good.ld', 'good.o', 'small.o')


def test_compressed_without_a_header(folder):
    (folder / 'small.o').write_bytes(
        flagged('.section .debug_x,"",@progbits\n.long 1\n'))
    refused(folder, ['compressed section: its header is cut off'],
            '-T', 'good.ld', 'good.o', 'small.o')


@pytest.mark.parametrize('table', ['.iplt', '.igot.plt', '.rela.iplt'])
def test_an_indirect_function_for_others_without_its_tables(folder, table):
    (folder / 'bad.ld').write_text(
        'SECTIONS { .text : { *(.text) } /DISCARD/ : { *(%s) }'
        ' . = ALIGN(4096); .got : { *(.got*) } }\n' % table)
    code = assemble('.globl _start, f\n_start: ret\n'
                    '.type f, @gnu_indirect_function\nf: ret\n', '--64')
    assert (f"ifunc.o: the exported indirect function 'f' needs {table}, which the "
            "script discards; keep *(.iplt), *(.igot.plt) and *(.rela.iplt)"
            in link_for_boot(folder, 'ifunc.o', code, 'bad.ld'))


def test_a_section_below_its_region_does_not_overflow_it(folder):
    (folder / 'bad.ld').write_text(
        REGION + IN_REGION.replace('.text', '.text 0x10', 1))
    status, message = link(folder, '-T', 'bad.ld', 'good.o')
    assert status == 1 and 'overflowed' not in message
