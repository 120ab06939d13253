/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Checks what bootinfo.h promises, claim by claim: the processor, what the
 * firmware has, and what the config entry passed.
 */
#include "console.h"

#include <bootlink/bootinfo.h>

#define RFLAGS_IF  (1 << 9)
#define RFLAGS_DF  (1 << 10)
#define CR0_WP     (1 << 16)
#define CR4_OSFXSR (1 << 9)
#define EFER       0xc0000080
#define EFER_NXE   (1 << 11)
#define PRESENT    (1 << 7) /* of a descriptor's access byte */
#define CODE       (1 << 3)
#define LONG_MODE  (1 << 5) /* of the byte behind it */

void contract(const struct bootlink_info *info, uint64_t rsp, uint64_t rflags,
              uint64_t return_address);
int from_an_archive(void); /* config: the second kernel_path */

static int all_hold = 1;

static void claim(const char *what, int holds)
{
    say(holds ? "ok   " : "FAIL ");
    say(what);
    say("\n");
    all_hold &= holds;
}

/* ---- The processor ------------------------------------------------------ */

static uint64_t efer(void)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(EFER));
    return low;
}

static int are_control_bits_set(void)
{
    uint64_t cr0, cr4;
    __asm__ volatile("mov %%cr0, %0\n\tmov %%cr4, %1" : "=r"(cr0), "=r"(cr4));
    return cr0 & CR0_WP && cr4 & CR4_OSFXSR && efer() & EFER_NXE;
}

/* The limit and base that sgdt and sidt store. */
struct __attribute__((packed)) table {
    uint16_t limit;
    uint64_t base;
};

/* Both tables are mapped, and the descriptor of %cs is one of 64-bit code. */
static int are_tables_there(void)
{
    struct table gdt, idt;
    uint16_t cs;
    __asm__ volatile("sgdt %0\n\tsidt %1\n\tmov %%cs, %2"
                     : "=m"(gdt), "=m"(idt), "=r"(cs));
    const volatile uint8_t *code = (const volatile uint8_t *)gdt.base + cs;
    const volatile uint8_t *divide = (const volatile uint8_t *)idt.base;
    return cs + 7 <= gdt.limit && code[5] & PRESENT && code[5] & CODE &&
           code[6] & LONG_MODE && idt.limit >= 32 * 16 - 1 &&
           divide[5] & PRESENT;
}

static void check_processor(const struct bootlink_info *info, uint64_t rsp,
                            uint64_t rflags, uint64_t return_address)
{
    claim("interrupts are off, strings go up",
          !(rflags & (RFLAGS_IF | RFLAGS_DF)));
    claim("the stack is as if _start was called", rsp % 16 == 8);
    claim("the return address is zero", return_address == 0);
    claim("the stack is that of the boot info, and large",
          rsp + 8 == info->stack.start + info->stack.size &&
              info->stack.size >= 64 * 1024);
    claim("WP, OSFXSR and NXE are on", are_control_bits_set());
    claim("GDT and IDT are there", are_tables_there());
}

/* ---- What the firmware has ---------------------------------------------- */

static int begins(const char *text, const char *start)
{
    while (*start && *text == *start)
        text++, start++;
    return !*start;
}

static int contains(const char *text, const char *word)
{
    while (*text && !begins(text, word))
        text++;
    return *text != 0;
}

static const char *direct(const struct bootlink_info *info, uint64_t physical)
{
    return (const char *)(info->direct_map + physical);
}

static void check_firmware(const struct bootlink_info *info)
{
    claim("rsdp is ACPI's",
          info->rsdp && begins(direct(info, info->rsdp), "RSD PTR "));
    claim("smbios is SMBIOS's",
          info->smbios && begins(direct(info, info->smbios), "_SM"));
    claim("efi_system_table is EFI's",
          info->efi_system_table &&
              begins(direct(info, info->efi_system_table), "IBI SYST"));
    claim("there is a framebuffer of 32 bits",
          info->framebuffer && info->framebuffer->bits_per_pixel == 32);
    int ascend = info->stamps[0] != 0;
    for (int i = 1; i < BOOTLINK_STAGE_COUNT; i++)
        ascend &= info->stamps[i] > info->stamps[i - 1];
    claim("each stage has a time stamp", ascend);
}

/* ---- What the loader has ------------------------------------------------ */

static uint32_t type_of(const struct bootlink_info *info, uint64_t physical)
{
    for (uint64_t i = 0; i < info->memory_map_count; i++)
        if (physical - info->memory_map[i].start < info->memory_map[i].size)
            return info->memory_map[i].type;
    return 0;
}

static int are_symbols_sorted(const struct bootlink_info *info)
{
    for (uint64_t i = 1; i < info->symbol_count; i++)
        if (info->symbols[i].address < info->symbols[i - 1].address)
            return 0;
    return info->symbol_count > 0;
}

/* This kernel marks nothing, and so exports all of its globals. */
static int are_exports_listed(const struct bootlink_info *info)
{
    int is_there = 0, ok = 1;
    for (uint64_t i = 0; i < info->export_count; i++) {
        const struct bootlink_info_export *e = &info->exports[i];
        ok &= e->module == BOOTLINK_OF_KERNEL && !e->name_space.size &&
              (i == 0 || e->address >= e[-1].address);
        is_there |= e->address == (uint64_t)contract &&
                    begins(e->name.data, "contract");
    }
    return ok && is_there;
}

static void check_loader(const struct bootlink_info *info)
{
    claim("the loader is Bootlink", begins(info->loader.data, "Bootlink "));
    claim("the log has the link",
          contains(info->log.data, "\nbootlink link ") &&
              info->log.data[info->log.size] == 0);
    claim("symbols ascend", are_symbols_sorted(info));
    claim("what the kernel exports is listed", are_exports_listed(info));
    claim("no module is there, and none was left out",
          !info->module_count && info->module_infos && !info->left_out_count);
    claim("the kernel has no version",
          !info->kernel_version.size && !info->kernel_version.data[0]);
    claim("the kernel's memory is the kernel's",
          type_of(info, info->kernel_physical) == BOOTLINK_MEMORY_KERNEL);
    claim("the command line is whole",
          begins(info->command_line.data, "alpha # beta") &&
              info->command_line.size == 12);
    claim("an archive of a kernel_path of its own is linked",
          from_an_archive() == 42);
}

static int are_equal(const struct bootlink_file *a,
                     const struct bootlink_file *b)
{
    const char *left = a->data, *right = b->data;
    uint64_t i = 0;
    while (i < a->size && i < b->size && left[i] == right[i])
        i++;
    return i == a->size && i == b->size;
}

static void check_files(const struct bootlink_info *info)
{
    const struct bootlink_file *files = info->files;
    claim("six files are passed", info->file_count == 6);
    claim("their names are paths",
          begins(files[0].name.data, "noch größer.txt") &&
              begins(files[1].name.data, "empty"));
    claim("their bytes are untouched",
          files[0].size == 5 && begins(files[0].data, "text\n") &&
              begins(direct(info, files[0].physical), "text\n"));
    claim("their memory is kept",
          type_of(info, files[0].physical) == BOOTLINK_MEMORY_KERNEL);
    claim("a file may be empty", files[1].size == 0);
    claim("of a folder each file is passed, by its name",
          begins(files[2].name.data, "more/a.txt") &&
              begins(files[3].name.data, "more/b.txt") &&
              begins(files[3].data, "bee"));
    claim("a file of the kernel is as it was",
          files[4].size > 4096 && are_equal(&files[4], &files[5]));
}

void contract(const struct bootlink_info *info, uint64_t rsp, uint64_t rflags,
              uint64_t return_address)
{
    check_processor(info, rsp, rflags, return_address);
    check_firmware(info);
    check_loader(info);
    check_files(info);
    leave(all_hold);
}
