# SPDX-License-Identifier: BSD-2-Clause
"""The same link by two linkers, and what differs.

`Desk` is a folder in which sources become objects and objects become links.
`differences` compares two outputs: sections, bytes, segments, symbols, entry.
An empty list means that the two linkers did the same.
"""

import os
import subprocess
from pathlib import Path

import elf

ROOT = Path(__file__).resolve().parents[2]
GNU_LD = os.environ.get('GNU_LD', 'ld.bfd')
LLD = os.environ.get('LLD', 'ld.lld')
BUILD = ROOT / os.environ.get('BUILD', 'build')
BOOTLINK = os.environ.get('BOOTLINK', str(BUILD / 'bootlink'))
BOOTLINK_LD = os.environ.get('BOOTLINK_LD', str(BUILD / 'ld.bootlink'))
SECONDS = 60  # no link of these takes longer, unless it hangs

# What keeps .eh_frame and, with Ubuntu's gcc, .note.gnu.property out of objects
# that come from C.
CFLAGS = ['-O1', '-ffreestanding', '-fno-pic', '-fno-pie',
          '-fno-asynchronous-unwind-tables', '-fno-stack-protector',
          '-fcf-protection=none', '-mno-red-zone', '-ffunction-sections',
          '-fdata-sections']


class LinkFailed(Exception):
    pass


def run(command, folder, text=None):
    return subprocess.run(command, cwd=folder, input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=SECONDS)


class Desk:
    """A folder with sources, objects, archives, a script and outputs."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return name

    def assemble(self, name, source):
        """Assembles `source` into the object `name`."""
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        self._must(['as', '--64', '-o', name, '-'], source)
        return name

    def compile(self, name, source, *flags, language='c'):
        self._must(['gcc', *CFLAGS, *flags, '-x', language, '-c', '-o', name,
                    '-'], source)
        return name

    def archive(self, name, members):
        """`members` is a list of object names; a name may come twice."""
        (self.folder / name).unlink(missing_ok=True)
        self._must(['ar', 'qcsD', name, *members])
        return name

    def _must(self, command, text=None):
        done = run(command, self.folder, text)
        assert done.returncode == 0, f'{" ".join(command)}\n{done.stdout}'

    def link(self, linker, output, arguments):
        """Links; the output as data. Raises LinkFailed with the messages."""
        (self.folder / output).unlink(missing_ok=True)
        done = run([linker, '-o', output, *arguments], self.folder)
        if done.returncode != 0:
            raise LinkFailed(f'{linker}: exit status {done.returncode}\n'
                             f'{done.stdout}')
        return elf.read(self.folder / output)


# ---- what is compared --------------------------------------------------------

def allocated(output):
    return [s for s in output.sections if s.flags & elf.SHF_ALLOC]


def section_facts(output):
    """By address: GNU ld shuffles the headers of orphans."""
    return sorted((hex(s.address), s.name, s.type, s.flags, hex(s.size),
                   s.align, s.entry_size, output.sections[s.link].name, s.info)
                  for s in allocated(output))


def contents(output):
    """Of all sections by name, loaded or not, but for the linker's tables."""
    return {s.name: (s.type, s.flags, s.entry_size, s.data)
            for s in output.sections if s.type == elf.SHT_PROGBITS and s.size}


def segment_facts(output):
    """Everything but the file offset, which only has to be congruent to the
    address if there are bytes at it [gABI: Program Header, p_align]."""
    return [(s.type, s.flags,
             s.file_size and s.offset % max(s.align, 1), hex(s.address),
             hex(s.load_address), hex(s.file_size), hex(s.memory_size),
             s.align)
            for s in output.segments]


def symbol_facts(output, with_sections=True):
    """Without order; section symbols carry nothing that sections do not."""
    return sorted((s.name, hex(s.value), s.size, s.type, s.binding,
                   s.visibility, s.section if with_sections else '')
                  for s in output.symbols if s.type != elf.STT_SECTION)


def first_difference(name, ours, theirs):
    at = next(i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b)
    return (f'{name}+{at:#x}: {ours[at:at + 16].hex(" ")}, '
            f'not {theirs[at:at + 16].hex(" ")}')


def byte_differences(ours, theirs):
    """Of sections that both have at the same address with the same size."""
    known = {(s.name, s.address): s.data for s in allocated(theirs)}
    pairs = [(s, known.get((s.name, s.address))) for s in allocated(ours)]
    return [first_difference(s.name, s.data, data) for s, data in pairs
            if data is not None and len(s.data) == len(data)
            and s.data != data]


def lists_differ(what, ours, theirs):
    """What one list has and the other has not, or their order."""
    in_ours, in_theirs = set(ours), set(theirs)
    only_ours = [x for x in ours if x not in in_theirs]
    only_theirs = [x for x in theirs if x not in in_ours]
    lines = [f'{what}: ours alone   {x}' for x in only_ours]
    lines += [f'{what}: theirs alone {x}' for x in only_theirs]
    if not lines and ours != theirs:
        lines = [f'{what}: order or number\n  ours   {ours}\n'
                 f'  theirs {theirs}']
    return lines


def header_order(output):
    return [s.name for s in output.sections]


def differences(ours, theirs, segments=True, homes=True):
    """What differs between two outputs, as lines to read. Without `homes` the
    order of sections does not count, nor in which of them symbols are."""
    found = lists_differ('section', section_facts(ours), section_facts(theirs))
    found += byte_differences(ours, theirs)
    if homes:
        found += lists_differ('header', header_order(ours),
                              header_order(theirs))
    if segments:
        found += lists_differ('segment', segment_facts(ours),
                              segment_facts(theirs))
    found += lists_differ('symbol', symbol_facts(ours, homes),
                          symbol_facts(theirs, homes))
    for fact in ('entry', 'type', 'machine', 'flags', 'osabi'):
        if getattr(ours, fact) != getattr(theirs, fact):
            found.append(f'{fact}: {getattr(ours, fact):#x}, '
                         f'not {getattr(theirs, fact):#x}')
    return found
