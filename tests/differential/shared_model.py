# SPDX-License-Identifier: BSD-2-Clause
"""What a dynamic linker makes of a shared object, worked out from readelf's
words about it: the bytes of its segments, with S + A where a relocation says so.

Receives the file, where it begins in memory and what its undefined symbols are;
gives bytes by address. It shares no code with the linker, and not its way of
reading the file either.
"""

import re
import subprocess

import elf

RELOCATION = re.compile(
    r'^([0-9a-f]{16})\s+[0-9a-f]{16}\s+(R_X86_64_\w+)\s*(.*)$')
PT_GNU_RELRO = 0x6474e552
PAGE = 4096


def readelf(option, path):
    return subprocess.run(['readelf', option, '-W', str(path)], check=True,
                          capture_output=True, text=True).stdout


def relocations(path):
    """(place, type, symbol or '', addend or value) of each."""
    for line in readelf('-r', path).splitlines():
        found = RELOCATION.match(line)
        if not found:
            continue
        place, kind, rest = int(found[1], 16), found[2], found[3].split()
        if kind in ('R_X86_64_RELATIVE', 'R_X86_64_IRELATIVE'):
            yield place, kind, '', int(rest[-1], 16)
        else:
            addend = int(rest[-1], 16) * (-1 if rest[-2] == '-' else 1)
            yield place, kind, rest[1], addend


def relr_places(path):
    """The places of DT_RELR, as binutils list them, or worked out."""
    file = elf.read(path)
    table = next((s for s in file.sections if s.type == 19), None)
    where = None
    for at in range(0, len(table.data) if table else 0, 8):
        word = int.from_bytes(table.data[at:at + 8], 'little')
        if word & 1:
            yield from (where + 8 * i for i in range(63) if word >> i + 1 & 1)
            where += 63 * 8
        else:
            yield word
            where = word + 8


def dynamic_symbols(path):
    """name -> value of what it defines, and the names that it does not."""
    defined, undefined = {}, set()
    for line in readelf('--dyn-syms', path).splitlines():
        words = line.split()
        if len(words) < 8 or not words[0].endswith(':') or words[0] == 'Num:':
            continue
        name = words[7].split('@')[0]
        if words[6] == 'UND':
            undefined.add(name)
        else:
            defined[name] = int(words[1], 16)
    return defined, undefined


class Model:
    """One shared object in memory."""

    def __init__(self, path, base, others, lazy=None):
        self.lazy = lazy  # GOT[1] and GOT[2], if functions are bound later
        self.file = elf.read(path)
        self.loads = [s for s in self.file.segments if s.type == elf.PT_LOAD]
        self.path, self.bias = path, base - self.loads[0].address
        self.defined, _ = dynamic_symbols(path)
        self.bytes = {}  # by address in memory, segment by segment
        self.late = []
        data = path.read_bytes()
        for s in self.loads:
            content = data[s.offset:s.offset + s.file_size]
            self.bytes[self.bias + s.address] = bytearray(
                content + bytes(s.memory_size - s.file_size))
        for place in relr_places(path):
            self.write(place, self.bias + self.word(place))
        for place, kind, symbol, addend in relocations(path):
            self.apply(place, kind, symbol, addend, others)
        if lazy:
            got = self.dynamic('PLTGOT')
            self.write(got + 8, lazy[0])
            self.write(got + 16, lazy[1])

    def dynamic(self, tag):
        found = re.search(rf'\({tag}\)\s+(0x[0-9a-f]+)',
                          readelf('-d', self.path))
        return int(found[1], 16)

    def apply(self, place, kind, symbol, addend, others):
        name = symbol.split('@')[0]
        s = (self.bias + self.defined[name] if name in self.defined
             else others.get(name, 0))
        if kind == 'R_X86_64_RELATIVE':
            self.write(place, self.bias + addend)
        elif kind == 'R_X86_64_IRELATIVE':
            self.late.append((self.bias + place, self.bias + addend))
        elif kind == 'R_X86_64_64':
            self.write(place, s + addend)
        elif kind == 'R_X86_64_JUMP_SLOT' and self.lazy:
            self.write(place, self.bias + self.word(place))
        else:
            assert kind in ('R_X86_64_GLOB_DAT', 'R_X86_64_JUMP_SLOT'), kind
            self.write(place, s)

    def segment(self, place):
        for start, content in self.bytes.items():
            if start <= self.bias + place < start + len(content):
                return content, self.bias + place - start
        raise AssertionError(hex(place))

    def word(self, place):
        content, at = self.segment(place)
        return int.from_bytes(content[at:at + 8], 'little')

    def write(self, place, value):
        content, at = self.segment(place)
        content[at:at + 8] = (value & (1 << 64) - 1).to_bytes(8, 'little')

    def permissions(self, address):
        """Of a page in memory: PF_R 4, PF_W 2, PF_X 1."""
        relro = next((s for s in self.file.segments
                      if s.type == PT_GNU_RELRO), None)
        place = address - self.bias
        load = next(s for s in self.loads if s.address // PAGE <= place // PAGE
                    and place < s.address + s.memory_size)
        if relro:
            start = relro.address // PAGE * PAGE
            end = (relro.address + relro.memory_size) // PAGE * PAGE
            if start <= place < end:
                return load.flags & ~2
        return load.flags


class Linked:
    """What `bootlink link --output` wrote: bytes and permissions by address."""

    def __init__(self, path):
        self.file = elf.read(path)
        self.data = path.read_bytes()
        self.loads = [s for s in self.file.segments if s.type == elf.PT_LOAD]

    def load(self, address):
        return next(s for s in self.loads
                    if s.address <= address < s.address + s.memory_size)

    def read(self, address, size):
        parts = b''
        while len(parts) < size:
            s = self.load(address + len(parts))
            at = address + len(parts) - s.address
            part = self.data[s.offset:s.offset + s.file_size][at:]
            part += bytes(s.memory_size - s.file_size)
            parts += part[:size - len(parts)]
        return parts

    @property
    def base(self):
        return self.loads[0].address


def differences(model, linked):
    """Where the image is not what the model says; an empty list is good."""
    found = []
    for start, content in model.bytes.items():
        ours = linked.read(start, len(content))
        found += [f'{start + i:#x}: {a:#x}, not {b:#x}'
                  for i, (a, b) in enumerate(zip(ours, content)) if a != b]
        for page in range(start, start + len(content), PAGE):
            ours, theirs = linked.load(page).flags, model.permissions(page)
            if ours != theirs:
                found.append(f'page {page:#x}: flags {ours}, not {theirs}')
    return found
