/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Program headers while they are being made: which there are is decided by the
 * script's PHDRS (phdrs.c) or by GNU ld's habits (segments.c); what they say
 * comes from file_offsets.c.
 */
#ifndef BOOTLINK_SEGMENTS_H
#define BOOTLINK_SEGMENTS_H

#include "loader.h"

struct planner {
    struct link *link;
    struct output_section **sections; /* in memory, by load address */
    uint64_t count;
    struct program_header **last;
    const struct script_name *first_names, *last_names; /* behind colons */
    bool is_final; /* what PHDRS says must be known */
};

/* One more header, behind the others. NULL if there is no memory. */
struct program_header *segment_add(struct planner *p, uint32_t type);

/* PF_... of one output section. */
uint32_t segment_flags(const struct output_section *output);

/* Bytes of the ELF header and the program headers so far. */
uint64_t segment_headers_size(const struct link *link);

/* The headers that PHDRS asks for. */
bool phdrs_plan(struct planner *p);

#endif
