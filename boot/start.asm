; SPDX-License-Identifier: BSD-2-Clause
;
; The first instructions of Bootlink.
;
; Receives  the jump from the firmware's StartImage [UEFI 2.10 2.3.4.1]:
;           long mode, identity-mapped, the Microsoft x64 calling convention,
;           rcx = image handle, rdx = system table, the stack 8 modulo 16.
; Does      adds the load address to every pointer in .data: the linker left a
;           list of them that is as short as can be, SHT_RELR [gABI: Relative
;           Relocation Table]. An even entry is the address of a pointer. An odd
;           one is a bit map of the 63 words behind the last one that an entry
;           spoke of: bit 1 for the first, bit 63 for the last; bit 0 marks it.
; Hands to  efi_main (main.c), with the same registers and the same stack: what
;           it returns goes to the firmware.

bits 64
default rel

extern image_base, relocations, relocations_end, efi_main

WORD_SIZE equ 8
MAPPED    equ 63 * WORD_SIZE            ; what a bit map is about

section .text

global start:function hidden
start:
    endbr64
    lea r8, [image_base]                ; where the firmware put us
    lea r9, [relocations]
    lea r10, [relocations_end]
.next:
    cmp r9, r10
    jae efi_main                        ; the stack is as we found it
    mov rax, [r9]
    add r9, WORD_SIZE
    test al, 1
    jnz .map
    lea r11, [r8 + rax]
    add [r11], r8
    add r11, WORD_SIZE                  ; r11: the next word to speak of
    jmp .next

.map:
    push r11
.bit:
    shr rax, 1
    jz .mapped
    test al, 1
    jz .skip
    add [r11], r8
.skip:
    add r11, WORD_SIZE
    jmp .bit
.mapped:
    pop r11
    add r11, MAPPED
    jmp .next

section .note.GNU-stack noalloc noexec nowrite progbits
