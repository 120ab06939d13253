/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What of a section decides where it goes as an orphan: GNU ld's flags, made
 * from those of ELF. [GNU ld manual: Orphan Sections]
 */
#include "orphans.h"

#include <elf.h>

const struct orphan_model orphan_models[KINDS] = {
    [TEXT] = {{".text", 5}, CONTENTS | ALLOC | LOAD | READ_ONLY | CODE},
    [RODATA] = {{".rodata", 7}, CONTENTS | ALLOC | LOAD | READ_ONLY},
    [TDATA] = {{".tdata", 6}, CONTENTS | ALLOC | LOAD | THREAD_LOCAL},
    [DATA] = {{".data", 5}, CONTENTS | ALLOC | LOAD},
    [BSS] = {{".bss", 4}, ALLOC},
    [RELA] = {{NULL, 0}, CONTENTS | ALLOC | LOAD | READ_ONLY},
    [NOTE] = {{".interp", 7}, CONTENTS | ALLOC | LOAD | READ_ONLY},
    [OTHER] = {{".comment", 8}, CONTENTS},
};

static unsigned traits_of(span name, uint32_t type, uint64_t flags)
{
    unsigned traits = 0;
    if (type != SHT_NOBITS)
        traits |= CONTENTS;
    if (flags & SHF_ALLOC)
        traits |= type == SHT_NOBITS ? ALLOC : ALLOC | LOAD;
    else if (is_debugging_name(name))
        traits |= DEBUGGING;
    if (!(flags & SHF_WRITE))
        traits |= READ_ONLY;
    if (flags & SHF_EXECINSTR)
        traits |= CODE;
    if (flags & SHF_TLS)
        traits |= THREAD_LOCAL;
    return traits;
}

/* GNU ld makes the build ID late: when it looks for a place, the note has no
 * contents yet. */
static bool is_late(const struct section *section)
{
    return section->index == 0 &&
           span_equal(section->name, SPAN(".note.gnu.build-id"));
}

unsigned orphan_traits(const struct section *section)
{
    unsigned traits = traits_of(section->name, section->type, section->flags);
    return is_late(section) ? traits & ~(unsigned)CONTENTS : traits;
}

/* True if nothing but the build ID is in it. */
static bool has_no_contents_yet(const struct output_section *output)
{
    if (!output->first_input || !is_late(output->first_input))
        return false;
    for (const struct command *c = output->statement->commands; c; c = c->next)
        if (c->kind == COMMAND_DATA ||
            (c->kind == COMMAND_INPUT && c->input->matched.count &&
             (c->input->matched.count > 1 ||
              c->input->matched.items[0] != output->first_input)))
            return false;
    return true;
}

/* An output section without inputs has the traits of its kind, if its name is
 * that of a model. */
unsigned orphan_output_traits(const struct output_section *output)
{
    bool has_late = output->has_late_data && !output->first_input;
    uint64_t late = has_late ? SHF_WRITE : 0;
    unsigned hides = has_no_contents_yet(output) ? CONTENTS : 0;
    if (output->has_section)
        return (traits_of(output->name, output->type, output->flags | late) |
                (output->has_loaded ? LOAD : 0)) & /* even if (INFO) is not */
               ~hides;
    if (output->has_input || output->statement->is_left_out)
        return 0;
    for (unsigned i = 0; i < KINDS; i++)
        if (orphan_models[i].name.data &&
            span_equal(orphan_models[i].name, output->name))
            return orphan_models[i].traits;
    return 0;
}

bool orphan_kind(const struct section *section, unsigned traits,
                 enum orphan_kind *kind)
{
    if (!(traits & ALLOC)) {
        *kind = OTHER;
        return !(traits & DEBUGGING);
    }
    if (traits & LOAD && section->type == SHT_NOTE)
        *kind = NOTE;
    else if (!(traits & (LOAD | CONTENTS | THREAD_LOCAL)))
        *kind = BSS;
    else if (traits & THREAD_LOCAL)
        *kind = TDATA;
    else if (!(traits & READ_ONLY))
        *kind = DATA;
    else if (section->type == SHT_RELA || section->type == SHT_REL)
        *kind = RELA;
    else
        *kind = traits & CODE ? TEXT : RODATA;
    return true;
}

/* ---- Namesakes ---------------------------------------------------------- */

static bool is_orphan(const struct section *section)
{
    return section->state == SECTION_OPEN && !section_is_common(section);
}

/* Equal are those that can share an output section. */
static int compare_namesakes(const void *context, const void *a, const void *b)
{
    const struct section *left = a, *right = b;
    (void)context;
    int result = span_compare(left->name, right->name);
    if (!result)
        result = compare_numbers(left->type, right->type);
    if (!result)
        result =
            compare_numbers(left->flags & SHF_ALLOC, right->flags & SHF_ALLOC);
    return result;
}

/* What either may do the output section may. */
static unsigned both(unsigned a, unsigned b)
{
    return ((a ^ READ_ONLY) | (b ^ READ_ONLY)) ^ READ_ONLY;
}

bool orphan_traits_collect(struct link *link)
{
    const struct section_list *orphans = &link->orphans;
    uint64_t count = 0;
    struct section **list =
        arena_array(&link->arena, orphans->count, struct section *);
    for (uint64_t i = 0; list && i < orphans->count; i++)
        if (is_orphan(orphans->items[i]))
            list[count++] = orphans->items[i];
    if (!list ||
        !sort_pointers(&link->arena, list, count, compare_namesakes, NULL))
        return false;
    for (uint64_t i = count; i--;) {
        bool is_last = i + 1 == count ||
                       compare_namesakes(NULL, list[i], list[i + 1]) != 0;
        list[i]->traits = orphan_traits(list[i]);
        if (!is_last && !link_is_relocatable(link))
            list[i]->traits = both(list[i]->traits, list[i + 1]->traits);
    }
    return true;
}
