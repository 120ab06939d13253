/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Parts of the linker that a program may do without: it has those that its
 * requests name, and calls them by these pointers, which else are NULL.
 */
#ifndef BOOTLINK_PARTS_H
#define BOOTLINK_PARTS_H

#include "addresses.h"
#include "locals.h"

struct executable;
struct pattern_index; /* pattern_index.h */
struct pass;          /* layout.h */
struct reader;        /* elf_reader.h */
struct input_reader;  /* inputs.h */
struct placement;
struct filling;

/* ---- scripts.c ---------------------------------------------------------- */

/* What a program needs that links more than modules: what reads scripts, what
 * of them the layout of a module does not say, unwind tables and notes, which
 * it discards, and what would hardly make a module smaller: its compiler has
 * merged its strings. See a request's `scripts`. */
struct link_scripts {
    bool (*scripts_read)(struct link *link);
    bool (*script_insert)(const struct bootlink_world *world,
                          struct script *script);
    bool (*script_parse)(const struct bootlink_world *world,
                         struct arena *arena, span name, span text,
                         struct script *script);
    struct executable *(*executable_open)(struct link *link);
    bool (*executable_link)(struct executable *executable);
    void (*object_leave)(const struct reader *reader);
    bool (*pieces_leave)(struct link *link);
    void (*archives_done)(const struct link *link);
    bool (*patterns_sort)(struct link *link);
    bool (*match_differs)(const struct input_pattern *input);
    bool (*match_arrange)(struct link *link, const struct pattern_index *index,
                          struct input_pattern *input);
    bool (*lists_keep)(struct link *link);
    void *(*image_unwritten)(const struct link *link, uint64_t size);
    struct symbol *(*version_enter)(struct link *link,
                                    const struct hashed_name *name,
                                    struct symbol_mention *m);
    bool (*versions_settle)(struct link *link);
    bool (*input_open_kind)(struct input_reader *r,
                            const struct bootlink_input *input,
                            const struct script_input *from);
    bool (*input_search_archive)(struct input_reader *r,
                                 struct archive *archive);
    bool (*input_end_groups)(struct input_reader *r);
    bool (*input_take_turn)(struct input_reader *r, struct script_turn turn);
    bool (*input_take_first)(struct input_reader *r);
    bool (*input_is_script)(span bytes);
    bool (*input_script)(struct input_reader *r, span name, span bytes);
    uint32_t (*locals_pass)(struct reader *reader, uint32_t first);
    struct symbol *(*local_record)(struct object *object, uint32_t index);
    struct operand (*local_operand)(const struct section *section,
                                    const char *entry);
    struct keyed *(*locals_list)(const struct object *object, uint32_t *index,
                                 struct keyed *next);
    void (*local_put)(const struct object *object, uint32_t index,
                      struct bootlink_symbol *to);
    bool (*once_read)(struct reader *reader, struct section *section);
    void (*once_leave)(struct link *link, const struct section *group,
                       span signature);
    bool (*link_refer)(struct link *link);
    bool (*link_find_entry)(struct link *link);
    bool (*orphan_note_after)(struct link *link, uint64_t align,
                              struct command **after);
    struct command *(*orphan_last_note)(struct command *from);
    bool (*properties_merge)(struct link *link);
    bool (*merge_sections)(struct link *link);
    uint64_t (*merged_output_offset)(const struct section *section,
                                     uint64_t offset);
    void (*merged_emit)(const struct section *section, char *to);
    const struct keyed *(*sort_between)(struct keyed *list, uint32_t count,
                                        struct keyed *room, uint64_t low,
                                        uint64_t high);
    bool (*eh_frame_edit)(struct link *link);
    uint64_t (*eh_frame_place)(const struct section *section, uint64_t offset);
    uint64_t (*eh_frame_run)(const struct section *section, const char *entry,
                             const char **end);
    bool (*eh_frame_is_gone)(const struct section *section);
    void (*eh_frame_emit)(const struct section *section, char *to);
    bool (*data_segment_find_relro)(struct link *link);
    bool (*data_segment_check)(struct link *link);
    struct value (*script_compute)(struct eval *eval, const struct expr *expr);
    bool (*script_error)(const struct bootlink_world *world,
                         struct script_place place, enum bootlink_class class_,
                         const char *format, ...);
    bool (*data_segment_move)(struct link *link);
    bool (*data_segment_move_back)(struct link *link);
    bool (*regions_declare)(struct link *link);
    struct region *(*region_wanted)(struct link *link,
                                    const struct section_statement *s,
                                    span name);
    bool (*regions_check)(struct link *link);
    bool (*warnings_collect)(struct link *link);
    void (*warnings_report)(struct link *link, const struct section *section,
                            uint64_t offset, struct symbol *symbol);
    bool (*phdrs_check)(struct link *link);
    bool (*segments_list)(struct link *link, bool is_final);
    bool (*phdrs_load_addresses)(struct link *link);
    void (*load_address_set)(struct pass *pass, struct output_section *o,
                             const struct placement *placement);
    bool (*contents_set_dot)(struct filling *filling,
                             const struct command *command);
    bool (*addresses_check)(struct link *link);
    bool (*crossrefs_check)(struct link *link);
    bool (*local_exec)(const struct tls_access *access,
                       struct tls_local_exec *local);
    bool (*ifunc_call)(const struct link *link, const struct section *section,
                       const char *entry);
};

/* ---- shared.h: a module that is a shared object -------------------------- */

/* What a program has only if its requests name bootlink_shared. */
struct link_shared {
    /* True if it is the file to be linked. */
    bool (*is_input)(const struct link *link);
    /* Opens it; link->shared is what is known of it. NULL after reporting. */
    struct object *(*open)(struct link *link, span name, span bytes);
    /* All passes of such a link. */
    bool (*link)(struct link *link);
};

/* ---- extras.c ----------------------------------------------------------- */

/* Passes that a request may do without; see its `extras`. */
struct link_extras {
    bool (*script_anticipate)(struct link *link, struct command **next,
                              uint32_t order);
    struct object *(*input_nothing)(struct link *link);
    bool (*sections_inflate)(struct link *link);
    bool (*build_id_make)(struct link *link);
    bool (*gc_sections)(struct link *link);
    bool (*eh_frame_hdr_make)(struct link *link);
    bool (*eh_frame_hdr_size)(struct link *link, bool has_records);
    bool (*segments_plan)(struct link *link);
    bool (*image_allocate_for_file)(struct link *link);
    bool (*image_stream)(struct link *link);
    bool (*section_check_references)(struct link *link,
                                     const struct section *section);
    bool (*eh_frame_hdr_fill)(struct link *link);
    bool (*names_enter)(struct link *link);
    bool (*names_check)(struct link *link);
    bool (*link_object)(struct link *link);
    bool (*link_flat)(struct link *link);
};

#endif
