/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The linker's data, in the order in which it comes to be: bytes, objects,
 * symbols, layout, image. Each part names the file that fills it; later stages
 * read it and trust it.
 *
 *     objects.h    what is read
 *     symbols.h    what names stand for, and what goes in
 *     marks.h      what an image says of itself
 *     outputs.h    what goes where
 *     locals.h     symbols that have no record
 *     addresses.h  at which addresses
 *     parts.h      what a program may do without
 *     loader.h     tables, the image, and the link itself
 */
#ifndef BOOTLINK_LOADER_H
#define BOOTLINK_LOADER_H

#include "addresses.h"
#include "locals.h"
#include "marks.h"
#include "parameters.h"
#include "parts.h"

/* ---- segments.c, phdrs.c, file_offsets.c -------------------------------- */

/* A program header of the output [gABI: Program Header]. */
struct program_header {
    uint32_t type, flags;
    uint64_t offset, address, load_address, file_size, memory_size, align;
    struct output_section **sections; /* in ascending order */
    uint64_t section_count;
    bool has_file_header, has_program_headers;
    bool is_headers;       /* nothing but the headers is in it */
    bool has_load_address; /* PHDRS said AT */
    bool has_flags;        /* PHDRS said FLAGS */
    span name;             /* in PHDRS */
    struct program_header *next;
};

/* Lists the program headers, header_count of them, and what is in them, as
 * things stand; if that `is_final`, all that PHDRS says must be known. */
bool segments_list(struct link *link, bool is_final);

/* Every name behind a colon must be in PHDRS. */
bool phdrs_check(struct link *link);

/* Where a header says by AT where it is loaded, so are its sections in memory.
 */
bool phdrs_load_addresses(struct link *link);

/* Program headers as GNU ld makes them, and file offsets (file_offsets.c). */
bool segments_plan(struct link *link);

/* ---- stack.c: may code lie on the stack? --------------------------------- */

#define STACK_NOTE SPAN(".note.GNU-stack")

/* What the objects' notes of that name say. */
struct stack_notes {
    const struct section *last;  /* of all notes; NULL: there is none */
    const struct object *wants;  /* the first that asks for such a stack */
    const struct object *silent; /* the last without a note */
};

struct stack_notes stack_notes(const struct link *link);

/* Of PT_GNU_STACK; 0: nobody says anything of it. */
uint32_t stack_flags(const struct link *link);

/* In an object (-r) the command line may add a note; to be finished when
 * sections have their output sections. */
bool stack_note_make(struct link *link);
bool stack_note_finish(struct link *link);

/* ---- inflate.c: compressed sections ------------------------------------- */

/* Decompresses the sections that go in, if the request says how. */
bool sections_inflate(struct link *link);

/* ---- properties.c, build_id.c: notes ------------------------------------ */

/* Makes one .note.gnu.property of those of all objects. */
bool properties_merge(struct link *link);

/* Makes .note.gnu.build-id and .note.package, if the request has them. */
bool build_id_make(struct link *link);

/* Where the build ID lies in the image; NULL: it is not in the output. */
char *build_id_data(const struct link *link);

/* ---- got.c: the global offset table [psABI 5.2] ------------------------- */

/* Checks the relocations of all that goes in, relaxes the loads that need no
 * GOT, and makes the GOT for the others. Afterwards no section is added. */
bool got_plan(struct link *link);

/* Writes the contents of GOT and PLT. */
bool got_fill(struct link *link);

/* Where a section lies that the linker has made; 0 if it is discarded. */
uint64_t got_section_address(const struct section *section);

/* Whether a symbol has an entry that a relocation can read, and where. */
bool got_has_entry(const struct link *link, const struct symbol *symbol);
uint64_t got_entry_address(const struct link *link,
                           const struct symbol *symbol);

/* ---- got_loads.c --------------------------------------------------------- */

/* What reloc_machine.relax wants to know of the i-th relocation of a section.
 * [psABI B.2] */
struct reloc_load got_load(const struct link *link,
                           const struct section *section,
                           const struct relocation *relocation);

/* While the object is being read: false if a load needs the GOT, wherever its
 * symbol lies. Else it needs none if that lies in the image, as it mostly does:
 * got_plan() looks at each such symbol, and not at each load. */
bool got_foresee(struct link *link, const struct section *section,
                 const struct relocation *relocation);

/* Checks the relocations of all that goes in, and notes whose symbols need an
 * entry. False after reporting. */
bool got_plan_loads(struct link *link);

/* ---- ifunc.c: indirect functions [GNU gABI: STT_GNU_IFUNC] -------------- */

/* The place of a pointer that the program fills in by IRELATIVE. */
struct ifunc_pointer {
    const struct section *section;
    uint64_t offset;
    const struct symbol *symbol;
    struct ifunc_pointer *next;
};

bool symbol_is_ifunc(const struct symbol *symbol);

/* Notes what a relocation wants of an indirect function: a PLT entry, a GOT
 * entry or nothing but a pointer that is filled in when the program starts. */
bool ifunc_refer(struct link *link, const struct section *section,
                 const struct relocation *relocation);

/* What an image in memory exports, others call: it needs a PLT entry. False if
 * there is no memory. */
bool ifunc_offer(struct link *link);

/* Gives a symbol that needs it its number in .iplt. */
void ifunc_number(struct link *link, struct symbol *symbol);

/* Makes .iplt, .igot.plt and .rela.iplt for what was noted and numbered. */
bool ifunc_make_sections(struct link *link);

/* Writes them. */
bool ifunc_fill(struct link *link);

/* The address that a reference to the symbol gets: of an indirect function its
 * PLT entry, if it has one, and so at every reference the same. */
uint64_t symbol_target(const struct link *link, const struct symbol *symbol);

/* A table that calls of the function need and the script discards, or NULL. */
const struct section *ifunc_discarded(const struct link *link,
                                      const struct symbol *symbol);

/* ifunc_call.c: applies a relocation (Elf64_Rela) that calls one by its PLT
 * entry. False, and nothing is written, if it is another one or does not fit.
 */
bool ifunc_call(const struct link *link, const struct section *section,
                const char *entry);

/* True if the program fills in what the relocation stands for. */
bool ifunc_is_late(const struct section *section,
                   const struct relocation *relocation,
                   const struct symbol *symbol);

/* ---- image.c: memory; copy, relocate, zero ------------------------------ */

/* A block of the image, which a link that fails gives back. */
struct kept_memory {
    struct bootlink_memory memory;
    struct kept_memory *next;
};

bool image_allocate(struct link *link);
bool image_emit(struct link *link);

/* How far emitting an output section has got. */
struct emission {
    const struct content *content; /* what comes next; NULL: nothing */
    uint64_t taken;                /* of its sections */
    uint64_t at;                   /* where it goes on in the output section */
};

/* Of which object it is; NULL: of none. */
static inline const struct object *
emission_object(const struct emission *emission)
{
    const struct content *content = emission->content;
    return content && content->count
               ? content->sections[emission->taken]->object
               : NULL;
}

/* image_sections.c: emits what comes next, into an output section that has its
 * memory: data or a gap of the script, or sections of one object, as far as
 * they end at `limit` or before. */
bool image_emit_next(struct link *link, const struct output_section *output,
                     struct emission *emission, uint64_t limit);

/* Fills a gap between sections, or one that the script makes. */
void image_fill(const struct output_section *output, span fill, char *to,
                uint64_t size);

/* Remembers a block, which a link that fails must give back. */
bool image_keep(struct link *link, struct bootlink_memory memory);

/* Gives back the memory of an image that is not wanted. */
void image_release(struct link *link);

/* ---- image_file.c: the bytes of an output file --------------------------- */

/* Who takes large output sections while they are emitted, so that they are
 * never in memory as a whole. */
struct link_sink {
    void *context;
    /* False: it takes none; all are kept until the link is closed. */
    bool (*open)(void *context, const struct link *link);
    /* Bytes of the file, at `offset` in it. False after reporting. */
    bool (*write)(void *context, const struct link *link, uint64_t offset,
                  span bytes);
};

/* Gives memory to sections that are not streamed. */
bool image_allocate_for_file(struct link *link);

/* Emits those that are. */
bool image_stream(struct link *link);

/* ---- relocate.c, relocate_usual.c --------------------------------------- */

/* Applies the relocations of sections of one object, of which there is at least
 * one, to their copies in the image. */
bool sections_relocate(struct link *link, struct section *const *sections,
                       uint64_t count);

/* Rewrites a load from the GOT, and applies what it became. Nothing is written,
 * and false, if that does not fit. */
bool relocation_rewrite(char *place, uint64_t address, uint64_t S,
                        const struct reloc_relaxed *relaxed);

/* Applies the i-th of them, whatever it is, or says why that cannot be; or this
 * and the next one. */
bool relocation_apply(struct link *link, const struct section *section,
                      uint32_t i, bool *takes_next);

/* True if a relocation cannot name it in general: its section is not in the
 * output. */
static inline bool symbol_is_gone(const struct symbol *symbol)
{
    return symbol->state == SYMBOL_DEFINED &&
           symbol->section->state != SECTION_PLACED;
}

/* Unwind tables may name what is gone: the other tables of a function that is
 * not in the output. */
bool is_unwind_table(const struct section *section);

/* Reports a relocation at `offset` that may not; false. */
bool report_discarded(struct link *link, const struct section *section,
                      uint64_t offset, const struct symbol *symbol);

/* relocate_object.c: checks those of an object (-r), and what they name. */
bool section_check_references(struct link *link, const struct section *section);

/* ---- pages.c: what to map ----------------------------------------------- */

/* Lists the image's sections and its runs of pages with their permissions. */
bool pages_plan(struct link *link);

/* Permissions of enum bootlink_permission. */
unsigned output_permissions(const struct output_section *output);

/* ---- exports.c ---------------------------------------------------------- */

/* True if the image offers a symbol to others. */
bool exports_offer(const struct link *link, const struct symbol *symbol);
/* Checks what the marks name, and describes the image: its exports, the
 * functions that start and end it, and the symbol table that backtraces get. */
bool exports_fill(struct link *link);

/* ---- symbols_by_address.c ----------------------------------------------- */

/* Fills in the image's symbols. */
bool symbols_by_address(struct link *link);

/* ---- executable.c: a kernel that is linked already ---------------------- */

struct executable;

/* The one input, if it is an executable for memory; else NULL. */
struct executable *executable_open(struct link *link);
/* Places its segments as output sections, and reads them into the image. */
bool executable_link(struct executable *executable);

/* ---- give_back.c -------------------------------------------------------- */

/* Takes what nobody reads any more of an object that was just opened for
 * link->arena, if the observer lends it. */
void object_leave(const struct reader *reader);

/* From here on nothing lies there: the image is described for who has given
 * back its files. */
bool pieces_leave(struct link *link);

/* Tells the observer of indices that nobody reads any more. */
void archives_done(const struct link *link);

/* Copies the lists of what patterns have taken, and of orphans, out of
 * link->passing, and gives that back. */
bool lists_keep(struct link *link);

/* So much of the image that image_emit() has yet to write, for who comes before
 * it; NULL: no section is as large. */
void *image_unwritten(const struct link *link, uint64_t size);

/* ---- module_layout.c ---------------------------------------------------- */

/* Makes the script of a module. */
bool module_layout(struct link *link);

/* Asks where the module is to go, and moves its base there. */
bool module_place(struct link *link);

/* ---- names.c: what the options say of symbols by name ------------------- */

/* Enters those that are asked for, and marks those that are special. */
bool names_enter(struct link *link);

/* --require-defined: they must be by now. */
bool names_check(struct link *link);

/* ---- link_other.c: outputs that are no image ---------------------------- */

bool link_object(struct link *link);
bool link_flat(struct link *link);

/* ---- link.c ------------------------------------------------------------- */

struct link {
    const struct bootlink_world *world;
    const struct bootlink_request *request;
    struct link_scripts scripts;  /* of the request; NULL if it has none */
    struct link_extras extras;    /* likewise */
    struct expr *module_base;     /* of a module: where it goes */
    struct bootlink_image *image; /* the result */
    struct arena arena;           /* everything below lives in it ... */
    struct arena passing;         /* ... but what its user gives back: archives
                                     and what is wanted of them until all inputs
                                     are open, lists that are sorted */
    uint64_t error_count;
    bool lets_go; /* the observer wants to know what was left */

    /* open inputs, resolve */
    span script_name;                 /* of the one with the layout */
    struct script_turn *script_turns; /* by index in the request: what that
                                         script does in its turn; the last
                                         one's is that of request->script */
    struct symbol_table early;        /* what assignments gave so far, for
                                         script_early.c */
    struct object *objects, **last_object;
    uint32_t object_count;
    struct shared *shared; /* the object that is a shared one; or NULL */
    struct object *home;   /* that has the linker's tables; NULL: the first */
    struct symbol_table symbols;
    struct symbol_table groups;     /* COMDAT signatures */
    struct symbol_table once_names; /* .gnu.linkonce.X.NAME: `value` is a place
                                       in `once`, + 1 */
    struct once *once;
    uint64_t once_count, once_capacity;
    struct symbol **wanted; /* in the order in which archives came to be asked
                               for them; one may be in it twice */
    uint64_t wanted_count, wanted_capacity;
    struct archive *archives;   /* that were opened, until all inputs are */
    struct section *build_id;   /* .note.gnu.build-id; NULL: none is wanted */
    struct section *stack_note; /* that -z [no]execstack adds, or NULL */

    struct section_list orphans; /* in link order, what no pattern took */

    /* select */
    struct symbol_list commons; /* what is or was common; when these become
                                   sections, in GNU ld's order */
    bool has_ifuncs;            /* some symbol is an indirect function */
    bool has_link_order;        /* some section is SHF_LINK_ORDER */
    bool has_versions;          /* some names mean the symbol of another */
    struct module_marks marks;
    struct parameter_value *values; /* that request->parameters gives */
    uint64_t value_count, value_capacity;
    struct section *strings; /* of those; NULL: there are no values */

    struct section *eh_frame_hdr; /* NULL: none */
    uint64_t fde_count;  /* in .eh_frame, of those that are understood */
    bool has_odd_frames; /* some .eh_frame is not understood */

    /* place */
    struct script script;
    struct output_section *outputs;
    struct output_section *first_listed, *last_listed; /* as their headers */
    struct symbol_table output_names; /* `output` is the first of a name */
    struct program_header *headers;
    uint64_t header_count;
    uint64_t expected_headers; /* what SIZEOF_HEADERS reckons with ... */
    bool has_asked_headers;    /* ... if the script uses it */
    uint64_t walk;             /* over the script, counted from 1 */
    uint64_t contents_end;     /* of the sections, in an output file */
    uint64_t page_size, common_page_size;
    uint64_t file_page_size; /* the alignment of segments of a file */
    struct data_segment data;
    bool has_relro;                        /* some of it is to be protected */
    struct region *regions, **last_region; /* the first is all of memory */
    struct symbol_table region_names;
    struct region *regions_by_attributes[REGION_ATTRIBUTE_SETS];
    bool *starts_used;           /* by the script: of request->starts */
    uint64_t tls_start, tls_end; /* the thread-local template, to where the
                                    thread pointer of a copy points */

    /* tables */
    struct symbol null_symbol; /* what relocations without a symbol name */
    struct symbol_place *spare_place; /* for locals.c ... */
    uint32_t spare_places;            /* ... so many */
    struct symbol_warning *warnings;  /* for those who use a symbol */
    struct section *got, *got_plt;
    struct symbol *loaded;   /* those that got_foresee() has come by; later only
                                those that are not in the image */
    struct symbol *got_name; /* _GLOBAL_OFFSET_TABLE_, if anybody names it */
    bool is_got_used;        /* ... in a relocation; or there is an entry */
    uint64_t got_count;
    struct symbol_list got_globals; /* with an entry in .got or .iplt; later in
                                       GNU ld's order */
    struct section *iplt, *igot_plt, *rela_iplt;
    uint64_t plt_count;     /* entries in .iplt */
    uint64_t pointer_count; /* to indirect functions, in data ... */
    uint64_t late_count;    /* ... and all entries in .rela.iplt */
    bool has_ibt;           /* all objects have ENDBR64 at every target */

    /* emit */
    struct kept_memory *kept;
};

/* Enters the references of -e, ENTRY and EXTERN that were not entered yet. */
bool link_refer(struct link *link);

/* Enters one that is not weak, like that of an object: an archive may hold the
 * symbol. */
bool link_refer_to(struct link *link, span name);

/* Finds the entry's address. */
bool link_find_entry(struct link *link);

/* True if the output is an object again (-r). */
static inline bool link_is_relocatable(const struct link *link)
{
    return link->request->output == BOOTLINK_RELOCATABLE;
}

/* False if the request wants other code than usual_load_rewrite() writes. */
static inline bool got_relaxes_usual(const struct link *link)
{
    return !link->request->no_relax && !link->request->call_nop;
}

/* What a link is at work on. Opening and resolving take turns. */
enum link_stage {
    LINK_OPENING,   /* bytes become objects, text becomes a script */
    LINK_RESOLVING, /* who defines what */
    LINK_SELECTING,
    LINK_PLACING,
    LINK_TABLES,
    LINK_EMITTING,
    LINK_ZEROING, /* .bss */
    LINK_ENDED,   /* between links: the order of modules */
    LINK_STAGE_COUNT,
};

/* True if the output is a module. */
static inline bool link_is_module(const struct link *link)
{
    return !link->scripts.scripts_read;
}

/* A pass of the request's scripts or extras, if it has them. */
static inline bool link_pass(struct link *link, bool (*pass)(struct link *link))
{
    return !pass || pass(link);
}

/* True if the output is a file of nothing but bytes. */
static inline bool link_is_flat(const struct link *link)
{
    enum bootlink_format format = link->request->format;
    return link->request->output == BOOTLINK_IN_FILE &&
           (format == BOOTLINK_FORMAT_FLAT ||
            (format == BOOTLINK_FORMAT_OF_SCRIPT && link->script.is_flat));
}

/* Whoever wants to see what comes in: each file, and each mention of a global
 * symbol, with the symbol as it was before; or what is being done, as it
 * begins; or that the bytes of an object have been gone over, and others come
 * first before these are looked at again; or that some of these are looked at
 * all the time, though the object is left; or that these bytes are not, unless
 * their file is opened once more. NULL: does not want to. Or it lends such
 * bytes to the linker, for as long as it reads others of that file. */
struct link_observer {
    void *context;
    void (*file)(void *context, span name);
    void (*mention)(void *context, const struct symbol *symbol,
                    const struct symbol_mention *mention);
    void (*stage)(void *context, enum link_stage stage);
    void (*left)(void *context, span bytes);
    void (*kept)(void *context, span bytes); /* not NULL if left() is not */
    void (*done)(void *context, span bytes);
    bool (*lend)(void *context, span bytes);
};

/* True if the observer wants each mention. */
static inline bool link_shows_mentions(const struct link *link)
{
    const struct link_observer *observer = link->request->observer;
    return observer && observer->mention;
}

/* Tells the observer; true, so that it can stand among the passes. */
static inline bool link_enter(const struct link *link, enum link_stage stage)
{
    const struct link_observer *observer = link->request->observer;
    if (observer && observer->stage)
        observer->stage(observer->context, stage);
    return true;
}

/* Tells the observer, as all of an object's bytes have been gone over. */
static inline void link_leave(const struct link *link, span bytes)
{
    const struct link_observer *observer = link->request->observer;
    if (link->lets_go)
        observer->left(observer->context, bytes);
}

/* The same of what is looked at while others come and go: names, and strings
 * that others are compared with. */
static inline void link_keep(const struct link *link, span bytes)
{
    const struct link_observer *observer = link->request->observer;
    if (link->lets_go)
        observer->kept(observer->context, bytes);
}

/* Gives a bare local a place, of which there are some to spare. */
static inline struct symbol_place *
local_place(struct object *object, uint32_t index, enum symbol_operand operand)
{
    struct symbol_place *place = object->link->spare_place++;
    object->link->spare_places--;
    place->operand = operand;
    place->state = SYMBOL_BARE;
    place->type = STT_NOTYPE;
    object->symbols[index].at = place;
    return place;
}

/* ---- link_error.c ------------------------------------------------------- */

/* The first file of the request: an object, or an archive. */
span link_module_path(const struct link *link);

/* Reports and counts an error of this link; returns false. With
 * --noinhibit-exec what is undefined, defined twice or does not fit is a
 * warning: then true. That of a module begins with its file. */
bool link_error(struct link *link, enum bootlink_class class_,
                const char *format, ...) PRINTF(3, 4);

/* The same at a place of the script, with its line. */
bool link_error_at(struct link *link, struct script_place place,
                   enum bootlink_class class_, const char *format, ...)
    PRINTF(4, 5);

/* The same at a place of an input: "net.o:(.text+0x1c): ..." */
bool link_error_in(struct link *link, const struct section *section,
                   uint64_t offset, enum bootlink_class class_,
                   const char *format, ...) PRINTF(5, 6);
void link_warning_in(struct link *link, const struct section *section,
                     uint64_t offset, enum bootlink_class class_,
                     const char *format, ...) PRINTF(5, 6);

/* "undefined reference to 'printk', which ...": with what is known of the name,
 * and what to do. Cut to fit into `buffer`. */
span link_describe_undefined(const struct link *link, span name, char *buffer,
                             size_t size);

#endif
