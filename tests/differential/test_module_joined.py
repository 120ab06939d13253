# SPDX-License-Identifier: BSD-2-Clause
"""A module of several objects: joined by `ld -r`, or as an archive. What each of
them says of the module is said of the whole."""

import elf
import links
import pytest

FLAGS = ['-mcmodel=kernel', f'-I{links.ROOT}/include', '-Wall', '-Werror']

KERNEL = '''#include <bootlink/module.h>
void _start(void) {}
void say(const char *text) { (void)text; }
EXPORT_SYMBOL_NS(say, "TALK");
'''

# The one has what starts the module, the other a parameter, a constructor and an
# import; nothing but the marks reaches set(), stop() and `count`.
START = '''#include <bootlink/module.h>
MODULE_NAME("two");
MODULE_DESCRIPTION("made of two");
int count_of_other(void);
void say(const char *text);
static const char *whom = "nobody";
module_param(whom, string);
static int start(const char *p) { say(whom); return count_of_other() + *p; }
module_init(start);
'''
OTHER = '''#include <bootlink/module.h>
MODULE_NAME("two");
MODULE_DESCRIPTION("and so says this one");
MODULE_IMPORT_NS("TALK");
int count = 1;
module_param(count, int);
MODULE_PARM_DESC(count, "of the other");
int count_of_other(void) { return count; }
int built;
__attribute__((constructor)) static void set(void) { built = 1; }
static void stop(void) { built = 0; }
module_exit(stop);
int unused(void) { return 3; }
'''


def start_object(desk):
    desk.compile('kernel.o', KERNEL, *FLAGS)
    desk.compile('start.o', START, *FLAGS)
    desk.compile('other.o', OTHER, *FLAGS)


def by(linker, *options):
    return [linker, '-r', *options, '-o', 'm.ko', 'start.o', 'other.o']


WAYS = {
    'bootlink': by(links.BOOTLINK_LD),
    'bootlink, unused sections gone':
        by(links.BOOTLINK_LD, '--gc-sections', '-u', 'count_of_other'),
    'gnu': by(links.GNU_LD),
    'lld': by(links.LLD),
    'an archive': ['ar', 'rcsD', 'm.ko', 'start.o', 'other.o'],
}


@pytest.mark.parametrize('way', WAYS)
def test_objects_as_one_module(desk, way):
    start_object(desk)
    done = links.run(WAYS[way], desk.folder)
    assert done.returncode == 0, done.stdout
    done = links.run([links.BOOTLINK, 'link', '--output', 'out', 'kernel.o',
                      '--module', 'm.ko', '--cmdline', 'count=7 whom=all'],
                     desk.folder)
    assert done.returncode == 0, done.stdout
    image = elf.read(desk.folder / 'out/two.elf')
    symbols = {s.name: s.value for s in image.symbols}
    count = next(s.data[symbols['count'] - s.address:][:4]
                 for s in image.sections if s.flags & elf.SHF_ALLOC
                 and s.address <= symbols['count'] < s.address + s.size)
    assert int.from_bytes(count, 'little') == 7
    assert {'start', 'stop', 'set'} <= set(symbols)
    assert len(image.section('.init_array').data) == 8
    assert ('unused' in symbols) != ('gone' in way)


def test_what_two_objects_say_must_agree(desk):
    start_object(desk)
    desk.compile('other.o', OTHER.replace('"two"', '"three"'), *FLAGS)
    links.run(WAYS['gnu'], desk.folder)
    done = links.run([links.BOOTLINK, 'link', 'kernel.o', '--module', 'm.ko'],
                     desk.folder)
    assert done.returncode != 0
    assert ("the module's name is 'three' here, and 'two' in another place; "
            'say it once') in done.stdout
