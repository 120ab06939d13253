/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a loader must get right: where things are, and what may be done there.
 */
#include "kernel.h"

bool info_is_sound(struct kernel *kernel)
{
#ifdef BREAK_INFO
    kernel->info.version = 0;
#endif
    const struct bootlink_info *info = &kernel->info;
    detail(kernel, "version %u, %u bytes", info->version, info->size);
    return info->magic == BOOTLINK_INFO_MAGIC &&
           info->version >= BOOTLINK_INFO_VERSION &&
           info->size >= sizeof(*info);
}

/* ---- the image ---------------------------------------------------------- */

/* linker.ld: 0xffffffff80000000 and the slide; an absolute symbol, whose
 * address is its value. */
extern const char KERNEL_VMA[];
#define KERNEL_BASE 0xffffffff80000000UL

/* start.asm; the kernel's first instruction. */
extern const char _start[];

/* True if the byte at `address` lies at the physical place that follows from
 * the boot info, by the page tables and by the direct map. */
static bool is_at_home(const struct bootlink_info *info, const char *address)
{
    uint64_t physical =
        (uint64_t)address - info->kernel_virtual.start + info->kernel_physical;
    struct page page;
    return page_of(info, (uint64_t)address, &page) &&
           page.physical == physical &&
           memcmp((const void *)(info->direct_map + physical), address, 16) ==
               0;
}

bool address_is_right(struct kernel *kernel)
{
#ifdef BREAK_ADDRESS
    kernel->info.slide += PAGE_SIZE;
#endif
    const struct bootlink_info *info = &kernel->info;
    detail(kernel, "0x%lx at physical 0x%lx, slide 0x%lx",
           info->kernel_virtual.start, info->kernel_physical, info->slide);
    return (uint64_t)KERNEL_VMA == KERNEL_BASE + info->slide &&
           (uint64_t)_start - info->kernel_virtual.start <
               info->kernel_virtual.size &&
           is_at_home(info, _start);
}

/* ---- permissions -------------------------------------------------------- */

static const char constant[16] = "a constant";
static char variable[16] = "a variable";
static char zeroed[16];

/* One address in each kind of section, and what may be done there. */
/* clang-format off */
static const struct {
    const void *address;
    unsigned permissions;
} landmarks[] = {
    {_start,   READ | EXECUTE},
    {constant, READ},
    {variable, READ | WRITE},
    {zeroed,   READ | WRITE},
};
/* clang-format on */

/* True if no executable page can be written under another name, nor data be
 * executed: the direct map never has x, and w only where the image has no x. */
static bool direct_map_is_safe(const struct bootlink_info *info,
                               const struct page *page)
{
    struct page direct;
    if (!page_of(info, info->direct_map + page->physical, &direct))
        return false;
    return !(direct.permissions & EXECUTE) &&
           !(direct.permissions & WRITE && page->permissions & EXECUTE);
}

static bool page_is_safe(const struct bootlink_info *info,
                         const struct page *page)
{
    return (page->permissions & (WRITE | EXECUTE)) != (WRITE | EXECUTE) &&
           direct_map_is_safe(info, page);
}

/* Prints the runs of pages with one set of permissions; true if each page is
 * safe. */
static bool image_is_safe(const struct bootlink_info *info)
{
    const struct bootlink_range *image = &info->kernel_virtual;
    uint64_t end = image->start + image->size, start = image->start;
    unsigned permissions = 0;
    bool safe = true;

    for (uint64_t address = start; address <= end; address += PAGE_SIZE) {
        struct page page = {0};
        bool mapped = address < end && page_of(info, address, &page);
        if (mapped)
            safe &= page_is_safe(info, &page);
        else
            page.permissions = 0;
        if (page.permissions == permissions && address < end)
            continue;
        if (permissions != 0)
            print("     %016lx-%016lx %s\n", start, address,
                  permission_text(permissions));
        permissions = page.permissions;
        start = address;
    }
    return safe;
}

#if defined(BREAK_PERMISSIONS) || defined(BREAK_DIRECT_MAP)
/* Makes the page at `address` writable; the CPU is not told, only the tables.
 */
static void make_writable(const struct bootlink_info *info, uint64_t address)
{
    struct page page;
    if (page_of(info, address, &page))
        *page.entry |= 2;
}
#endif

bool permissions_are_right(struct kernel *kernel)
{
    unsigned right = 0, count = sizeof(landmarks) / sizeof(landmarks[0]);
#ifdef BREAK_PERMISSIONS
    make_writable(&kernel->info, (uint64_t)_start);
#endif
#ifdef BREAK_DIRECT_MAP
    make_writable(&kernel->info, kernel->info.direct_map + (uint64_t)_start -
                                     kernel->info.kernel_virtual.start +
                                     kernel->info.kernel_physical);
#endif
    for (unsigned i = 0; i < count; i++) {
        struct page page;
        right +=
            page_of(&kernel->info, (uint64_t)landmarks[i].address, &page) &&
            page.permissions == landmarks[i].permissions;
    }
    bool safe = image_is_safe(&kernel->info);
    detail(kernel, "%u of %u landmarks", right, count);
    return right == count && safe;
}

/* ---- the stack ---------------------------------------------------------- */

bool stack_is_guarded(struct kernel *kernel)
{
#ifdef BREAK_STACK
    kernel->info.stack.start += PAGE_SIZE;
#endif
    const struct bootlink_range *stack = &kernel->info.stack;
    uint64_t here = (uint64_t)__builtin_frame_address(0);
    struct page page;
    detail(kernel, "%lu bytes at 0x%lx", stack->size, stack->start);
    return here - stack->start < stack->size &&
           page_of(&kernel->info, stack->start, &page) &&
           page.permissions == (READ | WRITE) &&
           !page_of(&kernel->info, stack->start - 1, &page);
}
