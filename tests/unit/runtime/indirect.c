/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A module with an indirect function, which its constructor calls.
 */
int indirect_number(void);
int indirect_seen(void);

static int seen;

static int forty_two(void)
{
    return 42;
}

__attribute__((used)) static int (*choose(void))(void)
{
    return forty_two;
}

int indirect_number(void) __attribute__((ifunc("choose")));

__attribute__((constructor)) static void look(void)
{
    seen = indirect_number();
}

int indirect_seen(void)
{
    return seen;
}
