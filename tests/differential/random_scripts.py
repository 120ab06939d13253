# SPDX-License-Identifier: BSD-2-Clause
"""The layout script of a random link, a statement to a line.

`Script(draw, objects).lines` is what a kernel's script has: the sections by
kind, assignments between and inside them, alignments, fills, orphans left over.
`more` is a second script that adds to it (INSERT), or nothing.
"""

from random_expressions import Expressions
from random_patterns import Patterns
from random_places import (CONSTRAINTS, DataSegment, Regions, Segments,
                           addition, overlay, typed)

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
        self.symbols = objects.defined
        self.count = 0
        self.segments = Segments(draw) if (
            draw.has('headers') or draw.has('segments')) else None
        base = draw.one_of(*(NARROW if draw.has('narrow') else
                             draw.one_of(LOW, HIGH)))
        self.regions = None
        if draw.has('regions'):
            self.regions = Regions(draw, int(base.split(' ')[0], 16))
        self.patterns = Patterns(draw)
        self.lines = self.whole(base)
        self.more = self.addition()

    def whole(self, base):
        draw = self.draw
        data = DataSegment(draw)
        lines = ['SECTIONS {', f'. = {base};', *self.assignments()]
        for kind, name, segment in KINDS:
            lines += data.before(kind)
            lines += self.output_sections(kind, name, segment)
            if kind == 'a':
                lines += self.frames()
            if kind == 'nobits T':
                lines += data.protected()
        if draw.has('overlay'):
            lines += overlay(draw, self.some_names(3), self.tail('aw', 'write'))
        if draw.has('merge') and draw.chance(0.3):
            lines += self.block('.strings2', ['*(.rodata.str* .rodata.cst*)'],
                                self.tail('a', 'read'))
        if draw.chance(0.3):
            lines.append('/DISCARD/ : { *(.comment) *(.note.two) }')
        lines += ['script_end = .;', *self.assignments()]
        if draw.chance(0.2):
            lines.append('PROVIDE_HIDDEN(hidden_end = .);')
        lines += [*data.end(), '}']
        if draw.chance(0.5):
            lines.append('ASSERT(script_end >= _start || _start > script_end,'
                         ' "holds")')
        return self.headers() + lines

    def headers(self):
        """What stands before SECTIONS."""
        lines = self.segments.lines() if self.segments else []
        return lines + (self.regions.lines() if self.regions else [])

    def addition(self):
        """The lines of another script; none without `insert`."""
        if not self.draw.has('insert'):
            return []
        return addition(self.draw, self.some_names(2))

    def some_names(self, most):
        """Of data, but not of arrays, which --gc-sections keeps here."""
        names = [s[0] for s in self.sections if kind_of(s) in ('aw', 'a')
                 and s[2] == '@progbits' and s[0][:5] != '.ctor']
        return [self.draw.one_of(*names)
                for _ in range(self.draw.up_to(1, most))]

    def tail(self, kind, segment):
        """What stands behind an output section: its region, its segment."""
        tail = self.regions.tail(kind) if self.regions else ''
        if self.segments:
            tail += self.segments.tail(kind, segment)
        return tail

    def frames(self):
        """Unwind tables; orphans in other scripts."""
        draw = self.draw
        if not draw.has('frames'):
            return []
        lines = []
        for name in draw.some_of(['.eh_frame_hdr', '.eh_frame'], 0.7):
            pattern = draw.one_of(f'*({name})', f'KEEP(*({name}))')
            lines += self.block(name, [pattern], self.tail('a', 'read'))
        return lines

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
        if draw.has('expressions') and draw.chance(0.3):
            lines.append(draw.one_of(
                f'{self.new_symbol()} = {self.expression()};',
                f'PROVIDE({self.new_symbol()} = {self.expression()});',
                f'. = . + (({self.distance()}) & 0xff);',
                f'ASSERT(({self.expression()}) || 1, "holds")'))
        return lines

    def expression(self):
        """One of symbols, also of those that come later, sections, `.`."""
        leaves = ['.', '.', '_start', 'script_end', 's1', 's2', *self.symbols]
        for name in ('.text', '.data', '.rodata', '.bss'):
            leaves += [f'{word}({name})' for word in
                       ('ADDR', 'SIZEOF', 'ALIGNOF', 'LOADADDR')]
        if self.regions:
            leaves += ['ORIGIN(ram)', 'LENGTH(rom)', 'ORIGIN(far)']
        return Expressions(self.draw, leaves).one(self.draw.up_to(1, 3))

    def distance(self):
        """One that does not depend on what comes after it: a layout that moves
        itself is refused by one linker, and left unfinished by the other."""
        return Expressions(self.draw, ['.']).one(self.draw.up_to(1, 2))

    # ---- output sections -----------------------------------------------------

    def output_sections(self, kind, name, segment):
        """The output sections of one kind, each with some of its patterns."""
        draw = self.draw
        known = [s[0] for s in self.sections if kind_of(s) == kind]
        if not known:
            return []
        often = 1 if kind[-1] == 'T' else 0.75  # GNU ld wants them together
        patterns = [f'*({p})' for p in draw.some_of(known, often)]
        if self.segments and not patterns:
            patterns = [f'*({known[0]})']
        if draw.chance(0.3):
            patterns.append(f'*({name}.*)')
        if kind == 'nobits' and draw.chance(0.8):
            patterns.append('*(COMMON)')
        if draw.chance(0.2):
            draw.shuffle(patterns)
        if kind == 'aw' and (draw.has('gc') or draw.has('init')):
            patterns = self.arrays() + patterns
        tail = self.tail(kind, segment)
        may_part = not self.segments and kind[-1] != 'T'
        if draw.chance(0.15) and len(patterns) > 1 and may_part:
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
        has_types = draw.has('types') and name[:2] != '.t'
        head = typed(draw, name, True) if has_types else name + ' : '
        if draw.has('loads') and draw.chance(0.3) and name[:2] != '.t':
            head += f'AT(ADDR({name}) {draw.one_of("+", "-")} 0x1000) '
        if draw.chance(0.25):
            head += f'ALIGN({draw.one_of(16, 64, 0x1000)}) '
        if draw.chance(0.06):
            head += f'SUBALIGN({draw.one_of(1, 8, 32)}) '
        elif has_types and draw.chance(0.1):
            head += 'ALIGN_WITH_INPUT '
        if has_types and draw.chance(0.1):
            head += draw.one_of(*CONSTRAINTS)
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
        if not pattern.startswith('*(') or 'SORT' in pattern:
            return pattern
        inner = pattern[2:-1]
        if self.draw.has('sorting') and self.draw.chance(0.5):
            names = [inner] + self.draw.some_of([f'{inner}*', '.data.*'], 0.2)
            return self.patterns.one(names)
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
        if draw.has('expressions') and draw.chance(0.1):
            lines.append(draw.one_of(
                f'{self.new_symbol()} = {self.expression()};',
                f'LONG({self.expression()})', f'QUAD({self.expression()})',
                f'. = . + (({self.distance()}) & 0x3f);'))
        if draw.chance(0.06) and name != '.bss':
            lines.append(draw.one_of(
                'BYTE(1)', 'LONG(0x12345678)', 'QUAD(script_end)',
                'SHORT(SIZEOF(.text))', 'FILL(0xee)', 'LONG(. - ADDR(.text))'))
        return lines
