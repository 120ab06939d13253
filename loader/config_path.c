/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Paths of the config file: volume(argument):/path, of which boot():/path is
 * the only kind that can be read yet. What comes out is the path below the
 * root of the volume that the config file is on, in one form: components
 * separated by one '/', none of them empty, "." or "..".
 *
 * FAT does not tell capitals from small letters and has no '\' in names; the
 * path is kept as written, since it names the file in messages and patterns.
 */
#include "config_reader.h"

static const char *const volumes[] = {"boot", "hdd",     "odd", "guid",
                                      "uuid", "fslabel", "tftp"};

enum { VOLUMES = sizeof(volumes) / sizeof(volumes[0]) };

/* Cuts "volume(argument):/" off `value`. */
static bool cut_volume(struct config_value *value, span *volume, span *argument)
{
    span text = value->text;
    size_t open = 0, close = 0;
    while (open < text.size && text.data[open] != '(')
        open++;
    close = open;
    while (close < text.size && text.data[close] != ')')
        close++;
    if (!span_equal(span_part(text, close, 3), SPAN("):/")))
        return false;
    *volume = span_part(text, 0, open);
    *argument = span_part(text, open + 1, close - open - 1);
    *value = config_skip(*value, close + 3);
    return true;
}

static bool check_volume(struct config_reader *reader,
                         struct script_place place, span volume, span argument)
{
    if (span_equal(volume, SPAN("boot")) && !argument.size)
        return true;
    for (unsigned i = 0; i < VOLUMES; i++)
        if (span_equal(volume, span_of(volumes[i])))
            return config_error(
                reader, place,
                "volume '%.*s(%.*s)' is not supported yet; put the file on "
                "the volume of this config file and write boot():/",
                SPAN_ARGS(volume), SPAN_ARGS(argument));
    return config_error(reader, place,
                        "unknown volume '%.*s'; a path begins with boot():/",
                        SPAN_ARGS(volume));
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* The position of a '#' that begins a hash, or the path's size: hex digits as
 * many as SHA-256 (64) or BLAKE2b (128) has are behind it. */
static size_t find_hash(span path)
{
    size_t digits = 0;
    while (digits < path.size && is_hex(path.data[path.size - 1 - digits]))
        digits++;
    if ((digits == 64 || digits == 128) && digits < path.size &&
        path.data[path.size - 1 - digits] == '#')
        return path.size - 1 - digits;
    return path.size;
}

static bool check_characters(struct config_reader *reader,
                             struct config_value value)
{
    size_t hash = find_hash(value.text);
    if (hash < value.text.size)
        return config_error(reader, config_skip(value, hash).place,
                            "hashes of files are not checked yet; remove '#' "
                            "and what follows");
    for (size_t i = 0; i < value.text.size; i++) {
        unsigned char c = value.text.data[i];
        if (c == '\\')
            return config_error(reader, config_skip(value, i).place,
                                "'\\' in a path; folders are separated by '/'");
        if (c < ' ' || c == 0x7f)
            return config_error(reader, config_skip(value, i).place,
                                "control character 0x%02x in a path", c);
    }
    return true;
}

/* Cuts the first component and the '/' behind it off `value`. */
static span cut_component(struct config_value *value)
{
    size_t end = 0;
    while (end < value->text.size && value->text.data[end] != '/')
        end++;
    span component = span_part(value->text, 0, end);
    *value = config_skip(*value, end < value->text.size ? end + 1 : end);
    return component;
}

/* Copies the components into `path`, which has room for all of `value`. */
static bool join_components(struct config_reader *reader,
                            struct config_value value, char *path, size_t *size)
{
    while (value.text.size) {
        struct script_place place = value.place;
        span component = cut_component(&value);
        if (span_equal(component, SPAN("..")))
            return config_error(reader, place,
                                "'..' in a path; write it from the root");
        if (!component.size || span_equal(component, SPAN(".")))
            continue;
        if (*size)
            path[(*size)++] = '/';
        for (size_t i = 0; i < component.size; i++)
            path[(*size)++] = component.data[i];
    }
    return true;
}

bool config_read_path(struct config_reader *reader, struct config_value value,
                      struct config_path *path)
{
    span volume, argument;
    *path = (struct config_path){.place = value.place};
    if (!cut_volume(&value, &volume, &argument))
        return config_error(reader, value.place,
                            "'%.*s' is not a path; it begins with boot():/, as "
                            "in boot():/kernel/",
                            SPAN_ARGS(value.text));
    if (!check_volume(reader, path->place, volume, argument) ||
        !check_characters(reader, value))
        return false;
    path->is_folder = !value.text.size || span_ends(value.text, SPAN("/"));
    char *joined = arena_take(reader->arena, value.text.size + 1, 1);
    if (!joined)
        return false;
    path->path.data = joined;
    return join_components(reader, value, joined, &path->path.size);
}
