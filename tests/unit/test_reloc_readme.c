/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The relocation table of loader/README.md is printed from the table that the
 * linker runs on. When this test fails it shows what belongs there. It reads
 * the file from the root of the project, where the tests run.
 */
#include "unit/world.h"

#include "reloc_types_x86_64.h"

#include <stdio.h>

enum { TYPES = 256, ROOM = 65536 };

static const char heading[] = "| no. | type | value | bytes | range |\n"
                              "|---|---|---|---|---|\n";

static void print_range(const struct reloc_kind *kind, char *text, size_t size)
{
    unsigned bits = 8 * kind->width;
    switch ((enum reloc_range)kind->range) {
    case RANGE_ANY:
        snprintf(text, size, "%s", kind->width ? "any" : "nothing is written");
        break;
    case RANGE_SIGNED:
        snprintf(text, size, "signed: [-2^%u, 2^%u)", bits - 1, bits - 1);
        break;
    case RANGE_UNSIGNED:
        snprintf(text, size, "unsigned: [0, 2^%u)", bits);
        break;
    case RANGE_BITFIELD:
        snprintf(text, size, "bit field: [-2^%u, 2^%u)", bits, bits);
        break;
    }
}

#define FORMULA(type, formula, ...) [type] = formula,
static const char *const formulas[] = {RELOC_TYPES_X86_64(FORMULA)};

/* One row for each type that is applied, in the order of their numbers. */
static void print_table(char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%s", heading);
    for (uint32_t type = 0; type < TYPES; type++) {
        const struct reloc_kind *kind = reloc_kind(&reloc_x86_64, type);
        char range[64];
        if (!kind)
            continue;
        print_range(kind, range, sizeof(range));
        used += (size_t)snprintf(
            text + used, size - used, "| %u | `%s` | %s | %u | %s |\n", type,
            reloc_x86_64.name(type), formulas[type], kind->width, range);
    }
    snprintf(text + used, size - used, "\n");
}

static void test_the_readme_has_the_table_of_the_code(void **state)
{
    static char table[ROOM], readme[ROOM];
    (void)state;
    print_table(table, sizeof(table));
    FILE *file = fopen("loader/README.md", "r");
    assert_non_null(file);
    size_t size = fread(readme, 1, sizeof(readme) - 1, file);
    fclose(file);
    assert_true(size < sizeof(readme) - 1);
    readme[size] = '\0';
    if (!strstr(readme, table))
        fail_msg("put this table into loader/README.md:\n%s", table);
    /* There is no second one. */
    assert_null(strstr(strstr(readme, heading) + 1, heading));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_readme_has_the_table_of_the_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
