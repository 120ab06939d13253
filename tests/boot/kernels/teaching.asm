; SPDX-License-Identifier: BSD-2-Clause
;
; The first instructions of the teaching kernel, behind the header that its
; course uses with another loader.

bits 64

section .multiboot
        align   4
        dd      0x1badb002, 0, -0x1badb002

section .text
global _start
extern teach
_start:
        mov     rsp, stack_top
        xor     ebp, ebp
        call    teach
        ud2

section .bss
        resb    16384
stack_top:
