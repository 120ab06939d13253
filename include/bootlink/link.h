/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The linker as a library.
 *
 * A link is a function of its files in order, its script, its options and the
 * addresses chosen for it, and of nothing else. Everything outside that
 * function is reached through `struct bootlink_world`, which firmware, host
 * commands, a running kernel and the tests implement in a few dozen lines.
 *
 * Sizes and offsets are in bytes. Nothing here is global; two links may run at
 * once.
 */
#ifndef BOOTLINK_LINK_H
#define BOOTLINK_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BOOTLINK_VERSION "0.1"

/* Bytes or text that somebody else owns: a pointer and a length, no final NUL.
 * `data` may be NULL if `size` is 0. */
struct bootlink_span {
    const char *data;
    size_t size;
};

/* ---- The world ---------------------------------------------------------- */

/* What a block of memory is for. The host decides where such memory lies and
 * when it is given back. */
enum bootlink_memory_kind {
    BOOTLINK_MEMORY_SCRATCH, /* the linker's own; released by bootlink_close */
    BOOTLINK_MEMORY_IMAGE,   /* a linked image: lives as long as the image */
    BOOTLINK_MEMORY_TABLES,  /* page tables, 4 KiB aligned */
    BOOTLINK_MEMORY_INFO,    /* boot info and what it points to */
};

/* `wanted` when any physical address will do. */
#define BOOTLINK_ANYWHERE UINT64_MAX

/* A block of memory. Bytes are written through `data`; addresses are computed
 * from `physical` (and the virtual address it is mapped at). The two differ
 * wherever an image is staged, so neither may be derived from the other. */
struct bootlink_memory {
    void *data;
    uint64_t physical;
    uint64_t size;
    bool is_zero; /* so that nobody need clear it; a world may leave it false */
};

enum bootlink_severity { BOOTLINK_ERROR, BOOTLINK_WARNING, BOOTLINK_NOTE };

/* Why a link failed, so that a host can decide whether to go on. */
enum bootlink_class {
    BOOTLINK_CORRUPT,     /* a file is not what its headers say */
    BOOTLINK_UNSUPPORTED, /* valid, but not for this linker */
    BOOTLINK_MISSING,     /* a file could not be had */
    BOOTLINK_SYNTAX,      /* a script, config file or option does not parse */
    BOOTLINK_UNDEFINED,   /* a reference without a definition */
    BOOTLINK_DUPLICATE,   /* two definitions of one name */
    BOOTLINK_RANGE,       /* a value does not fit where it must go */
    BOOTLINK_LAYOUT,      /* sections cannot be placed as asked */
    BOOTLINK_NO_MEMORY,   /* the world had no more */
    BOOTLINK_REFUSED,     /* a module, or those who use it, said no */
};

/* One finding. `text` says where, what and what to do, without a final
 * newline; it may have several lines. It is valid during the call only. */
struct bootlink_diagnostic {
    enum bootlink_severity severity;
    enum bootlink_class class_; /* `class` is a word of C++ */
    struct bootlink_span text;
};

/* The four functions a linker needs. `host` is passed back as it is. */
struct bootlink_world {
    void *host;

    /* The whole content of the file `name`, stable until the link is closed.
     * False if there is no such file or it cannot be read; the host says why
     * by `report` if it knows more than that. With `bytes` NULL it is only
     * asked whether there is such a file, and says nothing. */
    bool (*file)(void *host, struct bootlink_span name,
                 struct bootlink_span *bytes);

    /* `size` bytes (> 0) aligned to `align` (a power of two), at physical
     * address `wanted` or BOOTLINK_ANYWHERE. Contents are undefined. False if
     * there are none. */
    bool (*memory)(void *host, enum bootlink_memory_kind kind, uint64_t size,
                   uint64_t align, uint64_t wanted,
                   struct bootlink_memory *block);

    /* Gives back a block that `memory` returned. */
    void (*release)(void *host, enum bootlink_memory_kind kind,
                    struct bootlink_memory block);

    /* Called for each finding, in the order in which they are found. */
    void (*report)(void *host, const struct bootlink_diagnostic *diagnostic);
};

/* ---- The request -------------------------------------------------------- */

/* The command line, left to right. Archives between START and END are one
 * group: searched again until no member is taken any more. */
enum bootlink_input_kind {
    BOOTLINK_FILE,
    BOOTLINK_GROUP_START,
    BOOTLINK_GROUP_END,
    BOOTLINK_WHOLE_ARCHIVE,    /* --whole-archive: take every member ... */
    BOOTLINK_NO_WHOLE_ARCHIVE, /* ... up to here */
    BOOTLINK_LIBRARY, /* -l: libNAME.a, or what follows a colon, in a folder */
    BOOTLINK_BINARY,  /* -b binary: a file of any bytes, as data */
    BOOTLINK_SYMBOLS, /* -R: of an executable or object the symbols alone */
    BOOTLINK_SCRIPT,  /* -T: a layout script; its INPUTs stand in its place */
    BOOTLINK_DEFAULT_SCRIPT, /* -dT: the same, unless one before it, that is no
                                mere addition, is the layout already */
    BOOTLINK_DEFINITION, /* --defsym: the text of an assignment, which counts
                            in its place among the scripts */
};

struct bootlink_input {
    enum bootlink_input_kind kind;
    struct bootlink_span name; /* of a file, library or script; or the text */
};

/* A symbol that another image offers, with its final address. */
struct bootlink_export {
    struct bootlink_span name;
    uint64_t address;
    struct bootlink_span name_space; /* of EXPORT_SYMBOL_NS, or empty */
};

/* An address that the command line gives. --section-start=.text=0x1000 is where
 * that output section starts (`is_section`). -Ttext-segment=0x400000 is what
 * the script gets for SEGMENT_START("text-segment", default); if it never asks
 * for that name, it is where the section of that name behind a dot starts, as
 * with -Ttext=0x1000. Of two of a name the last counts. */
struct bootlink_start {
    struct bootlink_span name;
    uint64_t address; /* virtual */
    bool is_section;
};

/* What the link is for. */
enum bootlink_output {
    BOOTLINK_IN_MEMORY,   /* to be entered: allocated sections, .bss zeroed */
    BOOTLINK_IN_FILE,     /* to be written: all sections, none for SHT_NOBITS */
    BOOTLINK_RELOCATABLE, /* an object again (-r): nothing is relocated */
};

/* Bits of .note.gnu.property that the image has whatever its objects say, and
 * those that an object must not lack. */
struct bootlink_properties {
    uint32_t needed;           /* GNU_PROPERTY_1_NEEDED */
    uint32_t features;         /* GNU_PROPERTY_X86_FEATURE_1_AND */
    uint32_t isa_needed;       /* GNU_PROPERTY_X86_ISA_1_NEEDED */
    uint32_t warned_features;  /* of the second; without them a warning ... */
    uint32_t refused_features; /* ... or an error */
    bool has_ibt_plt; /* PLT entries begin with ENDBR64, whatever objects say */
};

/* How decompressing ended. */
enum bootlink_inflated {
    BOOTLINK_INFLATED,        /* it gave exactly `size` bytes */
    BOOTLINK_INFLATE_DAMAGED, /* it did not */
    BOOTLINK_INFLATE_UNKNOWN, /* there is no such way of compressing */
};

/* What an output file is. */
enum bootlink_format {
    BOOTLINK_FORMAT_OF_SCRIPT, /* what OUTPUT_FORMAT says, else ELF */
    BOOTLINK_FORMAT_ELF,
    BOOTLINK_FORMAT_FLAT, /* bytes by load address and nothing else */
};

/* What an undefined reference is. It counts as 0 where the link goes on. */
enum bootlink_unresolved {
    BOOTLINK_UNRESOLVED_ERROR,
    BOOTLINK_UNRESOLVED_WARNING,
    BOOTLINK_UNRESOLVED_IGNORED,
};

/* What becomes of sections that the script does not name. */
enum bootlink_orphans {
    BOOTLINK_ORPHANS_PLACED,
    BOOTLINK_ORPHANS_WARNED, /* placed, with a warning */
    BOOTLINK_ORPHANS_REFUSED,
    BOOTLINK_ORPHANS_DISCARDED,
};

/* Where the byte goes. */
enum bootlink_call_nop {
    BOOTLINK_CALL_PREFIX = 0x100,
    BOOTLINK_CALL_SUFFIX = 0x200,
};

/* How patterns of the script without SORT are sorted. */
enum bootlink_sort_section {
    BOOTLINK_SORT_SECTION_NOT,
    BOOTLINK_SORT_SECTION_BY_NAME,
    BOOTLINK_SORT_SECTION_BY_ALIGNMENT,
};

/* In what order common symbols get their places: by alignment, or as GNU ld
 * comes by them. */
enum bootlink_sort_common {
    BOOTLINK_SORT_COMMON_NOT,
    BOOTLINK_SORT_COMMON_RISING,
    BOOTLINK_SORT_COMMON_FALLING,
};

struct link_observer; /* loader/loader.h, like the next four */
struct link_sink;
struct link_shared;
extern const struct link_shared bootlink_shared;
struct link_scripts;
extern const struct link_scripts bootlink_scripts;
struct link_extras;
extern const struct link_extras bootlink_extras;

/* What to link, and how. In memory, one executable (ET_EXEC) alone is loaded
 * rather than linked. Zero is the default of every field. Arrays, names and
 * texts stay the caller's, and must not change until the link is closed.
 *
 * What a kernel needs comes first; behind it is what else GNU ld's command line
 * can say, by its names. [GNU ld manual: Command-line Options] */
struct bootlink_request {
    /* &bootlink_scripts, or NULL: then nothing reads a script, the inputs are
     * files, and the output is a module in memory, laid out as loader/module.ld
     * says at `module_base` (below). A program that never names them, such as a
     * kernel that loads modules, does not have the parser in it. */
    const struct link_scripts *scripts;

    /* &bootlink_extras, or NULL: then the output is in memory, and nothing is
     * asked for of gc_sections, build_id, inflate, eh_frame_hdr and the lists
     * of symbols below. A program that never names them does not have these
     * passes in it. */
    const struct link_extras *extras;

    /* ---- files and script ---- */

    const struct bootlink_input *inputs;
    size_t input_count;

    /* The layout, unless a script among the inputs that is no mere addition to
     * it (INSERT) takes its place. */
    struct bootlink_span script_name; /* for messages */
    struct bootlink_span script;      /* its text */

    /* Script text ("name = expression; ...") that is evaluated before every
     * script, such as where a kernel lies. */
    struct bootlink_span definitions;

    struct bootlink_span entry; /* -e; empty: the script's ENTRY, else _start */
    bool needs_entry; /* an entry symbol that is not defined is an error */

    enum bootlink_output output;
    enum bootlink_format format;
    bool load_anywhere; /* `phys: any`: no load address is binding */

    /* Where a module goes, a multiple of the page size. If there is `place`, it
     * is asked instead, as soon as the size is known: false if there is no such
     * range of addresses, which it has reported. */
    uint64_t module_base;
    bool (*place)(void *placer, uint64_t size, uint64_t *base);
    void *placer;

    /* Looks for a symbol that is not defined here among those that may be used
     * all the same; NULL: there is none. Used for modules. */
    const struct bootlink_export *(*find_import)(void *imports,
                                                 struct bootlink_span name);
    void *imports;

    /* For the message on one that stays undefined: what is behind its name, up
     * to `size` bytes in `buffer`. NULL: nobody knows more. */
    struct bootlink_span (*explain)(void *imports, struct bootlink_span name,
                                    char *buffer, size_t size);

    /* Values for what module_param names: "name=value other=1,2". Any text will
     * do if the objects have none. */
    struct bootlink_span parameters;

    /* &bootlink_shared, or NULL: shared objects (ET_DYN) are refused. One alone
     * is moved to module_base rather than linked. What its DT_NEEDED name are
     * `libraries`, linked and not closed, in the order of a search: those that
     * it names, then those that these name. */
    const struct link_shared *shared;
    const struct bootlink_image *const *libraries;
    size_t library_count;
    bool binds_lazily; /* its functions, when they are called: see lazy.h */

    /* Reads `size` bytes at `offset` of a file straight to their place: how
     * many there were, fewer at its end or if it cannot be read. NULL: they are
     * copied out of the whole file. */
    size_t (*read)(void *host, struct bootlink_span name, uint64_t offset,
                   size_t size, void *to);

    /* Decompresses `from`, as ELFCOMPRESS_... says, to `size` bytes. NULL:
     * compressed sections stay so, and cannot be relocated. */
    enum bootlink_inflated (*inflate)(unsigned type, struct bootlink_span from,
                                      void *to, uint64_t size);

    const struct link_observer *observer; /* of the linker's own; NULL: none */
    const struct link_sink *sink;         /* likewise */

    const struct bootlink_span *folders; /* -L, in order */
    size_t folder_count;
    struct bootlink_span sysroot; /* what `=` before a path stands for */

    /* ---- symbols ---- */

    /* -u: references that come before those of all objects. */
    const struct bootlink_span *undefined;
    size_t undefined_count;

    /* --require-defined: of those, what must be defined in the end. */
    const struct bootlink_span *required;
    size_t required_count;

    /* --wrap: references to `name` go to __wrap_name, and those to __real_name
     * to `name`. */
    const struct bootlink_span *wrapped;
    size_t wrapped_count;

    /* References to these may stay undefined; of all others `unresolved`
     * decides. */
    const struct bootlink_span *ignored_undefined;
    size_t ignored_undefined_count;
    enum bootlink_unresolved unresolved;

    bool allow_duplicates; /* the first of several definitions counts */
    bool no_inhibit;       /* what is undefined or does not fit is no reason not
                              to make an output */
    enum bootlink_sort_common sort_common;
    bool define_common; /* -d: give common symbols their places even in an
                           object */
    bool has_start_stop_visibility; /* of __start_X: the STV_... below; if not,
                                       STV_PROTECTED */
    unsigned start_stop_visibility;

    /* ---- sections ---- */

    bool gc_sections;                /* leave out what nothing reaches ... */
    bool print_gc_sections;          /* ... and note it */
    bool gc_keep_exported;           /* what others could use is reached */
    bool start_stop_gc;              /* __start_X does not reach sections X */
    struct bootlink_span init, fini; /* -init, -fini: are reached; empty: _init
                                        and _fini */

    enum bootlink_orphans orphans;
    enum bootlink_sort_section sort_section;

    /* --unique: sections of these patterns join no other ... */
    const struct bootlink_span *unique;
    size_t unique_count;
    bool unique_orphans; /* ... nor do orphans */

    bool force_group_allocation; /* members of groups join sections like others,
                                    even in an object */
    bool strip_debug;            /* leave out debug sections */
    bool emit_relocs;            /* relocations are kept, and sections that came
                                    out empty but have inputs */
    bool eh_frame_hdr;           /* make a table to search unwind tables by */
    bool no_relax;               /* leave GOT loads as they are */
    uint16_t call_nop; /* the byte that fills up a call which needs no GOT any
                          more, and BOOTLINK_CALL_...; 0: 0x67 before it */

    struct bootlink_span build_id; /* the bytes of .note.gnu.build-id; empty:
                                      there is none */
    struct bootlink_span package_note; /* what is in .note.package, likewise */
    struct bootlink_properties properties;

    /* ---- addresses and segments ---- */

    const struct bootlink_start *starts;
    size_t start_count;
    bool allow_overlap; /* --no-check-sections: sections may overlap */

    uint64_t page_size;        /* -z max-page-size, a power of two; 0: 4096 */
    uint64_t common_page_size; /* -z common-page-size, likewise */
    bool no_paging;            /* -n, -N: segments need not lie on pages */
    bool writable_text;        /* -N */
    bool no_separate_code;     /* -z noseparate-code */
    bool no_relro;             /* -z norelro */

    uint64_t stack_size;            /* -z stack-size, in bytes; 0: not said */
    bool exec_stack, no_exec_stack; /* -z execstack, -z noexecstack */
};

/* ---- The result --------------------------------------------------------- */

enum bootlink_permission {
    BOOTLINK_READ = 1,
    BOOTLINK_WRITE = 2,
    BOOTLINK_EXECUTE = 4,
};

/* A run of whole pages with one set of permissions. */
struct bootlink_segment {
    struct bootlink_span name; /* of its first output section */
    uint64_t address;          /* virtual, page aligned */
    uint64_t physical;         /* page aligned */
    uint64_t size;             /* a multiple of the page size, > 0 */
    unsigned permissions;      /* of enum bootlink_permission */
};

/* An output section as it lies in memory. */
struct bootlink_section {
    struct bootlink_span name;
    uint64_t address; /* virtual */
    uint64_t size;
    const void *data; /* its bytes, through the world's pointer */
    unsigned permissions;
};

/* A symbol with its final address, for backtraces and for modules. */
struct bootlink_symbol {
    struct bootlink_span name;
    uint64_t address;
    uint32_t size; /* UINT32_MAX: that, or more */
    bool is_function;
    bool is_exported; /* other images may use it */
};

/* A linked image in memory. All pointers stay valid until bootlink_close. */
struct bootlink_image {
    uint64_t entry; /* virtual; 0 if there is no entry symbol */
    uint64_t init;  /* virtual, of module_init; 0 without one */
    uint64_t exit;  /* likewise, of module_exit */
    uint64_t init_array, init_count; /* constructors: where pointers to them
                                        lie, to be called in this order ... */
    uint64_t fini_array, fini_count; /* ... and destructors, from the last on;
                                        both as the layout's __init_array_start
                                        and its like say, 0 without them */
    uint64_t irelative; /* where a table of Elf64_Rela lies that the kernel goes
                           through before it calls anything of the image: each
                           r_addend is a function, whose result goes to
                           r_offset ... */
    uint64_t irelative_count; /* ... and this is their number */
    uint64_t low, high; /* virtual range [low, high), whole pages; of an image
                           in the higher half what is there */
    uint64_t slide;     /* value of bootlink_slide, 0 without one */
    bool slide_used;    /* the script looked at bootlink_slide */
    bool is_executable; /* it was linked already, and nothing is known of its
                           sections and symbols */
    const struct bootlink_segment *segments; /* ascending, without overlap */
    size_t segment_count;
    const struct bootlink_section *sections; /* allocated ones, in order */
    size_t section_count;
    const struct bootlink_symbol *symbols; /* ascending by address */
    size_t symbol_count;
    size_t names_size;   /* of all their names, without NULs */
    size_t export_count; /* how many of them are exported */
    struct link *link;   /* what bootlink_close gives back */
};

/* Links. On false every error has been reported and nothing is left to close.
 * [gABI: Object Files, Sections, Symbol Table, Relocation] */
bool bootlink_link(const struct bootlink_world *world,
                   const struct bootlink_request *request,
                   struct bootlink_image *image);

/* The address of a symbol of the image, 0 if it has none of that name. */
uint64_t bootlink_lookup(const struct bootlink_image *image,
                         struct bootlink_span name);

/* Gives back the linker's scratch memory, but not the image. */
void bootlink_close(struct bootlink_image *image);

#ifdef __cplusplus
}
#endif

#include "modules.h" /* load, look up, unload in a running kernel */

#endif
