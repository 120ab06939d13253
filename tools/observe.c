/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What can be told of a link besides its output.
 * [GNU ld manual: Command-line Options]
 */
#include "observe.h"
#include "world_host.h"

#include <stdio.h>

/* ---- While reading ------------------------------------------------------- */

static void see_file(void *context, span name)
{
    const struct observer *observer = context;
    if (observer->traces_files)
        printf("%.*s\n", SPAN_ARGS(name));
}

/* What becomes of a common symbol that meets another mention of its name. */
static const char *fate(const struct symbol *symbol,
                        const struct symbol_mention *m)
{
    bool was_common = symbol->state == SYMBOL_COMMON;
    bool is_common = m->state == SYMBOL_COMMON;
    bool was_defined =
        symbol->state == SYMBOL_DEFINED || symbol->state == SYMBOL_ABSOLUTE;
    bool is_defined = m->state == SYMBOL_DEFINED || m->state == SYMBOL_ABSOLUTE;
    if (was_common && is_common && m->size == symbol->size)
        return "is common here, too";
    if (was_common && is_common)
        return m->size > symbol->size ? "is a larger common here"
                                      : "is a smaller common here";
    if (was_common && is_defined)
        return "is defined here, and was common";
    if (was_defined && is_common)
        return "is common here, and was defined";
    return NULL;
}

static void warn_common(const struct observer *observer,
                        const struct symbol *symbol,
                        const struct symbol_mention *m)
{
    const char *what = fate(symbol, m);
    if (what && symbol->object)
        report_warning(observer->arena->world, BOOTLINK_DUPLICATE,
                       "%.*s: '%.*s' %s, in %.*s", SPAN_ARGS(m->object->name),
                       SPAN_ARGS(symbol->name), what,
                       SPAN_ARGS(symbol->object->name));
}

static void see_mention(void *context, const struct symbol *symbol,
                        const struct symbol_mention *m)
{
    const struct observer *observer = context;
    if (observer->warns_common)
        warn_common(observer, symbol, m);
    if (symbol_table_find(&observer->traced, symbol->name))
        report_note(observer->arena->world, "%.*s: %s '%.*s'",
                    SPAN_ARGS(m->object->name),
                    m->state == SYMBOL_UNDEFINED ? "reference to"
                                                 : "definition of",
                    SPAN_ARGS(symbol->name));
}

static struct file_pages *pages_of(const struct observer *observer)
{
    struct host *host = observer->arena->world->host;
    return &host->pages;
}

static void see_left(void *context, span bytes)
{
    file_pages_leave(pages_of(context), bytes);
}

static void see_kept(void *context, span bytes)
{
    file_pages_keep(pages_of(context), bytes);
}

struct link_observer observer_of(struct observer *observer)
{
    bool sees_mentions = observer->warns_common || observer->traced.count;
    return (struct link_observer){.context = observer,
                                  .file = see_file,
                                  .mention = sees_mentions ? see_mention : NULL,
                                  .left = see_left,
                                  .kept = see_kept};
}

/* ---- --cref -------------------------------------------------------------- */

/* One object that mentions one symbol. */
struct use {
    const struct symbol *symbol;
    const struct object *object;
};

static int by_name(const void *context, const void *a, const void *b)
{
    const struct use *left = a, *right = b;
    (void)context;
    int order = span_compare(left->symbol->name, right->symbol->name);
    if (order)
        return order;
    return (right->object == right->symbol->object) -
           (left->object == left->symbol->object);
}

static uint64_t count_uses(const struct link *link)
{
    uint64_t count = 0;
    for (const struct object *o = link->objects; o; o = o->next)
        if (o->symbol_count > o->first_global)
            count += o->symbol_count - o->first_global;
    return count;
}

static void list_uses(const struct link *link, struct use *uses,
                      struct use **list)
{
    uint64_t n = 0;
    for (const struct object *o = link->objects; o; o = o->next)
        for (uint32_t i = o->first_global; i < o->symbol_count; i++, n++) {
            uses[n] = (struct use){o->symbols[i].symbol, o};
            list[n] = &uses[n];
        }
}

bool cross_references_print(struct link *link)
{
    uint64_t count = count_uses(link);
    struct use *uses = arena_array(&link->arena, count, struct use);
    struct use **list = arena_array(&link->arena, count, struct use *);
    if (!uses || !list)
        return false;
    list_uses(link, uses, list);
    if (!sort_pointers(&link->arena, list, count, by_name, NULL))
        return false;
    printf("\nCross Reference Table\n\n%-50s%s\n", "Symbol", "File");
    for (uint64_t i = 0; i < count; i++) {
        bool is_first = i == 0 || list[i]->symbol != list[i - 1]->symbol;
        span name = is_first ? list[i]->symbol->name : SPAN("");
        int padding = name.size < 50 ? 50 - (int)name.size : 1;
        printf("%.*s%*s%.*s\n", SPAN_ARGS(name), padding, "",
               SPAN_ARGS(list[i]->object->name));
    }
    return true;
}

/* ---- --print-memory-usage ------------------------------------------------ */

/* "64 KB", in the largest unit that leaves no rest. */
static void print_size(uint64_t size)
{
    static const char *const units[] = {"B", "KB", "MB", "GB"};
    char text[32];
    unsigned unit = 0;
    while (unit < 3 && size && size % 1024 == 0) {
        size /= 1024;
        unit++;
    }
    snprintf(text, sizeof(text), "%llu %s", (unsigned long long)size,
             units[unit]);
    printf("%13s", text);
}

void memory_usage_print(struct link *link)
{
    printf("Memory region         Used Size  Region Size  %%age Used\n");
    for (const struct region *r = link->regions; r; r = r->next) {
        if (!r->statement)
            continue;
        uint64_t used = r->current - r->origin;
        printf("%16.*s: ", SPAN_ARGS(r->name));
        print_size(used);
        print_size(r->length);
        printf("    %6.2f%%\n",
               r->length ? 100.0 * (double)used / (double)r->length : 0.0);
    }
}
