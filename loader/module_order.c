/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The order of modules. Receives who needs whom; afterwards `order` has every
 * module once:
 *
 *   1. A module stands behind those that it needs.
 *   2. It stands behind those that it would like to have before it: by a weak
 *      reference, or MODULE_SOFTDEP. Where such wishes contradict each other or
 *      the first rule, one is left unheard.
 *   3. Else it stands where the request has it.
 *
 * Modules that need each other, the strongly connected components of the graph,
 * are a group, in the order of the request. They are found by Tarjan's
 * algorithm ["Depth-first search and linear graph algorithms", 1972], without
 * recursion, since a chain of modules may be longer than a stack is deep; and
 * put in order by taking, again and again, the first group that nothing is
 * missing for. All of it takes n log n steps.
 */
#include "heap.h"
#include "modules.h"

/* ---- Groups -------------------------------------------------------------- */

enum { UNSEEN = 0 };

/* What the search knows of a module. */
struct visit {
    uint64_t number; /* in the order of being found, from 1; 0: not yet */
    uint64_t low;    /* the least number that it reaches, of those open */
    uint64_t need;   /* the next one to look at */
    bool is_open;    /* its group is not known yet */
};

struct search {
    struct modules *modules;
    struct visit *visits;
    uint64_t *path; /* from where the search began to where it is */
    uint64_t depth;
    uint64_t *open;
    uint64_t open_count, found;
};

bool module_need_decides(const struct modules *modules,
                         const struct module_need *need)
{
    return !need->is_weak && need->module < modules->count &&
           modules->nodes[need->module].state == MODULE_GOOD;
}

static void enter(struct search *s, uint64_t index)
{
    s->visits[index] =
        (struct visit){.number = ++s->found, .low = s->found, .is_open = true};
    s->path[s->depth++] = index;
    s->open[s->open_count++] = index;
}

/* Everything opened since `index` is one group with it. */
static void close_group(struct search *s, uint64_t index)
{
    uint64_t start = s->open_count, first = index;
    do {
        uint64_t member = s->open[--start];
        first = member < first ? member : first;
    } while (s->open[start] != index);
    for (uint64_t i = start; i < s->open_count; i++) {
        s->visits[s->open[i]].is_open = false;
        s->modules->nodes[s->open[i]].group = first;
        s->modules->nodes[first].group_size++;
    }
    s->open_count = start;
}

/* The module at the end of the path has nothing more to look at. */
static void leave(struct search *s)
{
    uint64_t index = s->path[--s->depth];
    struct visit *visit = &s->visits[index];
    if (visit->low == visit->number)
        close_group(s, index);
    if (s->depth) {
        struct visit *before = &s->visits[s->path[s->depth - 1]];
        if (visit->low < before->low)
            before->low = visit->low;
    }
}

/* Looks at one need of the module at the end of the path. */
static void step(struct search *s)
{
    uint64_t index = s->path[s->depth - 1];
    const struct module_node *node = &s->modules->nodes[index];
    struct visit *visit = &s->visits[index];
    if (visit->need == node->need_count) {
        leave(s);
        return;
    }
    const struct module_need *need = &node->needs[visit->need++];
    if (!module_need_decides(s->modules, need))
        return;
    const struct visit *other = &s->visits[need->module];
    if (other->number == UNSEEN)
        enter(s, need->module);
    else if (other->is_open && other->number < visit->low)
        visit->low = other->number;
}

static bool find_groups(struct modules *modules)
{
    uint64_t count = modules->count;
    struct search s = {
        .modules = modules,
        .visits = arena_array(modules->arena, count, struct visit),
        .path = arena_array(modules->arena, count, uint64_t),
        .open = arena_array(modules->arena, count, uint64_t),
    };
    if (!s.visits || !s.path || !s.open)
        return false;
    for (uint64_t i = 0; i < count; i++) {
        if (s.visits[i].number == UNSEEN)
            enter(&s, i);
        while (s.depth)
            step(&s);
    }
    return true;
}

/* ---- The order of groups ------------------------------------------------- */

/* Group `to` comes behind group `from`, if it can be. */
struct edge {
    uint64_t from, to;
    bool is_wish;
    struct edge *next; /* of those with the same `from` */
};

/* What a group waits for. Groups are named by their first module. */
struct waiting {
    struct edge *edges; /* to those that wait for this one */
    uint64_t needs, wishes;
    bool is_placed;
};

struct placing {
    struct modules *modules;
    struct waiting *groups;
    uint64_t *members;    /* by module: the next one of its group */
    struct heap ready;    /* groups for which nothing is missing ... */
    struct heap possible; /* ... but what they wish */
    uint64_t placed;
};

static bool add_edge(struct placing *p, uint64_t before, uint64_t behind,
                     bool is_wish)
{
    struct modules *modules = p->modules;
    uint64_t from = modules->nodes[before].group;
    uint64_t to = modules->nodes[behind].group;
    if (from == to)
        return true;
    struct edge *edge = arena_new(modules->arena, struct edge);
    if (!edge)
        return false;
    *edge = (struct edge){from, to, is_wish, p->groups[from].edges};
    p->groups[from].edges = edge;
    if (is_wish)
        p->groups[to].wishes++;
    else
        p->groups[to].needs++;
    return true;
}

static bool add_needs(struct placing *p, uint64_t index)
{
    const struct module_node *node = &p->modules->nodes[index];
    bool ok = true;
    for (uint64_t i = 0; ok && i < node->need_count; i++) {
        const struct module_need *need = &node->needs[i];
        if (module_need_decides(p->modules, need))
            ok = add_edge(p, need->module, index, false);
        else if (need->is_weak && need->module < p->modules->count)
            ok = add_edge(p, need->module, index, true);
    }
    return ok;
}

static bool add_wishes(struct placing *p, uint64_t index)
{
    const struct module_node *node = &p->modules->nodes[index];
    bool ok = true;
    for (uint64_t i = 0; ok && i < node->wish_count; i++) {
        const struct module_softdep *wish = &node->wishes[i];
        uint64_t other = module_by_name(p->modules, wish->module);
        if (other == MODULES_NOBODY)
            continue;
        ok = wish->is_post ? add_edge(p, index, other, true)
                           : add_edge(p, other, index, true);
    }
    return ok;
}

/* One thing less is missing; each heap gets the group once. */
static void release_one(struct placing *p, const struct edge *edge)
{
    struct waiting *to = &p->groups[edge->to];
    uint64_t left = edge->is_wish ? --to->wishes : --to->needs;
    struct keyed item = {edge->to, 0};
    if (to->is_placed || left)
        return;
    if (!edge->is_wish)
        heap_put(&p->possible, item);
    if (!to->needs && !to->wishes)
        heap_put(&p->ready, item);
}

static void place(struct placing *p, uint64_t group)
{
    struct modules *modules = p->modules;
    p->groups[group].is_placed = true;
    for (uint64_t i = group; i < modules->count; i = p->members[i])
        modules->order[p->placed++] = i;
    for (const struct edge *e = p->groups[group].edges; e; e = e->next)
        release_one(p, e);
}

/* Takes the first group of a heap that is not placed. */
static bool place_first(struct placing *p, struct heap *heap)
{
    while (heap->count) {
        uint64_t group = heap_take(heap).key;
        if (p->groups[group].is_placed)
            continue;
        place(p, group);
        return true;
    }
    return false;
}

/* Chains the modules of each group, and lets groups in that wait for nothing.
 */
static void open_places(struct placing *p, uint64_t *last)
{
    const struct modules *modules = p->modules;
    for (uint64_t i = 0; i < modules->count; i++) {
        uint64_t group = modules->nodes[i].group;
        struct keyed item = {group, 0};
        p->members[i] = MODULES_NOBODY;
        if (group != i) {
            p->members[last[group]] = i;
        } else if (!p->groups[i].needs) {
            heap_put(&p->possible, item);
            if (!p->groups[i].wishes)
                heap_put(&p->ready, item);
        }
        last[group] = i;
    }
}

/* Needs have no circles among groups, so some group is always possible. */
static bool place_all(struct modules *modules)
{
    struct arena *arena = modules->arena;
    uint64_t count = modules->count;
    struct placing p = {
        .modules = modules,
        .groups = arena_array(arena, count, struct waiting),
        .members = arena_array(arena, count, uint64_t),
        .ready = {arena_array(arena, count, struct keyed), 0},
        .possible = {arena_array(arena, count, struct keyed), 0},
    };
    uint64_t *last = arena_array(arena, count, uint64_t);
    bool ok =
        p.groups && p.members && p.ready.items && p.possible.items && last;
    for (uint64_t i = 0; ok && i < count; i++)
        ok = add_needs(&p, i) && add_wishes(&p, i);
    if (!ok)
        return false;
    open_places(&p, last);
    while (place_first(&p, &p.ready) || place_first(&p, &p.possible))
        ;
    return true;
}

bool module_order(struct modules *modules)
{
    modules->order = arena_array(modules->arena, modules->count, uint64_t);
    if (!modules->order || !find_groups(modules))
        return false;
    if (!modules->groups)
        module_refuse_groups(modules);
    return place_all(modules);
}
