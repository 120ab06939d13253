#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The boot tables: instructions from a loader's start to the kernel's entry.

    tests/bench/boot.py             all
    tests/bench/boot.py sample      of some kernels, without what reading costs

Each boot is done twice; how far the two are apart is printed below the table.
"""

import sys

import boots
import files
import inputs
import measuring

KERNELS = ["sample", "4m", "32m"]
LOADERS = ["floor", "exec", "linked", "grub"]
NAMES = {"exec": "linked already", "linked": "linked at boot", "grub": "GRUB"}

HEAD = """\
## Boot

{today}. QEMU, `-icount shift={shift}`, OVMF: million instructions from the loader's
start to the kernel's entry, without those of the disk's driver. The floor reads, copies
and jumps. *At most* is {ratio:.2f} times the floor and {fixed} million; and for a link
{item} for each relocation, symbol and section besides, and {byte} for each byte of the
image.
"""


def million(count):
    return f"{count / 1e6:.2f}"


class Row:
    """One kernel from one kind of disk, by all loaders, each twice."""

    def __init__(self, kernel, disk):
        self.kernel, self.disk = kernel, disk
        self.runs = {}
        for loader in LOADERS:
            image = boots.volume(kernel, loader)
            self.runs[loader] = [boots.boot(image, disk) for _ in range(2)]

    def count(self, loader):
        return min(run.count for run in self.runs[loader])

    def apart(self):
        """The most that two runs of one boot differ, as a ratio."""
        return max(max(run.count for run in runs) / min(run.count for run in runs)
                   for runs in self.runs.values()) - 1

    def cells(self):
        floor = self.count("floor")
        counts = [floor, self.count("exec"), boots.exec_limit(floor),
                  self.count("linked"), boots.linked_limit(floor, self.kernel),
                  self.count("grub")]
        return [f"{self.kernel.name}, {self.disk}", *map(million, counts)]

    def tasks(self, loader):
        run = min(self.runs[loader], key=lambda run: run.count)
        return run.tasks()


def show_counts(kernels):
    """The first table; its rows."""
    rows = []

    def measured():
        for kernel in kernels:
            for disk in boots.vm.DISKS:
                rows.append(Row(kernel, disk))
                yield rows[-1].cells()

    print(HEAD.format(today=measuring.today(), shift=boots.SHIFT,
                      ratio=boots.RATIO, fixed=boots.FIXED // 1_000_000,
                      item=boots.AN_ITEM, byte=boots.A_BYTE))
    measuring.show_table(["kernel, disk", "floor", NAMES["exec"], "at most",
                          NAMES["linked"], "at most", NAMES["grub"]],
                         measured())
    apart = 100 * max(row.apart() for row in rows)
    print(f"\nTwo runs of one boot are at most {apart:.1f} % apart.\n")
    return rows


def show_tasks(rows):
    """Where Bootlink's instructions go, by its own clock."""
    rows = [row for row in rows if row.disk == "virtio"]
    columns = [(f"{row.kernel.name} {NAMES[loader]}", row.tasks(loader))
               for row in rows for loader in ("exec", "linked")]
    print("Where they go, in thousands (virtio):\n")
    measuring.show_table(
        ["", *(name for name, _ in columns)],
        ([task, *(f"{tasks[task] / 1e3:.0f}" for _, tasks in columns)]
         for task in columns[0][1]))
    print()


def show_reading():
    """The same objects as a thousand files, as an archive, as one object."""
    inputs.KERNELS["thousand"] = files.OBJECTS
    kernel = boots.Kernel("thousand")
    forms = {"1,000 files": "files", "one archive": "linked",
             "one object": "object"}

    def row(name, loader):
        tasks = boots.boot(boots.volume(kernel, loader)).tasks()
        return [name, million(tasks["reading"]), million(tasks["firmware"])]

    print("The same objects, million instructions to read them (virtio):\n")
    measuring.show_table(["", "reading", "other firmware calls"],
                         (row(name, loader) for name, loader in forms.items()))
    print()


def main():
    names = sys.argv[1:] or KERNELS
    unknown = [name for name in names if name not in KERNELS]
    if unknown:
        sys.exit(f"{sys.argv[0]}: no such kernel: {' '.join(unknown)}; "
                 f"there are {' '.join(KERNELS)}")
    rows = show_counts([boots.Kernel(name) for name in names])
    show_tasks(rows)
    if not sys.argv[1:]:
        show_reading()


if __name__ == "__main__":
    main()
