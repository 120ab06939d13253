/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Editing one line. A character at its end is simply sent back; after anything
 * else the line is drawn anew. Of a line that is wider than the terminal the
 * part around the cursor is shown.
 */
#include "monitor.h"

#define WIDTH 78

void line_start(struct line *line, const char *prompt)
{
    *line = (struct line){.prompt = prompt};
    line_draw(line);
}

/* The first character that is shown. */
static size_t first_shown(const struct line *line)
{
    size_t room = WIDTH - strlen(line->prompt);
    return line->cursor > room ? line->cursor - room : 0;
}

void line_draw(const struct line *line)
{
    size_t first = first_shown(line), room = WIDTH - strlen(line->prompt);
    size_t shown = line->size - first < room ? line->size - first : room;

    print("\r%s%.*s\x1b[K", line->prompt, (int)shown, line->text + first);
    if (first + shown > line->cursor)
        print("\x1b[%luD", first + shown - line->cursor);
}

void line_set(struct line *line, const char *text)
{
    line->size = line->cursor = strlen(text);
    line->is_cut = false;
    memcpy(line->text, text, line->size + 1);
    line_draw(line);
}

void line_insert(struct line *line, const char *text, size_t size)
{
    line->is_cut = size > LINE_SIZE - 1 - line->size;
    if (line->is_cut)
        return;
    char *at = line->text + line->cursor;
    memmove(at + size, at, line->size - line->cursor + 1);
    memcpy(at, text, size);
    line->size += size;
    line->cursor += size;
    if (line->cursor == line->size && first_shown(line) == 0)
        print("%.*s", (int)size, text);
    else
        line_draw(line);
}

/* Takes out what lies between `start` and `end`. */
static void cut(struct line *line, size_t start, size_t end)
{
    memmove(line->text + start, line->text + end, line->size - end + 1);
    line->size -= end - start;
    line->cursor = start;
    line->is_cut = false;
    line_draw(line);
}

/* Where the word before the cursor begins. */
static size_t word_start(const struct line *line)
{
    size_t at = line->cursor;
    while (at > 0 && line->text[at - 1] == ' ')
        at--;
    while (at > 0 && line->text[at - 1] != ' ')
        at--;
    return at;
}

static void move(struct line *line, size_t to)
{
    line->cursor = to;
    line_draw(line);
}

static bool edit(struct line *line, int key)
{
    switch (key) {
    case KEY_BACKSPACE:
        if (line->cursor > 0)
            cut(line, line->cursor - 1, line->cursor);
        return true;
    case KEY_DELETE:
    case CONTROL('D'):
        if (line->cursor < line->size)
            cut(line, line->cursor, line->cursor + 1);
        return true;
    case CONTROL('K'):
        cut(line, line->cursor, line->size);
        return true;
    case CONTROL('U'):
        cut(line, 0, line->cursor);
        return true;
    case CONTROL('W'):
        cut(line, word_start(line), line->cursor);
        return true;
    default:
        return false;
    }
}

bool line_key(struct line *line, int key)
{
    char character = (char)key;
    switch (key) {
    case KEY_LEFT:
    case CONTROL('B'):
        move(line, line->cursor > 0 ? line->cursor - 1 : 0);
        return true;
    case KEY_RIGHT:
    case CONTROL('F'):
        move(line, line->cursor < line->size ? line->cursor + 1 : line->size);
        return true;
    case KEY_HOME:
    case CONTROL('A'):
        move(line, 0);
        return true;
    case KEY_END:
    case CONTROL('E'):
        move(line, line->size);
        return true;
    default:
        if (key < ' ' || key >= KEY_BACKSPACE)
            return edit(line, key);
        line_insert(line, &character, 1);
        return true;
    }
}
