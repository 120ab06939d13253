# SPDX-License-Identifier: BSD-2-Clause
"""A boot of the sample kernel takes no more instructions than the figures of the
bench allow, and no more than it took when they were last kept."""

import struct

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


def events(**times):
    """What meter.c and entry.asm write, in ns."""
    return b"".join(struct.pack("<cQ", what.encode("ascii"), time)
                    for what, time in times.items())


def test_the_disk_is_not_counted():
    run = boots.counted(events(S=1600, D=3200, d=4800, E=16000), "")
    assert (run.count, run.disk) == (800, 100)


@pytest.mark.parametrize("damaged, why", [
    (events(S=1600, D=3200, d=4800), "not entered"),
    (events(S=16000, E=1600), "damaged"),
    (events(S=1600, D=0, d=160000, E=16000), "damaged"),
])
def test_what_cannot_be_is_no_count(damaged, why):
    with pytest.raises(SystemExit, match=why):
        boots.counted(damaged, "")
