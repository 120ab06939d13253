/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Commands about modules: those that the boot loader has linked and those that
 * the same linker loads here.
 */
#include "monitor.h"

static struct bootlink_loaded *first_module(const struct monitor *monitor)
{
    return bootlink_loaded_first(monitor->world.modules);
}

/* The module of that name; if there is none, says so. */
static struct bootlink_loaded *module_named(struct monitor *monitor,
                                            const char *name)
{
    struct bootlink_loaded *module =
        bootlink_loaded_named(monitor->world.modules, text_span(name));
    if (!module)
        print("there is no module '%s'; 'lsmod' lists what there is\n", name);
    return module;
}

/* ---- For TAB ------------------------------------------------------------ */

bool module_candidates(struct monitor *monitor, struct candidates *position,
                       struct bootlink_text *candidate)
{
    const struct bootlink_loaded *module = first_module(monitor)->next;
    for (size_t i = 0; module && i < position->index; i++)
        module = module->next;
    position->index++;
    if (module)
        *candidate =
            (struct bootlink_text){module->name.data, module->name.size};
    return module != NULL;
}

bool file_candidates(struct monitor *monitor, struct candidates *position,
                     struct bootlink_text *candidate)
{
    const struct bootlink_info *info = &monitor->kernel->info;
    if (position->index == info->file_count)
        return false;
    *candidate = info->files[position->index++].name;
    return true;
}

/* ---- lsmod, deps -------------------------------------------------------- */

static bool needs(const struct bootlink_loaded *module,
                  const struct bootlink_loaded *other)
{
    for (size_t i = 0; i < module->need_count; i++)
        if (module->needs[i] == other)
            return true;
    return false;
}

static void print_users(const struct monitor *monitor,
                        const struct bootlink_loaded *used)
{
    const char *comma = "";
    if (used->user_count == 0)
        print("-");
    for (const struct bootlink_loaded *module = first_module(monitor); module;
         module = module->next) {
        if (!needs(module, used))
            continue;
        print("%s%.*s", comma, (int)module->name.size, module->name.data);
        comma = ", ";
    }
}

/* The kernel is the first in the list, and no module. */
void run_lsmod(struct monitor *monitor, const struct words *words)
{
    (void)words;
    print("%-16s %-18s %10s %-6s %4s  %s\n", "module", "address", "size",
          "loaded", "refs", "used by");
    for (const struct bootlink_loaded *module = first_module(monitor)->next;
         module; module = module->next) {
        print("%-16.*s 0x%016lx %6lu KiB %-6s %4lu  ", (int)module->name.size,
              module->name.data, module->low,
              (module->high - module->low) / 1024,
              module->is_of_boot ? "boot" : "later", module->references);
        print_users(monitor, module);
        print("\n");
    }
}

static void print_needs(const struct bootlink_loaded *module)
{
    print("%.*s needs", (int)module->name.size, module->name.data);
    for (size_t i = 0; i < module->need_count; i++)
        print("%s %.*s", i > 0 ? "," : "", (int)module->needs[i]->name.size,
              module->needs[i]->name.data);
    print(module->need_count > 0 ? "\n" : " nothing\n");
}

void run_deps(struct monitor *monitor, const struct words *words)
{
    struct bootlink_loaded *module = first_module(monitor)->next;
    if (words->count > 1) {
        module = module_named(monitor, words->word[1]);
        if (module)
            print_needs(module);
        return;
    }
    for (; module; module = module->next)
        print_needs(module);
}

/* ---- insmod, rmmod ------------------------------------------------------ */

/* The module that is loaded from a file, however that is spelled, or NULL. */
static const struct bootlink_loaded *
module_of_file(const struct monitor *monitor, struct bootlink_span name)
{
    const struct bootlink_file *file = file_named(monitor->kernel, name);
    const struct bootlink_loaded *module = first_module(monitor)->next;
    while (module && file_named(monitor->kernel, module->path) != file)
        module = module->next;
    return file ? module : NULL;
}

static void insmod(struct monitor *monitor, struct bootlink_span path,
                   struct bootlink_span parameters)
{
    const struct bootlink_loaded *module =
        bootlink_load(monitor->world.modules, path, parameters);
    if (module)
        print("%.*s is at 0x%lx-0x%lx\n", (int)module->name.size,
              module->name.data, module->low, module->high);
}

/* The library would only count one more user of a module that is loaded; who
 * types this means to start it. */
void run_insmod(struct monitor *monitor, const struct words *words)
{
    struct bootlink_span path = text_span(words->word[1]);
    const struct bootlink_loaded *module = module_of_file(monitor, path);
    if (!module)
        insmod(monitor, path,
               text_span(words->count > 2 ? words->rest[2] : ""));
    else
        print("error: %s: is loaded already, as module %.*s %s; 'rmmod %.*s' "
              "unloads it\n",
              words->word[1], (int)module->name.size, module->name.data,
              module->is_of_boot ? "of the boot" : "since then",
              (int)module->name.size, module->name.data);
}

void run_rmmod(struct monitor *monitor, const struct words *words)
{
    struct bootlink_loaded *module = module_named(monitor, words->word[1]);
    if (module && bootlink_unload(monitor->world.modules, module))
        print("%s is unloaded\n", words->word[1]);
}

/* ---- relocs ------------------------------------------------------------- */

static void print_place_bytes(const unsigned char *bytes, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        print("%s%02x", i > 0 ? " " : "", bytes[i]);
}

static bool print_relocation(void *context,
                             const struct bootlink_applied *applied)
{
    (void)context;
    print("%.*s:(%.*s+0x%lx) %.*s %.*s\n", (int)applied->file.size,
          applied->file.data, (int)applied->section.size, applied->section.data,
          applied->offset, (int)applied->type.size, applied->type.data,
          (int)applied->symbol.size, applied->symbol.data);
    print("  S 0x%lx  A %ld  P 0x%lx  ", applied->s, applied->a, applied->p);
    print_place_bytes(applied->before, applied->width);
    print(" -> ");
    print_place_bytes(applied->after, applied->width);
    print("\n");
    return true;
}

void run_relocs(struct monitor *monitor, const struct words *words)
{
    struct bootlink_loaded *module = module_named(monitor, words->word[1]);
    if (module)
        bootlink_relocations(monitor->world.modules, module, NULL,
                             print_relocation);
}
