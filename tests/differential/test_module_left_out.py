# SPDX-License-Identifier: BSD-2-Clause
"""`optional`: a module that cannot be linked is left out with all that need it,
and the link goes on. On the host; test_modules.py boots such volumes."""

import pytest

from boot_modules import Volume

GREET = 'void greet(void) {} EXPORT_SYMBOL(greet);'
HELLO = 'void greet(void); void hello(void) { greet(); }'


def undefined(volume):
    volume.module('greet', GREET + 'void lost(void);'
                  'void f(void) { lost(); }')


def corrupt(volume):
    path = volume.desk.folder / 'esp/greet.ko'
    path.write_bytes(path.read_bytes()[:200])


def missing(volume):
    (volume.desk.folder / 'esp/greet.ko').unlink()


def old(volume):
    volume.module('greet', GREET + 'MODULE_REQUIRES("kernel", "9");')


def taken(volume):
    volume.module('greet', GREET + 'void other(void) {} EXPORT_SYMBOL(other);')


SPOILED = {
    undefined: "greet.ko:(.text.f+0x5): undefined reference to 'lost', which "
               'is defined nowhere',
    corrupt: 'greet.ko: ',
    missing: 'greet.ko: no such file, or it cannot be read',
    old: 'greet.ko: requires kernel 9, and the kernel does not say which',
    taken: "greet.ko: exports 'other', and so does other.ko",
}


@pytest.mark.parametrize('spoil', SPOILED, ids=lambda spoil: spoil.__name__)
def test_what_cannot_be_linked_is_left_out(desk, spoil):
    """hello needs it and goes, too; other does not, and stays."""
    volume = Volume(desk)
    volume.module('greet', GREET)
    volume.module('hello', HELLO)
    volume.module('other', 'void other(void) {} EXPORT_SYMBOL(other);')
    done = volume.link('hello', 'greet', '--optional', 'other')
    assert done.order == ['greet', 'hello', 'other'] and not done.left_out
    spoil(volume)
    done = volume.link('hello', 'greet', '--optional', 'other')
    assert done.ok and done.order == ['other']
    assert done.left_out['greet'].startswith(SPOILED[spoil])
    assert set(done.left_out) == {'greet', 'hello'}
    assert f'warning: {SPOILED[spoil]}' in done.text
    assert 'warning: greet.ko: is left out: ' in done.text
    assert 'warning: hello.ko: is left out: ' in done.text
    done = volume.link('hello', 'greet', 'other')
    assert not done.ok and not done.order


def test_those_that_need_it_are_followed(desk):
    """a needs b, b needs c by name, c is optional and spoiled; d is beside."""
    volume = Volume(desk)
    volume.module('a', 'void b(void); void a(void) { b(); }')
    volume.module('b', 'void b(void) {} MODULE_REQUIRES("c", "1");')
    volume.module('c', 'void lost(void); void c(void) { lost(); }'
                  'MODULE_VERSION("1");')
    volume.module('d', '__attribute__((weak)) void c(void);'
                  'void (*to_c)(void) = c;')
    done = volume.link('a', 'b', 'c', '--optional', 'd')
    assert done.ok and done.order == ['d']
    assert done.pointer('d', 'to_c') == 0
    assert done.left_out['a'] == "it needs 'b' of b.ko, which is left out"
    assert done.left_out['b'] == 'it needs c.ko, which is left out'


@pytest.mark.parametrize('option', ['--module-cycles=group',
                                    '--module-cycles=error'])
def test_of_a_group_all_are_left_out(desk, option):
    volume = Volume(desk)
    volume.module('a', 'extern char b[], lost[]; char a[8];'
                  'char *to_b = b, *to_lost = lost;')
    volume.module('b', 'extern char a[]; char b[8], *to_a = a;')
    volume.module('c', 'extern char b[]; char c[8], *to_b = b;')
    volume.module('d')
    done = volume.link(option, 'a', '--optional', 'b', 'c', 'd')
    assert done.ok and done.order == ['d']
    assert set(done.left_out) == {'a', 'b', 'c'}
    done = volume.link(option, 'a', 'b', '--optional', 'c', '--optional', 'd')
    assert done.ok == (option == '--module-cycles=error')  # a needs b, and it
    assert not done.ok or done.order == ['d']  # is b that cannot be linked


def test_an_error_of_another_module_stays_one(desk):
    volume = Volume(desk)
    volume.module('a', 'void lost(void); void a(void) { lost(); }')
    volume.module('b', 'void gone(void); void b(void) { gone(); }')
    done = volume.link('a', '--optional', 'b')
    assert not done.ok
    assert "bootlink link: b.ko:(.text.b+0x5): undefined" in done.text


def test_of_two_of_a_name_the_optional_one_goes(desk):
    volume = Volume(desk)
    volume.module('a', 'MODULE_NAME("disk");')
    volume.module('b', 'MODULE_NAME("disk");')
    done = volume.link('a', '--optional', 'b')
    assert done.order == ['disk']
    assert done.left_out['disk'].startswith(
        "a.ko: this module is called 'disk', and so is b.ko")
