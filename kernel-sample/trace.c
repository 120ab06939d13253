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
 *
 * Code that uses rbp for something else, as the linker's does, breaks the
 * chain.
 */
#include "kernel.h"

#define MOST_CALLERS 32 /* shown of a chain: a recursion may have thousands */

struct frame {
    const struct frame *caller;
    uint64_t return_address;
};

void print_place(uint64_t address, const struct symbol *symbol)
{
    print("%.*s+0x%lx/0x%lx", (int)symbol->name.size, symbol->name.data,
          address - symbol->address, symbol->size);
    if (symbol->module.size > 0)
        print(" [%.*s]", (int)symbol->module.size, symbol->module.data);
}

/* One line. `inside` is an address that is certainly in the function. */
static void print_call(uint64_t address, uint64_t inside, struct trace *trace)
{
    struct bootlink_text name = {"?", 1};
    struct symbol symbol;

    print("       ");
    if (symbol_at(inside, &symbol)) {
        name = symbol.name;
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

/* start.asm has made the first frame at the top of the stack. */
static bool is_first(const struct bootlink_range *stack,
                     const struct frame *frame)
{
    return (uint64_t)(frame + 1) == stack->start + stack->size;
}

/* A return address belongs to the call in front of it, which may be the last
 * instruction of its function. Returns the frame where the chain is broken, or
 * long enough; NULL: it was followed to its end. */
static const struct frame *print_callers(const struct bootlink_range *stack,
                                         const struct frame *frame,
                                         struct trace *trace)
{
    unsigned left = MOST_CALLERS;
    while (is_on_stack(stack, frame) && frame->caller && left-- > 0) {
        print_call(frame->return_address, frame->return_address - 1, trace);
        if (frame->caller <= frame || !is_on_stack(stack, frame->caller))
            return frame;
        frame = frame->caller;
    }
    return is_first(stack, frame) ? NULL : frame;
}

/* From `frame` outwards; where the chain is broken it goes on with who made the
 * next attempt. */
static void print_all_callers(const struct bootlink_range *stack,
                              const struct frame *frame,
                              const struct attempt *attempt,
                              struct trace *trace)
{
    frame = print_callers(stack, frame, trace);
    for (; frame && attempt; attempt = attempt->outer) {
        if (is_on_stack(stack, frame) && attempt->frame <= (const void *)frame)
            continue; /* we are past that one */
        print("       ...\n");
        frame = print_callers(stack, attempt->frame, trace);
    }
}

void print_fault_trace(const struct bootlink_range *stack,
                       const struct exception_frame *fault,
                       const struct attempt *attempt, struct trace *trace)
{
    trace->depth = 0;
    print_call(fault->rip, fault->rip, trace);
    print_all_callers(stack, (const struct frame *)fault->rbp, attempt, trace);
}

void print_trace(const struct bootlink_range *stack, const void *frame,
                 const struct attempt *attempt)
{
    struct trace trace = {0};
    print_all_callers(stack, frame, attempt, &trace);
}
