# SPDX-License-Identifier: BSD-2-Clause
"""Objects for link-time optimisation are refused, with what to do; those that
have code beside it are linked by that, as GNU ld does without a plugin."""

import subprocess

import pytest

import links

SOURCE = 'int f(void) { return 1; }\n'
BITCODE = b'BC\xc0\xde' + bytes(60)  # as clang -flto begins a file


def build(desk, *flags):
    desk.write('link.ld', 'SECTIONS { . = 4M; .text : { *(.text) } }')
    desk.assemble('a.o', '.globl _start\n.text\n_start: call f\n')
    desk.write('f.c', SOURCE)
    subprocess.run(['gcc', *links.CFLAGS, '-fno-function-sections', *flags,
                    '-c', 'f.c'], cwd=desk.folder, check=True)


def refusal(desk, name):
    with pytest.raises(links.LinkFailed) as failure:
        desk.link(links.BOOTLINK_LD, 'ours', ['-T', 'link.ld', 'a.o', name])
    return str(failure.value)


def test_slim_object(desk):
    build(desk, '-flto', '-fno-fat-lto-objects')
    assert 'compile without -flto' in refusal(desk, 'f.o')
    subprocess.run(['gcc-ar', 'rcs', 'lib.a', 'f.o'], cwd=desk.folder,
                   check=True)
    assert 'lib.a(f.o): ' in refusal(desk, 'lib.a')


def test_fat_object(desk):
    build(desk, '-flto', '-ffat-lto-objects')
    arguments = ['-T', 'link.ld', 'a.o', 'f.o']
    assert links.differences(
        desk.link(links.BOOTLINK_LD, 'ours', arguments),
        desk.link(links.GNU_LD, 'theirs', arguments)) == []


def test_bitcode(desk):
    build(desk)
    (desk.folder / 'f.bc').write_bytes(BITCODE)
    text = refusal(desk, 'f.bc')
    assert 'f.bc: LLVM bitcode; ' in text and 'without -flto' in text
