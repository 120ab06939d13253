# SPDX-License-Identifier: BSD-2-Clause
"""What is said of a module that cannot be linked: each message begins with its
file, and its advice can be followed."""

from boot_modules import FLAGS, Volume


def refused(volume, *words):
    done = volume.link(*words)
    assert not done.ok
    return done.text.replace('bootlink link: ', '')


def test_named_twice(desk):
    volume = Volume(desk)
    volume.module('a')
    assert refused(volume, 'a', 'a') == \
        'a.ko: is among the modules twice; name it once\n'


def test_a_name_of_the_kernels(desk):
    volume = Volume(desk, 'EXPORT_SYMBOL(say);')
    volume.module('a', 'void say(void) {} EXPORT_SYMBOL(say);')
    assert refused(volume, 'a') == (
        "a.ko: exports 'say', and so does the kernel (kernel.o); rename it in "
        'one (if nobody else is to use it: make it static), or leave this '
        'module out\n')


def test_a_section_that_is_too_large(desk):
    volume = Volume(desk)
    volume.module('a', 'char room[1ul << 31];')
    assert refused(volume, 'a').startswith('a.ko: section .bss: 0x80000000 ')


def test_an_archive_with_nothing_in_it(desk):
    volume = Volume(desk)
    desk.archive('esp/a.ko', [])
    assert refused(volume, 'a') == \
        'a.ko: an archive with nothing in it; build it again\n'


def test_a_thread_local_variable_of_another(desk):
    volume = Volume(desk, '_Thread_local int state;')
    volume.module('a', 'extern _Thread_local int state;'
                  'int get(void) { return state; }')
    text = refused(volume, 'a')
    assert text.startswith('a.ko:(.text.get+0x')
    assert "undefined reference to 'state'; modules see no thread-" in text


def test_versions_that_are_no_numbers(desk):
    volume = Volume(desk)
    volume.module('a', 'MODULE_REQUIRES("b", "new");')
    volume.module('b', 'MODULE_VERSION("v3");')
    volume.module('c', 'MODULE_REQUIRES("b", "2");')
    assert "a.ko:(.bootlink.modinfo+0x0): 'requires=b new': " in \
        refused(volume, 'a', 'b')
    assert refused(volume, 'b', 'c') == (
        'c.ko: requires b 2, and b.ko is v3; a MODULE_VERSION begins with a '
        'number\n')


def test_its_own_names_are_not_near(desk):
    volume = Volume(desk)
    volume.module('a', 'void reset_b(void) {} void reset_c(void);'
                  'void f(void) { reset_c(); } EXPORT_SYMBOL(reset_b);')
    assert refused(volume, 'a').endswith(
        "'reset_c', which is defined nowhere; export it from the kernel or "
        'from a module\n')


UNASKED = {
    '-fno-use-cxa-atexit': ['__cxa_atexit', '__dso_handle'],
    '-fno-threadsafe-statics': ['__cxa_guard_acquire', '__cxa_guard_release'],
}


def test_what_a_compiler_calls_unasked(desk):
    volume = Volume(desk)
    desk.compile('esp/a.ko', '#include <bootlink/module.h>\n'
                 'int number();\nstruct S { S(); ~S(); int n; };\n'
                 'S s;\nS::S() : n(1) {}\nS::~S() { n = 0; }\n'
                 'int get() { static int m = number(); return m; }\n'
                 'int number() { return 1; }\n',
                 *FLAGS, '-fno-exceptions', language='c++')
    text = refused(volume, 'a')
    for option, names in UNASKED.items():
        for name in names:
            assert f"reference to '{name}'; compile with {option}\n" in text
