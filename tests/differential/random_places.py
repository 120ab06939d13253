# SPDX-License-Identifier: BSD-2-Clause
"""Where a random script puts its output sections, beside one behind the other:
regions, program headers, overlays, data segments, scripts that add to it.
[GNU ld manual: MEMORY, PHDRS, Overlay Description, Miscellaneous Commands]
"""

ATTRIBUTES = ['', '', '', '(rx)', '(r!w)', '(w!x)', '(a)', '(!x)', '(rwx)']
LENGTHS = ['1M', '1M', '8M', '0x4000', '0x60']
TYPES = ['NOLOAD', 'NOLOAD', 'READONLY', 'INFO', 'COPY', 'OVERLAY',
         'TYPE = SHT_PROGBITS', 'TYPE = 0x70000000',
         'READONLY (TYPE = SHT_PROGBITS)']
CONSTRAINTS = ['ONLY_IF_RO ', 'ONLY_IF_RW ']


class Regions:
    """MEMORY, and the region of each kind of section."""

    def __init__(self, draw, start):
        self.draw, self.start = draw, start
        self.by_kind = {}

    def lines(self):
        draw, at = self.draw, self.start
        lines = ['MEMORY {']
        for name in ('rom', 'ram', 'far'):
            length = draw.one_of(*LENGTHS)
            lines.append(f'{name} {draw.one_of(*ATTRIBUTES)} : '
                         f'ORIGIN = {at:#x}, LENGTH = {length}')
            at += draw.one_of(0x4000, 0x100000, 0x1000000)
        lines.append('}')
        if draw.chance(0.2):
            lines.append('REGION_ALIAS("flash", rom)')
            lines.append('REGION_ALIAS("near", ram)')
        return lines

    def tail(self, kind):
        """What stands behind the `}` of a section of this kind. Thread-local
        ones stay together."""
        draw = self.draw
        region = draw.one_of(' >rom', ' >ram', ' >ram', ' >ram AT>rom',
                             ' >far AT>ram', ' AT>far', '')
        if kind == 'ax' and draw.chance(0.5):
            region = ' >rom'
        return self.by_kind.setdefault(kind[-1] == 'T' or kind, region)


class Segments:
    """PHDRS, and the program headers of each kind of section."""

    def __init__(self, draw):
        self.draw = draw
        self.is_plain = not draw.has('segments')
        self.has_notes = False

    def lines(self):
        """With `segments` headers of all types, with what may follow them."""
        draw = self.draw
        thread = ['thread PT_TLS;'] if draw.has('tls') else []
        if self.is_plain:
            return ['PHDRS {', 'code PT_LOAD;', 'read PT_LOAD;',
                    'write PT_LOAD;', *thread, '}']
        self.has_notes = draw.chance(0.4)
        notes = ['note PT_NOTE FLAGS(4);'] if self.has_notes else []
        return ['PHDRS {', *draw.some_of(['head PT_PHDR PHDRS;'], 0.2),
                f'code PT_LOAD{self.words(["FILEHDR", "PHDRS"], 0.3)};',
                f'read PT_LOAD{self.words([], 0)};',
                f'write PT_LOAD{self.words([], 0)};', *thread, *notes,
                *draw.some_of(['stack PT_GNU_STACK FLAGS(6);',
                               'own 0x65041580;'], 0.3), '}']

    def words(self, headers, often):
        draw = self.draw
        words = list(headers) if draw.chance(often) else []
        if draw.chance(0.15):
            words.append(f'AT({draw.up_to(1, 64) << 12:#x})')
        if draw.chance(0.2):
            words.append(f'FLAGS({draw.up_to(0, 7)})')
        return ''.join(f' {word}' for word in words)

    def tail(self, kind, segment):
        draw = self.draw
        thread = ' :thread' * (kind[-1] == 'T')
        if self.is_plain or thread or draw.chance(0.6):
            return f' :{segment}{thread}'
        is_note = self.has_notes and kind == 'a'
        return draw.one_of('', f' :{segment}', ' :NONE' * (kind == 'ax'),
                           f' :{segment} :note' * is_note)


def overlay(draw, names, tail):
    """Sections of `names` that take turns at one address."""
    first = draw.one_of('', '', '0x30000', 'ALIGN(0x1000)')
    words = draw.some_of(['NOCROSSREFS ', 'AT(0x50000) '], 0.15)
    lines = [f'OVERLAY {first} : {"".join(words)}{{']
    for i, name in enumerate(names):
        lines += [f'.turn{i} {{', *draw.some_of(['LONG(1)'], 0.1),
                  f'*({name})', '}' + draw.one_of('', '', '', ' =0xab')]
    return [*lines, '}' + tail, *draw.some_of(
        ['turn_from = __load_start_turn0;', 'turn_to = __load_stop_turn0;',
         'turn_end = .;'], 0.5)]


def addition(draw, names):
    """Another script, whose sections go before or behind one of the first."""
    where = draw.one_of('BEFORE .text', 'AFTER .text', 'BEFORE .data',
                        'AFTER .data', 'AFTER .bss', 'BEFORE .rodata',
                        'AFTER .rodata', 'AFTER .data')
    # Before all else, GNU ld calls symbols absolute.
    often = 0.3 * (where != 'BEFORE .text')
    lines = ['SECTIONS {',
             *draw.some_of(['. = ALIGN(64);', 'before = .;'], often)]
    for i, name in enumerate(names):
        lines += [f'.added{i} : {{', f'*({name})', '}']
    return [*lines, *draw.some_of(['behind = .;', '. += 8;'], often), '}',
            f'INSERT {where};']


class DataSegment:
    """DATA_SEGMENT_ALIGN and its companions; nothing without `relro`."""

    def __init__(self, draw):
        self.draw = draw
        self.is_there = draw.has('relro')

    def before(self, kind):
        """What goes before the sections of a kind."""
        if not self.is_there:
            return []
        if kind == 'awT':
            size = self.draw.one_of('CONSTANT(MAXPAGESIZE)', '0x1000',
                                    '0x10000')
            return [f'. = DATA_SEGMENT_ALIGN({size},'
                    ' CONSTANT(COMMONPAGESIZE));']
        if kind == 'aw' and self.draw.chance(0.8):
            offset = self.draw.one_of('0', '0', '24', '0x100')
            return [f'. = DATA_SEGMENT_RELRO_END({offset}, .);']
        return []

    def end(self):
        is_ended = self.is_there and self.draw.chance(0.9)
        return ['. = DATA_SEGMENT_END(.);'] if is_ended else []

    def protected(self):
        """Sections that are read-only after relocation."""
        if not self.is_there:
            return []
        return ['.data.rel.ro : {', '*(.data.rel)', '}']


def typed(draw, name, has_address):
    """The head of an output section up to the colon, and what may follow."""
    head = name
    if has_address and draw.chance(0.1):
        head += draw.one_of(' ALIGN(0x40)', ' . + 8', ' BLOCK(0x80)')
    if draw.chance(0.15):
        head += f' ({draw.one_of(*TYPES)})'
    return head + ' : '
