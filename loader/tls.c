/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Thread-local storage [gABI: Thread-Local Storage; psABI 3.4.6]: where the
 * template lies that each thread gets a copy of, and what a relocation has to
 * know of the code around it.
 */
#include "loader.h"

#include <elf.h>

static bool is_tls(const struct output_section *output)
{
    return !output->is_removed && output->flags & SHF_TLS;
}

/* The template is one run of sections. A thread's copy ends, at the alignment
 * of all (which outputs.c has given to the first), where its thread pointer
 * points. */
static struct output_section *find_template(struct link *link)
{
    struct output_section *o = link->outputs;
    while (o && !is_tls(o))
        o = o->next;
    if (!o)
        return NULL;
    struct output_section *first = o;
    uint64_t align = o->align;
    link->tls_start = o->address;
    for (; o && (o->is_removed || is_tls(o)); o = o->next)
        if (!o->is_removed)
            link->tls_end = align_up(o->address + o->size, align);
    return first;
}

/* What objects that were compiled for TLS descriptors reckon from: the thread
 * pointer, as all their code comes to do. */
static void define_base(struct link *link, struct output_section *first)
{
    struct symbol *base = symbol_find(link, SPAN("_TLS_MODULE_BASE_"));
    if (!base || base->state != SYMBOL_UNDEFINED || base->type != STT_TLS)
        return;
    base->state = SYMBOL_SCRIPT;
    base->binding = STB_LOCAL;
    base->object = NULL;
    base->output = first;
    base->value = link->tls_end - first->address;
    base->is_valued = true;
}

bool tls_place(struct link *link)
{
    struct output_section *first = find_template(link);
    if (first)
        define_base(link, first);
    if (link->tls_start == link->tls_end || !link_is_module(link))
        return true;
    /* Threads are the kernel's, and have room for its template only. */
    return link_error(link, BOOTLINK_UNSUPPORTED,
                      "%.*s: a module cannot have thread-local variables; "
                      "compile it without _Thread_local",
                      SPAN_ARGS(link->objects->name));
}

uint64_t tls_symbol_value(const struct link *link, const struct symbol *symbol)
{
    uint64_t address = symbol_address(symbol);
    bool is_offset =
        symbol->type == STT_TLS && symbol->state != SYMBOL_UNDEFINED;
    return is_offset ? address - link->tls_start : address;
}

static bool is_tls_get_addr(const struct section *section,
                            const struct relocation *relocation)
{
    const struct symbol *symbol = symbol_at(section, relocation->symbol);
    return span_equal(symbol->name, SPAN("__tls_get_addr"));
}

struct tls_access tls_access(const struct section *section, uint32_t i)
{
    struct relocation r = relocation_at(section, i);
    struct tls_access access = {
        .type = r.type,
        .addend = r.addend,
        .place = (const unsigned char *)section->bytes.data + r.offset,
        .before = r.offset,
        .after = section->bytes.size - r.offset,
    };
    if (i + 1 == section->relocation_count)
        return access;
    struct relocation next = relocation_at(section, i + 1);
    if (!is_tls_get_addr(section, &next))
        return access;
    access.call_type = next.type;
    access.call_distance = next.offset - r.offset;
    return access;
}
