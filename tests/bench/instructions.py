#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""How many instructions ld.bootlink takes, compared with what it took.

    tests/bench/instructions.py             shows both
    tests/bench/instructions.py --write     keeps what it takes now

The counts are the same everywhere but for the compiler, so instructions.csv has
them for each compiler by whom they were kept; the linker is built apart, with
flags that never change. For another compiler those of the first one count, with
more slack. test_instructions.py fails when a link takes more than the slack
allows; a change that is worth it is kept by --write, and so is one for the better.
"""

import csv
import os
import pathlib
import re
import subprocess
import sys

import inputs
import measuring

KEPT = inputs.TOP / "tests/bench/instructions.csv"
SLACK = 1.05
OTHER_SLACK = 1.25  # for a compiler that is not in the file

# The second has what kernels have less of: groups, merged strings, an archive.
MIXED = {"objects": 200, "symbols": 10_000, "relocations": 20_000,
         "sections": 4000, "groups": 2000, "strings": 10_000, "chain": 1}


def linker():
    """The linker, built by the compiler in use with flags of our own."""
    folder = inputs.BENCH / "counted"
    inputs.make(f"BUILD={inputs.inside(folder)}", "CFLAGS=-O2 -g", "WARN=",
                folder / "bootlink")
    (folder / "ld.bootlink").unlink(missing_ok=True)
    (folder / "ld.bootlink").symlink_to("bootlink")
    return inputs.inside(folder / "ld.bootlink")


def compiler(binary=inputs.BENCH / "counted/bootlink"):
    """Name and version of the compiler, as the binary has them."""
    said = subprocess.run(["readelf", "-wi", "--dwarf-depth=1", binary],
                          check=True, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout
    name = re.search(r"DW_AT_producer.*: (.*)", said).group(1)
    found = re.search(r"(GNU C\d*|clang version) (\d+)", name)
    return ("gcc " if "GNU" in found.group(1) else "clang ") + found.group(2)


def mixed():
    folder = inputs.BENCH / "mixed"
    library = folder / "lib.a"
    generate = inputs.program("generate_growth")
    if not inputs.fresh(library, generate, pathlib.Path(__file__)):
        inputs.empty(folder)
        inputs.run(generate, folder,
                   *(f"{name}={number}" for name, number in MIXED.items()))
        inputs.run("ar", "rcsD", library, *sorted(folder.glob("*.o"))[100:])
    objects = sorted(folder.glob("*.o"))
    return inputs.Input("mixed", [*objects[:100], library],
                        [*objects[:100], library])


def cases():
    return {"4m": inputs.kernel("4m"), "mixed": mixed()}


def measured(case):
    output = inputs.BENCH / f"out.{case.name}"
    count = measuring.callgrind(case.command([linker()], output))
    output.unlink()
    return count


def read():
    """{(compiler, input): instructions}, in the order of the file."""
    with open(KEPT, encoding="ascii", newline="") as file:
        return {(row["compiler"], row["input"]): int(row["instructions"])
                for row in csv.DictReader(file)}


def write(kept):
    with open(KEPT, "w", encoding="ascii", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["compiler", "input", "instructions"])
        rows.writerows([*key, count] for key, count in kept.items())


def limit(kept, name, case):
    """The most that a link may take."""
    if (name, case) in kept:
        return kept[name, case] * SLACK
    first = next(iter(kept))[0]
    return kept[first, case] * OTHER_SLACK


def main():
    kept = read() if os.path.exists(KEPT) else {}
    linker()
    name = compiler()
    for case, link in cases().items():
        count, before = measured(link), kept.get((name, case))
        change = f"{100 * count / before - 100:+.1f} %" if before else "new"
        print(f"{name}, {case}: {count:,} instructions, {change}")
        kept[name, case] = count
    if "--write" in sys.argv[1:]:
        write(kept)


if __name__ == "__main__":
    main()
