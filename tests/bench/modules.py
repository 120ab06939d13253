#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What modules cost: in a chain, where each needs the one before it, and in a fan,
where all need the first.

    tests/bench/modules.py          both, with few and with many modules
"""

import sys

import boots
import inputs
import measuring

SHAPES = ["chain", "fan"]
COUNTS = [125, 250, 500]
FLAT = 1.25  # per module, many against few

HEAD = """\
## Modules at boot

{today}. As above, the sample kernel and modules of one function, two pointers and
three relocations each, in a folder: thousand instructions per module, what the boot
takes without any taken off. In a chain each needs the one before it, in a fan all need
the first.
"""

MODULE = """\
.text
.globl f{i}
f{i}: {need}
call print
ret
.data
.quad f{i}
.section .bootlink.exports,"aw"
.quad f{i}
.section .bootlink.init,"aw"
.quad f{i}
"""


def need(shape, i):
    if i == 0:
        return ""
    return f"call f{i - 1}" if shape == "chain" else "call f0"


def generate(shape, count=max(COUNTS)):
    """The modules, once: a folder of m0000.ko and so on. The first of them are
    good without the others."""
    folder = boots.WORK / f"modules.{shape}"
    if (folder / "done").exists():
        return folder
    inputs.empty(folder)
    for i in range(count):
        source = folder / "m.s"
        source.write_text(MODULE.format(i=i, need=need(shape, i)))
        inputs.run("as", "--64", source, "-o", folder / f"m{i:04}.ko")
    (folder / "done").touch()
    return folder


def files(shape, count):
    return sorted(generate(shape).glob("*.ko"))[:count]


# ---- on the host -------------------------------------------------------------

def linked(kernel, shape, count):
    """Instructions of `bootlink link`."""
    words = [word for path in files(shape, count)
             for word in ("--module", path.resolve())]
    return measuring.callgrind([boots.built("bootlink"), "link", "--script",
                                kernel.script.resolve(),
                                kernel.entry.resolve(),
                                kernel.archive.resolve(), *words])


# ---- at boot -----------------------------------------------------------------

def booted(kernel, shape, count):
    """Instructions of a boot."""
    def fill(folder, case):
        loader = boots.fill_linked(folder, case)
        (folder / "modules").mkdir()
        for path in files(shape, count):
            inputs.run("cp", path, folder / "modules")
        with open(folder / "bootlink.conf", "a", encoding="utf-8") as config:
            config.write("    module_path: boot():/modules/\n" if count else "")
        return loader
    boots.FILL["modules"] = fill
    run = boots.boot(boots.volume(kernel, "modules"))
    assert f"and {count} modules" in run.serial, run.serial
    return run.count


def per_module(measure, kernel, shape, counts):
    """Instructions per module, for each count."""
    base = measure(kernel, shape, 0)
    return [(measure(kernel, shape, count) - base) / count for count in counts]


def main():
    kernel = boots.Kernel("sample")
    print(HEAD.format(today=measuring.today()))
    print("| modules | " + " | ".join(str(count) for count in COUNTS) + " |")
    print("|---|" + "---:|" * len(COUNTS))
    for shape in SHAPES:
        figures = per_module(booted, kernel, shape, COUNTS)
        print(f"| {shape} | " + " | ".join(f"{figure / 1000:.0f}"
                                            for figure in figures) + " |")
        if max(figures) > FLAT * min(figures):
            sys.exit(f"modules.py: {shape}: not flat within "
                     f"{100 * (FLAT - 1):.0f} %")


if __name__ == "__main__":
    main()
