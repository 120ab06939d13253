/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Splitmix64, and words.
 */
#include "draw.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const subsystems[] = {
    "vfs",  "ext4",  "tcp",    "udp",  "ip6",    "pci", "usb",   "acpi",
    "irq",  "sched", "mm",     "slab", "futex",  "bpf", "drm",   "snd",
    "nvme", "scsi",  "crypto", "keys", "cgroup", "rcu", "timer", "xfs",
};

static const char *const words[] = {
    "init",      "get",       "put",     "alloc",       "free",    "page",
    "lock",      "unlock",    "queue",   "work",        "device",  "read",
    "write",     "open",      "release", "probe",       "remove",  "show",
    "store",     "set",       "clear",   "flush",       "sync",    "map",
    "unmap",     "table",     "entry",   "node",        "list",    "tree",
    "buffer",    "ring",      "frame",   "packet",      "header",  "state",
    "config",    "handler",   "ops",     "info",        "param",   "register",
    "enable",    "disable",   "suspend", "resume",      "start",   "stop",
    "wait",      "wake",      "check",   "update",      "find",    "insert",
    "delete",    "lookup",    "range",   "block",       "request", "complete",
    "interrupt", "namespace", "context", "transaction",
};

uint64_t draw(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

unsigned draw_below(uint64_t *state, unsigned limit)
{
    return (unsigned)((draw(state) >> 32) * limit >> 32);
}

void draw_bytes(uint64_t *state, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i += 8) {
        uint64_t value = draw(state);
        memcpy(bytes + i, &value, size - i < 8 ? size - i : 8);
    }
}

static const char *word(uint64_t *state)
{
    return words[draw_below(state, COUNT(words))];
}

void draw_name(uint64_t *state, char name[NAME_SIZE], unsigned subsystem,
               unsigned number)
{
    int length = sprintf(name, "%s", subsystems[subsystem % COUNT(subsystems)]);
    unsigned more = 1 + (draw_below(state, 4) + draw_below(state, 4)) / 2;
    for (unsigned i = 0; i < more; i++)
        length += sprintf(name + length, "_%s", word(state));
    sprintf(name + length, "_%x", number);
}

size_t draw_text(uint64_t *state, char text[TEXT_SIZE], unsigned subsystem)
{
    int length =
        sprintf(text, "%s:", subsystems[subsystem % COUNT(subsystems)]);
    unsigned more = 1 + draw_below(state, 5);
    for (unsigned i = 0; i < more; i++)
        length += sprintf(text + length, " %s", word(state));
    if (draw_below(state, 3) != 0)
        length += sprintf(text + length, " %x", draw_below(state, 4096));
    return (size_t)length + 1;
}
