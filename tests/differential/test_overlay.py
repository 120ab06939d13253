# SPDX-License-Identifier: BSD-2-Clause
"""OVERLAY: sections that take turns at one address.
[GNU ld manual: Overlay Description]"""

import pytest

ALL = '''.globl _start
.text
_start: ret
.skip 15
.section .ov1,"aw"
.skip 24,1
.section .ov2,"aw"
.balign 8
.skip 40,2
.section .ov3,"ax"
.skip 9,3
.data
.skip 16
'''
THREE = '{ .o1 { *(.ov1) } .o2 { *(.ov2) } .o3 { *(.ov3) } }'
AROUND = ('SECTIONS { . = 1M; .text : { *(.text) } %s .data : { *(.data) }'
          ' end = .; first = __load_start_o1; last = __load_stop_o3; }')
REGIONS = ('MEMORY { fast : ORIGIN = 1M, LENGTH = 64K'
           ' slow : ORIGIN = 4M, LENGTH = 64K } '
           'SECTIONS { .text : { *(.text) } >fast %s .data : { *(.data) } >fast'
           ' .more : { QUAD(1) } >slow end = .; from = __load_start_o2; }')


@pytest.mark.parametrize('overlay', [
    f'OVERLAY : {THREE}',
    f'OVERLAY 0x200000 : {THREE}',
    f'OVERLAY 0x200000 : AT(0x110000) {THREE}',
    f'OVERLAY ADDR(.text) + 0x100 : NOCROSSREFS AT(0x110000) {THREE}',
    f'OVERLAY : SUBALIGN(16) {THREE}',
    'OVERLAY : { .o1 { *(.ov1) . = ALIGN(32); } =0xab .o2 { *(.ov2) s = .; }'
    ' .o3 { *(.ov3) . += 5; } } =0xcd12',
    'OVERLAY : { .o1 { *(.ov1) } .o2 { *(.ov2) } .o3 { *(.none) } }',
    'OVERLAY : { .o1 { *(.none) } .o2 { *(.ov2) } .o3 { *(.ov3) } }',
    'OVERLAY : { .o1 { LONG(1) *(.ov1) }, .o-2.x { *(.ov2) }, .o3 { *(.ov3) } }'
    ' other = __load_start_o2x;'])
def test_overlay(same, overlay):
    same(AROUND % overlay, a=ALL)


@pytest.mark.parametrize('region', ['>fast', '>slow', '>fast AT>slow'])
def test_regions(same, region):
    same(REGIONS % f'OVERLAY : {THREE} {region}', a=ALL)


def test_segments(same):
    same('PHDRS { code PT_LOAD; one PT_LOAD; two PT_LOAD; } SECTIONS { . = 1M;'
         ' .text : { *(.text) } :code OVERLAY 0x200000 : AT(0x150000) {'
         ' .o1 { *(.ov1) } .o2 { *(.ov2) } :two .o3 { *(.ov3) } } :one'
         ' .data 0x300000 : { *(.data) } :code }', a=ALL)


def test_load_address_goes_on_behind_odd_ones(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } .data : AT(0x120001) {'
         ' *(.data) } ' + f'OVERLAY : {THREE} .more : {{ QUAD(1) }} }}', a=ALL)


def test_overlays_must_not_refer_to_each_other(both_refuse):
    text = both_refuse(AROUND % f'OVERLAY : NOCROSSREFS {THREE}',
                       a=ALL + '.section .ov1\n.quad there\n.section .ov2\n'
                               'there: .byte 1\n')
    assert 'prohibited cross reference' in text


@pytest.mark.parametrize('overlay,wanted', [
    ('OVERLAY 1M { }', "':' after OVERLAY"),
    ('OVERLAY : { .o1 : { *(.ov1) } }', "'{'"),
    ('OVERLAY : AT { }', "'('"),
])
def test_syntax(both_refuse, overlay, wanted):
    assert wanted in both_refuse(AROUND % overlay, a=ALL)
