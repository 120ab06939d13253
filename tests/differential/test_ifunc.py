# SPDX-License-Identifier: BSD-2-Clause
"""Indirect functions: .iplt, .igot.plt, .rela.iplt. [GNU gABI: STT_GNU_IFUNC]"""

import itertools
import re

import pytest

import elf
import links

TAIL = (' .data : { *(.data .data.*) } .bss : { *(.bss) } }')
HEAD = ('SECTIONS { . = 1M; .text : { *(.text .text.*) }'
        ' .rodata : { *(.rodata .rodata.*) }')
TABLES = (' .rela.plt : { first = .; *(.rela.plt) *(.rela.iplt) last = .; }'
          ' .plt : { *(.plt) *(.iplt) } .got : { *(.got) *(.igot) }'
          ' .got.plt : { *(.got.plt) *(.igot.plt) }')
SCRIPT = HEAD + TABLES + TAIL
F = ('.globl f\n.text\n.type f, @gnu_indirect_function\n.size f, 3\n'
     'f: lea g(%rip), %rax\nret\ng: ret\n')
START = '.globl _start\n.text\n_start: ret\n'

REFERENCES = {
    'none': '', 'call': 'call f\n', 'jump': 'jmp f@PLT\n',
    'lea': 'lea f(%rip), %rax\n', 'immediate': 'mov $f, %eax\n',
    'movabs': 'movabs $f, %rax\n',
    'pointer': '.data\n.quad f\n', 'constant': '.section .rodata,"a"\n.quad f\n',
    'load': 'mov f@GOTPCREL(%rip), %rax\n',
    'push': 'push f@GOTPCREL(%rip)\n', 'call by got': 'call *f@GOTPCREL(%rip)\n',
    'name of the GOT': 'lea _GLOBAL_OFFSET_TABLE_(%rip), %rax\n',
    'debug': '.section .debug_info\n.quad f\n',
}


@pytest.mark.parametrize('kind', REFERENCES)
def test_one_reference(same, kind):
    same(SCRIPT, a=START + REFERENCES[kind], b=F)


@pytest.mark.parametrize('one,other', [
    ('call', 'pointer'), ('call', 'load'), ('lea', 'load'),
    ('immediate', 'load'), ('pointer', 'load'), ('constant', 'push'),
    ('call', 'constant'), ('movabs', 'pointer')])
def test_two_references(same, one, other):
    """The same address at each of them, by a PLT entry if one needs it."""
    same(SCRIPT, a=START + REFERENCES[one], b=F + REFERENCES[other])


IN_TURN = ('call', 'load', 'push', 'constant', 'pointer', 'name of the GOT')


@pytest.mark.parametrize('kinds', itertools.permutations(IN_TURN, 3))
def test_references_in_turn(same, kinds):
    """What is known after some objects spares a look at the others: it has to be
    the same in whatever order they come."""
    a, b, c = (REFERENCES[kind] for kind in kinds)
    same(SCRIPT, a=START + a, b=b, c=c, d=F)


MANY = ''.join(f'.globl f{i}\n.type f{i}, @gnu_indirect_function\nf{i}: ret\n'
               for i in range(12)) + '.weak f3\n.hidden f4\n'
USES = (''.join(f'call f{i}\n' for i in range(0, 12, 2)) +
        ''.join(f'push f{i}@GOTPCREL(%rip)\n' for i in range(0, 12, 3)) +
        '.data\n' + ''.join(f'.quad f{i}\n' for i in range(2, 12, 4)) +
        '.section .rodata,"a"\n.quad f5\n')


def test_many(same):
    same(SCRIPT, a=START + USES, b='push n@GOTPCREL(%rip)\n' + MANY,
         c='.globl n\n.data\nn: .quad f1, f7\n.text\ncall f9\nmov $f11, %ecx\n')


def test_pointers_in_the_order_of_the_output(same):
    same(HEAD.replace('*(.text', 'b.o(.text) *(.text') + TABLES + TAIL,
         a=START + '.data\n.quad f, h\n', b=F + '.data\n.quad f, 0, f\n',
         c='.globl h\n.type h, @gnu_indirect_function\nh: ret\n.data\n.quad h\n')


def test_local(same):
    same(SCRIPT, a=START + 'call l\nmov l@GOTPCREL(%rip), %rax\n.data\n.quad l\n'
         '.text\n.type l, @gnu_indirect_function\nl: ret\n',
         b=F + 'call f\n')


def test_weak_definition_that_loses(same):
    same(SCRIPT, a=START + 'call f\n.weak f\nf: ret\n', b=F,
         c=F.replace('.globl', '.weak'))


IBT = ('.section .note.gnu.property,"a"\n.balign 8\n.long 4, 16, 5\n'
       '.asciz "GNU"\n.long 0xc0000002, 4, 3, 0\n')


@pytest.mark.parametrize('mark', ['', IBT])
def test_branch_tracking(same, mark):
    """Entries begin with ENDBR64 if all objects do."""
    same(SCRIPT, a=START + USES + IBT, b=MANY + mark)


@pytest.mark.parametrize('option', ['ibt', 'ibtplt', 'shstk'])
def test_branch_tracking_on_request(same, option):
    same(SCRIPT, a=START + USES, b=MANY, options=['-z', option])


@pytest.mark.parametrize('tables', [
    '', ' .all : { *(.got .got.plt .iplt .igot.plt .rela.iplt) }',
    ' .all : { *(.igot.plt) *(.rela.iplt) *(.iplt) *(.got*) }',
    ' .iplt : { *(.iplt) } .igot.plt : { *(.igot*) }'
    ' .rela.iplt : { *(.rela.iplt) }', ' .rela.data : { *(.rela.*) }',
    ' .x : { *(.rela.iplt) } /DISCARD/ : { *(.none) }'])
def test_scripts(same, tables):
    same(HEAD + tables + TAIL, a=START + USES, b=MANY)


def test_relocations_name_their_section(desk):
    """sh_info of .rela.plt, and the system that understands it."""
    desk.assemble('a.o', START + USES)
    desk.assemble('b.o', MANY)
    desk.write('link.ld', SCRIPT)
    for linker in (links.GNU_LD, links.BOOTLINK_LD):
        output = desk.link(linker, 'out', ['a.o', 'b.o', '-T', 'link.ld',
                                           '-z', 'noexecstack'])
        table = output.section('.rela.plt')
        assert output.sections[table.info].name == '.got.plt'
        assert output.sections[table.link].type == elf.SHT_SYMTAB
        assert output.data[7] == 3  # ELFOSABI_GNU


@pytest.mark.parametrize('option', ['-s', '-x', '-S', '-q'])
def test_the_system_is_said_by_symbols_alone(desk, option):
    """Relocations for it, with no symbol of it in the table, say nothing."""
    desk.assemble('a.o', START + 'call l\n.type l,@gnu_indirect_function\nl: ret\n')
    desk.write('link.ld', SCRIPT)
    systems = [desk.link(linker, 'out', ['a.o', '-T', 'link.ld', option]).data[7]
               for linker in (links.GNU_LD, links.BOOTLINK_LD)]
    assert systems[0] == systems[1]


def test_pointer_behind_the_start(both_refuse):
    text = both_refuse(SCRIPT, a=START + '.data\n.quad f + 4\n', b=F)
    assert "a.o:(.data+0x0)" in text and "indirect function 'f'" in text


NEEDS = {
    '.iplt': ('call f\n', 'R_X86_64_PLT32'),
    '.igot.plt': ('call f\n', 'R_X86_64_PLT32'),
    '.rela.iplt': ('call f\n', 'R_X86_64_PLT32'),
    '.rela.*': ('.data\n.quad f\n', 'R_X86_64_64'),
    '.r*': ('push f@GOTPCREL(%rip)\n', 'R_X86_64_GOTPCREL'),
}


@pytest.mark.parametrize('pattern', NEEDS)
def test_tables_that_are_discarded(desk, pattern):
    """GNU ld links it, and the call goes nowhere. What nobody uses may go."""
    reference, kind = NEEDS[pattern]
    desk.assemble('call.o', START + reference)
    desk.assemble('start.o', START + '.section .debug_info\n.quad f\n')
    desk.assemble('f.o', F)
    desk.write('link.ld', HEAD + f'/DISCARD/ : {{ *({pattern}) }}' + TAIL)
    desk.link(links.GNU_LD, 'out', ['call.o', 'f.o', '-T', 'link.ld'])
    desk.link(links.BOOTLINK_LD, 'out', ['start.o', 'f.o', '-T', 'link.ld'])
    with pytest.raises(links.LinkFailed) as refused:
        desk.link(links.BOOTLINK_LD, 'out', ['call.o', 'f.o', '-T', 'link.ld'])
    section = pattern if pattern in ('.iplt', '.igot.plt') else '.rela.iplt'
    assert re.search(rf"call\.o:\(\.\w+\+0x\w+\): {kind} to the indirect function "
                     rf"'f' needs {section}, which the script discards",
                     str(refused.value))


PROGRAM_SCRIPT = (
    HEAD.replace('1M', '0x400000 + SIZEOF_HEADERS') + TABLES +
    '. = ALIGN(4096); template = ALIGN(64);'
    ' .tdata : ALIGN(64) { *(.tdata*) template_end = .; }'
    ' .tbss : { *(.tbss*) block_end = ALIGN(64); }' +
    TAIL.replace('*(.bss)', '*(.bss .bss.*)'))
PROGRAM = r'''
typedef unsigned long u64;
struct rela { u64 offset, info, addend; };
extern struct rela first[], last[];
extern int f(void), (*other(void))(void), tls_sum(void);
extern int (*const table[])(void), (*pointer)(void);
extern char template[], template_end[], block_end[];
static char block[256] __attribute__((aligned(64)));

static u64 call(u64 n, u64 a, u64 b) {
    u64 result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b)
                     : "rcx", "r11", "memory");
    return result;
}

static int check(void) {
    return f() == 42 && pointer() == 42 && f == pointer && f == table[1] &&
           other() == f && tls_sum() == 5 + 7;
}

__attribute__((force_align_arg_pointer)) void _start(void) {
    u64 *self = (u64 *)(block + 128);
    for (char *from = template, *to = (char *)self - (block_end - template);
         from < template_end;)
        *to++ = *from++;
    *self = (u64)self;
    call(158, 0x1002, (u64)self); /* arch_prctl: ARCH_SET_FS */
    for (struct rela *r = first; r < last; r++)
        *(u64 *)r->offset = ((u64(*)(void))r->addend)();
    call(60, check() ? 42 : 1, 0);
}
'''
LIBRARY = r'''
static int answer(void) { return 42; }
static void *resolve(void) { return answer; }
int f(void) __attribute__((ifunc("resolve")));
int (*other(void))(void) { return f; }
int (*const table[])(void) = {0, f};
int (*pointer)(void) = f;
__thread int a = 5;
__thread int zero, b = 7;
int tls_sum(void) { return a + b + zero; }
'''


@pytest.mark.parametrize('flags', [
    ['-fno-pic'], ['-fpie'], ['-fpic'], ['-fpic', '-fno-plt'],
    ['-fpic', '-mtls-dialect=gnu2']])
def test_program_runs(desk, flags):
    """It fills in the functions itself, and gives itself a thread."""
    desk.compile('main.o', PROGRAM, '-O2')
    desk.compile('library.o', LIBRARY, *flags)
    desk.write('link.ld', PROGRAM_SCRIPT)
    for linker in (links.GNU_LD, links.BOOTLINK_LD):
        desk.link(linker, 'out', ['main.o', 'library.o', '-T', 'link.ld'])
        assert links.run(['./out'], desk.folder).returncode == 42


# ---- Relocations that GNU ld refuses ---------------------------------------------

# Each makes a pointer of what a place holds: `at` is the place, `G` the GOT.
ODD_REFERENCES = {
    'PC32 in data': ('.data\n', '.long f - .\n', 'at + *(int *)at'),
    'PC64 in data': ('.data\n', '.quad f - .\n', 'at + *(long *)at'),
    '32 in data': ('.data\n', '.long f\n', '*(unsigned *)at'),
    'GOTOFF64': ('.data\n', '.quad f@GOTOFF\n', 'G + *(long *)at'),
    'PLTOFF64': ('.data\n', '.quad f@PLTOFF\n', 'G + *(long *)at'),
    'GOT64': ('.data\n', '.quad f@GOT\n', '*(long *)(G + *(long *)at)'),
    'GOTPLT64': ('.data\n', '.quad f@GOTPLT\n', '*(long *)(G + *(long *)at)'),
}
ODD_CALL = r'''
extern char at_place[], G[] __asm__("_GLOBAL_OFFSET_TABLE_");
int (*other(void))(void) {
    const char *at = at_place;
    (void)at;
    return (int (*)(void))(%s);
}
'''
LIBRARY_OF_ONE = r'''
static int answer(void) { return 42; }
static void *resolve(void) { return answer; }
int f(void) __attribute__((ifunc("resolve")));
int (*const table[])(void) = {0, f};
int (*pointer)(void) = f;
int tls_sum(void) { return 12; }
'''


@pytest.mark.parametrize('kind', ODD_REFERENCES)
def test_what_gnu_ld_refuses_runs(desk, kind):
    """As ld.lld does; the pointer equals all others."""
    section, place, pointer = ODD_REFERENCES[kind]
    desk.assemble('one.o', section + '.globl at_place\nat_place: ' + place)
    desk.assemble('f.o', F)
    desk.assemble('start.o', START)
    desk.compile('main.o', PROGRAM, '-O2')
    desk.compile('call.o', ODD_CALL % pointer, '-O2', '-fpie')
    desk.compile('library.o', LIBRARY_OF_ONE)
    desk.write('link.ld', PROGRAM_SCRIPT)
    with pytest.raises(links.LinkFailed) as refused:
        desk.link(links.GNU_LD, 'out', ['start.o', 'one.o', 'f.o', '-T', 'link.ld'])
    assert 'against STT_GNU_IFUNC symbol' in str(refused.value)
    desk.link(links.BOOTLINK_LD, 'out', [
        'main.o', 'one.o', 'call.o', 'library.o', '-T', 'link.ld'])
    assert links.run(['./out'], desk.folder).returncode == 42
