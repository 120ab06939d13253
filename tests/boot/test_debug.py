# SPDX-License-Identifier: BSD-2-Clause
"""`make debug`: GDB is at _start and knows the symbols of this boot."""

import subprocess

import esp


def test_gdb_stops_at_start_with_symbols():
    flags = ("--batch --ex 'info symbol $$pc' --ex 'break kernel_main' "
             "--ex continue --ex backtrace --ex 'info symbol greet' "
             "--ex 'print numbers[7]'")
    done = subprocess.run(
        ["make", "--no-print-directory", "debug", f"VM_FLAGS={flags}",
         f"BUILD={esp.inside(esp.BUILD)}"],
        cwd=esp.TOP, env=esp.outer_environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
        check=False)
    output = done.stdout.decode()
    for expected in ("_start in section .text",
                     "#0  kernel_main (info=0x",
                     "greet in section .text of ",
                     "kernel-sample/main.c",
                     "$1 = 70"):
        assert expected in output, output
    assert done.returncode == 0, output
