# SPDX-License-Identifier: BSD-2-Clause
"""Each of 500 modules costs what each of 125 costs, whether they need each other
in a chain or all need one."""

import boots
import inputs
import modules
import pytest

FEW, MANY = min(modules.COUNTS), max(modules.COUNTS)


@pytest.fixture(scope="module", name="kernel")
def make_kernel():
    with inputs.alone():
        yield boots.Kernel("sample")


@pytest.mark.parametrize("shape", modules.SHAPES)
@pytest.mark.parametrize("measure", [
    modules.linked, pytest.param(modules.booted, marks=pytest.mark.long)],
    ids=["host", "boot"])
def test_modules_cost_the_same_each(kernel, shape, measure):
    few, many = modules.per_module(measure, kernel, shape, [FEW, MANY])
    assert many <= few * modules.FLAT
    assert few <= many * modules.FLAT
