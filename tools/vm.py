#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A virtual machine with UEFI firmware: QEMU, OVMF and a disk image.

    tools/vm.py run build/disk.img      boot it; the serial port is shown here
    tools/vm.py talk build/disk.img     and what is typed goes to the kernel
    tools/vm.py debug build/disk.img    boot it under GDB, stopped at _start

`run` needs neither display nor terminal. It ends with 0 if the kernel said so
by isa-debug-exit (kernel-sample/power.c) or turned the machine off, 1 if it
said otherwise or the machine was reset, 124 if it did not end in time.
`talk` waits for the sample kernel's monitor. On a terminal it ends with the
machine, or by ^]; elsewhere standard input is sent, and ^D behind it.
`debug` links again on the host what the boot has linked, so that GDB knows the
symbols of kernel and modules at the addresses of this boot.

The tests import Machine from here, so there is one way to start QEMU.
"""

import argparse
import glob
import json
import os
import re
import select
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time
import tty

# kernel-sample/power.c: QEMU's exit status for a value v is 2v + 1.
PASSED = 33
FAILED = 35
NOTHING_BOOTED = 7  # boot/fail.c
TIMED_OUT = 124

# Where distributions keep OVMF: code and, beside it, an empty variable store.
FIRMWARE = [
    ("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
    ("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"),
    ("/usr/share/ovmf/OVMF_CODE*.fd", "/usr/share/ovmf/OVMF_VARS*.fd"),
    ("/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"),
    ("/usr/share/edk2*/x64/OVMF_CODE*.fd", "/usr/share/edk2*/x64/OVMF_VARS*.fd"),
    ("/usr/share/qemu/ovmf-x86_64-4m-code.bin",
     "/usr/share/qemu/ovmf-x86_64-4m-vars.bin"),
    ("/usr/share/qemu/edk2-x86_64-code.fd", "/usr/share/qemu/edk2-i386-vars.fd"),
]

# Terminal control sequences, which the firmware sends to the serial port.
ESCAPES = re.compile(rb"\x1b(\[[0-9;=?]*[A-Za-z]|[()][A-Z0-9]|[A-Za-z])")


class Gone(Exception):
    """The machine ended, or time was up, before what was waited for."""


def plain(data):
    """Serial output as text: no control sequences, lines end in newlines."""
    text = ESCAPES.sub(b"", data).decode("utf-8", "replace")
    return text.replace("\r\n", "\n").replace("\r", "")


def firmware():
    """The files of OVMF: code and variables."""
    if os.environ.get("OVMF"):
        return (os.environ["OVMF"].split(":") + [None])[:2]
    for code, variables in FIRMWARE:
        found = sorted(glob.glob(code))
        if found:
            return found[0], (sorted(glob.glob(variables)) or [None])[0]
    sys.exit("vm: no OVMF found; install ovmf or set OVMF=code.fd[:vars.fd]")


# The disk controllers that a test may choose.
DISKS = {"virtio": "virtio-blk-pci", "ahci": "ide-hd"}


def serial(folder, talks):
    """The serial port: a file; with `talks` a socket, and the machine waits
    until somebody listens."""
    if not talks:
        return ["-serial", f"file:{folder}/serial.log"]
    return ["-chardev", f"socket,id=serial,path={folder}/serial,server=on,"
            "wait=on", "-serial", "chardev:serial"]


def command(image, folder, memory, cpu, screen, writable, disk, talks, options):
    """QEMU's command line. TCG, so that it is the same machine everywhere."""
    code, variables = firmware()
    line = [
        "qemu-system-x86_64", "-machine", "q35,memory-backend=ram",
        "-accel", os.environ.get("ACCEL", "tcg"), "-cpu", cpu,
        # A guest may have more memory than the host: nothing is reserved.
        "-object", f"memory-backend-ram,id=ram,size={memory},reserve=off",
        "-m", memory, "-display", screen, "-nic", "none", "-no-reboot",
        "-monitor", "none", *serial(folder, talks),
        "-qmp", f"unix:{folder}/qmp,server=on,wait=off",
        "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04",
        "-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={code}",
        "-drive", "if=none,id=disk,format=raw,"
        f"snapshot={'off' if writable else 'on'},file={image}",
        "-device", f"{DISKS[disk]},drive=disk,bootindex=0",
    ]
    if variables:
        line += ["-drive",
                 f"if=pflash,unit=1,format=raw,snapshot=on,file={variables}"]
    return line + list(options)


class Machine:
    """A running QEMU. Every wait is bounded; leaving the `with` ends it."""

    def __init__(self, image, memory="512M", cpu="max", screen="none",
                 writable=False, options=(), debug_exit=True, disk="virtio",
                 talks=False):
        self.folder = tempfile.mkdtemp(prefix="bootlink-vm-")
        self.log = os.path.join(self.folder, "serial.log")
        open(self.log, "wb").close()
        line = command(image, self.folder, memory, cpu, screen, writable,
                       disk, talks, options)
        if not debug_exit:
            at = line.index("isa-debug-exit,iobase=0xf4,iosize=0x04")
            del line[at - 1:at + 1]
        self.errors = open(os.path.join(self.folder, "errors"), "w+")
        self.process = subprocess.Popen(line, stdin=subprocess.DEVNULL,
                                        stdout=self.errors, stderr=self.errors)
        self.qmp = self.port = None
        self.pending = b""
        self.events = []
        self.listener = None
        if talks:
            self.port = self.connect("serial", 10)
            self.port.settimeout(None)
            self.listener = threading.Thread(target=self.listen, daemon=True)
            self.listener.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.has_ended()
        for connection in (self.qmp, self.port):
            if connection:
                connection.close()
        self.errors.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- the serial port ---------------------------------------------------

    def serial(self):
        with open(self.log, "rb") as log:
            return plain(log.read())

    def wait_for(self, pattern, seconds=120, pause=0.01):
        """The match of a regular expression, as soon as it is on serial."""
        end = time.monotonic() + seconds
        while True:
            ended = self.has_ended()
            match = re.search(pattern, self.serial(), re.MULTILINE)
            if match:
                return match
            if ended or time.monotonic() > end:
                why = "the machine ended" if ended else "time is up"
                raise Gone(f"{why}, and {pattern!r} was not on serial")
            time.sleep(pause)

    def wait(self, seconds=120):
        """Waits for the end: QEMU's exit status."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Gone(f"still running after {seconds} s") from None
        self.has_ended()
        return status

    def complaint(self):
        """What QEMU itself had to say."""
        with open(self.errors.name, encoding="utf-8", errors="replace") as file:
            return file.read()

    def listen(self):
        """Takes what a port that talks sends, and at once: QEMU holds back the
        machine when some hundred bytes wait."""
        try:
            with open(self.log, "ab", buffering=0) as log:
                while data := self.port.recv(65536):
                    log.write(data)
        except OSError:
            pass  # the end

    def type(self, text):
        """Types on the terminal that is behind the serial port."""
        try:
            self.port.sendall(text.encode())
        except OSError:
            raise Gone("the machine ended before all was typed") from None

    def has_ended(self):
        """Whether it has; then all that it said is in the log."""
        if self.process.poll() is None:
            return False
        if self.listener:
            self.listener.join(10)
        return True

    # ---- QMP [QEMU: QEMU Machine Protocol] -----------------------------------

    def connect(self, name, seconds):
        """To a socket of QEMU's, as soon as it is there."""
        end = time.monotonic() + seconds
        while True:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(seconds)
            try:
                connection.connect(os.path.join(self.folder, name))
                return connection
            except OSError:
                connection.close()
                if self.process.poll() is not None or time.monotonic() > end:
                    raise Gone(f"no {name}: {self.complaint()}") from None
                time.sleep(0.02)

    def open_qmp(self, seconds=10):
        self.qmp = self.connect("qmp", seconds)
        self.ask("qmp_capabilities")

    def qmp_message(self):
        """The next message, or None at the end of the connection."""
        while b"\n" not in self.pending:
            try:
                data = self.qmp.recv(65536)
            except ConnectionError:
                data = b""
            if not data:
                return None
            self.pending += data
        line, self.pending = self.pending.split(b"\n", 1)
        return json.loads(line)

    def ask(self, name, **arguments):
        """Executes a QMP command: its result."""
        if self.qmp is None:
            self.open_qmp()
        request = {"execute": name}
        if arguments:
            request["arguments"] = arguments
        self.qmp.sendall(json.dumps(request).encode() + b"\n")
        while True:
            message = self.qmp_message()
            if message is None:
                raise Gone(f"the machine ended during {name}")
            if "event" in message:
                self.events.append(message)
            elif "error" in message:
                raise RuntimeError(f"{name}: {message['error']['desc']}")
            elif "return" in message:
                return message["return"]  # else it is QEMU's greeting

    def shutdown_reason(self):
        """Why it ended: "guest-shutdown", "guest-reset" ... Needs open_qmp
        before the end."""
        while True:
            message = self.qmp_message()
            if message is None:
                break
            self.events.append(message)
        for event in self.events:
            if event.get("event") == "SHUTDOWN":
                return event["data"]["reason"]
        return "unknown"

    # ---- memory and registers -------------------------------------------------

    def monitor(self, line):
        return self.ask("human-monitor-command", **{"command-line": line})

    def register(self, name):
        """A register by the monitor's name: RIP, CR3 ..."""
        text = self.monitor("info registers")
        match = re.search(rf"\b{name}\s*=\s*([0-9a-f]+)", text)
        return int(match.group(1), 16)

    def is_halted(self):
        return "HLT=1" in self.monitor("info registers")

    def wait_halted(self, seconds=120):
        """Waits until the processor is in a HLT that nothing will end."""
        end = time.monotonic() + seconds
        while not (self.is_halted() and self.register("RFL") & 0x200 == 0):
            if time.monotonic() > end:
                raise Gone(f"not halted after {seconds} s")
            time.sleep(0.05)

    def memory(self, physical, size):
        """Bytes of guest memory."""
        path = os.path.join(self.folder, "memory")
        self.ask("pmemsave", val=physical, size=size, filename=path)
        with open(path, "rb") as file:
            return file.read()


class Display:
    """What of the serial port is on standard output."""

    def __init__(self, machine):
        self.machine = machine
        self.shown = 0

    def update(self, everything=False):
        """Adds what has come since; half a line may be half a control sequence."""
        text = self.machine.serial()
        if not everything:
            text = text[:text.rfind("\n") + 1]
        sys.stdout.write(text[self.shown:])
        sys.stdout.flush()
        self.shown = max(self.shown, len(text))


def show(machine, seconds, until=None):
    """Copies serial to standard output until the machine ends, or a pattern is
    there: true if it did, or is."""
    end = time.monotonic() + seconds
    display = Display(machine)
    while True:
        ended = machine.has_ended() or bool(
            until and re.search(until, machine.serial(), re.MULTILINE))
        display.update(ended)
        if ended or time.monotonic() > end:
            return ended
        time.sleep(0.05)


def run(arguments):
    with Machine(arguments.image, arguments.memory, arguments.cpu,
                 arguments.screen, options=arguments.options) as machine:
        machine.open_qmp()
        if not show(machine, arguments.timeout):
            print(f"vm: still running after {arguments.timeout} s",
                  file=sys.stderr)
            return TIMED_OUT
        status = machine.wait()
        reason = machine.shutdown_reason()
        if status in (PASSED, FAILED, NOTHING_BOOTED):
            return 0 if status == PASSED else 1
        if status != 0:
            print(f"vm: QEMU: {machine.complaint()}", file=sys.stderr)
        elif reason != "guest-shutdown":
            print(f"vm: the machine ended by {reason}", file=sys.stderr)
        return 0 if status == 0 and reason == "guest-shutdown" else 1


# ---- talk --------------------------------------------------------------------

PROMPT = r"^monitor> "  # kernel-sample/monitor/monitor.c
LEAVE = b"\x1d"  # ^], as telnet has it


def raw_terminal():
    """Keys are sent as they are typed, what was typed ahead among them. What
    undoes it."""
    old = termios.tcgetattr(0)
    tty.setraw(0, termios.TCSADRAIN)
    return lambda: termios.tcsetattr(0, termios.TCSADRAIN, old)


def show_bytes(machine, shown):
    """Copies the log from byte `shown` on: how much has been shown."""
    with open(machine.log, "rb") as log:
        log.seek(shown)
        data = log.read()
    os.write(1, data)
    return shown + len(data)


def converse(machine, end, on_terminal):
    """Standard input to the machine, and the machine to standard output: bytes
    for a terminal, which understands them, else text."""
    display = Display(machine)
    display.shown = len(machine.serial())
    shown = os.path.getsize(machine.log)
    inputs = [0]
    while not machine.has_ended() and time.monotonic() < end:
        ready = select.select(inputs, [], [], 0.02)[0]
        if on_terminal:
            shown = show_bytes(machine, shown)
        else:
            display.update()
        if ready:
            typed = os.read(0, 256)
            if LEAVE in typed and on_terminal:
                return
            if not typed:
                inputs.clear()
            try:
                machine.type((typed or b"\x04").decode("utf-8", "replace"))
            except Gone:
                break
    if not on_terminal:
        display.update(everything=True)


def talk(arguments):
    on_terminal = os.isatty(0) and os.isatty(1)
    seconds = float("inf") if on_terminal else arguments.timeout
    with Machine(arguments.image, arguments.memory, arguments.cpu,
                 arguments.screen, options=arguments.options,
                 talks=True) as machine:
        if not show(machine, arguments.timeout, PROMPT):
            print(f"vm: no monitor after {arguments.timeout} s", file=sys.stderr)
            return TIMED_OUT
        undo = raw_terminal() if on_terminal else lambda: None
        try:
            converse(machine, time.monotonic() + seconds, on_terminal)
        finally:
            undo()
        if machine.process.poll() is None and not on_terminal:
            print(f"vm: still running after {seconds} s", file=sys.stderr)
            return TIMED_OUT
        return 0 if machine.process.poll() in (None, 0, PASSED) else 1


# ---- debug -------------------------------------------------------------------

def stop_before_start(machine):
    """Stops while the loader is still at work: the line from its log by which
    the host links the same, or None if the kernel was quicker than we."""
    line = machine.wait_for(r"^bootlink link .*\n", pause=0.001).group(0)
    machine.ask("stop")
    return None if "entering the kernel" in machine.serial() else line


def ld_words(line):
    """The kernel's part of that line as GNU ld's command line, for a file with
    debug sections. A script that was left out is the built-in linker.ld."""
    top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    words = iter(shlex.split(line)[2:])
    script, rest = os.path.join(top, "linker.ld"), []
    for word in words:
        if word == "--module":
            break
        if word == "--script":
            script = next(words)
        elif word in ("--phys", "--cmdline"):
            next(words)
        elif not word.startswith(("--phys-any", "--module-cycles=", "--bind=")):
            rest.append(word)
    at = 2 if rest[:1] == ["--defsym"] else 0
    return rest[:at] + ["-T", script] + rest[at:]


def link_again(line, arguments):
    """What the boot linked, with symbols, at the addresses of this boot: the
    files, the kernel first."""
    folder = tempfile.mkdtemp(prefix="symbols-", dir=os.path.abspath(
        os.path.dirname(arguments.image)))
    linker = os.path.abspath(arguments.linker)
    kernel = os.path.join(folder, "kernel.elf")
    for words in (shlex.split(line)[1:] + ["--output", folder],
                  ["ld", "-o", kernel] + ld_words(line)):
        subprocess.run([linker, *words], cwd=arguments.esp, check=True,
                       stdout=subprocess.DEVNULL)
    files = sorted(glob.glob(os.path.join(folder, "*.elf")))
    return sorted(files, key=lambda path: path != kernel)


def gdb_command(socket_path, files, arguments):
    line = ["gdb", "-q", files[0], "-ex", "set pagination off"]
    if arguments.batch:
        line += ["-batch"]
    for module in files[1:]:
        line += ["-ex", f"add-symbol-file {shlex.quote(module)}"]
    line += ["-ex", f"target remote {socket_path}", "-ex", "hbreak *_start",
             "-ex", "continue"]
    for text in arguments.ex:
        line += ["-ex", text]
    return line


def debug(arguments):
    for _ in range(5):
        with Machine(arguments.image, arguments.memory, arguments.cpu,
                     arguments.screen, options=arguments.options) as machine:
            path = os.path.join(machine.folder, "gdb")
            machine.open_qmp()
            machine.ask("chardev-add", id="gdb", backend={
                "type": "socket", "data": {
                    "addr": {"type": "unix", "data": {"path": path}},
                    "server": True, "wait": False}})
            machine.monitor("gdbserver chardev:gdb")
            line = stop_before_start(machine)
            if line is None:
                continue
            files = link_again(line, arguments)
            try:
                return subprocess.run(gdb_command(path, files, arguments),
                                      check=False).returncode
            finally:
                shutil.rmtree(os.path.dirname(files[0]))
    print("vm: the kernel was always entered before it could be stopped",
          file=sys.stderr)
    return 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("command", choices=["run", "talk", "debug"])
    parser.add_argument("image")
    parser.add_argument("--memory", default="512M")
    parser.add_argument("--cpu", default="max")
    parser.add_argument("--screen", default="none",
                        help="a -display of QEMU, such as gtk")
    parser.add_argument("--timeout", type=float, default=120,
                        help="seconds until the machine is given up")
    parser.add_argument("--esp", default="build/esp",
                        help="debug: the folder that the image is made of")
    parser.add_argument("--linker", default="build/bootlink",
                        help="debug: the host command bootlink")
    parser.add_argument("--ex", action="append", default=[],
                        help="debug: a GDB command to execute at _start")
    parser.add_argument("--batch", action="store_true",
                        help="debug: end after those commands")
    parser.add_argument("options", nargs="*", help="after --: more for QEMU")
    arguments = parser.parse_args()
    sys.exit({"run": run, "talk": talk, "debug": debug}[arguments.command](
        arguments))


if __name__ == "__main__":
    main()
