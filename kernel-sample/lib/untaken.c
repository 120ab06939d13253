/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A member of libk.a that nobody needs. It must stay in the archive: taken, it
 * would want a function that does not exist.
 */
void nobody_defines_this(void);
void nobody_calls_this(void);

void nobody_calls_this(void)
{
    nobody_defines_this();
}
