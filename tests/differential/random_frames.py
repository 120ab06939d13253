# SPDX-License-Identifier: BSD-2-Clause
"""Random unwind tables, by hand: `make(seed)` gives script, options and
sources of a link. [LSB Core 10.6; DWARF 5 6.4]

Few kinds of CIEs are drawn again and again, so that many are equal. Every
function has one FDE, or GNU ld refuses the table of them.
"""

import random

SCRIPT = '''SECTIONS {{ . = 1M; .text : {{ *(.text .text.*) }}
.gcc_except_table : {{ *(.gcc_except_table) }}
.eh_frame_hdr : {{ *(.eh_frame_hdr) }}
.eh_frame : {align} {{ *(.eh_frame) {behind} }}
.data : {{ *(.data) }} /DISCARD/ : {{ *(.gone) }} }}'''

# Opcodes of all shapes, with their operands; 0 is a NOP, of which those at the
# end are padding.
INSTRUCTIONS = ['0x41', '0x0e, 16', '0x0c, 7, 8', '0x90, 1', '2, 9', '3, 1, 0',
                '4, 1, 0, 0, 0', '0x0f, 3, 1, 2, 0', '0x10, 6, 2, 1, 2',
                '0x16, 1, 0', '0x2e, 0x81, 1', '0x0a', '0x0b', '0x2d',
                '0x2f, 1, 2', '0', '5, 0x81, 1, 2', '0xc3',
                '0x1d, 1, 2, 3, 4, 5, 6, 7, 8']
AUGMENTATIONS = ['zR', 'zR', 'zR', 'zPLR', 'zPLR', 'zRS', 'zLR', 'zPR', 'zRB',
                 'z', '', 'R']
POINTERS = [0x1b, 0x1b, 0x1b, 0x00, 0x03, 0x0b, 0x10, 0x1c]  # encodings
PERSONALITIES = ['one', 'two', 'local', 'none']  # `none` is undefined


def pointer(encoding, to):
    kind = {0: '.quad', 4: '.quad', 3: '.long'}[encoding & 7]
    return f'{kind} {to}{" - ." if encoding & 0x70 == 0x10 else ""}\n'


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.kinds = []
        self.count = 0

    def some(self, *choices):
        return self.random.choice(choices)

    def label(self):
        self.count += 1
        return f'.L{self.count}'

    def instructions(self, most):
        return ''.join(f'.byte {self.random.choice(INSTRUCTIONS)}\n'
                       for _ in range(self.random.randint(0, most)))

    # ---- records -------------------------------------------------------------

    def record(self, label, body):
        """With padding, and often aligned."""
        return (f'{label}: .long 2f - 1f\n1: {body}'
                f'.fill {self.some(0, 0, 1, 4, 8)}, 1, 0\n'
                f'{self.some(".balign 4", ".balign 4", "")}\n2:\n')

    def sized(self, augmentation, data):
        """A z gives the augmentation's data a length."""
        if not augmentation.startswith('z'):
            return data
        return f'.uleb128 4f - 3f\n3: {data}4:\n'

    def cie_kind(self):
        """Encodings and text of a CIE."""
        letters = self.random.choice(AUGMENTATIONS)
        code, lsda = self.random.choice(POINTERS), self.random.choice(POINTERS)
        data = ''
        for letter in letters:
            encoding = {'R': code, 'L': lsda, 'P': self.some(0x1b, 0x9b, 3, 0x50)
                        }.get(letter)
            if encoding is not None:
                data += f'.byte {encoding}\n'
            if letter == 'P':
                align = '.balign 8\n' if encoding == 0x50 else ''
                data += align + pointer(encoding,
                                        self.random.choice(PERSONALITIES))
        # GNU ld writes beside the personality of version 4
        version = self.some(1, 1, 1, 3, 3 if 'P' in letters else 4)
        text = (f'.long 0\n.byte {version}\n.asciz "{letters}"\n'
                f'{".byte 8, 0" if version == 4 else ""}\n'
                f'.uleb128 {self.some(1, 1, 4)}\n'
                f'.sleb128 {self.some(-8, -8, -200, 4)}\n'
                f'.byte {self.some(16, 16, 17)}\n' +
                self.sized(letters, data) +
                self.instructions(self.some(3, 3, 40)))
        return (letters, code if 'R' in letters else 0, lsda, text)

    def cie(self):
        if not self.kinds or self.random.random() < 0.4:
            self.kinds.append(self.cie_kind())
        kind, label = self.random.choice(self.kinds), self.label()
        return kind, label, self.record(label, kind[3])

    def fde(self, kind, cie, function):
        letters, code, lsda, _ = kind
        data = ''
        if 'L' in letters:
            data = self.some(pointer(lsda, 'table'), pointer(lsda & 7, 0),
                             pointer(lsda & 7, 0x1234))
        return self.record(
            self.label(), f'.long 1b - {cie}\n{pointer(code, function)}' +
            pointer(code & 7, self.some(1, 2, 3, 3, 0)) +
            self.sized(letters, data) + self.instructions(3))

    # ---- objects -------------------------------------------------------------

    def function(self, name):
        where = self.some('.text', '.text', '.gone', '.text.group')
        flags = '"ax"'
        if where == '.text.group':
            flags = f'"axG",@progbits,group{self.random.randint(0, 2)},comdat'
        return (f'.section {where},{flags}\n{name}: '
                f'.skip {self.random.randint(3, 40)}, 0x90\n')

    def frames(self, functions):
        text, cies = '', []
        while functions or not cies:
            if not cies or self.random.random() < 0.3:
                kind, label, record = self.cie()
                cies.append((kind, label))
                text += record
            else:
                text += self.fde(*self.random.choice(cies), functions.pop())
        return text

    def make_object(self, name):
        functions = [f'{name}{i}' for i in range(self.random.randint(0, 5))]
        return (''.join(self.function(f) for f in functions) +
                '.section .gcc_except_table,"a"\ntable: .long 1, 2\n'
                '.text\nlocal: nop\n.weak none\n'
                f'.section .eh_frame,"a",@{self.some("progbits", "unwind")}\n'
                f'.balign {self.some(1, 4, 8, 8, 16)}\n' +
                self.frames(functions) +
                self.some('', '', '', '', '.long 0\n', '.long 0, 0\n'))

    def make(self):
        script = SCRIPT.format(
            align=self.some('', '', '', 'ALIGN(16)', 'SUBALIGN(16)'),
            behind=self.some('', '', '. = ALIGN(32); end = .;'))
        sources = {name: self.make_object(name)
                   for name in 'abcd'[:self.random.randint(1, 4)]}
        sources['z'] = ('.globl _start, one, two\n.text\n_start: one: two:\n'
                        '.cfi_startproc\nret\n.cfi_endproc\n')
        options = self.some([], ['--eh-frame-hdr'])
        return script, options, sources


def make(seed):
    return Maker(seed).make()
