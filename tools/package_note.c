/* SPDX-License-Identifier: BSD-2-Clause
 *
 * --package-metadata: JSON that says of which package the output is, in a note
 * .note.package. Text that is no JSON is left out, with a warning.
 * [GNU ld manual: --package-metadata; RFC 8259; the note: systemd's Package
 * Metadata for Executable Files]
 */
#include "options.h"

enum { HEADER_SIZE = 16, NOTE_TYPE = 0xcafe1a7e, DEEPEST_JSON = 200 };

/* ---- JSON ---------------------------------------------------------------- */

struct json {
    const char *at, *end;
    unsigned depth;
};

static bool value(struct json *j);

static bool is_next(const struct json *j, char c)
{
    return j->at < j->end && *j->at == c;
}

static bool accept(struct json *j, char c)
{
    bool is_there = is_next(j, c);
    j->at += is_there;
    return is_there;
}

static void blanks(struct json *j)
{
    while (accept(j, ' ') || accept(j, '\t') || accept(j, '\n') ||
           accept(j, '\r'))
        continue;
}

static bool digits(struct json *j)
{
    const char *start = j->at;
    while (j->at < j->end && *j->at >= '0' && *j->at <= '9')
        j->at++;
    return j->at > start;
}

static bool number(struct json *j)
{
    accept(j, '-');
    if (!accept(j, '0') && !digits(j))
        return false;
    if (accept(j, '.') && !digits(j))
        return false;
    if (!accept(j, 'e') && !accept(j, 'E'))
        return true;
    if (!accept(j, '+'))
        accept(j, '-');
    return digits(j);
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* What follows a backslash. */
static bool escape(struct json *j)
{
    if (!accept(j, 'u')) {
        span known = SPAN("\"\\/bfnrt");
        bool is_known = j->at < j->end && span_find(known, *j->at) < known.size;
        j->at += is_known;
        return is_known;
    }
    for (int i = 0; i < 4; i++, j->at++)
        if (j->at == j->end || !is_hex(*j->at))
            return false;
    return true;
}

static bool string(struct json *j)
{
    if (!accept(j, '"'))
        return false;
    while (!accept(j, '"')) {
        if (j->at == j->end || (unsigned char)*j->at < ' ')
            return false;
        if (*j->at++ == '\\' && !escape(j))
            return false;
    }
    return true;
}

/* name : value */
static bool member(struct json *j)
{
    blanks(j);
    if (!string(j))
        return false;
    blanks(j);
    return accept(j, ':') && value(j);
}

/* What is between brackets, the first of which is taken. */
static bool list(struct json *j, bool (*item)(struct json *j), char close)
{
    if (j->depth++ == DEEPEST_JSON)
        return false;
    blanks(j);
    bool is_closed = accept(j, close), ok = true;
    while (ok && !is_closed) {
        ok = item(j);
        blanks(j);
        is_closed = ok && accept(j, close);
        ok = is_closed || (ok && accept(j, ','));
    }
    j->depth--;
    return ok;
}

static bool word(struct json *j, span text)
{
    bool is_there = span_starts((span){j->at, j->end - j->at}, text);
    j->at += is_there ? text.size : 0;
    return is_there;
}

static bool value(struct json *j)
{
    blanks(j);
    if (accept(j, '{'))
        return list(j, member, '}');
    if (accept(j, '['))
        return list(j, value, ']');
    if (is_next(j, '"'))
        return string(j);
    return word(j, SPAN("true")) || word(j, SPAN("false")) ||
           word(j, SPAN("null")) || number(j);
}

/* An object or an array. */
static bool is_json(span text)
{
    struct json j = {text.data, text.data + text.size, 0};
    blanks(&j);
    bool ok = (is_next(&j, '{') || is_next(&j, '[')) && value(&j);
    blanks(&j);
    return ok && j.at == j.end;
}

/* ---- The note [gABI: Note Section] --------------------------------------- */

void option_set_package(struct options *options, span text)
{
    options->request.package_note = (span){NULL, 0};
    if (!text.size)
        return;
    if (!is_json(text)) {
        report_warning(options->arena->world, BOOTLINK_SYNTAX,
                       "--package-metadata=%.*s: this is no JSON object, so it "
                       "is left out",
                       SPAN_ARGS(text));
        return;
    }
    uint32_t size = align_up(text.size + 1, 4); /* with a NUL */
    char *note = arena_take(options->arena, HEADER_SIZE + size, 1);
    if (!note)
        return;
    write32(note, 4);
    write32(note + 4, size);
    write32(note + 8, NOTE_TYPE);
    memcpy(note + 12, "FDO", 4);
    memcpy(note + HEADER_SIZE, text.data, text.size);
    options->request.package_note = (span){note, HEADER_SIZE + size};
}
