/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A module that nobody can link: what it uses is not exported, in a namespace
 * that it does not import, or nowhere.
 */
int hello_hidden(void);
void hello_secret(void);
void notte(const char *text);
void wrong(void);

void wrong(void)
{
    hello_hidden();
    hello_secret();
    notte("");
}
