/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Gives the parameters of a module their values. Receives the marks and
 * request->parameters; parameters_read() makes numbers of the text, and a
 * section of its strings, before sections are placed, and parameters_write()
 * puts them into the module's variables, when those have their bytes.
 */
#include "parameters.h"

#include "loader.h"
#include "parameter_words.h"

#include <elf.h>

static const struct kind {
    char name[7];
    uint8_t size; /* of a value */
    bool is_signed;
} kinds[] = {
    [PARAMETER_BOOL] = {"bool", 1, false},
    [PARAMETER_INT] = {"int", 4, true},
    [PARAMETER_UINT] = {"uint", 4, false},
    [PARAMETER_LONG] = {"long", 8, true},
    [PARAMETER_ULONG] = {"ulong", 8, false},
    [PARAMETER_STRING] = {"string", 8, false},
};

/* The largest number of a type. The smallest one is 0, or -1 - that. */
static uint64_t largest(const struct kind *kind)
{
    return ~0ull >> (64 - 8 * kind->size + kind->is_signed);
}

const char *parameter_type_name(unsigned type)
{
    return kinds[type].name;
}

/* ---- Errors ------------------------------------------------------------- */

enum { LONGEST_LIST = 1536 };

/* "\n    times (uint): how often to greet"; an array is "(uint, up to 4)". */
static size_t print_parameter(char *to, size_t size,
                              const struct module_parameter *parameter)
{
    char room[24];
    span capacity = text_print(room, sizeof(room), ", up to %u",
                               (unsigned)parameter->capacity);
    if (parameter->capacity == 1)
        capacity.size = 0;
    return text_print(to, size, "\n    %.*s (%s%.*s)%s%.*s",
                      SPAN_ARGS(parameter->name), kinds[parameter->type].name,
                      SPAN_ARGS(capacity),
                      parameter->description.size ? ": " : "",
                      SPAN_ARGS(parameter->description))
        .size;
}

static int by_name(const void *context, const void *a, const void *b)
{
    (void)context;
    return span_compare(((const struct module_parameter *)a)->name,
                        ((const struct module_parameter *)b)->name);
}

/* Compilers write them in any order. */
const struct module_parameter **parameters_by_name(struct link *link)
{
    uint64_t count = link->marks.parameter_count;
    const struct module_parameter **sorted =
        arena_array(&link->arena, count, const struct module_parameter *);
    for (uint64_t i = 0; sorted && i < count; i++)
        sorted[i] = &link->marks.parameters[i];
    return sorted && sort_pointers(&link->arena, sorted, count, by_name, NULL)
               ? sorted
               : NULL;
}

/* As many as help. */
static span list_parameters(struct link *link, char list[LONGEST_LIST])
{
    enum { LONGEST_END = 40 };
    const struct module_parameter **sorted = parameters_by_name(link);
    uint64_t count = sorted ? link->marks.parameter_count : 0, i = 0;
    size_t size = 0;
    for (; i < count && size < LONGEST_LIST / 2; i++)
        size += print_parameter(list + size, LONGEST_LIST - LONGEST_END - size,
                                sorted[i]);
    if (i < count)
        size +=
            text_print(list + size, LONGEST_LIST - size, "\n    and %llu more",
                       (unsigned long long)(count - i))
                .size;
    return (span){list, size};
}

/* What a line has room for. */
static span shown(span text)
{
    enum { LONGEST = 64 };
    return text.size > LONGEST ? span_part(text, 0, LONGEST) : text;
}

/* Says what is wrong with a word, and which ones there could be. */
static bool word_error(struct link *link, enum bootlink_class class_,
                       const struct parameter_word *word, span what)
{
    char list[LONGEST_LIST];
    span all = list_parameters(link, list);
    span word_shown = shown(word->text);
    return link_error(link, class_,
                      "%.*s: parameter '%.*s': %.*s. The module has:%.*s",
                      SPAN_ARGS(link_first_object(link)->file),
                      SPAN_ARGS(word_shown), SPAN_ARGS(what), SPAN_ARGS(all));
}

/* As for keys of the config file: an edit, and one more for every three
 * characters. */
static span nearest_name(const struct module_marks *marks, span name)
{
    span nearest = {0};
    size_t best = name.size ? name.size / 3 + 2 : 0;
    for (uint64_t i = 0; i < marks->parameter_count; i++) {
        size_t distance = span_distance(name, marks->parameters[i].name);
        if (distance < best) {
            best = distance;
            nearest = marks->parameters[i].name;
        }
    }
    return nearest;
}

static bool report_unknown(struct link *link, const struct parameter_word *word)
{
    char text[128];
    span nearest = nearest_name(&link->marks, word->name);
    span what = SPAN("there is none of that name");
    if (nearest.size)
        what = text_print(text, sizeof(text),
                          "there is none of that name; perhaps it is '%.*s'",
                          SPAN_ARGS(nearest));
    return word_error(link, BOOTLINK_UNDEFINED, word, what);
}

static bool report_value(struct link *link, const struct parameter_word *word,
                         const struct module_parameter *parameter, span value)
{
    char text[192], numbers[64];
    const struct kind *kind = &kinds[parameter->type];
    unsigned long long most = largest(kind);
    span range = SPAN("y or n"), given = shown(value);
    if (parameter->type != PARAMETER_BOOL)
        range = text_print(
            numbers, sizeof(numbers), "a number from %s%llu to %llu",
            kind->is_signed ? "-" : "", kind->is_signed ? most + 1 : 0, most);
    return word_error(link, BOOTLINK_RANGE, word,
                      text_print(text, sizeof(text),
                                 "'%.*s' is no %s; give %.*s", SPAN_ARGS(given),
                                 kind->name, SPAN_ARGS(range)));
}

/* ---- One value ---------------------------------------------------------- */

static bool is_word(span text, const char *word)
{
    size_t i = 0;
    for (; i < text.size && word[i]; i++)
        if ((text.data[i] | 0x20) != (word[i] | 0x20))
            return false;
    return i == text.size && !word[i];
}

static bool read_bool(span text, uint64_t *number)
{
    static const char words[][6] = {"n",   "y",     "0",    "1",   "no",
                                    "yes", "false", "true", "off", "on"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (is_word(text, words[i])) {
            *number = i % 2;
            return true;
        }
    return false;
}

static bool read_octal(span text, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c < '0' || c > '7' || *number >> 61)
            return false;
        *number = *number << 3 | (uint64_t)(c - '0');
    }
    return true;
}

/* Decimal, 0x1f or 017, with a sign. */
static bool read_number(span text, const struct kind *kind, uint64_t *number)
{
    bool is_negative = text.size && text.data[0] == '-';
    if (is_negative || (text.size && text.data[0] == '+'))
        text = span_part(text, 1, text.size - 1);
    bool is_octal =
        text.size > 1 && text.data[0] == '0' && (text.data[1] | 0x20) != 'x';
    if (!(is_octal ? read_octal(text, number) : span_number(text, number)) ||
        (is_negative && !kind->is_signed) ||
        *number > largest(kind) + is_negative)
        return false;
    if (is_negative)
        *number = -*number;
    return true;
}

/* Strings are copied behind each other; what each takes, it takes less of the
 * text, which ends them by a comma, a blank or nothing. */
static bool keep_string(struct link *link, span text, uint64_t *number)
{
    struct section *strings = link->strings;
    char *to = (char *)(uintptr_t)strings->bytes.data;
    *number = strings->size;
    if (text.size)
        memcpy(to + strings->size, text.data, text.size);
    strings->size += text.size + 1;
    return true;
}

static bool read_value(struct link *link,
                       const struct module_parameter *parameter, span text,
                       uint64_t *number)
{
    switch (parameter->type) {
    case PARAMETER_BOOL:
        return read_bool(text, number);
    case PARAMETER_STRING:
        return keep_string(link, text, number);
    default:
        return read_number(text, &kinds[parameter->type], number);
    }
}

/* ---- One word ----------------------------------------------------------- */

/* The whole, or the next of an array's. */
static span next_value(const struct module_parameter *parameter, span *rest,
                       bool *is_last)
{
    *is_last = true;
    return parameter->capacity > 1 ? parameter_element_next(rest, is_last)
                                   : parameter_without_quotes(*rest);
}

static bool read_values(struct link *link, const struct parameter_word *word,
                        struct parameter_value *value)
{
    const struct module_parameter *parameter =
        &link->marks.parameters[value->parameter];
    span rest = parameter_list(word->value);
    bool is_last = false;
    uint64_t capacity = 0;
    while (!is_last) {
        uint64_t *grown = arena_grow(&link->arena, value->numbers, value->count,
                                     &capacity, sizeof(*grown));
        if (!grown)
            return false;
        value->numbers = grown;
        span element = next_value(parameter, &rest, &is_last);
        if (value->count == parameter->capacity)
            return word_error(link, BOOTLINK_RANGE, word,
                              SPAN("too many values"));
        if (!read_value(link, parameter, element, &grown[value->count++]))
            return report_value(link, word, parameter, element);
    }
    return true;
}

static bool add_value(struct link *link, struct parameter_value value)
{
    struct parameter_value *grown =
        arena_grow(&link->arena, link->values, link->value_count,
                   &link->value_capacity, sizeof(*grown));
    if (!grown)
        return false;
    link->values = grown;
    grown[link->value_count++] = value;
    return true;
}

static bool read_word(struct link *link, struct parameter_word *word)
{
    const struct module_marks *marks = &link->marks;
    span plain = marks_plain_name(&link->arena, word->name);
    const struct symbol *entry =
        symbol_table_find(&marks->parameter_names, plain);
    if (word->is_open)
        return word_error(link, BOOTLINK_SYNTAX, word,
                          SPAN("a quote in it is not closed"));
    if (!entry)
        return !link->arena.failed && report_unknown(link, word);
    struct parameter_value value = {.parameter = entry->value};
    if (!word->has_value) {
        if (marks->parameters[entry->value].type != PARAMETER_BOOL)
            return word_error(link, BOOTLINK_SYNTAX, word,
                              SPAN("needs a value behind a `=`"));
        word->value = SPAN("y");
    }
    return read_values(link, word, &value) && add_value(link, value);
}

/* Room for all strings there could be. The section is as long as they are, and
 * empty until they are written with the values that point to them. */
static bool make_strings(struct link *link, uint64_t room)
{
    char *bytes = arena_array(&link->arena, room, char);
    if (bytes)
        link->strings =
            section_make(link, link_first_object(link),
                         (struct section){.name = SPAN(".rodata.parameters"),
                                          .type = SHT_PROGBITS,
                                          .flags = SHF_ALLOC,
                                          .align = 1,
                                          .bytes = {bytes, 0}});
    return link->strings;
}

bool parameters_read(struct link *link)
{
    span text = link->request->parameters;
    struct parameter_word word;
    if (!link->marks.parameter_count || !text.size)
        return true;
    if (!make_strings(link, text.size + 1))
        return false;
    bool ok = true;
    while (parameter_word_next(&text, &word))
        ok &= read_word(link, &word);
    return ok;
}

/* ---- Into the module ---------------------------------------------------- */

static bool report_variable(struct link *link,
                            const struct module_parameter *parameter,
                            const char *what)
{
    return link_error_in(link, parameter->section, parameter->offset,
                         BOOTLINK_UNSUPPORTED, "parameter '%.*s': %s",
                         SPAN_ARGS(parameter->name), what);
}

/* Where `size` bytes of a variable lie in the image, which is complete. */
static bool find_variable(struct link *link,
                          const struct module_parameter *parameter,
                          const struct marked *variable, uint64_t size,
                          char **place)
{
    const struct symbol *symbol = variable->symbol;
    const struct section *section = symbol->section;
    uint64_t offset = symbol->value + (uint64_t)variable->addend;
    if (symbol->state != SYMBOL_DEFINED || section->flags & SHF_TLS)
        return report_variable(link, parameter,
                               "its variable is none of this module's; define "
                               "it here");
    if (section->state != SECTION_PLACED ||
        !(output_flags(section->output) & SHF_WRITE) || section->merged)
        return report_variable(link, parameter,
                               "its variable cannot be written; declare it "
                               "without `const`");
    if (!in_bounds(section->size, offset, size))
        return report_variable(link, parameter,
                               "its variable is smaller than a value");
    *place = section->output->data + section_output_offset(section, offset);
    return true;
}

static bool check_variables(struct link *link)
{
    bool ok = true;
    char *place;
    for (uint64_t i = 0; i < link->marks.parameter_count; i++) {
        const struct module_parameter *p = &link->marks.parameters[i];
        uint64_t size = (uint64_t)p->capacity * kinds[p->type].size;
        ok &= find_variable(link, p, &p->variable, size, &place) &&
              (!p->count.symbol ||
               find_variable(link, p, &p->count, sizeof(uint32_t), &place));
    }
    return ok;
}

static uint64_t address_of_strings(const struct link *link)
{
    const struct section *s = link->strings;
    return s->state == SECTION_PLACED
               ? s->output->address + section_output_offset(s, 0)
               : 0;
}

/* If the image is written to a file, its .bss is not zero any more. */
static void keep_bytes(const struct marked *variable)
{
    struct output_section *output = variable->symbol->section->output;
    if (output->type == SHT_NOBITS)
        output->type = SHT_PROGBITS;
}

static bool write_value(struct link *link, const struct parameter_value *value)
{
    const struct module_parameter *p =
        &link->marks.parameters[value->parameter];
    unsigned size = kinds[p->type].size;
    bool is_string = p->type == PARAMETER_STRING;
    uint64_t base = is_string ? address_of_strings(link) : 0;
    char *place;
    if (is_string && !base)
        return report_variable(link, p,
                               "its text is not in the output; keep "
                               ".rodata.parameters in the script");
    if (!find_variable(link, p, &p->variable, value->count * size, &place))
        return false;
    keep_bytes(&p->variable);
    for (uint64_t i = 0; i < value->count; i++) {
        uint64_t number = base + value->numbers[i];
        memcpy(place + i * size, &number, size);
    }
    if (!p->count.symbol)
        return true;
    if (!find_variable(link, p, &p->count, sizeof(uint32_t), &place))
        return false;
    keep_bytes(&p->count);
    write32(place, (uint32_t)value->count);
    return true;
}

static void write_strings(const struct section *strings)
{
    if (strings->size)
        memcpy(strings->output->data + section_output_offset(strings, 0),
               strings->bytes.data, strings->size);
}

bool parameters_write(struct link *link)
{
    if (link->request->output != BOOTLINK_IN_MEMORY)
        return true;
    bool ok = check_variables(link);
    if (link->strings && link->strings->state == SECTION_PLACED)
        write_strings(link->strings);
    for (uint64_t i = 0; ok && i < link->value_count; i++)
        ok = write_value(link, &link->values[i]);
    return ok;
}
