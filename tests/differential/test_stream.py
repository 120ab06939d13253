# SPDX-License-Identifier: BSD-2-Clause
"""Large output sections, which are written while they are linked: the file is
as if they were not, and there is none if the link fails."""

import pytest

import links
from cases import build

SCRIPT = ('SECTIONS { . = 1M; .text : { *(.text .text.*) }'
          ' .data : { *(.data) . = ALIGN(64K); QUAD(ends) } =0xcc'
          ' .str : { *(.str) } .bss : { *(.bss) } ends = .; }')
START = '.globl _start\n.text\n_start: ret\n'

# What is smaller than what is written at once, and what is larger.
PIECES = {
    'small': ''.join(
        f'.section .text.f{i},"ax"\n.balign 32\n.rept 90\ncall f{i}\n.endr\n'
        f'f{i}: .quad _start + {i}\n' for i in range(1000)),
    'one': '.data\n.rept 100000\n.quad _start + 1\n.endr\n',
    'of all sizes': '.data\n.skip 300000, 1\n.quad _start\n'
                    '.text\n.rept 70000\ncall _start\n.endr\n',
    'strings': '.section .str,"aMS",@progbits,1\n' + ''.join(
        f'.asciz "number {i}: strings may be parts of others"\n'
        for i in range(9000)) + '.data\n.rept 40000\n.quad .str + 8\n.endr\n',
    'frames': ''.join(
        f'.section .text.g{i},"ax"\n.cfi_startproc\n.cfi_def_cfa_offset {i}\n'
        'nop\n.cfi_endproc\n' for i in range(1, 5000)),
}


@pytest.mark.parametrize('pieces', PIECES)
@pytest.mark.parametrize('options', [(), ('--eh-frame-hdr',), ('-q',)], ids=str)
def test_pieces(same, pieces, options):
    same(SCRIPT, options, a=PIECES[pieces], b=START, c=PIECES[pieces])


def test_a_build_id_is_of_streamed_bytes_too(desk):
    def file_with(data):
        arguments = build(desk, SCRIPT, ['--build-id'], {'a': data + START})
        desk.link(links.BOOTLINK_LD, 'ours', arguments)
        return (desk.folder / 'ours').read_bytes()

    data = '.data\n.skip 300000, 1\n.byte '
    one, again, two = (file_with(data + last) for last in ('1\n', '1\n', '2\n'))
    assert one == again
    assert sum(a != b for a, b in zip(one, two)) > 10


def test_a_link_that_fails_leaves_nothing(desk):
    arguments = build(desk, SCRIPT, [], {'a': PIECES['one'] + '.quad nobody\n',
                                         'b': START})
    before = sorted(desk.folder.iterdir())
    with pytest.raises(links.LinkFailed, match='nobody'):
        desk.link(links.BOOTLINK_LD, 'ours', arguments)
    assert sorted(desk.folder.iterdir()) == before


def test_a_device_is_not_read_again(desk):
    arguments = build(desk, SCRIPT, ['--build-id'], {'a': PIECES['one'],
                                                     'b': START})
    done = links.run([links.BOOTLINK_LD, *arguments, '-o', '/dev/null'],
                     desk.folder)
    assert done.returncode == 0, done.stdout
