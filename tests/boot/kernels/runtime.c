/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A kernel that does for itself what a C library does before main(): it calls
 * the resolvers of its indirect functions, and gives itself threads. The layout
 * is linker.ld. With BREAK_x one step goes wrong, and one claim with it.
 */
#include "runtime.h"
#include "console.h"

#include <stddef.h>

void _start(void);

/* ---- linker.ld ----------------------------------------------------------- */

struct late_entry { /* Elf64_Rela, R_X86_64_IRELATIVE */
    uint64_t place, type;
    body *(*resolver)(void);
};
extern const struct late_entry __rela_iplt_start[], __rela_iplt_end[];
extern const char __tdata_start[], __tdata_end[], __tbss_end[], __tls_align[];

/* ---- Checks -------------------------------------------------------------- */

static int all_hold = 1;

static void claim(const char *what, int holds)
{
    say(holds ? "ok   " : "FAIL ");
    say(what);
    say("\n");
    all_hold &= holds;
}

/* ---- Indirect functions -------------------------------------------------- */

enum { IRELATIVE = 37, PLAIN = 1, FAST = 2 };

static int is_pointer(const struct late_entry *entry)
{
    return entry->place == (uint64_t)&pointer;
}

/* Whether all entries are of the type that it can apply. */
static int resolve_all(void)
{
    const struct late_entry *e;
    for (e = __rela_iplt_start; e < __rela_iplt_end; e++) {
        if (e->type != IRELATIVE)
            return 0;
#ifdef BREAK_POINTER
        if (is_pointer(e))
            continue;
#endif
        *(uint64_t *)e->place = (uint64_t)e->resolver();
    }
    return 1;
}

/* by_call, by_pointer, by_got and the local one have an entry each. */
static int has_entries(void)
{
    size_t pointers = 0;
    const struct late_entry *e;
    for (e = __rela_iplt_start; e < __rela_iplt_end; e++)
        pointers += is_pointer(e);
    return __rela_iplt_end - __rela_iplt_start == 4 && pointers == 1;
}

static int calls_reach(int result)
{
    return by_call() == result && uses_absolute.call() == result + 10 &&
           uses_relative.call() == result + 10 &&
           uses_table.call() == result + 10 && local_function()() == result;
}

static int has_one_address(void)
{
    return constant == by_call && uses_absolute.address() == by_call &&
           uses_relative.address() == by_call &&
           uses_table.address() == by_call;
}

static int got_reaches(int result)
{
    body *loaded;
    __asm__("movq by_got@GOTPCREL(%%rip), %0" : "=r"(loaded));
    return loaded() == result;
}

static void check_indirect_functions(void)
{
#ifndef BREAK_RESOLVER
    has_fast = 1;
#endif
    claim("every indirect function has an entry", has_entries());
    claim("entries are of one type", resolve_all());
    claim("calls go where the resolvers say", calls_reach(FAST));
    claim("so does a pointer", pointer && pointer() == by_call());
    claim("so does an entry of the GOT", got_reaches(by_call()));
    claim("a function has one address", has_one_address());
}

/* ---- Thread-local variables ---------------------------------------------- */

enum { BLOCK = 1024, MODELS = 5 };

static const struct model *const models[MODELS] = {&model_exec, &model_initial,
                                                   &model_dynamic, &model_local,
                                                   &model_descriptor};

static char blocks[2][BLOCK] __attribute__((aligned(BLOCK)));

static void set_fs(uint64_t base)
{
    const uint32_t fs_base = 0xc0000100;
    __asm__ volatile("wrmsr"
                     :
                     : "c"(fs_base), "a"((uint32_t)base),
                       "d"((uint32_t)(base >> 32))
                     : "memory");
}

static uint64_t block_size(void)
{
    uint64_t align = (uint64_t)__tls_align;
    uint64_t size = (uint64_t)(__tbss_end - __tdata_start);
    return (size + align - 1) / align * align;
}

/* The variables lie below the thread pointer, which points to itself: where a
 * variable's address is taken, that is loaded and the distance added.
 * [psABI 3.4.6] */
static uint64_t thread_make(char *block)
{
    uint64_t size = block_size();
    char *start = block + BLOCK / 2 - size;
    for (uint64_t i = 0; i < BLOCK; i++)
        ((volatile char *)block)[i] = (char)0xee;
    for (uint64_t i = 0; i < size; i++)
        ((volatile char *)start)[i] = 0;
#ifndef BREAK_TEMPLATE
    for (uint64_t i = 0; i < (uint64_t)(__tdata_end - __tdata_start); i++)
        ((volatile char *)start)[i] = __tdata_start[i];
#endif
    *(uint64_t *)(start + size) = (uint64_t)(start + size);
    return (uint64_t)(start + size);
}

static int begins_as_template(const struct model *m)
{
    return *m->set() == 5 && *m->zero() == 0 && *m->own() == 7 &&
           m->aligned()[0] == 'o' && m->aligned()[10] == 'e';
}

/* All models find one variable, and each the one of its own file. */
static int agrees(const struct model *m)
{
    uint64_t line = (uint64_t)m->aligned();
    return m->set() == model_exec.set() && m->zero() == model_exec.zero() &&
           m->aligned() == model_exec.aligned() && line % 64 == 0 &&
           (m == &model_exec || m->own() != model_exec.own());
}

static void check_models(void)
{
    int all_begin = 1, all_agree = 1;
    for (int i = 0; i < MODELS; i++) {
        say(models[i]->name);
        say(" ");
        all_begin &= begins_as_template(models[i]);
        all_agree &= agrees(models[i]);
    }
    say("\n");
    claim("variables begin as the template", all_begin);
    claim("every model finds the same variables", all_agree);
}

/* What one thread writes the other one does not see. */
static int is_apart(uint64_t one, uint64_t other)
{
    set_fs(one);
    *model_dynamic.set() = 50;
    *model_exec.zero() = 60;
    int *place = model_local.own();
    set_fs(other);
    return *model_exec.set() != 50 && *model_initial.set() != 50 &&
           *model_dynamic.zero() != 60 && model_local.own() != place;
}

static void check_threads(void)
{
    uint64_t one = thread_make(blocks[0]), other = thread_make(blocks[1]);
#ifdef BREAK_THREADS
    other = one;
#endif
    set_fs(other);
    check_models();
    claim("each thread has its own", is_apart(one, other));
}

void _start(void)
{
#ifdef HALT
    for (;;)
        __asm__ volatile("hlt");
#endif
    check_indirect_functions();
    check_threads();
    leave(all_hold);
}
