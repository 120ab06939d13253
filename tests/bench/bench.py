#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The tables of the bench, as Markdown, here and in build/bench/results.md.

    tests/bench/bench.py                all; `make bench` does this
    tests/bench/bench.py growth files   some; `make bench-growth` does one
"""

import subprocess
import sys
import time

import inputs

# Programs beside this one, each of which prints a table.
TABLES = ["host", "growth", "files", "boot", "modules", "load"]
RESULTS = inputs.BENCH / "results.md"


def show(table, results):
    """Runs one; what it prints is shown as it comes, and kept."""
    program = inputs.TOP / "tests/bench" / f"{table}.py"
    with subprocess.Popen([sys.executable, program], cwd=inputs.TOP, text=True,
                          stdout=subprocess.PIPE) as running:
        for line in running.stdout:
            print(line, end="", flush=True)
            results.write(line)
        status = running.wait()
    if status != 0:
        sys.exit(f"{program}: status {status}")


def main():
    tables = sys.argv[1:] or TABLES
    unknown = [name for name in tables if name not in TABLES]
    if unknown:
        sys.exit(f"{sys.argv[0]}: no such table: {' '.join(unknown)}; "
                 f"there are {' '.join(TABLES)}")
    inputs.BENCH.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    with open(RESULTS, "w", encoding="utf-8") as results:
        for table in tables:
            show(table, results)
    minutes = (time.monotonic() - start) / 60
    print(f"{inputs.inside(RESULTS)}: {minutes:.0f} minutes")


if __name__ == "__main__":
    main()
