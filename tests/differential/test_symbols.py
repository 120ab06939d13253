# SPDX-License-Identifier: BSD-2-Clause
"""Which definition wins and what the output's symbol table says.
[gABI: Symbol Table, Section Groups]"""

import pytest

import links

from cases import archive

START = '.globl _start\n.text\n_start: ret\n'
SCRIPT = ('SECTIONS { . = 1M; .text : { *(.text .text.*) }'
          ' .data : { *(.data .data.*) } .bss : { *(.bss) *(COMMON) } }')


def test_weak_gives_way_to_strong(same):
    same(SCRIPT, a=START + '.weak f\nf: nop\n.data\n.quad f\n',
         b='.globl f\nf: ret\n')


def test_first_weak_wins(same):
    same(SCRIPT, a=START + '.weak f\nf: nop\n.data\n.quad f\n',
         b='.weak f\nnop\nf: ret\n')


def test_weak_undefined_is_zero(same):
    same(SCRIPT, a=START + '.weak f\n.data\n.quad f, f + 8\n')


def test_weak_then_strong_reference(same):
    same(SCRIPT, a=START + '.weak f\n.data\n.quad f\n',
         b='.data\n.quad f\n', c='.globl f\nf: ret\n')


def test_common_takes_the_largest(same):
    same(SCRIPT, a=START + '.comm c,4,4\n.data\n.quad c\n', b='.comm c,32,16\n',
         c='.comm c,8,64\n')


def test_commons_in_order_of_mention(same):
    same(SCRIPT, a=START + '.comm c,3,1\n.comm a,5,32\n.comm b,8,8\n',
         b='.comm z,4,4\n.comm a,5,4\n.comm y,1,1\n')


def test_definition_wins_over_common(same):
    same(SCRIPT, a=START + '.comm c,16,16\n.data\n.quad c\n',
         b='.globl c\n.data\nc: .quad 7\n.size c,8\n.type c,@object\n')


def test_common_wins_over_weak(same):
    same(SCRIPT, a=START + '.weak c\n.data\nc: .quad c\n', b='.comm c,16,16\n')


def test_common_before_weak(same):
    same(SCRIPT, a=START + '.comm c,16,16\n.data\n.quad c\n',
         b='.weak c\n.data\nc: .quad 1\n')


def test_common_orphan(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } }',
         a=START + '.comm c,16,16\n.bss\n.skip 4\n')


def test_hidden_is_the_most_constraining(same):
    same(SCRIPT, a=START + '.hidden f\n.data\n.quad f\n',
         b='.globl f\nf: ret\n.protected g\n.globl g\ng: ret\n'
         '.internal i\n.globl i\ni: ret\n')


def test_absolute_symbols(same):
    same(SCRIPT, a=START + '.globl port\nport = 0x3f8\nlocal = 5\n'
         '.data\n.quad port, local\n', b='.data\n.long port\n')


def test_types_and_sizes(same):
    same(SCRIPT, a=START + '.type _start,@function\n.size _start,1\n.data\n'
         '.globl o\n.type o,@object\n.size o,12\no: .quad 1\n.long 2\n')


def test_file_and_local_symbols(same):
    same(SCRIPT, a='.file "a.c"\n' + START + 'one: nop\n.data\ntwo: .byte 1\n',
         b='.file "b.c"\none: nop\n', c='three: nop\n')


def test_local_of_the_same_name_as_a_global(same):
    same(SCRIPT, a=START + 'f: nop\ncall f\n', b='.globl f\nf: ret\ncall f\n')


def test_comdat_first_group_wins(same):
    group = ('.section .text.inline,"axG",@progbits,inline,comdat\n'
             '.weak inline\ninline: .fill {0},1,0x90\nret\n'
             '.section .data.inline,"awG",@progbits,inline,comdat\n'
             '.byte {0}\n.data\n.quad inline\n')
    same(SCRIPT, a=START + group.format(3), b=group.format(5),
         c=group.format(3))


def test_group_that_is_not_comdat(same):
    group = '.section .data.g,"awG",@progbits,sig\n.byte {0}\n'
    same(SCRIPT, a=START + group.format(1), b=group.format(2))


def test_symbols_of_discarded_sections_go(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } /DISCARD/ : { *(.junk) } }',
         a=START + '.section .junk,"aw"\n.globl gone\ngone: .byte 1\n'
         'here: .byte 2\n')


def test_undefined(both_refuse):
    text = both_refuse(SCRIPT, a=START + 'call nowhere\n')
    assert 'nowhere' in text and 'a.o' in text


def test_duplicate(both_refuse):
    text = both_refuse(SCRIPT, a=START, b=START)
    assert '_start' in text and 'a.o' in text and 'b.o' in text


def test_hidden_reference_to_a_definition_elsewhere(same):
    same(SCRIPT, a=START + '.hidden v\nmov v(%rip), %eax\n',
         b='.globl v\n.data\nv: .long 5\n')


def test_start_stop_of_a_placed_section(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } set : { *(set) }'
         ' .data : { *(.data) } }',
         a=START + '.section set,"aw"\n.quad 1\n.data\n'
         '.quad __start_set, __stop_set\n', b='.section set,"aw"\n.quad 2\n')


# ---- archives ------------------------------------------------------------------

def test_member_on_demand(same):
    same(SCRIPT, a=START + 'call f\n',
         lib=archive(x='.globl f\nf: ret\n', y='.globl g\ng: ret\n'))


def test_member_that_needs_another(same):
    same(SCRIPT, a=START + 'call f\n',
         lib=archive(y='.globl g\ng: ret\n', x='.globl f\nf: call g\n',
                     z='.globl h\nh: ret\n'))


def test_archive_before_its_reference_gives_nothing(both_refuse):
    both_refuse(SCRIPT, options=['{lib}', '{a}'], a=START + 'call f\n',
                lib=archive(x='.globl f\nf: ret\n'))


def test_group_of_archives(same):
    same(SCRIPT, options=['{a}', '--start-group', '{one}', '{two}',
                          '--end-group'], a=START + 'call f\n',
         one=archive(x='.globl f\nf: call g\n', z='.globl h\nh: ret\n'),
         two=archive(y='.globl g\ng: call h\n'))


def test_group_in_short_form(same):
    same(SCRIPT, options=['-(', '{one}', '{two}', '-)', '{a}', '{one}'],
         a=START + 'call f\n', one=archive(x='.globl f\nf: call g\n'
                                           '.globl g\ng: ret\n'),
         two=archive(y='.globl q\nq: nop\n'))


def test_whole_archive(same):
    same(SCRIPT, options=['--whole-archive', '{one}', '--no-whole-archive',
                          '{two}'], a=START,
         one=archive(x='.globl f\nf: ret\n', y='.data\n.quad 1\n'),
         two=archive(z='.globl g\ng: ret\n'))


def test_weak_reference_takes_no_member(same):
    same(SCRIPT, a=START + '.weak f\n.data\n.quad f\n',
         lib=archive(x='.globl f\nf: ret\n'))


def test_member_for_a_common_symbol(same):
    same(SCRIPT, a=START + '.comm c,8,8\n',
         lib=archive(x='.globl c\n.data\nc: .quad 1\n.globl d\nd: .quad 2\n'))


def test_members_in_the_order_of_the_archive(same):
    same(SCRIPT, a=START + 'call h\ncall g\ncall f\n',
         lib=archive(x='.globl f\nf: ret\n', y='.globl g\ng: ret\nnop\n',
                     z='.globl h\nh: ret\nnop\nnop\n'))


def test_members_of_one_name(same):
    same(SCRIPT, options=['--whole-archive'], a=START,
         lib=archive(twice=True, x='.data\n.quad 1\n', y='.data\n.byte 2\n'))


def test_long_member_names(same):
    name = 'a_member_with_a_name_longer_than_fifteen'
    same(SCRIPT, a=START + 'call f\n',
         lib=archive(**{name: '.globl f\nf: ret\n',
                        name + '2': '.globl g\ng: ret\n'}))


def test_archive_pattern(same):
    same('SECTIONS { . = 1M; .text : { lib.a:x.o(.text) *(.text) }'
         ' .data : { lib.a:(.data) *(.data) } .rest : { *lib.a:*(.rodata)'
         ' *(.rodata) } }',
         a=START + 'call f\ncall g\n.data\n.byte 1\n.section .rodata,"a"\n'
         '.byte 1\n', lib=archive(
             y='.globl g\ng: ret\n.data\n.byte 2\n.section .rodata,"a"\n'
             '.byte 2\n', x='.globl f\nf: ret\nnop\n.data\n.byte 3\n'))


def test_provide_does_not_stop_a_member(same):
    same(SCRIPT + ' PROVIDE(f = 0x10);', a=START + 'call f\n',
         lib=archive(x='.globl f\nf: ret\n'))


def test_script_symbol_stops_a_member(same):
    same('f = 0x100010; ' + SCRIPT, a=START + 'call f\n',
         lib=archive(x='.globl f\nf: ret\n'))


def test_entry_takes_a_member(same):
    library = archive(x='.globl enter\n.section .text.x,"ax"\nenter: ret\n')
    same('ENTRY(enter)' + SCRIPT, a='.text\nnop\n', lib=library)


def test_entry_from_the_command_line_takes_a_member(same):
    library = archive(x='.globl enter\n.section .text.x,"ax"\nenter: ret\n')
    same(SCRIPT, options=['-e', 'enter', '{a}'], a='.text\nnop\n',
         lib=library)


def test_symbols_that_object_and_script_define(same):
    """Type and size stay the object's; a common symbol needs no room."""
    same('SECTIONS { . = 1M; .text : { f = .; *(.text) c = .; }'
         ' .data : { *(.data) d = .; HIDDEN(w = .); PROVIDE(e = .); } }',
         a='.globl _start, f, d\n.text\n_start: nop\n.type f,@function\n'
           'f: ret\n.size f,1\n.comm c,8,8\n.comm e,8,8\n.data\n'
           '.type d,@object\nd: .quad c,e\n.size d,16\n.weak w\nw: .quad 1\n')


# ---- What the linker and the script define --------------------------------------

def test_hidden_by_an_object_is_no_local(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } a = .; HIDDEN(b = .);'
         ' PROVIDE(c = .); PROVIDE_HIDDEN(d = .); }',
         a='.globl _start\n.text\n_start: lea a(%rip), %rax\n'
         'lea b(%rip), %rax\nlea c(%rip), %rax\nlea d(%rip), %rax\n'
         '.hidden a, b, c, d\n')


EHDR = ('.globl _start\n.text\n_start: lea __ehdr_start(%rip), %rbx\n'
        'mov __ehdr_start@GOTPCREL(%rip), %rax\n')


@pytest.mark.parametrize('script', [
    'SECTIONS { . = 1M + SIZEOF_HEADERS; .text : { *(.text) } }',
    'SECTIONS { . = 4M + SIZEOF_HEADERS; . = ALIGN(4096); .text : { *(.text) }'
    ' .data : { *(.data) } }',
    'PHDRS { text PT_LOAD FILEHDR PHDRS; data PT_LOAD; } SECTIONS {'
    ' . = 1M + SIZEOF_HEADERS; .text : { *(.text) } :text'
    ' .data : { *(.data) } :data }'])
def test_ehdr_start(same, script):
    same(script, a=EHDR + '.data\n.quad __ehdr_start\n')


def test_no_header_in_memory(same, both_refuse):
    script = 'SECTIONS { . = 0x10; .text : { *(.text) } }'
    same(script, a=EHDR + '.weak __ehdr_start\n')
    text = both_refuse(script, a=EHDR)
    assert "undefined reference to '__ehdr_start'" in text


def test_got_loads_of_a_linker_set(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } x : { *(x) } }',
         a='.globl _start\n.text\n_start: mov __start_x@GOTPCREL(%rip), %rax\n'
         'call *__start_x@GOTPCREL(%rip)\nmov __stop_x@GOTPCREL(%rip), %ecx\n'
         'test %rax, __stop_x@GOTPCREL(%rip)\n.section x,"aw"\n.quad 1\n')


WARNING = ('.globl bad, worse\n.text\nbad: call worse\nworse: ret\n'
           '.section .gnu.warning.bad\n.string "bad is bad"\n'
           '.section .gnu.warning.worse\n.string "worse is worse"\n'
           '.section .gnu.warning.none\n.ascii "no end"\n'
           '.section .gnu.warning\n.string "mind this file"\n')


def test_warnings_of_an_object(desk, same):
    """For those who use the symbol, and not for the file itself."""
    same('SECTIONS { . = 1M; .text : { *(.text) } }', b=WARNING,
         a='.globl _start\n_start: call bad\njmp bad\n')
    for linker in (links.GNU_LD, links.BOOTLINK_LD):
        text = links.run([linker, '-o', 'out', 'a.o', 'b.o', '-T', 'link.ld'],
                         desk.folder).stdout
        assert text.count('bad is bad') == 1 and 'a.o' in text
        assert 'worse is worse' not in text and 'b.o' in text
        assert text.count('mind this file') == 1


def test_object_of_which_nothing_is_left(same):
    same('SECTIONS { . = 1M; .code : { *(.text.x) } }',
         a='.section .text.x,"ax"\n.globl _start\n_start: ret\n',
         b='.file "b.c"\nnumber = 5\n')


def test_locals_keep_their_visibility(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } }',
         a='.globl _start\n_start: ret\n.hidden h\nh: ret\n'
         '.internal i\ni: ret\n')


SETS = '.quad __start_set, __stop_set\n.section set,"a"\n.quad 1\n'


@pytest.mark.parametrize('wanted', ['weak', 'internal', 'hidden', 'protected'])
@pytest.mark.parametrize('kind', [None, 'default', 'internal', 'hidden',
                                  'protected'])
def test_visibility_of_the_ends_of_sets(same, wanted, kind):
    options = ['-z', f'start-stop-visibility={kind}'] if kind else []
    same('SECTIONS { . = 1M; .text : { *(.text) } }', options=options,
         a=f'.globl _start\n.text\n_start: nop\n.{wanted} __start_set\n' + SETS)


def test_unknown_visibility_of_the_ends_of_sets(both_refuse):
    both_refuse('SECTIONS { .text : { *(.text) } }',
                ['-z', 'start-stop-visibility=none'], a=SETS)


def test_object_of_which_nothing_but_bss_is_left(same):
    same('SECTIONS { . = 1M; .bss : { KEEP(*(.bss)) } }',
         a='.file "a.c"\n.bss\nlocal:\n')


def test_undefined_weak_of_threads_is_0_beside_its_relocations(same):
    same('SECTIONS { . = 1M; }', options=['-q'],
         a='.section .tdata,"awT"\n.skip 19, 1\n.weak w\n.text\n'
         'lea w@tpoff(%rax), %rcx\n')


@pytest.mark.parametrize('name', ['set', '.text', '.other.name', 'no-c-name'])
def test_start_and_size_of_any_section(same, name):
    same('SECTIONS { . = 1M; .text : { *(.text) } }',
         a='.globl _start\n.text\n_start: nop\n'
         f'.weak ".startof.{name}"\n.quad ".startof.{name}", ".sizeof.{name}"\n'
         f'.section "{name}"\n.quad 1\n')


def test_start_and_size_of_no_section(both_refuse):
    both_refuse('SECTIONS { . = 1M; .text : { *(.text) } }',
                a='.text\n.quad .startof.none, .sizeof.none\n')


def test_assigned_symbol_has_the_type_of_another(same):
    same('SECTIONS { . = 1M; .text : { *(.text) } .data : { *(.data) }'
         ' a = f; b = f + 1; c = d; }', options=['--defsym=e=d'],
         a='.globl _start, f, d\n_start: nop\n.type f,@function\nf: ret\n'
         '.data\n.type d,@object\n.size d,4\nd: .long 1\n')


ASKS_SET = START + '.data\n.quad __start_set, __stop_set\n.section set,"aw"'


@pytest.mark.parametrize('section', [
    '', 'set : { *(set) }', 'set : { KEEP(*(set)) }', 'set : { *(none) }',
    'set : { x = .; *(set) }', 'set : { *(other) }', 'set : { LONG(1) }',
    'set : { *(other set) }'])
@pytest.mark.parametrize('sources', [
    {'a': ASKS_SET}, {'a': ASKS_SET + ',@nobits\n'}, {'a': ASKS_SET + '\n.quad 1'},
    {'a': ASKS_SET, 'b': '.section other,"aw"\n.quad 1\n'}])
@pytest.mark.parametrize('options', [[], ['--gc-sections', '-u_start']])
def test_sets_that_are_empty(same, section, sources, options):
    same(SCRIPT.replace(' .bss', section + ' .bss'), options, **sources)


@pytest.mark.parametrize('section', [
    'set : { *(other) }', 'set : { LONG(1) }', '.x : { *(set) }'])
def test_a_set_needs_inputs_of_its_name(both_refuse, section):
    set_ = 'other' if 'set :' in section else 'set'
    both_refuse(SCRIPT.replace(' .bss', section + ' .bss'),
                a=ASKS_SET.replace('.section set', f'.section {set_}')
                + '\n.quad 1\n')


NAMES = ('.text\nloc: nop\nx: nop\nloc.1: nop\n.type t,@function\nt: nop\n'
         '.hidden h{0}\n.globl h{0}\nh{0}: nop\n.data\ny: .quad loc, x\n')


@pytest.mark.parametrize('options', [
    [], ['-r'], ['-x'], ['-X'], ['-q'], ['-s'], ['--discard-none'],
    ['-z', 'nounique-symbol']])
def test_unique_locals(same, options):
    same(None, ['-z', 'unique-symbol', *options], a=START + NAMES.format(1),
         b='.file "a.c"\n' + NAMES.format(2), c='.text\nx.1: nop\n.Lx: nop\n'
         'h1: nop\n' + NAMES.format(3))


def test_unique_locals_to_retain(same, desk):
    desk.write('names', 'loc\nx.1\n')
    same(None, ['-z', 'unique-symbol', '--retain-symbols-file=names'],
         a=START + NAMES.format(1), b=NAMES.format(2))


@pytest.mark.parametrize('entry', [
    '0777', '0x777', '010', '12', '0b11', '-5', '+5', '0x', '07x', '0',
    '99999999999999999999', '_start'])
def test_entries_are_numbers_as_in_c(same, entry):
    same(SCRIPT, ['-e', entry], a=START)
