# SPDX-License-Identifier: BSD-2-Clause
"""Notes: .note.gnu.property, the build ID, and where notes go.
[Linux gABI extensions: Program Property] [GNU ld manual: --build-id]"""

import re
import subprocess

import pytest

import elf
import links
from cases import build

START = '.globl _start\n.text\n_start: ret\n'
SCRIPT = 'SECTIONS { . = 0x400000 + SIZEOF_HEADERS; .text : { *(.text) } }'
COLLECTED = SCRIPT[:-1] + '.note : { *(.note.*) } }'
STACK, NO_COPY, NEEDED = 1, 2, 0xb0008000
FEATURE, ISA_NEEDED, ISA_USED = 0xc0000002, 0xc0008002, 0xc0010002


def note(*properties):
    """.note.gnu.property of pairs (type, value), as compilers write it."""
    lines = ['.section .note.gnu.property,"a",@note', '.balign 8',
             '.long 4, 2f - 1f, 5', '.asciz "GNU"', '1:']
    for kind, value in properties:
        size = {STACK: 8, NO_COPY: 0}.get(kind, 4)
        lines += [f'.long {kind:#x}, {size}']
        lines += [f'.{"quad" if size == 8 else "long"} {value:#x}'] * (size > 0)
        lines += ['.balign 8']
    return '\n'.join(lines) + '\n2:\n.text\nnop\n'


# One list of properties for each object; None: it has no note.
MERGES = {
    'and': ([(FEATURE, 3)], [(FEATURE, 1)]),
    'and-without': ([(FEATURE, 3)], None),
    'without-and': (None, [(FEATURE, 3)]),
    'and-nothing-in-common': ([(FEATURE, 1)], [(FEATURE, 2)]),
    'and-twice-in-one': ([(FEATURE, 1), (FEATURE, 2)], [(FEATURE, 3)]),
    'or': ([(ISA_NEEDED, 1)], None, [(ISA_NEEDED, 4)]),
    'or-of-nothing': ([(ISA_NEEDED, 0)],),
    'or-if-all': ([(ISA_USED, 1)], [(ISA_USED, 2)]),
    'or-if-all-without': ([(ISA_USED, 1)], None),
    'or-if-all-of-nothing': ([(ISA_USED, 0)],),
    'largest': ([(STACK, 0x1000)], [(STACK, 0x3000)], [(STACK, 0x2000)]),
    'present': (None, [(NO_COPY, 0)]),
    'generic': ([(NEEDED, 1)], [(NEEDED, 2)], [(0xb0000000, 3)]),
    'many-out-of-order': ([(ISA_USED, 1), (FEATURE, 3), (STACK, 16)],
                          [(FEATURE, 3), (ISA_USED, 4), (ISA_NEEDED, 2)]),
}


def objects(merge):
    sources = {f'o{i}': note(*properties) if properties else '.text\nnop\n'
               for i, properties in enumerate(merge)}
    return {'start': START + note(*merge[0]) if merge[0] else START,
            **dict(list(sources.items())[1:])}


@pytest.mark.parametrize('merge', MERGES.values(), ids=MERGES)
def test_properties(same, merge):
    same(SCRIPT, **objects(merge))


def test_properties_are_in_a_segment(same):
    out = same(SCRIPT, **objects(MERGES['and']))
    assert elf.PT_GNU_PROPERTY in [s.type for s in out.segments]


FORCED = [['ibt'], ['shstk', 'x86-64-v3'], ['lam-u48'], ['lam-u57'],
          ['indirect-extern-access'], ['ibtplt'], ['x86-64-v4']]


@pytest.mark.parametrize('keywords', FORCED, ids=' '.join)
@pytest.mark.parametrize('merge', ['and', 'without-and', 'or', 'none'])
def test_properties_of_the_command_line(same, keywords, merge):
    options = [word for keyword in keywords for word in ('-z', keyword)]
    same(COLLECTED, options, **objects(MERGES.get(merge, (None, None))))


def test_features_that_are_missed(desk, same, both_refuse):
    sources = objects(MERGES['without-and'])
    text = both_refuse(SCRIPT, ['-z', 'cet-report=error'], **sources)
    assert 'start.o: missing property: x86 feature IBT' in text
    assert 'start.o: missing property: x86 feature SHSTK' in text
    assert 'o1.o' not in text
    same(SCRIPT, ['-z', 'cet-report=error', '-z', 'ibt', '-z', 'shstk'],
         **sources)
    same(SCRIPT, ['-z', 'cet-report=warning'], **sources)


def test_unknown_property_is_ignored(desk):
    arguments = build(desk, SCRIPT, [], {
        'a': START + note((FEATURE, 3)), 'b': note((FEATURE, 1), (77, 1))})
    done = links.run([links.BOOTLINK_LD, '-o', 'ours', *arguments], desk.folder)
    assert done.returncode == 0
    assert 'b.o:(.note.gnu.property): unknown property 0x4d' in done.stdout
    ours = elf.read(desk.folder / 'ours').section('.note.gnu.property')
    assert ours.data[16:28] == bytes.fromhex('020000c0 04000000 01000000')


# ---- where notes go ------------------------------------------------------------

def named(name, align):
    return (f'.section .note.{name},"a",@note\n.balign {align}\n'
            '.long 4, 4, 1\n.asciz "ABC"\n.long 5\n.text\n')


@pytest.mark.parametrize('middle', ['', '.rodata : { *(.rodata) }',
                                    '.note.b : { *(.note.b) }'])
def test_orphans_by_alignment(same, middle):
    same(SCRIPT[:-1] + middle + '.data : { *(.data) } }',
         a=START + named('a', 4) + named('b', 8) + '.section .ro,"a"\n.long 1\n'
         + '.section .rodata,"a"\n.long 1\n.data\n.long 1\n' + named('c', 4),
         b=named('d', 16) + named('e', 4) + '.section .ro2,"a"\n.long 1\n'
         + named('f', 8))


# ---- the build ID ----------------------------------------------------------------

def build_id(output):
    return output.section('.note.gnu.build-id').data


@pytest.mark.parametrize('style', ['0x0123456789abcdef', '0x12-34:AB'])
@pytest.mark.parametrize('script', [SCRIPT, COLLECTED])
def test_id_of_digits(same, script, style):
    same(script, ['--build-id=' + style], a=START + named('a', 4) +
         note((FEATURE, 3)), b=named('b', 4))


@pytest.mark.parametrize('style, size', [
    ('', 20), ('=sha1', 20), ('=md5', 16), ('=sha256', 32), ('=uuid', 16)])
def test_id_has_its_size(desk, style, size):
    arguments = build(desk, SCRIPT, ['--build-id' + style], {'a': START})
    ours = build_id(desk.link(links.BOOTLINK_LD, 'ours', arguments))
    assert len(ours) == 16 + size and any(ours[16:])
    if style != '=sha256':
        theirs = build_id(desk.link(links.GNU_LD, 'theirs', arguments))
        assert ours[:16] == theirs[:16] and len(ours) == len(theirs)


def test_id_is_a_hash_of_the_output(desk):
    """A change anywhere changes it; the same link gives the same."""
    def link(name, *options, source=START):
        arguments = build(desk, SCRIPT, ['--build-id', *options], {'a': source})
        return build_id(desk.link(links.BOOTLINK_LD, name, arguments))

    assert link('one') == link('two')
    others = {link('x', source=START + 'nop\n'), link('y', '--defsym=a=1'),
              link('z', '-e0x400001'), link('one')}
    assert len(others) == 4


def test_last_style_wins(same):
    same(SCRIPT, ['--build-id', '--build-id=none'], a=START)
    same(SCRIPT, ['--build-id', '--build-id=0x99'], a=START)


@pytest.mark.parametrize('style', ['', '0x', '0x1', '0x12g4', 'tree'])
def test_unknown_style_is_ignored(same, style):
    same(SCRIPT, ['--build-id=' + style], a=START)


def test_id_that_the_script_leaves_out(desk):
    script = SCRIPT[:-1] + '/DISCARD/ : { *(.note.*) } }'
    arguments = build(desk, script, ['--build-id'], {'a': START})
    done = links.run([links.BOOTLINK_LD, '-o', 'ours', *arguments], desk.folder)
    assert done.returncode == 0
    assert re.search('warning: --build-id is ignored', done.stdout)


def test_gcc_asks_for_one(desk):
    """Debian's gcc does not pass --build-id, Ubuntu's does; both pass this."""
    (desk.folder / 'bin').mkdir()
    (desk.folder / 'bin/ld').symlink_to(links.BOOTLINK)
    desk.write('link.ld', SCRIPT)
    desk.assemble('a.o', START)
    subprocess.run(['gcc', '-static', '-nostdlib', '-Bbin', '-Wl,--build-id',
                    '-T', 'link.ld', 'a.o', '-o', 'out'], cwd=desk.folder,
                   check=True)
    assert len(build_id(elf.read(desk.folder / 'out'))) == 36


def test_notes_are_not_garbage(same):
    same(SCRIPT, ['--gc-sections', '--build-id=0x1234'],
         a=START + note((FEATURE, 3)), b=note((FEATURE, 1)))


@pytest.mark.parametrize('text', [
    '{"type":"rpm","name":"x y"}', ' { "a" : [ 1, -2.5e3, true, null, "" ] }\n',
    '{}', '[]', '["\\u00e9\\n"]', '[1,2]', '', 'rpm', '"rpm"', '{"a":', '[1,]',
    '[01]', '{"a" 1}', '{"a":1,}', '[1}', '[]x', '["\\x"]', '[1.]', '[-]'])
@pytest.mark.parametrize('options', [
    [], ['-r'], ['--gc-sections', '-u_start'], ['--build-id=0x1234']])
def test_package_metadata(same, text, options):
    same('', [*options, f'--package-metadata={text}'], a=START)


def test_last_package_metadata_counts(same):
    options = [f'--package-metadata={text}' for text in ('{"a":1}', '{"b":2}')]
    assert b'{"b":2}' in same('', options, a=START).section('.note.package').data
    same('', [*options, '--package-metadata'], a=START)
