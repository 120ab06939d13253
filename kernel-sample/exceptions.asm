; SPDX-License-Identifier: BSD-2-Clause
;
; Where the CPU enters the kernel on an exception, and the way back from one.
;
; The CPU pushes ss, rsp, rflags, cs, rip, and for some vectors an error code;
; the stubs make all vectors look alike, save every register (the layout of
; struct exception_frame in kernel.h) and call exception() (fault.c). What that
; changes in the frame holds when the stub returns.

bits 64

global exception_stubs, try_resume
global try_call:function (try_call_end - try_call)
extern exception

%define HAS_ERROR_CODE (1 << 8 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13 | \
                        1 << 14 | 1 << 17 | 1 << 21 | 1 << 29 | 1 << 30)

section .text

%assign vector 0
%rep 32
stub_ %+ vector:
    %if (HAS_ERROR_CODE & (1 << vector)) == 0
        push    0
    %endif
        push    vector
        jmp     save_registers
    %assign vector vector + 1
%endrep

save_registers:
        push    rax
        push    rbx
        push    rcx
        push    rdx
        push    rsi
        push    rdi
        push    rbp
        push    r8
        push    r9
        push    r10
        push    r11
        push    r12
        push    r13
        push    r14
        push    r15
        cld
        mov     rdi, rsp        ; struct exception_frame; rsp is 0 modulo 16,
        call    exception       ; for the CPU aligned it and 22 words followed
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     r11
        pop     r10
        pop     r9
        pop     r8
        pop     rbp
        pop     rdi
        pop     rsi
        pop     rdx
        pop     rcx
        pop     rbx
        pop     rax
        add     rsp, 16         ; vector and error code
        iretq

; bool try_call(void (*function)(void *), void *argument, uint64_t *stack)
;
; Calls function(argument). Stores rsp in *stack; whoever sets rsp back to that and
; jumps to try_resume makes try_call return true, whatever the function did.
try_call:
        push    rbp
        mov     rbp, rsp
        push    rbx
        push    r12
        push    r13
        push    r14
        push    r15
        sub     rsp, 8
        mov     [rdx], rsp
        mov     rax, rdi
        mov     rdi, rsi
        call    rax
        xor     eax, eax
        jmp     try_return
try_resume:
        mov     eax, 1
try_return:
        add     rsp, 8
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbx
        pop     rbp
        ret
try_call_end:

; The stubs' addresses by vector, for the IDT: 32 relocations of 64 bits.
section .rodata
        align   8
exception_stubs:
%assign vector 0
%rep 32
        dq      stub_ %+ vector
    %assign vector vector + 1
%endrep

section .note.GNU-stack noalloc noexec nowrite progbits
