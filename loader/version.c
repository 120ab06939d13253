/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Versions: which is older, and whether one will do. version.h has the rules.
 */
#include "version.h"

/* Cuts the first part of a version, and the dot behind it, off. */
static span cut_part(span *version)
{
    size_t end = span_find(*version, '.');
    span part = span_part(*version, 0, end);
    size_t next = end < version->size ? end + 1 : end;
    *version = span_part(*version, next, version->size - next);
    return part;
}

/* Cuts the digits off a part, without zeros in front. */
static span cut_number(span *part)
{
    size_t zeros = 0, end;
    while (zeros < part->size && part->data[zeros] == '0')
        zeros++;
    for (end = zeros; end < part->size; end++)
        if (part->data[end] < '0' || part->data[end] > '9')
            break;
    span number = span_part(*part, zeros, end - zeros);
    *part = span_part(*part, end, part->size - end);
    return number;
}

static int compare_parts(span a, span b)
{
    span first = cut_number(&a), second = cut_number(&b);
    if (first.size != second.size)
        return first.size < second.size ? -1 : 1;
    int order = span_compare(first, second);
    return order ? order : span_compare(a, b);
}

int version_compare(span a, span b)
{
    int order = 0;
    while (!order && (a.size || b.size)) {
        span first = cut_part(&a), second = cut_part(&b);
        order = compare_parts(first, second);
    }
    return order;
}

bool version_is_sound(span version)
{
    return version.size && version.data[0] >= '0' && version.data[0] <= '9';
}

/* Why it is not met: what comes behind the owner's name, and what to do. */
static const char *describe(const struct version_need *need,
                            const char **advice)
{
    *advice = "add it";
    if (!need->owner.size)
        return "which is not among the modules";
    *advice = "give it a MODULE_VERSION";
    if (!need->own_version.size)
        return " does not say which it is";
    *advice = version_is_sound(need->own_version)
                  ? "load a newer one"
                  : "a MODULE_VERSION begins with a number";
    return " is ";
}

bool version_is_met(const struct version_need *need, char *buffer, size_t size,
                    span *why)
{
    if (need->owner.size &&
        version_compare(need->own_version, need->version) >= 0)
        return true;
    const char *advice, *state = describe(need, &advice);
    *why = text_print(buffer, size, "requires %.*s%s%.*s, %s%.*s%s%.*s; %s",
                      SPAN_ARGS(need->module), need->version.size ? " " : "",
                      SPAN_ARGS(need->version), need->owner.size ? "and " : "",
                      SPAN_ARGS(need->owner), state,
                      SPAN_ARGS(need->own_version), advice);
    return false;
}
