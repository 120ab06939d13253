# SPDX-License-Identifier: BSD-2-Clause
"""A link takes no more instructions than it took when they were last kept."""

import pytest

import instructions


@pytest.mark.parametrize("name", ["4m", "mixed"])
def test_no_more_instructions(cases, name):
    count = instructions.measured(cases[name])
    limit = instructions.limit(instructions.read(), instructions.compiler(),
                               name)
    assert count <= limit, (
        f"{name}: {count:,} instructions, at most {limit:,.0f}: find out what "
        "takes them by valgrind --tool=callgrind; if they are worth it, keep "
        "them by tests/bench/instructions.py --write")
