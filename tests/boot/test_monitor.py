# SPDX-License-Identifier: BSD-2-Clause
"""The sample kernel's monitor, typed at on the serial port."""

import re

import monitor
import pages
import pytest
import vm
from monitor import DELETE, DOWN, END, HOME, LEFT, RIGHT, UP, control

COMMANDS = ["help", "lsmod", "insmod", "rmmod", "deps", "relocs",
            "stress", "sym", "info", "maps", "peek", "bt", "log", "poweroff"]


@pytest.fixture(scope="module", name="session")
def start(tmp_path_factory):
    """One machine for all tests that leave it as it was."""
    volume = monitor.volume(tmp_path_factory.mktemp("monitor") / "esp")
    session = monitor.Session(volume.image())
    yield session
    session.close()


def number(pattern, text):
    return int(re.search(pattern, text).group(1), 16)


# ---- the line ----------------------------------------------------------------


@pytest.mark.parametrize("keys, word", [
    ("ac" + LEFT + "b", "abc"),
    ("bc" + HOME + "a", "abc"),
    ("bc" + control("A") + "a" + control("E") + "d", "abcd"),
    ("bc" + "\x1b[1~" + "a" + "\x1bOF" + "d", "abcd"),
    ("abx\x7fc", "abc"),
    ("abx\x08c", "abc"),
    ("xabc" + HOME + DELETE, "abc"),
    ("xabc" + LEFT * 9 + RIGHT + "\x7f" + END + "d", "abcd"),
    ("abcxyz" + LEFT * 3 + control("K"), "abc"),
    ("xyzabc" + LEFT * 3 + control("U"), "abc"),
    ("abc xyz" + control("W"), "abc"),
    ("abc\x1b[5~", "abc"),
], ids=str)
def test_a_line_can_be_edited(session, keys, word):
    assert f"no command '{word}'" in session.ask(keys)


def test_a_line_can_be_given_up(session):
    """It leaves a prompt, which ask() would take for the end of an answer."""
    session.machine.type("xyz" + control("C"))
    session.machine.wait_for(r"xyz\^C\s+monitor> \Z")
    assert "no command 'abc'" in session.ask("abc")


def test_a_line_of_any_length_is_read(session):
    """But what was cut off is not left out silently."""
    for word in ("x" * 200, "z" * 255):
        assert f"no command '{word}'" in session.ask(word)
    for size in (256, 5000):
        assert session.ask("y" * size) == \
            "a line has at most 255 characters: this one is not run\n"


def test_lines_come_back(session):
    session.ask("one"), session.ask("two"), session.ask("two")
    assert "no command 'one'" in session.ask(UP + UP)
    assert "no command 'two'" in session.ask(UP + UP)
    assert "no command 'draft'" in session.ask("draft" + UP + UP + DOWN * 2)
    assert "no command 'draft2'" in session.ask(UP + "2")


def test_forty_lines_are_more_than_are_kept(session):
    for number in range(40):
        session.ask(f"line{number}")
    assert "no command 'line8'" in session.ask(UP * 50)


# ---- completion ----------------------------------------------------------------


def test_commands_are_completed(session):
    assert session.ask("he\t") == session.ask("help")


def test_symbols_are_completed(session):
    assert session.ask("sym kernel_ma\t") == session.ask("sym kernel_main")


def test_what_symbols_have_in_common_is_completed(session):
    """The first TAB finds `construct_`, the second lists what there is."""
    answer = session.ask("sym construct_\tfirst")
    assert answer.endswith(session.ask("sym construct_first"))
    names = answer.split("monitor> ")[0].split()
    assert sorted(names) == ["construct_first", "construct_last",
                             "construct_second"]
    assert session.ask("sym constructors\t") == \
        session.ask("sym constructors_ran")


def test_nothing_is_completed_behind_a_command_without_arguments(session):
    assert session.ask("bt kernel_ma\t") == session.ask("bt")


# ---- the commands ----------------------------------------------------------------


def test_help_names_every_command(session):
    lines = session.ask("help").splitlines()
    assert [line.split()[0] for line in lines] == COMMANDS
    assert session.ask("help peek").splitlines() == [
        line for line in lines if line.startswith("peek")]


@pytest.mark.parametrize("line, says", [
    ("frobnicate", "there is no command 'frobnicate'; 'help' lists"),
    ("help frobnicate", "there is no command 'frobnicate'; 'help' lists"),
    ("sym", "sym name|address: where a symbol is"),
    ("sym no_such_name", "there is no symbol 'no_such_name'; TAB completes"),
    ("sym 0x10", "0x10 is in no symbol; 'info 0x10' says"),
    ("peek kernel_main+x", "'x' is not a number; write 28 or 0x1c"),
    ("peek kernel_main many", "'many' is no count of bytes; write 64"),
    ("peek 0x1ffffffffffffffff", "there is no symbol '0x1fff"),
])
def test_errors_say_what_to_do(session, line, says):
    assert says in session.ask(line)


def test_a_symbol_has_an_address_and_the_address_its_symbol(session):
    address = number(r"0x([0-9a-f]+) +\d+ bytes  function kernel_main\n",
                     session.ask("sym kernel_main"))
    assert session.ask(f"sym {address + 4:#x}").startswith("kernel_main+0x4/0x")
    assert " greet [greet]\n" in session.ask("sym greet")


def test_an_address_has_an_area_a_symbol_and_a_page(session):
    answer = session.ask("info numbers+8")
    assert re.search(r"^file +kernel/parts\.o$", answer, re.MULTILINE)
    assert re.search(r"^section +kernel \.data, 0x", answer, re.MULTILINE)
    assert re.search(r"^symbol +numbers\+0x8/0x20$", answer, re.MULTILINE)
    assert re.search(r"^page +rw-, 4 KiB, physical 0x", answer, re.MULTILINE)
    assert "nothing is mapped there" in session.ask("info 0")


def test_peek_shows_memory(session):
    physical = number(r"physical 0x([0-9a-f]+)",
                      session.ask("info kernel_main"))
    shown = session.ask("peek kernel_main 40").splitlines()
    found = b"".join(bytes.fromhex(line[17:66]) for line in shown)
    assert found == session.machine.memory(physical, 40)


@pytest.mark.parametrize("address", [
    "0", "0x800000000000", "0xffffffffffffffff", "0xffffffffffffff00"])
def test_peek_refuses_what_is_not_mapped(session, address):
    answer = session.ask(f"peek {address}")
    assert answer == (f"nothing is mapped at {int(address, 0):#x}; 'maps' shows "
                      "what is\n")


def test_peek_stops_at_the_end_of_a_mapping(session):
    end = number(r"-([0-9a-f]+) .* stack$",
                 re.search(r"^.* stack$", session.ask("maps"),
                           re.MULTILINE).group(0))
    lines = session.ask(f"peek {end - 32:#x} 64").splitlines()
    assert len(lines) == 3
    assert lines[2].startswith(f"nothing is mapped at {end:#x};")


def test_maps_is_what_the_page_tables_say(session):
    """Compared with a walk from outside, page by page."""
    listed = {}
    for start, end, permissions in re.findall(
            r"^([0-9a-f]{16})-([0-9a-f]{16}) +\d+ KiB (r[w-][x-]) \S",
            session.ask("maps"), re.MULTILINE):
        for page in range(int(start, 16), int(end, 16), 4096):
            listed[page] = permissions
    walked = {}
    for page in pages.walk(session.machine):
        for offset in range(0, page.size, 4096):
            walked[page.address + offset] = \
                "r" + "-w"[page.write] + "-x"[page.execute]
    assert listed == walked


def test_maps_names_the_owners(session):
    owners = dict.fromkeys(
        line[51:] for line in session.ask("maps").splitlines())
    for owner in ("kernel .text", "kernel .rodata", "kernel .data",
                  "kernel .bss", "stack", "trampoline", "boot info",
                  "boot log", "memory map", "direct map: usable",
                  "direct map: framebuffer"):
        assert owner in owners
    assert {"module greet .text", "module greet .bss",
            "file modules/tally.ko"} <= set(owners)
    assert "?" not in owners


def test_a_backtrace_on_demand(session):
    functions = re.findall(r"^ +(\w+)\+0x[0-9a-f]+/0x[0-9a-f]+$",
                           session.ask("bt"), re.MULTILINE)
    assert functions[0] == "run_bt"
    assert functions[-3:] == ["monitor", "kernel_main", "_start"]


def test_the_log_of_the_boot(session):
    log = session.ask("log")
    assert log.startswith("Bootlink ")
    assert re.search(r"^bootlink link .* kernel/monitor/monitor\.o", log,
                     re.MULTILINE)


# ---- the end -----------------------------------------------------------------------


@pytest.mark.parametrize("line", ["poweroff\r", control("D")])
def test_the_machine_is_turned_off(tmp_path, line):
    session = monitor.Session(monitor.volume(tmp_path / "esp").image())
    session.machine.type(line)
    assert session.machine.wait(30) == vm.PASSED
    session.close()


def test_a_kernel_without_the_monitor(boot, tmp_path):
    """The reference to it is weak: without that folder it is 0."""
    volume = monitor.volume(tmp_path / "esp")
    config = (volume.folder / "bootlink.conf").read_text()
    volume.config(re.sub(r"kernel_path: .*/(monitor|world)/\n", "\n", config))
    machine = boot(volume)
    assert machine.wait() == vm.PASSED
    assert "monitor>" not in machine.serial()
