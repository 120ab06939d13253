# SPDX-License-Identifier: BSD-2-Clause
"""A link takes as much memory as its inputs and its output, and not much more:
a small one lets go of all pages but those of names, a large one of most."""

import inputs
import instructions
import measuring
import pytest

# Times (inputs + output), and so much more.
MULTIPLE, MORE = 1, 4 << 20


@pytest.mark.parametrize("name", ["4m", "32m"])
@pytest.mark.usefixtures("cases")
def test_memory(name):
    with inputs.alone():
        case, output = inputs.get(name), inputs.BENCH / "out.memory"
    run = measuring.once(case.command([instructions.linker()], output))
    size = output.stat().st_size
    output.unlink()
    assert run.status == 0
    assert run.memory <= MULTIPLE * (case.size + size) + MORE
