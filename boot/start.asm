; SPDX-License-Identifier: BSD-2-Clause
;
; The first instructions of Bootlink.
;
; Receives  the jump from the firmware's StartImage [UEFI 2.10 2.3.4.1]:
;           long mode, identity-mapped, the Microsoft x64 calling convention,
;           rcx = image handle, rdx = system table, the stack 8 modulo 16.
; Does      adds the load address to every pointer in .data: the linker left a
;           list of them, R_X86_64_RELATIVE only [psABI 4.4.1: B + A].
; Hands to  efi_main (main.c), with the same registers and the same stack: what
;           it returns goes to the firmware.

bits 64
default rel

extern image_base, relocations, relocations_end, efi_main

R_X86_64_RELATIVE equ 8

struc Elf64_Rela
    .r_offset: resq 1
    .r_type:   resd 1
    .r_symbol: resd 1
    .r_addend: resq 1
endstruc

section .text

global start:function hidden
start:
    endbr64
    lea r8, [image_base]                ; B: where the firmware put us
    lea r9, [relocations]
    lea r10, [relocations_end]
.next:
    cmp r9, r10
    jae efi_main                        ; the stack is as we found it
    cmp dword [r9 + Elf64_Rela.r_type], R_X86_64_RELATIVE
    jne .skip                           ; padding; the build checks the rest
    mov rax, [r9 + Elf64_Rela.r_addend]
    add rax, r8
    mov r11, [r9 + Elf64_Rela.r_offset]
    mov [r8 + r11], rax
.skip:
    add r9, Elf64_Rela_size
    jmp .next

section .note.GNU-stack noalloc noexec nowrite progbits
