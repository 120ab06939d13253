# SPDX-License-Identifier: BSD-2-Clause
"""A case as the tests write it, turned into files and a command line."""

# Every object says that it needs no executable stack, or GNU ld warns.
NO_STACK = '\n.section .note.GNU-stack,"",@progbits\n'


class archive:
    """Members in order, assembler sources by name: archive(x='...').
    With `twice`, the first member is stored again at the end."""

    def __init__(self, twice=False, **members):
        self.members = members
        self.twice = twice


def build_archive(desk, name, library):
    objects = [desk.assemble(f'{member}.o', source + NO_STACK)
               for member, source in library.members.items()]
    return desk.archive(f'{name}.a', objects + objects[:library.twice])


def build_input(desk, name, source):
    if isinstance(source, archive):
        return build_archive(desk, name, source)
    if name.endswith('.ld'):
        return desk.write(name, source)
    return desk.assemble(f'{name}.o', source + NO_STACK)


def build(desk, script, options, sources):
    """Writes the script, builds the inputs; returns the linker's arguments.
    An option '{name}' stands for where the input of that name goes; inputs not
    named so come last, in order. What is called .ld is another script, for
    options such as '-Tname.ld'. Without a script the default counts."""
    if script:
        desk.write('link.ld', script)
    files = {name: build_input(desk, name, source)
             for name, source in sources.items()}
    placed = [option for option in options if option.strip('{}') in files]
    arguments = [files.get(option.strip('{}'), option) for option in options]
    rest = [file for name, file in files.items()
            if '{' + name + '}' not in placed and not name.endswith('.ld')]
    return [*arguments, *rest, *(['-T', 'link.ld'] if script else [])]
