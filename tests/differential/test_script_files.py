# SPDX-License-Identifier: BSD-2-Clause
"""Scripts that name files, scripts in several files, scripts among the inputs:
which files are linked, and in which order. [GNU ld manual: Commands Dealing
with Files, Implicit Linker Scripts]"""

import pytest

import links
from cases import NO_STACK, archive, build

SECTIONS = ('SECTIONS { .text 0x1000 : { *(.text) } .data : { *(.data) }'
            ' .bss : { *(.bss COMMON) } }')


def code(number, rest=''):
    return f'.globl f{number}\nf{number}: .byte {number}\n{rest}'


@pytest.fixture
def linked(desk):
    """Both linkers with the same arguments; the bytes of .text."""
    for number in range(1, 7):
        desk.assemble(f'o{number}.o', code(number) + NO_STACK)
    desk.assemble('lib/o7.o', code(7) + NO_STACK)
    desk.assemble('lib/sub/o8.o', code(8) + NO_STACK)
    desk.archive('lib/libm.a', ['o5.o', 'o6.o'])
    desk.write('link.ld', SECTIONS)

    def check(*arguments):
        theirs = desk.link(links.GNU_LD, 'theirs', arguments)
        ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
        found = links.differences(ours, theirs)
        assert not found, '\n'.join(['', *found])
        return list(next((s.data for s in ours.sections if s.name == '.text'), b''))

    return check


def test_files_of_a_script_stand_in_its_place(desk, linked):
    desk.write('in.ld', 'INPUT(o2.o) ' + SECTIONS)
    desk.write('more.ld', 'INPUT(o4.o)')
    assert linked('o1.o', '-T', 'in.ld', 'o3.o', '-T', 'more.ld') == [1, 2, 3, 4]


def test_startup_comes_first(desk, linked):
    desk.write('in.ld', 'INPUT(o3.o) STARTUP(o2.o) ' + SECTIONS)
    assert linked('o1.o', '-T', 'in.ld') == [2, 1, 3]


def test_a_script_may_name_all_files(desk, linked):
    desk.write('in.ld', 'INPUT("o1.o" AS_NEEDED(o3.o AS_NEEDED(o2.o)) , o4.o) '
               + SECTIONS)
    assert linked('-T', 'in.ld') == [1, 3, 2, 4]


@pytest.mark.parametrize('text', [
    'INPUT(o7.o)', 'INPUT(sub/o8.o)', 'INPUT(-lm) EXTERN(f6)',
    'EXTERN(f5 , f6) INPUT(-l:libm.a)', 'SEARCH_DIR(lib/sub) INPUT(o8.o)',
    'INPUT(o8.o) SEARCH_DIR("lib/sub")'])
def test_folders_are_searched(desk, linked, text):
    desk.write('in.ld', text + SECTIONS)
    linked('o1.o', '-T', 'in.ld', '-L', 'lib')


def test_libraries_of_the_command_line_are_searched_in_script_folders(
        desk, linked):
    desk.write('in.ld', 'EXTERN(f5) SEARCH_DIR(lib)' + SECTIONS)
    assert linked('o1.o', '-lm', '-T', 'in.ld') == [1, 5]


@pytest.mark.parametrize('prefix', ['=', '$SYSROOT'])
def test_the_sysroot_stands_before_a_path(desk, linked, prefix):
    desk.write('in.ld', f'INPUT({prefix}{desk.folder}/o2.o)' + SECTIONS)
    assert linked('o1.o', '-T', 'in.ld') == [1, 2]


def test_extern_takes_members(same):
    same('EXTERN(g) ' + SECTIONS, a=code(1),
         b=archive(x=code(2, '.globl g\ng: .byte 9\n'), y=code(3)))


def test_the_archives_of_a_group_need_each_other(desk, linked):
    desk.assemble('p.o', '.globl p\np: .quad q\n' + NO_STACK)
    desk.assemble('q.o', '.globl q\nq: .quad r\n' + NO_STACK)
    desk.assemble('r.o', '.globl r\nr: .byte 1\n' + NO_STACK)
    desk.archive('odd.a', ['p.o', 'r.o'])
    desk.archive('even.a', ['q.o'])
    desk.write('group.txt', 'GROUP ( odd.a even.a )')
    desk.write('in.ld', 'EXTERN(p)' + SECTIONS)
    linked('o1.o', '-T', 'in.ld', 'group.txt', 'o2.o')
    linked('o1.o', '-T', 'in.ld', '--start-group', 'o3.o', 'group.txt',
           '--end-group', 'o2.o')


def test_a_script_may_be_an_input(desk, linked):
    desk.write('in.txt', '/* GNU ld script */ INPUT(o2.o) five = 5; EXTERN(f5)')
    desk.write('lib/libn.a', 'INPUT(-lm)')
    assert linked('o1.o', 'in.txt', 'o3.o', '-T', 'link.ld', '-Llib',
                  '-ln') == [1, 2, 3, 5]


def test_sections_of_a_script_among_the_inputs_come_last(desk, linked):
    desk.write('in.txt', 'SECTIONS { .more : { o2.o(.text) *(.more) } }')
    desk.assemble('m.o', '.section .more,"ax"\n.byte 7\n' + NO_STACK)
    assert linked('-T', 'link.ld', 'o1.o', 'in.txt', 'o2.o', 'm.o') == [1, 2]


@pytest.mark.parametrize('pattern', [
    'o2.o(.text)', 'o2.o(.nothing)', 'SORT(o2.o)(.text)', '"o2.o"(.text)',
    'EXCLUDE_FILE(o1.o) o2.o(.text)', 'KEEP(o2.o(.text))', 'o7.o(.text)',
    'o2.o(.text) o3.o(.text) o2.o(.data) o1.o(.bss)'])
@pytest.mark.parametrize('is_first', [True, False])
def test_a_file_that_an_output_section_names_is_linked(desk, linked, pattern,
                                                       is_first):
    desk.write('in.ld', 'SECTIONS { .text 0x1000 : { *(.nothing) ' + pattern +
               ' *(.text) } .data : { *(.data) } }')
    script = ['-T', 'in.ld']
    files = ['o1.o', 'o3.o']
    arguments = script + files if is_first else files + script
    assert len(linked('-Llib', *arguments)) == 3


def test_patterns_of_archives_name_no_inputs(desk, linked):
    desk.write('in.ld', 'SECTIONS { .text 0x1000 : { *(.text) lib/libm.a:o5.o'
               '(.text) :o2.o(.text) lib/libm.a:(.text) o[2].o(.text) } }')
    assert linked('o1.o', '-T', 'in.ld') == [1]


@pytest.mark.parametrize('pattern', [
    '*libm.a(.text)', 'lib/libm.a(.text)', '*5.o(.text)', '*libm.a:o5.o(.text)',
    'lib/libm.a:(.text)', 'lib*:o*(.text)', ':o5.o(.text)', ':*(.text)',
    '*:*(.text)', '*(EXCLUDE_FILE(*libm.a) .text)', '*(EXCLUDE_FILE(*m.a:) .text)',
    '*(EXCLUDE_FILE(lib/libm.a) .text)', '*(EXCLUDE_FILE(*libm.a:o6.o) .text)',
    '*(EXCLUDE_FILE(libm.a o6.o) .text)', '*(EXCLUDE_FILE(:o1.o) .text)',
    'EXCLUDE_FILE(*libm.a) *(.text)', 'lib/o7*(.text)', 'o7*(.text)',
    'o7.o(.text)', '*(EXCLUDE_FILE(o7.o) .text)'])
def test_file_patterns(desk, linked, pattern):
    desk.write('in.ld', 'EXTERN(f5 f6) INPUT(o7.o) SECTIONS { .text 0x1000 : { '
               + pattern + ' } .rest : { *(.text) } .data : { *(.data) } }')
    linked('-Llib', 'o1.o', '-lm', '-T', 'in.ld')


def test_include_anywhere(desk, linked):
    desk.write('top.ld', 'ENTRY(f2) EXTERN(f5) INPUT(o3.o)')
    desk.write('lib/sections.ld', '. = 0x2000; a = .; INCLUDE deep.ld')
    desk.write('deep.ld', 'b = . + 1;')
    desk.write('contents.ld', 'o2.o(.text) BYTE(9) /* c */ c = .;')
    desk.write('in.ld', 'INCLUDE top.ld SECTIONS { INCLUDE sections.ld '
               '.text : { INCLUDE "contents.ld" *(.text) } } INPUT(-lm)')
    assert linked('-Llib', 'o1.o', 'o2.o', '-T', 'in.ld') == [2, 9, 1, 3, 5]


def test_a_group_of_sections(same):
    same('SECTIONS { GROUP 0x3000 : { .text : { *(.text) } b = .; }'
         ' .data : { *(.data) } }', a=code(1) + '.data\n.quad 1\n')


INTO = ('b0 = .; SECTIONS { . = 0x1000; .text : { *(.text) } b1 = .; b2 = .;'
        ' .data : { *(.data) } b3 = .; . = ALIGN(256); b4 = .;'
        ' .bar : { *(.bar) } b5 = .; } b6 = .;')
PARTS = (code(1) + '.section .foo,"aw"\n.quad 1\n.section .bar,"aw"\n.quad 2\n'
         '.data\n.quad 3\n.section .zoo,"aw"\n.quad 4\n')


@pytest.mark.parametrize('where', [
    'AFTER .text', 'AFTER .data', 'AFTER .bar', 'BEFORE .data', 'BEFORE .bar'])
def test_insert(desk, same, where):
    desk.write('ins.ld', 'a0 = .; SECTIONS { a1 = .; .foo : { *(.foo) } a2 = .;'
               ' . = . + 8; a3 = .; .zoo : { *(.zoo) } } a4 = .;'
               f' INSERT {where}; a5 = 1;')
    same(INTO, ['-T', 'ins.ld'], a=PARTS)


def test_insert_twice(desk, same):
    desk.write('ins.ld', 'SECTIONS { .foo : { *(.foo) } } INSERT AFTER .data;'
               'SECTIONS { .zoo : { *(.zoo) } } INSERT AFTER .data;')
    same(INTO, ['-T', 'ins.ld'], a=PARTS)


@pytest.mark.parametrize('insertions', [
    '.x : { *(.none) } . = 128; z = .; } INSERT BEFORE .text;',
    'z = .; } INSERT BEFORE .text;',
    '.zoo : { *(.zoo) LONG(1) } .x : { y = .; } } INSERT AFTER .data; SECTIONS'
    ' { .foo : { *(.foo) } z = .; } INSERT BEFORE .zoo;',
    '.late : { *(.data) } } INSERT AFTER .bar;',
    '.late : ONLY_IF_RW { *(.data .text) } } INSERT AFTER .bar;',
    'z = ADDR(.head); } INSERT AFTER .bar;',
    '.bar : { *(.foo) } } INSERT AFTER .data;'])
def test_insertions_are_matched_as_written(desk, same, insertions):
    desk.write('ins.ld', 'SECTIONS { ' + insertions)
    same('SECTIONS { . = 0x1000; .text : { *(.text) } .data : {'
         ' *(.data) } .bar : { *(.bar) } .head : { LONG(1) } }',
         ['-T', 'ins.ld'], a=PARTS)


def test_insert_behind_a_section_of_no_script(desk, both_refuse):
    desk.write('ins.ld', 'SECTIONS { .foo : { *(.foo) } }\nINSERT AFTER .no;')
    text = both_refuse(INTO, ['-T', 'ins.ld'], a=PARTS)
    assert "ins.ld:2:14: INSERT: there is no output section '.no'" in text


def test_output_names_the_file(desk, linked):
    desk.write('in.ld', 'OUTPUT(named) ' + SECTIONS)
    for linker in links.GNU_LD, links.BOOTLINK_LD:
        for options, name in ([], 'named'), (['-o', 'other'], 'other'):
            done = links.run([linker, 'o1.o', '-T', 'in.ld', *options],
                             desk.folder)
            assert done.returncode == 0, done.stdout
            (desk.folder / name).unlink()


@pytest.mark.parametrize('script, place', [
    ('INPUT(no.o)', 'link.ld:1:7: '), ('GROUP(a.o\n -lno)', 'link.ld:2:2: '),
    ('INCLUDE no.ld', 'link.ld:1:9: '), ('STARTUP(no.o)', 'link.ld:1:9: ')])
def test_missing_files_are_named_with_their_place(both_refuse, script, place):
    text = both_refuse(script + '\n' + SECTIONS, a=code(1))
    assert place + 'cannot find' in text


def test_a_script_that_names_itself(desk):
    """GNU ld reads it again and again. It is said once, though there are a
    thousand ways to get there."""
    desk.write('in.txt', 'INPUT(in.txt ./in.txt)')
    arguments = build(desk, 'INPUT(in.txt)' + SECTIONS, [], {'a': code(1)})
    with pytest.raises(links.LinkFailed) as refusal:
        desk.link(links.BOOTLINK_LD, 'ours', arguments)
    assert str(refusal.value).count('does one name itself?') == 1


def test_text_that_is_no_script(desk, both_refuse):
    desk.write('note.txt', 'Dear linker,\nplease link.\n')
    text = both_refuse(SECTIONS, ['note.txt'], a=code(1))
    assert 'note.txt:1:1:' in text or 'note.txt:1:6:' in text
    assert 'note.txt: neither an ELF object nor an archive' in text
