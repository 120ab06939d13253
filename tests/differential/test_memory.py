# SPDX-License-Identifier: BSD-2-Clause
"""MEMORY: regions, and which section goes to which.
[GNU ld manual: MEMORY, Output Section Region, Output Section LMA]"""

import random

import pytest

import links
from cases import build

ALL = '''.globl _start
.text
_start: ret
.skip 20
.section .rodata,"a"
.skip 18
.data
.skip 24
.bss
.skip 64
.section .const,"a"
.skip 17
.section .vars,"aw"
.skip 17
.section .code,"ax"
.skip 17
.comm c,8,8
'''
KNOWN = '*(.text .rodata .data .bss .const .vars .code COMMON)'
TWO = ('MEMORY { rom (rx) : ORIGIN = 0x100000, LENGTH = 64K'
       ' ram (w!x) : ORIGIN = 0x200000, LENGTH = 1M }')


def test_regions(same):
    same(TWO + 'SECTIONS { .text : { *(.text .rodata) } >rom'
         ' .data : { *(.data) } >ram .bss : { *(.bss) } >ram end = .; }', a=ALL)


def test_load_region(same):
    same(TWO + 'SECTIONS { .text : { *(.text .rodata) } >rom'
         ' .data : { *(.data) } >ram AT>rom .bss : { *(.bss) } >ram'
         ' from = LOADADDR(.data); to = ADDR(.data); }', a=ALL)


def test_load_region_alone_is_the_region_too(same):
    same(TWO + 'SECTIONS { .text : { *(.text .rodata) } AT>rom'
         ' .data 0x200100 : { *(.data) } AT>rom .bss : { *(.bss) } AT>ram }',
         a=ALL)


def test_orphans_follow_their_model(same):
    same('MEMORY { one : ORIGIN = 1M, LENGTH = 64K }'
         'SECTIONS { .text : { *(.text) } >one }', a=ALL)


@pytest.mark.parametrize('attributes', ['w', 'r', 'a', 'x', 'aw', '!r', 'w!r',
                                        'r!w', 'a!x', 'A!L', 'RX', 'wI'])
def test_attributes_choose(same, attributes):
    same(f'MEMORY {{ one ({attributes}) : ORIGIN = 1M, LENGTH = 64K'
         ' rest (a) : ORIGIN = 2M, LENGTH = 64K }'
         'SECTIONS { .text : { *(.text) } .rodata : { *(.rodata) }'
         ' .data : { *(.data) } .bss : { *(.bss) } .number : { QUAD(1) }'
         ' .mixed : { *(.const) *(.vars) } .gap : { . += 16; } }', a=ALL)


def test_origin_and_length(same):
    same('MEMORY { rom : org = 0x100000, len = 64K'
         ' ram : o = ORIGIN(rom) + 4 * LENGTH(rom), l = size }'
         'size = 8K; top = ORIGIN(ram) + LENGTH(ram);'
         'SECTIONS { .text : { *(.text) in = ORIGIN(ram); n = LENGTH(rom); }'
         ' >rom .data : { *(.data .bss) LONG(ORIGIN(ram) - ORIGIN(rom)) } >ram'
         ' .bss : { *(COMMON) } >ram'
         ' near = ORIGIN(rom); }', a=ALL)


def test_alias(same):
    same(TWO + 'REGION_ALIAS("flash", rom); REGION_ALIAS(sram , ram)'
         'SECTIONS { .text : { *(.text .rodata) } >flash'
         ' .data : { *(.data) } >sram AT>flash .bss : { *(.bss) } >ram }', a=ALL)


def test_dot_belongs_to_no_region(same):
    same(TWO + 'SECTIONS { . = 3M; .text : { *(.text .rodata) } >rom a = .;'
         ' . = 4M; b = .; .data : { *(.data) } >ram . += 0x100;'
         ' .bss : { *(.bss) } >ram c = .; }', a=ALL)


def test_address_within_a_region(same):
    same(TWO + 'SECTIONS { .text 0x100100 : { *(.text .rodata) } >rom'
         ' .data 0x200040 : { *(.data) } >ram .bss : { *(.bss) } >ram }', a=ALL)


@pytest.mark.parametrize('how', ['', 'ALIGN(16)', 'ALIGN_WITH_INPUT'])
@pytest.mark.parametrize('region', ['ram', 'rom'])
def test_alignment_of_load_addresses(same, how, region):
    same('MEMORY { rom (rx) : ORIGIN = 0x100001, LENGTH = 64K'
         ' ram (w) : ORIGIN = 0x200003, LENGTH = 1M }'
         'SECTIONS { .text : { *(.text) } >rom'
         f' .data : {how} {{ *(.data) }} >{region} AT>rom'
         f' .vars : {how} {{ *(.vars) }} >ram AT>rom .bss : {{ *(.bss) }} >ram'
         '}', a=ALL.replace('.data\n', '.data\n.balign 8\n'))


def test_undeclared_region_starts_at_0(same):
    same('SECTIONS { .text : { *(.text) } >nowhere }', a=ALL)


def test_overflow_is_told_once_a_region(both_refuse):
    text = both_refuse(
        'MEMORY { rom : ORIGIN = 1M, LENGTH = 16 ram : ORIGIN = 2M, LENGTH = 40'
        '} SECTIONS { .text : { *(.text) } >rom .rodata : { *(.rodata) } >rom'
        ' .data : { *(.data) } >ram .bss : { *(.bss) } >ram'
        ' /DISCARD/ : { *(.const .vars .code) } }', a=ALL)
    lines = [line.split(': ', 1)[1] for line in text.splitlines()[1:]]
    assert [line.split(';')[0] for line in lines] == [
        "section '.text' will not fit in region 'rom'",
        "section '.bss' will not fit in region 'ram'",
        "region 'rom' overflowed by 23 bytes",
        "region 'ram' overflowed by 56 bytes"]


@pytest.mark.parametrize('script,wanted', [
    (TWO + 'SECTIONS { .text 0x300000 : { *(.text) } >rom }',
     "address 0x300015 of section '.text' is not within region 'rom'"),
    ('MEMORY { rom : ORIGIN = 1M, LENGTH = 4K ram : o = 2M, l = 8 } SECTIONS {'
     ' .text : { *(.text) } >rom AT>ram }', "region 'ram' overflowed by 13"),
    ('MEMORY { m (x) : ORIGIN = 1M, LENGTH = 4K } SECTIONS {'
     ' .data : { *(.data) } }', "no memory region specified for loadable "
     "section '.data'"),
    (TWO + 'SECTIONS { .text : AT(4M) { *(.text) } >rom AT>rom }',
     'both AT(address) and AT>region'),
    (TWO + 'REGION_ALIAS(one , two);', "no region 'two'"),
    (TWO + 'REGION_ALIAS(all , "*default*");', 'is all of memory'),
    (TWO + 'REGION_ALIAS(rom , ram);', "'rom' is a region or alias already"),
])
def test_refused(both_refuse, script, wanted):
    text = both_refuse(script + ' SECTIONS { /DISCARD/ : { ' + KNOWN + ' } }',
                       a=ALL)
    assert wanted in text


def test_origin_that_nobody_knows(desk):
    """GNU ld says so too, but takes 0 and goes on."""
    arguments = build(desk, 'MEMORY { m : ORIGIN = nothing, LENGTH = 4K }'
                      ' SECTIONS { .text : { *(.text) } >m }', [], {'a': ALL})
    with pytest.raises(links.LinkFailed,
                       match="invalid origin for memory region 'm'"):
        desk.link(links.BOOTLINK_LD, 'ours', arguments)


def random_script(pick):
    regions = ' '.join(
        f'{name} {pick.choice(["(rx)", "(w)", "(x)", "(rw!x)", ""])} :'
        f' ORIGIN = {base:#x}, LENGTH = 0x1000'
        for name, base in (('m', 0x100000), ('n', 0x200001)))
    body = ''
    for i, name in enumerate(['.text', '.rodata', '.data', '.bss', '.vars']):
        at = pick.choice(['', '', 'AT', '>'])
        address = pick.choice(['', '', '', f'{0x100200 + i * 0x100:#x}'])
        body += (f'{name} {address} : '
                 + (f'AT({0x500001 + i * 0x1000:#x})' if at == 'AT' else '')
                 + pick.choice(['', 'ALIGN(16)', 'ALIGN_WITH_INPUT'])
                 + f' {{ *({name}) ' + pick.choice(['', 'x = .;', '. += 12;'])
                 + '} >' + pick.choice('mnq')
                 + (' AT>' + pick.choice('mnq') if at == '>' else '')
                 + pick.choice(['\n', ' . = . + 0x10;\n', f' s{i} = .;\n']))
    return (f'MEMORY {{ {regions} q (a) : ORIGIN = 3M, LENGTH = 4K }}\n'
            f'SECTIONS {{ {body} }}')


@pytest.mark.parametrize('seed', range(30))
def test_random_regions(desk, seed):
    """Equal, or refused by both."""
    script = random_script(random.Random(seed))
    arguments = build(desk, script, [], {'a': ALL})
    outputs = []
    for linker in links.GNU_LD, links.BOOTLINK_LD:
        try:
            outputs.append(desk.link(linker, f'out{len(outputs)}', arguments))
        except links.LinkFailed:
            outputs.append(None)
    theirs, ours = outputs
    assert (ours is None) == (theirs is None), script
    found = links.differences(ours, theirs) if ours else []
    assert not found, '\n'.join([script, *found])
