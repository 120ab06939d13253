/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of the sample kernel share.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <bootlink/bootinfo.h>
#include <bootlink/module.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/libk.h"

#define PAGE_SIZE 4096

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The kernel's only state, handed to each check. */
struct kernel {
    struct bootlink_info info;         /* a copy of what %rdi pointed to */
    const struct bootlink_info *given; /* that */
    unsigned passed, failed;
    char detail[96]; /* what the check found, shown in brackets */
};

/* Says what a check found; kept until its line is printed. */
void detail(struct kernel *kernel, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- main.c: the checks, each true if its claim holds ------------------- */

/* link.c: what a linker must get right */
void run_constructors(void);
bool bss_is_zero(struct kernel *kernel);
bool data_is_relocated(struct kernel *kernel);
bool strong_wins(struct kernel *kernel);
bool common_is_shared(struct kernel *kernel);
bool constructors_ran(struct kernel *kernel);
bool comdat_is_once(struct kernel *kernel);

/* place.c: what a loader must get right */
bool info_is_sound(struct kernel *kernel);
bool address_is_right(struct kernel *kernel);
bool permissions_are_right(struct kernel *kernel);
bool stack_is_guarded(struct kernel *kernel);

/* memory.c, screen.c, modules.c, fault.c: what a kernel then does */
bool memory_map_is_sound(struct kernel *kernel);
bool screen_shows_text(struct kernel *kernel);
bool modules_start(struct kernel *kernel);
bool fault_is_traced(struct kernel *kernel);

/* memory.c: "usable" ... */
const char *memory_type_name(uint32_t type);

/* ---- paging.c: the page tables as the CPU reads them -------------------- */

enum permission { READ = 1, WRITE = 2, EXECUTE = 4 };

struct page {
    uint64_t physical;    /* of the address asked for */
    uint64_t size;        /* 4 KiB, 2 MiB or 1 GiB */
    unsigned permissions; /* of all levels together */
    uint64_t *entry;      /* the last one */
};

/* The page that maps `address`; false if none does. */
bool page_of(const struct bootlink_info *info, uint64_t address,
             struct page *page);

/* Called for each run of pages that are mapped one behind the other with the
 * same permissions. */
typedef void page_run(void *context, uint64_t start, uint64_t size,
                      unsigned permissions);

/* Goes over the whole address space, upwards. */
void pages_walk(const struct bootlink_info *info, page_run *run, void *context);

/* "r-x" */
const char *permission_text(unsigned permissions);

/* ---- fault.c and exceptions.asm ----------------------------------------- */

/* What exceptions.asm has pushed when it calls exception(), lowest address
 * first. [Intel SDM 3A 6.14.2: 64-Bit Mode Stack Frame] */
struct exception_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
    uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector, error_code;
    uint64_t rip, cs, rflags, rsp, ss;
};

/* Takes over the 32 exceptions from the loader's IDT. */
void exceptions_init(struct kernel *kernel);

/* fault_stack.c: the number of a stack that a gate may ask for, and the segment
 * that has it. False if the loader's GDT leaves no room for that. */
#define FAULT_STACK 1
bool fault_stack_init(void);

/* A call that may fault, on the stack of who makes it. */
struct attempt {
    const struct attempt *outer;
    const void *frame; /* rbp of who makes it */
    uint64_t stack;    /* rsp, to go on with */
};

/* Who called whom, down to the caller; for modules, too. */
void backtrace(void);

/* Calls function(argument): false if a fault ended it. The fault has been
 * printed then. */
bool survives(void (*function)(void *), void *argument);

/* ---- symbols.c: names --------------------------------------------------- */

struct symbol {
    uint64_t address, size;
    struct bootlink_text name;
    struct bootlink_text module; /* whose it is; empty: the kernel's */
    bool is_function;
};

/* Where symbols_next is; zero: before the first one. */
struct symbol_position {
    uint64_t index;     /* in the boot info */
    const void *module; /* of the source behind it */
    uint64_t module_index;
};

/* The symbols of modules that were loaded after the boot. */
struct symbol_source {
    bool (*at)(uint64_t address, struct symbol *found);
    bool (*next)(struct symbol_position *position, struct symbol *found);
};

void symbols_init(const struct kernel *kernel);
void symbols_add(const struct symbol_source *source);

/* The function or variable that `address` lies in. */
bool symbol_at(uint64_t address, struct symbol *found);

/* All symbols, one after the other; false after the last one. */
bool symbols_next(struct symbol_position *position, struct symbol *found);

bool text_is(struct bootlink_text text, const char *string);

/* ---- trace.c: who called whom ------------------------------------------- */

#define TRACE_NAMES 8

/* The functions of a backtrace, innermost first. */
struct trace {
    unsigned depth;
    struct bootlink_text names[TRACE_NAMES];
};

/* function+0x1c/0x40 [module] */
void print_place(uint64_t address, const struct symbol *symbol);

/* From the faulting instruction outwards. Where that breaks off it goes on with
 * who made the next attempt. */
void print_fault_trace(const struct bootlink_range *stack,
                       const struct exception_frame *fault,
                       const struct attempt *attempt, struct trace *trace);

/* From that frame outwards. */
void print_trace(const struct bootlink_range *stack, const void *frame,
                 const struct attempt *attempt);

/* ---- monitor/: a conversation on the serial port ------------------------ */

/* Until `poweroff`. Weak, for a kernel may be linked without that folder: then
 * this is NULL. */
__attribute__((weak)) void monitor(struct kernel *kernel);

/* ---- power.c ------------------------------------------------------------ */

/* Turns the machine off; `passed` becomes QEMU's exit status. */
_Noreturn void power_off(const struct bootlink_info *info, bool passed);

#endif
