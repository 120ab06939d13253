# SPDX-License-Identifier: BSD-2-Clause
"""A link as text, which can be kept in a file, cut down, and done again.

    # why it is kept
    == options
    {o0}
    {lib1}
    == o0
    .globl _start ...
    == lib1(o1)
    ...
    == script
    SECTIONS {
    ...

`disagreements` is what the two linkers make of it. Inputs that stand before an
option -r become one object first, by each linker, and that is linked by the
script.
"""

import links
import objects
from cases import archive, build

# What GNU ld refuses and we link: it has lost its way, or loader/README.md says
# under "Where we differ" that and why we do.
LINKED_HERE = ['internal error', 'exit status -', 'relink with --no-relax',
               'final link failed: invalid operation',
               'against STT_GNU_IFUNC symbol',
               'invalid assignment to location counter']


class Case:
    """`sources` are assembler texts by name, in order; a name `lib(x)` is the
    member x of an archive, `x.ld` another script, for `-Tx.ld`. `script` is a
    list of lines, a statement to a line: what begins with a line that ends in
    '{' ends with one that starts with '}'."""

    def __init__(self, sources, options, script, why=''):
        self.sources, self.options = sources, options
        self.script, self.why = script, why

    def text(self):
        parts = [f'# {line}' for line in self.why.splitlines()]
        parts += ['== options', *self.options]
        for name, source in self.sources.items():
            parts += [f'== {name}', source.rstrip('\n')]
        return '\n'.join([*parts, '== script', *self.script, ''])

    def inputs(self):
        """As cases.build wants them: a text, or an archive of texts."""
        inputs = {}
        for name, source in self.sources.items():
            library, _, member = name.rstrip(')').partition('(')
            if not member:
                inputs[name] = source
            else:
                members = inputs.setdefault(library, archive()).members
                members[member] = source
        return inputs

    def build(self, desk):
        """Writes and assembles all; returns the linker's arguments."""
        inputs = self.inputs()
        options = [o for o in self.options if self.is_there(o, inputs)]
        return build(desk, '\n'.join(self.script) + '\n', options, inputs)


    @staticmethod
    def is_there(option, inputs):
        """An input or a script may have been left out."""
        if option.endswith('.ld'):
            return option.removeprefix('-T') in inputs
        return option[0] != '{' or option.strip('{}') in inputs


def parse(text):
    """The case that a file has as text."""
    parts, why = {}, []
    lines = why
    for line in text.splitlines():
        if line.startswith('== '):
            lines = parts.setdefault(line[3:], [])
        else:
            lines.append(line)
    script, options = parts.pop('script'), parts.pop('options')
    sources = {name: '\n'.join(body) + '\n' for name, body in parts.items()}
    why = '\n'.join(line.removeprefix('# ') for line in why)
    return Case(sources, options, script, why)


def link(desk, linker, output, arguments):
    try:
        return desk.link(linker, output, arguments)
    except links.LinkFailed as failure:
        return failure


def disagreements(desk, case):
    """What differs, as lines; none if both refuse."""
    arguments = case.build(desk)
    first, rest = split_at(arguments, '-r')
    if not first:
        return compared(desk, arguments, arguments, links.differences)
    found = compared(desk, first, first, objects.differences)
    if found or not (desk.folder / 'ours').exists():
        return found
    # Of one name, as it may become a symbol.
    wholes = [move(desk, name, f'by-{name}/whole.o')
              for name in ('ours', 'theirs')]
    return compared(desk, *([whole, *rest] for whole in wholes),
                    links.differences)


def move(desk, name, to):
    desk.write(to, '')
    (desk.folder / name).rename(desk.folder / to)
    return to


def split_at(arguments, option):
    """Up to the option and with it, and what comes behind."""
    behind = arguments.index(option) + 1 if option in arguments else 0
    return arguments[:behind], arguments[behind:]


def compared(desk, ours, theirs, differences):
    """What differs between the links of two lists of arguments."""
    theirs = link(desk, links.GNU_LD, 'theirs', theirs)
    ours = link(desk, links.BOOTLINK_LD, 'ours', ours)
    if isinstance(theirs, Exception):
        is_known = any(text in str(theirs) for text in LINKED_HERE)
        if isinstance(ours, Exception) or is_known:
            return []
        return [f'refusal: ours links what theirs refuses: {theirs}']
    if isinstance(ours, Exception):
        return [f'refusal: ours: {ours}']
    return differences(ours, theirs)
