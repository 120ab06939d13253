; SPDX-License-Identifier: BSD-2-Clause
;
; A module in NASM.

%include "bootlink/module.inc"

        MODULE_NAME "nasm"
        MODULE_VERSION "1.0"
        MODULE_DESCRIPTION "a module in NASM"
        MODULE_REQUIRES "kernel", "1.2"
        MODULE_IMPORT_NS "TEST"

        module_init start
        module_exit stop
        module_param count, uint
        MODULE_PARM_DESC count, "how often"
        module_param whom, string
        MODULE_PARM_DESC whom, "who is greeted"
        module_param_array list, int, listed, 4
        EXPORT_SYMBOL answer_of_nasm

        extern  report
        extern  say_line
        extern  BEFORE
        global  answer_of_nasm:function

        section .text
answer_of_nasm:
        sub     rsp, 8
        call    BEFORE
        inc     eax
        add     rsp, 8
        ret

; int start(const char *parameters)
start:  push    rdi
        call    BEFORE
        mov     r9d, eax
        mov     rdi, name
        mov     rsi, [whom]
        mov     edx, [count]
        mov     rcx, list
        mov     r8d, [listed]
        call    report
        pop     rdi
        xor     eax, eax
        cmp     byte [rdi], 0           ; 0, success, if there is some text
        sete    al
        ret

; void stop(void)
stop:   mov     rdi, ending
        jmp     say_line

        section .rodata
ending: db      "nasm ends", 0
name:   db      "nasm", 0
nobody: db      "nobody", 0

        section .data align=8
whom:   dq      nobody
count:  dd      1

        section .bss
list:   resd    4
listed: resd    1
