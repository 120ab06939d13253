/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Which loads read the global offset table, and so which symbols need an entry
 * of it. Most loads are rewritten into code that computes the address [psABI
 * B.2].
 */
#include "loader.h"
#include "relax_usual_x86_64.h"

#include <elf.h>

/* __start_X, __stop_X and __ehdr_start: layout defines them, or the link fails.
 */
static bool is_defined_late(const struct symbol *symbol)
{
    span section;
    return start_stop_names(symbol->name, &section) ||
           span_equal(symbol->name, SPAN("__ehdr_start"));
}

/* Of a symbol that is undefined so far. */
static enum reloc_target future_target(const struct link *link,
                                       const struct symbol *symbol)
{
    if (symbol->is_foreseen)
        return TARGET_PLACED;
    if (!is_defined_late(symbol))
        return symbol->binding == STB_WEAK ? TARGET_ZERO : TARGET_OTHER;
    /* Zero or not, its load is rewritten alike, unless nothing but zero is. */
    bool may_be_zero = symbol->binding == STB_WEAK && link->request->no_relax;
    return may_be_zero ? TARGET_OTHER : TARGET_PLACED;
}

static enum reloc_target target_of(const struct link *link,
                                   const struct symbol *symbol)
{
    if (symbol->type == STT_GNU_IFUNC)
        return TARGET_OTHER;
    switch (symbol->state) {
    case SYMBOL_DEFINED:
        return symbol->section->flags & SHF_X86_64_LARGE ? TARGET_OTHER
                                                         : TARGET_PLACED;
    case SYMBOL_SCRIPT:
        return symbol->output ? TARGET_PLACED : TARGET_ABSOLUTE;
    case SYMBOL_ABSOLUTE:
    case SYMBOL_IMPORTED:
        return TARGET_ABSOLUTE;
    default:
        return future_target(link, symbol);
    }
}

static struct reloc_load describe_load(const struct link *link,
                                       const struct section *section,
                                       const struct relocation *relocation,
                                       enum reloc_target target)
{
    return (struct reloc_load){
        .type = relocation->type,
        .addend = relocation->addend,
        .place =
            (const unsigned char *)section->bytes.data + relocation->offset,
        .before = relocation->offset,
        .after = section->bytes.size - relocation->offset,
        .target = target,
        .value = symbol_at(section, relocation->symbol)->value,
        .no_relax = link->request->no_relax,
        .call_nop = link->request->call_nop,
    };
}

struct reloc_load got_load(const struct link *link,
                           const struct section *section,
                           const struct relocation *relocation)
{
    const struct symbol *symbol = symbol_at(section, relocation->symbol);
    return describe_load(link, section, relocation,
                         relocation->symbol ? target_of(link, symbol)
                                            : TARGET_OTHER);
}

/* True if a load needs no entry, if only its symbol lies in the image. */
static bool needs_no_entry(const struct link *link,
                           const struct section *section,
                           const struct relocation *relocation)
{
    if (got_relaxes_usual(link) &&
        usual_load(section->bytes, relocation->offset, relocation->type,
                   relocation->addend))
        return true;
    struct reloc_load load =
        describe_load(link, section, relocation, TARGET_PLACED);
    struct reloc_relaxed relaxed;
    return reloc_x86_64.relax(&load, &relaxed);
}

bool got_foresee(struct link *link, const struct section *section,
                 const struct relocation *relocation)
{
    union symbol_ref ref = section->object->symbols[relocation->symbol];
    struct symbol *symbol = ref.symbol;
    bool is_bare = ref.at->state == SYMBOL_BARE;
    if (!is_bare && !symbol->is_loaded) {
        symbol->next_loaded = link->loaded;
        link->loaded = symbol;
        symbol->is_loaded = true;
    }
    if (!relocation->symbol || !needs_no_entry(link, section, relocation))
        return false;
    return !is_bare || /* as target_of() has it */
           !(symbol_section_at(section, relocation->symbol)->flags &
             SHF_X86_64_LARGE);
}

/* What got_foresee() has seen mostly lies in the image, and is forgotten. Of
 * who names the others loads are wanted; of all, if it is not known who does:
 * relocations may name another symbol since versions are settled. */
static unsigned wanted_loads(struct link *link)
{
    bool is_about_all = link->has_versions;
    struct symbol **next = &link->loaded, *symbol;
    while ((symbol = *next)) {
        symbol->is_loaded = target_of(link, symbol) != TARGET_PLACED;
        is_about_all |= symbol->is_loaded && symbol->binding == STB_LOCAL;
        if (symbol->is_loaded)
            next = &symbol->next_loaded;
        else
            *next = symbol->next_loaded;
    }
    return is_about_all ? RELOCATIONS_LOADS : 0;
}

/* Whether a relocation reads an entry of the GOT. */
static bool reads_entry(struct link *link, const struct section *section,
                        const struct relocation *relocation)
{
    unsigned expression =
        reloc_kind(&reloc_x86_64, relocation->type)->expression;
    if (expression != RELOC_G_PLUS_GOT_PLUS_A_MINUS_P)
        return expression == RELOC_G_PLUS_A;
    struct reloc_load load = got_load(link, section, relocation);
    struct reloc_relaxed relaxed;
    return !reloc_x86_64.relax(&load, &relaxed);
}

static bool plan_relocation(struct link *link, struct section *section,
                            struct relocation relocation)
{
    struct symbol *symbol = symbol_at(section, relocation.symbol);
    if (symbol == link->got_name && symbol->state == SYMBOL_UNDEFINED) {
        link->is_got_used = true;
        return true;
    }
    bool had_entry = symbol_has_entry(symbol);
    if (reads_entry(link, section, &relocation))
        symbol->needs_got = true;
    if (!ifunc_refer(link, section, &relocation))
        return false;
    if (had_entry || !symbol_has_entry(symbol))
        return true;
    link->is_got_used = true;
    if (relocation.symbol >= section->object->first_global)
        return symbol_list_add(&link->arena, &link->got_globals, symbol);
    section->object->has_local_entries = true;
    return true;
}

static bool is_about_got(uint32_t type)
{
    unsigned expression = reloc_x86_64.kinds[type].expression;
    return expression == RELOC_G_PLUS_GOT_PLUS_A_MINUS_P ||
           expression == RELOC_G_PLUS_A;
}

/* Whatever the relocation is. */
static bool is_special(const struct symbol *got_name, union symbol_ref ref)
{
    return ref.symbol == got_name || ref.at->type == STT_GNU_IFUNC;
}

/* Whether nothing that one more relocation says of it makes a difference:
 * pointers are no matter if there is a PLT entry, and that it is compared is
 * none if no load reads the GOT. */
static bool is_settled(const struct symbol *symbol)
{
    return symbol->needs_plt &&
           (!symbol->is_loaded || (symbol->needs_got && symbol->is_compared));
}

/* RELOCATIONS_... of an object that may be about a symbol that it names. Who
 * reads the GOT names _GLOBAL_OFFSET_TABLE_, too, for assemblers, and nearly
 * all of a C library calls strlen() or the like: so most objects need no look
 * once there is an entry of each, 3 % of linking a program with glibc. */
static unsigned wanted_for(const struct link *link, const struct symbol *symbol)
{
    bool is_known = symbol == link->got_name ? link->is_got_used
                    : symbol->type == STT_GNU_IFUNC
                        ? is_settled(symbol) && !link->has_versions
                        : true;
    return (is_known ? 0 : RELOCATIONS_SOUND) |
           (symbol->is_loaded ? RELOCATIONS_LOADS : 0);
}

/* Likewise about any of them. */
static unsigned wanted_in(const struct link *link, const struct object *object)
{
    const union symbol_ref *symbol = object->symbols + object->first_global;
    const union symbol_ref *end = object->symbols + object->symbol_count;
    unsigned wanted = object->has_ifuncs ? RELOCATIONS_SOUND : 0;
    for (; symbol < end && !(wanted & RELOCATIONS_SOUND); symbol++)
        if (is_special(link->got_name, *symbol) || symbol->symbol->is_loaded)
            wanted |= wanted_for(link, symbol->symbol);
    return wanted;
}

/* True for a load that is as got_foresee() has seen it, or for no load at all.
 */
static bool needs_nothing(const struct link *link, bool is_foreseen,
                          uint32_t type, union symbol_ref ref)
{
    return !is_about_got(type) ||
           (is_foreseen && ref.at->state != SYMBOL_BARE &&
            target_of(link, ref.symbol) == TARGET_PLACED);
}

/* Looks at each relocation, which are sound: 17 instructions for one that needs
 * nothing. */
static APART bool plan_each(struct link *link, struct section *section)
{
    bool is_foreseen = section->seen && !(section->seen & RELOCATIONS_GOT) &&
                       !link->has_versions;
    const union symbol_ref *symbols = section->object->symbols;
    const struct symbol *got_name = link->got_name;
    size_t size = section->has_addends ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel);
    const char *entry = section->relocations;
    for (uint32_t left = section->relocation_count; left; left--) {
        uint32_t type = relocation_type(entry);
        union symbol_ref ref = symbols[relocation_symbol(entry)];
        bool is_plain = reloc_x86_64.plain >> type % 64 & 1;
        if ((is_special(got_name, ref) ||
             !(is_plain || needs_nothing(link, is_foreseen, type, ref))) &&
            !plan_relocation(
                link, section,
                relocation_at(section, section->relocation_count - left)))
            return false;
        entry += size;
    }
    return true;
}

/* `wanted` are RELOCATIONS_... that call for a look at each one. */
static bool plan_section(struct link *link, struct section *section,
                         unsigned wanted)
{
    if (!section->relocation_count || section->state != SECTION_OPEN ||
        !(section->flags & SHF_ALLOC ||
          link->request->output == BOOTLINK_IN_FILE))
        return true;
    unsigned seen = relocations_look(link, section);
    if (!section->seen) /* so wanted_loads() does not know of it */
        wanted = seen;
    bool ok = seen && (!(seen & wanted) || plan_each(link, section));
    section->seen = (uint8_t)seen;
    return ok;
}

/* Most objects have been seen to when they were read, unless some symbol calls
 * for a look at each relocation. */
bool got_plan_loads(struct link *link)
{
    unsigned always = RELOCATIONS_GOT | wanted_loads(link);
    bool are_special = link->got_name || link->has_ifuncs, ok = true;
    for (struct object *o = link->objects; o; o = o->next) {
        unsigned wanted = always;
        if (are_special || (link->loaded && o->seen & RELOCATIONS_LOADS))
            wanted |= wanted_in(link, o);
        if (!(o->seen & wanted))
            continue;
        for (uint32_t i = 1; i < o->section_count; i++)
            ok &= plan_section(link, &o->sections[i], wanted);
        link_leave(link, o->bytes);
    }
    return ok;
}
