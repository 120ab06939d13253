# SPDX-License-Identifier: BSD-2-Clause
"""More than 300 objects of all origins by a kernel's long script, linked in
firmware: they run, and lie in memory as the host links them."""

import mixed_kernel
import results
import vm
from test_same_bytes import compare, link_again


def test_the_mixed_kernel_runs(boot, tmp_path):
    machine = boot(mixed_kernel.build(tmp_path / "esp"))
    assert machine.wait() == vm.PASSED
    assert machine.serial().count("\nok   ") == 7
    assert f"{mixed_kernel.UNITS} units" in machine.serial()


def test_it_is_what_the_host_links(boot, tmp_path):
    volume = mixed_kernel.build(tmp_path / "esp", halts=True)
    machine = boot(volume)
    machine.wait_for(r"^exit: boot services have ended")
    machine.wait_halted()
    serial = machine.serial()
    kernel = link_again(results.link_line(serial), volume.folder,
                        tmp_path / "linked")["kernel"]
    assert compare(machine, kernel, results.segments(serial)) >= 9
