/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Why a module cannot use a name: it is in a namespace, or not exported, or
 * nowhere. Whoever links modules, at boot or in a running kernel, knows who has
 * the name; here are the words.
 */
#include "imports.h"

/* One edit, and one more for every three characters, is a typing mistake. */
static size_t most_edits(span name)
{
    return name.size / 3 + 1;
}

void import_compare(struct import_trouble *trouble, span name, span owner)
{
    size_t best = trouble->nearest.size ? trouble->distance
                                        : most_edits(trouble->name) + 1;
    size_t longer = name.size, shorter = trouble->name.size;
    if (longer < shorter) {
        longer = trouble->name.size;
        shorter = name.size;
    }
    if (longer - shorter >= best) /* as many edits at least */
        return;
    size_t distance = span_distance(trouble->name, name);
    if (distance >= best)
        return;
    trouble->nearest = name;
    trouble->nearest_owner = owner;
    trouble->distance = distance;
}

span import_explain(const struct import_trouble *t, char *buffer, size_t size)
{
    if (t->owner.size && t->name_space.size)
        return text_print(buffer, size,
                          ", which is in namespace %.*s of %.*s; add "
                          "MODULE_IMPORT_NS(\"%.*s\")",
                          SPAN_ARGS(t->name_space), SPAN_ARGS(t->owner),
                          SPAN_ARGS(t->name_space));
    if (t->owner.size && t->is_hidden)
        return text_print(buffer, size,
                          ", which is hidden in %.*s; give it default "
                          "visibility there",
                          SPAN_ARGS(t->owner));
    if (t->owner.size)
        return text_print(buffer, size,
                          ", which is a global of %.*s, but not exported; add "
                          "EXPORT_SYMBOL(%.*s) there",
                          SPAN_ARGS(t->owner), SPAN_ARGS(t->name));
    if (t->nearest.size)
        return text_print(buffer, size,
                          ", which is defined nowhere; did you mean '%.*s' of "
                          "%.*s?",
                          SPAN_ARGS(t->nearest), SPAN_ARGS(t->nearest_owner));
    return text_print(buffer, size,
                      ", which is defined nowhere; export it from the kernel "
                      "or from a module");
}
