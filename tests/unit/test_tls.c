/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Accesses to thread-local variables [psABI B.1] that are cut off by the end of
 * their section, or whose call is not where it should be. What they become when
 * they are whole, tests/differential/test_tls.py compares with GNU ld.
 */
#include "unit/world.h"

#include "reloc.h"

#include <elf.h>

/* A sequence as compilers write it; `place` is where the field of the first
 * instruction is. */
static const struct sequence {
    uint32_t type, call_type;
    uint8_t place, call, size;
    const char *bytes;
} sequences[] = {
    {R_X86_64_TLSGD, R_X86_64_PLT32, 4, 8, 16,
     "\x66\x48\x8d\x3d\0\0\0\0\x66\x66\x48\xe8\0\0\0\0"},
    {R_X86_64_TLSGD, R_X86_64_GOTPCRELX, 4, 8, 16,
     "\x66\x48\x8d\x3d\0\0\0\0\x66\x48\xff\x15\0\0\0\0"},
    {R_X86_64_TLSGD, R_X86_64_PLTOFF64, 3, 6, 22,
     "\x48\x8d\x3d\0\0\0\0\x48\xb8\0\0\0\0\0\0\0\0\x48\x01\xd8\xff\xd0"},
    {R_X86_64_TLSLD, R_X86_64_PC32, 3, 5, 12,
     "\x48\x8d\x3d\0\0\0\0\xe8\0\0\0\0"},
    {R_X86_64_TLSLD, R_X86_64_GOTPCREL, 3, 6, 13,
     "\x48\x8d\x3d\0\0\0\0\xff\x15\0\0\0\0"},
    {R_X86_64_TLSLD, R_X86_64_PLTOFF64, 3, 6, 22,
     "\x48\x8d\x3d\0\0\0\0\x48\xb8\0\0\0\0\0\0\0\0\x4c\x01\xf8\xff\xd0"},
    {R_X86_64_GOTTPOFF, 0, 3, 0, 7, "\x48\x8b\x05\0\0\0\0"},
    {R_X86_64_GOTPC32_TLSDESC, 0, 3, 0, 7, "\x4c\x8d\x3d\0\0\0\0"},
    {R_X86_64_TLSDESC_CALL, 0, 0, 0, 2, "\xff\x10"},
};
enum { COUNT = sizeof(sequences) / sizeof(*sequences) };

static struct tls_access access_of(const struct sequence *s)
{
    return (struct tls_access){
        .type = s->type,
        .addend = -4,
        .place = (const unsigned char *)s->bytes + s->place,
        .before = s->place,
        .after = s->size - s->place,
        .call_type = s->call_type,
        .call_distance = s->call,
    };
}

static bool is_taken(struct tls_access access)
{
    struct tls_local_exec local;
    return local_exec_x86_64(&access, &local);
}

static void test_whole_sequences(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        struct tls_access access = access_of(&sequences[i]);
        struct tls_local_exec local;
        assert_true(local_exec_x86_64(&access, &local));
        assert_int_equal(-local.start, sequences[i].place);
        assert_int_equal(local.size, sequences[i].size);
        assert_int_equal(local.takes_call, sequences[i].call_type != 0);
        assert_true(!local.has_field ||
                    local.field - local.start + 4 <= local.size);
    }
}

static void test_cut_off(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        struct tls_access access = access_of(&sequences[i]);
        access.after--;
        assert_false(is_taken(access));
        access.after++;
        if (access.before--)
            assert_false(is_taken(access));
    }
}

static void test_call_elsewhere_or_of_another_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        struct tls_access access = access_of(&sequences[i]);
        if (!access.call_type)
            continue;
        access.call_distance++;
        assert_false(is_taken(access));
        access.call_distance--;
        access.call_type = R_X86_64_64;
        assert_false(is_taken(access));
    }
}

/* x@gottpoff + 8 would be the entry of another variable. */
static void test_addend(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        struct tls_access access = access_of(&sequences[i]);
        access.addend += 8;
        if (access.type != R_X86_64_TLSDESC_CALL)
            assert_false(is_taken(access));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_sequences),
        cmocka_unit_test(test_cut_off),
        cmocka_unit_test(test_call_elsewhere_or_of_another_kind),
        cmocka_unit_test(test_addend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
