/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The processor: what it can do, asked of CPUID, and the few registers that
 * are not the trampoline's.
 */
#include "boot.h"

#include <cpuid.h>

enum {
    FEATURES = 1,
    FREQUENCY = 0x15,
    EXTENDED = 0x80000000,
    EXTENDED_FEATURES = 0x80000001,

    ECX_RDRAND = 1 << 30,
    EDX_PAT = 1 << 16,
    EDX_NO_EXECUTE = 1 << 20,
    EDX_GIB_PAGES = 1 << 26,
    CR4_LA57 = 1 << 12,

    MSR_PAT = 0x277,
    PAT_WRITE_COMBINING = 1,
};

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

/* All zeros for a leaf that the processor does not have. */
static struct cpuid cpuid(uint32_t leaf)
{
    struct cpuid id = {0};
    __get_cpuid(leaf, &id.eax, &id.ebx, &id.ecx, &id.edx);
    return id;
}

void port_write(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port) : "memory");
}

uint8_t port_read(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

uint64_t cpu_stamp(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static uint64_t control_register_4(void)
{
    uint64_t value;
    __asm__ volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}

/* The processor's own word [Intel SDM 2A CPUID, leaf 15h: crystal frequency
 * times EBX / EAX], else a millisecond measured by the firmware. */
static uint64_t measure(const struct boot *boot)
{
    struct cpuid ratio = cpuid(FREQUENCY);
    uint64_t cycles = 0;
    if (ratio.eax && ratio.ebx && ratio.ecx)
        cycles = (uint64_t)ratio.ecx * ratio.ebx / ratio.eax / 1000;
    if (cycles == 0) {
        uint64_t start = cpu_stamp();
        boot->services->Stall(1000);
        cycles = cpu_stamp() - start;
    }
    return cycles ? cycles : 1;
}

void cpu_open(struct boot *boot)
{
    struct cpuid features = cpuid(FEATURES);
    struct cpuid extended = cpuid(EXTENDED_FEATURES);
    boot->cpu = (struct cpu){
        .features = {.gib_pages = extended.edx & EDX_GIB_PAGES,
                     .no_execute = extended.edx & EDX_NO_EXECUTE},
        .long_paging = control_register_4() & CR4_LA57,
        .has_pat = features.edx & EDX_PAT,
        .has_rdrand = features.ecx & ECX_RDRAND,
        .is_emulated = features.ecx >> 31,
        .cycles_per_ms = measure(boot),
    };
}

bool cpu_check(struct boot *boot)
{
    if (!boot->cpu.features.no_execute)
        return report_error(&boot->world, BOOTLINK_UNSUPPORTED,
                            "this processor has no no-execute pages; switch "
                            "them on in the firmware's setup (NX, XD), or "
                            "under QEMU choose a -cpu that has nx");
    if (!boot->cpu.has_pat)
        return report_error(&boot->world, BOOTLINK_UNSUPPORTED,
                            "this processor has no page attribute table; under "
                            "QEMU choose a -cpu that has pat");
    if (boot->cpu.long_paging)
        return report_error(&boot->world, BOOTLINK_UNSUPPORTED,
                            "the firmware runs with five-level page tables "
                            "(LA57), which Bootlink cannot leave yet; switch "
                            "them off in the firmware's setup, or under QEMU "
                            "choose a -cpu with la57=off");
    return true;
}

uint64_t cpu_to_microseconds(const struct boot *boot, uint64_t cycles)
{
    return cycles * 1000 / boot->cpu.cycles_per_ms;
}

uint64_t cpu_microseconds(const struct boot *boot, uint64_t stamp)
{
    return cpu_to_microseconds(boot, cpu_stamp() - stamp);
}

/* Page tables choose entry 4 by their PAT bit alone, which the firmware's do
 * not set; the trampoline flushes the TLB. [Intel SDM 3A 12.12] */
void cpu_enable_write_combining(void)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(MSR_PAT));
    high = (high & ~UINT32_C(0xff)) | PAT_WRITE_COMBINING;
    __asm__ volatile("wrmsr" ::"a"(low), "d"(high), "c"(MSR_PAT) : "memory");
}
