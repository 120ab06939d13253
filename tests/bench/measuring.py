# SPDX-License-Identifier: BSD-2-Clause
"""What a command takes: time and memory as the system accounts for them, and
instructions as valgrind counts them, which are the same on every machine."""

import glob
import os
import platform
import re
import statistics
import subprocess
import time
from typing import NamedTuple

import inputs

CALLGRIND = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]

# glibc has a memcpy for each processor; everywhere the plain one is taken, so
# that the counts are the same.
PLAIN = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,"
         "-AVX_Fast_Unaligned_Load,-ERMS,-FSRM"}
SECONDS = 3600  # for one command


class Run(NamedTuple):
    cpu: float  # seconds
    wall: float
    memory: int  # bytes, at the peak
    status: int


def once(command):
    """One run, by tests/bench/measure.c."""
    said = subprocess.run([inputs.BENCH / "measure", *command],
                          cwd=inputs.TOP, check=True, text=True,
                          timeout=SECONDS, stdout=subprocess.PIPE).stdout
    user, system, wall, memory, status = map(int, said.split())
    return Run((user + system) / 1e6, wall / 1e6, memory << 10, status)


class Runs:
    """Several runs of one command."""

    def __init__(self, runs):
        self.runs = runs

    def median(self, figure):
        return statistics.median(getattr(run, figure) for run in self.runs)

    def least(self, figure):
        return min(getattr(run, figure) for run in self.runs)


def interleaved(commands, rounds):
    """Runs the commands in turn, so that all meet the same machine; the first
    round is not counted. Outputs are removed: nobody writes over an old one.

    Each round begins with the next one, and every second goes backwards: memory
    that the one before has left is ready at once, so nobody always comes after
    the same, or after itself."""
    inputs.program("measure")
    runs = {name: [] for name in commands}
    for turn in range(rounds + 1):
        first = turn % len(commands)
        order = [*commands][first:] + [*commands][:first]
        for name in order if turn % 2 else reversed(order):
            command, output = commands[name]
            output.unlink(missing_ok=True)
            run = once(command)
            assert run.status == 0, f"{name}: status {run.status}: {command}"
            if turn > 0:
                runs[name].append(run)
    return {name: Runs(list_) for name, list_ in runs.items()}


def callgrind(command):
    """The instructions that a command takes in user space."""
    done = subprocess.run([*CALLGRIND, *command], cwd=inputs.TOP, text=True,
                          timeout=SECONDS, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, check=False,
                          env={**os.environ, **PLAIN})
    found = re.search(r"Collected : (\d+)", done.stderr)
    assert done.returncode == 0 and found, done.stderr
    return int(found.group(1))


def newest_lld():
    """ld.lld-N with the largest N, or ld.lld."""
    found = sorted(glob.glob("/usr/bin/ld.lld-*"),
                   key=lambda path: int(path.rsplit("-", 1)[1]))
    return found[-1].rsplit("/", 1)[1] if found else "ld.lld"


def machine():
    """The kind of machine, as /proc/cpuinfo has it."""
    with open("/proc/cpuinfo", encoding="ascii") as file:
        text = file.read()
    models = re.findall(r"model name\s*: (.*)", text)
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    return f"{models[0]}, {len(models)} processors, {system}"


def today():
    return time.strftime("%Y-%m-%d")


def lines(head, rows):
    """Of a Markdown table; numbers to the right."""
    yield "| " + " | ".join(head) + " |"
    yield "|---" + "|---:" * (len(head) - 1) + "|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def table(head, rows):
    return "\n".join(lines(head, rows))


def show_table(head, rows):
    """Each row as soon as it is measured."""
    for line in lines(head, rows):
        print(line, flush=True)
