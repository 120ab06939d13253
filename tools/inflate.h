/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What a request of a host command says in `inflate`.
 */
#ifndef BOOTLINK_INFLATE_H
#define BOOTLINK_INFLATE_H

#include <bootlink/link.h>

enum bootlink_inflated inflate_section(unsigned type, struct bootlink_span from,
                                       void *to, uint64_t size);

#endif
