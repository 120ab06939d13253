/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A number that nobody can foresee, for the slide: from the firmware, else from
 * the processor, else mixed from clocks, which is better than nothing only.
 */
#include "boot.h"

enum { RDRAND_TRIES = 10 /* [Intel SDM 1 7.3.17.1] */ };

static bool from_firmware(const struct boot *boot, uint64_t *number)
{
    EFI_GUID guid = EFI_RNG_PROTOCOL_GUID;
    EFI_RNG_PROTOCOL *protocol = NULL;
    if (boot->services->LocateProtocol(&guid, NULL, (void **)&protocol) !=
        EFI_SUCCESS)
        return false;
    return protocol->GetRNG(protocol, NULL, sizeof(*number), (UINT8 *)number) ==
           EFI_SUCCESS;
}

static bool from_processor(const struct boot *boot, uint64_t *number)
{
    for (unsigned i = 0; boot->cpu.has_rdrand && i < RDRAND_TRIES; i++) {
        bool valid;
        __asm__ volatile("rdrand %0" : "=r"(*number), "=@ccc"(valid));
        /* Some processors forget how after a sleep and say all ones. */
        if (valid && *number != 0 && *number != UINT64_MAX)
            return true;
    }
    return false;
}

/* The low bits of the time stamp counter around firmware calls of uncertain
 * length, and the date, spread by multiplication. */
static uint64_t from_clocks(const struct boot *boot)
{
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15); /* 2^64 / golden ratio */
    EFI_TIME time = {0};
    uint64_t number = cpu_stamp();
    for (unsigned i = 0; i < 16; i++) {
        boot->firmware->RuntimeServices->GetTime(&time, NULL);
        number = (number ^ cpu_stamp() ^ time.Nanosecond) * odd;
        number ^= number >> 29;
    }
    number += ((uint64_t)time.Second << 16 | time.Minute << 8 | time.Hour);
    number *= odd;
    return number ^ number >> 32;
}

uint64_t random_number(struct boot *boot)
{
    uint64_t number = 0;
    const char *source = "the clock: no better source was found";
    if (from_firmware(boot, &number))
        source = "the firmware";
    else if (from_processor(boot, &number))
        source = "the processor";
    else
        number = from_clocks(boot);
    log_print(boot, "random: from %s", source);
    return number;
}
