/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Loads and unloads one module many times, and looks whether anything is left:
 * free pages are counted, and the page tables gone over, before and after. Each
 * time it is loaded twice, which is to be taken back twice.
 */
#include "monitor.h"

/* What must be the same afterwards. */
struct balance {
    uint64_t free_pages;
    uint64_t mapped; /* bytes */
    uint64_t hash;   /* of all that is mapped, where and how */
};

static void add_run(void *context, uint64_t start, uint64_t size,
                    unsigned permissions)
{
    struct balance *balance = context;
    const uint64_t values[] = {start, size, permissions};
    balance->mapped += size;
    for (size_t i = 0; i < COUNT(values); i++)
        balance->hash = (balance->hash ^ values[i]) * 0x100000001b3; /* FNV */
}

static struct balance balance_of(const struct monitor *monitor)
{
    struct balance balance = {.free_pages = pages_left(&monitor->world)};
    pages_walk(&monitor->kernel->info, add_run, &balance);
    return balance;
}

static void print_balance(const char *when, const struct balance *balance)
{
    print("%-6s %lu pages free, %lu KiB mapped, hash %016lx\n", when,
          balance->free_pages, balance->mapped / 1024, balance->hash);
}

/* A module that is loaded is not loaded again, but has one reference more. */
static bool refer_again(struct bootlink_modules *modules,
                        struct bootlink_loaded *module,
                        struct bootlink_span parameters)
{
    uint64_t before = module->references;
    return bootlink_load(modules, module->path, parameters) == module &&
           module->references == before + 1 &&
           bootlink_unload(modules, module) && module->references == before;
}

/* One turn: false if the module could not be loaded, or not unloaded. */
static bool turn(struct monitor *monitor, struct bootlink_span path,
                 struct bootlink_span parameters)
{
    struct bootlink_modules *modules = monitor->world.modules;
    struct bootlink_loaded *module = bootlink_load(modules, path, parameters);
    return module && refer_again(modules, module, parameters) &&
           bootlink_unload(modules, module);
}

void run_stress(struct monitor *monitor, const struct words *words)
{
    struct bootlink_span path = text_span(words->word[1]);
    struct bootlink_span parameters =
        text_span(words->count > 3 ? words->rest[3] : "");
    uint64_t count = 100, done = 0;
    if (words->count > 2 && !number_of_text(words->word[2], &count)) {
        print("'%s' is no count; write 100\n", words->word[2]);
        return;
    }
    struct balance before = balance_of(monitor);
    while (done < count && turn(monitor, path, parameters))
        done++;
    struct balance after = balance_of(monitor);
    print("%lu times loaded and unloaded\n", done);
    print_balance("before", &before);
    print_balance("after", &after);
    print(memcmp(&before, &after, sizeof(before)) == 0 ? "nothing is left\n"
                                                       : "SOMETHING IS LEFT\n");
}
