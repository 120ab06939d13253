/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The letters of font.c.
 */
#ifndef FONT_H
#define FONT_H

#include <stddef.h>

#define GLYPH_SIZE 8

struct glyph {
    char character;
    char rows[GLYPH_SIZE][GLYPH_SIZE + 1]; /* '#' is ink */
};

/* NULL if there is no such letter: a blank. */
const struct glyph *glyph_of(char character);

#endif
