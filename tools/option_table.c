/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Every option of GNU ld, and what this linker makes of it: it does the same,
 * ignores what says nothing to a static image, or refuses what it cannot do.
 * [GNU ld manual: Command-line Options]
 */
#include "options.h"

/* A row: what it does. A row without help is another name of the one before. */
#define FIELD(field) offsetof(struct options, field)
#define ON(name, field, help)                                                  \
    {                                                                          \
        name, NULL, help, NULL, NULL, FIELD(field), true, false, NO_VALUE      \
    }
#define OFF(name, field, help)                                                 \
    {                                                                          \
        name, NULL, help, NULL, NULL, FIELD(field), false, false, NO_VALUE     \
    }
#define DOES(name, apply, help)                                                \
    {                                                                          \
        name, NULL, help, NULL, apply, 0, false, false, NO_VALUE               \
    }
#define TAKES(name, argument, apply, help)                                     \
    {                                                                          \
        name, argument, help, NULL, apply, 0, false, false, WITH_VALUE         \
    }
#define MAY_TAKE(name, argument, apply, help)                                  \
    {                                                                          \
        name, argument, help, NULL, apply, 0, false, false, EQUALS_OR_NONE     \
    }
#define IGNORED(name, value)                                                   \
    {                                                                          \
        name, NULL, NULL, NULL, NULL, 0, false, true, value                    \
    }
#define REFUSED(name, value, why)                                              \
    {                                                                          \
        name, NULL, NULL, why, NULL, 0, false, false, value                    \
    }
#define END                                                                    \
    {                                                                          \
        NULL, NULL, NULL, NULL, NULL, 0, false, false, NO_VALUE                \
    }

#define NOT_YET "this linker does not know it yet; leave it out"
#define STATIC_ONLY                                                            \
    "this linker makes static images; leave it out, or link by another"

/* clang-format off */
const struct option_row option_rows[] = {
    /* Files. */
    TAKES("o", "FILE", option_set_output, "the output (a.out)"),
    TAKES("output", "FILE", option_set_output, NULL),
    TAKES("T", "FILE", option_add_script,
          "the layout script, also along -L (static.ld)"),
    TAKES("script", "FILE", option_add_script, NULL),
    TAKES("L", "DIR", option_add_folder, "where -l and -T look"),
    TAKES("library-path", "DIR", option_add_folder, NULL),
    TAKES("l", "NAME", option_add_library,
          "libNAME.a; -l :FILE for another name"),
    TAKES("library", "NAME", option_add_library, NULL),
    DOES("(", option_start_group, "archives to be searched in a circle ..."),
    DOES("start-group", option_start_group, NULL),
    DOES(")", option_end_group, "... up to here"),
    DOES("end-group", option_end_group, NULL),
    DOES("whole-archive", option_start_whole_archive,
         "take every member ..."),
    DOES("no-whole-archive", option_end_whole_archive, "... up to here"),
    TAKES("Map", "FILE", option_set_map,
          "write a map; - for standard output"),

    /* Addresses, hexadecimal with or without 0x. */
    TAKES("Ttext", "ADDRESS", option_set_text_start, "where .text starts"),
    TAKES("Tdata", "ADDRESS", option_set_data_start, "where .data starts"),
    TAKES("Tbss", "ADDRESS", option_set_bss_start, "where .bss starts"),
    TAKES("Ttext-segment", "ADDRESS", option_set_text_segment,
          "what SEGMENT_START(\"text-segment\", ...) gives"),
    TAKES("Trodata-segment", "ADDRESS", option_set_rodata_segment,
          "likewise \"rodata-segment\""),
    TAKES("Tldata-segment", "ADDRESS", option_set_ldata_segment,
          "likewise \"ldata-segment\""),
    TAKES("section-start", "NAME=ADDRESS", option_set_section_start,
          "where an output section starts"),

    /* What comes out. */
    ON("r", relocatable, "an object again, for a later link"),
    ON("i", relocatable, NULL),
    ON("Ur", relocatable, NULL),
    ON("relocatable", relocatable, NULL),
    ON("d", request.define_common,
       "with -r: give common symbols their places"),
    ON("dc", request.define_common, NULL),
    ON("dp", request.define_common, NULL),
    ON("force-group-allocation", request.force_group_allocation,
       "with -r: sections of groups join others"),
    ON("q", emit_relocs, "keep relocations in an executable"),
    ON("emit-relocs", emit_relocs, NULL),

    /* Symbols. */
    TAKES("e", "SYMBOL", option_set_entry, "where execution starts"),
    TAKES("entry", "SYMBOL", option_set_entry, NULL),
    TAKES("defsym", "SYMBOL=EXPRESSION", option_add_definition,
          "define a symbol"),
    TAKES("u", "SYMBOL", option_add_undefined, "a reference to it"),
    TAKES("undefined", "SYMBOL", option_add_undefined, NULL),

    /* Sections. */
    ON("gc-sections", request.gc_sections,
       "leave out sections that nothing reaches"),
    OFF("no-gc-sections", request.gc_sections, "keep them"),
    ON("print-gc-sections", request.print_gc_sections, "say which"),
    OFF("no-print-gc-sections", request.print_gc_sections, "do not"),
    ON("gc-keep-exported", request.gc_keep_exported,
       "what others could use is reached"),

    /* Code. */
    ON("eh-frame-hdr", request.eh_frame_hdr,
       "make .eh_frame_hdr, which unwinders search"),
    OFF("no-eh-frame-hdr", request.eh_frame_hdr, "do not"),
    ON("no-relax", request.no_relax, "leave GOT loads as they are"),
    OFF("relax", request.no_relax, "rewrite them, as is done anyway"),

    /* The rest. */
    TAKES("z", "KEYWORD", option_set_keyword, "see below"),
    TAKES("m", "elf_x86_64", option_set_emulation, "the only emulation"),
    MAY_TAKE("build-id", "STYLE", option_set_build_id,
             "sha1 (default), md5, sha256, uuid, 0xHEX or none"),
    ON("help", help, "this text"),
    ON("verbose", verbose, "show the built-in script"),
    ON("v", version, "the version; with inputs, links too"),
    ON("version", version, NULL),
    ON("V", version, NULL),

    /* What a static link without shared libraries and LTO can ignore. */
    IGNORED("static", NO_VALUE),
    IGNORED("nostdlib", NO_VALUE),
    IGNORED("plugin", WITH_VALUE),
    IGNORED("plugin-opt", WITH_VALUE),
    IGNORED("hash-style", WITH_VALUE),
    IGNORED("as-needed", NO_VALUE),
    IGNORED("no-as-needed", NO_VALUE),
    IGNORED("dynamic-linker", WITH_VALUE), /* the output has none */

    /* What it cannot do. */
    REFUSED("embedded-relocs", NO_VALUE, NOT_YET),
    REFUSED("enable-new-dtags", NO_VALUE, NOT_YET),
    REFUSED("enable-non-contiguous-regions", NO_VALUE, NOT_YET),
    REFUSED("error-handling-script", WITH_VALUE, NOT_YET),
    REFUSED("error-unresolved-symbols", NO_VALUE, NOT_YET),
    REFUSED("exclude-libs", WITH_VALUE, NOT_YET),
    REFUSED("export-dynamic", NO_VALUE, NOT_YET),
    REFUSED("export-dynamic-symbol", WITH_VALUE, NOT_YET),
    REFUSED("mri-script", WITH_VALUE, NOT_YET),
    REFUSED("orphan-handling", WITH_VALUE, NOT_YET),
    REFUSED("pie", NO_VALUE, STATIC_ONLY),
    REFUSED("print-map", NO_VALUE, NOT_YET),
    REFUSED("shared", NO_VALUE, STATIC_ONLY),
    REFUSED("strip-all", NO_VALUE, NOT_YET),
    REFUSED("strip-debug", NO_VALUE, NOT_YET),
    REFUSED("trace", NO_VALUE, NOT_YET),
    END,
};

const struct option_row keyword_rows[] = {
    TAKES("max-page-size", "N", option_set_page_size,
          "the size of a page (4096)"),
    TAKES("common-page-size", "N", option_set_common_page_size,
          "what DATA_SEGMENT_ALIGN aims at (4096)"),
    OFF("relro", request.no_relro, "data to be protected end a page (default)"),
    ON("norelro", request.no_relro, "they do not"),
    OFF("separate-code", request.no_separate_code,
        "code has pages of its own (default)"),
    ON("noseparate-code", request.no_separate_code, "it has not"),
    ON("start-stop-gc", request.start_stop_gc,
       "__start_X does not reach the sections X"),
    OFF("nostart-stop-gc", request.start_stop_gc, "it does"),
    IGNORED("now", NO_VALUE),
    IGNORED("lazy", NO_VALUE),
    IGNORED("ibtplt", NO_VALUE),
    IGNORED("unique-symbol", NO_VALUE),
    IGNORED("nounique-symbol", NO_VALUE),
    IGNORED("noindirect-extern-access", NO_VALUE),
    IGNORED("execstack", NO_VALUE),
    IGNORED("noexecstack", NO_VALUE),
    IGNORED("defs", NO_VALUE),
    IGNORED("text", NO_VALUE),
    IGNORED("notext", NO_VALUE),
    END,
};
/* clang-format on */
