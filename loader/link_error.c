/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The errors of one link, counted: a stage goes on after an error to find the
 * others, and the next stage needs to know that there was one.
 */
#include "loader.h"

#include <elf.h>

enum {
    LONGEST_ERROR = 2048,
    MOST_ERRORS = 100, /* that help; the others are counted */
};

/* Counts an error. False if enough were shown before it. */
static bool is_shown(struct link *link)
{
    if (++link->error_count == MOST_ERRORS + 1)
        report_note(link->world,
                    "more than %d errors: mend these first, and see what is "
                    "left",
                    MOST_ERRORS);
    return link->error_count <= MOST_ERRORS;
}

/* --noinhibit-exec: an image with holes in it is better than none. */
static bool is_forgiven(const struct link *link, enum bootlink_class class_)
{
    return link->request->no_inhibit &&
           (class_ == BOOTLINK_UNDEFINED || class_ == BOOTLINK_DUPLICATE ||
            class_ == BOOTLINK_RANGE);
}

span link_module_path(const struct link *link)
{
    const struct bootlink_request *request = link->request;
    for (size_t i = 0; i < request->input_count; i++)
        if (request->inputs[i].kind == BOOTLINK_FILE)
            return request->inputs[i].name;
    return (span){NULL, 0};
}

/* What is missing in front of a message: of a module its file, if that is not
 * what it begins with, as sections of a layout are in none. */
static span missing_path(const struct link *link, span text)
{
    span path = link_is_module(link) ? link_module_path(link) : (span){NULL, 0};
    return span_starts(text, path) ? (span){NULL, 0} : path;
}

bool link_error(struct link *link, enum bootlink_class class_,
                const char *format, ...)
{
    bool forgiven = is_forgiven(link, class_);
    if (!forgiven && !is_shown(link))
        return false;
    char buffer[LONGEST_ERROR];
    va_list arguments;
    va_start(arguments, format);
    span text = text_print_list(buffer, sizeof(buffer), format, arguments);
    va_end(arguments);
    if (forgiven) {
        report_warning(link->world, class_, "%.*s", SPAN_ARGS(text));
        return true;
    }
    span path = missing_path(link, text);
    return report_error(link->world, class_, "%.*s%s%.*s", SPAN_ARGS(path),
                        path.size ? ": " : "", SPAN_ARGS(text));
}

/* The layout of a module has no lines to be shown. */
bool link_error_at(struct link *link, struct script_place place,
                   enum bootlink_class class_, const char *format, ...)
{
    char buffer[LONGEST_ERROR];
    va_list arguments;
    va_start(arguments, format);
    span text = text_print_list(buffer, sizeof(buffer), format, arguments);
    va_end(arguments);
    if (link_is_module(link))
        return link_error(link, class_, "%.*s", SPAN_ARGS(text));
    return is_shown(link) &&
           link->scripts.script_error(link->world, place, class_, "%.*s",
                                      SPAN_ARGS(text));
}

/* a.o:(.text+0x1c): and the text */
static span print_in(char buffer[LONGEST_ERROR], const struct section *section,
                     uint64_t offset, const char *format, va_list arguments)
{
    size_t size =
        text_print(buffer, LONGEST_ERROR,
                   "%.*s:(%.*s+0x%llx): ", SPAN_ARGS(section->object->name),
                   SPAN_ARGS(section->name), (unsigned long long)offset)
            .size;
    size +=
        text_print_list(buffer + size, LONGEST_ERROR - size, format, arguments)
            .size;
    return (span){buffer, size};
}

bool link_error_in(struct link *link, const struct section *section,
                   uint64_t offset, enum bootlink_class class_,
                   const char *format, ...)
{
    char buffer[LONGEST_ERROR];
    va_list arguments;
    va_start(arguments, format);
    span text = print_in(buffer, section, offset, format, arguments);
    va_end(arguments);
    return link_error(link, class_, "%.*s", SPAN_ARGS(text));
}

void link_warning_in(struct link *link, const struct section *section,
                     uint64_t offset, enum bootlink_class class_,
                     const char *format, ...)
{
    char buffer[LONGEST_ERROR];
    va_list arguments;
    va_start(arguments, format);
    span text = print_in(buffer, section, offset, format, arguments);
    va_end(arguments);
    report_warning(link->world, class_, "%.*s", SPAN_ARGS(text));
}

/* ---- What is undefined -------------------------------------------------- */

/* What compilers call unasked, by how it begins, and what stops them. */
static const struct {
    char name[13];
    char advice[40];
} unasked[] = {
    {"__stack_chk_", "compile with -fno-stack-protector"},
    {"__fentry__", "compile without -pg"},
    {"mcount", "compile without -pg"},
    {"__cxa_atexit", "compile with -fno-use-cxa-atexit"},
    {"__dso_handle", "compile with -fno-use-cxa-atexit"},
    {"__cxa_guard_", "compile with -fno-threadsafe-statics"},
    {"__gxx_person", "compile with -fno-exceptions"},
    {"_Unwind_Resu", "compile with -fno-exceptions"},
};

static const char *advice_on(const struct link *link, span name)
{
    const struct symbol *symbol = symbol_find(link, name);
    if (link_is_module(link) && symbol && symbol->type == STT_TLS)
        return "modules see no thread-local variables, but could call a "
               "function";
    for (size_t i = 0; i < sizeof(unasked) / sizeof(*unasked); i++)
        if (span_starts(name, span_of(unasked[i].name)))
            return unasked[i].advice;
    return NULL;
}

span link_describe_undefined(const struct link *link, span name, char *buffer,
                             size_t size)
{
    const struct bootlink_request *request = link->request;
    const char *advice = advice_on(link, name);
    char reason[1024];
    if (!advice && request->explain)
        return text_print(buffer, size, "undefined reference to '%.*s'%.*s",
                          SPAN_ARGS(name),
                          SPAN_ARGS(request->explain(request->imports, name,
                                                     reason, sizeof(reason))));
    return text_print(buffer, size, "undefined reference to '%.*s'; %s",
                      SPAN_ARGS(name),
                      advice ? advice
                             : "define it, or link the file or archive that "
                               "does");
}
