# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the bench's tests."""

import pytest

import inputs
import instructions


@pytest.fixture(scope="session")
def cases():
    """The links whose cost is kept, and the linker for them."""
    with inputs.alone():
        instructions.linker()
        inputs.program("measure")
        return instructions.cases()
