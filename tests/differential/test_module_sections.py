# SPDX-License-Identifier: BSD-2-Clause
"""The sections of a module, whichever of them it has: each has the permissions
that it asks for, and all lie where GNU ld puts them by loader/module.ld."""

import itertools

import elf
import links

PARTS = {
    'code': '.text\n.globl f\nf: ret\n',
    'constants': '.section .rodata\n.quad 1\n',
    'data': '.data\n.quad 1\n',
    'constructor': '.section .init_array,"aw",@init_array\n.quad 0\n',
    'destructor': '.section .fini_array,"aw",@fini_array\n.quad 0\n',
    'zeros': '.bss\n.skip 8\n',
    'table': '.section table,"a"\n.quad 1\n',
    'variables': '.section variables,"aw"\n.quad 1\n',
}
SAY = '.section .bootlink.modinfo,"a"\n.string "license=BSD"\n'


def choices():
    for count in (1, 2, 3, len(PARTS)):
        yield from itertools.combinations(PARTS, count)


def sections(image):
    return [(s.name, s.address, s.size) for s in links.allocated(image)]


def pages(image):
    """{page: the flags of what lies in it}"""
    found = {}
    for s in links.allocated(image):
        for page in range(s.address >> 12, (s.address + s.size + 4095) >> 12):
            found.setdefault(page, set()).add(
                s.flags & (elf.SHF_WRITE | elf.SHF_EXECINSTR))
    return found


def test_every_choice_of_sections(desk):
    """A constructor in a module without data made its constants writable, and
    without constants it was refused."""
    desk.assemble('kernel.o', '.globl _start\n_start: ret\n')
    desk.assemble('say.o', SAY)
    for name, text in PARTS.items():
        desk.assemble(f'{name}.o', text)
    modules = []
    for number, parts in enumerate(choices()):
        modules += [f'm{number}.ko']
        desk.archive(modules[-1], ['say.o', *(f'{p}.o' for p in parts)])
        if number % 50 == 0 or len(parts) == len(PARTS):
            check(desk, modules)
            modules = []


def check(desk, modules):
    line = [word for m in modules for word in ('--module', m)]
    done = links.run([links.BOOTLINK, 'link', 'kernel.o', *line, '--output',
                      'out'], desk.folder)
    assert done.returncode == 0, done.stdout
    for module in modules:
        name = module.removesuffix('.ko')
        ours = elf.read(desk.folder / f'out/{name}.elf')
        base = min(address for _, address, _ in sections(ours))
        theirs = desk.link(links.GNU_LD, 'gnu', [
            '--defsym', f'bootlink_module_base={base:#x}', '-T',
            f'{links.ROOT}/loader/module.ld', '--whole-archive', module])
        assert sections(ours) == sections(theirs)
        assert all(len(flags) == 1 for flags in pages(ours).values())
