/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the objects say of themselves in .note.gnu.property, such as "all my
 * branch targets begin with ENDBR" [Linux gABI extensions: Program Property].
 *
 * Receives objects with a note each, or without one. Afterwards there is one
 * note with what is true of the whole image, in the first object that had one,
 * and the others are left out; without anything to say there is none.
 */
#include "loader.h"

#include <elf.h>
#include <string.h>

#define NOTE_NAME SPAN(".note.gnu.property")

enum {
    HEADER_SIZE = 16, /* of a note named GNU */
    MOST_KINDS = 64,  /* of properties; a dozen are in use */
    NOTE_TYPE = 5,    /* NT_GNU_PROPERTY_TYPE_0 */
    NEEDED = 0xb0008000,
    X86_FEATURE = 0xc0000002, /* GNU_PROPERTY_X86_FEATURE_1_AND */
    X86_ISA_NEEDED = 0xc0008002,
};

/* How the values of two objects become one. */
enum rule {
    RULE_UNKNOWN,
    RULE_LARGEST,   /* a number of 8 bytes */
    RULE_PRESENT,   /* has no value */
    RULE_AND,       /* bits that all objects have; 4 bytes, as the next two */
    RULE_OR,        /* bits that any object has */
    RULE_OR_IF_ALL, /* the same, if every object has the property */
};

/* clang-format off */
static const struct {
    uint32_t first, last;
    enum rule rule;
} rules[] = {
    {0x00000001, 0x00000001, RULE_LARGEST}, /* stack size */
    {0x00000002, 0x00000002, RULE_PRESENT}, /* no copy on protected */
    {0xb0000000, 0xb0007fff, RULE_AND},
    {0xb0008000, 0xb000ffff, RULE_OR},
    {0xc0000000, 0xc0000000, RULE_OR_IF_ALL}, /* old: ISA used ... */
    {0xc0000001, 0xc0000001, RULE_OR},        /* ... and needed */
    {0xc0000002, 0xc0007fff, RULE_AND},
    {0xc0008000, 0xc000ffff, RULE_OR},
    {0xc0010000, 0xc0017fff, RULE_OR_IF_ALL},
};
/* clang-format on */

struct property {
    uint32_t type;
    enum rule rule;
    uint64_t value;              /* of all objects but the last */
    uint64_t last_value;         /* of the last object that has it */
    const struct object *holder; /* that object */
    uint64_t holder_count;
    struct property *next; /* ascending by type */
};

struct merging {
    struct link *link;
    struct object *object; /* whose note is being read */
    struct section *note;  /* the one that stays, or NULL */
    struct property *properties;
    uint64_t object_count, kind_count;
};

static enum rule rule_of(uint32_t type)
{
    for (unsigned i = 0; i < sizeof(rules) / sizeof(*rules); i++)
        if (type >= rules[i].first && type <= rules[i].last)
            return rules[i].rule;
    return RULE_UNKNOWN;
}

static uint32_t size_of(enum rule rule)
{
    return rule == RULE_LARGEST ? 8 : rule == RULE_PRESENT ? 0 : 4;
}

/* ---- Values ------------------------------------------------------------- */

static uint64_t combine(enum rule rule, uint64_t a, uint64_t b)
{
    if (rule == RULE_LARGEST)
        return a > b ? a : b;
    return rule == RULE_AND ? a & b : a | b;
}

/* The property of that type, entered if it is new. NULL: no memory. */
static struct property *property_of(struct merging *m, uint32_t type)
{
    struct property **at = &m->properties;
    while (*at && (*at)->type < type)
        at = &(*at)->next;
    if (*at && (*at)->type == type)
        return *at;
    struct property *property = arena_new(&m->link->arena, struct property);
    if (!property)
        return NULL;
    m->kind_count++;
    *property =
        (struct property){.type = type, .rule = rule_of(type), .next = *at};
    return *at = property;
}

/* The last object's value joins those of the objects before it. */
static void settle(struct property *p)
{
    p->value = p->holder_count > 1 ? combine(p->rule, p->value, p->last_value)
                                   : p->last_value;
}

/* An object may say a thing twice; bits then add up. */
static bool mention(struct merging *m, uint32_t type, uint64_t value)
{
    struct property *p = property_of(m, type);
    if (!p)
        return false;
    if (p->holder == m->object) {
        enum rule rule = p->rule == RULE_AND ? RULE_OR : p->rule;
        p->last_value = combine(rule, p->last_value, value);
        return true;
    }
    settle(p);
    p->last_value = value;
    p->holder = m->object;
    p->holder_count++;
    return true;
}

/* ---- One object --------------------------------------------------------- */

/* Returns true: it is the rest of the note that is left out, not the object. */
static bool warn(const struct merging *m, const char *what, uint32_t number)
{
    report_warning(m->link->world, BOOTLINK_CORRUPT,
                   "%.*s:(.note.gnu.property): %s 0x%x; the note is ignored "
                   "from there on",
                   SPAN_ARGS(m->object->name), what, number);
    return true;
}

static uint64_t value_of(span value)
{
    if (value.size == 8)
        return read64(value.data);
    return value.size ? read32(value.data) : 0;
}

/* Types and sizes, each with a value padded to 8 bytes. Behind one that makes
 * no sense nothing is read. */
static bool read_properties(struct merging *m, span bytes)
{
    while (bytes.size) {
        uint32_t type = read32(bytes.data), size = read32(bytes.data + 4);
        enum rule rule = rule_of(type);
        span value = span_part(bytes, 8, size);
        if (!rule || m->kind_count == MOST_KINDS)
            return warn(m, "unknown property", type);
        if (value.size != size || size != size_of(rule))
            return warn(m, "wrong size of property", type);
        if (!mention(m, type, value_of(value)))
            return false;
        uint64_t end = align_up(8 + size, 8);
        bytes = span_part(bytes, end, bytes.size - end);
    }
    return true;
}

/* Whether the note is one of properties: its name and type. */
static bool is_ours(span note)
{
    return read32(note.data) == 4 && read32(note.data + 8) == NOTE_TYPE &&
           !memcmp(note.data + 12, "GNU", 4);
}

/* A note: the sizes of name and description, a type, then both, padded.
 * [gABI: Note Section] */
static bool read_notes(struct merging *m, const struct section *section)
{
    span bytes = section->bytes;
    while (bytes.size >= HEADER_SIZE) {
        uint32_t size = read32(bytes.data + 4);
        uint64_t start = 12 + align_up(read32(bytes.data), 4);
        span description = span_part(bytes, start, size);
        if (description.size != size)
            return warn(m, "wrong size of a note,", size);
        if (is_ours(bytes) && size % 8)
            return warn(m, "odd size of properties,", size);
        if (is_ours(bytes) && !read_properties(m, description))
            return false;
        uint64_t end = start + align_up(size, section->align < 8 ? 4 : 8);
        bytes = span_part(bytes, end, bytes.size - end);
    }
    return true;
}

/* The first note stays, to be written anew. */
static bool read_section(struct merging *m, struct section *section)
{
    if (section->state != SECTION_OPEN || section->type != SHT_NOTE ||
        !span_equal(section->name, NOTE_NAME))
        return true;
    if (m->note)
        section->state = SECTION_DISCARDED;
    else
        m->note = section;
    bool ok = read_notes(m, section);
    link_leave(m->link, section->object->bytes);
    return ok;
}

/* -z cet-report, -z lam-report: features that an object does without, and that
 * nobody forces. */
static bool check_features(const struct merging *m)
{
    static const char *const names[] = {"IBT", "SHSTK", "LAM_U48", "LAM_U57"};
    const struct bootlink_properties *wanted = &m->link->request->properties;
    const struct property *p = m->properties;
    if (!(wanted->refused_features | wanted->warned_features))
        return true;
    while (p && p->type != X86_FEATURE)
        p = p->next;
    uint32_t has = wanted->features;
    if (p && p->holder == m->object)
        has |= p->last_value;
    bool ok = true;
    for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const char *text = "%.*s: missing property: x86 feature %s; compile "
                           "for it, or do not ask for a report";
        if (~has & wanted->refused_features & 1u << i)
            ok = link_error(m->link, BOOTLINK_UNSUPPORTED, text,
                            SPAN_ARGS(m->object->name), names[i]);
        else if (~has & wanted->warned_features & 1u << i)
            report_warning(m->link->world, BOOTLINK_UNSUPPORTED, text,
                           SPAN_ARGS(m->object->name), names[i]);
    }
    return ok;
}

static bool read_object(struct merging *m, struct object *object)
{
    m->object_count++;
    if (object->is_binary)
        return true; /* it has nothing to say, which counts */
    m->object = object;
    uint32_t i =
        object->first_note ? object->first_note : object->section_count;
    for (; i < object->section_count; i++)
        if (!read_section(m, &object->sections[i]))
            return false;
    return check_features(m);
}

/* ---- The whole ---------------------------------------------------------- */

/* What the command line says holds, whatever the objects say. */
static bool force(struct merging *m, uint32_t type, uint32_t bits)
{
    struct property *p = bits ? property_of(m, type) : NULL;
    if (!p)
        return bits == 0;
    bool is_valid = p->rule != RULE_AND || p->holder_count == m->object_count;
    p->value = (is_valid ? p->value : 0) | bits;
    p->holder_count = m->object_count;
    return true;
}

static bool force_all(struct merging *m)
{
    const struct bootlink_properties *wanted = &m->link->request->properties;
    return force(m, NEEDED, wanted->needed) &&
           force(m, X86_FEATURE, wanted->features) &&
           force(m, X86_ISA_NEEDED, wanted->isa_needed);
}

static bool is_said(const struct merging *m, const struct property *p)
{
    bool by_all = p->holder_count == m->object_count;
    switch (p->rule) {
    case RULE_AND:
        return by_all && p->value;
    case RULE_OR:
        return p->value != 0;
    case RULE_OR_IF_ALL:
        return by_all;
    default:
        return true;
    }
}

static uint64_t write_properties(const struct merging *m, char *to)
{
    uint64_t size = HEADER_SIZE;
    for (const struct property *p = m->properties; p; p = p->next) {
        if (!is_said(m, p))
            continue;
        if (to) {
            write32(to + size, p->type);
            write32(to + size + 4, size_of(p->rule));
            if (size_of(p->rule))
                write64(to + size + 8, p->value);
        }
        size += p->rule == RULE_PRESENT ? 8 : 16;
    }
    return size;
}

/* Code that the linker makes has ENDBR64 if all the rest has. */
static void note_ibt(const struct merging *m)
{
    m->link->has_ibt = m->link->request->properties.has_ibt_plt;
    for (const struct property *p = m->properties; p; p = p->next)
        if (p->type == X86_FEATURE && is_said(m, p))
            m->link->has_ibt |= p->value & 1;
}

/* If no object has a note, the last one gets it, as in GNU ld. */
static bool write_note(struct merging *m)
{
    note_ibt(m);
    uint64_t size = write_properties(m, NULL);
    if (size == HEADER_SIZE) {
        if (m->note)
            m->note->state = SECTION_DISCARDED;
        return true;
    }
    char *bytes = arena_take(&m->link->arena, size, 1);
    if (!m->note)
        m->note = section_make(m->link, m->object,
                               (struct section){.name = NOTE_NAME,
                                                .type = SHT_NOTE,
                                                .flags = SHF_ALLOC,
                                                .align = 8});
    if (!bytes || !m->note)
        return false;
    memcpy(bytes, "\4\0\0\0....\5\0\0\0GNU", HEADER_SIZE);
    write32(bytes + 4, size - HEADER_SIZE);
    write_properties(m, bytes);
    m->note->bytes = (span){bytes, size};
    m->note->size = size;
    return true;
}

/* Where the command line says something, GNU ld's tables go to the note. */
static bool settle_home(const struct merging *m)
{
    const struct bootlink_properties *wanted = &m->link->request->properties;
    if (m->note && (wanted->features || wanted->isa_needed))
        m->link->home = m->note->object;
    return true;
}

bool properties_merge(struct link *link)
{
    struct merging m = {.link = link};
    bool ok = true;
    for (struct object *o = link->objects; o; o = o->next)
        ok &= read_object(&m, o);
    if (!m.object)
        return ok;
    for (struct property *p = m.properties; p; p = p->next)
        settle(p);
    return ok && force_all(&m) && write_note(&m) && settle_home(&m);
}
