# SPDX-License-Identifier: BSD-2-Clause
"""The map: every input section is where GNU ld's map has it, every symbol where
the symbol table has it. [GNU ld manual: -Map]"""

import re

import pytest

import links

# " .name  address  size file", with the rest on the next line after a long name
INPUT = re.compile(r'^ (\S+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S+)$', re.M)
OUTPUT = re.compile(r'^([.\w]\S*)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)', re.M)
SYMBOL = re.compile(r'^ {16}0x([0-9a-f]+) {16}([\w.$]+)(?: = .*)?$', re.M)
STB_GLOBAL, STT_TLS = 1, 6
BASE = 0x100000  # what is below is not in memory
START = '.globl _start\n.section .text.start,"ax"\n_start: call work\nret\n'
C = '''
int counter = 3, table[9] = {1};
static int hidden[10];
const long a_constant_in_a_section_of_its_own = 5;
const char *greeting = "hello", *tail = "lo";
_Thread_local int each = 4;
__attribute__((common)) int common[7];
__attribute__((weak)) int work(void) { return hidden[counter] + each; }
%s
'''
SCRIPT = '''SECTIONS { . = 1M; .text : { *(SORT(.text.*)) . = ALIGN(64); etext = .; }
.rodata : { *(.rodata*) BYTE(1) } .tdata : { *(.tdata*) }
. = ALIGN(0x1000); .data : { data = .; *(.data*) } .bss : { *(COMMON .bss*) }
other = data + 8; }'''


def placed(text):
    """What takes up memory, after the list of what was left out."""
    text = text[text.index('Linker script and memory map'):]
    inputs = [(name, int(address, 16), int(size, 16), file)
              for name, address, size, file in INPUT.findall(text)]
    outputs = [(name, int(address, 16), int(size, 16))
               for name, address, size in OUTPUT.findall(text)]
    return (sorted({i for i in inputs if i[1] >= BASE and i[2] and i[0] != '*fill*'}),
            sorted({o for o in outputs if o[1] >= BASE and o[2]}))


def objects(desk):
    source = C % 'extern int two(void); int twice(void) { return two(); }'
    return [desk.assemble('start.o', START),
            desk.compile('one.o', source, '-fdata-sections'),
            desk.compile('two.o', C.replace('hello', 'say hello').replace(
                'int counter', 'static int counter').replace(
                'table', 'second').replace('a_constant', 'b_constant').replace(
                '*greeting', '*greet').replace('*tail', '*end').replace(
                'each', 'every') % 'int two(void) { return 2; }')]


@pytest.mark.parametrize('options', [[], ['-T', 'link.ld'], ['--gc-sections'],
                                     ['--sort-section=name'], ['-N']],
                         ids=' '.join)
def test_the_map_tells_what_the_output_has(desk, options):
    desk.write('link.ld', SCRIPT)
    arguments = [*options, *objects(desk)]
    maps = {}
    for linker in links.BOOTLINK_LD, links.GNU_LD:
        output = desk.link(linker, 'output', ['-Map=map', *arguments])
        maps[linker] = (desk.folder / 'map').read_text()
        if linker == links.BOOTLINK_LD:
            ours = output
    found, wanted = placed(maps[links.BOOTLINK_LD]), placed(maps[links.GNU_LD])
    assert len(wanted[0]) > 2 and found == wanted
    told = {name: int(value, 16)
            for value, name in SYMBOL.findall(maps[links.BOOTLINK_LD])}
    values = {s.name: s.value for s in ours.symbols
              if s.binding == STB_GLOBAL and s.section != '*UND*'
              and s.type != STT_TLS}
    assert values and values == {name: told.get(name) for name in values}
