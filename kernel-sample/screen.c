/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A line of text in the framebuffer that the boot info describes.
 */
#include "font.h"
#include "kernel.h"

static const char text[] = "Bootlink linked this kernel at boot";

/* Where the text is, and how large: each pixel of a letter is a square. */
enum { LEFT = 24, TOP = 24, SCALE = 2 };

/* All bits of the three colours. */
static uint32_t white_of(const struct bootlink_framebuffer *screen)
{
    return ((1U << screen->red_bits) - 1) << screen->red_shift |
           ((1U << screen->green_bits) - 1) << screen->green_shift |
           ((1U << screen->blue_bits) - 1) << screen->blue_shift;
}

static volatile uint32_t *pixel_at(const struct bootlink_framebuffer *screen,
                                   uint32_t x, uint32_t y)
{
    return (volatile uint32_t *)((char *)screen->data +
                                 (uint64_t)y * screen->stride) +
           x;
}

/* Whether the text has ink at this pixel. */
static bool is_ink(uint32_t x, uint32_t y)
{
    uint32_t column = (x - LEFT) / SCALE, row = (y - TOP) / SCALE;
    const struct glyph *glyph = glyph_of(text[column / GLYPH_SIZE]);
    return glyph && glyph->rows[row][column % GLYPH_SIZE] == '#';
}

static const uint32_t right = LEFT + (sizeof(text) - 1) * GLYPH_SIZE * SCALE;
static const uint32_t bottom = TOP + GLYPH_SIZE * SCALE;

static void draw_text(const struct bootlink_framebuffer *screen, uint32_t ink)
{
    for (uint32_t y = TOP; y < bottom; y++)
        for (uint32_t x = LEFT; x < right; x++)
            *pixel_at(screen, x, y) = is_ink(x, y) ? ink : 0;
}

/* How many pixels of the text are what they should be. */
static uint32_t count_right(const struct bootlink_framebuffer *screen,
                            uint32_t ink)
{
    uint32_t count = 0;
    for (uint32_t y = TOP; y < bottom; y++)
        for (uint32_t x = LEFT; x < right; x++)
            count +=
                (*pixel_at(screen, x, y) & ink) == (is_ink(x, y) ? ink : 0);
    return count;
}

bool screen_shows_text(struct kernel *kernel)
{
    const struct bootlink_framebuffer *screen = kernel->info.framebuffer;
    if (screen == NULL) {
        detail(kernel, "there is no screen");
        return true;
    }
    if (screen->bits_per_pixel != 32 || screen->width < right ||
        screen->height < bottom) {
        detail(kernel, "%u by %u pixels of %u bits", screen->width,
               screen->height, screen->bits_per_pixel);
        return false;
    }
    uint32_t ink = white_of(screen);
#ifdef BREAK_SCREEN
    draw_text(screen, 0);
#else
    draw_text(screen, ink);
#endif
    detail(kernel, "%u by %u pixels", screen->width, screen->height);
    return count_right(screen, ink) == (right - LEFT) * (bottom - TOP);
}
