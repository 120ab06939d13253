/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A module with an indirect function, which its constructor calls, and one that
 * only others call.
 */
int indirect_number(void);
int indirect_offered(void);
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

static int forty_three(void)
{
    return 43;
}

__attribute__((used)) static int (*choose_other(void))(void)
{
    return forty_three;
}

int indirect_number(void) __attribute__((ifunc("choose")));
int indirect_offered(void) __attribute__((ifunc("choose_other")));

__attribute__((constructor)) static void look(void)
{
    seen = indirect_number();
}

int indirect_seen(void)
{
    return seen;
}
