; SPDX-License-Identifier: BSD-2-Clause
;
; Where a module comes by when it calls a function of another module for the
; first time (`bind: lazy`). All registers are as at the call, and on the stack
; is what its procedure linkage table has pushed [psABI 5.2]:
;
;    0(rsp)  the module's link map, from GOT[1]
;    8(rsp)  the number of the slot
;   16(rsp)  where the function returns to
;
; lazy_bind() (lazy.c) finds the function and writes its address into the slot.
; Then the function is entered as if it had been called itself: the registers
; that may hold arguments are as they were, and so is the stack.

bits 64

global bootlink_lazy_entry:function (bootlink_lazy_entry.end - bootlink_lazy_entry)
extern lazy_bind

section .text

bootlink_lazy_entry:
        push    rax             ; of a variadic function: how many vectors
        push    rdi
        push    rsi
        push    rdx
        push    rcx
        push    r8
        push    r9
        push    r10             ; a static chain
        push    r11             ; so that rsp is a multiple of 16
        mov     rdi, [rsp + 72] ; the link map
        mov     rsi, [rsp + 80] ; the number
        call    lazy_bind
        pop     r11
        mov     r11, rax        ; no function gets arguments in r11
        pop     r10
        pop     r9
        pop     r8
        pop     rcx
        pop     rdx
        pop     rsi
        pop     rdi
        pop     rax
        add     rsp, 16
        jmp     r11
.end:

section .note.GNU-stack noalloc noexec nowrite progbits
