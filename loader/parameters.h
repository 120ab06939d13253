/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Parameters of a module: `name=value` text becomes values of its variables,
 * while it is linked, so that constructors and init functions find them.
 */
#ifndef BOOTLINK_PARAMETERS_H
#define BOOTLINK_PARAMETERS_H

#include "base.h"

struct link;
struct module_parameter;

/* What request->parameters gives one parameter. */
struct parameter_value {
    uint64_t parameter; /* index into marks.parameters */
    uint64_t *numbers;  /* of strings: where they begin in link->strings */
    uint64_t count;     /* at most the capacity, at least 1 */
};

/* Reads request->parameters, if the objects have any module_param; otherwise
 * any text will do. Makes a section of the strings. */
bool parameters_read(struct link *link);

/* Checks where the variables of an image in memory lie, and writes the values
 * into them: when everything else is written. */
bool parameters_write(struct link *link);

/* The marks' parameters, sorted; NULL if there is no memory. */
const struct module_parameter **parameters_by_name(struct link *link);

/* "uint" */
const char *parameter_type_name(unsigned type);

/* What a module gets: `own`, its module_cmdline, and behind it what the words
 * `module.name=value` of the kernel's command line say, so that these count.
 * Those for other modules, and all behind a word `--`, are left to the kernel.
 * False if there is no memory. */
bool parameters_for_module(struct arena *arena, span own, span command_line,
                           span module, span *text);

#endif
