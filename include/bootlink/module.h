/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a module (and a kernel that offers symbols to modules) writes.
 *
 *     #include <bootlink/module.h>
 *
 *     static unsigned times = 1;
 *     module_param(times, uint);
 *     MODULE_PARM_DESC(times, "how often to greet");
 *
 *     static int hello(const char *parameters) { ...; return 0; }
 *     module_init(hello);
 *
 *     void greet(void) { ... }
 *     EXPORT_SYMBOL(greet);
 *
 * The macros leave data in sections .bootlink.*, and nothing else: the linker
 * reads them in the object, so a script may discard them. include/README.md
 * says what is in each, for other languages.
 */
#ifndef BOOTLINK_MODULE_H
#define BOOTLINK_MODULE_H

#include <stdint.h>

/* ---- What others may use ------------------------------------------------ */

/* Lets other modules use `symbol`, a global function or variable. A kernel or
 * module that exports nothing this way exports every global symbol of default
 * visibility. */
#define EXPORT_SYMBOL(symbol)                                                  \
    BOOTLINK_POINTER(bootlink_export_##symbol, ".bootlink.exports",            \
                     const void *, BOOTLINK_ADDRESS(symbol))

/* Lets those modules use it that say MODULE_IMPORT_NS(name_space), and no
 * others. A namespace is a string: EXPORT_SYMBOL_NS(disk_reset, "STORAGE"). */
#define EXPORT_SYMBOL_NS(symbol, name_space)                                   \
    BOOTLINK_POINTER(bootlink_export_##symbol,                                 \
                     ".bootlink.exports." name_space, const void *,            \
                     BOOTLINK_ADDRESS(symbol))

/* May stand several times, once in a line. */
#define MODULE_IMPORT_NS(name_space)                                           \
    BOOTLINK_INFO(BOOTLINK_LINE(import_ns), "import_ns=" name_space)

/* ---- How it starts and ends --------------------------------------------- */

/* Names the function that starts the module: int function(const char
 * *parameters), 0 for success. Constructors have run, and parameters are in
 * their variables. One per module. */
#define module_init(function)                                                  \
    typedef int (*bootlink_init_type)(const char *);                           \
    BOOTLINK_POINTER(bootlink_init_pointer, ".bootlink.init",                  \
                     bootlink_init_type, function)

/* Names the function that ends it, before it is unloaded: void function(void).
 * Destructors run after it. One per module. */
#define module_exit(function)                                                  \
    typedef void (*bootlink_exit_type)(void);                                  \
    BOOTLINK_POINTER(bootlink_exit_pointer, ".bootlink.exit",                  \
                     bootlink_exit_type, function)

/* ---- Parameters --------------------------------------------------------- */

/* Lets `name=value` set a variable of the module before the module starts: in
 * its module_cmdline, or as `module.name=value` in the kernel's command line.
 * Types, and the variables they are for:
 *
 *     bool      bool           y n 1 0 on off yes no true false; `name` alone
 *     int       int            decimal, 0x for hexadecimal, 0 for octal
 *     uint      unsigned
 *     long      long
 *     ulong     unsigned long
 *     string    const char *   up to a blank, or "in quotes"
 *
 * A variable that a constructor reads must be volatile: a compiler may know
 * what a constructor does, and do it itself, with the value in the source. */
#define module_param(name, type)                                               \
    BOOTLINK_PARAMETER(name, bootlink_##type, BOOTLINK_##type##_parameter,     \
                       &(name), BOOTLINK_NULL, 1)

/* The same for a variable of another name. */
#define module_param_named(name, variable, type)                               \
    BOOTLINK_PARAMETER(name, bootlink_##type, BOOTLINK_##type##_parameter,     \
                       &(variable), BOOTLINK_NULL, 1)

/* The same for an array: name=1,2,3 or name="a b","c, d". `count` points to a
 * uint32_t that is told how many there are, or is 0; a value too many is an
 * error. */
#define module_param_array(name, type, count)                                  \
    BOOTLINK_PARAMETER(name, bootlink_##type, BOOTLINK_##type##_parameter,     \
                       &(name)[0], count, sizeof(name) / sizeof((name)[0]))

/* What it is for: shown when somebody gets it wrong. */
#define MODULE_PARM_DESC(name, text)                                           \
    BOOTLINK_INFO(bootlink_description_##name, "parm=" #name ":" text)

/* ---- What it is --------------------------------------------------------- */

/* All are strings. Without a name it is that of the file: hello of hello.ko.
 * The kernel is called "kernel", and may have a version and a description. */
#define MODULE_NAME(name) BOOTLINK_INFO(bootlink_module_name, "name=" name)
#define MODULE_VERSION(version)                                                \
    BOOTLINK_INFO(bootlink_module_version, "version=" version)
#define MODULE_DESCRIPTION(text)                                               \
    BOOTLINK_INFO(bootlink_module_description, "description=" text)
#define MODULE_AUTHOR(name) BOOTLINK_INFO(BOOTLINK_LINE(author), "author=" name)
#define MODULE_LICENSE(name)                                                   \
    BOOTLINK_INFO(bootlink_module_license, "license=" name)

/* Modules to start before this one, and after it, if they are there:
 * MODULE_SOFTDEP("pre: disk usb post: log"). */
#define MODULE_SOFTDEP(text)                                                   \
    BOOTLINK_INFO(BOOTLINK_LINE(softdep), "softdep=" text)

/* A module, or the "kernel", that must be there in this version or a later one,
 * and is started before: MODULE_REQUIRES("kernel", "1.2"). Versions are numbers
 * with dots between them, so that 1.10 is later than 1.9. */
#define MODULE_REQUIRES(name, version)                                         \
    BOOTLINK_INFO(BOOTLINK_LINE(requires), "requires=" name " " version)

/* ---- How the macros do it ----------------------------------------------- */

/* Kept by compilers, and by a linker that leaves out what nothing reaches. */
#if defined(__has_attribute)
#if __has_attribute(retain)
#define BOOTLINK_KEPT used, retain
#endif
#endif
#ifndef BOOTLINK_KEPT
#define BOOTLINK_KEPT used
#endif

/* A pointer; the linker reads its relocation. */
#define BOOTLINK_POINTER(name, where, type, value)                             \
    static type const name __attribute__((BOOTLINK_KEPT, section(where))) =    \
        value

/* A text key=value. An alignment that is written down stops the compiler from
 * using a larger one. */
#define BOOTLINK_INFO(name, text)                                              \
    static const char name[] __attribute__((                                   \
        BOOTLINK_KEPT, section(".bootlink.modinfo"), aligned(1))) = text

/* A name of its own for each line of a file. */
#define BOOTLINK_LINE(name)              BOOTLINK_JOIN_LINE(name, __LINE__)
#define BOOTLINK_JOIN_LINE(name, line)   BOOTLINK_JOIN_LINE_2(name, line)
#define BOOTLINK_JOIN_LINE_2(name, line) bootlink_##name##_##line

/* A record of 64 bytes. It only compiles if the variable has the type, and the
 * name fits. */
#define BOOTLINK_PARAMETER(name, type, kind, variable, count, capacity)        \
    static const struct {                                                      \
        type volatile *variable_;                                              \
        uint32_t *count_;                                                      \
        uint32_t kind_, capacity_;                                             \
        char name_[sizeof(#name) <= 40 ? 40 : -1];                             \
    } bootlink_param_##name                                                    \
        __attribute__((BOOTLINK_KEPT, section(".bootlink.params"),             \
                       aligned(8))) = {variable, count, kind, capacity, #name}

#ifdef __cplusplus
#define BOOTLINK_ADDRESS(symbol) reinterpret_cast<const void *>(&(symbol))
#define BOOTLINK_NULL            nullptr
typedef bool bootlink_bool;
#else
#define BOOTLINK_ADDRESS(symbol) __extension__((const void *)(&(symbol)))
#define BOOTLINK_NULL            0
typedef _Bool bootlink_bool;
#endif
typedef int bootlink_int;
typedef unsigned bootlink_uint;
typedef long bootlink_long;
typedef unsigned long bootlink_ulong;
typedef const char *bootlink_string;

enum bootlink_parameter_type {
    BOOTLINK_bool_parameter = 1,
    BOOTLINK_int_parameter = 2,
    BOOTLINK_uint_parameter = 3,
    BOOTLINK_long_parameter = 4,
    BOOTLINK_ulong_parameter = 5,
    BOOTLINK_string_parameter = 6,
};

#endif
