# SPDX-License-Identifier: BSD-2-Clause
"""EFI system partitions for the boot tests: folders made from build/esp/."""

import fcntl
import os
import pathlib
import shutil
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = TOP / os.environ.get("BUILD", "build")
CC = os.environ.get("CC", "cc")

# The config of most tests: no menu to wait for.
CONFIG = """\
timeout: 0

/Test
    protocol: bootlink
    kernel_path: boot():/kernel/
"""


class Esp:
    """A folder that becomes the boot volume."""

    def __init__(self, folder, loader="BOOTX64.EFI"):
        self.folder = folder
        self.add("EFI/BOOT/BOOTX64.EFI", BUILD / loader)

    def path(self, name):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def add(self, name, source):
        shutil.copy(source, self.path(name))

    def write(self, name, text):
        self.path(name).write_text(text, encoding="utf-8")

    def config(self, text):
        self.write("bootlink.conf", text)

    def remove(self, name):
        self.path(name).unlink()

    def image(self):
        """The disk image of it."""
        image = self.folder.with_suffix(".img")
        subprocess.run([TOP / "tools/mkdisk", image, self.folder], check=True)
        return image


def sample(folder, twin=None, loader="BOOTX64.EFI"):
    """The sample kernel as `make` puts it on the ESP, or a twin of it with one
    thing broken."""
    esp = Esp(folder, loader)
    shutil.copytree(BUILD / "esp", folder, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("EFI"))
    if twin:
        for file in (twin_folder(twin)).glob("*.[oa]"):
            esp.add(f"kernel/{file.name}", file)
    return esp


def twin_folder(twin):
    """Builds the sample kernel with -DBREAK_<twin>."""
    folder = BUILD / "twins" / twin.lower()
    make("kernel", f"KERNEL={inside(folder)}",
         f"BREAK=-DBREAK_{twin}")
    return folder


def inside(path):
    """A path as the Makefile sees it."""
    return os.path.relpath(path, TOP)


def make(*arguments):
    """One make at a time: tests run side by side."""
    with open(BUILD / "tests-make.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(["make", "--no-print-directory", "-s",
                        f"BUILD={inside(BUILD)}", *arguments],
                       cwd=TOP, check=True, env=outer_environment())


def outer_environment():
    """Without the variables by which an outer make talks to an inner one."""
    return {name: value for name, value in os.environ.items()
            if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}


# ---- kernels of the tests' own ----------------------------------------------

KERNEL_FLAGS = ["-std=c11", "-O2", "-ffreestanding", "-fno-pic", "-fno-pie",
                "-mno-red-zone", "-mgeneral-regs-only",
                "-fno-stack-protector", "-fno-asynchronous-unwind-tables",
                "-fcommon", "-Wall", "-Wextra", "-I", str(TOP / "include")]


def compile_c(source, target, *flags, compiler=CC):
    """Compiles a file of tests/boot/kernels/."""
    source = TOP / "tests/boot/kernels" / source
    subprocess.run([compiler, *KERNEL_FLAGS, *flags, "-c", source, "-o", target],
                   check=True)


def assemble(source, target):
    source = TOP / "tests/boot/kernels" / source
    subprocess.run(["nasm", "-f", "elf64", source, "-o", target], check=True)
