/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Exceptions: the IDT, a backtrace with names, and a way to survive a fault
 * that was expected. exceptions.asm calls exception() with every register
 * saved and restores what that leaves in the frame.
 */
#include "kernel.h"

/* ---- the IDT [Intel SDM 3A 6.14.1: 64-Bit Mode IDT] --------------------- */

struct gate {
    uint16_t offset_low;
    uint16_t selector;
    uint8_t ist;
    uint8_t type; /* present, ring 0, 64-bit interrupt gate */
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t reserved;
};
_Static_assert(sizeof(struct gate) == 16, "a gate has 16 bytes");

#define INTERRUPT_GATE  0x8e
#define EXCEPTION_COUNT 32
#define PAGE_FAULT      14

/* exceptions.asm */
extern const uint64_t exception_stubs[EXCEPTION_COUNT];
bool try_call(void (*function)(void), uint64_t *stack);
extern const char try_resume[];
void exception(struct exception_frame *frame);

/* An exception has no argument through which it could be given these. */
static struct gate gates[EXCEPTION_COUNT];
static const struct bootlink_info *boot_info;
static uint64_t try_stack; /* where to go on after a fault; 0: nowhere */

/* What the last exception was, for the check. */
static struct {
    uint64_t vector, error_code;
    unsigned depth;
    struct bootlink_text names[8]; /* innermost first */
} caught;

void exceptions_init(struct kernel *kernel)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) idtr = {sizeof(gates) - 1, (uint64_t)gates};
    uint16_t cs;

    boot_info = &kernel->info;
    __asm__("mov %%cs, %0" : "=r"(cs));
    for (int i = 0; i < EXCEPTION_COUNT; i++)
        gates[i] = (struct gate){
            .offset_low = (uint16_t)exception_stubs[i],
            .selector = cs,
            .type = INTERRUPT_GATE,
            .offset_middle = (uint16_t)(exception_stubs[i] >> 16),
            .offset_high = (uint32_t)(exception_stubs[i] >> 32),
        };
    __asm__ volatile("lidt %0" : : "m"(idtr));
}

/* ---- names -------------------------------------------------------------- */

/* The function that `address` lies in: the last one at or below it, if it is
 * long enough. The table ascends, so that halving finds it. */
static const struct bootlink_info_symbol *function_at(uint64_t address)
{
    uint64_t low = 0, high = boot_info->symbol_count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (boot_info->symbols[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    while (low-- > 0) {
        const struct bootlink_info_symbol *symbol = &boot_info->symbols[low];
        if (symbol->is_function && symbol->size > 0)
            return address - symbol->address < symbol->size ? symbol : NULL;
    }
    return NULL;
}

/* One line of a backtrace: function+0x1c/0x40. */
static void print_place(const struct bootlink_info_symbol *function,
                        uint64_t address)
{
    struct bootlink_text name = {"?", 1};
    if (function) {
        name = function->name;
        print("       %.*s+0x%lx/0x%lx\n", (int)name.size, name.data,
              address - function->address, function->size);
    } else {
        print("       0x%lx\n", address);
    }
    if (caught.depth < sizeof(caught.names) / sizeof(caught.names[0]))
        caught.names[caught.depth++] = name;
}

/* ---- the backtrace [psABI 3.2.2: The Stack Frame] ----------------------- */

struct frame {
    const struct frame *caller;
    uint64_t return_address;
};

static bool is_on_stack(const struct frame *frame)
{
    uint64_t address = (uint64_t)frame;
    return address % 8 == 0 && address >= boot_info->stack.start &&
           address - boot_info->stack.start <=
               boot_info->stack.size - sizeof(*frame);
}

/* From the faulting instruction outwards. A return address belongs to the call
 * in front of it, which may be the last instruction of its function. */
static void print_backtrace(const struct exception_frame *fault)
{
    const struct frame *frame = (const struct frame *)fault->rbp;
    caught.depth = 0;
    print_place(function_at(fault->rip), fault->rip);
    while (is_on_stack(frame) && frame->caller) {
        print_place(function_at(frame->return_address - 1),
                    frame->return_address);
        if (frame->caller <= frame)
            break;
        frame = frame->caller;
    }
}

/* Called by exceptions.asm. On return the CPU goes on where `frame` says. */
void exception(struct exception_frame *frame)
{
    uint64_t address;
    __asm__ volatile("mov %%cr2, %0" : "=r"(address));
    print("     exception %lu, error code 0x%lx, address 0x%lx\n",
          frame->vector, frame->error_code,
          frame->vector == PAGE_FAULT ? address : frame->rip);
    print_backtrace(frame);
    if (try_stack == 0) {
        print("the kernel stops here\n");
        power_off(boot_info, false);
    }
    caught.vector = frame->vector;
    caught.error_code = frame->error_code;
    frame->rip = (uint64_t)try_resume;
    frame->rsp = try_stack;
    try_stack = 0;
}

/* ---- a fault on purpose ------------------------------------------------- */

static const int read_only = 1;

/* Three calls deep, so that there is something to trace. It calls print, for
 * the compiler makes no frame for a function that calls nobody. */
__attribute__((noinline)) static void write_to_constant(void)
{
    volatile int *place = (volatile int *)&read_only;
    __asm__("" : "+r"(place)); /* or the compiler sees through it */
    print("     a fault on purpose: a write to read-only data\n");
#ifndef BREAK_FAULT
    *place = 2;
#endif
}

__attribute__((noinline)) static void call_writer(void)
{
    write_to_constant();
    __asm__ volatile("");
}

__attribute__((noinline)) static void fault_on_purpose(void)
{
    call_writer();
    __asm__ volatile("");
}

static bool is_named(unsigned depth, const char *name)
{
    return depth < caught.depth && caught.names[depth].size == strlen(name) &&
           memcmp(caught.names[depth].data, name, strlen(name)) == 0;
}

/* Error code 3: a write to a page that is there. [Intel SDM 3A 4.7] */
bool fault_is_traced(struct kernel *kernel)
{
#ifdef BREAK_NAMES
    kernel->info.symbol_count = 0;
#endif
    if (!try_call(fault_on_purpose, &try_stack)) {
        detail(kernel, "no fault came");
        try_stack = 0;
        return false;
    }
    detail(kernel, "%u frames, %lu symbols", caught.depth,
           kernel->info.symbol_count);
    return caught.vector == PAGE_FAULT && caught.error_code == 3 &&
           is_named(0, "write_to_constant") && is_named(1, "call_writer") &&
           is_named(2, "fault_on_purpose");
}
