/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The lines that were entered before. Going up from the newest one leaves a
 * draft, which going down again brings back.
 */
#include "monitor.h"

/* The line that was entered `back` lines ago; 1 is the last one. */
static char *entered(struct history *history, unsigned back)
{
    return history->lines[(history->count - back) % HISTORY_SIZE];
}

void history_add(struct history *history, const char *text)
{
    history->back = 0;
    if (text[0] == '\0' ||
        (history->count > 0 && strcmp(entered(history, 1), text) == 0))
        return;
    history->count++;
    memcpy(entered(history, 1), text, strlen(text) + 1);
}

void history_up(struct history *history, struct line *line)
{
    if (history->back == history->count || history->back == HISTORY_SIZE)
        return;
    if (history->back == 0)
        memcpy(history->draft, line->text, LINE_SIZE);
    line_set(line, entered(history, ++history->back));
}

void history_down(struct history *history, struct line *line)
{
    if (history->back == 0)
        return;
    history->back--;
    line_set(line, history->back > 0 ? entered(history, history->back)
                                     : history->draft);
}
