/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What an image says of itself in sections .bootlink.*, which the macros of
 * bootlink/module.h write: what it exports, who starts and ends it, what it is
 * called, what it needs, and its parameters. include/README.md has the
 * sections.
 *
 * marks.c and modinfo.c fill struct module_marks from the objects of a link, as
 * soon as no object is added any more. Texts lie in the objects' files, lists
 * are in order of mention, and nobody checks again.
 */
#ifndef BOOTLINK_MARKS_H
#define BOOTLINK_MARKS_H

#include "symbols.h"

/* A pointer to symbol + addend; to nothing if the symbol is NULL. */
struct marked {
    struct symbol *symbol;
    int64_t addend;
};

/* MODULE_SOFTDEP: one of its names. */
struct module_softdep {
    span module;
    bool is_post; /* it starts after this module; else before it */
};

/* MODULE_REQUIRES */
struct module_requirement {
    span module; /* or "kernel" */
    span version;
};

/* As in a record's field. */
enum parameter_type {
    PARAMETER_BOOL = 1,
    PARAMETER_INT,
    PARAMETER_UINT,
    PARAMETER_LONG,
    PARAMETER_ULONG,
    PARAMETER_STRING,
};

/* module_param, module_param_array */
struct module_parameter {
    span name;
    enum parameter_type type;
    uint32_t capacity;             /* 1, or of an array */
    struct marked variable;        /* has a symbol */
    struct marked count;           /* of the array, if that is wanted */
    span description;              /* MODULE_PARM_DESC, or empty */
    const struct section *section; /* of the record, at ... */
    uint64_t offset;
};

/* MODULE_PARM_DESC, until all parameters are known. */
struct parameter_description {
    span parameter, text;
    const struct section *section;
    uint64_t offset;
};

struct module_marks {
    bool has_exports; /* some symbol is marked by EXPORT_SYMBOL */
    struct symbol_table name_spaces; /* of symbols that are exported in one:
                                        it is their entry's `versioned` */
    struct marked init, exit;
    span name, version, description; /* empty: not said */

    span *imports; /* MODULE_IMPORT_NS: namespaces */
    uint64_t import_count, import_capacity;
    struct module_softdep *softdeps;
    uint64_t softdep_count, softdep_capacity;
    struct module_requirement *requirements;
    uint64_t requirement_count, requirement_capacity;
    struct module_parameter *parameters;
    uint64_t parameter_count, parameter_capacity;
    struct symbol_table parameter_names; /* plain; `value` is an index */

    struct parameter_description *descriptions;
    uint64_t description_count, description_capacity;
};

/* ---- marks.c ------------------------------------------------------------ */

/* Reads the sections .bootlink.* of all objects. */
bool marks_read(struct link *link);

/* The namespace that an exported symbol is in, or an empty text. */
span marks_name_space(const struct module_marks *marks, span symbol);

/* The name with `_` for `-`, which are the same in names of modules and
 * parameters; empty if there is no memory. */
span marks_plain_name(struct arena *arena, span name);
bool marks_same_name(span a, span b);

/* True for letters, digits, `-` and `_`, at least one. */
bool marks_is_name(span name);

/* ---- modinfo.c ----------------------------------------------------------- */

/* Reads the texts of a section .bootlink.modinfo. */
bool modinfo_read(struct link *link, const struct section *section);

/* Gives parameters their descriptions, when all sections are read. */
bool modinfo_settle(struct link *link);

/* ---- module_name.c ------------------------------------------------------- */

/* What a module says, or else "hello" of "modules/hello.ko". */
span module_name(const struct module_marks *marks, span path);

#endif
