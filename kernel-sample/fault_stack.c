/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A stack of its own for the double fault. Below the kernel's stack nothing is
 * mapped: what needs more of it faults, and the CPU, which has no room to push
 * where that was, faults again. The task state segment has another stack for
 * that. [Intel SDM 3A 6.14.5: Interrupt Stack Table, 7.7: TSS in 64-bit Mode]
 */
#include "kernel.h"

struct task_state {
    uint32_t reserved;
    uint64_t stacks[3]; /* of rings 0 to 2: for who comes from ring 3 */
    uint64_t reserved_too;
    uint64_t interrupt_stacks[7];
    uint64_t reserved_as_well;
    uint16_t reserved_at_last, io_map;
} __attribute__((packed));
_Static_assert(sizeof(struct task_state) == 104, "a TSS has 104 bytes");

struct descriptor_table {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

#define TASK_STATE_SEGMENT 0x89ull /* present, ring 0, 64-bit, available */

static struct task_state task_state;
static uint8_t stack[4 * PAGE_SIZE] __attribute__((aligned(16)));
static uint64_t descriptors[16]; /* Bootlink's, and two words for the TSS */

static void describe_task(uint64_t *words)
{
    uint64_t base = (uint64_t)&task_state;
    words[0] = (sizeof(task_state) - 1) | (base & 0xffffff) << 16 |
               TASK_STATE_SEGMENT << 40 | (base >> 24 & 0xff) << 56;
    words[1] = base >> 32;
}

bool fault_stack_init(void)
{
    struct descriptor_table table;
    __asm__("sgdt %0" : "=m"(table));
    size_t size = table.limit + 1ul;
    if (size / 8 + 2 > COUNT(descriptors))
        return false;
    memcpy(descriptors, (const void *)table.base, size);
    describe_task(&descriptors[size / 8]);
    task_state.interrupt_stacks[FAULT_STACK - 1] =
        (uint64_t)stack + sizeof(stack);
    task_state.io_map = sizeof(task_state); /* there is none */
    table.limit = (uint16_t)(size + 16 - 1);
    table.base = (uint64_t)descriptors;
    __asm__ volatile("lgdt %0; ltr %w1" : : "m"(table), "r"(size));
    return true;
}
