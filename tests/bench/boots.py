#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Boots whose instructions are counted, from the loader's start to the kernel's
entry.

    tests/bench/boots.py            what the sample kernel's take, and took
    tests/bench/boots.py --write    keeps what they take now

QEMU counts: with -icount time passes by instructions alone, and boot/meter.c and
boot/entry.asm say when. What the disk's driver does is left out, as it waits for a
disk of the host's; the rest is the same at every run, but for the timer's ticks,
which come while more or less of it is done.
"""

import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from typing import NamedTuple

import inputs
import instructions

sys.path.insert(0, str(inputs.TOP / "tools"))
import vm  # noqa: E402

WORK = inputs.BENCH / "boot"
SHIFT = 4  # an instruction takes 2^4 ns; the time stamp counter counts ns
LOAD_ADDRESS = "0x2000000"  # OVMF has nothing of its own there
SECONDS = 600  # for one boot

# What the figures of the bench allow.
RATIO, FIXED, AN_ITEM, A_BYTE = 1.10, 3_000_000, 300, 1

# By what the kernel's own entry calls.
ROOTS = {"sample": "kernel_main", "4m": "bench_part_0", "32m": "bench_part_0",
         "thousand": "bench_part_0"}

CONFIG = """\
timeout: 0

/Bench
    protocol: bootlink
    kernel_path: boot():/kernel.elf
    kaslr: no
"""
FOLDER = CONFIG.replace("kernel.elf", "kernel/") + """\
    script_path: boot():/kernel.ld
"""

GRUB_MODULES = ["part_gpt", "fat", "multiboot2", "boot"]
GRUB_CONFIG = "multiboot2 /kernel.elf\nboot\n"


# ---- kernels -----------------------------------------------------------------

def layout():
    """linker.ld with what GRUB wants besides: load addresses below 4 GiB and a
    Multiboot2 header in front."""
    script = inputs.layout().read_text()
    script = re.sub(r"^    (\.\w+) : ", rf"    \1 : AT(ADDR(\1) - KERNEL_VMA + "
                    rf"{LOAD_ADDRESS}) ", script, flags=re.MULTILINE)
    script = script.replace("__text_start = .;",
                            "KEEP(*(.multiboot)) __text_start = .;")
    path = WORK / "kernel.ld"
    path.write_text(script + "bench_entry_physical = _start - KERNEL_VMA + "
                    f"{LOAD_ADDRESS};\n")
    return path


def without_entry(case):
    """The objects of an input, but for the kernel's own entry."""
    return [pathlib.Path(path) for path in case.files
            if not str(path).endswith(("start.o", ".a"))]


def objects(name):
    if name != "sample":
        return without_entry(inputs.get(name))
    library = inputs.BUILD / "kernel/lib"
    found = without_entry(inputs.get(name))
    return found + [library / f"{part}.o" for part in
                    ("print", "string", "serial")]


class Kernel:
    """One kernel in three forms: its objects, with an entry that says that it
    was entered; the entry and an archive of the others; linked."""

    def __init__(self, name):
        WORK.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.folder = inputs.empty(WORK / name)
        self.script = layout()
        self.objects = objects(name)
        self.entry = self.folder / "entry.o"
        self.archive = self.folder / "kernel.a"
        self.file = self.folder / "kernel.elf"
        inputs.run("nasm", "-f", "elf64", f"-DROOT={ROOTS[name]}",
                   inputs.TOP / "tests/bench/boot/entry.asm", "-o", self.entry)
        inputs.run("ar", "rcsD", self.archive, *self.objects)
        inputs.run(built("ld.bootlink"), "-T", self.script, "-s", "-o",
                   self.file, self.entry, self.archive)

    def items(self):
        """Relocations, symbols and sections of what is loaded."""
        case = inputs.Input(self.name, ["-S", self.entry, *self.objects], [])
        return sum(int(number) for number, what in
                   re.findall(r"(\d+) (\w+)", inputs.counted(case))
                   if what != "objects")


# ---- boot volumes ------------------------------------------------------------

def built(name):
    inputs.make(inputs.BUILD / name)
    return inputs.BUILD / name


def fill_floor(folder, kernel):
    """The least that a loader does."""
    shutil.copy(kernel.file, folder)
    return built("bench/boot/floor.EFI")


def fill_exec(folder, kernel):
    """Bootlink, and a kernel that is linked already."""
    shutil.copy(kernel.file, folder)
    (folder / "bootlink.conf").write_text(CONFIG)
    return built("BOOTX64.EFI")


def fill_linked(folder, kernel, files=None):
    """Bootlink, and objects; if not said otherwise all but one in an archive."""
    (folder / "kernel").mkdir()
    for path in [kernel.entry, *(files or [kernel.archive])]:
        shutil.copy(path, folder / "kernel")
    shutil.copy(kernel.script, folder)
    (folder / "bootlink.conf").write_text(FOLDER)
    return built("BOOTX64.EFI")


def fill_files(folder, kernel):
    """Bootlink, and as many files as there are objects."""
    return fill_linked(folder, kernel, kernel.objects)


def fill_object(folder, kernel):
    """Bootlink, and one object of all."""
    one = kernel.folder / "kernel.o"
    inputs.run("ld.bfd", "-r", "-o", one, *kernel.objects)
    return fill_linked(folder, kernel, [one])


def fill_grub(folder, kernel):
    shutil.copy(kernel.file, folder)
    config, image = WORK / "grub.cfg", WORK / "grub.efi"
    config.write_text(GRUB_CONFIG)
    inputs.run("grub-mkimage", "-O", "x86_64-efi", "-p", "/", "-c", config, "-o",
               image, *GRUB_MODULES)
    return image


FILL = {"floor": fill_floor, "exec": fill_exec, "linked": fill_linked,
        "grub": fill_grub, "files": fill_files, "object": fill_object}


def volume(kernel, loader):
    """A disk image from which meter.c starts that loader with that kernel."""
    folder = inputs.empty(WORK / "esp")
    image = WORK / "disk.img"
    (folder / "EFI/BOOT").mkdir(parents=True)
    (folder / "bench").mkdir()
    shutil.copy(built("bench/boot/meter.EFI"), folder / "EFI/BOOT/BOOTX64.EFI")
    shutil.copy(FILL[loader](folder, kernel), folder / "bench/loader.efi")
    inputs.run(inputs.TOP / "tools/mkdisk", image, folder)
    return image


# ---- counting ----------------------------------------------------------------

class Boot(NamedTuple):
    """What a boot executed, in instructions, and what its loader said."""
    count: int  # outside the disk's driver
    disk: int
    serial: str

    def tasks(self):
        """Where Bootlink's went, by its own clock: {task: instructions}."""
        line = re.search(r"^time in us: (.*)$", self.serial, re.MULTILINE)
        found = {task: int(time) * 1000 >> SHIFT for task, time in
                 re.findall(r"(\w+) (\d+)", line.group(1))}
        found["reading"] -= self.disk
        return found


def counted(events, serial):
    """The bytes that meter.c and entry.asm said, as a Boot."""
    times = dict.fromkeys("SDE", 0)
    disk = 0
    for at in range(0, len(events) - 8, 9):
        what, time = struct.unpack_from("<cQ", events, at)
        if what == b"d":
            disk += time - times["D"] >> SHIFT
        else:
            times[what.decode("ascii")] = time
    if not times["E"]:
        sys.exit(f"boots.py: the kernel was not entered:\n{serial}")
    total = times["E"] - times["S"] >> SHIFT
    if total <= disk:
        sys.exit(f"boots.py: {total} instructions, {disk} of them the disk's: "
                 "what the boot said is damaged; measure again")
    return Boot(total - disk, disk, serial)


def boot(image, disk="virtio"):
    # A file of its own: another boot may be counted at the same time.
    with tempfile.NamedTemporaryFile(dir=WORK, prefix="events-") as events:
        options = ["-icount", f"shift={SHIFT},sleep=off",
                   "-chardev", f"file,id=events,path={events.name}",
                   "-device", "isa-debugcon,iobase=0xe9,chardev=events"]
        with vm.Machine(image, options=options, disk=disk) as machine:
            try:
                machine.wait(SECONDS)
            except vm.Gone as gone:
                sys.exit(f"boots.py: {gone}:\n{machine.serial()}")
            serial = machine.serial()
        return counted(pathlib.Path(events.name).read_bytes(), serial)


def exec_limit(floor):
    """The most for a kernel that is linked already."""
    return floor * RATIO + FIXED


def linked_limit(floor, kernel):
    """The most for one that is linked at boot."""
    return (exec_limit(floor) + kernel.items() * AN_ITEM +
            kernel.file.stat().st_size * A_BYTE)


# ---- what it took ------------------------------------------------------------

def kept_name(loader):
    """In instructions.csv."""
    return f"boot {loader}"


def measured(loader, kernel):
    """The least of three: a disk that is late lets the firmware poll for it."""
    image = volume(kernel, loader)
    return min((boot(image) for _ in range(3)), key=lambda run: run.count)


def main():
    kept, name = instructions.read(), instructions.compiler(
        built("BOOTX64.elf"))
    kernel = Kernel("sample")
    for loader in ("floor", "exec", "linked"):
        run, key = measured(loader, kernel), (name, kept_name(loader))
        before = kept.get(key)
        change = f"{100 * run.count / before - 100:+.1f} %" if before else "new"
        print(f"{', '.join(key)}: {run.count:,} instructions, {change}")
        kept[key] = run.count
    if "--write" in sys.argv[1:]:
        instructions.write(kept)


if __name__ == "__main__":
    main()
