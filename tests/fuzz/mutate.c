/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Changes to a whole link, by structure: a field of a section header, symbol
 * or relocation gets a value that is odd for it; a line of the script is
 * doubled, dropped or moved; an input comes twice or not at all. Bytes changed
 * blindly would mostly break the first header that is read.
 * [gABI: Object Files]
 */
#include "mutate.h"

#include <elf.h>
#include <stddef.h>

static uint64_t draw(struct mutation *m, uint64_t below)
{
    m->seed = m->seed * 6364136223846793005u + 1442695040888963407u;
    return below ? (m->seed >> 33) % below : 0;
}

/* ---- Objects ------------------------------------------------------------ */

struct field {
    uint8_t offset, width;
};

/* clang-format off */
#define FIELD(type, name) {offsetof(type, name), sizeof(((type *)0)->name)}
static const struct field section_fields[] = {
    FIELD(Elf64_Shdr, sh_name), FIELD(Elf64_Shdr, sh_type),
    FIELD(Elf64_Shdr, sh_flags), FIELD(Elf64_Shdr, sh_offset),
    FIELD(Elf64_Shdr, sh_size), FIELD(Elf64_Shdr, sh_link),
    FIELD(Elf64_Shdr, sh_info), FIELD(Elf64_Shdr, sh_addralign),
    FIELD(Elf64_Shdr, sh_entsize),
};
static const struct field symbol_fields[] = {
    FIELD(Elf64_Sym, st_name), FIELD(Elf64_Sym, st_info),
    FIELD(Elf64_Sym, st_other), FIELD(Elf64_Sym, st_shndx),
    FIELD(Elf64_Sym, st_value), FIELD(Elf64_Sym, st_size),
};
static const struct field relocation_fields[] = {
    FIELD(Elf64_Rela, r_offset), {offsetof(Elf64_Rela, r_info), 4},
    {offsetof(Elf64_Rela, r_info) + 4, 4}, FIELD(Elf64_Rela, r_addend),
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void write_field(struct mutation *m, uint8_t *at, unsigned width)
{
    static const uint64_t odd[] = {
        0,          1,          2,          3,
        4,          7,          8,          16,
        24,         0x7f,       0x80,       0xff00,
        0xfff1,     0xfff2,     0xffff,     4096,
        42,         0x7ffffff0, 0x80000000, 0xffffffff,
        1ull << 32, 1ull << 62, INT64_MAX,  UINT64_MAX - 7,
        UINT64_MAX};
    uint64_t value = 0;
    memcpy(&value, at, width);
    switch (draw(m, 4)) {
    case 0:
        value = odd[draw(m, COUNT(odd))];
        break;
    case 1:
        value += draw(m, 17) - 8;
        break;
    case 2:
        value ^= 1ull << draw(m, width * 8);
        break;
    default:
        value = draw(m, 64);
    }
    memcpy(at, &value, width);
}

static bool section_at(const uint8_t *file, size_t size, size_t index,
                       Elf64_Shdr *section, size_t *where)
{
    Elf64_Ehdr header;
    memcpy(&header, file, sizeof(header));
    *where = header.e_shoff + index * sizeof(*section);
    if (index >= header.e_shnum || header.e_shoff > size ||
        *where > size - sizeof(*section))
        return false;
    memcpy(section, file + *where, sizeof(*section));
    return true;
}

/* One field of one entry of a table in the file. */
static void change_entry(struct mutation *m, uint8_t *table, size_t size,
                         size_t entry_size, const struct field *fields,
                         size_t field_count)
{
    if (size < entry_size)
        return;
    uint8_t *entry = table + draw(m, size / entry_size) * entry_size;
    const struct field *field = &fields[draw(m, field_count)];
    write_field(m, entry + field->offset, field->width);
}

static void change_contents(struct mutation *m, uint8_t *bytes, size_t size,
                            uint32_t type)
{
    if (type == SHT_SYMTAB)
        change_entry(m, bytes, size, sizeof(Elf64_Sym), symbol_fields,
                     COUNT(symbol_fields));
    else if (type == SHT_RELA)
        change_entry(m, bytes, size, sizeof(Elf64_Rela), relocation_fields,
                     COUNT(relocation_fields));
    else if (size)
        LLVMFuzzerMutate(bytes, size, size);
}

/* A section: its header, or what is in it. */
static void change_object(struct mutation *m, uint8_t *file, size_t size)
{
    Elf64_Shdr section;
    Elf64_Ehdr header;
    size_t where;
    memcpy(&header, file, sizeof(header));
    if (!section_at(file, size, draw(m, header.e_shnum), &section, &where)) {
        LLVMFuzzerMutate(file, size, size);
        return;
    }
    bool has_bytes = section.sh_offset < size && section.sh_size &&
                     section.sh_size <= size - section.sh_offset;
    if (has_bytes && draw(m, 3))
        change_contents(m, file + section.sh_offset, section.sh_size,
                        section.sh_type);
    else
        change_entry(m, file + where, sizeof(section), sizeof(section),
                     section_fields, COUNT(section_fields));
}

/* ---- Scripts ------------------------------------------------------------ */

static const char *const words[] = {
    "KEEP(*(.init_array))",
    "*(SORT_BY_NAME(.text.*))",
    ". = ALIGN(4096);",
    ". = . + 0x10;",
    "AT(0x200000)",
    "=0x9090",
    "x = .;",
    "PROVIDE(f = 1);",
    "LONG(0x12345678)",
    "QUAD(x)",
    "*(COMMON)",
    "SIZEOF(.text)",
    "LOADADDR(.data)",
    "ASSERT(1, \"a\")",
    ".over : { *(.data*) }",
    "/DISCARD/ : { *(.bss) }",
    "> ram AT> rom",
    "MEMORY { ram (rwx) : ORIGIN = 1M, LENGTH = 64K }",
    "MEMORY { rom (rx) : o = 0, l = 4K }",
    "OVERLAY 0x1000 : { .o1 { *(.text) } .o2 { *(.data) } }",
    ". = DATA_SEGMENT_ALIGN(0x1000, 0x1000);",
    ". = DATA_SEGMENT_END(.);",
    "INSERT AFTER .text;",
    "EXCLUDE_FILE(*a.o)",
    "INPUT_SECTION_FLAGS(SHF_WRITE)",
    "ALIGN(16)",
    "SUBALIGN(32)",
    "(NOLOAD)",
    "BYTE(1)",
    "FILL(0xdeadbeef)",
    "PHDRS { p PT_LOAD FILEHDR PHDRS; q PT_NOTE; }",
    ":p",
    "{",
    "}",
    "(",
    ")",
    ";",
};

/* Puts a word of the language at a random blank. */
static size_t insert_word(struct mutation *m, uint8_t *text, size_t size,
                          size_t room)
{
    const char *word = words[draw(m, COUNT(words))];
    size_t length = strlen(word), at = draw(m, size + 1);
    while (at < size && text[at] != ' ' && text[at] != '\n')
        at++;
    if (length + 2 > room - size)
        return size;
    memmove(text + at + length + 2, text + at, size - at);
    text[at] = text[at + length + 1] = ' ';
    memcpy(text + at + 1, word, length);
    return size + length + 2;
}

/* Takes some words from one place, and leaves them out or puts them to the
 * end. */
static size_t move_words(struct mutation *m, uint8_t *text, size_t size)
{
    size_t from = draw(m, size),
           length = draw(m, size - from < 40 ? size - from : 40);
    uint8_t moved[40];
    memcpy(moved, text + from, length);
    memmove(text + from, text + from + length, size - from - length);
    if (draw(m, 2))
        return size - length;
    memcpy(text + size - length, moved, length);
    return size;
}

static size_t change_script(struct mutation *m, uint8_t *text, size_t size,
                            size_t room)
{
    switch (draw(m, 4)) {
    case 0:
        return size ? move_words(m, text, size) : size;
    case 1:
        return LLVMFuzzerMutate(text, size, room);
    default:
        return insert_word(m, text, size, room);
    }
}

/* ---- The link ----------------------------------------------------------- */

static void change_order(struct mutation *m, struct container *c)
{
    size_t a = draw(m, c->count), b = draw(m, c->count);
    struct container_part part = c->parts[a];
    if (draw(m, 3) == 0 && c->count < CONTAINER_PARTS) {
        c->parts[c->count++] = part; /* twice */
    } else {
        c->parts[a] = c->parts[b];
        c->parts[b] = part;
    }
}

void mutate_container(struct mutation *m, struct container *c, size_t most)
{
    struct container_part *part = &c->parts[draw(m, c->count)];
    if (draw(m, 16) == 0) {
        change_order(m, c);
        return;
    }
    size_t room = part->size + 256;
    if (room > most)
        room = most;
    if (room < part->size)
        return;
    m->copy = calloc(1, room + 1);
    memcpy(m->copy, part->data, part->size);
    if (part->size >= sizeof(Elf64_Ehdr) && !memcmp(m->copy, ELFMAG, SELFMAG))
        change_object(m, m->copy, part->size);
    else if (strcmp(part->name, "script") == 0)
        part->size = change_script(m, m->copy, part->size, room);
    else
        part->size = LLVMFuzzerMutate(m->copy, part->size, room);
    part->data = m->copy;
}

void mutate_close(struct mutation *m)
{
    free(m->copy);
}
