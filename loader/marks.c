/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads the marks: sections .bootlink.* of the objects of a link, before the
 * script may discard them. A pointer in them is a relocation, and what it
 * points to need not have an address yet.
 */
#include "loader.h"

#include <elf.h>

#define MARKS   SPAN(".bootlink.")
#define EXPORTS SPAN(".bootlink.exports")
#define INIT    SPAN(".bootlink.init")
#define EXIT    SPAN(".bootlink.exit")
#define PARAMS  SPAN(".bootlink.params")
#define MODINFO SPAN(".bootlink.modinfo")

/* ---- Names -------------------------------------------------------------- */

static char plain_char(char c)
{
    return c == '-' ? '_' : c;
}

span marks_plain_name(struct arena *arena, span name)
{
    char *plain = arena_array(arena, name.size, char);
    for (size_t i = 0; plain && i < name.size; i++)
        plain[i] = plain_char(name.data[i]);
    return (span){plain, plain ? name.size : 0};
}

bool marks_same_name(span a, span b)
{
    bool same = a.size == b.size;
    for (size_t i = 0; same && i < a.size; i++)
        same = plain_char(a.data[i]) == plain_char(b.data[i]);
    return same;
}

bool marks_is_name(span name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && plain_char(c) != '_')
            return false;
    }
    return name.size > 0;
}

/* ---- Pointers ----------------------------------------------------------- */

/* The bytes are there, and the relocations are sound. */
static bool check_section(struct link *link, const struct section *section)
{
    if (section->type != SHT_NOBITS && !(section->flags & SHF_COMPRESSED))
        return relocations_look(link, section);
    return link_error(link, BOOTLINK_CORRUPT,
                      "%.*s:(%.*s): has no contents that can be read; write "
                      "it as bootlink/module.h does",
                      SPAN_ARGS(section->object->name),
                      SPAN_ARGS(section->name));
}

static bool check_pointer(struct link *link, const struct section *section,
                          const struct relocation *r)
{
    if (r->type == R_X86_64_64 && r->offset % 8 == 0)
        return true;
    return link_error_in(link, section, r->offset, BOOTLINK_UNSUPPORTED,
                         "%s is no pointer; one is 8 bytes, 8 aligned, with "
                         "R_X86_64_64",
                         reloc_x86_64.name(r->type));
}

static struct marked pointed_to(const struct section *section,
                                const struct relocation *r)
{
    return (struct marked){symbol_at(section, r->symbol), r->addend};
}

/* ---- Exports ------------------------------------------------------------ */

span marks_name_space(const struct module_marks *marks, span symbol)
{
    const struct symbol *entry = symbol_table_find(&marks->name_spaces, symbol);
    return entry && entry->rest ? entry->rest->versioned : (span){0};
}

/* What follows .bootlink.exports and a dot. */
static span name_space_of(const struct section *section)
{
    span name = section->name;
    size_t start = EXPORTS.size + 1;
    return name.size > start ? span_part(name, start, name.size - start)
                             : (span){0};
}

static bool report_twice(struct link *link, const struct section *section,
                         uint64_t offset, span name, span before)
{
    span now = name_space_of(section);
    return link_error_in(link, section, offset, BOOTLINK_DUPLICATE,
                         "'%.*s' is exported %s%.*s and again %s%.*s; "
                         "export it once",
                         SPAN_ARGS(name),
                         before.size ? "in namespace " : "to all",
                         SPAN_ARGS(before),
                         now.size ? "in namespace " : "to all", SPAN_ARGS(now));
}

/* Marks it, with its namespace if that has a name. */
static bool export_symbol(struct link *link, const struct section *section,
                          uint64_t offset, struct symbol *symbol)
{
    struct module_marks *marks = &link->marks;
    span now = name_space_of(section);
    span before = marks_name_space(marks, symbol->name);
    if (symbol->is_exported)
        return span_equal(now, before) ||
               report_twice(link, section, offset, symbol->name, before);
    symbol->is_exported = true;
    marks->has_exports = true;
    if (!now.size)
        return true;
    struct symbol *entry =
        symbol_table_enter(&link->arena, &marks->name_spaces, symbol->name);
    struct symbol_rest *rest = entry ? symbol_rest(&link->arena, entry) : NULL;
    if (rest)
        rest->versioned = now;
    return rest;
}

static bool check_export(struct link *link, const struct section *section,
                         const struct relocation *r)
{
    const struct symbol *symbol = symbol_at(section, r->symbol);
    bool is_section = symbol->type == STT_SECTION;
    if (symbol->binding == STB_LOCAL)
        return link_error(link, BOOTLINK_UNSUPPORTED,
                          "%.*s: EXPORT_SYMBOL of '%.*s', which is %s",
                          SPAN_ARGS(section->object->name),
                          SPAN_ARGS(symbol->name),
                          is_section ? "a section; name the symbol itself "
                                       "(NASM: `dq name wrt ..sym`)"
                                     : "local; declare it without "
                                       "`static`");
    return r->addend == 0 ||
           link_error_in(link, section, r->offset, BOOTLINK_UNSUPPORTED,
                         "EXPORT_SYMBOL of '%.*s' + 0x%llx; export the symbol "
                         "itself",
                         SPAN_ARGS(symbol->name),
                         (unsigned long long)r->addend);
}

static bool read_exports(struct link *link, const struct section *section)
{
    bool ok = true;
    for (uint32_t i = 0; i < section->relocation_count; i++) {
        struct relocation r = relocation_at(section, i);
        ok &= check_pointer(link, section, &r) &&
              check_export(link, section, &r) &&
              export_symbol(link, section, r.offset,
                            symbol_at(section, r.symbol));
    }
    return ok;
}

/* ---- module_init, module_exit ------------------------------------------- */

static bool read_one(struct link *link, const struct section *section,
                     struct marked *mark, const char *macro)
{
    if (section->relocation_count == 0)
        return true;
    if (mark->symbol || section->relocation_count > 1)
        return link_error(link, BOOTLINK_DUPLICATE,
                          "%.*s: a second %s; a module has one",
                          SPAN_ARGS(section->object->name), macro);
    struct relocation r = relocation_at(section, 0);
    *mark = pointed_to(section, &r);
    return check_pointer(link, section, &r);
}

/* ---- module_param ------------------------------------------------------- */

/* A record. [bootlink/module.h: BOOTLINK_PARAMETER] */
enum {
    RECORD_SIZE = 64,
    RECORD_VARIABLE = 0,
    RECORD_COUNT = 8,
    RECORD_TYPE = 16,
    RECORD_CAPACITY = 20,
    RECORD_NAME = 24,
};

static bool read_record(struct link *link, const struct section *section,
                        struct module_parameter *parameter)
{
    const char *record = section->bytes.data + parameter->offset;
    span room = {record + RECORD_NAME, RECORD_SIZE - RECORD_NAME};
    uint32_t type = read32(record + RECORD_TYPE);
    const char *wrong = NULL;
    if (!span_string(room, 0, &parameter->name))
        wrong = "a name that does not end; it has 39 bytes at most, and a NUL";
    else if (!marks_is_name(parameter->name))
        wrong = "a name that is none; it has letters, digits, `_` and `-`";
    else if (type < PARAMETER_BOOL || type > PARAMETER_STRING)
        wrong = "an unknown type; there are 1 to 6";
    else if (read32(record + RECORD_CAPACITY) == 0)
        wrong = "no room for a value; the capacity is 1, or that of the array";
    else if (!parameter->variable.symbol)
        wrong = "no variable; the record begins with a pointer to it";
    parameter->type = type;
    parameter->capacity = read32(record + RECORD_CAPACITY);
    return !wrong ||
           link_error_in(link, section, parameter->offset, BOOTLINK_CORRUPT,
                         "module_param with %s", wrong);
}

/* Where the pointer of a record goes, or NULL. */
static struct marked *record_pointer(struct module_parameter *records,
                                     uint64_t offset)
{
    struct module_parameter *parameter = &records[offset / RECORD_SIZE];
    switch (offset % RECORD_SIZE) {
    case RECORD_VARIABLE:
        return &parameter->variable;
    case RECORD_COUNT:
        return &parameter->count;
    default:
        return NULL;
    }
}

static bool read_pointers(struct link *link, const struct section *section,
                          struct module_parameter *records)
{
    bool ok = true;
    for (uint32_t i = 0; i < section->relocation_count; i++) {
        struct relocation r = relocation_at(section, i);
        struct marked *pointer = record_pointer(records, r.offset);
        if (!check_pointer(link, section, &r))
            ok = false;
        else if (!pointer || pointer->symbol)
            ok &= link_error_in(link, section, r.offset, BOOTLINK_CORRUPT,
                                "module_param with a pointer that does not "
                                "belong there; a record has one to the "
                                "variable and may have one to the count behind "
                                "it");
        else
            *pointer = pointed_to(section, &r);
    }
    return ok;
}

static bool add_parameter(struct link *link,
                          const struct module_parameter *parameter)
{
    struct module_marks *marks = &link->marks;
    span plain = marks_plain_name(&link->arena, parameter->name);
    struct symbol *entry =
        plain.size
            ? symbol_table_enter(&link->arena, &marks->parameter_names, plain)
            : NULL;
    struct module_parameter *grown =
        arena_grow(&link->arena, marks->parameters, marks->parameter_count,
                   &marks->parameter_capacity, sizeof(*grown));
    if (!entry || !grown)
        return false;
    marks->parameters = grown;
    if (entry->is_named)
        return link_error_in(
            link, parameter->section, parameter->offset, BOOTLINK_DUPLICATE,
            "a second module_param of '%.*s'; the first is in %.*s",
            SPAN_ARGS(parameter->name),
            SPAN_ARGS(grown[entry->value].section->object->name));
    entry->is_named = true;
    entry->value = marks->parameter_count;
    grown[marks->parameter_count++] = *parameter;
    return true;
}

static bool read_parameters(struct link *link, const struct section *section)
{
    uint64_t size = section->bytes.size;
    if (size % RECORD_SIZE)
        return link_error_in(link, section, align_down(size, RECORD_SIZE),
                             BOOTLINK_CORRUPT,
                             "0x%llx bytes are not whole records of %d",
                             (unsigned long long)size, RECORD_SIZE);
    uint64_t count = size / RECORD_SIZE;
    struct module_parameter *records =
        arena_array(&link->arena, count, struct module_parameter);
    if (!records || !read_pointers(link, section, records))
        return false;
    bool ok = true;
    for (uint64_t i = 0; i < count; i++) {
        records[i].section = section;
        records[i].offset = i * RECORD_SIZE;
        ok &= read_record(link, section, &records[i]) &&
              add_parameter(link, &records[i]);
    }
    return ok;
}

/* ---- The sections ------------------------------------------------------- */

/* .bootlink.exports or .bootlink.exports.NAMESPACE */
static bool is_exports(span name)
{
    return span_starts(name, EXPORTS) &&
           (name.size == EXPORTS.size || name.data[EXPORTS.size] == '.');
}

static bool read_section(struct link *link, const struct section *section)
{
    span name = section->name;
    if (!check_section(link, section))
        return false;
    if (is_exports(name))
        return read_exports(link, section);
    if (span_equal(name, INIT))
        return read_one(link, section, &link->marks.init, "module_init");
    if (span_equal(name, EXIT))
        return read_one(link, section, &link->marks.exit, "module_exit");
    if (span_equal(name, PARAMS))
        return read_parameters(link, section);
    if (span_equal(name, MODINFO))
        return modinfo_read(link, section);
    return link_error(link, BOOTLINK_UNSUPPORTED,
                      "%.*s: section %.*s is not known; Bootlink has exports, "
                      "init, exit, params and modinfo",
                      SPAN_ARGS(section->object->name), SPAN_ARGS(name));
}

bool marks_read(struct link *link)
{
    bool ok = true;
    for (struct object *o = link->objects; o; o = o->next)
        for (uint32_t i = 1;
             o->section_names & name_family(MARKS) && i < o->section_count;
             i++) {
            const struct section *s = &o->sections[i];
            if (s->state == SECTION_OPEN && span_starts(s->name, MARKS))
                ok &= read_section(link, s);
        }
    return ok && modinfo_settle(link);
}
