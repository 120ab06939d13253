# SPDX-License-Identifier: BSD-2-Clause
"""A link takes as much memory as its inputs and its output, and not much more."""

import inputs
import instructions
import measuring

# Times (inputs + output), and so much more.
MULTIPLE, MORE = 1, 4 << 20


def test_memory(cases):
    case, output = cases["4m"], inputs.BENCH / "out.memory"
    run = measuring.once(case.command([instructions.linker()], output))
    size = output.stat().st_size
    output.unlink()
    assert run.status == 0
    assert run.memory <= MULTIPLE * (case.size + size) + MORE
