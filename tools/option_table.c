/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Every option of GNU ld, and what this linker makes of it: it does the same,
 * ignores what says nothing to a static image, or refuses what it cannot do.
 * [GNU ld manual: Command-line Options]
 */
#include "options.h"

/* A row: what it does. A row without help is another name of the one before. */
#define FIELD(f) .field = offsetof(struct options, f)
#define ON(n, f, text)                                                         \
    {                                                                          \
        .name = n, .effect = SETS_FLAG, FIELD(f), .to = true, .help = text     \
    }
#define OFF(n, f, text)                                                        \
    {                                                                          \
        .name = n, .effect = SETS_FLAG, FIELD(f), .to = false, .help = text    \
    }
#define SETS(n, f, word, text)                                                 \
    {                                                                          \
        .name = n, .effect = SETS_WORD, FIELD(f), .to = word, .help = text     \
    }
#define TEXT(n, what, f, text)                                                 \
    {                                                                          \
        .name = n, .argument = what, .effect = SETS_TEXT, FIELD(f),            \
        .value = WITH_VALUE, .help = text                                      \
    }
#define LIST(n, what, f, text)                                                 \
    {                                                                          \
        .name = n, .argument = what, .effect = ADDS_TEXT, FIELD(f),            \
        .value = WITH_VALUE, .help = text                                      \
    }
#define DOES(n, function, text)                                                \
    {                                                                          \
        .name = n, .effect = APPLIES, .apply = function, .help = text          \
    }
#define TAKES(n, what, function, text)                                         \
    {                                                                          \
        .name = n, .argument = what, .effect = APPLIES, .apply = function,     \
        .value = WITH_VALUE, .help = text                                      \
    }
#define MAY_TAKE(n, what, function, text)                                      \
    {                                                                          \
        .name = n, .argument = what, .effect = APPLIES, .apply = function,     \
        .value = EQUALS_OR_NONE, .help = text                                  \
    }
#define IGNORED(n, takes)                                                      \
    {                                                                          \
        .name = n, .effect = IS_IGNORED, .value = takes                        \
    }
#define REFUSED(n, takes, why)                                                 \
    {                                                                          \
        .name = n, .effect = IS_REFUSED, .value = takes, .refusal = why        \
    }
#define END                                                                    \
    {                                                                          \
        .name = NULL                                                           \
    }

#define NO_MRI       "write the layout in GNU ld's language, for -T"
#define NO_SPREADING "give each output section one region of MEMORY"
#define NO_SPLITTING "name the output sections in the script"
#define STATIC_ONLY                                                            \
    "this linker makes static images; leave it out, or link by another"

/* clang-format off */
const struct option_row option_rows[] = {
    /* Files. */
    TEXT("o", "FILE", output, "the output (a.out)"),
    TEXT("output", "FILE", output, NULL),
    TAKES("T", "FILE", option_add_script,
          "the layout script, also along -L (static.ld)"),
    TAKES("script", "FILE", option_add_script, NULL),
    TEXT("dT", "FILE", default_script, "the same, if there is no -T"),
    TEXT("default-script", "FILE", default_script, NULL),
    LIST("L", "DIR", folders, "where -l and -T look"),
    LIST("library-path", "DIR", folders, NULL),
    TAKES("l", "NAME", option_add_library,
          "libNAME.a; -l :FILE for another name"),
    TAKES("library", "NAME", option_add_library, NULL),
    TAKES("b", "FORMAT", option_set_input_format,
          "binary: the files behind it as data; elf64-x86-64"),
    TAKES("format", "FORMAT", option_set_input_format, NULL),
    TAKES("R", "FILE", option_add_symbols,
          "the symbols alone of an executable or object"),
    TAKES("just-symbols", "FILE", option_add_symbols, NULL),
    DOES("push-state", option_push_state, "remember --whole-archive ..."),
    DOES("pop-state", option_pop_state, "... and restore it"),
    TEXT("sysroot", "DIR", request.sysroot,
          "where paths begin that start with = or $SYSROOT"),
    DOES("print-sysroot", option_print_sysroot, "show it"),
    DOES("(", option_start_group, "archives to be searched in a circle ..."),
    DOES("start-group", option_start_group, NULL),
    DOES(")", option_end_group, "... up to here"),
    DOES("end-group", option_end_group, NULL),
    DOES("whole-archive", option_start_whole_archive,
         "take every member ..."),
    DOES("no-whole-archive", option_end_whole_archive, "... up to here"),
    TEXT("Map", "FILE", map,
          "write a map; - for standard output"),

    TEXT("dependency-file", "FILE", dependency_file,
         "write a rule for make: the output depends on all files read"),
    DOES("M", option_print_map, "print the map"),
    DOES("print-map", option_print_map, NULL),

    /* What is told. */
    ON("t", observer.traces_files, "print the names of the files"),
    ON("trace", observer.traces_files, NULL),
    TAKES("y", "SYMBOL", option_trace_symbol, "say who mentions it"),
    TAKES("trace-symbol", "SYMBOL", option_trace_symbol, NULL),
    ON("warn-common", observer.warns_common,
       "say where common symbols meet others"),
    ON("cref", cref, "print who defines and uses each symbol"),
    ON("print-memory-usage", memory_usage, "print how full MEMORY is"),
    ON("stats", stats, "print the time that it took"),

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
    ON("q", request.emit_relocs, "keep relocations in an executable"),
    ON("emit-relocs", request.emit_relocs, NULL),

    /* Symbols. */
    TAKES("e", "SYMBOL", option_set_entry, "where execution starts"),
    TAKES("entry", "SYMBOL", option_set_entry, NULL),
    TEXT("init", "SYMBOL", request.init,
          "--gc-sections keeps it instead of _init"),
    TEXT("fini", "SYMBOL", request.fini, "... instead of _fini"),
    TAKES("defsym", "SYMBOL=EXPRESSION", option_add_definition,
          "define a symbol"),
    LIST("u", "SYMBOL", undefined, "a reference to it"),
    LIST("undefined", "SYMBOL", undefined, NULL),

    TAKES("require-defined", "SYMBOL", option_add_required,
          "the same; it must be defined in the end"),
    LIST("wrap", "SYMBOL", wrapped,
          "references go to __wrap_SYMBOL, __real_SYMBOL to it"),
    ON("allow-multiple-definition", request.allow_duplicates,
       "the first definition of several counts"),

    /* Which symbols the output has. */
    DOES("s", option_strip_all, "none, and no debug sections"),
    DOES("strip-all", option_strip_all, NULL),
    ON("S", request.strip_debug, "no debug sections"),
    ON("strip-debug", request.strip_debug, NULL),
    SETS("x", symbols.discard, DISCARD_ALL, "no local symbols"),
    SETS("discard-all", symbols.discard, DISCARD_ALL, NULL),
    SETS("X", symbols.discard, DISCARD_MADE, "no local symbols .L..."),
    SETS("discard-locals", symbols.discard, DISCARD_MADE, NULL),
    SETS("discard-none", symbols.discard, DISCARD_NONE, "all local symbols"),
    TAKES("retain-symbols-file", "FILE", option_retain,
          "none but those that the file names"),

    /* What goes wrong. */
    SETS("no-undefined", request.unresolved, BOOTLINK_UNRESOLVED_ERROR,
         "undefined references are errors (default)"),
    SETS("error-unresolved-symbols", request.unresolved, BOOTLINK_UNRESOLVED_ERROR, NULL),
    SETS("warn-unresolved-symbols", request.unresolved, BOOTLINK_UNRESOLVED_WARNING,
         "... are warnings"),
    TAKES("unresolved-symbols", "METHOD", option_set_unresolved,
          "ignore-all, report-all or ignore-in-object-files"),
    LIST("ignore-unresolved-symbol", "SYMBOL", ignored,
          "nobody minds if it is undefined"),
    OFF("check-sections", request.allow_overlap,
        "sections at one address are errors (default)"),
    ON("no-check-sections", request.allow_overlap, "nobody minds"),
    ON("noinhibit-exec", request.no_inhibit,
       "an output even if something is undefined or too far"),
    ON("fatal-warnings", fatal_warnings, "no output after a warning"),
    OFF("no-fatal-warnings", fatal_warnings, "it is made (default)"),
    SETS("warn-execstack", stack_warnings, WARN_ALWAYS,
        "warn of a stack that is executable (default)"),
    SETS("no-warn-execstack", stack_warnings, WARN_NEVER, "do not"),
    OFF("warn-rwx-segments", no_warn_segments,
        "warn of what is both writable and executable (default)"),
    ON("no-warn-rwx-segments", no_warn_segments, "do not"),
    DOES("w", option_no_warnings, "no warnings; what is undefined is 0"),
    DOES("no-warnings", option_no_warnings, NULL),

    /* Sections. */
    ON("gc-sections", request.gc_sections,
       "leave out sections that nothing reaches"),
    OFF("no-gc-sections", request.gc_sections, "keep them"),
    ON("print-gc-sections", request.print_gc_sections, "say which"),
    OFF("no-print-gc-sections", request.print_gc_sections, "do not"),
    ON("gc-keep-exported", request.gc_keep_exported,
       "what others could use is reached"),

    TAKES("orphan-handling", "HOW", option_set_orphans,
          "place, warn, error or discard what the script names not"),
    TAKES("compress-debug-sections", "HOW", option_set_compression,
          "by zlib, zstd or none (default)"),
    MAY_TAKE("unique", "PATTERN", option_add_unique,
             "such sections (or all orphans) do not join others"),
    TAKES("sort-section", "BY", option_sort_section,
          "name or alignment, where the script has no SORT"),
    MAY_TAKE("sort-common", "HOW", option_sort_common,
             "commons by alignment, descending or ascending"),

    ON("n", request.no_paging, "segments need not lie on pages"),
    ON("nmagic", request.no_paging, NULL),
    DOES("N", option_omagic, "likewise; .text is writable"),
    DOES("omagic", option_omagic, NULL),
    DOES("no-omagic", option_no_omagic, "neither"),

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
    MAY_TAKE("package-metadata", "JSON", option_set_package,
             "a note .note.package that holds it"),
    TAKES("oformat", "FORMAT", option_set_format,
          "elf64-x86-64, or binary: bytes by load address"),
    DOES("print-output-format", option_print_format, "show it"),
    ON("help", help, "this text"),
    ON("target-help", help, NULL),
    ON("verbose", verbose, "show the built-in script"),
    ON("v", version, "the version; with inputs, links too"),
    ON("version", version, NULL),
    ON("V", version, NULL),

    /* What says nothing to a static link: shared libraries, LTO, other
     * machines, memory and warnings that this linker has not. */
    IGNORED("static", NO_VALUE),
    IGNORED("nostdlib", NO_VALUE),
    IGNORED("Bstatic", NO_VALUE),
    IGNORED("dn", NO_VALUE),
    IGNORED("non_shared", NO_VALUE),
    IGNORED("Bdynamic", NO_VALUE),
    IGNORED("dy", NO_VALUE),
    IGNORED("call_shared", NO_VALUE),
    IGNORED("Bsymbolic", NO_VALUE),
    IGNORED("Bsymbolic-functions", NO_VALUE),
    IGNORED("Bno-symbolic", NO_VALUE),
    IGNORED("Bgroup", NO_VALUE),
    IGNORED("as-needed", NO_VALUE),
    IGNORED("no-as-needed", NO_VALUE),
    IGNORED("add-needed", NO_VALUE),
    IGNORED("no-add-needed", NO_VALUE),
    IGNORED("copy-dt-needed-entries", NO_VALUE),
    IGNORED("no-copy-dt-needed-entries", NO_VALUE),
    IGNORED("E", NO_VALUE),
    IGNORED("export-dynamic", NO_VALUE),
    IGNORED("no-export-dynamic", NO_VALUE),
    IGNORED("dynamic-list-data", NO_VALUE),
    IGNORED("dynamic-list-cpp-new", NO_VALUE),
    IGNORED("dynamic-list-cpp-typeinfo", NO_VALUE),
    IGNORED("no-dynamic-linker", NO_VALUE),
    IGNORED("enable-new-dtags", NO_VALUE),
    IGNORED("disable-new-dtags", NO_VALUE),
    IGNORED("no-pie", NO_VALUE),
    IGNORED("g", NO_VALUE),
    IGNORED("EL", NO_VALUE),
    IGNORED("Qy", NO_VALUE),
    IGNORED("qmagic", NO_VALUE),
    IGNORED("allow-shlib-undefined", NO_VALUE),
    IGNORED("no-allow-shlib-undefined", NO_VALUE),
    IGNORED("undefined-version", NO_VALUE),
    IGNORED("no-undefined-version", NO_VALUE),
    IGNORED("default-symver", NO_VALUE),
    IGNORED("default-imported-symver", NO_VALUE),
    IGNORED("accept-unknown-input-arch", NO_VALUE),
    IGNORED("no-accept-unknown-input-arch", NO_VALUE),
    IGNORED("no-warn-mismatch", NO_VALUE),
    IGNORED("no-warn-search-mismatch", NO_VALUE),
    IGNORED("disable-multiple-abs-defs", NO_VALUE),
    IGNORED("embedded-relocs", NO_VALUE),
    IGNORED("force-exe-suffix", NO_VALUE),
    IGNORED("no-demangle", NO_VALUE),
    IGNORED("no-keep-memory", NO_VALUE),
    IGNORED("reduce-memory-overheads", NO_VALUE),
    IGNORED("traditional-format", NO_VALUE),
    IGNORED("warn-constructors", NO_VALUE),
    IGNORED("warn-multiple-gp", NO_VALUE),
    IGNORED("warn-once", NO_VALUE),
    IGNORED("warn-section-align", NO_VALUE),
    IGNORED("warn-textrel", NO_VALUE),
    IGNORED("warn-alternate-em", NO_VALUE),
    IGNORED("ctf-variables", NO_VALUE),
    IGNORED("no-ctf-variables", NO_VALUE),
    IGNORED("print-map-discarded", NO_VALUE),
    IGNORED("no-print-map-discarded", NO_VALUE),
    IGNORED("strip-discarded", NO_VALUE),
    IGNORED("no-strip-discarded", NO_VALUE),
    IGNORED("ld-generated-unwind-info", NO_VALUE),
    IGNORED("no-ld-generated-unwind-info", NO_VALUE),
    IGNORED("map-whole-files", NO_VALUE),
    IGNORED("no-map-whole-files", NO_VALUE),
    IGNORED("flto", NO_VALUE),
    IGNORED("a", WITH_VALUE),
    IGNORED("A", WITH_VALUE),
    IGNORED("architecture", WITH_VALUE),
    IGNORED("assert", WITH_VALUE),
    IGNORED("audit", WITH_VALUE),
    IGNORED("P", WITH_VALUE),
    IGNORED("depaudit", WITH_VALUE),
    IGNORED("auxiliary", WITH_VALUE),
    IGNORED("f", WITH_VALUE),
    IGNORED("filter", WITH_VALUE),
    IGNORED("F", WITH_VALUE),
    IGNORED("soname", WITH_VALUE),
    IGNORED("h", WITH_VALUE),
    IGNORED("rpath", WITH_VALUE),
    IGNORED("rpath-link", WITH_VALUE),
    IGNORED("I", WITH_VALUE),
    IGNORED("dynamic-linker", WITH_VALUE),
    IGNORED("plugin", WITH_VALUE),
    IGNORED("plugin-opt", WITH_VALUE),
    IGNORED("hash-style", WITH_VALUE),
    IGNORED("hash-size", WITH_VALUE),
    IGNORED("Y", WITH_VALUE),
    IGNORED("exclude-libs", WITH_VALUE),
    IGNORED("dynamic-list", WITH_FILE),
    IGNORED("version-script", WITH_FILE),
    IGNORED("export-dynamic-symbol", WITH_VALUE),
    IGNORED("export-dynamic-symbol-list", WITH_FILE),
    IGNORED("version-exports-section", WITH_VALUE),
    IGNORED("spare-dynamic-tags", WITH_VALUE),
    IGNORED("max-cache-size", WITH_VALUE),
    IGNORED("flto-partition", WITH_VALUE),
    IGNORED("fuse-ld", WITH_VALUE),
    IGNORED("ctf-share-types", WITH_VALUE),
    IGNORED("G", WITH_VALUE),
    IGNORED("gpsize", WITH_VALUE),
    IGNORED("O", EQUALS_OR_NONE),
    IGNORED("demangle", EQUALS_OR_NONE),
    IGNORED("color-diagnostics", EQUALS_OR_NONE),
    IGNORED("threads", EQUALS_OR_NONE),
    IGNORED("error-limit", EQUALS_OR_NONE),

    /* What it cannot do. */
    REFUSED("shared", NO_VALUE, STATIC_ONLY),
    REFUSED("Bshareable", NO_VALUE, STATIC_ONLY),
    REFUSED("pie", NO_VALUE, STATIC_ONLY),
    REFUSED("pic-executable", NO_VALUE, STATIC_ONLY),
    REFUSED("static-pie", NO_VALUE, STATIC_ONLY),
    REFUSED("out-implib", WITH_VALUE, STATIC_ONLY),
    REFUSED("EB", NO_VALUE, "x86-64 is little-endian; leave it out"),
    REFUSED("c", WITH_VALUE, NO_MRI),
    REFUSED("mri-script", WITH_VALUE, NO_MRI),
    REFUSED("no-define-common", NO_VALUE, STATIC_ONLY),
    REFUSED("enable-non-contiguous-regions", NO_VALUE, NO_SPREADING),
    REFUSED("enable-non-contiguous-regions-warnings", NO_VALUE, NO_SPREADING),
    REFUSED("split-by-file", EQUALS_OR_NONE, NO_SPLITTING),
    REFUSED("split-by-reloc", EQUALS_OR_NONE, NO_SPLITTING),
    REFUSED("task-link", WITH_VALUE, "task linking is for systems of old"),
    REFUSED("error-handling-script", WITH_VALUE,
            "no program is run while linking; leave it out"),
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
    ON("now", binds_now, "all of the GOT is protected"),
    OFF("lazy", binds_now, "it is not (default)"),
    SETS("defs", request.unresolved, BOOTLINK_UNRESOLVED_ERROR,
         "undefined references are errors (default)"),
    SETS("undefs", request.unresolved, BOOTLINK_UNRESOLVED_IGNORED, "nobody minds them"),
    ON("muldefs", request.allow_duplicates,
       "the first definition of several counts"),
    TAKES("stack-size", "N", option_set_stack_size,
          "what PT_GNU_STACK asks for"),
    DOES("execstack", option_execstack, "code may lie on the stack"),
    DOES("noexecstack", option_noexecstack, "it may not"),
    ON("start-stop-gc", request.start_stop_gc,
       "__start_X does not reach the sections X"),
    TAKES("start-stop-visibility", "KIND", option_set_start_stop_visibility,
          "of __start_X: default, internal, hidden or protected (default)"),
    OFF("nostart-stop-gc", request.start_stop_gc, "it does"),
    TAKES("call-nop", "HOW", option_set_call_nop,
          "what fills up calls without GOT: prefix-addr (default), suffix-nop,"
          " prefix-N or suffix-N"),
    ON("unique-symbol", symbols.makes_unique,
       "no two local symbols of one name"),
    OFF("nounique-symbol", symbols.makes_unique, "names stay (default)"),
    IGNORED("noindirect-extern-access", NO_VALUE),
    IGNORED("text", NO_VALUE),
    IGNORED("notext", NO_VALUE),
    IGNORED("combreloc", NO_VALUE),
    IGNORED("nocombreloc", NO_VALUE),
    IGNORED("common", NO_VALUE),
    IGNORED("nocommon", NO_VALUE),
    IGNORED("global", NO_VALUE),
    IGNORED("initfirst", NO_VALUE),
    IGNORED("interpose", NO_VALUE),
    IGNORED("loadfltr", NO_VALUE),
    IGNORED("nocopyreloc", NO_VALUE),
    IGNORED("nodefaultlib", NO_VALUE),
    IGNORED("nodelete", NO_VALUE),
    IGNORED("nodlopen", NO_VALUE),
    IGNORED("nodump", NO_VALUE),
    IGNORED("origin", NO_VALUE),
    IGNORED("unique", NO_VALUE),
    IGNORED("nounique", NO_VALUE),
    IGNORED("globalaudit", NO_VALUE),
    IGNORED("textoff", NO_VALUE),
    IGNORED("extern-protected-data", NO_VALUE),
    IGNORED("noextern-protected-data", NO_VALUE),
    IGNORED("dynamic-undefined-weak", NO_VALUE),
    IGNORED("nodynamic-undefined-weak", NO_VALUE),
    IGNORED("report-relative-reloc", NO_VALUE),
    IGNORED("pack-relative-relocs", NO_VALUE),
    IGNORED("nopack-relative-relocs", NO_VALUE),
    IGNORED("rodynamic", NO_VALUE),
    IGNORED("norodynamic", NO_VALUE),
    END,
};
/* clang-format on */
