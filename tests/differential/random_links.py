# SPDX-License-Identifier: BSD-2-Clause
"""Links made up from a seed: objects as assembler text, archives, a script.

The same seed always gives the same link. What it draws from is what kernels
have: code and data of many sections, alignments, weak and common symbols,
COMDAT groups, archives in groups, higher and lower halves, orphans, fills,
symbols of the script, program headers.
"""

import random

from cases import archive

# Name, flags, type. Those without a pattern in the script become orphans.
SECTIONS = [
    ('.text', 'ax', '@progbits'), ('.text.hot', 'ax', '@progbits'),
    ('.text.cold', 'ax', '@progbits'), ('.init', 'ax', '@progbits'),
    ('.rodata', 'a', '@progbits'), ('.rodata.table', 'a', '@progbits'),
    ('.strings', 'a', '@progbits'), ('.data', 'aw', '@progbits'),
    ('.data.rel', 'aw', '@progbits'), ('.state', 'aw', '@progbits'),
    ('set', 'aw', '@progbits'), ('.init_array', 'aw', '@init_array'),
    ('.bss', 'aw', '@nobits'), ('.bss.page', 'aw', '@nobits'),
    ('.heap', 'aw', '@nobits'), ('.comment', '', '@progbits'),
]
CODE = [
    'call {}', 'jmp {}', 'lea {}(%rip), %rax', 'mov {}(%rip), %ecx',
    'movl $7, {}(%rip)', 'mov {}@GOTPCREL(%rip), %rdx',
    'call *{}@GOTPCREL(%rip)', 'cmp {}@GOTPCREL(%rip), %r9',
    'add {}@GOTPCREL(%rip), %rbx', 'push {}@GOTPCREL(%rip)',
    'mov ${}, %rdi', 'movabs ${}, %rsi', 'call {}@PLT', 'jne {}',
]
DATA = ['.quad {}', '.quad {} + 16', '.long {} - .', '.quad {} - .',
        '.quad {} - 3']
BASES = ['0x100000', '0x100010', '0x400000 + SIZEOF_HEADERS', '0x1fff0',
         '0xffffffff80000000', '0xffffffff80200000 + 0x123']


class Maker:
    """One random link: `sources` by name, `script` and `options`."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = [f'g{i}' for i in range(self.up_to(3, 14))]
        self.is_comdat_used = self.chance(0.3)
        count = self.up_to(1, 5)
        objects = {f'o{i}': [] for i in range(count)}
        numbers = self.some_of(self.names, 0.08)
        for name in self.names:
            if name not in numbers:
                objects[self.one_of(list(objects))].append(name)
        self.sources = {name: self.object(name, globals_)
                        for name, globals_ in objects.items()}
        if numbers:
            self.sources['numbers'] = ''.join(
                f'.globl {name}\n{name} = {self.up_to(0, 0x1000)}\n'
                for name in numbers)
        self.sources['o0'] = ('.globl _start\n.text\n_start: nop\n' +
                              self.sources['o0'])
        self.options = []
        self.put_in_archives()
        self.script = self.make_script()

    # ---- drawing -------------------------------------------------------------

    def chance(self, probability):
        return self.random.random() < probability

    def up_to(self, low, high):
        return self.random.randint(low, high)

    def one_of(self, items):
        return self.random.choice(items)

    def some_of(self, items, probability):
        return [item for item in items if self.chance(probability)]

    # ---- objects -------------------------------------------------------------

    def object(self, name, globals_):
        """The text of one object that defines `globals_`."""
        lines = [f'.file "{name}.c"'] if self.chance(0.7) else []
        locals_ = []
        for name in globals_:
            lines += self.definition(name)
        for section in self.some_of(SECTIONS, 0.4):
            lines += self.section(section, locals_)
        lines += self.weak_and_common()
        if self.is_comdat_used and self.chance(0.7):
            lines += self.comdat()
        return '\n'.join(lines) + '\n'

    def definition(self, name):
        if self.chance(0.12):
            return [f'.comm {name},{self.up_to(1, 70)},{2 ** self.up_to(0, 6)}']
        section = self.one_of(SECTIONS[:-1])
        lines = [self.open(section), f'.{self.binding()} {name}']
        if self.chance(0.15):
            lines.append(f'.hidden {name}')
        if self.chance(0.5):
            kind = '@function' if 'x' in section[1] else '@object'
            lines += [f'.type {name},{kind}', f'.size {name},{self.up_to(0, 9)}']
        return lines + [f'{name}:', self.filler(section)]

    def binding(self):
        return 'weak' if self.chance(0.15) else 'globl'

    def open(self, section):
        name, flags, kind = section
        lines = [f'.section {name},"{flags}",{kind}']
        if self.chance(0.5):
            lines.append(f'.balign {2 ** self.one_of([0, 1, 2, 3, 4, 4, 5, 6])}')
        return '\n'.join(lines)

    def filler(self, section):
        count = self.up_to(1, 24)
        if section[2] == '@nobits':
            return f'.skip {count}'
        return '.byte ' + ', '.join(str(self.up_to(0, 255))
                                    for _ in range(count))

    def section(self, section, locals_):
        lines = [self.open(section)]
        if section[1] and self.chance(0.4):
            locals_.append(f'l{len(locals_)}')
            lines.append(f'{locals_[-1]}:')
        lines.append(self.filler(section))
        if section[2] == '@nobits' or not section[1]:
            return lines
        templates = CODE if 'x' in section[1] else DATA
        for _ in range(self.up_to(0, 5)):
            target = self.one_of(self.names + locals_)
            lines.append(self.one_of(templates).format(target))
        return lines

    def weak_and_common(self):
        """References and tentative definitions beside the real ones."""
        lines = []
        if self.chance(0.4):
            maybe = self.one_of(['maybe', 'wanted', 'script_end'])
            lines += [f'.weak {maybe}', '.data', f'.quad {maybe}']
        if self.chance(0.3):
            lines.append(f'.comm shared,{self.up_to(1, 64)},'
                         f'{2 ** self.up_to(0, 6)}')
        if self.chance(0.3):
            lines += ['.weak twice', '.data', f'twice: .byte {self.up_to(1, 9)}']
        return lines

    def comdat(self):
        return ['.section .text.inline,"axG",@progbits,inline,comdat',
                '.weak inline', f'inline: .fill {self.up_to(1, 9)},1,0x90',
                '.data', '.quad inline']

    def put_in_archives(self):
        """Later objects move into one or two archives."""
        names = list(self.sources)[1:]
        if not names or self.chance(0.4):
            return
        libraries = {}
        for name in names:
            library = self.one_of(['lib1', 'lib2', None])
            if library:
                libraries.setdefault(library, {})[name] = self.sources.pop(name)
        for library, members in libraries.items():
            self.sources[library] = archive(**members)
        if libraries:
            self.options = self.archive_options(list(libraries))

    def archive_options(self, libraries):
        objects = ['{%s}' % name for name in self.sources
                   if name not in libraries]
        inputs = ['{%s}' % name for name in libraries]
        before, after = self.one_of([
            ([], []), (['--start-group'], ['--end-group']),
            (['--whole-archive'], ['--no-whole-archive'])])
        if self.chance(0.2):
            self.random.shuffle(objects)
        return [*objects, *before, *inputs, *after]

    # ---- the script ----------------------------------------------------------

    def make_script(self):
        self.numbers = 0
        is_high = self.chance(0.5)
        base = self.one_of(BASES[4:] if is_high else BASES[:4])
        self.segments = self.chance(0.15)
        lines = [f'. = {base};', *self.assignments()]
        for kind in (['ax'], ['a'], ['aw'], ['nobits']):
            lines += self.output_sections(kind[0])
        if self.chance(0.3):
            lines.append('/DISCARD/ : { *(.comment) *(.note*) }')
        lines += ['script_end = .;', *self.assignments()]
        text = 'SECTIONS {\n' + '\n'.join(lines) + '\n}\n'
        if self.segments:
            text = ('PHDRS { code PT_LOAD; read PT_LOAD; write PT_LOAD; }\n' +
                    text)
        if self.chance(0.5):
            text += ('ASSERT(script_end >= _start || _start > script_end,'
                     ' "holds")\n')
        return text

    def new_symbol(self):
        self.numbers += 1
        return f's{self.numbers}'

    def assignments(self):
        lines = []
        if self.chance(0.3):
            lines.append(f'{self.new_symbol()} = .;')
        if self.chance(0.1):
            lines.append(f'{self.new_symbol()} = . + {self.up_to(0, 99)};')
        if self.chance(0.1):
            lines.append(f'{self.new_symbol()} = {self.up_to(0, 99)};')
        if self.chance(0.1):
            lines.append('PROVIDE(wanted = .);')
        if self.chance(0.25):
            lines.append(f'. = ALIGN({self.one_of([8, 64, 0x1000, 0x1000])});')
        return lines

    def output_sections(self, kind):
        """The output sections of one kind, each with some of its patterns."""
        known = [name for name, flags, type_ in SECTIONS
                 if ('nobits' if type_ == '@nobits' else flags) == kind]
        name, segment = {'ax': ('.text', 'code'), 'a': ('.rodata', 'read'),
                         'aw': ('.data', 'write'),
                         'nobits': ('.bss', 'write')}[kind]
        patterns = [f'*({p})' for p in self.some_of(known, 0.75)]
        if self.segments and not patterns:
            patterns = [f'*({known[0]})']
        if self.chance(0.3):
            patterns.append(f'*({name}.*)')
        if kind == 'nobits' and self.chance(0.8):
            patterns.append('*(COMMON)')
        if self.chance(0.2):
            self.random.shuffle(patterns)
        if self.chance(0.15) and len(patterns) > 1 and not self.segments:
            return (self.output_section(name, patterns[:1], segment) +
                    self.output_section(name + '2', patterns[1:], segment))
        return self.output_section(name, patterns, segment)

    def output_section(self, name, patterns, segment):
        body = []
        for pattern in patterns:
            body += self.inside(name)
            body.append(self.decorate(pattern))
        body += self.inside(name)
        head = f'{name} : '
        if self.chance(0.25):
            head += f'ALIGN({self.one_of([16, 64, 0x1000])}) '
        if self.chance(0.06):
            head += f'SUBALIGN({self.one_of([1, 8, 32])}) '
        tail = f' :{segment}' if self.segments else ''
        if self.chance(0.2):
            tail += self.one_of([' =0x90', ' =0xcccc', ' =0x11223344', ' =0'])
        return [head + '{ ' + ' '.join(body) + ' }' + tail, *self.assignments()]

    def decorate(self, pattern):
        inner = pattern[2:-1]
        return self.one_of([pattern] * 6 + [
            f'KEEP({pattern})', f'*(SORT({inner}))',
            f'*(SORT_BY_ALIGNMENT({inner}))',
            f'*(EXCLUDE_FILE(*o1.o) {inner})', f'*o0.o({inner}) {pattern}'])

    def inside(self, name):
        """Now and then something between two patterns."""
        lines = []
        if self.chance(0.2):
            lines.append(f'{self.new_symbol()} = .;')
        if self.chance(0.06):
            lines.append(f'{self.new_symbol()} = {self.up_to(0, 64)};')
        if self.chance(0.1):
            lines.append(f'. = ALIGN({self.one_of([4, 16, 256])});')
        if self.chance(0.04):
            lines.append(f'. += {self.up_to(1, 40)};')
        if self.chance(0.06) and name != '.bss':
            lines.append(self.one_of([
                'BYTE(1)', 'LONG(0x12345678)', 'QUAD(script_end)',
                'SHORT(SIZEOF(.text))', 'FILL(0xee)', 'LONG(. - ADDR(.text))']))
        return lines
