/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads a section .bootlink.modinfo: texts "key=value", each with a NUL behind
 * it. What a key that is not known here says (license, author ...) is for
 * others.
 */
#include "loader.h"
#include "version.h"

/* One text. */
struct info {
    const struct section *section;
    uint64_t offset;
    span key, value;
};

static bool info_error(struct link *link, const struct info *info,
                       enum bootlink_class class_, const char *what)
{
    return link_error_in(link, info->section, info->offset, class_,
                         "'%.*s=%.*s': %s", SPAN_ARGS(info->key),
                         SPAN_ARGS(info->value), what);
}

/* ---- What there is one of ----------------------------------------------- */

/* Several objects may say the same. */
static bool say_once(struct link *link, const struct info *info, span *text)
{
    if (text->size && !span_equal(*text, info->value))
        return link_error_in(
            link, info->section, info->offset, BOOTLINK_DUPLICATE,
            "the module's %.*s is '%.*s' here, and '%.*s' in "
            "another place; say it once",
            SPAN_ARGS(info->key), SPAN_ARGS(info->value), SPAN_ARGS(*text));
    *text = info->value;
    return true;
}

static bool read_name(struct link *link, const struct info *info)
{
    return marks_is_name(info->value)
               ? say_once(link, info, &link->marks.name)
               : info_error(link, info, BOOTLINK_SYNTAX,
                            "a module's name has letters, digits, `_` and `-`");
}

static bool read_version(struct link *link, const struct info *info)
{
    return say_once(link, info, &link->marks.version);
}

/* Each object of a module may say what it is for: the first counts. */
static bool read_description(struct link *link, const struct info *info)
{
    if (!link->marks.description.size)
        link->marks.description = info->value;
    return true;
}

/* ---- Lists -------------------------------------------------------------- */

/* Room for one more item of a list in the marks, or NULL. */
#define MORE(link, list, count, capacity)                                      \
    ((list) = arena_grow(&(link)->arena, list, count, &(capacity),             \
                         sizeof(*(list))))

static bool read_import(struct link *link, const struct info *info)
{
    struct module_marks *m = &link->marks;
    if (!info->value.size)
        return info_error(link, info, BOOTLINK_SYNTAX,
                          "MODULE_IMPORT_NS needs a namespace");
    if (!MORE(link, m->imports, m->import_count, m->import_capacity))
        return false;
    m->imports[m->import_count++] = info->value;
    return true;
}

/* Takes the next word off `text`; an empty one at its end. */
static span next_word(span *text)
{
    size_t start = 0;
    while (start < text->size && text->data[start] == ' ')
        start++;
    *text = span_part(*text, start, text->size - start);
    span word = {text->data, span_find(*text, ' ')};
    *text = span_part(*text, word.size, text->size - word.size);
    return word;
}

static bool add_softdep(struct link *link, span module, bool is_post)
{
    struct module_marks *m = &link->marks;
    if (!MORE(link, m->softdeps, m->softdep_count, m->softdep_capacity))
        return false;
    m->softdeps[m->softdep_count++] = (struct module_softdep){module, is_post};
    return true;
}

/* "pre: a b post: c" [modprobe.d: softdep] */
static bool read_softdep(struct link *link, const struct info *info)
{
    span rest = info->value, word;
    bool is_known = false, is_post = false, ok = true;
    while (ok && (word = next_word(&rest)).size) {
        bool is_pre = span_is(word, "pre:");
        if (is_pre || span_is(word, "post:")) {
            is_known = true;
            is_post = !is_pre;
        } else if (!is_known || !marks_is_name(word)) {
            return info_error(link, info, BOOTLINK_SYNTAX,
                              "expected names of modules behind `pre:` or "
                              "`post:`");
        } else {
            ok = add_softdep(link, word, is_post);
        }
    }
    return ok;
}

static bool read_requirement(struct link *link, const struct info *info)
{
    struct module_marks *m = &link->marks;
    span rest = info->value;
    struct module_requirement requirement;
    requirement.module = next_word(&rest);
    requirement.version = next_word(&rest);
    if (!marks_is_name(requirement.module) ||
        !version_is_sound(requirement.version) || next_word(&rest).size)
        return info_error(link, info, BOOTLINK_SYNTAX,
                          "expected a module's name, or `kernel`, and the "
                          "least version that will do, such as 1.2");
    if (!MORE(link, m->requirements, m->requirement_count,
              m->requirement_capacity))
        return false;
    m->requirements[m->requirement_count++] = requirement;
    return true;
}

static bool read_description_of_parameter(struct link *link,
                                          const struct info *info)
{
    struct module_marks *m = &link->marks;
    size_t colon = span_find(info->value, ':');
    span name = {info->value.data, colon};
    if (colon == info->value.size || !marks_is_name(name))
        return info_error(link, info, BOOTLINK_SYNTAX,
                          "expected a parameter's name, a colon and what it "
                          "is for");
    if (!MORE(link, m->descriptions, m->description_count,
              m->description_capacity))
        return false;
    m->descriptions[m->description_count++] = (struct parameter_description){
        name, span_part(info->value, colon + 1, info->value.size - colon - 1),
        info->section, info->offset};
    return true;
}

/* ---- The section -------------------------------------------------------- */

static bool read_info(struct link *link, const struct info *info)
{
    static const struct {
        span key;
        bool (*read)(struct link *link, const struct info *info);
    } keys[] = {
        {{"name", 4}, read_name},
        {{"version", 7}, read_version},
        {{"description", 11}, read_description},
        {{"import_ns", 9}, read_import},
        {{"softdep", 7}, read_softdep},
        {{"requires", 8}, read_requirement},
        {{"parm", 4}, read_description_of_parameter},
    };
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        if (span_equal(keys[i].key, info->key))
            return keys[i].read(link, info);
    return true;
}

/* Between texts there may be more than one NUL. */
bool modinfo_read(struct link *link, const struct section *section)
{
    bool ok = true;
    span text;
    for (uint64_t at = 0; at < section->bytes.size; at += text.size + 1) {
        if (!span_string(section->bytes, at, &text))
            return link_error_in(link, section, at, BOOTLINK_CORRUPT,
                                 "the last text does not end with a NUL");
        size_t equals = span_find(text, '=');
        if (text.size && equals == text.size)
            ok &= link_error_in(link, section, at, BOOTLINK_SYNTAX,
                                "'%.*s' is not `key=value`", SPAN_ARGS(text));
        else if (text.size)
            ok &= read_info(
                link, &(struct info){
                          section, at, span_part(text, 0, equals),
                          span_part(text, equals + 1, text.size - equals - 1)});
    }
    return ok;
}

static bool settle(struct link *link,
                   const struct parameter_description *description)
{
    struct module_marks *marks = &link->marks;
    span plain = marks_plain_name(&link->arena, description->parameter);
    const struct symbol *entry =
        symbol_table_find(&marks->parameter_names, plain);
    if (entry)
        marks->parameters[entry->value].description = description->text;
    return entry || link_error_in(link, description->section,
                                  description->offset, BOOTLINK_UNDEFINED,
                                  "MODULE_PARM_DESC of '%.*s', but no "
                                  "module_param has that name",
                                  SPAN_ARGS(description->parameter));
}

bool modinfo_settle(struct link *link)
{
    bool ok = true;
    for (uint64_t i = 0; i < link->marks.description_count; i++)
        ok &= settle(link, &link->marks.descriptions[i]);
    return ok;
}
