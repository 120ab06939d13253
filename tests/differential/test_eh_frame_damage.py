# SPDX-License-Identifier: BSD-2-Clause
"""Unwind tables that are not what a compiler writes: those that GNU ld leaves
alone are left alone, but for unknown instructions, and it edits the others. The
damaged section is the last one; what GNU ld pads others with is not of the file.
[LSB Core 10.6]"""

import random

import pytest

import elf
import links
import random_frames
from cases import build
from test_eh_frame import FRAME, SCRIPT, START, TABLE, cie, fde, function

GOOD = START + function('f', 2) + 'g: ret\n'
LOCAL = '.text\nh: ret\n' + FRAME + cie('c')


def record(body, length='2f - 1f'):
    return f'.long {length}\n1: {body}\n2:\n'


DAMAGED = {
    'length-of-1': record('.byte 0', '1'),
    'length-of-3': record('.byte 0, 0, 0', '3'),
    'length-past-the-end': record('.long 0, 0', '2f - 1f + 1'),
    'length-of-4-GiB': record('.long 0, 0', '0xfffffffe'),
    'length-of-64-bits': record('.quad 8, 0', '0xffffffff'),
    'length-cut-off': '.byte 1, 0',
    'cie-of-an-id': record('.long 0'),
    'cie-of-version-0': cie('d', version=0),
    'cie-of-version-2': cie('d', version=2),
    'cie-of-version-255': cie('d', version=255),
    'cie-for-addresses-of-4-bytes': cie('d', version=4).replace(
        '.uleb128 1', '.byte 4, 0\n.uleb128 1'),
    'augmentation-unknown': cie('d', 'zX', '.byte 1'),
    'augmentation-of-20-letters': cie('d', 'z' + 'S' * 19, ''),
    'augmentation-without-end': record('.long 0\n.byte 1\n.ascii "zR"'),
    'augmentation-of-old-gcc': cie('d', 'eh', ''),
    'number-of-12-bytes': cie('d').replace(
        '.uleb128 1', '.byte 0x81' + ', 0x80' * 10 + ', 0', 1),
    'number-without-end': record('.long 0\n.byte 1, 0, 0x80, 0x80, 0x80'),
    'encoding-omitted': cie('d', data='.byte 0xff'),
    'encoding-without-width': cie('d', data='.byte 0x01'),
    'personality-without-relocation': cie('d', 'zP', '.byte 0x1b\n.long 0'),
    'relocation-in-a-length': record('.long 0, 0', 'h - .'),
    'relocation-in-an-id': record('.long h - .\n.long 0, 0'),
    'relocation-in-instructions': cie('d', instructions='.byte 3\n.2byte h - .'),
    'fde-without-relocation': fde('c', '.'),
    'fde-for-another-file': fde('c', 'global'),
    'fde-for-an-absolute-symbol': fde('c', 'absolute'),
    'fde-before-all': record('.long 1b - c0 + 4\n.long h - ., 1, 0'),
    'fde-of-itself': record('.long 4\n.long h - ., 1, 0'),
    'fde-of-an-fde': 'e:' + fde('c', 'h') + record(
        '.long 1b - e\n.long h - ., 1, 0'),
    'fde-of-no-address': record('.long 1b - .Lc'),
    'fde-of-half-an-address': record('.long 1b - .Lc\n.long h - .\n.byte 1'),
    'fde-augmentation-past-the-end': fde('c', 'h', data='.uleb128 100'),
    'zeros-then-records': '.long 0\n' + cie('d'),
    'zeros-then-a-byte': '.long 0, 0\n.byte 1',
}


@pytest.mark.parametrize('name', DAMAGED)
def test_damage(same, name):
    same(SCRIPT, TABLE, a=GOOD + '.globl global\nglobal: nop\n', b=LOCAL.replace(
        '.text\n', '.text\n.globl absolute\nabsolute = 5\n').replace(
            FRAME, FRAME + 'c0:') + DAMAGED[name])


# Instructions that GNU ld knows, and those that it leaves a whole section for.
KNOWN = bytes([0x0a, 0x0b] * 5 + [0x0a])
UNKNOWN = {
    'opcode': [0x3f, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    'opcode-with-a-tail': [0x3f, 1],
    'opcode-in-front-of-nops': [0x3f],
    'opcode-at-the-end': [0x41] * 10 + [0x3f],
    'set-loc': [1, 0, 0, 0, 0, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41],
    'expression-past-the-end': [0x0f, 200, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    'expression-past-the-end-with-a-tail': [0x0f, 200, 1],
    'number-past-the-end': [0x41] * 8 + [0x0e, 0x80, 0x80],
}


@pytest.mark.parametrize('where, name', [
    *(('cie', name) for name in UNKNOWN),
    *(('fde', name) for name in UNKNOWN if name != 'set-loc')])
def test_unknown_instructions_are_passed_on(desk, where, name):
    """As if GNU ld knew them all, and they were no padding."""
    known = '.byte ' + ', '.join(map(str, KNOWN))
    in_cie, in_fde = (known, '') if where == 'cie' else ('', f'\n{known}')
    arguments = build(desk, SCRIPT, TABLE, {
        'a': GOOD, 'b': '.text\nh: ret\n.section .gone,"ax"\nk: ret\n' + FRAME +
             cie('c', instructions=in_cie) +
             fde('c', 'k', data='.uleb128 0' + in_fde) +
             fde('c', 'h', data='.uleb128 0' + in_fde)})
    theirs = desk.link(links.GNU_LD, 'theirs', arguments)
    unknown = bytes(UNKNOWN[name]).ljust(len(KNOWN), b'\0')
    replace(desk.folder / 'b.o', KNOWN, unknown)
    desk.link(links.BOOTLINK_LD, 'ours', arguments)
    replace(desk.folder / 'ours', unknown, KNOWN)
    assert not links.differences(elf.read(desk.folder / 'ours'), theirs)


def replace(path, old, new):
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))


@pytest.mark.parametrize('seed', range(1, 31))
def test_bytes_at_random(desk, seed):
    """One to three bytes of one section. If GNU ld links that, so do we. What it
    leaves as it is for an instruction may have an address too far for a table."""
    rng = random.Random(seed)
    script, options, sources = random_frames.make(seed)
    sources.pop('z')
    sources = {'z': START + 'ret\n.globl one, two\none: two: nop\n', **sources}
    arguments = build(desk, script, options, sources)
    last = desk.folder / f'{list(sources)[-1]}.o'
    data = bytearray(last.read_bytes())
    frames = next(s for s in elf.read(last).sections if s.name == '.eh_frame')
    start = data.find(frames.data)
    for _ in range(rng.randint(1, 3)):
        data[start + rng.randrange(len(frames.data))] = rng.choice(
            [0, 1, 4, 0x7f, 0x80, 0xff, rng.randrange(256)])
    last.write_bytes(data)
    theirs, ours = (links.run([linker, '-o', output, *arguments], desk.folder)
                    for linker, output in ((links.GNU_LD, 'theirs'),
                                           (links.BOOTLINK_LD, 'ours')))
    if leaves_it(theirs) and not leaves_it(ours):
        assert ours.returncode in (0, 1)
        return
    assert (theirs.returncode == 0) == (ours.returncode == 0), ours.stdout
    if theirs.returncode == 0:
        assert not links.differences(*(elf.read(desk.folder / name)
                                       for name in ('ours', 'theirs')))


def leaves_it(done):
    return 'no .eh_frame_hdr table' in done.stdout
