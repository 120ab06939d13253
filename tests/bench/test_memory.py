# SPDX-License-Identifier: BSD-2-Clause
"""A link takes at most a quarter more memory than its inputs and its output
have, and a large one, which lets go of what it has read, less than these."""

import inputs
import instructions
import measuring
import pytest

# Besides.
MORE = 4 << 20


@pytest.mark.parametrize("name, most", [("4m", 1.25), ("32m", 1.25), ("huge", 0.75)])
@pytest.mark.usefixtures("cases")
def test_memory(name, most):
    with inputs.alone():
        case, output = inputs.get(name), inputs.BENCH / "out.memory"
    run = measuring.once(case.command([instructions.linker()], output))
    size = output.stat().st_size
    output.unlink()
    assert run.status == 0
    assert run.memory <= most * (case.size + size) + MORE
