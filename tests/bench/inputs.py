#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The bench's inputs: kernels that look real, the same ones everywhere.

    tests/bench/inputs.py               all of them, below build/bench/
    tests/bench/inputs.py 4m 32m        some

Each is a folder of objects; the first by name is the entry (start.asm). They link
with every linker, without a script and with build/bench/linker.ld, and they boot:
the kernel goes through all its objects, says so on COM1 and ends QEMU with 33.
What is there is not made again, unless its maker has changed.
"""

import os
import pathlib
import shutil
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = TOP / os.environ.get("BUILD", "build")
BENCH = BUILD / "bench"

# Objects, symbols, relocations, bytes loaded.
KERNELS = {
    "4m": (600, 25_000, 100_000, 4 << 20),
    "32m": (2_400, 100_000, 400_000, 32 << 20),
    "huge": (2_000, 200_000, 1_000_000, 100_000_000),
}


def make(*targets):
    """Builds what is written in C; an outer make's variables are not for it."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    subprocess.run(["make", "--no-print-directory", "-s",
                    f"BUILD={os.path.relpath(BUILD, TOP)}",
                    *(os.path.relpath(target, TOP) for target in targets)],
                   cwd=TOP, check=True, env=environment, stdout=sys.stderr)


def program(name):
    """A program of ours below build/bench/, up to date."""
    path = BENCH / name
    make(path)
    return path


def fresh(folder, makers):
    """Whether `folder` is complete and younger than what made it."""
    done = folder / "counts"
    return done.exists() and all(
        done.stat().st_mtime >= maker.stat().st_mtime for maker in makers)


def objects(folder):
    return sorted(folder.glob("*.o"))


def kernel(name):
    """The folder of that kernel; its file `counts` says what is in it."""
    folder = BENCH / name
    generate, start = program("generate_kernel"), program("start.o")
    if fresh(folder, [generate, start]):
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    counts = subprocess.run([generate, folder, *map(str, KERNELS[name])],
                            check=True, stdout=subprocess.PIPE, text=True)
    shutil.copy(start, folder / "a-start.o")
    (folder / "counts").write_text(counts.stdout)
    return folder


def layout():
    """linker.ld for all linkers: lld has no .rela.plt in .rodata, and these
    kernels have no indirect functions."""
    BENCH.mkdir(parents=True, exist_ok=True)
    script = (TOP / "linker.ld").read_text()
    shorter = script.replace("*(.rela.plt .rela.iplt)", "")
    assert shorter != script
    path = BENCH / "linker.ld"
    path.write_text(shorter)
    return path


def main():
    names = sys.argv[1:] or list(KERNELS)
    unknown = [name for name in names if name not in KERNELS]
    if unknown:
        sys.exit(f"{sys.argv[0]}: no such input: {' '.join(unknown)}; "
                 f"there are {' '.join(KERNELS)}")
    layout()
    for name in names:
        folder = kernel(name)
        print(f"{folder}: {(folder / 'counts').read_text().strip()}")


if __name__ == "__main__":
    main()
