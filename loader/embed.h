/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A file of the project as read-only data. The assembler reads it as it is, so
 * that there is one source of it; it looks for it from the folder that the
 * compiler runs in, the root of the project.
 */
#ifndef BOOTLINK_EMBED_H
#define BOOTLINK_EMBED_H

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

#define EMBEDDED(name) ((span){name, (size_t)(name##_end - name)})

#endif
