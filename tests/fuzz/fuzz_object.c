/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Any bytes as an object, linked by itself.
 */
#include "world.h"

#define SCRIPT                                                                 \
    "SECTIONS { . = 1M; .text : { *(.text .text.*) }"                          \
    " .rodata : { *(.rodata .rodata.*) } . = ALIGN(4096);"                     \
    " .data : { *(.data .data.*) *(.got .got.plt) }"                           \
    " .bss : { *(.bss .bss.* COMMON) } /DISCARD/ : { *(.discard*) } }"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_world w;
    fuzz_open(&w);
    w.request.script = SPAN(SCRIPT);
    w.request.parameters = SPAN("count=3 whom=\"a b\" list=1,-2");
    fuzz_input(&w, SPAN("fuzz.o"), (span){(const char *)data, size});
    fuzz_link_both(&w);
    return 0;
}
