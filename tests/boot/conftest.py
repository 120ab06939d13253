# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the boot tests. Whatever fails shows what the serial port said."""

import pathlib
import sys

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools"))
sys.path.append(str(TOP / "tests/differential"))  # elf.py

import vm  # noqa: E402  tools/vm.py


@pytest.fixture
def boot(request):
    """boot(esp, ...) starts a machine; it ends with the test."""
    request.node.machines = []

    def start(esp, **arguments):
        machine = vm.Machine(esp.image(), **arguments)
        request.node.machines.append(machine)
        return machine

    yield start
    for machine in request.node.machines:
        machine.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if call.when == "call" and report.failed:
        for machine in getattr(item, "machines", []):
            report.sections.append(("serial port", machine.serial()))
            report.sections.append(("QEMU", machine.complaint()))
