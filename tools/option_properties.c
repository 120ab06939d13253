/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The -z keywords that put something into .note.gnu.property, or ask objects
 * for it. [GNU ld manual: -z keyword, x86]
 */
#include "options.h"

/* Bits of GNU_PROPERTY_X86_FEATURE_1_AND. */
enum { IBT = 1, SHSTK = 2, LAM_U48 = 4, LAM_U57 = 8 };

enum { INDIRECT_EXTERN_ACCESS = 1 }; /* of GNU_PROPERTY_1_NEEDED */

/* clang-format off */
static const struct {
    const char *keyword;
    struct bootlink_properties properties;
} keywords[] = {
    {"ibt", {.features = IBT}},
    {"ibtplt", {.has_ibt_plt = true}},
    {"shstk", {.features = SHSTK}},
    {"lam-u48", {.features = LAM_U48 | LAM_U57}},
    {"lam-u57", {.features = LAM_U57}},
    {"x86-64-baseline", {.isa_needed = 1}},
    {"x86-64-v2", {.isa_needed = 2}},
    {"x86-64-v3", {.isa_needed = 4}},
    {"x86-64-v4", {.isa_needed = 8}},
    {"indirect-extern-access", {.needed = INDIRECT_EXTERN_ACCESS}},
    {"cet-report=none", {0}},
    {"cet-report=warning", {.warned_features = IBT | SHSTK}},
    {"cet-report=error", {.refused_features = IBT | SHSTK}},
    {"lam-report=none", {0}},
    {"lam-report=warning", {.warned_features = LAM_U48 | LAM_U57}},
    {"lam-report=error", {.refused_features = LAM_U48 | LAM_U57}},
    {"lam-u48-report=none", {0}},
    {"lam-u48-report=warning", {.warned_features = LAM_U48}},
    {"lam-u48-report=error", {.refused_features = LAM_U48}},
    {"lam-u57-report=none", {0}},
    {"lam-u57-report=warning", {.warned_features = LAM_U57}},
    {"lam-u57-report=error", {.refused_features = LAM_U57}},
};
/* clang-format on */

static void add(struct bootlink_properties *to,
                const struct bootlink_properties *properties)
{
    to->needed |= properties->needed;
    to->features |= properties->features;
    to->isa_needed |= properties->isa_needed;
    to->warned_features |= properties->warned_features;
    to->refused_features |= properties->refused_features;
    to->has_ibt_plt |= properties->has_ibt_plt;
}

bool option_property(struct options *options, span keyword)
{
    for (unsigned i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        if (!span_equal(keyword, span_of(keywords[i].keyword)))
            continue;
        add(&options->request.properties, &keywords[i].properties);
        return true;
    }
    return false;
}
