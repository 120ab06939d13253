/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which members of an archive go in: those that define what is wanted, in the
 * order in which GNU ld comes by them, since addresses follow from it.
 *
 * GNU ld goes over the archive's symbol index, and takes the member of each
 * name that is wanted by then; if one was taken, it goes over the index again.
 * Here only the first turns look at every name, as two are enough for most
 * archives. What comes to be wanted later is looked up, and a heap gives the
 * places in the index in the order of the turns: a chain of members that need
 * each other backwards costs no more than one that goes forwards.
 */
#include "loader.h"

/* A search: GNU ld would be in this turn, and at this place in the index. */
struct search {
    struct link *link;
    struct archive *archive;
    uint64_t turn;
    uint64_t next; /* the first place that it has not looked at in the turn */
    uint64_t *taken;
    uint64_t *heap; /* places to look at: turn * symbol_count + index */
    uint64_t count, capacity;
};

/* ---- What is wanted? ---------------------------------------------------- */

/* The symbol that a name of the index would define; its hash is known. */
static const struct symbol *find(struct link *link,
                                 const struct archive *archive,
                                 const struct archive_symbol *entry)
{
    const struct hashed_name name = {entry->name, entry->hash, archive->seed};
    return archive->has_versions ? version_find(link, entry->name)
                                 : symbol_find_hashed(link, &name);
}

/* A reference that is not weak asks for a member, and so does a common symbol
 * for a definition that is more than that. */
static bool is_wanted(struct link *link, struct archive *archive,
                      const struct archive_symbol *entry)
{
    struct member *member = &archive->members[entry->member];
    const struct symbol *symbol = find(link, archive, entry);
    if (!symbol || symbol->is_scripted)
        return false;
    if (symbol->state == SYMBOL_COMMON)
        return member_open(link, archive, member) &&
               elf_defines(link, member->bytes, entry->name);
    return symbol->state == SYMBOL_UNDEFINED && symbol->is_needed;
}

/* Takes the member that the index names at a place, if it is wanted. */
static bool look_at(struct search *s, uint64_t place)
{
    const struct archive_symbol *entry = &s->archive->symbols[place];
    struct member *member = &s->archive->members[entry->member];
    s->next = place + 1;
    if (member->taken || !is_wanted(s->link, s->archive, entry))
        return true;
    ++*s->taken;
    return member_take(s->link, s->archive, member);
}

/* ---- Places in the order of the turns: a binary heap -------------------- */

static void swap(uint64_t *a, uint64_t *b)
{
    uint64_t c = *a;
    *a = *b;
    *b = c;
}

static bool push(struct search *s, uint64_t key)
{
    s->heap = arena_grow(&s->link->passing, s->heap, s->count, &s->capacity,
                         sizeof(*s->heap));
    if (!s->heap)
        return false;
    uint64_t i = s->count++;
    s->heap[i] = key;
    for (; i && s->heap[(i - 1) / 2] > s->heap[i]; i = (i - 1) / 2)
        swap(&s->heap[(i - 1) / 2], &s->heap[i]);
    return true;
}

static uint64_t pop(struct search *s)
{
    uint64_t least = s->heap[0];
    s->heap[0] = s->heap[--s->count];
    for (uint64_t i = 0, child; (child = 2 * i + 1) < s->count; i = child) {
        if (child + 1 < s->count && s->heap[child + 1] < s->heap[child])
            child++;
        if (s->heap[i] <= s->heap[child])
            break;
        swap(&s->heap[i], &s->heap[child]);
    }
    return least;
}

/* ---- What came to be wanted --------------------------------------------- */

/* Whoever is defined by now asks no more. */
static bool asks(const struct symbol *symbol)
{
    return symbol->state == SYMBOL_UNDEFINED || symbol->state == SYMBOL_COMMON;
}

/* Puts all places of a name into the heap: what is still to be looked at is met
 * in this turn, all else in the next. A member that is taken has no more to
 * give. */
static bool push_places(struct search *s, span name)
{
    const struct archive *archive = s->archive;
    uint32_t next = archive_find_name(archive, name);
    while (next) {
        uint64_t place = next - 1, turn = s->turn + (place < s->next);
        const struct archive_symbol *entry = &archive->symbols[place];
        if (!archive->members[entry->member].taken &&
            !push(s, turn * archive->symbol_count + place))
            return false;
        next = entry->next;
    }
    return true;
}

/* The next symbol that came to be wanted since the archive was last asked, and
 * that still asks; NULL: there is none. */
static const struct symbol *next_wanted(struct search *s)
{
    const struct link *link = s->link;
    while (s->archive->asked < link->wanted_count) {
        const struct symbol *symbol = link->wanted[s->archive->asked++];
        if (asks(symbol))
            return symbol;
    }
    return NULL;
}

static bool push_wanted(struct search *s)
{
    const struct symbol *symbol;
    while ((symbol = next_wanted(s)))
        if (!archive_enter_names(s->link, s->archive) ||
            !push_places(s, symbol->name))
            return false;
    return true;
}

/* ---- The whole ---------------------------------------------------------- */

/* The next one, from the i-th on, that somebody may have named, of a member
 * that is not taken. Hardly any is: 20 instructions for each of the others. */
static OFTEN uint64_t next_known(const struct search *s, uint64_t i)
{
    const struct archive *archive = s->archive;
    const struct symbol_table *table = &s->link->symbols;
    const struct member *members = archive->members;
    const uint64_t count = archive->symbol_count;
    uint32_t done = UINT32_MAX; /* a member that is taken */
    if (!table->slot_count)
        return count;
    if (archive->has_versions || archive->seed != table->seed)
        return i; /* its hash does not tell */
    for (; i < count; i++) {
        const struct archive_symbol *symbol = &archive->symbols[i];
        if (symbol->member == done)
            continue;
        if (members[symbol->member].taken) {
            done = symbol->member;
            continue;
        }
        struct symbol_slot *home = symbol_table_home(table, symbol->hash);
        struct symbol_slot *slot = symbol_table_guess(home, symbol->hash);
        if (!slot || slot->symbol)
            break;
    }
    return i;
}

/* Asks for everything that is wanted, so that nothing from before it is left to
 * be looked up. */
static bool plain_turn(struct search *s)
{
    struct archive *archive = s->archive;
    const uint64_t count = archive->symbol_count;
    archive->asked = s->link->wanted_count;
    for (uint64_t i = 0; (i = next_known(s, i)) < count; i++)
        if (!look_at(s, i))
            return false;
    s->next = archive->symbol_count;
    archive->turns++;
    return true;
}

/* A second turn costs a third of a table of names, which most archives then
 * need not have. */
enum { PLAIN_TURNS = 3 };

bool archive_search(struct link *link, struct archive *archive, uint64_t *taken)
{
    struct search s = {.link = link, .archive = archive, .taken = taken};
    if (!archive->turns &&
        (!archive_read_index(link, archive) || !plain_turn(&s)))
        return false;
    while (archive->turns < PLAIN_TURNS && next_wanted(&s))
        if (!plain_turn(&s))
            return false;
    while (push_wanted(&s) && s.count) {
        uint64_t key = pop(&s);
        s.turn = key / archive->symbol_count;
        if (!look_at(&s, key % archive->symbol_count))
            return false;
    }
    return !link->passing.failed;
}
