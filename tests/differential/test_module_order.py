# SPDX-License-Identifier: BSD-2-Clause
"""In which order modules are linked and started, and what stands in the way:
versions, names, modules that need each other. On the host, by `bootlink link`;
the firmware links by the same function."""

import itertools

import pytest

from boot_modules import Volume


def softdep(text):
    return f'MODULE_SOFTDEP("{text}");'


# ---- The order -----------------------------------------------------------------

def test_symbols_come_before_everything(desk):
    """a needs b, although the config has a first and a would like to be."""
    volume = Volume(desk)
    volume.module('a', 'void b(void); void a(void) { b(); }' +
                  softdep('post: b'))
    volume.module('b', 'void b(void) {}')
    assert volume.link('a', 'b').order == ['b', 'a']


def test_soft_dependencies_come_before_the_configs_order(desk):
    volume = Volume(desk)
    volume.module('a', softdep('pre: c post: none'))
    volume.module('b')
    volume.module('c', softdep('post: b pre: nobody'))
    assert volume.link('a', 'b', 'c').order == ['c', 'a', 'b']


def test_what_contradicts_itself_is_left_unheard(desk):
    volume = Volume(desk)
    volume.module('a', softdep('pre: b'))
    volume.module('b', softdep('pre: c'))
    volume.module('c', softdep('pre: a'))
    volume.module('d', softdep('pre: c'))
    done = volume.link('a', 'b', 'c', 'd')
    assert done.ok and sorted(done.order) == ['a', 'b', 'c', 'd']
    assert done.order.index('d') > done.order.index('c')


def test_the_same_line_gives_the_same_files(desk):
    """Whose images have places of their own, although none was asked for."""
    volume = Volume(desk)
    volume.module('a', 'int a(void) { static int n; return n++; }')
    volume.module('b')
    found = []
    for _ in range(2):
        done = volume.link('a', 'b')
        assert done.ok
        files = sorted((desk.folder / 'out').iterdir())
        found.append([file.read_bytes() for file in files])
    assert len(found[0]) == 3 and found[0] == found[1]
    places = sorted((s.load_address, s.load_address + s.memory_size)
                    for name in ('kernel', 'a', 'b')
                    for s in done.image(name).segments)
    assert places[0][0] == 0x3000000
    assert all(a[1] <= b[0] for a, b in zip(places, places[1:]))


def test_names_know_no_dashes(desk):
    volume = Volume(desk)
    volume.module('a', softdep('pre: usb-disk'))
    volume.module('usb_disk')
    assert volume.link('a', 'usb_disk').order == ['usb_disk', 'a']


def test_a_weak_reference_is_a_wish(desk):
    volume = Volume(desk)
    volume.module('a', '__attribute__((weak)) void b(void);'
                  'void (*pointer)(void) = b;')
    volume.module('b', 'void b(void) {}')
    assert volume.link('a').pointer('a', 'pointer') == 0
    done = volume.link('a', 'b')
    assert done.order == ['b', 'a']
    assert done.pointer('a', 'pointer') == done.address('b', 'b')


def test_every_order_of_the_config_keeps_the_rules(desk):
    """a needs b, c would like to be before b, d behind a."""
    volume = Volume(desk)
    volume.module('a', 'void b(void); void a(void) { b(); }')
    volume.module('b', 'void b(void) {}')
    volume.module('c', softdep('post: b'))
    volume.module('d', softdep('pre: a'))
    for order in itertools.permutations('abcd'):
        found = volume.link(*order).order
        at = {name: found.index(name) for name in 'abcd'}
        assert at['c'] < at['b'] < at['a'] < at['d']


# ---- Modules that need each other -------------------------------------------------

def ring(volume):
    """a needs b, b needs c, c needs a; d is beside them. Each has a function
    `own` that it keeps for itself."""
    for name, other in (('a', 'b'), ('b', 'c'), ('c', 'a')):
        volume.module(name, f'''
            extern char {other}[];
            void own(void) {{}}
            char {name}[100] = "{name}";
            char *to_other = {other};
            void (*to_own)(void) = own;
            EXPORT_SYMBOL({name});
            ''' + ' '.join(f'int pad_{name}[1000];' for _ in 'x'))
    volume.module('d')


def test_a_circle_is_shown(desk):
    volume = Volume(desk)
    ring(volume)
    done = volume.link('d', 'c', 'a', 'b')
    assert not done.ok
    assert done.text.endswith(
        'c.ko: modules need each other, so none of them can be started first; '
        'move what they share into one of them, or write `module_cycles: '
        "group`:\n    c.ko needs 'a' of a.ko\n    a.ko needs 'b' of b.ko\n"
        "    b.ko needs 'c' of c.ko\n")


def test_a_circle_may_be_a_group(desk):
    volume = Volume(desk)
    ring(volume)
    done = volume.link('--module-cycles=group', 'c', 'd', 'a', 'b')
    assert done.order == ['c', 'a', 'b', 'd']  # together, as in the config
    for name, other in (('a', 'b'), ('b', 'c'), ('c', 'a')):
        assert done.pointer(name, 'to_other') == done.address(other, other)
        assert done.pointer(name, 'to_own') == done.address(name, 'own')
    assert len({done.address(name, 'own') for name in 'abc'}) == 3
    ends = [done.ranges[name] for name in done.order]
    assert all(a[1] == b[0] for a, b in zip(ends, ends[1:]))


def test_an_error_in_a_group_is_said_once(desk):
    volume = Volume(desk)
    ring(volume)
    volume.module('b', 'extern char c[], lost[]; char b[8];'
                  'char *to_other = c, *to_lost = lost; EXPORT_SYMBOL(b);')
    done = volume.link('--module-cycles=group', 'a', 'b', 'c')
    assert not done.ok and done.text.count("'lost'") == 1


# ---- Versions and names --------------------------------------------------------

VERSIONS = [('1.9', '1.10', False), ('1.10', '1.9', True), ('2', '2.0.0', True),
            ('1.2a', '1.2', True), ('1.2', '1.2a', False), ('01.2', '1.02', True),
            ('18446744073709551617', '3', True)]


@pytest.mark.parametrize('have,wanted,is_enough', VERSIONS)
def test_versions_are_dotted_numbers(desk, have, wanted, is_enough):
    volume = Volume(desk)
    volume.module('a', f'MODULE_REQUIRES("b", "{wanted}");')
    volume.module('b', f'MODULE_VERSION("{have}");')
    done = volume.link('a', 'b')
    if is_enough:
        assert done.order == ['b', 'a']
    else:
        assert (f'a.ko: requires b {wanted}, and b.ko is {have}; load a newer '
                'one\n') in done.text and not done.ok


def test_the_kernel_has_a_version(desk):
    volume = Volume(desk, kernel='MODULE_VERSION("1.4");')
    volume.module('a', 'MODULE_REQUIRES("kernel", "1.3");')
    volume.module('b', 'MODULE_REQUIRES("kernel", "1.10");')
    assert volume.link('a').ok
    done = volume.link('b')
    assert 'b.ko: requires kernel 1.10, and the kernel is 1.4' in done.text


def test_what_is_required_must_be_there(desk):
    volume = Volume(desk)
    volume.module('a', 'MODULE_REQUIRES("b", "1");\nMODULE_REQUIRES("c", "2");')
    volume.module('c')
    done = volume.link('c', 'a')
    assert not done.ok
    assert 'a.ko: requires b 1, which is not among the modules' in done.text
    done = volume.link('c', 'a', 'b')
    volume.module('b', 'MODULE_VERSION("1");')
    done = volume.link('c', 'a', 'b')
    assert ('a.ko: requires c 2, and c.ko does not say which it is; give it a '
            'MODULE_VERSION') in done.text


def test_two_of_one_name(desk):
    volume = Volume(desk)
    volume.module('a', 'MODULE_NAME("disk");')
    volume.module('disk')
    done = volume.link('a', 'disk')
    assert not done.ok
    assert "disk.ko: this module is called 'disk', and so is a.ko" in done.text
    volume.module('kernel')
    assert "cannot be called 'kernel'" in volume.link('kernel').text


# ---- Why a name cannot be used --------------------------------------------------

KERNEL = '''
    void helper(void) {} void reset(void) {}
    EXPORT_SYMBOL(say); EXPORT_SYMBOL_NS(reset, "POWER");
'''


def test_three_reasons(desk):
    volume = Volume(desk, kernel=KERNEL)
    volume.module('net', '''
        void net_open(void) {} void net_send(void) {} void net_own(void) {}
        EXPORT_SYMBOL(net_open); EXPORT_SYMBOL_NS(net_send, "NET");''')
    names = ['helper', 'reset', 'net_send', 'net_own', 'net_opem', 'sy',
             'quite_another']
    volume.module('a', ''.join(f'void {name}(void);' for name in names) +
                  'void a(void) {' + ''.join(f'{n}();' for n in names) + '}')
    done = volume.link('net', 'a')
    assert not done.ok
    for words in [
            "'helper', which is a global of the kernel (kernel.o), but not "
            'exported; add EXPORT_SYMBOL(helper) there',
            "'reset', which is in namespace POWER of the kernel (kernel.o); "
            'add MODULE_IMPORT_NS("POWER")',
            "'net_send', which is in namespace NET of net.ko; add "
            'MODULE_IMPORT_NS("NET")',
            "'net_own', which is a global of net.ko, but not exported; add "
            'EXPORT_SYMBOL(net_own) there',
            "'net_opem', which is defined nowhere; did you mean 'net_open' of "
            'net.ko?',
            "'sy', which is defined nowhere; did you mean 'say' of the kernel?",
            "'quite_another', which is defined nowhere; export it"]:
        assert "a.ko:(.text.a+0x" in done.text
        assert f'): undefined reference to {words}' in done.text


HIDDEN = '__attribute__((visibility("hidden"))) void '


def test_what_is_hidden_is_no_export(desk):
    """Of who marks nothing; a mark would hide all that is not marked."""
    volume = Volume(desk, kernel=HIDDEN + 'inner(void) {}')
    volume.module('net', HIDDEN + 'net_inner(void) {}')
    volume.module('a', 'void inner(void); void net_inner(void);'
                  'void a(void) { inner(); net_inner(); }')
    done = volume.link('net', 'a')
    assert ("'inner', which is hidden in the kernel (kernel.o); give it default "
            'visibility there') in done.text
    assert ("'net_inner', which is hidden in net.ko; give it default "
            'visibility there') in done.text


def test_a_namespace_that_is_imported(desk):
    volume = Volume(desk, kernel=KERNEL)
    volume.module('net', 'void net_send(void) {}'
                  'EXPORT_SYMBOL_NS(net_send, "NET");')
    volume.module('a', '''
        void net_send(void); void reset(void);
        void (*to_send)(void) = net_send, (*to_reset)(void) = reset;
        MODULE_IMPORT_NS("NET");
        MODULE_IMPORT_NS("POWER");''')
    done = volume.link('a', 'net')
    assert done.order == ['net', 'a']
    assert done.pointer('a', 'to_send') == done.address('net', 'net_send')
    assert done.pointer('a', 'to_reset') == done.address('kernel', 'reset')
