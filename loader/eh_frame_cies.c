/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Makes equal CIEs one, as GNU ld does: by what they say, wherever they are.
 */
#include "eh_frame.h"

/* All CIEs of an output section, as far as they can be shared. */
struct cies {
    struct link *link;
    struct eh_cie **items;
    uint64_t count;
};

/* GNU ld compares no more instructions than these. */
enum { MOST_INSTRUCTIONS = 50 };

/* In an object each section keeps its own. So does a CIE of GCC before 3.0. */
static bool can_be_shared(const struct link *link, const struct eh_cie *cie)
{
    return !link_is_relocatable(link) &&
           !span_equal(cie->augmentation, SPAN("eh")) &&
           !cie->is_personality_nowhere &&
           cie->instructions.size <= MOST_INSTRUCTIONS;
}

/* The encodings and the version as one number. */
static uint64_t kinds_of(const struct eh_cie *cie)
{
    return cie->version | cie->fde_encoding << 8 | cie->lsda_encoding << 16 |
           (uint64_t)cie->personality_encoding << 24;
}

/* Any order will do, as long as equal ones meet. */
static int compare_cies(const void *context, const void *a, const void *b)
{
    const struct eh_cie *left = a, *right = b;
    const uint64_t pairs[][2] = {
        {kinds_of(left), kinds_of(right)},
        {left->code_align, right->code_align},
        {left->data_align, right->data_align},
        {left->return_column, right->return_column},
        {left->augmentation_size, right->augmentation_size},
        {left->record->size, right->record->size},
        {(uintptr_t)left->personality, (uintptr_t)right->personality},
    };
    (void)context;
    for (unsigned i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
        if (pairs[i][0] != pairs[i][1])
            return compare_numbers(pairs[i][0], pairs[i][1]);
    int order = span_compare(left->augmentation, right->augmentation);
    return order ? order
                 : span_compare(left->instructions, right->instructions);
}

/* One that is listed and is equal, if that is easy to tell: mostly a file has
 * the same one as the file before it. Else itself. */
static struct eh_cie *listed_like(const struct cies *cies, struct eh_cie *cie)
{
    struct eh_cie *last = cies->count ? cies->items[cies->count - 1] : NULL;
    if (cie->known && cie->known->like)
        return cie->known->like;
    return last && !compare_cies(NULL, last, cie) ? last : cie;
}

static bool list_cies(void *context, struct section *section)
{
    struct cies *cies = context;
    const struct eh_frame *frame = section->frame;
    uint32_t left = frame ? frame->cie_count : 0;
    for (struct eh_record *record = frame ? frame->records : NULL; left;
         record++) {
        if (!record->is_cie)
            continue;
        left--;
        struct eh_cie *cie = record->cie;
        bool is_shared = can_be_shared(cies->link, cie);
        cie->like = is_shared ? listed_like(cies, cie) : cie;
        if (is_shared && cie->like == cie)
            cies->items[cies->count++] = cie;
    }
    return true;
}

/* Equal ones are neighbours once they are sorted. A hash would meet those who
 * know how to make many of one hash. */
bool eh_cies_unite(struct link *link, struct output_section *output,
                   uint64_t count)
{
    struct cies cies = {link, arena_array(&link->arena, count, struct eh_cie *),
                        0};
    struct eh_cie **items = cies.items;
    if (!items)
        return false;
    eh_frame_each(output, &cies, list_cies);
    if (!sort_pointers(&link->arena, items, cies.count, compare_cies, NULL))
        return false;
    for (uint64_t i = 1; i < cies.count; i++)
        if (compare_cies(NULL, items[i - 1], items[i]) == 0)
            items[i]->like = items[i - 1]->like;
    return true;
}
