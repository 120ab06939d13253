/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a linker must get right, seen from inside its output. parts.c is the
 * object on the other side.
 */
#include "kernel.h"
#include "parts.h"

/* ---- .bss [gABI: Special Sections] -------------------------------------- */

#define BSS_SIZE (16 * 1024 * 1024)

static uint64_t bss[BSS_SIZE / sizeof(uint64_t)];

bool bss_is_zero(struct kernel *kernel)
{
    uint64_t sum = 0;
#ifdef BREAK_BSS
    ((volatile char *)bss)[BSS_SIZE - 1] = 1;
#endif
    for (size_t i = 0; i < BSS_SIZE / sizeof(uint64_t); i++)
        sum |= ((volatile uint64_t *)bss)[i];
    detail(kernel, "%lu bytes", sizeof(bss));
    return sum == 0;
}

/* ---- relocated data [psABI 4.4.1: R_X86_64_64] -------------------------- */

bool data_is_relocated(struct kernel *kernel)
{
    int sum = 0;
#ifdef BREAK_DATA
    middle_number++;
#endif
    for (const struct node *node = first_node; node; node = node->next)
        sum = sum * 10 + node->value;
    int result = functions[2](functions[1](functions[0](2)));
    detail(kernel, "list %d, middle %d, calls %d, \"%s %s\"", sum,
           *middle_number, result, strings[0], strings[1]);
    return sum == 123 && *middle_number == 40 && result == 36 &&
           strcmp(strings[0], "relocated") == 0 &&
           strcmp(strings[1], "twice") == 0;
}

/* ---- weak and strong [gABI: Symbol Binding] ----------------------------- */

__attribute__((weak)) const char *which_definition(void)
{
    return "weak";
}

bool strong_wins(struct kernel *kernel)
{
    detail(kernel, "the %s one", which_definition());
    return strcmp(which_definition(), "strong") == 0;
}

/* ---- COMMON [gABI: SHN_COMMON] ------------------------------------------ */

bool common_is_shared(struct kernel *kernel)
{
    uint64_t address = (uint64_t)common_bytes;
    bool zero = true;
    for (size_t i = 0; i < sizeof(common_bytes); i++)
        zero &= common_bytes[i] == 0;
    common_bytes[sizeof(common_bytes) - 1] = 42;
    detail(kernel, "%lu bytes at 0x%lx", sizeof(common_bytes), address);
    return zero && address % COMMON_ALIGN == 0 &&
           common_of_parts()[sizeof(common_bytes) - 1] == 42;
}

/* ---- constructors [gABI: Initialization and Termination Functions] ------ */

/* linker.ld puts these around .init_array. */
extern void (*const __init_array_start[])(void);
extern void (*const __init_array_end[])(void);

void run_constructors(void)
{
    for (void (*const *function)(void) = __init_array_start;
         function < __init_array_end; function++)
        (*function)();
}

bool constructors_ran(struct kernel *kernel)
{
    detail(kernel, "%s", constructor_order);
    return strcmp(constructor_order, "abc") == 0;
}

/* ---- COMDAT [gABI: Section Groups] -------------------------------------- */

/* How often `value` stands in the image, as an aligned number. */
static unsigned copies_in_image(const struct kernel *kernel, uint64_t value)
{
    const volatile uint64_t *words =
        (const volatile uint64_t *)kernel->info.kernel_virtual.start;
    unsigned copies = 0;
    for (size_t i = 0; i < kernel->info.kernel_virtual.size / 8; i++)
        copies += words[i] == value;
    return copies;
}

bool comdat_is_once(struct kernel *kernel)
{
    unsigned copies = copies_in_image(kernel, once);
    detail(kernel, "copies: %u, at 0x%lx", copies, (uint64_t)&once);
    return copies == 1 && &once == once_of_parts();
}
