# SPDX-License-Identifier: BSD-2-Clause
"""Modules in C by two compilers, C++, NASM and Rust, in one boot: each calls the
one before it, and gets its parameters before its constructors run."""

import esp
import languages
import pytest
import vm

PARAMETERS = 'count=3 whom="all of you" list=1,-2,0x10'
DESCRIPTIONS = {"gcc": "C", "clang": "C", "cpp": "C++", "nasm": "NASM",
                "rust": "Rust"}


def build(folder):
    """The volume, and the modules on it in the order of their needs. They are
    named the other way round."""
    volume = esp.Esp(folder)
    languages.build_kernel(volume.path("kernel/kernel.o"))
    names = languages.build_modules(volume.folder / "modules")
    config = esp.CONFIG + "    cmdline: verbose kernel.answer=37 gcc.count=9\n"
    for name in reversed(names):
        config += (f"    module_path: boot():/modules/{name}.ko\n"
                   f"    module_cmdline: {PARAMETERS}\n")
    volume.config(config)
    return volume, names


@pytest.fixture(scope="module", name="booted")
def boot_once(tmp_path_factory):
    volume, names = build(tmp_path_factory.mktemp("languages") / "esp")
    machine = vm.Machine(volume.image())
    status = machine.wait()
    serial = machine.serial()
    machine.close()
    return status, serial, names


@pytest.mark.parametrize("name", languages.COMMANDS)
def test_a_module_in(booted, name):
    if name in languages.missing():
        pytest.skip(f"{languages.missing()[name]} is not installed")
    _, serial, names = booted
    count = 9 if name == "gcc" else 3
    at = names.index(name)
    needs = f", and needs {names[at - 1]}" if at else ""
    said = [f"{name} 1.0 is a module in {DESCRIPTIONS[name]}{needs}",
            f"{name} greets all of you {count} times: 1 -2 16; "
            f"before it: {37 + at}"]
    assert "\n".join(said) in serial.replace("\r", "")
    assert f"\n{name} ends\n" in serial.replace("\r", "")


def test_all_is_well(booted):
    status, serial, names = booted
    assert status == vm.PASSED
    ends = [line.split()[0] for line in serial.splitlines()
            if line.endswith((" ends", " is gone"))]
    expected = [name for name in reversed(names) for _ in
                range(2 if name in ("gcc", "clang", "cpp") else 1)]
    assert ends == expected


def test_a_parameter_that_is_wrong(boot, tmp_path):
    """Nothing is entered; the screen says what there is."""
    volume = esp.Esp(tmp_path / "esp")
    languages.build_kernel(volume.path("kernel/kernel.o"))
    languages.build_modules(volume.folder / "modules")
    volume.config(esp.CONFIG + "    cmdline: gcc.count=-1\n"
                  "    module_path: boot():/modules/gcc.ko\n")
    machine = boot(volume)
    assert machine.wait() == vm.NOTHING_BOOTED
    said = ("modules/gcc.ko: parameter 'count=-1': '-1' is no uint; give a number "
            "from 0 to 4294967295. The module has:\n"
            "    count (uint): how often\n"
            "    list (int, up to 4)\n"
            "    whom (string): who is greeted\n")
    assert said in machine.serial().replace("\r", "")
