#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The host table: a link by ld.bootlink and by the linkers that people use.

    tests/bench/host.py                     all inputs, 12 rounds
    tests/bench/host.py --rounds 3 4m musl  some

All run in turn on the same inputs with the same options: one thread, no build-id,
the same script. `floor` reads the same files and writes as many bytes
(floor.c). Below each table stand the figures to reach, and whether they are.
"""

import argparse
import subprocess

import inputs
import measuring

OTHERS = ["ld.bfd", "ld.lld", "mold", "floor"]
ROUNDS = 12
LARGE = 10 << 20  # bytes of input from which on the stricter figures hold
MIB = 1 << 20


def linkers():
    """Names and commands; ours is the first."""
    return {
        "ld.bootlink": [inputs.inside(inputs.BUILD / "ld.bootlink")],
        "ld.bfd": ["ld.bfd"],
        "ld.lld": [measuring.newest_lld(), "--threads=1"],
        "mold": ["mold", "--no-fork", "--thread-count=1"],
    }


def refusal(command):
    """Why a linker does not do it, or None."""
    done = subprocess.run(command, cwd=inputs.TOP, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode == 0:
        return None
    lines = done.stdout.strip().splitlines()
    said = [line for line in lines if "rror" in line or "fatal" in line] or lines
    return said[0].strip()


def output_of(name):
    return inputs.BENCH / f"out.{name}"


def floor_command(case):
    size = output_of("ld.bootlink").stat().st_size
    return [inputs.inside(inputs.program("floor")),
            inputs.inside(output_of("floor")), str(size), *case.files]


def commands_of(case):
    """The commands to measure, and what others said who refuse."""
    commands, refused = {}, {}
    for name, linker in linkers().items():
        command = case.command(linker, output_of(name))
        why = refusal(command)
        if why is None:
            commands[name] = (command, output_of(name))
        else:
            refused[name] = why
    commands["floor"] = (floor_command(case), output_of("floor"))
    return commands, refused


def rows(runs, counts, ours):
    """One row a linker, the last columns against ours."""
    for name, run in runs.items():
        times = [f"{1000 * run.median(figure):.0f} ({1000 * run.least(figure):.0f})"
                 for figure in ("cpu", "wall")]
        yield [name, *times, f"{run.median('memory') / MIB:.1f}",
               f"{counts[name] / 1e6:.1f}",
               f"{ours.median('cpu') / run.median('cpu'):.2f}",
               f"{ours.median('memory') / run.median('memory'):.2f}",
               f"{counts['ld.bootlink'] / counts[name]:.2f}"]


def figures(case, runs, counts, size):
    """(what, its value, the limit) of all that is to be reached."""
    ours = runs["ld.bootlink"]

    def against(name, figure):
        return ours.median(figure) / runs[name].median(figure)

    if case.size > LARGE:
        yield "CPU / ld.lld", against("ld.lld", "cpu"), 0.5
        yield "CPU / ld.bfd", against("ld.bfd", "cpu"), 0.35
        yield ("instructions / ld.lld",
               counts["ld.bootlink"] / counts["ld.lld"], 0.25)
        yield "memory / ld.lld", against("ld.lld", "memory"), 0.5
        yield ("memory / (1.25 (inputs + output) + 4 MiB)",
               ours.median("memory") / memory_bound(case, size), 1)
    else:
        yield "CPU / ld.bfd", against("ld.bfd", "cpu"), 1
    yield "aim: CPU / floor", against("floor", "cpu"), 4


def memory_bound(case, size):
    return 1.25 * (case.size + size) + 4 * MIB


class Result:
    """All runs of one input by all linkers."""

    def __init__(self, case, rounds, instructions):
        commands, self.refused = commands_of(case)
        self.case = case
        self.runs = measuring.interleaved(commands, rounds)
        self.size = output_of("ld.bootlink").stat().st_size
        self.counts = {name: measuring.callgrind(command) if instructions else 1
                       for name, (command, _) in commands.items()}
        for _, output in commands.values():
            output.unlink(missing_ok=True)

    def figures(self):
        return figures(self.case, self.runs, self.counts, self.size)

    def show(self):
        """The input's table, with the verdicts below."""
        ours = self.runs["ld.bootlink"]
        print(f"### {self.case.name}\n\n{inputs.counts(self.case)}, "
              f"{self.size} of output.\n")
        print(measuring.table(
            ["", "CPU ms (least)", "wall ms (least)", "peak MiB",
             "million instructions", "CPU: ours /", "memory: ours /",
             "instructions: ours /"], rows(self.runs, self.counts, ours)))
        print()
        for name, why in self.refused.items():
            print(f"- {name} refuses: `{why}`")
        for what, value, limit in self.figures():
            print(f"- {what}: {value:.2f}, at most {limit}: "
                  f"{verdict(value, limit)}")
        print(flush=True)

    def summary(self):
        """The input's row in the table of all."""
        ours = self.runs["ld.bootlink"]
        cells = [self.case.name, f"{self.case.size / MIB:.1f}",
                 f"{1000 * ours.median('cpu'):.0f}"]
        cells += [self.ratio(name, "cpu") for name in OTHERS]
        cells += [f"{self.counts['ld.bootlink'] / 1e6:.0f}"]
        cells += [f"{self.counts['ld.bootlink'] / self.counts[name]:.2f}"
                  if name in self.runs else "-" for name in OTHERS[:-1]]
        cells += [f"{ours.median('memory') / MIB:.1f}"]
        cells += [self.ratio(name, "memory") for name in OTHERS[:-1]]
        missed = [what for what, value, limit in self.figures()
                  if value > limit]
        return cells + ["; ".join(missed) or "all reached"]

    def ratio(self, name, figure):
        if name not in self.runs:
            return "-"
        ours = self.runs["ld.bootlink"].median(figure)
        return f"{ours / self.runs[name].median(figure):.2f}"


def verdict(value, limit):
    return "reached" if value <= limit else "missed"


def summary(results):
    """One row an input."""
    others = [f"/ {name[3:] if name.startswith('ld.') else name}"
              for name in OTHERS]
    return measuring.table(
        ["input", "MiB", "CPU ms", *others, "million instructions",
         *others[:-1], "peak MiB", *others[:-1], "missed"],
        [result.summary() for result in results])


def versions():
    said = [subprocess.run([linker[0], "--version"], cwd=inputs.TOP, text=True,
                           check=True, stdout=subprocess.PIPE).stdout
            .splitlines()[0] for linker in linkers().values()]
    return "; ".join(said)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--quick", action="store_true",
                        help="no instructions, which take most of the time")
    parser.add_argument("names", nargs="*", metavar="input",
                        help=" ".join(inputs.NAMES))
    arguments = parser.parse_args()
    inputs.make(inputs.BUILD / "ld.bootlink")
    print(f"## On the host\n\n{measuring.today()}, {measuring.machine()}. "
          f"Medians of {arguments.rounds} rounds.\n{versions()}.\n")
    results = []
    for name in arguments.names or inputs.NAMES:
        results.append(Result(inputs.get(name), arguments.rounds,
                              not arguments.quick))
        results[-1].show()
    print(f"### ld.bootlink and the others\n\nWhat ld.bootlink takes, and the "
          f"ratio to what others take.\n\n{summary(results)}\n")


if __name__ == "__main__":
    main()
