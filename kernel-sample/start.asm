; SPDX-License-Identifier: BSD-2-Clause
;
; The first instruction of the kernel.
;
; Bootlink jumps here in long mode with interrupts off, rdi pointing to struct
; bootlink_info and rsp = 8 modulo 16, as if _start had been called.
; kernel_main (main.c) runs next and does not return.

bits 64

global _start:function (start_end - _start)
extern kernel_main

section .text
_start:
%ifdef BREAK_HALT
        cli                     ; the tests look at this machine's memory
        hlt
        jmp     _start
%endif
        xor     ebp, ebp        ; backtraces end here
        push    rbp
        mov     rbp, rsp        ; rsp is now 0 modulo 16, as a call wants it
        call    kernel_main     ; kernel_main(rdi)
        ud2
start_end:

section .note.GNU-stack noalloc noexec nowrite progbits
