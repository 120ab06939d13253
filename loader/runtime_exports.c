/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Who exports a name: a table of what the kernel and its modules export,
 * chained by hash, so that a module's names can be taken out again.
 */
#include "runtime.h"

enum { FIRST_BUCKETS = 64 };

static struct exported **bucket_of(const struct bootlink_modules *modules,
                                   uint64_t hash)
{
    return &modules->buckets[hash & (modules->bucket_count - 1)];
}

/* Behind those of its bucket: of two of a name the first counts. */
static void append(struct bootlink_modules *modules, struct exported *exported)
{
    struct exported **place = bucket_of(modules, exported->hash);
    while (*place)
        place = &(*place)->next;
    exported->next = NULL;
    *place = exported;
}

static void append_all(struct bootlink_modules *modules,
                       const struct loaded *loaded)
{
    for (uint64_t i = 0; i < loaded->seen.export_count; i++)
        append(modules, &loaded->exported[i]);
}

/* Makes room for so many names more. The old buckets stay in the arena: all of
 * them together are as large as the new ones. */
static bool grow(struct bootlink_modules *modules, uint64_t more)
{
    uint64_t wanted = modules->exported_count + more;
    uint64_t count =
        modules->bucket_count ? modules->bucket_count : FIRST_BUCKETS;
    while (count < wanted)
        count *= 2;
    if (count == modules->bucket_count)
        return true;
    struct exported **buckets =
        arena_array(&modules->arena, count, struct exported *);
    if (!buckets)
        return false;
    modules->buckets = buckets;
    modules->bucket_count = count;
    for (struct bootlink_loaded *l = modules->first; l; l = l->next)
        if (loaded_of(l)->exported)
            append_all(modules, loaded_of(l));
    return true;
}

bool exported_enter(struct bootlink_modules *modules, struct loaded *loaded)
{
    uint64_t count = loaded->seen.export_count;
    struct exported *list = arena_array(&loaded->arena, count, struct exported);
    if (!list || !grow(modules, count))
        return false;
    for (uint64_t i = 0; i < count; i++) {
        const struct bootlink_export *export = &loaded->seen.exports[i];
        list[i] = (struct exported){.export = export,
                                    .owner = loaded,
                                    .hash = span_hash(export->name, 0)};
    }
    loaded->exported = list;
    modules->exported_count += count;
    append_all(modules, loaded);
    return true;
}

void exported_remove(struct bootlink_modules *modules, struct loaded *loaded)
{
    for (uint64_t i = 0; loaded->exported && i < loaded->seen.export_count;
         i++) {
        struct exported **place = bucket_of(modules, loaded->exported[i].hash);
        while (*place != &loaded->exported[i])
            place = &(*place)->next;
        *place = (*place)->next;
        modules->exported_count--;
    }
    loaded->exported = NULL;
}

const struct exported *exported_find(const struct bootlink_modules *modules,
                                     span name)
{
    uint64_t hash = span_hash(name, 0);
    const struct exported *e =
        modules->bucket_count ? *bucket_of(modules, hash) : NULL;
    while (e && (e->hash != hash || !span_same(e->export->name, name)))
        e = e->next;
    return e;
}
