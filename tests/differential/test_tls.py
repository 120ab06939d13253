# SPDX-License-Identifier: BSD-2-Clause
"""Thread-local variables: every access becomes local-exec. [psABI 3.4.6, B.1]"""

import shutil

import pytest

import links
from cases import NO_STACK

SCRIPT = ('SECTIONS { . = 1M; .text : { *(.text .text.*) }'
          ' .rodata : { *(.rodata) } .tdata : { *(.tdata .tdata.*) }'
          ' .tbss : { *(.tbss .tbss.*) } .got : { *(.got) *(.got.plt) }'
          ' .data : { *(.data) } .bss : { *(.bss) } }')
HIGH = SCRIPT.replace('1M', '0xffffffff80000000')
START = '.globl _start\n.text\n_start: ret\n'
VARIABLES = ('.globl x, y\n.section .tdata,"awT"\n.quad 1\nx: .quad 2\n'
             '.section .tbss,"awT",@nobits\n.balign 64\n.skip 8\ny: .skip 24\n')
REGISTERS = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi',
             *(f'r{i}' for i in range(8, 16))]

SOURCE = '''
__thread int a = 5;
static __thread int b = 7, c;
extern __thread int other;
extern __thread int missing __attribute__((weak));
__thread char aligned[100] __attribute__((aligned(64)));
int *address_a(void) { return &a; }
int *address_b(void) { return &b; }
int sum(void) { return a + b + c + other + aligned[a]; }
int *address_missing(void) { return &missing; }
void set(int i) { other = i; b = i; aligned[i] = i; }
'''


@pytest.mark.parametrize('script', [SCRIPT, HIGH])
def test_local_exec(same, script):
    same(script, b=VARIABLES, a=START + 'mov %fs:x@tpoff, %eax\n'
         'lea y@tpoff(%rdi), %rax\nmov $y@tpoff + 4, %rdx\n'
         'movabs $x@tpoff, %rax\nmovl $1, %fs:y@tpoff + 8\n')


@pytest.mark.parametrize('instruction', ['mov', 'add'])
def test_initial_exec(same, instruction):
    loads = ''.join(f'{instruction} {v}@gottpoff(%rip), %{r}\n'
                    for r in REGISTERS for v in 'xy')
    same(SCRIPT, a=START + loads, b=VARIABLES)


def test_descriptors(same):
    loads = ''.join(f'lea {v}@tlsdesc(%rip), %{r}\n'
                    f'call *{v}@tlscall(%rax)\n'
                    for r in REGISTERS for v in 'xy')
    same(SCRIPT, a=START + loads, b=VARIABLES)


COMPILERS = [
    'gcc -fno-pic', 'gcc -fpie', 'gcc -fpic', 'gcc -fpic -fno-plt',
    'gcc -fpic -mcmodel=large', 'gcc -fpic -mcmodel=medium',
    'gcc -fpic -mtls-dialect=gnu2', 'clang -fpie', 'clang -fpic',
    'clang -fpic -fno-plt', 'clang -fpic -mcmodel=medium']


@pytest.mark.parametrize('script', [SCRIPT, HIGH])
@pytest.mark.parametrize('compiler', COMPILERS)
def test_compiled_code(desk, compiler, script):
    command = compiler.split()
    if not shutil.which(command[0]):
        pytest.skip(f'no {command[0]}')
    desk.write('c.c', SOURCE)
    done = links.run([*command, '-O2', '-fno-asynchronous-unwind-tables',
                      '-fcf-protection=none', '-c', 'c.c'], desk.folder)
    assert done.returncode == 0, done.stdout
    desk.assemble('a.o', START + '.globl other\n.section .tdata,"awT"\n'
                  'other: .long 3\n' + NO_STACK)
    desk.write('link.ld', script)
    arguments = ['a.o', 'c.o', '-T', 'link.ld']
    theirs = desk.link(links.GNU_LD, 'theirs', arguments)
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    assert links.differences(ours, theirs) == []


def test_large_calls(same):
    """Both registers that may hold the GOT's address."""
    def access(kind, add):
        return (f'lea x@{kind}(%rip), %rdi\n'
                f'movabs $__tls_get_addr@pltoff, %rax\n{add}, %rax\n'
                'call *%rax\nlea x@dtpoff(%rax), %rax\n')

    same(SCRIPT, b=VARIABLES, a=START + ''.join(
        access(kind, add) for kind in ('tlsgd', 'tlsld')
        for add in ('add %rbx', 'add %r15')))


def test_without_relaxation(same):
    """These are no relaxations that one could do without."""
    same(SCRIPT, options=['--no-relax'], b=VARIABLES,
         a=START + 'mov x@gottpoff(%rip), %rax\nlea y@tlsdesc(%rip), %rax\n'
         'call *y@tlscall(%rax)\n')


def test_debug_sections(same):
    same(SCRIPT, b=VARIABLES, a=START + '.section .debug_info\n'
         '.quad x@dtpoff, y@dtpoff + 1\n.long x@dtpoff, y@dtpoff\n')


def test_data(same):
    same(SCRIPT, b=VARIABLES, a=START + '.data\n.quad x, x@dtpoff, y@tpoff\n'
         '.long y@dtpoff, x@tpoff\n')


@pytest.mark.parametrize('variables', ['', VARIABLES])
def test_weak_undefined(same, variables):
    same(SCRIPT, b=variables, a=START + '.weak w\nmov %fs:w@tpoff, %rax\n'
         'mov w@gottpoff(%rip), %rax\nlea w@tlsdesc(%rip), %rax\n'
         'call *w@tlscall(%rax)\n')


def test_only_bss_and_alignment(same):
    same(SCRIPT, segments=False, a=START + 'mov %fs:y@tpoff, %rax\n',
         b='.globl y\n.section .tbss,"awT",@nobits\n.balign 256\n.skip 3\n'
         'y: .skip 2\n')


def test_local_symbols(same):
    same(SCRIPT, a=START + 'mov %fs:l@tpoff, %rax\nmov l@gottpoff(%rip), %rcx\n'
         '.section .tdata,"awT"\n.quad 1\nl: .quad 2\n',
         b='mov %fs:l@tpoff, %rax\n.section .tdata,"awT"\nl: .quad 3\n')


@pytest.mark.parametrize('code', [
    'mov x@gottpoff(%rip), %eax', 'sub x@gottpoff(%rip), %rax',
    'lea x@tlsgd(%rip), %rdi\ncall __tls_get_addr@PLT',
    '.byte 0x66\nlea x@tlsgd(%rip), %rdi\n.word 0x6666\nrex64\ncall other@PLT',
    '.byte 0x66\nlea x@tlsgd(%rip), %rsi\n.word 0x6666\nrex64\n'
    'call __tls_get_addr@PLT',
    'lea x@tlsld(%rip), %rdi\nnop\ncall __tls_get_addr@PLT',
    'mov x@tlsdesc(%rip), %rax',
    '.type x, @tls_object\n.byte 0x8b, 0x05\n.long 0\n'
    '.reloc . - 4, R_X86_64_GOTTPOFF, x - 4',
])
def test_unknown_sequence(both_refuse, code):
    text = both_refuse(SCRIPT, a=START + '.globl other\nother:\n' + code + '\n',
                       b=VARIABLES)
    assert 'a.o:(.text+0x' in text and "to 'x'" in text
    assert 'R_X86_64_' in text and '@tpoff' in text


@pytest.mark.parametrize('b', [
    '.data\n.globl x\nx: .quad 1\n', '.comm x,8,8\n', 'mov x, %rax\n'])
def test_thread_local_in_one_file_only(both_refuse, b):
    text = both_refuse(SCRIPT, a=START + 'mov %fs:x@tpoff, %rax\n', b=b)
    assert "'x' is thread-local" in text and 'a.o' in text and 'b.o' in text


def test_weak_undefined_in_a_symbol_table(same):
    same(SCRIPT, options=['-q'], b=VARIABLES,
         a=START + '.weak w\nmov w@gottpoff(%rip), %rax\n')


@pytest.mark.parametrize('variables', [
    '.section .tdata,"awT"\n.byte 1\n', '', '.section .debug_x,""\n'
    '.quad _TLS_MODULE_BASE_@dtpoff, x@dtpoff\n'])
def test_module_base(same, variables):
    """To it, local-dynamic code by descriptors adds offsets."""
    same(SCRIPT, a=START + 'lea _TLS_MODULE_BASE_@tlsdesc(%rip), %rax\n'
         'call *_TLS_MODULE_BASE_@tlscall(%rax)\nlea x@dtpoff(%rax), %rcx\n'
         + variables + '.section .tbss,"awT",@nobits\n.balign 64\nx: .skip 9\n')


def test_module_base_of_nothing(both_refuse):
    both_refuse(SCRIPT, a=START + 'lea _TLS_MODULE_BASE_@tpoff(%rax), %rax\n')
