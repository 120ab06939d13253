/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The dynamic relocations of a shared object [psABI 4.4.1, 5.2].
 *
 *     R_X86_64_RELATIVE   B + A     B is by how much the segments have moved
 *     R_X86_64_64         S + A
 *     R_X86_64_GLOB_DAT   S
 *     R_X86_64_JUMP_SLOT  S
 *     DT_RELR             B + what is in the place
 *     R_X86_64_IRELATIVE  what the resolver at B + A returns
 *
 * Each writes eight bytes into a writable segment. A resolver cannot be called
 * from here: the kernel does that, before it starts the module, for each entry
 * of a table that is made for it; so it is with every symbol that is an
 * indirect function, here or in a library. All other types belong to programs,
 * to threads, or to code that was not compiled with -fPIC; they are refused.
 */
#include "shared.h"

enum { WORD = 8, MOST_PLACES = 3 }; /* of one undefined symbol that are shown */

/* ---- Messages -------------------------------------------------------------
 */

static bool report(struct shared *shared, uint64_t address,
                   enum bootlink_class class_, span text)
{
    const struct section *section = shared_section_at(shared, address);
    if (!section)
        return link_error(shared->link, class_, "%.*s: at 0x%llx: %.*s",
                          SPAN_ARGS(shared->object->name),
                          (unsigned long long)address, SPAN_ARGS(text));
    return link_error_in(shared->link, section,
                         address - shared_section_address(shared, section),
                         class_, "%.*s", SPAN_ARGS(text));
}

static const char *advice_on(uint32_t type)
{
    switch (type) {
    case R_X86_64_COPY:
        return "only programs have it: link with -shared";
    case R_X86_64_DTPMOD64:
    case R_X86_64_DTPOFF64:
    case R_X86_64_TPOFF64:
    case R_X86_64_TLSDESC:
        return "a module has no thread-local variables: compile without them";
    default:
        return "compile with -fPIC";
    }
}

static bool report_type(struct shared *shared,
                        const struct shared_relocation *r)
{
    const char *name = reloc_x86_64.name(r->type);
    char buffer[256];
    return report(shared, r->address, BOOTLINK_UNSUPPORTED,
                  text_print(buffer, sizeof(buffer),
                             "relocation type %u, %s, is not one of a shared "
                             "object's that is a module; %s",
                             r->type, name ? name : "unknown",
                             advice_on(r->type)));
}

static bool report_place(struct shared *shared, uint64_t address)
{
    const struct shared_load *load = shared_load_at(shared, address, WORD);
    if (load)
        return report(shared, address, BOOTLINK_UNSUPPORTED,
                      SPAN("a relocation of what cannot be written (a text "
                           "relocation); compile with -fPIC"));
    return elf_corrupt(&shared->reader,
                       "a relocation for 0x%llx, which is in no segment",
                       (unsigned long long)address);
}

static bool report_undefined(struct shared *shared,
                             const struct shared_relocation *r,
                             struct symbol *symbol)
{
    char buffer[1536];
    if (symbol->reported >= MOST_PLACES)
        return false;
    symbol->reported++;
    return report(shared, r->address, BOOTLINK_UNDEFINED,
                  link_describe_undefined(shared->link, symbol->name, buffer,
                                          sizeof(buffer)));
}

/* ---- Checks ---------------------------------------------------------------
 */

static bool names_symbol(uint32_t type)
{
    return type == R_X86_64_64 || type == R_X86_64_GLOB_DAT ||
           type == R_X86_64_JUMP_SLOT;
}

static bool is_known(uint32_t type)
{
    return names_symbol(type) || type == R_X86_64_RELATIVE ||
           type == R_X86_64_IRELATIVE;
}

/* True if a resolver of the kernel's fills in the place. */
static bool is_late(const struct shared *shared,
                    const struct shared_relocation *r)
{
    return r->type == R_X86_64_IRELATIVE ||
           (names_symbol(r->type) &&
            shared_symbol(shared, r->symbol)->type == STT_GNU_IFUNC &&
            shared_symbol(shared, r->symbol)->state != SYMBOL_UNDEFINED);
}

/* The kernel has to write there: then nothing is read-only after relocation. */
static void count_late(struct shared *shared, uint64_t address)
{
    shared->late_count++;
    if (address - shared->relro_start < shared->relro_end - shared->relro_start)
        shared->relro_end = shared->relro_start;
}

bool shared_check_place(struct shared *shared, uint64_t address)
{
    const struct shared_load *load = shared_load_at(shared, address, WORD);
    return (load && load->flags & PF_W) || report_place(shared, address);
}

static bool check_symbol(struct shared *shared,
                         const struct shared_relocation *r)
{
    if (r->symbol >= shared->symbol_count)
        return elf_corrupt(
            &shared->reader, "a relocation for 0x%llx against symbol %u of %u",
            (unsigned long long)r->address, r->symbol, shared->symbol_count);
    struct symbol *symbol = shared_symbol(shared, r->symbol);
    return symbol->state != SYMBOL_UNDEFINED || r->symbol == 0 ||
           !symbol->is_needed || report_undefined(shared, r, symbol);
}

static bool check(struct shared *shared, const struct shared_relocation *r)
{
    if (r->type == R_X86_64_NONE)
        return true;
    if (!is_known(r->type))
        return report_type(shared, r);
    if (!shared_check_place(shared, r->address) ||
        (names_symbol(r->type) && !check_symbol(shared, r)))
        return false;
    if (is_late(shared, r))
        count_late(shared, r->address);
    return true;
}

static bool check_relr(void *context, uint64_t address)
{
    return shared_check_place(context, address);
}

/* For both tables; goes on after an error, to find the others. */
static bool each_rela(struct shared *shared,
                      bool (*visit)(struct shared *shared,
                                    const struct shared_relocation *r))
{
    const span *const tables[] = {&shared->rela, &shared->plt_rela};
    bool ok = true;
    for (unsigned t = 0; t < 2; t++)
        for (uint64_t i = 0; i < tables[t]->size / sizeof(Elf64_Rela); i++) {
            struct shared_relocation r = shared_rela(*tables[t], i);
            ok &= visit(shared, &r);
        }
    return ok;
}

static bool make_late(struct shared *shared)
{
    if (!shared->late_count)
        return true;
    shared->late = section_make(
        shared->link, shared->object,
        (struct section){.name = SPAN(".rela.iplt"),
                         .type = SHT_PROGBITS,
                         .flags = SHF_ALLOC,
                         .size = shared->late_count * sizeof(Elf64_Rela),
                         .align = WORD});
    return shared->late != NULL;
}

bool shared_check_relocations(struct shared *shared)
{
    bool ok = each_rela(shared, check);
    return shared_each_relr(shared, check_relr, shared) && ok &&
           make_late(shared);
}

/* ---- Into place -----------------------------------------------------------
 */

char *shared_place_at(const struct shared *shared, uint64_t address)
{
    const struct shared_load *load = shared_load_at(shared, address, WORD);
    return load->data + (address - load->address);
}

static uint64_t value_of(const struct shared *shared,
                         const struct shared_relocation *r)
{
    switch (r->type) {
    case R_X86_64_64:
        return symbol_address(shared_symbol(shared, r->symbol)) +
               (uint64_t)r->addend;
    case R_X86_64_GLOB_DAT:
    case R_X86_64_JUMP_SLOT:
        return symbol_address(shared_symbol(shared, r->symbol));
    default: /* RELATIVE, and IRELATIVE's resolver */
        return shared->bias + (uint64_t)r->addend;
    }
}

/* For the kernel: the resolver's address, and where its answer goes. */
static void add_late(struct shared *shared, const struct shared_relocation *r)
{
    struct section *late = shared->late;
    char *entry = late->output->data + late->offset +
                  shared->late_written++ * sizeof(Elf64_Rela);
    uint64_t resolver = names_symbol(r->type)
                            ? symbol_address(shared_symbol(shared, r->symbol))
                            : value_of(shared, r);
    write64(entry, shared->bias + r->address);
    write64(entry + offsetof(Elf64_Rela, r_info),
            ELF64_R_INFO(0, R_X86_64_IRELATIVE));
    write64(entry + offsetof(Elf64_Rela, r_addend), resolver);
}

/* From the file's word, so that a place that is named twice moves once. */
static bool apply_relr(void *context, uint64_t address)
{
    struct shared *shared = context;
    write64(shared_place_at(shared, address),
            shared->bias + shared_word(shared, address));
    return true;
}

static bool apply(struct shared *shared, const struct shared_relocation *r)
{
    if (is_late(shared, r))
        add_late(shared, r);
    else if (shared_is_lazy_slot(shared, r))
        apply_relr(shared, r->address);
    else if (r->type != R_X86_64_NONE)
        write64(shared_place_at(shared, r->address), value_of(shared, r));
    return true;
}

bool shared_relocate(struct shared *shared)
{
    shared_each_relr(shared, apply_relr, shared);
    each_rela(shared, apply);
    shared_lazy_fill(shared);
    if (shared->late) {
        struct bootlink_image *image = shared->link->image;
        image->irelative = shared->late->output->address + shared->late->offset;
        image->irelative_count = shared->late_count;
    }
    return true;
}
