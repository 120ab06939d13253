/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What is known of modules before they are linked: what each offers and needs,
 * and so the order in which they are linked and started.
 *
 *   modules.c         opens each module and writes down what it says
 *   module_report.c   errors of a module that may be left out
 *   module_exports.c  who offers a name
 *   module_needs.c    who needs whom
 *   module_order.c    the order
 *   module_circle.c   modules that need each other
 *   module_explain.c  why a reference stays undefined
 */
#ifndef BOOTLINK_MODULES_H
#define BOOTLINK_MODULES_H

#include "loader.h"
#include "system.h"

/* Instead of the index of a module. */
#define MODULES_KERNEL UINT64_MAX
#define MODULES_NOBODY (UINT64_MAX - 1)

enum module_state {
    MODULE_GOOD,
    MODULE_LEFT_OUT, /* it is optional, or needs one that is */
    MODULE_FAILED,   /* which was reported as an error */
};

/* A global that a module defines and offers. */
struct module_export {
    span name;
    span name_space; /* empty: none */
    uint64_t owner;
    bool is_marked; /* by EXPORT_SYMBOL, and not for want of any mark */
    bool is_placed; /* `address` is known; in a group, roughly at first */
    uint64_t address;
    struct module_export *next_of_name; /* in the order of the request */
    struct module_export *next;         /* of its module */
};

/* Something of others. */
struct module_need {
    span symbol;     /* empty: MODULE_REQUIRES names the module */
    uint64_t module; /* that has it, or MODULES_KERNEL or MODULES_NOBODY */
    const struct module_export *export; /* if it is a module's symbol */
    bool is_weak;                       /* it can do without */
};

struct module_node {
    const struct system_module_request *request;
    span path;
    span name; /* MODULE_NAME, or else of the file */
    span version, description;
    enum module_state state;
    bool marks_exports; /* by EXPORT_SYMBOL, or else offers all globals */
    bool is_unreadable; /* nobody knows what it would have offered */
    bool is_shared;     /* a shared object */
    bool is_uncertain;  /* it needs what such a module may have offered */
    span reason;        /* why it is left out */

    struct module_need *needs;
    uint64_t need_count, need_capacity;
    struct module_export *exports;
    span *name_spaces; /* that it imports */
    uint64_t name_space_count;
    struct module_softdep *wishes;
    uint64_t wish_count;
    struct module_requirement *required;
    uint64_t required_count;

    uint64_t position; /* when it is linked: among those that are */
    const struct module_node *library_of; /* who lists its libraries, and has
                                             come by */

    /* for module_order.c */
    uint64_t group; /* the first module, in the request, of those that need it
                       and are needed by it: most often itself */
    uint64_t group_size; /* of the first of a group: how many there are */
};

/* The world of modules: what is an error elsewhere is a warning for a module
 * that may be left out, and the first one is the reason. */
struct module_reporter {
    struct bootlink_world world;
    const struct bootlink_world *outer;
    struct arena *arena;
    struct module_node *node; /* whose errors these are; NULL: nobody's */
    bool is_trial;            /* warnings will come again */
};

struct modules {
    struct arena *arena;
    const struct bootlink_image *kernel;
    struct module_reporter reporter;
    struct module_node *nodes; /* as in the request */
    uint64_t count;
    bool groups;                 /* modules may need each other */
    bool failed;                 /* some error was reported */
    uint64_t *order;             /* indices of nodes; groups are together */
    struct symbol_table names;   /* of globals: see module_exports.c */
    struct symbol_table by_name; /* modules: `value` is an index */
    bool has_unreadable;
    unsigned searches;             /* for names that are nearly right */
    struct bootlink_export import; /* for module_find_import */
};

/* Reads the symbols of all modules and puts the modules in order: a module
 * comes behind those that it needs, and otherwise as in the request. False
 * after reporting; what is left out is no error, see module_node.state. */
bool modules_open(struct modules *modules, const struct bootlink_world *world,
                  struct arena *arena, const struct bootlink_image *kernel,
                  const struct system_request *request);

/* ---- module_report.c ---------------------------------------------------- */

void reporter_open(struct module_reporter *reporter,
                   const struct bootlink_world *world, struct arena *arena);

/* Reports that a module cannot be linked, and leaves it out if it may be; if
 * not, that is an error. */
void module_error(struct modules *modules, struct module_node *node,
                  enum bootlink_class class_, const char *format, ...)
    PRINTF(4, 5);

/* The same when everything has been reported. */
void module_give_up(struct modules *modules, struct module_node *node);

/* Leaves out a module for the sake of others. */
void module_leave_out(struct modules *modules, struct module_node *node,
                      const char *format, ...) PRINTF(3, 4);

bool module_is_optional(const struct module_node *node);

/* ---- module_exports.c --------------------------------------------------- */

/* Enters the globals that an opened module defines. */
bool module_add_exports(struct modules *modules, uint64_t index,
                        const struct link *link);

/* A name that several images mark for others is an error of one of them. */
void module_settle_exports(struct modules *modules);

/* The same for a name that is needed, if it is marked or not. */
void module_settle_need(struct modules *modules, span name);

/* What a module offers by that name, a good one if there is any; or NULL. */
struct module_export *module_find_export(const struct modules *modules,
                                         span name);

/* The same of the libraries that it names by DT_NEEDED. */
struct module_export *module_find_in_libraries(const struct modules *modules,
                                               const struct module_node *node,
                                               span name);

/* The first module that defines the name for itself, or MODULES_NOBODY. */
uint64_t module_find_hidden(const struct modules *modules, span name);

/* The kernel's symbol of that name, if it has an address; NULL if not. */
const struct symbol *module_kernel_symbol(const struct modules *modules,
                                          span name);
span module_kernel_name_space(const struct modules *modules, span name);
bool module_is_kernel_export(const struct modules *modules,
                             const struct symbol *symbol);

/* ---- module_needs.c ----------------------------------------------------- */

bool module_add_needs(struct modules *modules, uint64_t index,
                      const struct link *link);

/* Finds out which module has what each needs. */
bool module_resolve_needs(struct modules *modules);

/* The first thing without which a good module cannot be and which is of a
 * module that is not good; or NULL. */
const struct module_need *module_lost_need(const struct modules *modules,
                                           const struct module_node *node);

/* True if the module may use what is exported in that namespace. */
bool module_imports(const struct module_node *node, span name_space);

/* The index of the module of that name, where `-` is `_`; or MODULES_NOBODY. */
uint64_t module_by_name(const struct modules *modules, span name);

/* ---- module_order.c, module_circle.c ------------------------------------ */

bool module_order(struct modules *modules);

/* True if the need decides where its module comes: it is of a module that is to
 * be linked, and not weak. */
bool module_need_decides(const struct modules *modules,
                         const struct module_need *need);

/* Refuses groups of more than one module. */
void module_refuse_groups(struct modules *modules);

/* ---- module_explain.c --------------------------------------------------- */

/* request->find_import and request->explain of a module; the context is struct
 * modules. */
const struct bootlink_export *module_find_import(void *context, span name);
span module_explain(void *context, span name, char *buffer, size_t size);

/* The command line of one module: of an archive, every member. */
#define MODULE_INPUTS(path)                                                    \
    {                                                                          \
        {.kind = BOOTLINK_WHOLE_ARCHIVE}, {BOOTLINK_FILE, (path)},             \
        {                                                                      \
            .kind = BOOTLINK_NO_WHOLE_ARCHIVE                                  \
        }                                                                      \
    }
#define MODULE_INPUT_COUNT 3

#endif
