# SPDX-License-Identifier: BSD-2-Clause
"""The made-up kernels are links like others: what ld.bootlink makes of them is
what GNU ld makes of them."""

import sys

import pytest

import inputs
import instructions

sys.path.append(str(inputs.TOP / "tests/differential"))

import links  # noqa: E402  tests/differential/links.py


@pytest.mark.parametrize("name", ["4m", "mixed"])
@pytest.mark.parametrize("options", [[], ["--gc-sections"]])
def test_same_as_gnu_ld(cases, tmp_path, name, options):
    outputs = []
    for linker in instructions.linker(), "ld.bfd":
        output = tmp_path / linker.rsplit("/", 1)[-1]
        inputs.run(*cases[name].command([linker], output, options))
        outputs.append(inputs.elf.read(output))
    assert links.differences(*outputs) == []
