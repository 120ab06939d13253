# SPDX-License-Identifier: BSD-2-Clause
"""Random sections of strings and constants, and references into them.

`Maker(seed)` is a link as cases.build wants it: `script`, `options`, `sources`.
The strings are short and of two letters, so that many are equal, or end alike.
"""

import random

PLACES = ['.str', '.str.b', '.debug_str']


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.options = []
        self.count = 0
        self.script = self.make_script()
        self.sources = {name: self.make_object(name)
                        for name in 'abcdef'[:self.random.randint(1, 6)]}

    def some(self, *choices):
        return self.random.choice(choices)

    # ---- the script ----------------------------------------------------------

    def pattern(self, names):
        kept = f'*({names})'
        first, second = names.split()
        return self.some(kept, kept, kept, f'KEEP({kept}) BYTE(1)',
                         f'*(SORT({first}) {second})',
                         f'*({first} SORT_BY_ALIGNMENT({second}))',
                         f'*b.o({names}) {kept}', f'*a.o({names}) . = ALIGN(8);'
                         f' {kept}', f'*(EXCLUDE_FILE(*a.o) {names}) {kept}')

    def make_script(self):
        names = self.some('.str* .none', '.str* .cst*', '.str .cst')
        subalign = self.some('', '', '', 'SUBALIGN(1)', 'SUBALIGN(32)')
        discard = self.some('', '', '/DISCARD/ : { *f.o(.str) }')
        return (f'SECTIONS {{ . = 0x1000; .text : {{ *(.text) }} {discard}'
                f' .out : {subalign} {{ {self.pattern(names)} }}'
                f' .rest : {{ {self.some("", "BYTE(1)")} *(.str* .cst*) }}'
                f' .data : {{ *(.data) }} end = .; }}\n')

    # ---- the objects ---------------------------------------------------------

    def string(self, unit):
        length = self.some(0, 1, 1, 2, 3, 3, 4, 5, 9, 12)
        letters = [self.some('1', '2') for _ in range(length)]
        if unit == 1:
            return ''.join(f'.byte {c}\n' for c in letters + ['0'])
        if unit == 3:
            return ''.join(f'.byte {c}, 0, {c}\n' if c != '0'
                           else '.byte 0, 0, 0\n' for c in letters + ['0'])
        word = {2: '.short', 4: '.long', 8: '.quad'}[unit]
        return ''.join(f'{word} {c}\n' for c in letters + ['0'])

    def strings(self, name, unit, align):
        text = ''
        for i in range(self.random.randint(0, 12)):
            if align >= unit and self.random.random() < 0.6:
                text += f'.balign {self.some(align, align, 1, 2)}\n'
            text += self.label(name, i) + self.string(unit)
        if align >= unit and self.random.random() < 0.5:
            text += f'.balign {align}\n'
        if self.random.random() < 0.1:
            text += f'.fill {unit}, 1, 1\n'  # without a terminator
        return text

    def constants(self, name, unit):
        return ''.join(
            self.label(name, i) + f'.fill {unit}, 1, {self.some(1, 2, 3, 0)}\n'
            for i in range(self.random.randint(0, 9)))

    def label(self, name, i):
        kind = self.some('', '', '.L', '.globl ')
        if kind == '.globl ':
            return f'.globl {name}_{i}\n{name}_{i}:\n'
        return f'{kind}{name}_{i}:\n'

    def make_section(self, name):
        flags = self.some('a', 'a', 'a', 'a', 'aw')
        place = self.some(*PLACES)
        if place == '.debug_str':
            flags = ''
        if self.random.random() < 0.3:
            unit = self.some(1, 2, 4, 8, 12, 16)
            place = '.cst' if flags else place
            body = self.constants(name, unit)
            head = f'"{flags}M",@progbits,{unit}'
            align = self.some(1, unit & -unit)
        else:
            unit = self.some(1, 1, 1, 1, 2, 3, 4, 8)
            align = self.some(1, unit & -unit, 4, 8, 8, 16)
            body = self.strings(name, unit, align)
            head = f'"{flags}MS",@progbits,{unit}'
        if self.random.random() < 0.08:
            body += '.byte 7\n'  # no longer a multiple of the unit
        if self.random.random() < 0.05:
            body += '.quad _start\n'  # a relocation
        return (f'.section {place},{head},unique,{self.count}\n'
                f'.balign {align}\n{name}_s:\n{body}{name}_e:\n', flags)

    def references(self, name, flags, body):
        """By symbols with and without addends, and by the section's."""
        size = self.random.randint(0, 40)
        refs = [f'{name}_s', f'{name}_s+{size}', f'{name}_e', f'{name}_e-1']
        refs += [line[:-1] for line in body.splitlines()
                 if line.endswith(':')]
        refs += [f'{ref}+{self.some(1, 2, 3)}' for ref in refs[4:]]
        self.random.shuffle(refs)
        return ''.join(f'.quad {ref}\n' for ref in refs[:12])

    def make_object(self, name):
        text = '.globl _start\n_start: nop\n' if name == 'a' else ''
        refs = ''
        for i in range(self.random.randint(1, 6)):
            self.count += 1
            section = f'{name}{i}'
            body, flags = self.make_section(section)
            text += body
            if name != 'f':  # which may be discarded
                refs += self.references(section, flags, body)
        return text + '.data\n.balign 8\n' + refs
