/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Copies of linker.ld and loader/module.ld in read-only data. The assembler
 * reads them as they are, so that there is one source of each; it looks for
 * them from the folder that the compiler runs in, the root of the project.
 */
#include "builtin.h"

/* Puts the bytes of `file` between the labels `name` and `name`_end. */
#define EMBED(name, file)                                                      \
    __asm__(".pushsection .rodata\n"                                           \
            ".hidden " #name "\n"                                              \
            ".hidden " #name "_end\n"                                          \
            ".globl " #name "\n"                                               \
            ".globl " #name "_end\n" #name ":\n"                               \
            ".incbin \"" file "\"\n" #name "_end:\n"                           \
            ".popsection");                                                    \
    extern const char name[] __attribute__((visibility("hidden")));            \
    extern const char name##_end[] __attribute__((visibility("hidden")))

EMBED(builtin_kernel_ld, "linker.ld");
EMBED(builtin_module_ld, "loader/module.ld");

span builtin_kernel_script(void)
{
    return (span){builtin_kernel_ld,
                  (size_t)(builtin_kernel_ld_end - builtin_kernel_ld)};
}

span builtin_module_script(void)
{
    return (span){builtin_module_ld,
                  (size_t)(builtin_module_ld_end - builtin_module_ld)};
}
