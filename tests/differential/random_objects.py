# SPDX-License-Identifier: BSD-2-Clause
"""The objects of a random link, as assembler text.

`Objects(draw)` has `sources` by name, in link order. What the script has to know
of them: `sections` (name, flags, type), and `numbers`, symbols that are small
absolute numbers.
"""

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
EXTRA = {
    'sets': [('probes', 'a', '@progbits'), ('hooks', 'aw', '@progbits')],
    'tls': [('.tdata', 'awT', '@progbits'), ('.tdata.x', 'awT', '@progbits'),
            ('.tbss', 'awT', '@nobits'), ('.tbss.x', 'awT', '@nobits')],
    'init': [('.init_array.00007', 'aw', '@init_array'),
             ('.init_array.00100', 'aw', '@init_array'),
             ('.init_array.9', 'aw', '@init_array'),
             ('.ctors', 'aw', '@progbits'), ('.ctors.65435', 'aw', '@progbits'),
             ('.fini_array', 'aw', '@fini_array'),
             ('.preinit_array', 'aw', '@preinit_array')],
}

CODE = [
    'call {}', 'jmp {}', 'lea {}(%rip), %rax', 'mov {}(%rip), %ecx',
    'movl $7, {}(%rip)', 'mov {}@GOTPCREL(%rip), %rdx',
    'call *{}@GOTPCREL(%rip)', 'cmp {}@GOTPCREL(%rip), %r9',
    'add {}@GOTPCREL(%rip), %rbx', 'push {}@GOTPCREL(%rip)',
    'mov ${}, %rdi', 'movabs ${}, %rsi', 'call {}@PLT', 'jne {}',
]
DATA = ['.quad {}', '.quad {} + 16', '.long {} - .', '.quad {} - .',
        '.quad {} - 3']
GOT_CODE = [
    'jmp *{}@GOTPCREL(%rip)', 'test %rcx, {}@GOTPCREL(%rip)',
    'mov {}@GOTPCREL(%rip), %r8d', 'movabs ${}@GOT, %rax',
    'movabs ${}@GOTOFF, %rbx', 'movabs ${}@PLTOFF, %rcx',
    'movabs $_GLOBAL_OFFSET_TABLE_ - ., %r11',
    'lea _GLOBAL_OFFSET_TABLE_(%rip), %r15',
    'mov ${}@SIZE, %eax', 'movabs ${}@SIZE, %rax',
]
GOT_DATA = ['.quad {}@GOT', '.quad {}@GOTOFF', '.long {}@GOTPCREL',
            '.quad {}@GOTPCREL']
NARROW_CODE = ['mov ${}, %ax', 'mov {}, %eax', 'jmp {}', 'push ${}']
NARROW_DATA = ['.short {}', '.long {}', '.short {} - .', '.long {} + 3']
NUMBER_DATA = ['.long {}', '.short {}', '.quad {}', '.long {} - 7']
TLS_CODE = [
    'mov %fs:{}@tpoff, %eax', 'lea {}@tpoff(%rax), %rcx',
    'mov {}@gottpoff(%rip), %rax', 'add {}@gottpoff(%rip), %r12',
    'mov {}@gottpoff(%rip), %r9', 'mov ${}@tpoff, %rdx',
    'lea {0}@tlsdesc(%rip), %rax\ncall *{0}@tlscall(%rax)',
    'movabs ${}@tpoff, %rax',
]
# What calls __tls_get_addr in a dynamic program, in a static one no more. With
# --gc-sections GNU ld keeps that name as an undefined symbol all the same.
TLS_CALLS = [
    '.byte 0x66\nlea {}@tlsgd(%rip), %rdi\n.word 0x6666\nrex64\n'
    'call __tls_get_addr@PLT',
    'lea {0}@tlsld(%rip), %rdi\ncall __tls_get_addr@PLT\n'
    'lea {0}@dtpoff(%rax), %rcx',
]
TLS_DATA = ['.quad {}@tpoff', '.quad {}@dtpoff', '.long {}@dtpoff']
STRINGS = ['"one"', '"bone"', '"one"', '"e"', '""', '"stone"', '"two\\n"',
           '"o"', '"zero zero"']


class Objects:
    def __init__(self, draw):
        self.draw = draw
        self.sections = SECTIONS + [
            section for theme, more in EXTRA.items() if draw.has(theme)
            for section in more]
        self.names = [f'g{i}' for i in range(draw.up_to(3, 14))]
        self.numbers = draw.some_of(self.names, 0.08)
        self.ifuncs, self.thread_locals = [], []
        self.defined = [n for n in self.names if n not in self.numbers]
        self.assign_kinds()
        self.sources = {}
        for name, globals_ in self.divide().items():
            self.sources[name] = self.object(name, globals_)
        if self.numbers:
            self.sources['numbers'] = ''.join(
                f'.globl {name}\n{name} = {draw.up_to(0, 0x1000)}\n'
                for name in self.numbers)
        self.sources['o0'] = ('.globl _start\n.text\n_start: nop\n' +
                              self.sources['o0'])

    def assign_kinds(self):
        """Which globals are thread-local, and which are found by a resolver."""
        draw = self.draw
        if draw.has('tls'):
            self.thread_locals = draw.some_of(self.defined, 0.25)
        if draw.has('ifunc'):
            self.ifuncs = [n for n in draw.some_of(self.defined, 0.2)
                           if n not in self.thread_locals]
        self.plain = [n for n in self.names if n not in self.thread_locals]

    def divide(self):
        count = self.draw.up_to(1, 5)
        objects = {f'o{i}': [] for i in range(count)}
        for name in self.defined:
            objects[self.draw.one_of(*objects)].append(name)
        return objects

    # ---- one object ----------------------------------------------------------

    def object(self, name, globals_):
        """The text of one object that defines `globals_`."""
        draw = self.draw
        self.locals, self.local_threads, self.count = [], [], 0
        lines = [f'.file "{name}.c"'] if draw.chance(0.7) else []
        for global_ in globals_:
            lines += self.definition(global_)
        for section in draw.some_of(self.sections, 0.4):
            lines += self.section(section)
        for part in (self.weak, self.commons, self.comdat, self.merged,
                     self.note, self.debug, self.set_bounds, self.wrapped):
            lines += part()
        return '\n'.join(lines) + '\n'

    def definition(self, name):
        draw = self.draw
        if name in self.ifuncs:
            return self.resolver(name)
        is_thread_local = name in self.thread_locals
        if draw.chance(0.12) and not is_thread_local:
            return [f'.comm {name},{draw.up_to(1, 70)},{2 ** draw.up_to(0, 6)}']
        section = draw.one_of(*(s for s in self.sections if s[1] and
                                ('T' in s[1]) == is_thread_local))
        lines = [self.open(section), f'.{self.binding()} {name}']
        if draw.chance(0.15):
            lines.append(f'.{draw.one_of("hidden", "protected")} {name}')
        if draw.chance(0.5) or is_thread_local:
            kind = '@function' if 'x' in section[1] else '@object'
            kind = '@tls_object' if is_thread_local else kind
            lines += [f'.type {name},{kind}',
                      f'.size {name},{draw.up_to(0, 9)}']
        return lines + [f'{name}:', self.filler(section)]

    def resolver(self, name):
        return ['.text', f'.{self.binding()} {name}',
                f'.type {name},@gnu_indirect_function', f'{name}:',
                'lea _start(%rip), %rax', 'ret']

    def binding(self):
        return 'weak' if self.draw.chance(0.15) else 'globl'

    def open(self, section):
        name, flags, kind = section
        draw = self.draw
        if draw.has('gc') and draw.chance(0.05):
            flags += 'R'
        if (draw.has('gc') and draw.chance(0.3) and name[0] == '.' and
                'progbits' in kind and 'ctors' not in name):
            name += f'.{draw.one_of("a", "b", "c")}' * ('T' not in flags)
        lines = [f'.section {name},"{flags}",{kind}']
        if draw.chance(0.5):
            power = draw.one_of(0, 1, 2, 3, 4, 4, 5, 6)
            if draw.has('pages') and draw.chance(0.2):
                power = draw.one_of(8, 12, 13, 21)
            lines.append(f'.balign {2 ** power}')
        return '\n'.join(lines)

    def filler(self, section):
        count = self.draw.up_to(1, 24)
        if section[2] == '@nobits':
            return f'.skip {count}'
        return '.byte ' + ', '.join(str(self.draw.up_to(0, 255))
                                    for _ in range(count))

    def label(self, labels):
        """A new local symbol, entered into `labels`."""
        self.count += 1
        labels.append(f'{self.draw.one_of("l", ".L", "l")}{self.count}')
        return f'{labels[-1]}:'

    def section(self, section):
        draw = self.draw
        lines = [self.open(section)]
        if section[1] and draw.chance(0.4):
            is_thread_local = 'T' in section[1]
            lines.append(self.label(
                self.local_threads if is_thread_local else self.locals))
        lines.append(self.filler(section))
        if section[2] == '@nobits' or not section[1]:
            return lines
        for _ in range(draw.up_to(0, 5)):
            lines.append(self.reference('x' in section[1]))
        if 'x' in section[1] and draw.chance(0.2):
            return self.with_frame(lines)
        return lines

    def with_frame(self, lines):
        """The same as a function that can be unwound."""
        if not self.draw.has('frames'):
            return lines
        return [*lines, '.cfi_startproc', 'push %rbx',
                '.cfi_def_cfa_offset 16', 'nop', '.cfi_endproc']

    def reference(self, is_code):
        draw = self.draw
        target = draw.one_of(*self.targets())
        templates = CODE if is_code else DATA
        threads = self.thread_locals + self.local_threads
        if threads and draw.chance(0.5):
            return self.thread_local_reference(draw.one_of(*threads), is_code)
        if target in self.ifuncs and not is_code:
            return f'.quad {target}'
        if draw.has('got') and draw.chance(0.3):
            templates = GOT_CODE if is_code else GOT_DATA
            if target[0] == '.':  # the size of which as(1) does not know
                templates = [t for t in templates if 'SIZE' not in t]
        elif draw.has('narrow') and draw.chance(0.3):
            templates = NARROW_CODE if is_code else NARROW_DATA
        elif self.numbers and not is_code and draw.chance(0.2):
            target, templates = draw.one_of(*self.numbers), NUMBER_DATA
        return draw.one_of(*templates).format(target)

    def targets(self):
        """What any reference may name."""
        return self.plain + self.locals or ['_start']

    def thread_local_reference(self, target, is_code):
        templates = TLS_CODE if is_code else TLS_DATA
        if is_code and not self.draw.has('gc'):
            templates = TLS_CODE + TLS_CALLS
        return self.draw.one_of(*templates).format(target)

    # ---- parts that come and go ----------------------------------------------

    def weak(self):
        draw = self.draw
        lines = []
        if draw.chance(0.4):
            maybe = draw.one_of('maybe', 'wanted', 'script_end', 'hidden_end')
            lines += [f'.weak {maybe}', '.data', f'.quad {maybe}']
        if draw.chance(0.3):
            lines += ['.weak twice', '.data', f'twice: .byte {draw.up_to(1, 9)}']
        return lines

    def commons(self):
        draw = self.draw
        if not draw.has('commons') or draw.chance(0.4):
            return []
        return [f'.comm {draw.one_of("shared", "common")},{draw.up_to(1, 64)},'
                f'{2 ** draw.up_to(0, 6)}']

    def comdat(self):
        draw = self.draw
        if not draw.has('comdat') or draw.chance(0.3):
            return []
        lines = ['.section .text.inline,"axG",@progbits,inline,comdat',
                 '.weak inline', f'inline: .fill {draw.up_to(1, 9)},1,0x90',
                 '.data', '.quad inline']
        # With KEEP, GNU ld keeps what copies that lost refer to: all are alike.
        if draw.chance(0.4) or draw.has('gc'):
            lines += ['.section .rodata.inline,"aG",@progbits,inline,comdat',
                      f'.balign {draw.one_of(1, 4, 8)}', '.quad inline']
        return lines

    def merged(self):
        """Strings and constants, and references into them."""
        draw = self.draw
        lines = []
        if not draw.has('merge'):
            return lines
        for _ in range(draw.up_to(1, 5)):
            if draw.chance(0.6):
                lines.append('.section .rodata.str1.1,"aMS",@progbits,1')
                body = f'.string {draw.one_of(*STRINGS)}'
            else:
                lines.append('.section .rodata.cst8,"aM",@progbits,8')
                lines.append('.balign 8')
                body = f'.quad {draw.up_to(1, 4)}'
            lines += [self.label(self.locals), body]
        return lines

    def note(self):
        draw = self.draw
        if not draw.has('notes') or draw.chance(0.4):
            return []
        name = draw.one_of('.note.one', '.note.two')
        return [f'.section {name},"a",@note', '.balign 4',
                f'.long 4, 4, {draw.up_to(1, 9)}', '.asciz "abc"',
                f'.long {draw.up_to(0, 99)}']

    def debug(self):
        draw = self.draw
        if not draw.has('debug') or draw.chance(0.3):
            return []
        lines = ['.section .debug_str,"MS",@progbits,1', '.Lname:',
                 f'.string {draw.one_of(*STRINGS)}',
                 '.section .debug_info,"",@progbits', '.long .Lname',
                 f'.quad {draw.one_of(*self.targets())}']
        threads = self.thread_locals + self.local_threads
        if threads:
            lines.append(f'.quad {draw.one_of(*threads)}@dtpoff')
        return lines

    def set_bounds(self):
        draw = self.draw
        if not draw.has('sets') or draw.chance(0.5):
            return []
        name = draw.one_of('set', 'probes', 'hooks')
        weak = [f'.weak __start_{name}, __stop_{name}']
        return [*(weak if draw.chance(0.8) else []), '.section .data.rel,"aw",@progbits',
                f'.quad __start_{name}, __stop_{name}']

    def wrapped(self):
        draw = self.draw
        if not draw.has('wrap') or draw.chance(0.6):
            return []
        name = draw.one_of(*self.defined) if self.defined else 'g0'
        return ['.text', f'call __real_{name}', '.weak __wrap_' + name,
                f'__wrap_{name}: nop']
