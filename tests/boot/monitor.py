# SPDX-License-Identifier: BSD-2-Clause
"""A conversation with the sample kernel's monitor."""

import re
import time

import esp
import vm

UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
HOME, END, DELETE = "\x1b[H", "\x1b[F", "\x1b[3~"


def control(letter):
    return chr(ord(letter) & 31)


def volume(folder):
    """The sample kernel, with `monitor` on its command line."""
    volume = esp.sample(folder)
    config = (volume.folder / "bootlink.conf").read_text()
    volume.config(config.replace("cmdline: verbose", "cmdline: verbose monitor"))
    return volume


class Session:
    """A machine that stands at the monitor's prompt."""

    def __init__(self, image, **arguments):
        self.machine = vm.Machine(image, talks=True, **arguments)
        self.machine.wait_for(vm.PROMPT)

    def ask(self, text, seconds=60):
        """Types a line: what is between it and the next prompt."""
        before = len(self.machine.serial())
        self.machine.type(text + "\r")
        end = time.monotonic() + seconds
        while True:
            answer = self.machine.serial()[before:]
            found = re.search(r"\A[^\n]*\n(.*^|)monitor> \Z", answer,
                              re.MULTILINE | re.DOTALL)
            if found:
                return found.group(1)
            if self.machine.has_ended():
                raise vm.Gone(f"the machine ended: {answer!r}")
            if time.monotonic() > end:
                raise vm.Gone(f"no prompt behind {answer!r}")
            time.sleep(0.01)

    def close(self):
        self.machine.close()
