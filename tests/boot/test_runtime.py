# SPDX-License-Identifier: BSD-2-Clause
"""A kernel that does for itself what a C library does before main(): it has
indirect functions, and thread-local variables by every model of access."""

import esp
import pytest
import results
import vm
from test_same_bytes import compare, link_again

KERNEL = ["-mcmodel=kernel"]
# Code that finds the same by other relocations: object, source, flags.
USES = [
    ("absolute", "ifunc_use.c", KERNEL),
    ("relative", "ifunc_use.c", ["-fpie"]),
    ("table", "ifunc_use.c", ["-fpic", "-fno-plt"]),
    ("exec", "tls_use.c", [*KERNEL, "-ftls-model=local-exec"]),
    ("initial", "tls_use.c", ["-fpic", "-ftls-model=initial-exec"]),
    ("dynamic", "tls_use.c", ["-fpic"]),
    ("local", "tls_use.c", ["-fpic", "-ftls-model=local-dynamic"]),
    ("descriptor", "tls_use.c", ["-fpic", "-mtls-dialect=gnu2"]),
]
CLAIMS = 9
TWINS = {
    "RESOLVER": "calls go where the resolvers say",
    "POINTER": "so does a pointer",
    "TEMPLATE": "variables begin as the template",
    "THREADS": "each thread has its own",
}


def build(folder, *flags):
    kernel = esp.Esp(folder)
    kernel.config(esp.CONFIG)
    esp.compile_c("runtime.c", kernel.path("kernel/runtime.o"), *KERNEL, *flags)
    for name in ("ifunc", "tls"):
        esp.compile_c(f"{name}.c", kernel.path(f"kernel/{name}.o"), *KERNEL)
    for name, source, how in USES:
        esp.compile_c(source, kernel.path(f"kernel/use-{name}.o"),
                      f"-DNAME={name}", *how, compiler="gcc")
    return kernel


def test_indirect_functions_and_threads(boot, tmp_path):
    machine = boot(build(tmp_path / "esp"))
    status = machine.wait()
    assert results.failed(machine.serial()) == []
    assert len(results.checks(machine.serial())) == CLAIMS
    assert "exec initial dynamic local descriptor" in machine.serial()
    assert status == vm.PASSED


@pytest.mark.long
@pytest.mark.parametrize("twin", TWINS)
def test_a_step_that_is_left_out_is_seen(boot, tmp_path, twin):
    machine = boot(build(tmp_path / "esp", f"-DBREAK_{twin}"))
    assert machine.wait() == vm.FAILED
    assert results.failed(machine.serial()) == [TWINS[twin]]
    assert len(results.checks(machine.serial())) == CLAIMS


def test_it_is_what_the_host_links(boot, tmp_path):
    volume = build(tmp_path / "esp", "-DHALT")
    machine = boot(volume)
    machine.wait_for(r"^exit: boot services have ended")
    machine.wait_halted()
    serial = machine.serial()
    kernel = link_again(results.link_line(serial), volume.folder,
                        tmp_path / "linked")["kernel"]
    assert kernel.section(".tdata").size and kernel.section(".tbss").size
    assert compare(machine, kernel, results.segments(serial)) >= 5
