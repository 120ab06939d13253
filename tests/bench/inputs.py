#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The bench's inputs: made-up kernels of three sizes, and real programs.

    tests/bench/inputs.py               all of them, below build/bench/
    tests/bench/inputs.py 4m musl       some

A made-up kernel is a folder of objects, the same ones everywhere; the first by
name is the entry (start.asm). They link with every linker, without a script and
with build/bench/linker.ld, and they boot: the kernel goes through all its objects,
says so on COM1 and ends QEMU with 33. Real are the sample kernel and two static
programs, against musl's and glibc's archives as Debian compiled them.

What is there is not made again, unless its maker has changed.
"""

import contextlib
import fcntl
import glob
import os
import pathlib
import shlex
import shutil
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = TOP / os.environ.get("BUILD", "build")
BENCH = BUILD / "bench"
sys.path.append(str(TOP / "tests/differential"))

import elf  # noqa: E402  tests/differential/elf.py

# Objects, symbols, relocations, bytes loaded.
KERNELS = {
    "4m": (600, 25_000, 100_000, 4 << 20),
    "32m": (2_400, 100_000, 400_000, 32 << 20),
    "huge": (2_000, 200_000, 1_000_000, 100_000_000),
}
REAL = ["sample", "musl", "glibc"]
NAMES = [*KERNELS, *REAL]


class Input:
    """A link to measure: the command line without the output, and the files
    that are read. Paths are relative to the project, where linkers are run."""

    def __init__(self, name, arguments, files):
        self.name = name
        self.arguments = [inside(argument) for argument in arguments]
        self.files = [inside(file) for file in files]

    @property
    def size(self):
        return sum(os.path.getsize(TOP / file) for file in self.files)

    def command(self, linker, output, options=()):
        return [*linker, "--build-id=none", *options, "-o", inside(output),
                *self.arguments]


def inside(path):
    """As seen from the project; what is not a path of ours stays as it is."""
    text = str(path)
    return os.path.relpath(text, TOP) if text.startswith(f"{TOP}/") else text


def run(*command, **arguments):
    """The output of a command that must not fail."""
    return subprocess.run(command, cwd=TOP, check=True, text=True,
                          stdout=subprocess.PIPE, **arguments).stdout


def make(*targets):
    """Builds what the Makefile knows, or sets its variables; those of an outer
    make are not for it."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    sys.stderr.write(run("make", "--no-print-directory", "-s",
                         f"BUILD={inside(BUILD)}", *map(inside, targets),
                         env=environment))


@contextlib.contextmanager
def alone():
    """What is made here is made by one process at a time: tests run side by
    side."""
    BENCH.mkdir(parents=True, exist_ok=True)
    with open(BENCH / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def program(name):
    """A program of ours below build/bench/, up to date."""
    path = BENCH / name
    make(path)
    return path


def fresh(made, *makers):
    """Whether `made` is there and no older than what it is made by."""
    return made.exists() and all(
        made.stat().st_mtime >= maker.stat().st_mtime for maker in makers)


def empty(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


# ---- made up ---------------------------------------------------------------------


def kernel_folder(name):
    """The folder with that kernel's objects."""
    folder = BENCH / name
    generate, start = program("generate_kernel"), program("start.o")
    if not fresh(folder / "counts", generate, start, pathlib.Path(__file__)):
        empty(folder)
        counted = run(generate, folder, *map(str, KERNELS[name]))
        shutil.copy(start, folder / "a-start.o")
        (folder / "counts").write_text(counted)
    return folder


def layout():
    """linker.ld for all linkers: lld has no .rela.plt in .rodata, and these
    kernels have no indirect functions."""
    BENCH.mkdir(parents=True, exist_ok=True)
    script = (TOP / "linker.ld").read_text()
    shorter = script.replace("*(.rela.plt .rela.iplt)", "")
    assert shorter != script
    path = BENCH / "linker.ld"
    new = path.with_suffix(f".{os.getpid()}")
    new.write_text(shorter)
    new.replace(path)  # other links may be reading the old one
    return path


def kernel(name):
    files = sorted(kernel_folder(name).glob("*.o"))
    return Input(name, ["-T", layout(), *files], files)


def objects(case):
    """The files of an input, as paths; a kernel's first one is its entry."""
    return [TOP / file for file in case.files]


# ---- real ------------------------------------------------------------------------


def sample():
    make("kernel")
    objects = sorted((BUILD / "kernel").glob("*.o"))
    library = BUILD / "kernel/libk.a"
    return Input("sample", ["-T", layout(), *objects, library],
                 [*objects, library])


def compiled(source, *command):
    """An object of a program here, below build/bench/."""
    source = TOP / "tests/bench" / source
    target = BENCH / f"{source.stem}.o"
    if not fresh(target, source):
        BENCH.mkdir(parents=True, exist_ok=True)
        run(*command, "-O2", "-fno-pie", "-c", source, "-o", target)
    return target


def library(name):
    """Where the compiler finds it."""
    path = run("gcc", f"-print-file-name={name}").strip()
    if not os.path.isabs(path):
        sys.exit(f"inputs.py: no {name}; see tools/deps bench")
    return os.path.realpath(path)


def musl():
    """sqlite, libpng and others; musl, since kernels take from it too."""
    main = compiled("program_c.c", "gcc", "-fno-pic")
    folder = os.path.dirname(glob.glob("/usr/lib/*-linux-musl/libc.a")[0])
    libraries = [library(f"lib{name}.a")
                 for name in ("sqlite3", "png16", "z", "bz2", "expat")]
    group = [f"{folder}/libc.a", library("libgcc.a")]
    first, last = [f"{folder}/crt1.o", f"{folder}/crti.o"], f"{folder}/crtn.o"
    return Input("musl", ["-static", *first, main, *libraries, "--start-group",
                          *group, "--end-group", last],
                 [*first, main, *libraries, *group, last])


def driver_line(*command):
    """The arguments with which the compiler would call its linker, without those
    that name the output."""
    said = subprocess.run([*command, "-o", "out", "-###"], cwd=TOP, check=True,
                          text=True, stderr=subprocess.PIPE).stderr
    line = next(line for line in said.splitlines() if "-o out" in line and
                "crt1.o" in line)
    words = shlex.split(line)[1:]
    at = words.index("-o")
    return words[:at] + words[at + 2:]


def glibc():
    """Streams, threads, expressions: what large C++ programs take."""
    main = compiled("program_cpp.cc", "g++")
    words = driver_line("g++", "-static", "-no-pie", "-fno-use-linker-plugin",
                        inside(main))
    arguments, files = [], []
    for word in words:
        if word.startswith("-l"):
            word = library(f"lib{word[2:]}.a")
        if word.endswith((".o", ".a")):
            files.append(word)
        if not word.startswith(("-L", "--build-id")):
            arguments.append(word)
    return Input("glibc", arguments, files)


def get(name):
    """An input by its name, made if it is not there."""
    return kernel(name) if name in KERNELS else globals()[name]()


# ---- counts ----------------------------------------------------------------------


def counted(case):
    """What a link takes, counted in what GNU ld makes of it by -r: all objects
    in one, before anything is merged or left out."""
    script, output = BENCH / "empty.ld", BENCH / "counted.o"
    script.write_text("SECTIONS { }")
    inputs = list(case.arguments)
    if "-T" in inputs:
        at = inputs.index("-T")
        inputs[at:at + 2] = []
    inputs = [argument for argument in inputs if argument != "-static"]
    trace = run("ld.bfd", "-r", "--unique", "-T", script, "-t", "-t", "-o",
                output, *inputs)
    one = elf.read(output)
    output.unlink()
    objects = [line for line in trace.splitlines() if not line.endswith(".a")]
    relocations = sum(s.size // 24 for s in one.sections
                      if s.type == elf.SHT_RELA)
    defined = sum(s.name != "" and s.section != "*UND*" for s in one.symbols)
    sections = sum(s.type not in (elf.SHT_RELA, elf.SHT_SYMTAB, elf.SHT_STRTAB)
                   for s in one.sections)
    return (f"{len(objects)} objects, {sections} sections, {defined} symbols, "
            f"{relocations} relocations")


def counts(case):
    """In words: those that the generator gave, or counted."""
    if case.name in KERNELS:
        said = (kernel_folder(case.name) / "counts").read_text().strip()
    else:
        said = counted(case)
    return f"{said}; {case.size} bytes of input"


def main():
    names = sys.argv[1:] or NAMES
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        sys.exit(f"{sys.argv[0]}: no such input: {' '.join(unknown)}; "
                 f"there are {' '.join(NAMES)}")
    for name in names:
        print(f"{name}: {counts(get(name))}", flush=True)


if __name__ == "__main__":
    main()
