# SPDX-License-Identifier: BSD-2-Clause
"""Shared objects in a machine: a module with two libraries runs, bound when it
is loaded or when it calls."""

import re
import subprocess

import esp
import pytest
import vm

LIBRARY = '''
#include <bootlink/module.h>
void print(const char *format, ...);
MODULE_DESCRIPTION("a library");
int twice(int n) { return 2 * n; }
static int seven(void) { return 7; }
static int (*choose(void))(void) { return seven; }
static int chosen(void) __attribute__((ifunc("choose")));
int sum(int a, int b, int c, int d, int e, int f, int g)
{
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + chosen();
}
static int go(const char *parameters)
{
    print("library: %d parameters\\n", parameters[0] != 0);
    return 0;
}
module_init(go);
'''

MODULE = '''
#include <bootlink/module.h>
void print(const char *format, ...);
int twice(int n), sum(int, int, int, int, int, int, int);
static unsigned times = 1;
module_param(times, uint);
static int ready;
__attribute__((constructor)) static void prepare(void) { ready = 40; }
static int go(const char *parameters)
{
    print("module: %s, ready %d, times %u\\n", parameters, ready, times);
    print("module: %d %d\\n", twice(21), twice(4));
    print("module: %d\\n", sum(1, 2, 3, 4, 5, 6, 7));
    return 0;
}
module_init(go);
'''

# The same of an object: it has entries of .rela.iplt, too.
OBJECT = '''
#include <bootlink/module.h>
void print(const char *format, ...);
static int nine(void) { return 9; }
static int (*choose(void))(void) { return nine; }
static int chosen(void) __attribute__((ifunc("choose")));
int (*pointer)(void) = chosen;
static int go(const char *parameters)
{
    print("object: %d\\n", chosen() * 10 + pointer() + parameters[0]);
    return 0;
}
module_init(go);
'''

CONFIG = '''
/Shared objects
    protocol: bootlink
    kernel_path: boot():/kernel/
    script_path: boot():/linker.ld
    module_path: boot():/modules/m.so
    module_cmdline: times=3
    module_path: boot():/modules/late.ko
    library_path: boot():/lib/
    bind: %s
'''


def object_file(folder, name, text):
    source = folder.path(f'../{name}.c')
    source.write_text(text)
    subprocess.run([esp.CC, source, '-O2', '-ffreestanding', '-mno-red-zone',
                    '-mcmodel=kernel', '-mgeneral-regs-only', '-fno-pie',
                    '-fno-stack-protector', '-c', '-I', esp.TOP / 'include',
                    '-o', folder.path(name)], check=True)


def shared_object(folder, name, text, *flags):
    source = folder.path(f'../{name}.c')
    source.write_text(text)
    subprocess.run([esp.CC, source, '-O2', '-ffreestanding', '-mno-red-zone',
                    '-mgeneral-regs-only', '-fno-stack-protector', '-fPIC',
                    '-shared', '-nostdlib', '-I', esp.TOP / 'include', *flags,
                    '-o', folder.path(name)], check=True)


@pytest.fixture
def volume(tmp_path):
    folder = esp.sample(tmp_path / 'esp')
    shared_object(folder, 'lib/libtwo.so', LIBRARY, '-Wl,-soname,libtwo.so')
    shared_object(folder, 'modules/m.so', MODULE, folder.path('lib/libtwo.so'))
    object_file(folder, 'modules/late.ko', OBJECT)
    return folder


BOUND = re.compile(r'bound (\w+): (0x[0-9a-f]+) in the slot at (0x[0-9a-f]+)')


@pytest.mark.parametrize('bind', ['now', 'lazy'])
def test_a_module_and_its_library_run(boot, volume, bind):
    volume.config(CONFIG % bind)
    machine = boot(volume)
    status = machine.wait()
    serial = machine.serial()
    assert status == vm.PASSED
    assert serial.index('library: 0 parameters') < serial.index('module: times')
    assert 'module: times=3, ready 40, times 3' in serial
    assert 'module: 42 8' in serial
    assert 'module: 147' in serial
    assert 'object: 99' in serial
    bound = [found[0] for found in BOUND.findall(serial)]
    # each once, when it is called
    assert bound == (['print', 'print', 'twice', 'sum'] if bind == 'lazy'
                     else [])
    if bind == 'lazy':
        assert serial.index('bound sum') > serial.index('module: 42 8')
        assert '--bind=lazy' in serial
    assert '--module modules/m.so' in serial
    assert '--module lib/libtwo.so' in serial


def test_a_kernel_without_a_resolver(boot, volume):
    """It could not call anything: refused before it is entered."""
    volume.config(CONFIG % 'lazy')
    volume.remove('kernel/lazy.o')
    volume.remove('kernel/lazy_entry.o')
    machine = boot(volume)
    machine.wait()
    assert ("lib/libtwo.so: `bind: lazy` wants the kernel to export "
            "'bootlink_lazy_entry'" in machine.serial())


def test_a_library_that_is_not_on_the_volume(boot, volume):
    volume.config(CONFIG % 'now')
    volume.remove('lib/libtwo.so')
    machine = boot(volume)
    machine.wait()
    assert ("modules/m.so: needs the library 'libtwo.so' (DT_NEEDED), which is "
            'not in modules/, lib/' in machine.serial())


# The session of loader/README.md, "Shared objects".
SESSION = '''break bootlink_lazy_entry if *(long *)($rsp + 8) == 2
continue
set $map = *(struct bootlink_link_map **)$rsp
set $slot = $map->slots[2]
print $map->strings + $map->symbols[$slot.symbol].name
set $got = (long *)($map->base + $slot.place)
x/a $got
x/2i *$got
tbreak lazy_bind
continue
finish
x/a $got
x/i *$got
'''


def test_the_session_of_the_readme(volume, tmp_path):
    volume.config(CONFIG % 'lazy')
    readme = (esp.TOP / 'loader/README.md').read_text()
    assert re.findall(r'^\(gdb\) (.*)$', readme, re.M) == SESSION.splitlines()
    (tmp_path / 'session').write_text(SESSION)
    done = subprocess.run(
        ['make', '--no-print-directory', 'debug', f'ESP={volume.folder}',
         f"VM_FLAGS=--batch --ex 'source {tmp_path / 'session'}'",
         f'BUILD={esp.inside(esp.BUILD)}'],
        cwd=esp.TOP, env=esp.outer_environment(), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=300, check=False)
    output = done.stdout
    assert '"twice"' in output
    before, after = re.findall(r'^(0x[0-9a-f]+):\s+(0x[0-9a-f]+.*)$', output,
                               re.M)
    assert before[0] == after[0] and '<twice>' not in before[1]
    assert re.search(r'push +\$0x2\n', output)
    assert after[1].endswith('<twice>')
