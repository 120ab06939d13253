#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What it takes to load a module into a running kernel, and to unload it.

The kernel is a process (tests/unit/process.h), and the modules are those of
tests/unit/runtime/: `user` is a function that calls two of another module, `hello`
is two files with constructors, parameters and exports. What one more turn takes is
shown, so that the process itself does not count.
"""

import inputs
import measuring

TURNS = (10, 110)
MODULES = inputs.BENCH.parent / "tests/runtime"
ROWS = {"a small module that needs another": ["hello", "user"],
        "an archive with all that a module can have": ["hello"]}


def program():
    inputs.make(inputs.BENCH / "load", MODULES / "hello.ko", MODULES / "user.ko")
    return inputs.BENCH / "load"


def instructions(binary, names):
    files = [word for name in names
             for word in (f"{name}.ko", MODULES / f"{name}.ko")]
    few, many = (measuring.callgrind([binary, str(turns), *files])
                 for turns in TURNS)
    return (many - few) / (TURNS[1] - TURNS[0])


def main():
    binary = program()
    print("\nLoad and unload a module in a running kernel\n")
    print("| module | bytes of its file | instructions |")
    print("|---|--:|--:|")
    for title, names in ROWS.items():
        size = (MODULES / f"{names[-1]}.ko").stat().st_size
        print(f"| {title} | {size:,} | {instructions(binary, names):,.0f} |")


if __name__ == "__main__":
    main()
