/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Who defines what [gABI: Symbol Table].
 *
 * Receives each mention of a global symbol in link order. At any time a symbol
 * holds the definition that wins among the mentions so far, so nothing is left
 * to be decided when the last object is open.
 */
#include "loader.h"

#include <elf.h>
#include <string.h>

struct symbol *symbol_enter_hashed(struct link *link,
                                   const struct hashed_name *name)
{
    struct symbol *symbol =
        symbol_table_enter_hashed(&link->arena, &link->symbols, name);
    return symbol_meant(symbol);
}

struct symbol *symbol_enter(struct link *link, span name)
{
    struct hashed_name hashed = symbol_table_hash(&link->symbols, name);
    return symbol_enter_hashed(link, &hashed);
}

struct symbol *symbol_find_hashed(const struct link *link,
                                  const struct hashed_name *name)
{
    struct symbol *symbol = symbol_table_find_hashed(&link->symbols, name);
    return symbol_meant(symbol);
}

struct symbol *symbol_find(const struct link *link, span name)
{
    struct hashed_name hashed = symbol_table_hash(&link->symbols, name);
    return symbol_find_hashed(link, &hashed);
}

span symbol_versioned_name(const struct symbol *symbol)
{
    bool is_of_object = symbol->state == SYMBOL_DEFINED ||
                        symbol->state == SYMBOL_ABSOLUTE ||
                        symbol->state == SYMBOL_COMMON;
    bool has_version = symbol->rest && symbol->rest->versioned.size;
    return is_of_object && has_version ? symbol->rest->versioned : symbol->name;
}

/* ---- Which definition wins ---------------------------------------------- */

/* The lowest rank wins, the first one among equals:
 *
 *   1. a definition that is not weak
 *   2. a common symbol (the largest size and alignment of all)
 *   3. a weak definition
 *   4. a symbol that another image exports
 *   5. none: a reference
 *
 * Two of rank 1 are a duplicate. [gABI: Symbol Table, STB_WEAK] */
static int symbol_rank(unsigned state, unsigned binding)
{
    switch (state) {
    case SYMBOL_DEFINED:
    case SYMBOL_ABSOLUTE:
        return binding == STB_WEAK ? 3 : 1;
    case SYMBOL_COMMON:
        return 2;
    case SYMBOL_IMPORTED:
        return 4;
    default:
        return 5;
    }
}

/* Internal, hidden, protected, default. */
void symbol_constrain(struct symbol *symbol, uint8_t visibility)
{
    if (visibility != STV_DEFAULT &&
        (symbol->visibility == STV_DEFAULT || visibility < symbol->visibility))
        symbol->visibility = visibility;
}

/* Two objects may define a name as one number, and what lies elsewhere (-R) may
 * be here as well: then the first counts. */
static bool may_be_twice(const struct symbol *symbol,
                         const struct symbol_mention *mention)
{
    bool is_one_number = symbol->state == SYMBOL_ABSOLUTE &&
                         mention->state == SYMBOL_ABSOLUTE &&
                         symbol->value == mention->value;
    return is_one_number || symbol->object->is_elsewhere ||
           mention->object->is_elsewhere;
}

static bool report_duplicate(struct link *link, const struct symbol *symbol,
                             const struct symbol_mention *mention)
{
    span section = mention->section ? mention->section->name : SPAN("*ABS*");
    span first = symbol->section ? symbol->section->name : SPAN("*ABS*");
    return link_error(
        link, BOOTLINK_DUPLICATE,
        "%.*s:(%.*s+0x%llx): multiple definition of '%.*s'\n"
        "    first defined in %.*s:(%.*s+0x%llx); make one of them static or "
        "weak, or leave one file out",
        SPAN_ARGS(mention->object->name), SPAN_ARGS(section),
        (unsigned long long)mention->value, SPAN_ARGS(symbol->name),
        SPAN_ARGS(symbol->object->name), SPAN_ARGS(first),
        (unsigned long long)symbol->value);
}

/* A thread-local variable is one in all files, or in none. [gABI: STT_TLS] */
static bool report_tls_mismatch(struct link *link, const struct symbol *symbol,
                                const struct symbol_mention *mention)
{
    bool is_tls = mention->type == STT_TLS;
    const struct object *here = mention->object, *there = symbol->object;
    return link_error(link, BOOTLINK_CORRUPT,
                      "%.*s: '%.*s' is thread-local, but in %.*s it is not; "
                      "declare it alike in both",
                      SPAN_ARGS(is_tls ? here->name : there->name),
                      SPAN_ARGS(symbol->name),
                      SPAN_ARGS(is_tls ? there->name : here->name));
}

/* The object has a section for it, even if another one gets it in the end. */
static void note_home(const struct symbol *symbol)
{
    if (symbol->is_large)
        symbol->object->has_large_commons = true;
    else if (symbol->type != STT_TLS)
        symbol->object->has_commons = true;
}

/* The larger common symbol decides in whose section both will be, and one that
 * is near code that both are. */
static void merge_common(struct symbol *symbol,
                         const struct symbol_mention *mention)
{
    if (mention->size > symbol->size) {
        symbol->size = mention->size;
        symbol->object = mention->object;
    }
    if (mention->value > symbol->value)
        symbol->value = mention->value;
    symbol->is_large &= mention->is_large;
    note_home(symbol);
}

/* What a definition is aligned to: its section, or less where it stands. */
static uint64_t alignment_of(const struct section *section, uint64_t value)
{
    uint64_t align = section ? section->align : 1;
    uint64_t here = value & -value;
    return here && here < align ? here : align;
}

static void warn_of_alignment(struct link *link, span name,
                              const struct object *common, uint64_t wanted,
                              const struct object *definition, uint64_t align)
{
    if (align < wanted)
        report_warning(link->world, BOOTLINK_DUPLICATE,
                       "%.*s: '%.*s' is aligned to %llu bytes, but in %.*s, "
                       "which defines it, to %llu; align it there",
                       SPAN_ARGS(common->name), SPAN_ARGS(name),
                       (unsigned long long)wanted, SPAN_ARGS(definition->name),
                       (unsigned long long)align);
}

static void warn_of_change(struct link *link, const struct symbol *symbol,
                           const struct symbol_mention *m, const char *what,
                           uint64_t before, uint64_t now)
{
    if (before && now && before != now)
        report_warning(link->world, BOOTLINK_DUPLICATE,
                       "%.*s: '%.*s' has %s %llu, but in %.*s, where it is "
                       "common, %llu; declare it alike in both",
                       SPAN_ARGS(m->object->name), SPAN_ARGS(symbol->name),
                       what, (unsigned long long)now,
                       SPAN_ARGS(symbol->object->name),
                       (unsigned long long)before);
}

/* A common symbol meets its definition: they should agree. */
static void compare_common(struct link *link, const struct symbol *symbol,
                           const struct symbol_mention *m)
{
    if (m->state == SYMBOL_COMMON) {
        warn_of_alignment(link, symbol->name, m->object, m->value,
                          symbol->object,
                          alignment_of(symbol->section, symbol->value));
        return;
    }
    warn_of_alignment(link, symbol->name, symbol->object, symbol->value,
                      m->object, alignment_of(m->section, m->value));
    warn_of_change(link, symbol, m, "the size", symbol->size, m->size);
    warn_of_change(link, symbol, m, "the type", symbol->type, m->type);
}

static bool set_version(struct link *link, struct symbol *symbol,
                        span versioned)
{
    struct symbol_rest *rest = symbol_rest(&link->arena, symbol);
    if (rest)
        rest->versioned = versioned;
    return rest;
}

static bool note_common(struct link *link, struct symbol *symbol)
{
    note_home(symbol);
    return symbol_list_add(&link->arena, &link->commons, symbol);
}

/* A definition that says nothing of size or type keeps what was said before, as
 * in GNU ld. False if there is no memory. */
static bool replace(struct link *link, struct symbol *symbol,
                    const struct symbol_mention *m)
{
    symbol->object = m->object;
    symbol->section = m->section;
    symbol->value = m->value;
    symbol->state = m->state;
    symbol->is_large = m->is_large;
    symbol->binding = m->binding;
    if (m->size)
        symbol->size = m->size;
    if (m->type != STT_NOTYPE)
        symbol->type = m->type;
    if (m->state == SYMBOL_COMMON && !note_common(link, symbol))
        return false;
    return (!symbol->rest && !m->versioned.size) ||
           set_version(link, symbol, m->versioned);
}

/* A reference keeps a symbol undefined; one that is not weak makes it needed.
 */
static void refer(struct symbol *symbol, struct object *object, unsigned type,
                  bool is_weak)
{
    symbol->is_referenced = true;
    if (symbol->state == SYMBOL_UNDEFINED) {
        if (!symbol->object || (!symbol->is_needed && !is_weak))
            symbol->object = object;
        if (symbol->type == STT_NOTYPE)
            symbol->type = type;
        symbol->binding = symbol->is_needed || !is_weak ? STB_GLOBAL : STB_WEAK;
    }
    symbol->is_needed |= !is_weak;
}

/* A definition in the losing copy of a COMDAT group is a reference to the one
 * that won [gABI: Section Groups]; likewise one in a section that only objects
 * have. */
static bool is_lost(const struct link *link, const struct symbol_mention *m)
{
    return m->section &&
           (m->section->state == SECTION_DUPLICATE ||
            (m->section->flags & SHF_EXCLUDE && !link_is_relocatable(link)));
}

static bool mention(struct link *link, struct symbol *symbol,
                    const struct symbol_mention *m)
{
    if (symbol->object && symbol->type != m->type &&
        (symbol->type == STT_TLS || m->type == STT_TLS))
        return report_tls_mismatch(link, symbol, m);
    symbol_constrain(symbol, m->visibility);
    if (m->state == SYMBOL_UNDEFINED || is_lost(link, m)) {
        bool is_weak = m->binding == STB_WEAK;
        refer(symbol, m->object, m->type, is_weak);
        symbol->has_lost |= !is_weak && m->state != SYMBOL_UNDEFINED;
        return true;
    }
    int now = symbol_rank(symbol->state, symbol->binding);
    int then = symbol_rank(m->state, m->binding);
    if (now == 1 && then == 1)
        return link->request->allow_duplicates || may_be_twice(symbol, m) ||
               report_duplicate(link, symbol, m);
    if (now + then == 3)
        compare_common(link, symbol, m);
    if (now == 2 && then == 2)
        merge_common(symbol, m);
    else if (then < now)
        return replace(link, symbol, m);
    return true;
}

/* Why an archive is to be asked for a symbol: a reference, or a common symbol
 * that a definition would replace. */
enum want { WANT_NOTHING, WANT_DEFINITION, WANT_MORE_THAN_COMMON };

static enum want want_of(const struct symbol *symbol)
{
    if (symbol->state == SYMBOL_COMMON)
        return WANT_MORE_THAN_COMMON;
    return symbol->state == SYMBOL_UNDEFINED && symbol->is_needed
               ? WANT_DEFINITION
               : WANT_NOTHING;
}

bool symbol_note_wanted(struct link *link, struct symbol *symbol)
{
    struct symbol **wanted = link->wanted;
    if (link->wanted_count == link->wanted_capacity)
        wanted = arena_grow(&link->passing, wanted, link->wanted_count,
                            &link->wanted_capacity, sizeof(symbol));
    if (!wanted)
        return false;
    link->wanted = wanted;
    link->wanted[link->wanted_count++] = symbol;
    return true;
}

/* A definition of what has only been referred to: most are. */
static bool is_first_definition(const struct link *link,
                                const struct symbol *symbol,
                                const struct symbol_mention *m)
{
    return symbol->state == SYMBOL_UNDEFINED && m->state == SYMBOL_DEFINED &&
           symbol->type != STT_TLS && m->type != STT_TLS && !is_lost(link, m) &&
           !link_shows_mentions(link);
}

bool symbol_mention(struct link *link, struct symbol *symbol,
                    const struct symbol_mention *m)
{
    if (is_first_definition(link, symbol, m)) {
        symbol_constrain(symbol, m->visibility);
        return replace(link, symbol, m);
    }
    const struct link_observer *observer = link->request->observer;
    enum want before = want_of(symbol);
    if (link_shows_mentions(link))
        observer->mention(observer->context, symbol, m);
    if (!mention(link, symbol, m))
        return false;
    enum want now = want_of(symbol);
    return now == WANT_NOTHING || now == before ||
           symbol_note_wanted(link, symbol);
}

bool symbol_refer(struct link *link, struct symbol *symbol,
                  struct object *object, bool is_weak)
{
    if (symbol->type == STT_TLS || link_shows_mentions(link))
        return symbol_mention(link, symbol,
                              &(struct symbol_mention){
                                  .object = object,
                                  .state = SYMBOL_UNDEFINED,
                                  .binding = is_weak ? STB_WEAK : STB_GLOBAL});
    bool is_wanted = symbol->state == SYMBOL_UNDEFINED && !symbol->is_needed;
    refer(symbol, object, STT_NOTYPE, is_weak);
    return !is_wanted || is_weak || symbol_note_wanted(link, symbol);
}

bool symbol_want(struct link *link, struct symbol *symbol)
{
    refer(symbol, NULL, STT_NOTYPE, false);
    return symbol_note_wanted(link, symbol);
}

/* ---- --wrap [GNU ld manual: Command-line Options] ----------------------- */

static bool is_wrapped(const struct link *link, span name)
{
    const struct symbol *symbol = symbol_find(link, name);
    return symbol && symbol->is_wrapped;
}

/* The name that is meant where an object says `name`. */
static span wrapped_name(struct link *link, span name)
{
    const span real = SPAN("__real_");
    if (is_wrapped(link, name))
        return text_format(&link->arena, "__wrap_%.*s", SPAN_ARGS(name));
    if (!span_starts(name, real))
        return name;
    span rest = span_part(name, real.size, name.size - real.size);
    return is_wrapped(link, rest) ? rest : name;
}

struct symbol *symbol_enter_reference(struct link *link,
                                      const struct hashed_name *name)
{
    if (!link->request->wrapped_count)
        return symbol_enter_hashed(link, name);
    span meant = wrapped_name(link, name->text);
    return meant.data ? symbol_enter(link, meant) : NULL;
}

/* ---- Imports ------------------------------------------------------------ */

SELDOM bool imports_enter(struct link *link)
{
    const struct bootlink_request *request = link->request;
    struct symbol *symbol = request->find_import ? link->symbols.first : NULL;
    for (; symbol; symbol = symbol->next) {
        if (symbol->state != SYMBOL_UNDEFINED)
            continue;
        const struct bootlink_export *import =
            request->find_import(request->imports, symbol->name);
        if (!import)
            continue;
        symbol->state = SYMBOL_IMPORTED;
        symbol->value = import->address;
        symbol->object = NULL;
    }
    return true;
}
