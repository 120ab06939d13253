#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The host table: a link by ld.bootlink and by the linkers that people use.

    tests/bench/host.py                     all inputs, 5 rounds
    tests/bench/host.py --rounds 3 4m musl  some

All run in turn on the same inputs with the same options: one thread, no build-id,
the same script. `floor` reads the same files and writes as many bytes
(floor.c). Below each table stand the figures to reach, and whether they are.
"""

import argparse
import subprocess

import inputs
import measuring

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


def report(case, rounds, instructions=True):
    """The input's table, with the verdicts below."""
    commands, refused = commands_of(case)
    runs = measuring.interleaved(commands, rounds)
    size = output_of("ld.bootlink").stat().st_size
    counts = {name: measuring.callgrind(command) if instructions else 1
              for name, (command, _) in commands.items()}
    print(f"### {case.name}\n\n{inputs.counts(case)}, {size} of output.\n")
    print(measuring.table(
        ["", "CPU ms (least)", "wall ms (least)", "peak MiB",
         "million instructions", "CPU: ours /", "memory: ours /",
         "instructions: ours /"], rows(runs, counts, runs["ld.bootlink"])))
    print()
    for name, why in refused.items():
        print(f"- {name} refuses: `{why}`")
    for what, value, limit in figures(case, runs, counts, size):
        verdict = "reached" if value <= limit else "missed"
        print(f"- {what}: {value:.2f}, at most {limit}: {verdict}")
    print(flush=True)
    for _, output in commands.values():
        output.unlink(missing_ok=True)


def versions():
    said = [subprocess.run([linker[0], "--version"], cwd=inputs.TOP, text=True,
                           check=True, stdout=subprocess.PIPE).stdout
            .splitlines()[0] for linker in linkers().values()]
    return "; ".join(said)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true",
                        help="no instructions, which take most of the time")
    parser.add_argument("names", nargs="*", metavar="input",
                        help=" ".join(inputs.NAMES))
    arguments = parser.parse_args()
    inputs.make(inputs.BUILD / "ld.bootlink")
    print(f"## On the host\n\n{measuring.today()}, {measuring.machine()}. "
          f"Medians of {arguments.rounds} rounds.\n{versions()}.\n")
    for name in arguments.names or inputs.NAMES:
        report(inputs.get(name), arguments.rounds, not arguments.quick)


if __name__ == "__main__":
    main()
