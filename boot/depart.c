/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Everything for the jump that needs memory, while there still is a firmware to
 * give it: page tables and boot info (loader/handoff_native.c), the
 * trampoline's page, the tables it loads, the list of moves.
 */
#include "boot.h"

#include <string.h>

#include "attributes.h"

enum {
    /* How many descriptors the memory map may still grow by. */
    SPARE_DESCRIPTORS = 256,

    /* [Intel SDM 3A 3.4.5, 6.11] */
    CODE_SELECTOR = 8,
    INTERRUPT_GATE = 0x8e, /* present, ring 0 */
};

static const uint64_t CODE_SEGMENT = UINT64_C(0x00af9b000000ffff); /* 64-bit */
static const uint64_t DATA_SEGMENT = UINT64_C(0x00cf93000000ffff);

/* ---- The trampoline's page ----------------------------------------------- */

/* Where the firmware keeps even that from being executed, and can be asked. */
static void make_executable(struct boot *boot, uint64_t page)
{
    struct memory_attributes *attributes = memory_attributes(boot->services);
    if (attributes)
        attributes->clear(attributes, page, PAGE, EFI_MEMORY_XP);
}

/* Our own code is executable for certain, so the trampoline runs where it is,
 * unless a move would overwrite it: then in a copy. */
static bool place_trampoline(struct boot *boot)
{
    struct bootlink_memory copy;
    boot->trampoline = (uint64_t)trampoline;
#ifdef BOOTLINK_TEST_COPY_TRAMPOLINE
    bool copies = true;
#else
    bool copies = stage_is_destination(boot, boot->trampoline, PAGE);
#endif
    if (!copies)
        return true;
    if (!memory_take_code(boot, PAGE, &copy))
        return report_error(&boot->world, BOOTLINK_NO_MEMORY,
                            "out of memory: no page for the trampoline");
    memcpy(copy.data, trampoline, PAGE);
    make_executable(boot, copy.physical);
    boot->trampoline = copy.physical;
    return true;
}

/* ---- What it gets -------------------------------------------------------- */

static void fill_tables(const struct boot *boot, struct passage *passage,
                        uint64_t address)
{
    uint64_t halt = boot->trampoline + (uint64_t)(trampoline_halt - trampoline);
    passage->gdt[1] = CODE_SEGMENT;
    passage->gdt[2] = DATA_SEGMENT;
    passage->gdt_pointer = (struct table_pointer){
        .limit = sizeof(passage->gdt) - 1,
        .address = address + offsetof(struct passage, gdt)};
    passage->idt_pointer = (struct table_pointer){
        .limit = sizeof(passage->idt) - 1,
        .address = address + offsetof(struct passage, idt)};
    for (size_t i = 0; i < sizeof(passage->idt) / sizeof(struct gate); i++)
        passage->idt[i] = (struct gate){.offset_low = (uint16_t)halt,
                                        .selector = CODE_SELECTOR,
                                        .type = INTERRUPT_GATE,
                                        .offset_middle = (uint16_t)(halt >> 16),
                                        .offset_high = (uint32_t)(halt >> 32)};
}

static void fill_passage(struct boot *boot)
{
    const struct handoff *handoff = &boot->handoff;
    uint64_t direct_map = handoff->info->direct_map;
    uint64_t address = direct_map + boot->passage.physical;
    struct passage *passage = boot->passage.data;
    *passage = (struct passage){
        .root = handoff->root,
        .direct_map = direct_map,
        .moves = address + sizeof(*passage),
        .move_count = boot->memory.staged_count,
        .stack = handoff->stack,
        .info = handoff->info_address,
        .entry = handoff->entry,
    };
    fill_tables(boot, passage, address);
    stage_list(boot, (struct move *)(passage + 1));
}

/* Before the page tables, which are to cover it. */
static bool take_passage(struct boot *boot)
{
    uint64_t size = sizeof(struct passage) +
                    boot->memory.staged_count * sizeof(struct move);
    return memory_take(boot, size, PAGE, &boot->passage) ||
           report_error(&boot->world, BOOTLINK_NO_MEMORY,
                        "out of memory: no page for the jump to the kernel");
}

/* ---- Boot info and page tables ------------------------------------------- */

static struct handoff_module *list_modules(struct boot *boot)
{
    const struct system *system = &boot->system;
    struct handoff_module *modules =
        arena_array(&boot->arena, system->module_count, struct handoff_module);
    for (uint64_t i = 0; modules && i < system->module_count; i++) {
        const struct system_module *from = &system->modules[i];
        modules[i] = (struct handoff_module){.image = &from->image,
                                             .name = from->name,
                                             .parameters = from->parameters,
                                             .path = from->path,
                                             .version = from->version,
                                             .description = from->description,
                                             .needs = from->needs,
                                             .need_count = from->need_count};
    }
    return modules;
}

static struct handoff_left_out *list_left_out(struct boot *boot)
{
    const struct system *system = &boot->system;
    struct handoff_left_out *list = arena_array(
        &boot->arena, system->left_out_count, struct handoff_left_out);
    for (uint64_t i = 0; list && i < system->left_out_count; i++)
        list[i] = (struct handoff_left_out){system->left_out[i].name,
                                            system->left_out[i].path,
                                            system->left_out[i].reason};
    return list;
}

/* The files that the kernel gets untouched, out of the way of any move. */
static struct handoff_file *list_files(struct boot *boot, uint64_t *count)
{
    const struct config_file *at;
    *count = 0;
    for (at = boot->passed; at; at = at->next)
        ++*count;
    struct handoff_file *files =
        arena_array(&boot->arena, *count, struct handoff_file);
    struct handoff_file *next = files;
    for (at = boot->passed; files && at; at = at->next) {
        const struct file *file = file_pass(boot, at->path.path);
        struct bootlink_memory memory = file->memory;
        if (!stage_avoid(boot, &memory))
            return NULL;
        *next++ = (struct handoff_file){file->on_volume.name, memory.physical,
                                        file->bytes.size};
    }
    return files;
}

/* The memory map as it is now. */
static struct memmap_range *list_memory(struct boot *boot, uint64_t *count)
{
    struct firmware_map map;
    struct memmap_range *ranges = NULL;
    EFI_STATUS status = map_read(boot, 0, &map);
    *count = map_count(&map);
    if (status == EFI_SUCCESS) {
        map_log(boot, &map);
        ranges = arena_array(&boot->arena, *count, struct memmap_range);
    } else
        report_error(&boot->world, BOOTLINK_NO_MEMORY,
                     "cannot read the memory map: %s", status_text(status));
    for (uint64_t i = 0; ranges && i < *count; i++)
        ranges[i] = map_range(map_at(&map, i));
    map_free(boot, &map);
    return ranges;
}

static void give_files(void *host)
{
    files_give(host);
}

static bool build(struct boot *boot)
{
    struct handoff_input input = {
        .kernel = &boot->system.kernel,
        .module_count = boot->system.module_count,
        .left_out_count = boot->system.left_out_count,
        .command_line = boot->config.first->command_line.text,
        .framebuffer = boot->framebuffer.size ? &boot->framebuffer : NULL,
        .rsdp = tables_rsdp(boot),
        .smbios = tables_smbios(boot),
        .efi_system_table = (uint64_t)boot->firmware,
        .log = boot->log.memory,
        .trampoline = boot->trampoline,
        .features = boot->cpu.features,
        .inputs_done = give_files,
    };
    input.modules = list_modules(boot);
    input.left_out = list_left_out(boot);
    input.kernel_version = boot->system.kernel.link->marks.version;
    input.files = list_files(boot, &input.file_count);
    input.memory = list_memory(boot, &input.memory_count);
    input.memory_limit = input.memory_count + SPARE_DESCRIPTORS;
    return input.modules && input.left_out && input.files && input.memory &&
           handoff_build(&boot->world, &input, &boot->handoff);
}

bool depart_prepare(struct boot *boot)
{
    log_status(boot, "building page tables");
    clock_enter(boot, TASK_FIRMWARE);
    video_open(boot);
    clock_enter(boot, TASK_MAPPING);
    log_settle(boot);
    if (!stage_settle(boot) || !stage_avoid(boot, &boot->log.memory) ||
        !place_trampoline(boot) || !take_passage(boot) || !build(boot))
        return false;
    fill_passage(boot);
    boot->stamps[BOOTLINK_STAGE_MAPPED] = cpu_stamp();
    log_print(boot, "handoff: %llu page tables, trampoline at 0x%llx",
              (unsigned long long)boot->handoff.paging.table_count,
              (unsigned long long)boot->trampoline);
    memory_log(boot);
    return true;
}
