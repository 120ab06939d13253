# SPDX-License-Identifier: BSD-2-Clause
"""The rest of GNU ld's command line, by what it does to the output.
[GNU ld manual: Command-line Options]"""

import re

import pytest

import links
from cases import NO_STACK, archive, build

SCRIPT = ('ENTRY(_start) SECTIONS { . = 1M; .text : { *(.text .text.*) }'
          ' . = ALIGN(4096); .data : { *(.data .data.*) }'
          ' .bss : { *(.bss .bss.*) *(COMMON) } }')
START = '.globl _start\n.text\n_start: nop\n'


# ---- --wrap ------------------------------------------------------------------

WRAP = ['--wrap=f', '--wrap', 'g']
WRAPPED = ('.globl f, g, __wrap_f, __wrap_g\nf: call f\n__wrap_f: call __real_f\n'
           '__wrap_g: nop\n')


def test_wrap_redirects_references(same):
    same(SCRIPT, WRAP, a=START + 'call f\ncall __real_f\n.data\n.quad g, f\n'
         '.quad __real_h\n__real_h:\n', b=WRAPPED + 'g: nop\n')


def test_wrap_leaves_references_where_the_definition_is(same):
    same(SCRIPT, WRAP, a=START + '.globl g\ng: call g\ncall f\n', b=WRAPPED
         .replace('f, g,', 'f,'))


def test_wrap_takes_members(same):
    same(SCRIPT, WRAP, a=START + 'call f\ncall g\n',
         lib=archive(x='.globl __wrap_f\n__wrap_f: call __real_f\n',
                     y='.globl f\nf: nop\n', z='.globl __wrap_g\n__wrap_g:\n',
                     u='.globl g\ng: nop\n'))


def test_wrap_holds_in_scripts(same):
    same('a = f; b = DEFINED(__wrap_f);' + SCRIPT, WRAP, a=START + 'call f\n',
         b=WRAPPED + 'g: nop\n')


# ---- What is undefined ---------------------------------------------------------

UNDEFINED = START + 'call nowhere\n.data\n.quad nowhere + 8\n'
GOES_ON = [['--unresolved-symbols=ignore-all'], ['-z', 'undefs'], ['-w'],
           ['--unresolved-symbols=ignore-in-object-files'],
           ['--warn-unresolved-symbols'], ['--noinhibit-exec'],
           ['--no-warnings'], ['--ignore-unresolved-symbol=nowhere']]
STOPS = [[], ['--unresolved-symbols=report-all'], ['-z', 'defs'],
         ['--no-undefined'], ['--fatal-warnings', '--warn-unresolved-symbols'],
         ['--unresolved-symbols=ignore-in-shared-libs'],
         ['--ignore-unresolved-symbol=other'],
         ['--warn-unresolved-symbols', '--error-unresolved-symbols']]


@pytest.mark.parametrize('options', GOES_ON)
def test_undefined_is_zero(desk, options):
    script = SCRIPT.replace('1M', '0x1000')
    arguments = build(desk, script, options, {'a': UNDEFINED})
    theirs = desk.link(links.GNU_LD, 'theirs', arguments)
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    assert not links.differences(ours, theirs)


@pytest.mark.parametrize('options', STOPS)
def test_undefined_is_an_error(both_refuse, options):
    assert 'nowhere' in both_refuse(SCRIPT, options, a=UNDEFINED)


def test_required_symbols(same, both_refuse):
    same(SCRIPT, ['--require-defined=f'], a=START,
         lib=archive(x='.globl f\nf: nop\n', y='.globl g\ng: nop\n'))
    same('f = 5;' + SCRIPT, ['--require-defined=f'], a=START)
    assert 'nowhere' in both_refuse(SCRIPT, ['--require-defined=nowhere'],
                                    a=START)


def test_a_reference_of_the_command_line(same):
    same(SCRIPT, ['-u', 'nowhere', '--undefined=f'], a=START,
         lib=archive(x='.globl f\nf: nop\n', y='.globl g\ng: nop\n'))


@pytest.mark.parametrize('option', [['-z', 'muldefs'],
                                    ['--allow-multiple-definition']])
def test_the_first_of_several_definitions(same, option):
    same(SCRIPT, option, a=START + '.globl f\nf: nop\n.data\n.quad f\n',
         b='nop\n.globl f\nf: ret\n.data\n.quad f\n')


def test_what_does_not_fit_with_noinhibit_exec(desk):
    arguments = build(desk, SCRIPT, ['--noinhibit-exec'], {
        'a': START + 'mov far, %eax\n.globl far\nfar = 0x123456789\n'})
    desk.link(links.GNU_LD, 'theirs', arguments)
    desk.link(links.BOOTLINK_LD, 'ours', arguments)


# ---- Which symbols the output has ----------------------------------------------

SYMBOLS = """.file "s.c"
.globl _start
.text
_start: call local
local: nop
.Lmade: nop
.hidden hidden
.globl hidden
hidden: nop
.globl kept
kept: nop
.section .rodata.str1.1,"aMS",@progbits,1
.LC0: .asciz "hello"
string: .asciz "lo"
.section .debug_x,""
debug: .quad local
.section .comment,""
.asciz "x"
.section .note.GNU-stack,""
"""


def names(output):
    """Sections with contents and symbols, without indices."""
    return (sorted(s.name for s in output.sections if s.size),
            sorted((s.name, s.type, s.binding, s.section)
                   for s in output.symbols if s.type != 3))


@pytest.mark.parametrize('options', [
    [], ['-s'], ['--strip-all'], ['-S'], ['--strip-debug'], ['-x'],
    ['--discard-all'], ['-X'], ['--discard-locals'], ['--discard-none'],
    ['-s', '-x'], ['-S', '-x'], ['-s', '-q'], ['--retain-symbols-file=retain'],
    ['-s', '--retain-symbols-file=retain'], ['-q', '--retain-symbols-file=retain'],
    ['-S', '--retain-symbols-file=retain'],
    ['--retain-symbols-file', 'retain', '-s'], ['-r'], ['-r', '-S'],
    ['-r', '-x'], ['-r', '-X'], ['-r', '-s'], ['-x', '-X'], ['-X', '-x']])
def test_symbols_that_are_left_out(desk, options):
    desk.write('retain', 'kept\nlocal\nnosuch\n')
    desk.write('link.ld', SCRIPT)
    desk.write('s.s', SYMBOLS)
    assert links.run(['as', '-L', '-o', 's.o', 's.s'],
                     desk.folder).returncode == 0
    arguments = [*options, 's.o', '-T', 'link.ld']
    theirs = desk.link(links.GNU_LD, 'theirs', arguments)
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    assert names(ours) == names(theirs)


# ---- Sections ------------------------------------------------------------------

PIECES = ('.section .text.{1},"ax"\n.globl {1}\n.balign {2}\n{1}: nop\n'
          '.section .text.{3},"ax"\n.globl {3}\n{3}: nop\n'
          '.section .foo,"aw"\n.byte {0}\n.data\n.balign 8\n.byte {0}\n'
          '.section .foo2,"a"\n.quad {0}\n.comm c{0},1,1\n.comm d{0},8,8\n'
          '.comm e{0},64,64\n.comm f{0},2,2\n.comm g{0},16,32\n')


@pytest.mark.parametrize('option', [
    '--sort-section=name', '--sort-section=alignment', '--sort-common',
    '--sort-common=ascending', '--sort-common=descending', '--unique',
    '--unique=.text*', '--unique=.foo', '--orphan-handling=discard',
    '--orphan-handling=place', '--orphan-handling=warn'])
@pytest.mark.parametrize('patterns', [
    '*(.text .text.*)', '*(SORT(.text.*)) *(.text)',
    '*(SORT_NONE(.text .text.*))', '*(SORT_BY_ALIGNMENT(.text.*)) *(.text)'])
def test_order_and_orphans(same, option, patterns):
    if 'NONE' in patterns:
        patterns = '*(SORT_NONE(.text)) *(SORT_NONE(.text.*))'
    same(SCRIPT.replace('*(.text .text.*)', patterns), [option],
         a=START + PIECES.format(1, 'ta', 16, 'b'),
         b=PIECES.format(2, 'z', 2, 'a'))


def test_orphans_are_refused_by_name(both_refuse):
    text = both_refuse(SCRIPT, ['--orphan-handling=error'],
                       a=START + '.section .foo,"aw"\n.quad 1\n')
    assert 'a.o:(.foo)' in text and '.note.GNU-stack' in text


@pytest.mark.parametrize('option', ['--orphan-handling=x', '--sort-section=x',
                                    '--sort-common=x'])
def test_unknown_ways(both_refuse, option):
    assert option in both_refuse(SCRIPT, [option], a=START)


# ---- Segments ------------------------------------------------------------------

LAYOUTS = [
    SCRIPT,
    'SECTIONS { . = 1M + SIZEOF_HEADERS; .text : { *(.text) }'
    ' . = ALIGN(CONSTANT(MAXPAGESIZE)); .rodata : { *(.rodata) }'
    ' . = ALIGN(0x1000); .data : { *(.data) } .bss : { *(.bss COMMON) } }',
    'SECTIONS { . = 1M; .text : { *(.text) } . = 2M; .rodata : { *(.rodata) }'
    ' .data 0x500000 : AT(0x600000) { *(.data) } .bss : { *(.bss COMMON) } }']


@pytest.mark.parametrize('script', LAYOUTS)
@pytest.mark.parametrize('options', [
    ['-n'], ['--nmagic'], ['-N'], ['--omagic'], ['-N', '--no-omagic'],
    ['-z', 'stack-size=0x20000'], ['-z', 'execstack'], ['-z', 'noexecstack'],
    ['-n', '-z', 'noseparate-code'], ['-z', 'noseparate-code'],
    ['-z', 'max-page-size=0x10000']])
def test_pages_and_stack(same, script, options):
    same(script, options, a=START + '.section .rodata,"a"\n.quad 1\n.data\n'
         '.balign 8\n.quad _start\n.comm c,64,64\n')


# ---- Inputs ------------------------------------------------------------------

def test_push_and_pop_state(same):
    same(SCRIPT, ['{a}', '--push-state', '--whole-archive', '{one}',
                  '--pop-state', '{two}'], a=START,
         one=archive(x='.globl f\nf: nop\n'), two=archive(y='.globl g\ng: nop\n'))


def test_no_check_sections(same, both_refuse):
    script = ('SECTIONS { .text 0x1000 : { *(.text) } .data 0x1000 :'
              ' { *(.data) } }')
    sources = {'a': START + '.data\n.quad 1\n'}
    both_refuse(script, **sources)
    same(script, ['--no-check-sections'], segments=False, **sources)


def test_init_and_fini_are_roots(same):
    text = ''.join(f'.section .text.{n},"ax"\n.globl {n}\n{n}: nop\n'
                   for n in ('begin', 'end', '_init', '_fini'))
    same(SCRIPT, ['--gc-sections', '-init', 'begin', '-fini=end'],
         a=START + text)


def test_binary_files(desk):
    desk.write('dir/my-file.bin', 'seven..')
    arguments = build(desk, SCRIPT, ['-b', 'binary', 'dir/my-file.bin', '-b',
                                     'elf64-x86-64'],
                      {'a': START + '.data\n.byte 1\n.quad '
                       '_binary_dir_my_file_bin_start\n.quad '
                       '_binary_dir_my_file_bin_size\n'})
    theirs = desk.link(links.GNU_LD, 'theirs', arguments)
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    # such a file says nothing of the stack, which GNU ld finds executable
    assert not links.differences(ours, theirs, segments=False)
    for linker, name in ((links.GNU_LD, 'theirs.o'), (links.BOOTLINK_LD,
                                                      'ours.o')):
        desk.link(linker, name, ['-r', '--format=binary', 'dir/my-file.bin'])
    one, two = (desk.link(links.GNU_LD, 'o', ['a.o', name, '-T', 'link.ld'])
                for name in ('ours.o', 'theirs.o'))
    assert not links.differences(one, two)


MIXED = ('SECTIONS { . = 1M; .text : { *(.text) } .all : { *(.data .got .got.plt'
         ' .note.gnu.build-id .note.gnu.property .eh_frame_hdr) } }')
PROPERTY = ('.section .note.gnu.property,"a"\n.balign 8\n.long 4, 16, 5\n'
            '.asciz "GNU"\n.long 0xc0000002, 4, 3, 0\n')


@pytest.mark.parametrize('options', [
    [], ['--build-id=0x1122', '--eh-frame-hdr'], ['-z', 'ibt'],
    ['-z', 'x86-64-v2', '--build-id=0x1122']])
@pytest.mark.parametrize('line', [
    '-b binary bytes bytes2 -b elf64-x86-64 one.o got.o',
    'one.o -b binary bytes -b elf64-x86-64 got.o', 'one.o got.o two.o',
    'property.o one.o got.o', 'one.o got.o property.o two.o',
    'property.o -b binary bytes -b elf64-x86-64'])
def test_whose_the_sections_of_the_linker_are(desk, line, options):
    desk.write('bytes', 'bytes')
    desk.write('bytes2', 'more')
    build(desk, MIXED, [], {
        'one': '.data\n.asciz "one"\n', 'two': '.data\n.asciz "two"\n',
        'property': PROPERTY + '.data\n.asciz "property"\n',
        'got': START + '.cfi_startproc\npush x@GOTPCREL(%rip)\n.cfi_endproc\n'
               '.data\nx: .asciz "got"\n'})
    arguments = [*line.split(), *options, '-e', '0', '-T', 'link.ld']
    theirs = desk.link(links.GNU_LD, 'theirs', arguments)
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    assert not links.differences(ours, theirs, segments=False)


@pytest.mark.parametrize('options', [
    [], ['-r'], ['-T', 'link.ld']])
def test_attributes_are_left_out(desk, options):
    """Where they have an output section of their own."""
    build(desk, 'SECTIONS { .text : { *(.text) } .x : { *(.gnu.attributes) } }',
          [], {'a': START + '.gnu_attribute 4, 1\n',
               'b': '.section .gnu.attributes,""\n.quad 1\n'})
    arguments = ['a.o', 'b.o', *options]
    theirs = desk.link(links.GNU_LD, 'theirs', arguments)
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    assert links.header_order(ours) == links.header_order(theirs)
    assert links.contents(ours) == links.contents(theirs)


@pytest.mark.parametrize('of', ['of', 'of.o'])
def test_symbols_alone(desk, of):
    build(desk, SCRIPT, [], {
        'of': '.globl f, d, abs, w\nabs = 7\n.text\nf: nop\nnop\n.data\n'
        'd: .quad d\n.weak w\nw: .quad 1\nlocal: .quad nowhere\n',
        'a': START + 'call f\n.data\n.quad d, abs, w\n'})
    desk.link(links.GNU_LD, 'of', ['-Ttext=0x500000', '-z', 'undefs', 'of.o'])
    arguments = ['-R', of, 'a.o', '-T', 'link.ld', '-R', '.']
    theirs = desk.link(links.GNU_LD, 'theirs', arguments)
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    assert not links.differences(ours, theirs)


def test_what_lies_elsewhere_may_be_here_as_well(desk):
    """The first one counts."""
    build(desk, SCRIPT, [], {
        'of': '.globl f, g\n.text\nnop\nf: nop\ng: nop\n',
        'a': START + 'call f\ncall g\n.globl g\ng: nop\n',
        'b': '.globl f\nnop\nf: nop\n'})
    for line in (['-R', 'of.o', 'a.o', 'b.o'], ['a.o', '-R', 'of.o', 'b.o'],
                 ['a.o', 'b.o', '-R', 'of.o']):
        theirs = desk.link(links.GNU_LD, 'theirs', [*line, '-T', 'link.ld'])
        ours = desk.link(links.BOOTLINK_LD, 'ours', [*line, '-T', 'link.ld'])
        assert not links.differences(ours, theirs)


@pytest.mark.parametrize('option', [
    'version-script', 'dynamic-list', 'export-dynamic-symbol-list'])
def test_files_that_say_nothing_here_must_be_there(desk, same, both_refuse,
                                                   option):
    desk.write('folder/list', '{ f; };')
    same(SCRIPT, [f'--{option}=folder/list'], a=START)
    same(SCRIPT, ['-Lfolder', f'--{option}', 'list'], a=START)
    both_refuse(SCRIPT, [f'--{option}=list'], a=START)


def test_a_script_by_a_device_or_pipe(desk, same):
    same(None, ['-T', '/dev/null'], a=START, segments=False)
    name = desk.assemble('a.o', START + NO_STACK)
    for linker, output in (links.GNU_LD, 'theirs'), (links.BOOTLINK_LD, 'ours'):
        done = links.run([linker, name, '-T', '/dev/stdin', '-o', output],
                         desk.folder, SCRIPT)
        assert done.returncode == 0, done.stdout
    assert not links.differences(links.elf.read(desk.folder / 'ours'),
                                 links.elf.read(desk.folder / 'theirs'))


# ---- What is told --------------------------------------------------------------

FIRST = START + ('call f\n.comm c,4,4\n.comm d,16,8\n.globl e\n.data\n'
                 '.balign 4\ne: .long 1\n.comm g,4,4\n')
SECOND = ('.globl f\nf: nop\n.comm c,4,4\n.comm d,4,4\n.comm e,4,4\n'
          '.globl g\n.data\n.balign 4\ng: .long 1\n')


@pytest.fixture
def told(desk):
    """What a linker prints of these files, its name left out."""
    arguments = build(desk, SCRIPT, [], {'a': FIRST,
                                         'lib': archive(b=SECOND)})

    def tell(linker, *options):
        done = links.run([linker, '-o', 'out', *options, *arguments],
                         desk.folder)
        assert done.returncode == 0, done.stdout
        return done.stdout

    return tell


def test_trace(told):
    assert told(links.BOOTLINK_LD, '-t') == told(links.GNU_LD, '--trace')


def test_trace_symbol(told):
    def mentions(text):
        return re.findall(r"(\S+): (reference to|definition of) '?(\w)", text)

    options = ['-y', 'c', '--trace-symbol=f', '-ye', '-y', 'd']
    assert mentions(told(links.BOOTLINK_LD, *options)) == mentions(
        told(links.GNU_LD, *options)) != []


def test_warn_common(told):
    def warned(text):
        return re.findall(r"warning: .*?[`'](\w)'", text)

    assert warned(told(links.BOOTLINK_LD, '--warn-common')) == warned(
        told(links.GNU_LD, '--warn-common')) == ['c', 'd', 'e', 'g']


def test_cross_references(told):
    def table(text):
        lines = text[text.index('Cross Reference'):].splitlines()
        uses, name = set(), ''
        for line in lines[3:]:
            name = line[:50].strip() or name
            uses.add((name, line[50:].strip()))
        return {use for use in uses if use[0] != '_GLOBAL_OFFSET_TABLE_'}

    assert table(told(links.BOOTLINK_LD, '--cref')) == table(
        told(links.GNU_LD, '--cref'))


def test_memory_usage(desk):
    script = ('MEMORY { rom (rx) : ORIGIN = 1M, LENGTH = 64K'
              ' ram : ORIGIN = 2M, LENGTH = 1000 }'
              ' SECTIONS { .text : { *(.text) } >rom'
              ' .data : { *(.data) *(COMMON) } >ram AT>rom }')
    arguments = build(desk, script, ['--print-memory-usage', '-o', 'out'],
                      {'a': FIRST, 'b': SECOND})
    ours, theirs = (links.run([linker, *arguments], desk.folder).stdout
                    for linker in (links.BOOTLINK_LD, links.GNU_LD))
    assert [line for line in theirs.splitlines() if '%' in line] == \
        ours.splitlines()


def test_map_in_a_folder(told, desk):
    (desk.folder / 'maps').mkdir()
    told(links.BOOTLINK_LD, '-Map=maps')
    assert (desk.folder / 'maps/out.map').read_text() == told(
        links.BOOTLINK_LD, '-M')
    assert 'total time' in told(links.BOOTLINK_LD, '--stats')


# ---- All of them -------------------------------------------------------------

def options_of_gnu_ld():
    """(name, whether it has a value) of every long option of ld --help."""
    text = links.run([links.GNU_LD, '--help'], '.').stdout
    text = text[:text.index('elf32_x86_64: \n')]
    found = re.findall(r'(?:^  |, )-(-?[A-Za-z][-\w]+)( ?\[?=?[<A-Z])?', text,
                       re.MULTILINE)
    return sorted({(name.lstrip('-'), bool(value)) for name, value in found})


def test_every_option_of_gnu_ld_is_known(desk):
    """Each is done, ignored or refused by name, none is "unknown"."""
    build(desk, SCRIPT, [], {'a': START})
    for name, _ in options_of_gnu_ld():
        done = links.run([links.BOOTLINK_LD, '-o', 'out', f'--{name}'],
                         desk.folder)
        assert 'unknown option' not in done.stdout, name


@pytest.mark.parametrize('option', ['-shared', '-pie', '-static-pie', '-EB',
                                    '-Bshareable', '--pic-executable'])
def test_what_is_not_static_is_refused(desk, option):
    arguments = build(desk, SCRIPT, [option], {'a': START})
    with pytest.raises(links.LinkFailed, match=option.lstrip('-')):
        desk.link(links.BOOTLINK_LD, 'ours', arguments)


IDLE = ['-Bstatic', '-Bdynamic', '-dn', '-E', '--export-dynamic', '-rpath', '/x',
        '-rpath-link=/y', '-soname', 'x', '-hlib', '-O1', '-O', '-g', '-EL',
        '-A', 'i386:x86-64', '--enable-new-dtags', '--no-dynamic-linker',
        '--hash-style=both', '-no-pie', '-Qy',
        '--demangle=gnu-v3', '--no-demangle', '-z', 'now', '-z', 'combreloc',
        '--warn-once', '--no-warn-rwx-segments', '--oformat=elf64-x86-64',
        '--no-undefined-version', '-I', '/lib/ld.so', '-fuse-ld=bfd', '-flto']


def test_options_without_effect(same):
    same(SCRIPT, IDLE, a=START + '.data\n.quad _start\n')


def test_questions(desk):
    for option, answer in (('--print-output-format', 'elf64-x86-64\n'),
                           ('--print-sysroot', '')):
        for linker in (links.GNU_LD, links.BOOTLINK_LD):
            assert links.run([linker, option], desk.folder).stdout == answer


CALLS = ('.globl _start, f\n.text\n_start: call *f@GOTPCREL(%rip)\n'
         'jmp *f@GOTPCREL(%rip)\nf: ret\n')


@pytest.mark.parametrize('how', [
    'prefix-addr', 'suffix-nop', 'prefix-0x40', 'suffix-0x66', 'suffix-300'])
@pytest.mark.parametrize('options', [[], ['-q'], ['--no-relax']])
def test_calls_without_got_are_filled_up(same, how, options):
    same(None, ['-z', f'call-nop={how}', *options], a=CALLS)


@pytest.mark.parametrize('how', ['', 'nop', 'prefix-nop', 'suffix-addr',
                                 'prefix-0x', 'suffix-1x'])
def test_unknown_fillings_of_calls(both_refuse, how):
    assert 'call-nop' in both_refuse(None, ['-z', f'call-nop={how}'], a=CALLS)
