# SPDX-License-Identifier: BSD-2-Clause
"""A boot of the sample kernel takes no more instructions than the figures of the
bench allow, and no more than it took when they were last kept."""

import boots
import inputs
import instructions
import pytest


@pytest.fixture(scope="module", name="kernel")
def make_kernel():
    with inputs.alone():
        yield boots.Kernel("sample")


@pytest.fixture(scope="module", name="runs")
def boot_all(kernel):
    return {loader: boots.measured(loader, kernel)
            for loader in ("floor", "exec", "linked")}


def check_kept(run, loader):
    limit = instructions.limit(instructions.read(),
                               instructions.compiler(boots.built("BOOTX64.elf")),
                               boots.kept_name(loader))
    assert run.count <= limit, (
        f"{loader}: {run.count:,} instructions, at most {limit:,.0f}: find out "
        f"what takes them ({run.tasks()}); if they are worth it, keep them by "
        "tests/bench/boots.py --write")


def test_a_kernel_that_is_linked_already(runs):
    assert runs["exec"].count <= boots.exec_limit(runs["floor"].count)
    check_kept(runs["exec"], "exec")


def test_a_kernel_that_is_linked_at_boot(runs, kernel):
    assert runs["linked"].count <= boots.linked_limit(runs["floor"].count,
                                                      kernel)
    check_kept(runs["linked"], "linked")


def test_the_clock_of_the_log_agrees_with_the_count(runs):
    """All but what comes before the clock is there, and behind the log."""
    for loader in ("exec", "linked"):
        told = sum(runs[loader].tasks().values())
        assert told <= runs[loader].count * 1.01
        assert told >= runs[loader].count * 0.99 - 200_000
