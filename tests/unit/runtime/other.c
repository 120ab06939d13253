/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The second file of the module hello.
 */
void note(const char *text);
void other_file(void);

void other_file(void)
{
    note("other file");
}
