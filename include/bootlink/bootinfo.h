/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a kernel finds in %rdi when Bootlink jumps to _start.
 *
 * State at _start (System V ABI, as if called with one argument):
 *
 *   %rdi      -> struct bootlink_info
 *   %rsp      8 modulo 16, a zero return address on top, at least 64 KiB of
 *             stack above an unmapped guard page
 *   CPU       long mode, IF and DF clear, CR0.WP, EFER.NXE and CR4.OSFXSR set,
 *             GDT and IDT of Bootlink's (every exception halts)
 *   %cr3      page tables that belong to the kernel from here on:
 *               - the image at its virtual addresses, each output section with
 *                 its own permissions
 *               - the modules, in the same 2 GiB
 *               - all RAM, ACPI tables and the framebuffer at
 *                 direct_map + physical address, never executable
 *               - the trampoline page at its physical address
 *
 * All pointers below are virtual and valid in these page tables. Sizes are in
 * bytes. The struct only ever grows: check `size` before reading a field that
 * came with a later version.
 */
#ifndef BOOTLINK_BOOTINFO_H
#define BOOTLINK_BOOTINFO_H

#include <stdint.h>

#define BOOTLINK_INFO_MAGIC   0x6b6e696c746f6f62 /* "bootlink" */
#define BOOTLINK_INFO_VERSION 1

/* Text: `size` bytes and a final NUL that is not counted. */
struct bootlink_text {
    const char *data;
    uint64_t size;
};

/* A range of bytes. `start` is physical or virtual as the field says. */
struct bootlink_range {
    uint64_t start;
    uint64_t size;
};

/* [UEFI 2.10 7.2.3: Memory type usage after ExitBootServices] */
enum bootlink_memory_type {
    BOOTLINK_MEMORY_USABLE = 1,      /* free RAM */
    BOOTLINK_MEMORY_RECLAIMABLE = 2, /* free RAM once nothing that the loader
                                        handed over is used any more */
    BOOTLINK_MEMORY_KERNEL = 3,      /* the image, its modules and files */
    BOOTLINK_MEMORY_ACPI_TABLES = 4, /* free RAM once ACPI tables are read */
    BOOTLINK_MEMORY_ACPI_NVS = 5,    /* keep */
    BOOTLINK_MEMORY_RUNTIME = 6,     /* UEFI runtime services */
    BOOTLINK_MEMORY_FRAMEBUFFER = 7,
    BOOTLINK_MEMORY_RESERVED = 8, /* keep out: devices, holes, bad RAM */
};

/* One entry of the memory map: page aligned, ascending, without overlap,
 * neighbours of one type merged. */
struct bootlink_memory_range {
    uint64_t start; /* physical */
    uint64_t size;
    uint32_t type; /* enum bootlink_memory_type */
    uint32_t reserved;
};

/* A linear framebuffer, write-combining in the direct map. [UEFI 2.10 12.9] */
struct bootlink_framebuffer {
    void *data;
    uint64_t physical;
    uint64_t size;
    uint32_t width, height; /* pixels */
    uint32_t stride;        /* bytes from one line to the next */
    uint8_t bits_per_pixel; /* 32 */
    uint8_t red_shift, green_shift, blue_shift;
    uint8_t red_bits, green_bits, blue_bits;
    uint8_t reserved;
};

typedef int (*bootlink_init_function)(const char *parameters);

/* A module, linked and placed; in the order in which to start them. */
struct bootlink_module {
    struct bootlink_text name;       /* "hello", from the file hello.ko */
    struct bootlink_text parameters; /* module_cmdline, and `name.x=y` of the
                                        kernel's command line as `x=y` */
    uint64_t address, size;          /* virtual range, whole pages */
    uint64_t physical;
    bootlink_init_function init; /* module_init, or NULL */
};

typedef void (*bootlink_function)(void);

/* The place of a pointer to an indirect function, and who tells which it is:
 * Elf64_Rela. */
struct bootlink_irelative {
    uint64_t place; /* virtual */
    uint64_t info;
    uint64_t (*resolver)(void);
};

/* What else is known of a module. bootlink_module_start() is how one starts. */
struct bootlink_module_info {
    struct bootlink_text path;                 /* below the ESP's root */
    struct bootlink_text version, description; /* empty if it does not say */
    const bootlink_function *constructors; /* to be called from the first to the
                                              last, before init ... */
    uint64_t constructor_count;
    const bootlink_function *finalisers; /* ... and from the last to the first,
                                            after exit */
    uint64_t finaliser_count;
    bootlink_function exit;                     /* module_exit, or NULL */
    const struct bootlink_irelative *irelative; /* before the constructors */
    uint64_t irelative_count;
    const uint32_t *needs; /* indices of the modules whose exports it uses */
    uint64_t need_count;
};

/* What modules may use, of the kernel or of a module. */
struct bootlink_info_export {
    uint64_t address;
    struct bootlink_text name;
    struct bootlink_text name_space; /* empty: it is in none */
    uint32_t module;                 /* as in struct bootlink_info_symbol */
    uint32_t reserved;
};

/* An optional module, or one that needs it, that could not be linked. */
struct bootlink_left_out {
    struct bootlink_text name, path, reason;
};

/* A file passed untouched (file_path). */
struct bootlink_file {
    struct bootlink_text name; /* path below the ESP's root */
    const void *data;
    uint64_t physical;
    uint64_t size;
};

/* A symbol of the kernel or of a module. */
struct bootlink_info_symbol {
    uint64_t address;
    uint64_t size;
    struct bootlink_text name;
    uint32_t module;      /* index into modules, or BOOTLINK_OF_KERNEL */
    uint32_t is_function; /* 0 or 1 */
};
#define BOOTLINK_OF_KERNEL UINT32_MAX

/* An output section of the kernel or of a module. */
struct bootlink_info_section {
    uint64_t address;
    uint64_t size;
    struct bootlink_text name;
    uint32_t module;      /* as in struct bootlink_info_symbol */
    uint32_t permissions; /* of its pages: 1 read, 2 write, 4 execute */
};

/* A run of bytes that come from one input file. */
struct bootlink_info_input {
    uint64_t address;
    uint64_t size;
    struct bootlink_text file; /* "kernel/main.o", "kernel/libk.a(print.o)" */
};

/* Stages of the boot, as indices into `stamps`. */
enum bootlink_stage {
    BOOTLINK_STAGE_START,  /* Bootlink was entered */
    BOOTLINK_STAGE_CONFIG, /* the config file is read */
    BOOTLINK_STAGE_FILES,  /* kernel, modules and files are in memory */
    BOOTLINK_STAGE_LINKED, /* kernel and modules are linked */
    BOOTLINK_STAGE_MAPPED, /* page tables and boot info are built */
    BOOTLINK_STAGE_EXITED, /* boot services have ended */
    BOOTLINK_STAGE_COUNT,
};

struct bootlink_info {
    uint64_t magic;   /* BOOTLINK_INFO_MAGIC */
    uint32_t version; /* BOOTLINK_INFO_VERSION */
    uint32_t size;    /* of this struct as the loader knows it */

    struct bootlink_text loader;       /* "Bootlink" and its version */
    struct bootlink_text command_line; /* cmdline of the config entry */

    const struct bootlink_memory_range *memory_map;
    uint64_t memory_map_count;
    uint64_t direct_map; /* virtual address of physical address 0 */

    struct bootlink_range kernel_virtual;
    uint64_t kernel_physical;
    uint64_t slide; /* value of bootlink_slide in the link */

    const struct bootlink_framebuffer *framebuffer; /* NULL: none */
    uint64_t rsdp;                                  /* physical; 0: none */
    uint64_t smbios;           /* physical, of the 64-bit entry point if there
                                  is one; 0: none */
    uint64_t efi_system_table; /* physical */

    const struct bootlink_module *modules;
    uint64_t module_count;
    const struct bootlink_file *files;
    uint64_t file_count;
    const struct bootlink_info_symbol *symbols; /* ascending by address */
    uint64_t symbol_count;

    struct bootlink_text log;         /* all that Bootlink logged */
    struct bootlink_range trampoline; /* physical, identity-mapped, read and
                                         execute: unmap it when you like; in
                                         the memory map it is KERNEL */
    struct bootlink_range stack;      /* virtual, without its guard page */
    uint64_t stamps[BOOTLINK_STAGE_COUNT]; /* time stamp counter */

    struct bootlink_text kernel_version; /* MODULE_VERSION; empty: none */
    const struct bootlink_module_info *module_infos; /* one for each module */
    const struct bootlink_info_export *exports;      /* ascending by address */
    uint64_t export_count;
    const struct bootlink_left_out *left_out; /* in the config's order */
    uint64_t left_out_count;
    /* Image by image, the kernel first: what lies at an address. */
    const struct bootlink_info_section *sections;
    uint64_t section_count;
    const struct bootlink_info_input *inputs;
    uint64_t input_count;
};

/* Starts a module: indirect functions, constructors, module_init; 0 for
 * success. A loader before modules had constructors says nothing of them. */
static inline int bootlink_module_start(const struct bootlink_info *info,
                                        uint64_t index)
{
    const struct bootlink_module *module = &info->modules[index];
    const char *known = (const char *)info + info->size;
    if (known >= (const char *)(&info->module_infos + 1)) {
        const struct bootlink_module_info *more = &info->module_infos[index];
        for (uint64_t i = 0; i < more->irelative_count; i++)
            *(uint64_t *)more->irelative[i].place =
                more->irelative[i].resolver();
        for (uint64_t i = 0; i < more->constructor_count; i++)
            more->constructors[i]();
    }
    return module->init ? module->init(module->parameters.data) : 0;
}

#endif
