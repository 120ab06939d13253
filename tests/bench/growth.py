#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The growth table: what an item of a link costs when there are more of them.

    tests/bench/growth.py                        all rows
    tests/bench/growth.py 'archive members'      some

Items are symbols, relocations and sections. In each row one thing is made more,
to 16 times, and all else stays (tests/bench/generate_growth.c). What an item costs
may grow by a quarter on the way; it shrinks where much is the same at all sizes.
"""

import argparse

import inputs
import measuring

TIMES = (1, 4, 16)
LIMIT = 1.25

SCRIPT = """\
ENTRY(_start)
SECTIONS {
    . = 1M;
    .text : { %s *(.text .text.*) }
    .rodata : { *(.rodata .rodata.*) }
    .data : { *(.data) }
}
"""
SORTED = SCRIPT % "*(SORT_BY_NAME(.text.*))"


def exact(count):
    """A pattern for each group's section, by its name."""
    return SCRIPT % "\n".join(f"*(.text.group_{i})" for i in range(count))


def beginnings(count):
    """A pattern for each group's section, with a wildcard."""
    return SCRIPT % "\n".join(f"*(.text.group_{i} .text.group_{i}.*)"
                              for i in range(count))


def by_file(count):
    """A pattern for each object, by its path."""
    folder = inputs.inside(inputs.BENCH / "growth")
    return SCRIPT % "\n".join(f"{folder}/o{i:05}.o(.text)"
                              for i in range(count))


def by_end_of_file(count):
    """A pattern for each object, by the end of its path."""
    return SCRIPT % "\n".join(f"*o{i:05}.o(.text)" for i in range(count))


class Row:
    """What is many: `grows` at 1 times, `fixed` at all sizes."""

    def __init__(self, grows, fixed=None, script=None, archive=False):
        self.grows = grows
        self.fixed = fixed or {}
        self.script = script or (lambda count: SCRIPT % "")
        self.archive = archive


ROWS = {
    "objects": Row({"objects": 250, "symbols": 1000, "relocations": 2000}),
    "symbols": Row({"symbols": 12_500}, {"objects": 50}),
    "symbols with one prefix, to a million": Row(
        {"symbols": 62_500}, {"objects": 50, "prefix": 1}),
    "relocations": Row({"relocations": 62_500},
                       {"objects": 50, "symbols": 5000}),
    "sections": Row({"sections": 6250}, {"objects": 20}),
    "sections sorted by name, to 100,000": Row(
        {"sections": 6250}, {"objects": 20}, lambda count: SORTED),
    "archive members, all taken": Row(
        {"objects": 500, "symbols": 2000}, {"chain": 1}, archive=True),
    "archive members, one taken": Row(
        {"objects": 500, "symbols": 10_000}, archive=True),
    "script patterns": Row({"groups": 500}, script=exact),
    "script patterns with wildcards": Row({"groups": 500}, script=beginnings),
    "script patterns with file names": Row(
        {"objects": 100, "symbols": 400}, script=by_file),
    "script patterns with ends of file names": Row(
        {"objects": 100, "symbols": 400}, script=by_end_of_file),
    "section groups": Row({"groups": 3125}, {"objects": 50}),
    "merged strings": Row({"strings": 31_250}, {"objects": 50}),
}


def generate(row, times):
    """A new folder with the row's objects: its input and its items."""
    folder = inputs.empty(inputs.BENCH / "growth")
    knobs = {name: number * times for name, number in row.grows.items()}
    items = inputs.run(inputs.program("generate_growth"), folder,
                       *(f"{name}={number}"
                         for name, number in {**knobs, **row.fixed}.items()))
    script = folder / "link.ld"
    script.write_text(row.script(min(knobs.values())))
    files = sorted(folder.glob("*.o"))
    arguments = files
    if row.archive:
        library = folder / "lib.a"
        inputs.run("ar", "rcsD", library, *files)
        files, arguments = [library], ["-u", "_start", library]
    return (inputs.Input("growth", ["-T", script, *arguments], files),
            int(items))


def cost(row, times):
    """Instructions for each item."""
    case, items = generate(row, times)
    output = inputs.BENCH / "out.growth"
    command = case.command([inputs.inside(inputs.BUILD / "ld.bootlink")],
                           output)
    count = measuring.callgrind(command)
    output.unlink()
    return count / items, items


def report(name):
    """A row of the table; whether it is reached."""
    costs = [cost(ROWS[name], times) for times in TIMES]
    grown = costs[-1][0] / costs[0][0]
    return [name, f"{costs[-1][1]:,}", *(f"{each:.0f}" for each, _ in costs),
            f"{grown:.2f}", "reached" if grown <= LIMIT else "missed"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="row",
                        help="; ".join(ROWS))
    names = parser.parse_args().names or ROWS
    inputs.make(inputs.BUILD / "ld.bootlink")
    print(f"## Growth\n\n{measuring.today()}. Instructions of `ld.bootlink` for "
          f"each symbol, relocation and section; at 16 times the size at most "
          f"{LIMIT} of what they are at once the size.\n")
    measuring.show_table(
        ["what is many", "items at 16x", *(f"{times}x" for times in TIMES),
         "16x / 1x", ""], (report(name) for name in names))
    print()
    inputs.shutil.rmtree(inputs.BENCH / "growth", ignore_errors=True)


if __name__ == "__main__":
    main()
