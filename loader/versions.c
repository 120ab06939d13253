/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Versions of symbols, as .symver writes them into an object [GNU as: Symver].
 *
 * A definition f@@V is the default one: it defines f, and whoever refers to
 * f@V or f@@V means it, too. A definition f@V is for those only who refer to
 * it by that name, so it is a symbol like any other. Afterwards the one symbol
 * is f; the output calls it f@@V.
 */
#include "loader.h"

/* Makes `name` mean `symbol`. What was said of it before is said of that. */
static bool make_same(struct link *link, span name, struct symbol *symbol,
                      const struct symbol_mention *m)
{
    struct symbol *other = symbol_enter(link, name);
    if (!other || other == symbol)
        return other;
    if (other->state != SYMBOL_UNDEFINED)
        return symbol_mention(link, other, m);
    other->same = symbol;
    other->has_same = true;
    other->is_settled = false;
    struct symbol_mention earlier = {
        .object = other->object,
        .state = SYMBOL_UNDEFINED,
        .type = other->type,
        .binding = other->is_needed ? STB_GLOBAL : STB_WEAK,
        .visibility = other->visibility,
    };
    return !other->object || symbol_mention(link, symbol, &earlier);
}

/* "f@@V" is `base` "f" and `version` "@V". */
static bool is_default(span name, span *base, span *version)
{
    size_t at = span_find(name, '@');
    if (at == name.size)
        return false;
    *base = span_part(name, 0, at);
    *version = span_part(name, at + 1, name.size - at - 1);
    return at > 0 && version->size > 1 && version->data[0] == '@';
}

/* "f@V" */
static span one_sign(struct link *link, span base, span version)
{
    return text_format(&link->arena, "%.*s%.*s", SPAN_ARGS(base),
                       SPAN_ARGS(version));
}

struct symbol *version_enter(struct link *link, const struct hashed_name *name,
                             struct symbol_mention *m)
{
    span base, version;
    if (link_is_relocatable(link) || !is_default(name->text, &base, &version))
        return symbol_enter_hashed(link, name);
    span plain = one_sign(link, base, version);
    struct symbol *symbol = symbol_enter(link, base);
    m->versioned = name->text;
    link->has_versions = true;
    return symbol && plain.data && make_same(link, name->text, symbol, m) &&
                   make_same(link, plain, symbol, m)
               ? symbol
               : NULL;
}

struct symbol *version_find(struct link *link, span name)
{
    struct symbol *symbol = symbol_find(link, name);
    span base, version;
    if (symbol || !is_default(name, &base, &version))
        return symbol;
    span plain = one_sign(link, base, version);
    symbol = plain.data ? symbol_find(link, plain) : NULL;
    return symbol ? symbol : symbol_find(link, base);
}

span version_base(span name)
{
    return span_part(name, 0, span_find(name, '@'));
}

bool versions_settle(struct link *link)
{
    if (!link->has_versions)
        return true;
    for (struct object *o = link->objects; o; o = o->next)
        for (uint32_t i = o->first_global; i < o->symbol_count; i++)
            o->symbols[i].symbol = symbol_meant(o->symbols[i].symbol);
    return true;
}
