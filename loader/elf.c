/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Bytes into an object [gABI: Object Files].
 *
 * Receives the bytes of one file or archive member. Afterwards every section,
 * symbol, group and string of the object is in bounds, its COMDAT groups are
 * decided and its globals are in the symbol table; nobody checks again.
 * Relocations are read and checked when their section is chosen
 * (elf_relocations.c).
 *
 * Only the files named after ELF know how it lies in a file.
 */
#include "elf_reader.h"

#include <elf.h>
#include <string.h>

bool elf_corrupt(struct reader *r, const char *format, ...)
{
    char buffer[512];
    va_list arguments;
    va_start(arguments, format);
    span what = text_print_list(buffer, sizeof(buffer), format, arguments);
    va_end(arguments);
    return link_error(r->link, BOOTLINK_CORRUPT,
                      "%.*s: %.*s; the file is damaged: build it again",
                      SPAN_ARGS(r->object->name), SPAN_ARGS(what));
}

bool elf_names_check(struct reader *r)
{
    return !elf_names_exceed(r) ||
           elf_corrupt(r,
                       "its names overlap: more than %u times the %zu bytes "
                       "of the file",
                       (unsigned)ELF_NAME_MULTIPLE, r->object->bytes.size);
}

static bool unsupported(struct reader *r, const char *what, const char *advice)
{
    return link_error(r->link, BOOTLINK_UNSUPPORTED, "%.*s: %s; %s",
                      SPAN_ARGS(r->object->name), what, advice);
}

bool elf_is_object(span bytes)
{
    return bytes.size >= SELFMAG && !memcmp(bytes.data, ELFMAG, SELFMAG);
}

bool elf_is_shared(span head)
{
    return head.size >= offsetof(Elf64_Ehdr, e_machine) &&
           elf_is_object(head) &&
           read16(head.data + offsetof(Elf64_Ehdr, e_type)) == ET_DYN;
}

/* ---- The ELF header ----------------------------------------------------- */

static const char *type_name(unsigned type)
{
    switch (type) {
    case ET_EXEC:
        return "an executable (ET_EXEC)";
    case ET_DYN:
        return "a shared object (ET_DYN)";
    case ET_CORE:
        return "a core dump (ET_CORE)";
    default:
        return "not a relocatable object (unknown e_type)";
    }
}

static const char *machine_name(unsigned machine)
{
    switch (machine) {
    case EM_386:
        return "an object for i386 (EM_386)";
    case EM_ARM:
        return "an object for ARM (EM_ARM)";
    case EM_AARCH64:
        return "an object for AArch64 (EM_AARCH64)";
    case EM_RISCV:
        return "an object for RISC-V (EM_RISCV)";
    case EM_PPC64:
        return "an object for PowerPC (EM_PPC64)";
    case EM_S390:
        return "an object for S/390 (EM_S390)";
    case EM_LOONGARCH:
        return "an object for LoongArch (EM_LOONGARCH)";
    default:
        return "an object for another machine";
    }
}

/* 1. identity, 2. what kind of file, 3. sizes of the tables' entries. */
bool elf_read_header(struct reader *r)
{
    span bytes = r->object->bytes;
    if (bytes.size < sizeof(r->header))
        return elf_corrupt(r, "ELF header is cut off: %zu bytes of %zu",
                           bytes.size, sizeof(r->header));
    r->most_name_bytes = (uint64_t)bytes.size * ELF_NAME_MULTIPLE;
    memcpy(&r->header, bytes.data, sizeof(r->header));
    const unsigned char *ident = r->header.e_ident;
    if (ident[EI_CLASS] == ELFCLASS32)
        return unsupported(r, "a 32-bit object (ELFCLASS32)",
                           "compile it with -m64");
    if (ident[EI_CLASS] != ELFCLASS64)
        return elf_corrupt(r, "ELF class %u is neither 32-bit nor 64-bit",
                           ident[EI_CLASS]);
    if (ident[EI_DATA] == ELFDATA2MSB)
        return unsupported(r, "a big-endian object (ELFDATA2MSB)",
                           "compile it for x86-64");
    if (ident[EI_DATA] != ELFDATA2LSB)
        return elf_corrupt(r, "ELF data encoding %u is unknown",
                           ident[EI_DATA]);
    uint32_t version = ident[EI_VERSION] == EV_CURRENT ? r->header.e_version
                                                       : ident[EI_VERSION];
    if (version != EV_CURRENT)
        return elf_corrupt(r, "ELF version is %u, not 1", version);
    if (r->header.e_machine != EM_X86_64)
        return unsupported(r, machine_name(r->header.e_machine),
                           "compile it for x86-64");
    bool is_executable = r->header.e_type == ET_EXEC && r->wants_symbols;
    bool is_shared = r->header.e_type == ET_DYN && r->is_shared;
    if (r->header.e_type != ET_REL && !is_executable && !is_shared)
        return unsupported(r, type_name(r->header.e_type),
                           "link it from objects made by `cc -c`");
    if (r->header.e_shoff && r->header.e_shentsize != sizeof(Elf64_Shdr))
        return elf_corrupt(r, "section header entry size is %u, not %zu",
                           r->header.e_shentsize, sizeof(Elf64_Shdr));
    return true;
}

/* ---- The whole ---------------------------------------------------------- */

/* "lib.a(x.o)", by hand: a ninth of text_format()'s instructions. */
static span object_name(struct arena *arena, span file, span member)
{
    if (member.size == 0)
        return file;
    char *name = arena_take(arena, file.size + member.size + 2, 1);
    if (!name)
        return (span){NULL, 0};
    memcpy(name, file.data, file.size);
    name[file.size] = '(';
    memcpy(name + file.size + 1, member.data, member.size);
    name[file.size + 1 + member.size] = ')';
    return (span){name, file.size + member.size + 2};
}

struct object *elf_new_object(struct link *link, span file, span member,
                              span bytes)
{
    struct object *object = arena_new(&link->arena, struct object);
    if (!object)
        return NULL;
    object->name = object_name(&link->arena, file, member);
    object->file = file;
    object->member = member;
    object->bytes = bytes;
    return object;
}

struct object *elf_open(struct link *link, span file, span member, span bytes,
                        bool has_plain_names)
{
    struct object *object = elf_new_object(link, file, member, bytes);
    if (!object)
        return NULL;
    struct reader reader = {.link = link,
                            .object = object,
                            .takes_relocations = true,
                            .has_plain_names = has_plain_names};
    bool ok = elf_read_header(&reader) && elf_read_sections(&reader) &&
              elf_check_symbols(&reader) &&
              (!reader.has_groups || elf_read_groups(&reader)) &&
              link_enter(link, LINK_RESOLVING) && elf_read_symbols(&reader) &&
              link_enter(link, LINK_OPENING);
    if (!ok)
        return NULL;
    relocations_foresee(link, object);
    if (link->scripts.object_leave)
        link->scripts.object_leave(&reader);
    return object;
}
