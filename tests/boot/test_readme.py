# SPDX-License-Identifier: BSD-2-Clause
"""The README is followed word by word: what it says to paste is pasted, in the
root of the project, and does what it says."""

import re
import subprocess

import esp
import monitor
import pytest
import vm


@pytest.fixture(name="root")
def make_root(tmp_path):
    """Looks like the root of the project, so that `..` is the test's own. Only
    what `make run ESP=` writes is not shared."""
    root = tmp_path / "bootlink"
    (root / "build").mkdir(parents=True)
    for path in esp.TOP.iterdir():
        if path.name not in (".git", "build"):
            (root / path.name).symlink_to(path)
    for path in esp.BUILD.iterdir():
        if path.name not in ("run", "run.img"):
            (root / "build" / path.name).symlink_to(path)
    return root


def blocks(title, kind):
    """What stands between ```kind and ``` in a section of the README."""
    text = (esp.TOP / "README.md").read_text(encoding="utf-8")
    section = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text,
                        re.MULTILINE | re.DOTALL).group(1)
    return re.findall(rf"^```{kind}\n(.*?)^```$", section,
                      re.MULTILINE | re.DOTALL)


def paste(root, title):
    commands = "\n".join(blocks(title, "sh"))
    done = subprocess.run(["sh", "-e", "-c", commands], cwd=root,
                          env=esp.outer_environment(),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=300, check=False)
    output = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, output
    return output


def test_nothing_is_made_again_by_another_name_of_the_folder(root):
    made = subprocess.run(["make", "build/BOOTX64.EFI", "kernel"], cwd=root,
                          env=esp.outer_environment(), text=True, check=True,
                          stdout=subprocess.PIPE, timeout=300).stdout
    assert " -c " not in made


def test_a_kernel_and_a_module_of_ones_own(root):
    assert "\nmy kernel says: hello, world\n" in paste(
        root, "A kernel of your own")
    output = paste(root, "Your first module")
    booted, at_a_desk = blocks("Your first module", "text")
    assert booted in output
    assert output.endswith(at_a_desk)
    symbols = paste(root, "What a boot did, again")
    assert re.search(r"^ffffffffadc[0-9a-f]{5} T _start$", symbols,
                     re.MULTILINE)


def test_the_linker_in_place_of_gnu_ld(root):
    assert paste(root, "The linker at a desk").endswith("42\n")


# ---- the session with the monitor ------------------------------------------------


def session_of(title):
    """What is typed in a section's session, and the lines of each answer."""
    text = (esp.TOP / "README.md").read_text(encoding="utf-8")
    block = re.search(rf"^## {title}\n.*?^```text\n(.*?)^```$", text,
                      re.MULTILINE | re.DOTALL).group(1)
    return [(part.split("\n")[0], part.split("\n")[1:-1])
            for part in block.split("monitor> ")[1:]]


def pattern_of(lines):
    """A line `...` is any number of lines; numbers are those of another boot."""
    patterns = []
    for line in lines:
        if line == "...":
            patterns.append(r"(?:.*\n)*?")
            continue
        line = re.sub(r"[0-9a-f]{16}|(?<=0x)[0-9a-f]+|[0-9a-f]{2}(?= |$)|"
                      r" +\d+(?= KiB)", "#", line)
        patterns.append(re.escape(line).replace(r"\#", "[0-9a-f ]+") + r"\n")
    return "".join(patterns)


def test_the_session_with_the_monitor(tmp_path):
    typed = session_of("In the running kernel")
    session = monitor.Session(monitor.volume(tmp_path / "esp").image())
    assert len(typed) > 5 and typed[-1] == ("poweroff", [])
    for line, lines in typed[:-1]:
        assert re.fullmatch(pattern_of(lines), session.ask(line)), line
    session.machine.type("poweroff\r")
    assert session.machine.wait(30) == vm.PASSED
    session.close()
