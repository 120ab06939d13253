# SPDX-License-Identifier: BSD-2-Clause
"""The layout script of a random link, a statement to a line.

`Script(draw, objects).lines` is what a kernel's script has: the sections by kind,
assignments between and inside them, alignments, fills, orphans left over.
"""

LOW = ['0x100000', '0x100010', '0x400000 + SIZEOF_HEADERS', '0x1fff0']
HIGH = ['0xffffffff80000000', '0xffffffff80200000 + 0x123']
NARROW = ['0x100', '0x1000']
KINDS = [('ax', '.text', 'code'), ('a', '.rodata', 'read'),
         ('awT', '.tdata', 'write'), ('nobits T', '.tbss', 'write'),
         ('aw', '.data', 'write'), ('nobits', '.bss', 'write')]


def kind_of(section):
    _, flags, type_ = section
    if type_ == '@nobits':
        return 'nobits T' if 'T' in flags else 'nobits'
    return flags


class Script:
    def __init__(self, draw, objects):
        self.draw = draw
        self.sections = objects.sections
        self.count = 0
        self.has_segments = draw.has('headers')
        self.lines = self.whole()

    def whole(self):
        draw = self.draw
        base = draw.one_of(*(NARROW if draw.has('narrow') else
                             draw.one_of(LOW, HIGH)))
        lines = ['SECTIONS {', f'. = {base};', *self.assignments()]
        for kind, name, segment in KINDS:
            lines += self.output_sections(kind, name, segment)
        if draw.has('merge') and draw.chance(0.3):
            lines += self.block('.strings2', ['*(.rodata.str* .rodata.cst*)'],
                                ' :read' if self.has_segments else '')
        if draw.chance(0.3):
            lines.append('/DISCARD/ : { *(.comment) *(.note.two) }')
        lines += ['script_end = .;', *self.assignments()]
        if draw.chance(0.2):
            lines.append('PROVIDE_HIDDEN(hidden_end = .);')
        lines.append('}')
        if draw.chance(0.5):
            lines.append('ASSERT(script_end >= _start || _start > script_end,'
                         ' "holds")')
        return self.headers() + lines

    def headers(self):
        if not self.has_segments:
            return []
        thread = ['thread PT_TLS;'] if self.draw.has('tls') else []
        return ['PHDRS {', 'code PT_LOAD;', 'read PT_LOAD;', 'write PT_LOAD;',
                *thread, '}']

    def new_symbol(self):
        self.count += 1
        return f's{self.count}'

    def assignments(self):
        draw = self.draw
        lines = []
        if draw.chance(0.3):
            lines.append(f'{self.new_symbol()} = .;')
        if draw.chance(0.1):
            lines.append(f'{self.new_symbol()} = . + {draw.up_to(0, 99)};')
        if draw.chance(0.1):
            lines.append(f'{self.new_symbol()} = {draw.up_to(0, 99)};')
        if draw.chance(0.1):
            lines.append('PROVIDE(wanted = .);')
        if draw.chance(0.05):
            lines.append(f'HIDDEN({self.new_symbol()} = ADDR(.text) + 1);')
        if draw.chance(0.25):
            lines.append(f'. = ALIGN({draw.one_of(8, 64, 0x1000, 0x1000)});')
        return lines

    # ---- output sections -----------------------------------------------------

    def output_sections(self, kind, name, segment):
        """The output sections of one kind, each with some of its patterns."""
        draw = self.draw
        known = [s[0] for s in self.sections if kind_of(s) == kind]
        if not known:
            return []
        often = 1 if kind[-1] == 'T' else 0.75  # GNU ld wants them together
        patterns = [f'*({p})' for p in draw.some_of(known, often)]
        if self.has_segments and not patterns:
            patterns = [f'*({known[0]})']
        if draw.chance(0.3):
            patterns.append(f'*({name}.*)')
        if kind == 'nobits' and draw.chance(0.8):
            patterns.append('*(COMMON)')
        if draw.chance(0.2):
            draw.shuffle(patterns)
        if kind == 'aw' and (draw.has('gc') or draw.has('init')):
            patterns = self.arrays() + patterns
        tail = f' :{segment}' if self.has_segments else ''
        if tail and kind[-1] == 'T':
            tail += ' :thread'
        if draw.chance(0.15) and len(patterns) > 1 and not tail and kind[-1] != 'T':
            return (self.output_section(name, patterns[:1], tail) +
                    self.output_section(name + '2', patterns[1:], tail))
        return self.output_section(name, patterns, tail)

    def output_section(self, name, patterns, tail):
        body = []
        for pattern in patterns:
            body += self.inside(name)
            body.append(self.decorate(pattern))
        body += self.inside(name)
        draw = self.draw
        head = name + ' : '
        if draw.has('loads') and draw.chance(0.3) and name[:2] != '.t':
            head += f'AT(ADDR({name}) {draw.one_of("+", "-")} 0x1000) '
        if draw.chance(0.25):
            head += f'ALIGN({draw.one_of(16, 64, 0x1000)}) '
        if draw.chance(0.06):
            head += f'SUBALIGN({draw.one_of(1, 8, 32)}) '
        if draw.chance(0.2):
            tail += draw.one_of(' =0x90', ' =0xcccc', ' =0x11223344', ' =0',
                                ' =1 + 2', ' =0x90909090 + 1')
        return self.block(head, body, tail) + self.assignments()

    def block(self, head, body, tail=''):
        return [f'{head.removesuffix(" : ") } : {{' if ':' not in head
                else f'{head}{{', *body, '}' + tail]

    def arrays(self):
        if self.draw.has('gc'):  # which takes them for roots, kept or not
            return ['KEEP(*(.init* .fini_array* .preinit_array* .ctors*))']
        return self.draw.one_of(
            ['KEEP(*(SORT_BY_INIT_PRIORITY(.init_array.*)'
             ' SORT_BY_INIT_PRIORITY(.ctors.*)))',
             'KEEP(*(.init_array EXCLUDE_FILE(*o1.o) .ctors))'],
            ['__init_start = .;', 'KEEP(*(SORT(.init_array*)))',
             '__init_end = .;', 'KEEP(*(SORT_BY_NAME(.ctors*)))'],
            ['*(SORT_NONE(.init_array.*))',
             'KEEP(*(SORT_BY_INIT_PRIORITY(.ctors*)))'])

    def decorate(self, pattern):
        if not pattern.startswith('*('):
            return pattern
        inner = pattern[2:-1]
        return self.draw.one_of(*[pattern] * 6, *[
            f'KEEP({pattern})', f'*(SORT({inner}))',
            f'*(SORT_BY_ALIGNMENT({inner}))',
            f'*(SORT_BY_NAME(SORT_BY_ALIGNMENT({inner})))',
            f'*(SORT_BY_ALIGNMENT(SORT_BY_NAME({inner})))',
            f'*(SORT_NONE({inner}))', f'SORT(*)(SORT({inner}))',
            f'KEEP(SORT_BY_NAME(*)(SORT_BY_ALIGNMENT({inner})))',
            f'*(EXCLUDE_FILE(*o1.o) {inner})',
            f'EXCLUDE_FILE(*o2.o *o1.o) *({inner})',
            f'*lib1.a:*({inner}) {pattern}', f'*o0.o({inner}) {pattern}',
            f':*({inner}) {pattern}'])

    def inside(self, name):
        """Now and then something between two patterns."""
        draw = self.draw
        lines = []
        if name.startswith('.t') and name != '.text':
            return lines
        if draw.chance(0.2):
            lines.append(f'{self.new_symbol()} = .;')
        if draw.chance(0.06):
            lines.append(f'{self.new_symbol()} = {draw.up_to(0, 64)};')
        if draw.chance(0.1):
            lines.append(f'. = ALIGN({draw.one_of(4, 16, 256)});')
        if draw.chance(0.04):
            lines.append(f'. += {draw.up_to(1, 40)};')
        if draw.chance(0.02):
            lines.append(draw.one_of('. = .;', '. = . + 0;',
                                     '. = ALIGN(. != 0 ? 64 : 1);'))
        if draw.chance(0.06) and name != '.bss':
            lines.append(draw.one_of(
                'BYTE(1)', 'LONG(0x12345678)', 'QUAD(script_end)',
                'SHORT(SIZEOF(.text))', 'FILL(0xee)', 'LONG(. - ADDR(.text))'))
        return lines
