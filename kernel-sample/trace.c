/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A backtrace: which function called which, as function+0x1c/0x40 [module].
 *
 * The kernel and its modules are compiled with -fno-omit-frame-pointer. So each
 * function begins with `push rbp; mov rbp, rsp`, and what it has pushed are the
 * links of a chain: [psABI 3.2.2: The Stack Frame]
 *
 *     rbp -> caller's rbp, return address
 *            |
 *            v
 *            its caller's rbp, return address ... up to 0, which start.asm left
 */
#include "kernel.h"

struct frame {
    const struct frame *caller;
    uint64_t return_address;
};

void print_place(uint64_t address, const struct symbol *symbol)
{
    print("%.*s+0x%lx/0x%lx", (int)symbol->at->name.size, symbol->at->name.data,
          address - symbol->at->address, symbol->at->size);
    if (symbol->module.size > 0)
        print(" [%.*s]", (int)symbol->module.size, symbol->module.data);
}

/* One line. `inside` is an address that is certainly in the function. */
static void print_call(uint64_t address, uint64_t inside, struct trace *trace)
{
    struct bootlink_text name = {"?", 1};
    struct symbol symbol;

    print("       ");
    if (function_at(inside, &symbol)) {
        name = symbol.at->name;
        print_place(address, &symbol);
    } else {
        print("0x%lx", address);
    }
    print("\n");
    if (trace->depth < TRACE_NAMES)
        trace->names[trace->depth++] = name;
}

static bool is_on_stack(const struct bootlink_range *stack,
                        const struct frame *frame)
{
    uint64_t address = (uint64_t)frame;
    return address % 8 == 0 && address >= stack->start &&
           address - stack->start <= stack->size - sizeof(*frame);
}

/* A return address belongs to the call in front of it, which may be the last
 * instruction of its function. */
static void print_callers(const struct bootlink_range *stack, uint64_t rbp,
                          struct trace *trace)
{
    const struct frame *frame = (const struct frame *)rbp;
    while (is_on_stack(stack, frame) && frame->caller) {
        print_call(frame->return_address, frame->return_address - 1, trace);
        if (frame->caller <= frame)
            return;
        frame = frame->caller;
    }
}

void print_fault_trace(const struct bootlink_range *stack,
                       const struct exception_frame *fault, struct trace *trace)
{
    trace->depth = 0;
    print_call(fault->rip, fault->rip, trace);
    print_callers(stack, fault->rbp, trace);
}

void print_trace(const struct bootlink_range *stack)
{
    struct trace trace = {0};
    print_callers(stack, (uint64_t)__builtin_frame_address(0), &trace);
}
