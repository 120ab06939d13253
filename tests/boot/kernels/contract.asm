; SPDX-License-Identifier: BSD-2-Clause
;
; Notes the processor's state at the very first instruction of a kernel:
; contract(info, rsp, rflags, what lies at rsp).

bits 64

section .text
global _start
extern contract
_start:
        mov     rsi, rsp
        mov     rcx, [rsp]
        pushfq
        pop     rdx
        sub     rsp, 8          ; as if called: 0 modulo 16 before a call
        cld
        call    contract
        ud2
