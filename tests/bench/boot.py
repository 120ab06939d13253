#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The boot table: instructions from the start of a loader to the kernel's entry.

    tests/bench/boot.py                     all rows
    tests/bench/boot.py -k sample -l floor  some

QEMU counts them: with -icount time passes by instructions alone, and boot/meter.c
and boot/entry.asm say when. What the disk's driver does is left out, as it waits
for a disk of the host's; the rest is the same at every run.
"""

import argparse
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys

import inputs

sys.path.insert(0, str(inputs.TOP / "tools"))
import vm  # noqa: E402

WORK = inputs.BENCH / "boot"
SHIFT = 4  # an instruction takes 2^4 ns; the time stamp counter counts ns
# By what the kernel's own entry calls.
ROOTS = {"sample": "kernel_main", "4m": "bench_part_0", "32m": "bench_part_0"}
LOADERS = ["floor", "exec", "linked", "grub"]
LOAD_ADDRESS = "0x2000000"  # OVMF has nothing of its own there

CONFIG = """\
timeout: 0

/Bench
    protocol: bootlink
    kernel_path: boot():/{path}
    script_path: boot():/kernel.ld
    kaslr: no
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


def objects(name):
    """The kernel's objects, but for its entry."""
    if name != "sample":
        return inputs.objects(inputs.kernel(name))[1:]
    inputs.make(inputs.BUILD / "kernel")
    folder = inputs.BUILD / "kernel"
    return [path for path in sorted(folder.glob("**/*.o"))
            if path.name not in ("start.o", "untaken.o")]


class Kernel:
    """Two files: the entry, an archive of all else; and both linked."""

    def __init__(self, name):
        self.name = name
        self.folder = WORK / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.script = layout()
        self.entry = self.folder / "entry.o"
        self.archive = self.folder / "kernel.a"
        self.file = self.folder / "kernel.elf"
        subprocess.run(["nasm", "-f", "elf64", f"-DROOT={ROOTS[name]}",
                        inputs.TOP / "tests/bench/boot/entry.asm",
                        "-o", self.entry], check=True)
        self.archive.unlink(missing_ok=True)
        subprocess.run(["ar", "rcsD", self.archive, *objects(name)],
                       check=True)
        subprocess.run([built("ld.bootlink"), "-T", self.script, "-s",
                        "-o", self.file, self.entry, self.archive], check=True)


# ---- boot volumes ------------------------------------------------------------

def volume(kernel, loader):
    """A disk image from which meter.c starts that loader with that kernel."""
    folder = WORK / "esp"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "EFI/BOOT").mkdir(parents=True)
    (folder / "bench").mkdir()
    shutil.copy(built("bench/boot/meter.EFI"), folder / "EFI/BOOT/BOOTX64.EFI")
    FILL[loader](folder, kernel)
    image = WORK / "disk.img"
    subprocess.run([inputs.TOP / "tools/mkdisk", image, folder], check=True)
    return image


def built(name):
    inputs.make(inputs.BUILD / name)
    return inputs.BUILD / name


def fill_floor(folder, kernel):
    shutil.copy(built("bench/boot/floor.EFI"), folder / "bench/loader.efi")
    shutil.copy(kernel.file, folder)


def fill_exec(folder, kernel):
    shutil.copy(built("BOOTX64.EFI"), folder / "bench/loader.efi")
    shutil.copy(kernel.file, folder)
    (folder / "bootlink.conf").write_text(CONFIG.format(path="kernel.elf")
                                          .replace("    script", "    # "))


def fill_linked(folder, kernel):
    shutil.copy(built("BOOTX64.EFI"), folder / "bench/loader.efi")
    (folder / "kernel").mkdir()
    shutil.copy(kernel.entry, folder / "kernel")
    shutil.copy(kernel.archive, folder / "kernel")
    shutil.copy(kernel.script, folder)
    (folder / "bootlink.conf").write_text(CONFIG.format(path="kernel/"))


def fill_grub(folder, kernel):
    config = WORK / "grub.cfg"
    config.write_text(GRUB_CONFIG)
    subprocess.run(["grub-mkimage", "-O", "x86_64-efi", "-p", "/", "-c", config,
                    "-o", folder / "bench/loader.efi", *GRUB_MODULES],
                   check=True)
    shutil.copy(kernel.file, folder)


FILL = {"floor": fill_floor, "exec": fill_exec, "linked": fill_linked,
        "grub": fill_grub}


# ---- counting ----------------------------------------------------------------

class Boot:
    """What a boot executed, in instructions."""

    def __init__(self, events, serial):
        start = disk = end = begun = 0
        for at in range(0, len(events) - 8, 9):
            what, time = struct.unpack_from("<cQ", events, at)
            if what == b"S":
                start = time
            elif what == b"D":
                begun = time
            elif what == b"d":
                disk += time - begun
            elif what == b"E":
                end = time
        self.entered = end > 0
        self.disk = disk >> SHIFT
        self.count = (end - start >> SHIFT) - self.disk
        self.serial = serial


def boot(image, disk, seconds=300):
    events = WORK / "events"
    options = ["-icount", f"shift={SHIFT},sleep=off",
               "-chardev", f"file,id=events,path={events}",
               "-device", "isa-debugcon,iobase=0xe9,chardev=events"]
    with vm.Machine(image, options=options, disk=disk) as machine:
        status = machine.wait(seconds)
        serial = machine.serial()
    result = Boot(events.read_bytes(), serial)
    if status != vm.PASSED or not result.entered:
        sys.exit(f"boot.py: the kernel was not entered:\n{serial}")
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-k", "--kernel", action="append", choices=ROOTS)
    parser.add_argument("-l", "--loader", action="append", choices=LOADERS)
    parser.add_argument("-d", "--disk", action="append", choices=vm.DISKS)
    parser.add_argument("-v", "--verbose", action="store_true")
    arguments = parser.parse_args()
    for name in arguments.kernel or ROOTS:
        kernel = Kernel(name)
        for loader in arguments.loader or LOADERS:
            image = volume(kernel, loader)
            for disk in arguments.disk or vm.DISKS:
                result = boot(image, disk)
                print(f"{name:7} {loader:7} {disk:7} "
                      f"{result.count / 1e6:8.2f} M {result.disk / 1e6:8.2f} M",
                      flush=True)
                if arguments.verbose:
                    print(result.serial)


if __name__ == "__main__":
    main()
