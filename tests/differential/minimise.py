#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Cuts a link on which the two linkers disagree down to what it takes.

    minimise.py 4711                 the link of that seed
    minimise.py failing.link         one that is kept as text
    minimise.py 4711 --keep name     and puts it into kept/name.link

What can be left out is tried from large to small: objects, parts of them, blocks
of the script, lines, options (delta debugging). What is left disagrees in the
same way as the whole.
"""

import argparse
import re
import sys
import tempfile
from pathlib import Path

import links
from link_case import Case, disagreements, parse
from random_links import Maker

KEPT = Path(__file__).parent / 'kept'


class QuickDesk(links.Desk):
    """One that assembles no source twice."""

    def __init__(self, folder):
        super().__init__(folder)
        self.objects = {}

    def assemble(self, name, source):
        if source not in self.objects:
            super().assemble(name, source)
            self.objects[source] = (self.folder / name).read_bytes()
        (self.folder / name).write_bytes(self.objects[source])
        return name


# ---- when a smaller link still shows the same ---------------------------------

def kind(line):
    """A disagreement without what differs from link to link."""
    if line.startswith('refusal'):
        line = line.split('\n')[1 if 'exit status' in line else 0]
        return re.sub(r"'[^']*'|`[^']*'|\S*\(\S*|\d\S*|[\w.]+:", '', line)
    what = line.split(':')[0]
    name = re.search(r"'(\.\w+)", line)
    if what == 'section' and name:
        return f'{what} {name.group(1)}'
    return 'bytes' if '+0x' in what else what


class Judge:
    """Says whether a case disagrees as the first one did."""

    def __init__(self, desk, case):
        self.desk = desk
        self.count = 0
        self.wanted = self.first_kind(case)

    def first_kind(self, case):
        """Of the disagreements, the one that the others follow from."""
        self.count += 1
        try:
            found = disagreements(self.desk, case)
        except (AssertionError, KeyError, StopIteration):
            return None  # nothing that can be assembled
        return kind(found[0]) if found else None

    def __call__(self, case):
        return self.first_kind(case) == self.wanted


# ---- leaving things out -------------------------------------------------------

def shrink(items, is_bad):
    """The items that it takes, by delta debugging: ever smaller runs of them
    are left out."""
    size = max(len(items) // 2, 1)
    while items:
        at = 0
        while at < len(items):
            fewer = items[:at] + items[at + size:]
            if is_bad(fewer):
                items = fewer
            else:
                at += size
        if size == 1:
            return items
        size //= 2
    return items


def parts_of(lines):
    """The lines of an object by section."""
    parts = [[]]
    for line in lines:
        if line.split(' ')[0] in ('.section', '.text', '.data', '.bss'):
            parts.append([])
        parts[-1].append(line)
    return [part for part in parts if part]


def blocks_of(lines):
    """The lines of a script: a block that ends where it began, or one line.
    What stands in SECTIONS {} counts like what stands outside."""
    blocks, depth = [], 0
    for line in lines:
        outer = line.startswith(('SECTIONS', 'PHDRS')) or (
            line == '}' and depth == 0)
        if outer or depth == 0:
            blocks.append([])
        blocks[-1].append(line)
        if not outer:
            depth += line.endswith('{') - line.startswith('}')
    return blocks


def joined(parts):
    return [line for part in parts for line in part]


class Minimiser:
    def __init__(self, case, judge):
        self.case, self.judge = case, judge

    def replaced(self, **changes):
        case = self.case
        fields = {'sources': case.sources, 'options': case.options,
                  'script': case.script, 'why': case.why, **changes}
        return Case(**fields)

    def shrink(self, items, with_items):
        """Leaves out of `items` what can go; with_items makes a case of them."""
        left = shrink(items, lambda some: self.judge(with_items(some)))
        self.case = with_items(left)

    def inputs(self):
        self.shrink(list(self.case.sources.items()),
                    lambda some: self.replaced(sources=dict(some)))

    def options(self):
        self.shrink(self.case.options,
                    lambda some: self.replaced(options=some))

    def source(self, name, split):
        def with_parts(parts):
            text = '\n'.join(joined(parts)) + '\n'
            return self.replaced(sources={**self.case.sources, name: text})
        self.shrink(split(self.case.sources[name].splitlines()), with_parts)

    def script(self, split):
        self.shrink(split(self.case.script),
                    lambda parts: self.replaced(script=joined(parts)))

    def sources(self, split):
        for name in list(self.case.sources):
            self.source(name, split)

    def plain_names(self):
        """Patterns without SORT, KEEP and the like."""
        for at, line in enumerate(self.case.script):
            inner = re.search(r'[(\s]\(?(\.?[\w.*]+)\)*\s*$', line)
            if inner and '(' in line:
                script = list(self.case.script)
                script[at] = f'*({inner.group(1)})'
                case = self.replaced(script=script)
                if script != self.case.script and self.judge(case):
                    self.case = case

    def run(self):
        def lines(some):
            return [[line] for line in some]
        before = None
        while before != self.case.text():
            before = self.case.text()
            self.inputs()
            self.options()
            self.script(blocks_of)
            self.sources(parts_of)
            self.script(lines)
            self.sources(lines)
            self.plain_names()
        return self.case


def load(what):
    if what.isdigit():
        return Maker(int(what)).case
    return parse(Path(what).read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('link', help='a seed, or a file')
    parser.add_argument('--keep', metavar='NAME', help='put it into kept/')
    parser.add_argument('--why', default='', help='what it shows')
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix='bootlink-') as folder:
        desk = QuickDesk(folder)
        judge = Judge(desk, load(arguments.link))
        if not judge.wanted:
            sys.exit('the linkers agree on this one')
        case = Minimiser(load(arguments.link), judge).run()
        found = disagreements(desk, case)
    case.why = arguments.why or '\n'.join(found[:3])
    print(case.text())
    print('\n'.join(found), f'({judge.count} links)', file=sys.stderr)
    if arguments.keep:
        KEPT.mkdir(exist_ok=True)
        (KEPT / f'{arguments.keep}.link').write_text(case.text())


if __name__ == '__main__':
    main()
