# SPDX-License-Identifier: BSD-2-Clause
"""`make run`: no terminal, no display, and the kernel's status at the end."""

import os
import pty
import select
import signal
import subprocess
import time

import esp
import results


def make_run(*arguments, typed=""):
    """Runs it detached from any terminal: status and output."""
    environment = {name: value for name, value in
                   esp.outer_environment().items()
                   if name not in ("DISPLAY", "WAYLAND_DISPLAY", "TERM")}
    done = subprocess.run(
        ["make", "--no-print-directory", "run",
         f"BUILD={esp.inside(esp.BUILD)}", *arguments],
        cwd=esp.TOP, env=environment, input=typed.encode(),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
        start_new_session=True, check=False)
    return done.returncode, done.stdout.decode()


def test_the_sample_kernel_passes():
    status, output = make_run()
    assert f"{results.CHECKS} checks passed, 0 failed" in output
    assert "\x1b" not in output
    assert status == 0


def test_a_kernel_that_fails_fails_the_run(tmp_path):
    folder = esp.sample(tmp_path / "esp", twin="WEAK").folder
    status, output = make_run(f"ESP={folder}")
    assert "1 failed" in output
    assert status != 0


def test_a_folder_without_bootlink_gets_it(tmp_path):
    volume = esp.sample(tmp_path / "esp")
    volume.remove("EFI/BOOT/BOOTX64.EFI")
    status, output = make_run(f"ESP={volume.folder}")
    assert f"{results.CHECKS} checks passed, 0 failed" in output
    assert status == 0


def test_a_boot_that_fails_fails_the_run(tmp_path):
    volume = esp.sample(tmp_path / "esp")
    volume.remove("bootlink.conf")
    status, output = make_run(f"ESP={volume.folder}")
    assert "Nothing was booted" in output
    assert status != 0


def test_a_kernel_that_hangs_is_ended(tmp_path):
    folder = esp.sample(tmp_path / "esp", twin="HALT").folder
    status, output = make_run(f"ESP={folder}", "VM_FLAGS=--timeout 15")
    assert "still running after 15" in output
    assert status != 0


def test_the_monitor_through_a_pipe():
    """What is behind the last line, here nothing, turns the machine off."""
    status, output = make_run("MONITOR=1", typed="sym kernel_main\nbt\n")
    assert "function kernel_main\nmonitor> bt\n" in output
    assert output.rstrip().endswith("monitor>")
    assert "\x1b" not in output
    assert status == 0


def read_until(terminal, text, seconds=120):
    """What comes on a terminal until a text is in it."""
    end, seen = time.monotonic() + seconds, b""
    while text not in seen:
        assert time.monotonic() < end, seen
        if select.select([terminal], [], [], 1)[0]:
            seen += os.read(terminal, 65536)
    return seen


def test_the_monitor_on_a_terminal():
    """Keys go there as they are typed, and ^] leaves."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
            ["make", "--no-print-directory", "run", "MONITOR=1",
             f"BUILD={esp.inside(esp.BUILD)}"], cwd=esp.TOP,
            env=esp.outer_environment(), stdin=theirs, stdout=theirs,
            stderr=theirs, start_new_session=True) as run:
        os.close(theirs)
        try:
            assert b"checks passed" in read_until(ours, b"monitor> ")
            os.write(ours, b"xelp\x01\x1b[3~h\r")
            assert b"lsmod" in read_until(ours, b"turn the machine off")
            os.write(ours, b"\x1d")
            assert run.wait(60) == 0
        finally:  # or leaving `with` waits for it
            if run.poll() is None:
                os.killpg(run.pid, signal.SIGKILL)
    os.close(ours)
