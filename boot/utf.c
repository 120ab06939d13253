/* SPDX-License-Identifier: BSD-2-Clause
 *
 * File names: UTF-8 with '/' in Bootlink, UTF-16 with '\' in firmware.
 * [Unicode 15 3.9: D91 UTF-16, D92 UTF-8]
 */
#include "boot.h"

enum { NO_CHARACTER = 0xfffd };

/* How many bytes follow a leading byte, -1 if it leads nothing. */
static int followers(unsigned char lead)
{
    if (lead < 0x80)
        return 0;
    if (lead >= 0xc2 && lead < 0xe0)
        return 1;
    if (lead >= 0xe0 && lead < 0xf0)
        return 2;
    if (lead >= 0xf0 && lead < 0xf5)
        return 3;
    return -1;
}

uint32_t utf8_take(span *text)
{
    static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)text->data;
    int count = followers(bytes[0]);
    int taken = 1;
    uint32_t c = count <= 0 ? bytes[0] : bytes[0] & (0x3f >> count);
    while (taken <= count && (size_t)taken < text->size &&
           (bytes[taken] & 0xc0) == 0x80)
        c = c << 6 | (bytes[taken++] & 0x3f);
    text->data += taken;
    text->size -= taken;
    bool whole = taken == count + 1 && c >= smallest[count] && c <= 0x10ffff &&
                 (c & 0xfffff800) != 0xd800;
    return whole ? c : NO_CHARACTER;
}

bool utf16_from_path(span path, CHAR16 *to, size_t capacity)
{
    size_t count = 0;
    while (path.size) {
        uint32_t c = utf8_take(&path);
        if (capacity - count < 3)
            return false;
        if (c > 0xffff) {
            to[count++] = 0xd800 | (c - 0x10000) >> 10;
            c = 0xdc00 | (c & 0x3ff);
        }
        to[count++] = c == '/' ? '\\' : (CHAR16)c;
    }
    to[count] = 0;
    return true;
}

static uint32_t utf16_take(const CHAR16 *text, size_t count, size_t *at)
{
    uint32_t c = text[(*at)++];
    if ((c & 0xf800) != 0xd800)
        return c;
    bool paired = c < 0xdc00 && *at < count && (text[*at] & 0xfc00) == 0xdc00;
    if (!paired)
        return NO_CHARACTER;
    return 0x10000 + ((c & 0x3ff) << 10) + (text[(*at)++] & 0x3ff);
}

static char *utf8_put(char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
        return to;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    *to++ = (char)(0xff00 >> (more + 1) | c >> 6 * more);
    while (more--)
        *to++ = (char)(0x80 | (c >> 6 * more & 0x3f));
    return to;
}

span utf8_from_utf16(struct arena *arena, const CHAR16 *text, size_t count)
{
    /* A UTF-16 unit takes three bytes at most, a pair of them four. */
    char *bytes = arena_take(arena, count, 3);
    if (!bytes)
        return (span){NULL, 0};
    char *end = bytes;
    for (size_t i = 0; i < count && text[i];) {
        uint32_t c = utf16_take(text, count, &i);
        end = utf8_put(end, c == '\\' ? '/' : c);
    }
    return (span){bytes, (size_t)(end - bytes)};
}
