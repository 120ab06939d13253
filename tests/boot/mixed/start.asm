; SPDX-License-Identifier: BSD-2-Clause
;
; The loader jumps to _start with the boot info in rdi; main() is called next,
; in C. With HALT defined the kernel stops before it has changed a byte.

bits 64

section .head.text progbits alloc exec nowrite align=16
global _start
extern main
_start:
%ifdef HALT
        hlt
        jmp     _start
%endif
        sub     rsp, 8          ; as if called: 0 modulo 16 before a call
        call    main
        ud2
