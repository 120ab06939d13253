/* SPDX-License-Identifier: BSD-2-Clause
 *
 * TAB. The word before the cursor is the start of what is meant; the first word
 * of a line is a command, and what comes behind it the command's row in the
 * table knows. Candidates are gone through twice: what have all of them in
 * common, and, if that is no more than was typed, which are there.
 */
#include "monitor.h"

#define LISTED_MAX 100
#define LIST_WIDTH 78

/* What is being completed. */
struct completion {
    const char *typed; /* not ended by a NUL */
    size_t size;
    candidate_source *source;
};

static bool command_candidates(struct monitor *monitor,
                               struct candidates *position,
                               struct bootlink_text *candidate)
{
    (void)monitor;
    if (position->index == command_count)
        return false;
    const char *name = commands[position->index++].name;
    *candidate = (struct bootlink_text){name, strlen(name)};
    return true;
}

/* The word before the cursor, and who knows what it can become. */
static struct completion completion_of(const struct line *line)
{
    struct completion completion = {line->text, 0, command_candidates};
    size_t start = line->cursor, first = 0;
    char name[LINE_SIZE];

    while (start > 0 && line->text[start - 1] != ' ')
        start--;
    while (first < start && line->text[first] == ' ')
        first++;
    completion.typed = line->text + start;
    completion.size = line->cursor - start;
    if (first == start)
        return completion;
    size_t size = 0;
    for (; line->text[first + size] != ' '; size++)
        name[size] = line->text[first + size];
    name[size] = '\0';
    const struct command *command = command_named(name);
    completion.source = command ? command->candidates : NULL;
    return completion;
}

/* The next candidate that begins with what was typed. */
static bool next(struct monitor *monitor, const struct completion *completion,
                 struct candidates *position, struct bootlink_text *candidate)
{
    while (completion->source(monitor, position, candidate))
        if (candidate->size >= completion->size &&
            memcmp(candidate->data, completion->typed, completion->size) == 0)
            return true;
    return false;
}

/* How many candidates there are, and what all of them begin with. */
static size_t common_start(struct monitor *monitor,
                           const struct completion *completion,
                           struct bootlink_text *common)
{
    struct candidates position = {0};
    struct bootlink_text candidate;
    size_t count = 0;
    while (next(monitor, completion, &position, &candidate)) {
        if (count++ == 0)
            *common = candidate;
        size_t size = 0;
        while (size < common->size && size < candidate.size &&
               common->data[size] == candidate.data[size])
            size++;
        common->size = size;
    }
    return count;
}

/* In as many columns as fit. */
static void list(struct monitor *monitor, const struct completion *completion)
{
    struct candidates position = {0};
    struct bootlink_text candidate;
    size_t column = 0, listed = 0;
    print("\n");
    while (next(monitor, completion, &position, &candidate)) {
        if (listed++ == LISTED_MAX) {
            print("%s... and more: type another letter", column ? "\n" : "");
            column = 1;
            break;
        }
        if (column > 0 && column + candidate.size > LIST_WIDTH) {
            print("\n");
            column = 0;
        }
        int width = (int)(candidate.size / 20 + 1) * 20;
        print("%.*s%*s", (int)candidate.size, candidate.data,
              width - (int)candidate.size, "");
        column += (size_t)width;
    }
    print(column > 0 ? "\n" : "");
}

void complete(struct monitor *monitor, struct line *line)
{
    struct completion completion = completion_of(line);
    struct bootlink_text common = {"", 0};
    if (!completion.source)
        return;
    size_t count = common_start(monitor, &completion, &common);
    if (count > 1 && common.size == completion.size) {
        list(monitor, &completion);
        line_draw(line);
        return;
    }
    if (common.size > completion.size)
        line_insert(line, common.data + completion.size,
                    common.size - completion.size);
    if (count == 1)
        line_insert(line, " ", 1);
}
