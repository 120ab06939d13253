; SPDX-License-Identifier: BSD-2-Clause
;
; The last instructions of Bootlink: out of the firmware's address space, into
; the kernel's.
;
; Receives  the call from leave (exit.c), System V ABI, interrupts off, boot
;           services ended: rdi = struct passage (boot.h), at its physical
;           address. This page is mapped at its physical address in both address
;           spaces, read and execute. It may be a copy: nothing here knows where
;           it lies, and nothing outside is used but the passage, whose page,
;           like this one, no move writes to.
; Does      loads the kernel's page tables, a GDT and an IDT; moves staged
;           blocks to where the firmware was in the way.
; Hands to  the kernel's entry point as include/bootlink/bootinfo.h says:
;           rdi = boot info, rsp = 8 modulo 16 with a zero return address, rbp =
;           0 so that a backtrace ends here, IF and DF clear, CR0.WP, EFER.NXE
;           and CR4.OSFXSR set, every other register 0.

bits 64
default rel

; struct passage, checked against boot.h by _Static_assert in exit.c
struc passage
    .root:       resq 1
    .direct_map: resq 1
    .moves:      resq 1
    .move_count: resq 1
    .stack:      resq 1
    .info:       resq 1
    .entry:      resq 1
    .gdt:        resb 16
    .idt:        resb 16
endstruc

struc move
    .destination: resq 1
    .source:      resq 1
    .size:        resq 1
endstruc

CODE equ 8
DATA equ 16

EFER      equ 0xc0000080
EFER_NXE  equ 1 << 11
CR0_FIXED equ 0x80000023                ; PG, NE, MP, PE: no TS, no EM
CR0_WP    equ 1 << 16
CR4_FIXED equ (1 << 5) | (1 << 9)       ; PAE, OSFXSR

section .trampoline progbits alloc exec nowrite align=4096

global trampoline:function hidden
trampoline:
    endbr64
    cli
    cld

    ; NXE first: without it a no-execute bit in a page table is reserved. CR4
    ; before CR0: it drops CET, under which WP may not be cleared, and PGE, so
    ; that no translation of the firmware's survives the load of CR3.
    mov ecx, EFER
    rdmsr
    or eax, EFER_NXE
    wrmsr
    mov eax, CR4_FIXED
    mov cr4, rax

    ; From here on memory is reached through the direct map.
    mov rbx, [rdi + passage.direct_map]
    mov rax, [rdi + passage.root]
    mov cr3, rax
    add rdi, rbx
    lgdt [rdi + passage.gdt]
    lidt [rdi + passage.idt]
    mov eax, DATA
    mov ds, eax
    mov es, eax
    mov fs, eax
    mov gs, eax
    mov ss, eax
    mov rsp, [rdi + passage.stack]      ; the firmware's stack may go now

    ; Executable pages are read-only in the direct map, and the moves write
    ; them: WP is off until they are done.
    mov eax, CR0_FIXED
    mov cr0, rax
    mov r8, rdi
    mov r9, [r8 + passage.moves]
    mov r10, [r8 + passage.move_count]
.next_move:
    test r10, r10
    jz .moved
    mov rdi, [r9 + move.destination]
    mov rsi, [r9 + move.source]
    mov rcx, [r9 + move.size]           ; whole pages
    add rdi, rbx
    add rsi, rbx
    mov rax, rdi
    sub rax, rsi
    cmp rax, rcx                        ; does it begin within the source?
    jae .forwards
    lea rdi, [rdi + rcx - 8]            ; then the last word goes first
    lea rsi, [rsi + rcx - 8]
    std
.forwards:
    shr rcx, 3
    rep movsq
    cld
    add r9, move_size
    dec r10
    jmp .next_move
.moved:
    mov eax, CR0_FIXED | CR0_WP
    mov cr0, rax

    ; A far return is how long mode loads CS. The two words below the stack's
    ; top are ours to use; the zero return address at the top stays.
    mov rcx, [r8 + passage.entry]
    mov rdi, [r8 + passage.info]
    lea rax, [.enter]
    push CODE
    push rax
    retfq
.enter:
    mov rax, rcx
    xor ebx, ebx
    xor ecx, ecx
    xor edx, edx
    xor esi, esi
    xor ebp, ebp
    xor r8d, r8d
    xor r9d, r9d
    xor r10d, r10d
    xor r11d, r11d
    xor r12d, r12d
    xor r13d, r13d
    xor r14d, r14d
    xor r15d, r15d
    jmp rax                             ; struct bootlink_info * in rdi

; Where every gate of the IDT leads, until the kernel has its own.
global trampoline_halt:function hidden
trampoline_halt:
    cli
    hlt
    jmp trampoline_halt

global trampoline_end:function hidden
trampoline_end:

section .note.GNU-stack noalloc noexec nowrite progbits
