# SPDX-License-Identifier: BSD-2-Clause
"""A real archive: Debian's musl, linked into a static Linux program.

What was taken from it, every address and byte, and what the program prints have
to agree.
"""

import subprocess
from pathlib import Path

import pytest

import links
from cases import archive

MUSL = Path('/usr/lib/x86_64-linux-musl/libc.a')
SCRIPT = '''ENTRY(_start)
SECTIONS {
    . = 0x400000 + SIZEOF_HEADERS;
    .text : { *(.text .text.*) }
    . = ALIGN(0x1000);
    .rodata : { *(.rodata .rodata.*) }
    . = ALIGN(0x1000);
    .data : { *(.data .data.*) *(.got .got.plt) }
    .bss : { *(.bss .bss.* COMMON) }
    /DISCARD/ : { *(.comment) *(.note*) *(.debug*) }
}
'''

# musl finds errno through %fs:0 [psABI 3.4.6], which the kernel leaves at 0.
START = '''.globl _start
.text
_start: mov $158, %eax
    mov $0x1002, %edi
    lea thread(%rip), %rsi
    mov %rsi, (%rsi)
    syscall
    and $-16, %rsp
    call probe
    mov %eax, %edi
    mov $60, %eax
    syscall
print: .globl print
    mov %rsi, %rdx
    mov %rdi, %rsi
    mov $1, %edi
    mov $1, %eax
    syscall
    ret
.bss
.balign 16
thread: .skip 1024
.section .note.GNU-stack,"",@progbits
'''

PROBE = r'''
int snprintf(char *, unsigned long, const char *, ...);
void qsort(void *, unsigned long, unsigned long,
           int (*)(const void *, const void *));
long strtol(const char *, char **, int);
void print(const char *, unsigned long);

static int compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

int probe(void)
{
    int numbers[] = {31, -7, 1024, 0, 5, -300, 8};
    char text[200], *end;
    qsort(numbers, 7, sizeof(int), compare);
    int length = 0;
    for (int i = 0; i < 7; i++)
        length += snprintf(text + length, sizeof(text) - length, "%d ",
                           numbers[i]);
    long parsed = strtol("0x7fff rest", &end, 0);
    length += snprintf(text + length, sizeof(text) - length,
                       "%ld '%s' %08x %-5s| %+.3e %5.2f %%\n", parsed, end,
                       0xbeef, "ab", 12345.678, 3.14159);
    print(text, length);
    return 0;
}
'''
EXPECTED = "-300 -7 0 5 8 31 1024 32767 ' rest' 0000beef ab   | +1.235e+04 " \
           " 3.14 %\n"


@pytest.fixture
def programs(desk):
    assert MUSL.exists(), 'install musl-dev'
    desk.write('link.ld', SCRIPT)
    desk.assemble('start.o', START)
    desk.compile('probe.o', PROBE)
    arguments = ['-static', '-T', 'link.ld', 'start.o', 'probe.o',
                 '-L', str(MUSL.parent), '-lc']
    return {name: desk.link(linker, name, arguments)
            for name, linker in [('ours', links.BOOTLINK_LD),
                                 ('theirs', links.GNU_LD)]}


def globals_of(output):
    return sorted((s.name, s.size, s.type) for s in output.symbols
                  if s.binding != 0)


def test_the_same_members_are_taken(programs):
    assert not links.differences(programs['ours'], programs['theirs'])
    names = {name for name, *_ in globals_of(programs['ours'])}
    assert {'snprintf', 'qsort', 'strtol'} <= names


@pytest.mark.parametrize('name', ['ours', 'theirs'])
def test_program_prints_what_it_should(desk, programs, name):
    done = subprocess.run([desk.folder / name], text=True, timeout=10,
                          stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout) == (0, EXPECTED)


def test_every_member(desk):
    """1,300 objects and their 2,500 symbols."""
    desk.write('link.ld', SCRIPT)
    libgcc = links.run(['gcc', '-print-libgcc-file-name'],
                       desk.folder).stdout.strip()
    desk.assemble('start.o', '.globl _start\n_start: ret\n')
    arguments = ['-static', 'start.o', '--whole-archive', str(MUSL),
                 '--no-whole-archive', libgcc, '-T', 'link.ld']
    ours = desk.link(links.BOOTLINK_LD, 'ours', arguments)
    theirs = desk.link(links.GNU_LD, 'theirs', arguments)
    assert len(globals_of(theirs)) > 1500
    assert not links.differences(ours, theirs)


@pytest.mark.parametrize('options', [
    [], ['-r'], ['--gc-sections'], ['-q'], ['--eh-frame-hdr'], ['--defsym=x=3'],
    ['-zexecstack'], ['-r', '--unique']])
@pytest.mark.parametrize('script', [
    None, 'SECTIONS { .x : { LONG(1) s = .; } }', 'SECTIONS { .x : { *(.x) } }'])
def test_nothing_to_link(same, options, script):
    """Archives of which nobody wants a member."""
    same(script, options, a=archive(x='.globl f\nf: nop\n'), b=archive(y=''))


def test_symbols_alone_to_link(same, desk):
    desk.assemble('r.o', '.globl f\n.text\nf: nop\n')
    for options in [], ['-r']:
        same(None, [*options, '-R', 'r.o'])
        same('SECTIONS { x = 5; }', [*options, '-R', 'r.o'])
