/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a module (and a kernel that offers symbols to modules) writes.
 *
 *     #include <bootlink/module.h>
 *
 *     static int hello(const char *parameters) { ...; return 0; }
 *     module_init(hello);
 *
 *     void greet(void) { ... }
 *     EXPORT_SYMBOL(greet);
 */
#ifndef BOOTLINK_MODULE_H
#define BOOTLINK_MODULE_H

/* Lets other modules use `symbol`. A kernel or module that exports nothing this
 * way exports every global symbol of default visibility.
 *
 * An entry of section .bootlink.exports is one pointer to the symbol. The
 * linker reads its relocation, so a script may discard the section. Other
 * languages may write the same. */
#define EXPORT_SYMBOL(symbol)                                                  \
    static const void *const bootlink_export_##symbol                          \
        __attribute__((used, section(".bootlink.exports"))) =                  \
            __extension__((const void *)(&(symbol)))

/* Names the function that starts the module: int function(const char
 * *parameters), 0 for success. One per module; section .bootlink.init holds a
 * pointer to it, and the linker reads its relocation. */
#define module_init(function)                                                  \
    static int (*const bootlink_init_pointer)(const char *)                    \
        __attribute__((used, section(".bootlink.init"))) = function

#endif
