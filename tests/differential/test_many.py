# SPDX-License-Identifier: BSD-2-Clause
"""More sections and segments than the ELF header can count.
[gABI: ELF Header, e_shnum e_shstrndx e_phnum] [gABI: Symbol Table, SHN_XINDEX]
"""

import links

START = '.globl _start\n.text\n_start: ret\n'
SCRIPT = 'SECTIONS { . = 4M; .text : { *(.text .text.*) } .data : { *(.data) } }'
MANY = 66000  # of each: 0xff00 sections and 0xffff segments are too many


def many(source):
    return START + ''.join(source.replace('@', str(i)) for i in range(MANY))


def test_many_input_sections(same):
    same(SCRIPT, a=many('.section .text.f@,"ax"\n.globl f@\nf@: nop\n') +
         f'.data\n.quad f0, f{MANY - 1}\n')


def test_many_output_sections(same):
    out = same(SCRIPT, a=many('.section s@,"a"\nv@: .byte 1\n') +
               f'.globl last\n.set last, v{MANY - 1}\n.data\n.quad last\n')
    assert len(out.sections) > MANY
    symbols = {s.name: s for s in out.symbols}
    for i in (0, 0xfeff, 0xff00, 0xfff1, 0xffff, MANY - 1):
        assert symbols[f'v{i}'].section == f's{i}'
    assert symbols['last'].section == f's{MANY - 1}'


def test_many_output_sections_without_symbols(same):
    same(SCRIPT, ['-s'], a=many('.section s@,"a"\nv@: .byte 1\n'))


def test_many_segments(desk):
    """Each section has a page before it that nothing loads. The file is sparse,
    and half a gigabyte long: only its header is read."""
    desk.write('link.ld', SCRIPT)
    desk.assemble('a.o', many('.section s@,"a"\n.balign 0x2000\n.byte 1\n'))
    done = links.run([links.BOOTLINK_LD, '-o', 'out', '-T', 'link.ld', 'a.o'],
                     desk.folder)
    assert done.returncode == 0, done.stdout
    header = links.run(['readelf', '-hW', 'out'], desk.folder).stdout
    (desk.folder / 'out').unlink()
    assert f'program headers:         65535 ({MANY + 1})' in header
