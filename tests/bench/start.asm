; SPDX-License-Identifier: BSD-2-Clause
;
; The entry of the bench's kernels. It follows the chain that goes through all
; objects, {the next part, a function, the part's number}, says how many there are
; on COM1, and ends QEMU: 33 if all numbers are right, 35 if not. A part whose
; number is not the next one, or whose function is not there, is wrong.

bits 64

COM1            equ 0x3f8
DEBUG_EXIT      equ 0xf4
PASSED          equ 0x10
FAILED          equ 0x11

global _start:function (start_end - _start)
extern bench_part_0

section .text
_start:
        xor     ebx, ebx                ; parts so far
        mov     rsi, bench_part_0
        mov     r8d, FAILED
.next:
        cmp     qword [rsi + 16], rbx
        jne     .say
        cmp     qword [rsi + 8], 0
        je      .say
        inc     ebx
        mov     rsi, [rsi]
        test    rsi, rsi
        jnz     .next
        mov     r8d, PASSED
.say:
        mov     rsi, message
        call    put
        mov     eax, ebx
        lea     rsi, [rel digits_end]
        mov     ecx, 10
.digit:
        xor     edx, edx
        div     ecx
        add     dl, '0'
        dec     rsi
        mov     [rsi], dl
        test    eax, eax
        jnz     .digit
        call    put
        mov     eax, r8d
        mov     dx, DEBUG_EXIT
        out     dx, al
.stop:
        cli
        hlt
        jmp     .stop

; Sends the bytes at rsi up to a zero.
put:
        mov     dx, COM1
.byte:
        lodsb
        test    al, al
        jz      .done
        out     dx, al
        jmp     .byte
.done:
        ret
start_end:

section .rodata
message:
        db      "bench kernel, parts: ", 0

section .data
        times 10 db 0
digits_end:
        db      13, 10, 0

section .note.GNU-stack noalloc noexec nowrite progbits
