# SPDX-License-Identifier: BSD-2-Clause
"""Builds the mixed kernel: more than 300 objects by gcc, g++, clang, clang++
and NASM, and musl's libc.a as the distribution built it.

Each object is a unit (mixed/unit.h) made from a template; what main.c is to
find of them is computed here.
"""

import glob
import subprocess

import esp

FOLDER = esp.TOP / "tests/boot/mixed"
FLAGS = ["-O2", "-ffreestanding", "-fno-pic", "-fno-pie", "-mno-red-zone",
         "-mgeneral-regs-only", "-fno-stack-protector", "-mcmodel=kernel",
         "-I", str(FOLDER), "-I", str(esp.TOP / "include")]
CXX_FLAGS = ["-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics"]

C_UNIT = """\
#include "unit.h"
static uint32_t PER_CPU own = {n} * 7;
static uint32_t run(uint32_t x)
{{
    run_count[0]++;
    const char *name = "{name}";
    return x * (2 * {n} + 1) + (uint32_t)name[{n} % 4] + read_per_cpu(own);
}}
static void start(void) {{ note_start({level}); }}
static const struct unit unit_{n} = {{"{name}", run}};
UNIT(unit_{n});
INITCALL({level}, start);
"""

CXX_UNIT = """\
#include "unit.h"
template <uint32_t Factor> inline uint32_t times(uint32_t x)
{{
    static uint32_t factor = Factor;
    return x * factor;
}}
struct Named {{
    virtual const char *name() const {{ return "{name}"; }}
}};
static Named named;
static uint32_t PER_CPU own = {n} * 7;
static uint32_t run(uint32_t x)
{{
    run_count[0]++;
    const Named *volatile n = &named;
    return x + times<{n}>(x) + times<{n}>(x) + (uint32_t)n->name()[{n} % 4]
        + read_per_cpu(own);
}}
struct Starter {{
    Starter() {{ note_start({priority}); }}
}};
__attribute__((init_priority({priority}))) static Starter starter;
static void start() {{ note_start({level}); }}
static const struct unit unit_{n} = {{"{name}", run}};
UNIT(unit_{n});
INITCALL({level}, start);
"""

NASM_UNIT = """\
%define NUMBER {n}
%define NAME "{name}"
%define LEVEL {level}
%define LEVEL_SECTION .initcall{level}.init
%include "unit.inc"
"""

# How many, by what: template, compiler, flags.
KINDS = [
    (90, C_UNIT, ["gcc", "-x", "c"], []),
    (40, C_UNIT, ["gcc", "-x", "c"], ["-ffunction-sections", "-g",
                                      "-fno-asynchronous-unwind-tables"]),
    (20, C_UNIT, ["gcc", "-x", "c"], ["-Os", "-fdata-sections"]),
    (60, C_UNIT, ["clang", "-x", "c"], []),
    (20, C_UNIT, ["clang", "-x", "c"], ["-O1", "-ffunction-sections"]),
    (30, CXX_UNIT, ["gcc", "-x", "c++"], CXX_FLAGS),
    (20, CXX_UNIT, ["clang", "-x", "c++"], CXX_FLAGS),
    (30, NASM_UNIT, ["nasm"], []),
]
UNITS = sum(kind[0] for kind in KINDS)
CONSTRUCTORS = sum(kind[0] for kind in KINDS if kind[1] is CXX_UNIT)


def name_of(n):
    return f"unit {n} of {UNITS}"


def result(n, x):
    """What unit n gives for x."""
    return x * (2 * n + 1) + ord(name_of(n)[n % 4]) + 7 * n


def compile_unit(source, target, compiler, flags):
    if compiler[0] == "nasm":
        command = ["nasm", "-f", "elf64", f"-I{FOLDER}/", source, "-o", target]
    else:
        command = [*compiler, "-fcommon", *FLAGS, *flags, "-c", source, "-o",
                   target]
        if compiler[2] == "c++":
            command.remove("-fcommon")
    subprocess.run(command, check=True)


def compile_units(folder, work):
    """The objects, named in their order. Returns the sum of what they give
    when each is called with its place in the set."""
    total = n = 0
    for count, template, compiler, flags in KINDS:
        for _ in range(count):
            source = work / f"u{n:03}.src"
            source.write_text(template.format(
                n=n, name=name_of(n), level=n * 5 % 8,
                priority=1000 + n * 37 % 100))
            compile_unit(source, folder / f"u{n:03}.o", compiler, flags)
            total += result(n, n)
            n += 1
    return total & 0xffffffff


def write_expected(work, total):
    (work / "expected.h").write_text(
        f"#define UNITS {UNITS}\n#define CONSTRUCTORS {CONSTRUCTORS}\n"
        f"#define EXPECTED_SUM {total}u\n#define PER_CPU_ROOM 16384\n")


def build(folder, halts=False):
    """An ESP with the kernel, its script and its config."""
    kernel = esp.Esp(folder)
    kernel.config(esp.CONFIG + "    script_path: boot():/mixed.ld\n")
    kernel.add("mixed.ld", FOLDER / "mixed.ld")
    kernel.add("kernel/libc.a", glob.glob("/usr/lib/*linux-musl/libc.a")[0])
    objects, work = folder / "kernel", folder.parent
    write_expected(work, compile_units(objects, work))
    subprocess.run(["gcc", "-fcommon", *FLAGS, "-I", work, "-c",
                    FOLDER / "main.c", "-o", objects / "main.o"], check=True)
    subprocess.run(["nasm", "-f", "elf64", *(["-DHALT"] if halts else []),
                    FOLDER / "start.asm", "-o", objects / "a-start.o"],
                   check=True)
    return kernel
