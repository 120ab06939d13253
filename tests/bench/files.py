#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The same objects as a thousand files, as one archive and as one object.

    tests/bench/files.py

Opening files costs little on a host; at boot it is what costs (boot.py). Here
whole links are measured. The one object is what GNU ld makes of all by -r: it has
fewer bytes, and fewer sections and symbols.
"""

import inputs
import measuring

OBJECTS = (1000, 40_000, 160_000, 8 << 20)  # as in inputs.KERNELS
ROUNDS = 5


def cases():
    """The three links, by what they read."""
    inputs.KERNELS["thousand"] = OBJECTS
    files = inputs.kernel("thousand").files
    archive, one = inputs.BENCH / "thousand.a", inputs.BENCH / "thousand.o"
    archive.unlink(missing_ok=True)
    inputs.run("ar", "rcsD", archive, *files)
    inputs.run("ld.bfd", "-r", "-o", one, *files)
    script = ["-T", inputs.layout()]
    return {
        "1,000 files": inputs.Input("files", [*script, *files], files),
        "one archive": inputs.Input(
            "archive", [*script, "--whole-archive", archive], [archive]),
        "one object": inputs.Input("object", [*script, one], [one]),
    }


def commands(links):
    linker = [inputs.inside(inputs.BUILD / "ld.bootlink")]
    outputs = {name: inputs.BENCH / f"out.{case.name}"
               for name, case in links.items()}
    return {name: (case.command(linker, outputs[name]), outputs[name])
            for name, case in links.items()}


def main():
    inputs.make(inputs.BUILD / "ld.bootlink")
    links = cases()
    lines = commands(links)
    runs = measuring.interleaved(lines, ROUNDS)
    counts = {name: measuring.callgrind(command)
              for name, (command, _) in lines.items()}
    print(f"## Files and archives\n\n{measuring.today()}. "
          f"{inputs.counts(inputs.kernel('thousand'))}.\n")
    files = runs["1,000 files"]
    measuring.show_table(
        ["", "MiB", "CPU ms", "peak MiB", "million instructions",
         "CPU / 1,000 files"],
        ([name, f"{links[name].size / 2**20:.1f}",
          f"{1000 * run.median('cpu'):.0f}",
          f"{run.median('memory') / 2**20:.1f}", f"{counts[name] / 1e6:.1f}",
          f"{run.median('cpu') / files.median('cpu'):.2f}"]
         for name, run in runs.items()))
    print()


if __name__ == "__main__":
    main()
