# SPDX-License-Identifier: BSD-2-Clause
"""Modules of a folder: their order, groups, what is left out, and what the
kernel is told of them. What cannot be linked, and the messages, are tested on
the host (differential/test_module_order.py, test_module_left_out.py)."""

import subprocess

import esp
import pytest
import results
import test_same_bytes
import vm

HEAD = """#include <bootlink/module.h>
void tell(const char *text);
"""

# By the names of the files. `ring` and `round` need each other; `zero` would
# like to be first; `hello` needs `greet`, which needs what nobody has.
MODULES = {
    "alpha": """
        MODULE_VERSION("1.5"); MODULE_DESCRIPTION("the first letter");
        MODULE_REQUIRES("kernel", "2.9");
        MODULE_IMPORT_NS("KEYS");
        int secret(void);
        static int made;
        __attribute__((constructor)) static void make(void) { made = 41; }
        static int start(const char *text) {
            tell(text);
            return made + secret() == 42 ? 0 : 1;
        }
        static void stop(void) { tell("alpha ends"); }
        module_init(start);
        module_exit(stop);""",
    "greet": """
        void greet(void) { tell("greet"); }
        EXPORT_SYMBOL(greet);
        extern int lost;
        int *to_lost = &lost;""",
    "hello": """
        void greet(void);
        static int start(const char *text) { (void)text; greet(); return 0; }
        module_init(start);""",
    "ring": """
        extern int of_round;
        int of_ring = 1, *to_round = &of_round;
        static int start(const char *text) {
            (void)text;
            tell("ring starts");
            return *to_round != 2;
        }
        EXPORT_SYMBOL(of_ring);
        module_init(start);""",
    "round": """
        extern int of_ring;
        int of_round = 2, *to_ring = &of_ring;
        static int start(const char *text) {
            (void)text;
            tell("round starts");
            return *to_ring != 1;
        }
        EXPORT_SYMBOL(of_round);
        module_init(start);""",
    "zero": """
        MODULE_SOFTDEP("post: alpha");
        static int start(const char *text) { (void)text; tell("zero starts");
                                             return 0; }
        module_init(start);""",
}

CONFIG = esp.CONFIG + """\
    module_path: boot():/modules/
    optional: yes
    module_path: boot():/modules/alpha.ko
    module_cmdline: one word
    module_path: boot():/missing.ko
    optional: yes
    module_cycles: group
"""


@pytest.fixture(name="volume")
def make_volume(tmp_path):
    volume = esp.Esp(tmp_path / "esp")
    volume.config(CONFIG)
    esp.compile_c("modules.c", volume.path("kernel/kernel.o"),
                  "-mcmodel=kernel")
    for name, code in MODULES.items():
        source = tmp_path / f"{name}.c"
        source.write_text(HEAD + code, encoding="utf-8")
        esp.compile_c(source, volume.path(f"modules/{name}.ko"),
                      "-mcmodel=kernel")
    return volume


def after(serial, start):
    return [line for line in serial.split("\n") if line.startswith(start)]


def test_what_can_be_linked_is_started(boot, volume):
    machine = boot(volume)
    assert machine.wait() == vm.PASSED
    serial = machine.serial()
    told = serial[serial.index("\nkernel 2.10\n"):]
    assert after(told, "module ") == [
        "module ring modules/ring.ko  () needs round",
        "module round modules/round.ko  () needs ring",
        "module zero modules/zero.ko  () needs",
        "module alpha modules/alpha.ko 1.5 (the first letter) needs"]
    assert [line for line in told.split("\n")
            if line in ("ring starts", "round starts", "zero starts",
                        "one word", "alpha ends")] == [
        "ring starts", "round starts", "zero starts", "one word",
        "alpha ends"]
    assert set(after(told, "export ")) == {
        "export tell of kernel in ", "export secret of kernel in KEYS",
        "export of_ring of ring in ", "export of_round of round in "}


def test_what_is_left_out_is_said_why(boot, volume):
    machine = boot(volume)
    assert machine.wait() == vm.PASSED
    serial = machine.serial()
    lost = "modules/greet.ko:(.data+0x0): undefined reference to 'lost', " \
        "which is defined nowhere"
    assert after(serial, f"warning: {lost}")
    assert after(serial, "warning: missing.ko: no such file")
    assert after(serial, "warning: modules/hello.ko: is left out: it needs "
                 "'greet' of modules/greet.ko, which is left out")
    told = after(serial, "left out ")
    assert told[0].startswith(f"left out greet modules/greet.ko: {lost}")
    assert told[1:] == [
        "left out hello modules/hello.ko: it needs 'greet' of "
        "modules/greet.ko, which is left out",
        "left out missing missing.ko: missing.ko: no such file, or it cannot "
        "be read"]
    assert "error" not in serial


def bands_on_screen(machine, picture):
    """How many runs of lines with ink there are: lines of text, or a logo."""
    machine.ask("screendump", filename=str(picture))
    _, size, _, pixels = picture.read_bytes().split(b"\n", 3)
    row = 3 * int(size.split()[0])
    lit = [any(pixels[at:at + row]) for at in range(0, len(pixels), row)]
    return sum(b and not a for a, b in zip([False] + lit, lit))


def test_what_is_left_out_is_on_the_screen(boot, tmp_path):
    """The firmware's text and logo have gone; there are three lines: a title and
    two warnings. The kernel only halts."""
    source = tmp_path / "halt.asm"
    source.write_text("section .text\nglobal _start\n_start: hlt\njmp _start\n",
                      encoding="utf-8")
    volume = esp.Esp(tmp_path / "esp")
    volume.config(esp.CONFIG + """\
    module_path: boot():/missing.ko
    optional: yes
""")
    esp.assemble(source, volume.path("kernel/kernel.o"))
    machine = boot(volume)
    machine.wait_for("entering the kernel")
    assert bands_on_screen(machine, tmp_path / "screen.ppm") == 3


def test_the_line_of_the_log_links_the_same(boot, volume, tmp_path):
    volume.config(CONFIG + "    cmdline: halt alpha.x\n")
    machine = boot(volume)
    machine.wait_for(r"^exit: boot services have ended")
    machine.wait_halted()
    serial = machine.serial()
    line = results.link_line(serial)
    assert "--module-cycles=group" in line and "--optional" in line
    images = test_same_bytes.link_again(line, volume.folder,
                                        tmp_path / "linked")
    assert set(images) == {"kernel", "alpha", "ring", "round", "zero"}
    segments = results.segments(serial)
    for name, image in images.items():
        assert test_same_bytes.compare(machine, image, segments) >= 2, name


# ---- Many of them ---------------------------------------------------------------

COUNT = 500

# Its init function is content if those that it needs answer.
MANY = """\
.text
.globl f{i}
f{i}:
{call}
inc %eax
ret
init:
call f{i}
sub ${answer}, %eax
ret
.section .bootlink.exports,"aw"
.quad f{i}
.section .bootlink.init,"aw"
.quad init
"""


def chain(i):
    """Each needs the next one: the last is the first to be started."""
    return f"call f{i + 1}" if i + 1 < COUNT else "xor %eax, %eax", COUNT - i


def fan(i):
    """All need the last one."""
    last = i + 1 == COUNT
    return "xor %eax, %eax" if last else f"call f{COUNT - 1}", 1 if last else 2


@pytest.mark.parametrize("shape", [
    chain, pytest.param(fan, marks=pytest.mark.long)])
def test_five_hundred_modules(boot, tmp_path, shape):
    volume = esp.Esp(tmp_path / "esp")
    volume.config(esp.CONFIG + "    module_path: boot():/modules/\n")
    esp.compile_c("modules.c", volume.path("kernel/kernel.o"),
                  "-mcmodel=kernel")
    names = [f"m{i:03}" for i in range(COUNT)]
    for i, name in enumerate(names):
        call, answer = shape(i)
        subprocess.run(["as", "--64", "-o", volume.path(f"modules/{name}.ko")],
                       input=MANY.format(i=i, call=call, answer=answer),
                       text=True, check=True)
    machine = boot(volume)
    assert machine.wait() == vm.PASSED
    started = after(machine.serial(), "module m")
    assert len(started) == COUNT
    order = [line.split()[1] for line in started]
    if shape is chain:
        assert order == names[::-1]
        assert started[1].endswith(f"needs {names[-1]}")
    else:
        assert order == names[-1:] + names[:-1]
