/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Does a pattern take a section, and which one is the first that does? A
 * script with many patterns and a link with many sections must not cost their
 * product, so patterns lie in buckets of a hash table:
 *
 *   .data         the sections of that very name
 *   .text.*       the sections whose names begin with ".text."
 *   *_init        what begins with a wildcard: all sections
 *
 * A section looks into the bucket of its name and into those of its name's
 * beginnings, of the lengths that there are. Patterns that want certain files
 * are in buckets of their own beside it, so that a.o(.text) and b.o(.text), or
 * *a.o(.text) and *b.o(.text), do not meet:
 *
 *   a.o       the file of that very name
 *   *lib/a.o  the files whose names end in the last 1, 2, 4, 8 ... bytes of it
 * [GNU ld manual: Input Section Basics, Input Section Wildcards]
 */
#include "pattern_index.h"

/* ---- Does it match? ----------------------------------------------------- */

/* A file pattern matches a path, "archive:member" a member, "archive:" the
 * whole archive, ":file" a file that is not in one. */
static bool file_matches(span pattern, const struct object *object)
{
    if (span_equal(pattern, SPAN("*")))
        return true;
    size_t colon = span_find(pattern, ':');
    if (colon == pattern.size)
        return glob_match(pattern,
                          object->member.size ? object->member : object->file);
    span archive = span_part(pattern, 0, colon);
    span member = span_part(pattern, colon + 1, pattern.size - colon - 1);
    if (archive.size == 0)
        return object->member.size == 0 && glob_match(member, object->file);
    return object->member.size && glob_match(archive, object->file) &&
           (member.size == 0 || glob_match(member, object->member));
}

/* EXCLUDE_FILE also takes the path of an archive, for all its members. */
static bool is_excluded(const struct wildcard *list,
                        const struct object *object)
{
    for (; list; list = list->next)
        if (file_matches(list->pattern, object) ||
            (object->member.size && glob_match(list->pattern, object->file)))
            return true;
    return false;
}

/* A file may also be meant by the name under which a script asked for it. */
static bool takes_from(const struct input_pattern *input,
                       const struct object *object)
{
    bool is_named =
        object->alias.size && span_equal(input->file, object->alias);
    return (is_named || file_matches(input->file, object)) &&
           !is_excluded(input->excluded_files, object);
}

bool pattern_discards(const struct pattern_use *use)
{
    return span_equal(use->statement->name, SPAN("/DISCARD/"));
}

/* INPUT_SECTION_FLAGS; common symbols have none. GNU ld looks at flags when a
 * section goes into an output section, so not for /DISCARD/ and KEEP. */
static bool flags_match(const struct pattern_index *index,
                        const struct pattern_use *use,
                        const struct section *section)
{
    const struct input_pattern *input = use->input;
    if (!(input->flags | input->no_flags) || index->has_any_flags ||
        pattern_discards(use))
        return true;
    uint64_t flags = section_is_common(section) ? 0 : section->flags;
    return (flags & input->flags) == input->flags && !(flags & input->no_flags);
}

/* Of *_unlikely nearly all names fail by their last letter. */
static bool ends_alike(span name, span end)
{
    return end.size == 0 ||
           (name.size && name.data[name.size - 1] == end.data[end.size - 1]);
}

static bool name_matches(const struct pattern_use *use,
                         const struct section *section)
{
    const struct section_pattern *p = use->pattern;
    return !p || ((use->takes_bucket || (ends_alike(section->name, use->end) &&
                                         glob_match(p->name, section->name))) &&
                  !is_excluded(p->excluded_files, section->object));
}

static bool use_matches(const struct pattern_index *index,
                        const struct pattern_use *use,
                        const struct section *section)
{
    return use->takes_all ||
           (flags_match(index, use, section) && name_matches(use, section) &&
            takes_from(use->input, section->object));
}

/* ---- Buckets ------------------------------------------------------------ */

enum { LONGEST_PREFIX = 63 };

struct pattern_bucket {
    span name; /* of sections, or how their names begin */
    bool is_prefix;
    span file; /* or how the files' names end; empty: of any file */
    struct pattern_use *first, **last;
    bool has_files;     /* there are buckets of files beside it */
    uint64_t followers; /* bit n: the next letter, modulo 64, of names that
                           begin so and are in another one */
    uint64_t file_ends; /* bit n: one of files by 2^n bytes at their end */
    struct pattern_bucket *next;
};

/* FNV-1a, which goes on byte by byte: here from one to another of a name. */
static const uint64_t HASH_START = 0xcbf29ce484222325;

static uint64_t hash_on(uint64_t hash, span name, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        hash = (hash ^ (unsigned char)name.data[i]) * 0x100000001b3;
    return hash;
}

/* Among the slots; `hash` is that of the name. */
static struct pattern_bucket **slot_of(const struct pattern_index *index,
                                       uint64_t hash, bool is_prefix, span file)
{
    hash = hash_on(hash * 2 + is_prefix, file, 0, file.size);
    return &index->slots[(hash ^ hash >> 32) & (index->slot_count - 1)];
}

/* What is shorter may begin names of all groups. */
static void enter_length(struct pattern_index *index, span name, bool is_prefix)
{
    uint64_t bit = 1ull << (name.size < 63 ? name.size : 63);
    if (!is_prefix)
        index->name_lengths[name_group(name)] |= bit;
    else if (name.size >= 3)
        index->prefix_lengths[name_group(name)] |= bit;
    else
        for (unsigned i = 0; i < NAME_GROUPS; i++)
            index->prefix_lengths[i] |= bit;
}

static struct pattern_bucket *in_slot(struct pattern_bucket *b, span name,
                                      bool is_prefix, span file)
{
    while (b && !(b->is_prefix == is_prefix && span_equal(b->name, name) &&
                  span_equal(b->file, file)))
        b = b->next;
    return b;
}

static struct pattern_bucket *find_bucket(const struct pattern_index *index,
                                          uint64_t hash, span name,
                                          bool is_prefix, span file)
{
    return in_slot(*slot_of(index, hash, is_prefix, file), name, is_prefix,
                   file);
}

SELDOM static struct pattern_bucket *enter_bucket(struct arena *arena,
                                                  struct pattern_index *index,
                                                  span name, bool is_prefix,
                                                  span file)
{
    uint64_t hash = hash_on(HASH_START, name, 0, name.size);
    struct pattern_bucket **slot = slot_of(index, hash, is_prefix, file);
    struct pattern_bucket *b = in_slot(*slot, name, is_prefix, file);
    if (b)
        return b;
    b = arena_new(arena, struct pattern_bucket);
    if (!b)
        return NULL;
    b->name = name;
    b->is_prefix = is_prefix;
    b->file = file;
    b->next = *slot;
    b->last = &b->first;
    *slot = b;
    enter_length(index, name, is_prefix);
    return b;
}

/* ---- Making it ---------------------------------------------------------- */

/* What a wildcard begins with before its first special character. */
static span prefix_of(span pattern)
{
    size_t size = 0;
    while (size < pattern.size && size < LONGEST_PREFIX &&
           pattern.data[size] != '*' && pattern.data[size] != '?' &&
           pattern.data[size] != '[' && pattern.data[size] != '\\')
        size++;
    return span_part(pattern, 0, size);
}

/* Of a file pattern, which may name a member of an archive. */
static bool is_special(char c)
{
    switch (c) {
    case '*':
    case '?':
    case '[':
    case ']':
    case '\\':
    case ':':
        return true;
    default:
        return false;
    }
}

/* What is behind the last special character of a file pattern. */
static span literal_end_of(span pattern)
{
    size_t at = pattern.size;
    while (at > 0 && !is_special(pattern.data[at - 1]))
        at--;
    return span_part(pattern, at, pattern.size - at);
}

static span end_of(span text, unsigned exponent)
{
    size_t size = (size_t)1 << exponent;
    return span_part(text, text.size - size, size);
}

/* The bucket for the files of a pattern, beside the one of any file. */
static struct pattern_bucket *enter_file(struct arena *arena,
                                         struct pattern_index *index,
                                         struct pattern_bucket *any, span file)
{
    span end = literal_end_of(file);
    if (!any || end.size == 0)
        return any;
    any->has_files = true;
    if (end.size < file.size) {
        unsigned exponent = 63 - __builtin_clzll(end.size);
        any->file_ends |= 1ull << exponent;
        end = end_of(end, exponent);
    }
    return enter_bucket(arena, index, any->name, any->is_prefix, end);
}

static bool takes_all(const struct pattern_use *use)
{
    const struct input_pattern *input = use->input;
    return use->takes_bucket && span_equal(input->file, SPAN("*")) &&
           !input->excluded_files && !input->flags && !input->no_flags &&
           !(use->pattern && use->pattern->excluded_files);
}

static bool enter_use(struct arena *arena, struct pattern_index *index,
                      struct pattern_use use)
{
    span name = use.pattern ? use.pattern->name : SPAN("*");
    bool is_prefix = glob_has_wildcard(name);
    span known = is_prefix ? prefix_of(name) : name;
    struct pattern_use *copy = arena_new(arena, struct pattern_use);
    struct pattern_bucket *bucket = enter_file(
        arena, index,
        enter_bucket(arena, index, known, is_prefix, (span){NULL, 0}),
        use.input->file);
    use.takes_bucket = !is_prefix || (known.size + 1 == name.size &&
                                      span_ends(name, SPAN("*")));
    if (!copy || !bucket)
        return false;
    use.takes_all = takes_all(&use);
    use.end = literal_end_of(name);
    use.order = ++index->use_count;
    *copy = use;
    *bucket->last = copy;
    bucket->last = &copy->next;
    return true;
}

static bool enter_input(struct arena *arena, struct pattern_index *index,
                        struct section_statement *statement,
                        struct input_pattern *input)
{
    struct section_pattern *p = input->sections;
    bool ok = true;
    if (!index->first && !index->only_kept)
        input->first_use = index->use_count + 1;
    do {
        struct pattern_use use = {
            .statement = statement, .input = input, .pattern = p};
        ok = enter_use(arena, index, use);
    } while (ok && p && (p = p->next));
    return ok;
}

/* All patterns of an output section, or how many there are if there are no
 * slots yet. */
static bool enter_statement(struct arena *arena, struct pattern_index *index,
                            struct section_statement *statement)
{
    const struct command *command = statement->commands;
    bool ok = true;
    for (; ok && command; command = command->next) {
        if (command->kind != COMMAND_INPUT || command->input->is_orphans ||
            (index->only_kept && !command->input->keep))
            continue;
        if (index->slots)
            ok = enter_input(arena, index, statement, command->input);
        else
            for (struct section_pattern *p = command->input->sections; p;
                 p = p->next)
                index->slot_count++;
    }
    return ok;
}

SELDOM static bool enter_all(struct link *link, struct pattern_index *index)
{
    const struct command *c =
        index->first ? index->first : link->script.written;
    bool ok = true;
    for (; ok && c != index->end; c = index->first ? c->next : c->next_written)
        if (c->kind == COMMAND_OUTPUT_SECTION)
            ok = enter_statement(&link->arena, index, c->section);
    return ok;
}

static bool has_follower(const struct pattern_bucket *bucket, char letter)
{
    return bucket->followers & letter_bit(letter);
}

/* Tells the buckets of all beginnings of a bucket's name: a section whose name
 * goes on in another way need not look for more. */
static void tell_shorter(const struct pattern_index *index,
                         const struct pattern_bucket *bucket)
{
    span name = bucket->name;
    uint64_t left = index->prefix_lengths[name_group(name)];
    for (; left; left &= left - 1) {
        size_t n = __builtin_ctzll(left);
        if (n >= name.size)
            break;
        struct pattern_bucket *shorter =
            find_bucket(index, hash_on(HASH_START, name, 0, n),
                        (span){name.data, n}, true, (span){NULL, 0});
        if (shorter)
            shorter->followers |= letter_bit(name.data[n]);
    }
}

bool pattern_index_make(struct link *link, struct pattern_index *index)
{
    uint64_t count = 16;
    enter_all(link, index);
    while (count < index->slot_count * 2)
        count *= 2;
    index->slot_count = count;
    index->slots = arena_array(&link->arena, count, struct pattern_bucket *);
    index->memories =
        arena_array(&link->arena, 2 * NAME_GROUPS, struct pattern_memory);
    if (!index->slots || !index->memories || !enter_all(link, index))
        return false;
    for (unsigned i = 0; i < 2 * NAME_GROUPS; i++)
        index->memories[i].least = UINT64_MAX; /* nothing is known */
    for (uint64_t i = 0; i < count; i++)
        for (struct pattern_bucket *b = index->slots[i]; b; b = b->next)
            if (b->file.size == 0)
                tell_shorter(index, b);
    return true;
}

/* ---- Looking ------------------------------------------------------------ */

struct look {
    const struct pattern_index *index;
    const struct section *section;
    uint64_t after;
    const struct pattern_use *best;    /* the first so far */
    const struct pattern_bucket *last; /* that the name has led to */
    uint64_t ends;                     /* bit n: the last letter, modulo 64, of
                                          names that one before it may take */
    bool has_files;
};

/* A pattern before it does not match: another name's end may. */
static void note_end(struct look *s, span end)
{
    bool is_by_end = !ends_alike(s->section->name, end);
    s->ends |= is_by_end ? letter_bit(end.data[end.size - 1]) : ~0ull;
}

static void look_into(struct look *s, const struct pattern_bucket *bucket)
{
    const struct pattern_use *use = bucket ? bucket->first : NULL;
    for (; use && (!s->best || use->order < s->best->order); use = use->next)
        if (use->order > s->after && use_matches(s->index, use, s->section))
            s->best = use;
        else
            note_end(s, use->end);
}

/* The buckets of a file by that name, beside the one of any. */
static void look_for_file(struct look *s, const struct pattern_bucket *any,
                          uint64_t hash, span file)
{
    look_into(s, find_bucket(s->index, hash, any->name, any->is_prefix, file));
    for (uint64_t left = any->file_ends; left; left &= left - 1) {
        unsigned exponent = __builtin_ctzll(left);
        if (file.size >> exponent == 0)
            break;
        look_into(s, find_bucket(s->index, hash, any->name, any->is_prefix,
                                 end_of(file, exponent)));
    }
}

/* Most names have no bucket, and most buckets none of files beside them. */
static const struct pattern_bucket *look_for(struct look *s, uint64_t hash,
                                             span name, bool is_prefix)
{
    const struct object *object = s->section->object;
    const struct pattern_bucket *any =
        find_bucket(s->index, hash, name, is_prefix, (span){NULL, 0});
    if (!any)
        return NULL;
    look_into(s, any);
    s->last = any;
    if (!any->has_files)
        return any;
    s->has_files = true;
    look_for_file(s, any, hash,
                  object->member.size ? object->member : object->file);
    if (object->alias.size)
        look_for_file(s, any, hash, object->alias);
    return any;
}

/* The hash of a name goes on from those of its beginnings. */
static void look_along(struct look *s, span name)
{
    uint64_t hash = HASH_START;
    size_t n = 0;
    uint64_t left = s->index->prefix_lengths[name_group(name)];
    for (; left; left &= left - 1) {
        size_t next = __builtin_ctzll(left);
        if (next > name.size)
            break;
        hash = hash_on(hash, name, n, next);
        n = next;
        const struct pattern_bucket *found =
            look_for(s, hash, (span){name.data, n}, true);
        if (found && n < name.size && !has_follower(found, name.data[n]))
            return;
    }
    size_t most = name.size < 63 ? name.size : 63;
    if (s->index->name_lengths[name_group(name)] >> most & 1)
        look_for(s, hash_on(hash, name, n, name.size), name, false);
}

/* Words that cover the first `size` bytes of a name. */
static void cover(struct pattern_memory *memory, span name, uint32_t size)
{
    const char *p = name.data;
    uint32_t word = name.size <= SHORT_NAME ? 4 : 8;
    memory->last = size > word ? size - word : 0;
    memory->middle = memory->last / 2;
    memory->mask = size < 8 ? (1ull << 8 * size) - 1 : ~0ull;
    memory->words[0] = word == 4 ? read32(p) : read64(p) & memory->mask;
    p += memory->last;
    memory->words[1] = word == 4 ? read32(p) : read64(p);
    p = name.data + memory->middle;
    memory->words[2] = word == 4 ? 0 : read64(p);
}

/* Remembers a pattern if it takes all such names: those before it, to which
 * these names lead, want other ends. */
static void remember(const struct look *s)
{
    const struct pattern_use *use = s->best;
    span name = s->section->name;
    bool is_part = use && s->last->is_prefix && name.size > SHORT_NAME;
    size_t size = is_part ? s->last->name.size : name.size;
    if (!use || !use->takes_all || s->after || s->has_files ||
        s->ends == ~0ull || size < 4 || size > LONGEST_MEMORY ||
        (is_part &&
         (size == name.size || has_follower(s->last, name.data[size]))))
        return;
    struct pattern_memory *memory = pattern_memory(s->index, name);
    *memory = (struct pattern_memory){
        .use = use,
        .least = size + is_part,
        .more = is_part ? UINT32_MAX : 0,
        .followers = is_part ? s->last->followers : 0,
        .ends = is_part ? s->ends : 0,
    };
    memory->has_others = memory->followers | memory->ends;
    cover(memory, name, size);
}

const struct pattern_use *pattern_index_find(const struct pattern_index *index,
                                             const struct section *section,
                                             uint64_t after)
{
    struct look s = {
        .index = index,
        .section = section,
        .after = after,
    };
    look_along(&s, section->name);
    remember(&s);
    return s.best;
}
