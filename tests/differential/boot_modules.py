# SPDX-License-Identifier: BSD-2-Clause
"""A boot volume with a kernel and modules in C, and `bootlink link` over it.

    volume = Volume(desk, kernel='EXPORT_SYMBOL(say);')
    volume.module('hello', 'void hello(void) { say(); }')
    done = volume.link('hello')
    assert done.order == ['hello']
"""

import re

import elf
import links

INCLUDE = '#include <bootlink/module.h>\nvoid say(void);\n'
KERNEL = 'void _start(void) {}\nvoid say(void) {}\n'
FLAGS = ['-mcmodel=kernel', f'-I{links.ROOT}/include']


class Done:
    """What a link gave: `text` is all that it printed."""

    def __init__(self, volume, done):
        self.volume = volume
        self.text = done.stdout
        self.ok = done.returncode == 0
        found = re.findall(r'^(\S+) at 0x(\w+) to 0x(\w+)', self.text, re.M)
        self.order = [name for name, _, _ in found if name != 'kernel']
        self.ranges = {name: (int(low, 16), int(high, 16))
                       for name, low, high in found}
        self.left_out = dict(re.findall(r'^(\S+) is left out: (.*)$',
                                        self.text, re.M))

    def image(self, name):
        return elf.read(self.volume.desk.folder / f'out/{name}.elf')

    def address(self, name, symbol):
        return next(s.value for s in self.image(name).symbols
                    if s.name == symbol)

    def pointer(self, name, symbol):
        """What the pointer `symbol` of an image holds."""
        place = self.address(name, symbol)
        for section in self.image(name).sections:
            offset = place - section.address
            if section.flags & elf.SHF_ALLOC and 0 <= offset < section.size:
                return int.from_bytes(section.data[offset:offset + 8],
                                      'little')
        raise AssertionError(f'{symbol} is in no section')


class Volume:
    def __init__(self, desk, kernel=''):
        self.desk = desk
        (desk.folder / 'esp').mkdir()
        desk.compile('esp/kernel.o', INCLUDE + KERNEL + kernel, *FLAGS)

    def module(self, name, code=''):
        self.desk.compile(f'esp/{name}.ko', INCLUDE + code, *FLAGS)

    def link(self, *words):
        """Names of modules, and options of `bootlink link`."""
        line = []
        for word in words:
            line += ([word] if word.startswith('--') else
                     ['--module', f'{word}.ko'])
        done = links.run([links.BOOTLINK, 'link', '--defsym',
                          'bootlink_slide=0', '--phys', '0x3000000',
                          'kernel.o', *line, '--root', 'esp', '--output',
                          'out'], self.desk.folder)
        return Done(self, done)
