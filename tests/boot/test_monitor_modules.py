# SPDX-License-Identifier: BSD-2-Clause
"""Modules loaded and unloaded in the running sample kernel, from its monitor."""

import re
import subprocess

import esp
import monitor
import pages
import pytest

# Modules that cannot be loaded: what they are, what must be said.
BAD = {
    "wants": ("int nobody_has(void);\n"
              "static int start(const char *p) { (void)p; return nobody_has(); }\n"
              "module_init(start);\n",
              "undefined reference to 'nobody_has'"),
    "hidden": ("void serial_put(char c);\n"
               "static int start(const char *p) { serial_put(*p); return 0; }\n"
               "module_init(start);\n",
               "serial_put"),
    "fails": ("static int start(const char *p) { (void)p; return -3; }\n"
              "module_init(start);\n",
              "init function returned -3"),
    "twice": ("int greet(void) { return 1; }\nEXPORT_SYMBOL(greet);\n",
              "exports 'greet', and so does greet"),
    # That it exports the same as well is no news then.
    "another": ("MODULE_NAME(\"greet\");\n"
                "int greet(void) { return 1; }\nEXPORT_SYMBOL(greet);\n",
                "another.ko: a module 'greet' is loaded already, from "
                "modules/greet.ko; unload that one"),
}
DEEP = """\
__attribute__((noinline)) static int deeper(int n)
{
    volatile char room[256];
    room[0] = (char)n;
    return deeper(n + 1) + room[0];
}
static int start(const char *p) { return deeper(*p); }
module_init(start);
"""
STAYS = ("static int start(const char *p) { (void)p; return 0; }\n"
         "module_init(start);\n")


# 2 MiB that are read only and 3 MiB that are not.
LARGE = """\
const char table[2 << 20] = {1, 2, 3};
char room[3 << 20];
static int start(const char *p) { room[4096] = *p; return 0; }
static void stop(void) { room[0] = table[room[1]]; }
module_init(start);
module_exit(stop);
"""


def compile_module(volume, name, text):
    source = volume.folder.parent / f"{name}.c"
    source.write_text("#include <bootlink/module.h>\n" + text)
    subprocess.run([esp.CC, *esp.KERNEL_FLAGS, "-mcmodel=kernel", "-c", source,
                    "-o", volume.path(f"modules/{name}.ko")], check=True)


THRICE = ("int thrice(int n) { return 3 * n; }\nEXPORT_SYMBOL(thrice);\n"
         "int four = 4, *pointer = &four;\n")
USER = ("int thrice(int);\n"
        "static int start(const char *p) { return thrice(*p) - 3 * *p; }\n"
        "static void stop(void) {}\nmodule_init(start);\nmodule_exit(stop);\n")


def compile_shared(volume, source, name, *libraries):
    flags = [f for f in esp.KERNEL_FLAGS if not f.startswith("-fno-pi")]
    subprocess.run([esp.CC, *flags, "-fPIC", "-shared", "-nostdlib", source,
                    *libraries, "-Wl,--build-id=none", f"-Wl,-soname,{name}",
                    "-o", volume.path(f"modules/{name}")], check=True)


def compile_library(volume):
    folder = volume.folder.parent
    for name, text in (("thrice", THRICE), ("user", USER)):
        (folder / f"{name}.c").write_text(
            "#include <bootlink/module.h>\n" + text)
    compile_shared(volume, folder / "thrice.c", "thrice.so")
    compile_shared(volume, folder / "user.c", "user.so",
                   volume.path("modules/thrice.so"))


@pytest.fixture(scope="module", name="session")
def start(tmp_path_factory):
    volume = monitor.volume(tmp_path_factory.mktemp("modules") / "esp")
    for name, (text, _) in BAD.items():
        compile_module(volume, name, text)
    compile_module(volume, "large", LARGE)
    compile_module(volume, "deep", DEEP)
    compile_shared(volume, esp.TOP / "kernel-sample/modules/tally.c",
                   "shared-tally.so")
    compile_library(volume)
    tally = (volume.folder / "modules/tally.ko").read_bytes()
    volume.path("modules/half.ko").write_bytes(tally[:len(tally) // 2])
    volume.write("modules/text.ko", "this is no object\n")
    session = monitor.Session(volume.image())
    yield session
    session.close()


def balance(session):
    """Free pages, and a hash of the page tables."""
    answer = session.ask("stress tally.ko 0")
    assert answer.startswith("0 times loaded and unloaded\n")
    return re.search(r"^before (.*)$", answer, re.MULTILINE).group(1)


def loaded(session):
    """{module: who uses it}"""
    lines = session.ask("lsmod").splitlines()[1:]
    return {line.split()[0]: line[60:].strip() for line in lines}


@pytest.fixture(autouse=True)
def leaves_nothing(session):
    """After each test all is as it was before."""
    before = balance(session), loaded(session)
    yield
    assert (balance(session), loaded(session)) == before


# ---- good modules ----------------------------------------------------------------


def test_the_modules_of_the_boot_are_listed(session):
    assert loaded(session) == {"greet": "hello", "hello": "-"}
    assert session.ask("deps hello") == "hello needs greet\n"
    assert "greet needs nothing\n" in session.ask("deps")


def test_a_module_is_linked_and_started(session):
    """Its parameters have their values when its constructor runs."""
    answer = session.ask('insmod tally.ko step=5 name="Ada King"')
    assert "     tally: 50 for Ada King\n" in answer
    assert re.search(r"^tally is at 0x[0-9a-f]+-0x", answer, re.MULTILINE)
    assert "tally" in loaded(session)
    answer = session.ask("rmmod tally")
    assert answer == "     tally: goodbye, Ada King\ntally is unloaded\n"


def test_a_shared_object_is_loaded_as_well(session):
    answer = session.ask('insmod shared-tally.so step=5 name="Ada King"')
    assert "     tally: 50 for Ada King\n" in answer
    answer = session.ask("info sum")
    assert re.search(r"^file +(modules/)?shared-tally\.so$", answer, re.MULTILINE)
    answer = session.ask("rmmod shared-tally")
    assert "     tally: goodbye, Ada King\n" in answer


def test_a_library_is_loaded_before_its_user(session):
    answer = session.ask("insmod user.so")
    assert ("error: user.so:(.got.plt+0x18): undefined reference to 'thrice', "
            "which is not loaded; load the library 'thrice.so' (DT_NEEDED) "
            "first, which may have it\n") in answer
    session.ask("insmod thrice.so")
    session.ask("insmod user.so")
    assert loaded(session)["thrice"] == "user"
    assert "thrice: is in use by user" in session.ask("rmmod thrice")
    session.ask("rmmod user")
    session.ask("rmmod thrice")


def test_a_path_may_be_whole_and_completed(session):
    """By TAB, as the name of the module behind rmmod is."""
    assert "tally is at" in session.ask("insmod modules/ta\t")
    assert "tally is unloaded" in session.ask("rmmod ta\t")


def test_an_address_in_a_module_is_known(session):
    session.ask("insmod tally.ko")
    answer = session.ask("info sum")
    assert re.search(r"^file +(modules/)?tally\.ko$", answer, re.MULTILINE)
    assert re.search(r"^section +module tally \.bss, ", answer, re.MULTILINE)
    assert re.search(r"^symbol +sum\+0x0/0x4 \[tally\]$", answer, re.MULTILINE)
    assert re.search(r"^page +rw-, 4 KiB", answer, re.MULTILINE)
    answer = session.ask("info greet+1")
    assert re.search(r"^file +modules/greet\.ko$", answer, re.MULTILINE)
    assert re.search(r"^section +module greet \.text, ", answer, re.MULTILINE)
    session.ask("rmmod tally")
    assert "no symbol 'sum'" in session.ask("info sum")


def test_no_page_of_a_module_is_writable_and_executable(session):
    """Under no address: the direct map is closed where code is. Afterwards the
    page tables are what they were, seen from outside, too."""
    before = list(pages.walk(session.machine))
    session.ask("insmod tally.ko")
    found = list(pages.walk(session.machine))
    maps = session.ask("maps")
    assert pages.violations(found) == []
    for section, permissions in ((".text", "r-x"), (".rodata", "r--"),
                                 (".data", "rw-"), (".bss", "rw-")):
        assert re.search(rf" {permissions} module tally \{section}$", maps,
                         re.MULTILINE)
    session.ask("rmmod tally")
    assert "tally ." not in session.ask("maps")
    assert list(pages.walk(session.machine)) == before


def large_pages(found):
    return sum(page.size > 4096 for page in found)


def test_large_pages_are_split_and_put_together_again(session):
    """The module does not fit into memory that is mapped in small pages."""
    before = list(pages.walk(session.machine))
    session.ask("insmod large.ko")
    found = list(pages.walk(session.machine))
    assert pages.violations(found) == []
    assert large_pages(found) < large_pages(before)
    assert re.search(r" 2048 KiB r-- module large \.rodata$.*"
                     r" 3072 KiB rw- module large \.bss$",
                     session.ask("maps"), re.MULTILINE | re.DOTALL)
    assert session.ask("rmmod large") == "large is unloaded\n"
    assert list(pages.walk(session.machine)) == before


@pytest.mark.parametrize("name, module", [
    ("tally.ko", "tally since then"), ("modules/tally.ko", "tally since then"),
    ("hello.ko", "hello of the boot"), ("modules/greet.ko", "greet of the boot")])
def test_a_module_is_loaded_once(session, name, module):
    """From one file, however it is spelled."""
    session.ask("insmod tally.ko")
    before = session.ask("lsmod")
    assert session.ask(f"insmod {name} step=2") == (
        f"error: {name}: is loaded already, as module {module}; "
        f"'rmmod {module.split()[0]}' unloads it\n")
    assert session.ask("lsmod") == before
    session.ask("rmmod tally")


def test_one_that_others_use_stays(session):
    assert "greet: is in use by hello; unload" in session.ask("rmmod greet")


def test_loaded_and_unloaded_many_times(session):
    answer = session.ask("stress tally.ko 200 verbose=no", seconds=120)
    assert answer.startswith("200 times loaded and unloaded\n")
    assert answer.endswith("nothing is left\n")


@pytest.mark.long
def test_ten_thousand_times(session):
    answer = session.ask("stress tally.ko 10000 verbose=no", seconds=1500)
    assert answer.startswith("10000 times loaded and unloaded\n")
    assert answer.endswith("nothing is left\n")


def relocations(session, module):
    """(type, symbol, S, A, P, bytes before, bytes after) of each."""
    return [(kind, symbol, int(s, 16), int(a), int(p, 16),
             bytes.fromhex(before), bytes.fromhex(after))
            for kind, symbol, s, a, p, before, after in re.findall(
                r"^\S+:\(\S+\) (R_X86_64_\w+) (\S*)\n"
                r"  S 0x([0-9a-f]+)  A (-?\d+)  P 0x([0-9a-f]+)  "
                r"([0-9a-f ]+) -> ([0-9a-f ]+)$",
                session.ask(f"relocs {module}"), re.MULTILINE)]


@pytest.mark.parametrize("module", ["hello", "tally"])
def test_relocations_are_what_their_formulas_say(session, module):
    """[psABI 4.4.1], of a module of the boot and of one that was loaded later;
    and memory has the bytes."""
    if module == "tally":
        session.ask("insmod tally.ko")
    found = relocations(session, module)
    assert {kind for kind, *_ in found} >= {"R_X86_64_PLT32", "R_X86_64_32S"}
    for kind, _, s, a, p, before, after in found:
        value = s + a - (p if kind in ("R_X86_64_PC32", "R_X86_64_PLT32") else 0)
        assert int.from_bytes(after, "little") == \
            value % (1 << 8 * len(after)), kind
        assert before == bytes(len(after))
        line = session.ask(f"peek {p:#x} {len(after)}")
        assert bytes.fromhex(line[17:66]) == after
    prints = {s for _, symbol, s, *_ in found if symbol == "print"}
    assert f"0x{prints.pop():016x} " in session.ask("sym print")
    if module == "tally":
        session.ask("rmmod tally")


def test_relocations_of_a_shared_object(session):
    """Those of its own addresses have S = B, by how much it was moved."""
    session.ask("insmod shared-tally.so")
    low = int(re.search(r"^shared-tally +0x([0-9a-f]+)", session.ask("lsmod"),
                        re.MULTILINE).group(1), 16)
    found = relocations(session, "shared-tally")
    assert {kind for kind, *_ in found} >= {"R_X86_64_RELATIVE",
                                            "R_X86_64_JUMP_SLOT"}
    for kind, symbol, s, a, p, before, after in found:
        relative = kind == "R_X86_64_RELATIVE"
        assert (symbol, s) == ("(base)", low) or not relative
        addend = a if relative or kind == "R_X86_64_64" else 0
        assert int.from_bytes(after, "little") == (s + addend) % (1 << 64), kind
        line = session.ask(f"peek {p:#x} 8")
        assert bytes.fromhex(line[17:66]) == after
    prints = {s for _, symbol, s, *_ in found if symbol == "print"}
    assert f"0x{prints.pop():016x} " in session.ask("sym print")
    session.ask("rmmod shared-tally")


def test_a_backtrace_on_demand_from_a_module(session):
    """kernel-sample/fault.c exports the function that prints it."""
    answer = session.ask("insmod tally.ko trace=yes")
    assert re.match(r" +start\+0x[0-9a-f]+/0x[0-9a-f]+ \[tally\]\n", answer)
    assert re.search(r"^ +kernel_main\+\S+\n +_start\+\S+\n +tally: 10 for",
                     answer, re.MULTILINE)
    assert re.match(r" +stop\+0x[0-9a-f]+/0x[0-9a-f]+ \[tally\]\n",
                    session.ask("rmmod tally"))


# ---- bad modules -----------------------------------------------------------------


@pytest.mark.parametrize("name", BAD)
def test_a_bad_module_says_why(session, name):
    answer = session.ask(f"insmod {name}.ko")
    assert "error: " in answer
    assert BAD[name][1] in answer


def test_a_file_that_is_no_module(session):
    assert "error: half.ko: " in session.ask("insmod half.ko")
    assert "error: text.ko: " in session.ask("insmod text.ko")
    assert "error: no.ko: no such file" in session.ask("insmod no.ko")


def test_a_bad_parameter_lists_what_there_is(session):
    answer = session.ask("insmod tally.ko step=much")
    assert "'much' is no int" in answer
    assert "step (int): how far apart the numbers are" in answer


def test_a_fault_in_init_is_traced_with_the_module(session):
    """And the chain is taken up again behind the linker's own code."""
    answer = session.ask("insmod faulty.ko")
    places = re.findall(r"^ +(\S+)\+0x[0-9a-f]+/0x[0-9a-f]+( \[\w+\])?$",
                        answer, re.MULTILINE)
    assert places[:2] == [("write_to", " [faulty]"), ("start", " [faulty]")]
    assert places[-3:] == [("monitor", ""), ("kernel_main", ""),
                           ("_start", "")]
    assert "exception 14, error code 0x2, address 0x0\n" in answer
    assert "faulty.ko: its init function did not return" in answer


def test_a_stack_that_is_used_up(session):
    """Another one is left for the double fault; a recursion is not shown to its
    end, but who called it."""
    answer = session.ask("insmod deep.ko")
    assert re.match(r" +exception 8, .*\n +the stack is used up\n", answer)
    assert 1 <= answer.count("deeper+0x") <= 33
    assert re.search(r"^ +\.\.\.\n +monitor\+.*\n +kernel_main\+", answer,
                     re.MULTILINE)
    assert "deep.ko: its init function did not return" in answer


# ---- last: what cannot be undone ---------------------------------------------------


def test_the_modules_of_the_boot_can_be_exchanged(tmp_path):
    """And one that has no exit function stays for ever."""
    volume = monitor.volume(tmp_path / "esp")
    compile_module(volume, "stays", STAYS)
    session = monitor.Session(volume.image())
    assert session.ask("rmmod hello") == "hello is unloaded\n"
    assert session.ask("rmmod greet") == "greet is unloaded\n"
    assert loaded(session) == {}
    assert "greet [" not in session.ask("sym greet")
    assert "module " not in session.ask("maps")
    assert "'greet', which" in session.ask("insmod hello.ko greeting=ho")
    session.ask("insmod greet.ko")
    assert "     ho, kernel\n" in session.ask("insmod hello.ko greeting=ho")
    assert loaded(session) == {"greet": "hello", "hello": "-"}
    session.ask("insmod stays.ko")
    assert "stays: has module_init but no module_exit" in \
        session.ask("rmmod stays")
    assert "stays" in loaded(session)
    session.close()
