/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Exceptions: the IDT, a backtrace (trace.c), and a way to survive a fault.
 * exceptions.asm calls exception() with every register saved and restores what
 * that leaves in the frame.
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
#define DOUBLE_FAULT    8
#define PAGE_FAULT      14

/* exceptions.asm */
extern const uint64_t exception_stubs[EXCEPTION_COUNT];
bool try_call(void (*function)(void *), void *argument, uint64_t *stack);
extern const char try_resume[];
void exception(struct exception_frame *frame);

/* An exception has no argument through which it could be given these. */
static struct gate gates[EXCEPTION_COUNT];
static const struct bootlink_info *boot_info;
static const struct attempt
    *attempt; /* where to go on after a fault, if anywhere */

/* What the last exception was, for the check. */
static struct {
    uint64_t vector, error_code;
    struct trace trace;
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
    if (fault_stack_init())
        gates[DOUBLE_FAULT].ist = FAULT_STACK;
    __asm__ volatile("lidt %0" : : "m"(idtr));
}

/* ---- an exception ------------------------------------------------------- */

/* There was no room for what the CPU and exceptions.asm push. */
static bool is_stack_used_up(uint64_t rsp)
{
    return rsp < boot_info->stack.start + sizeof(struct exception_frame);
}

/* Called by exceptions.asm. On return the CPU goes on where `frame` says. */
void exception(struct exception_frame *frame)
{
    uint64_t address;
    __asm__ volatile("mov %%cr2, %0" : "=r"(address));
    print("     exception %lu, error code 0x%lx, address 0x%lx\n",
          frame->vector, frame->error_code,
          frame->vector == PAGE_FAULT ? address : frame->rip);
    if (frame->vector == DOUBLE_FAULT && is_stack_used_up(frame->rsp))
        print("     the stack is used up\n");
    print_fault_trace(&boot_info->stack, frame, attempt, &caught.trace);
    if (!attempt) {
        print("the kernel stops here\n");
        power_off(boot_info, false);
    }
    caught.vector = frame->vector;
    caught.error_code = frame->error_code;
    frame->rip = (uint64_t)try_resume;
    frame->rsp = attempt->stack;
}

/* Attempts may be nested: the innermost one is where a fault ends. */
bool survives(void (*function)(void *), void *argument)
{
    struct attempt here = {
        .outer = attempt,
        .frame = __builtin_frame_address(0),
    };
    attempt = &here;
    bool has_faulted = try_call(function, argument, &here.stack);
    attempt = here.outer;
    return !has_faulted;
}

void backtrace(void)
{
    print_trace(&boot_info->stack, __builtin_frame_address(0), attempt);
}
EXPORT_SYMBOL(backtrace);

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

__attribute__((noinline)) static void fault_on_purpose(void *unused)
{
    (void)unused;
    call_writer();
    __asm__ volatile("");
}

static bool is_named(unsigned depth, const char *name)
{
    return depth < caught.trace.depth &&
           text_is(caught.trace.names[depth], name);
}

/* Error code 3: a write to a page that is there. [Intel SDM 3A 4.7] */
bool fault_is_traced(struct kernel *kernel)
{
#ifdef BREAK_NAMES
    kernel->info.symbol_count = 0;
#endif
    if (survives(fault_on_purpose, NULL)) {
        detail(kernel, "no fault came");
        return false;
    }
    detail(kernel, "%u frames, %lu symbols", caught.trace.depth,
           kernel->info.symbol_count);
    return caught.vector == PAGE_FAULT && caught.error_code == 3 &&
           is_named(0, "write_to_constant") && is_named(1, "call_writer") &&
           is_named(2, "fault_on_purpose");
}
