/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The least that a UEFI loader can do to enter a linked kernel, to compare
 * with: one read of the whole file \kernel.elf, one copy of each segment, zeros
 * behind it, page tables of 2 MiB pages, ExitBootServices, a jump. It checks
 * nothing, reads no config file and hands nothing over.
 *
 * Copies and zeros are `rep movsq` and `rep stosq`, as Bootlink's are: under
 * -icount each step of them counts as an instruction.
 */
#define GNU_EFI_USE_MS_ABI
#include <efi.h>

#include <elf.h>
#include <stdint.h>

enum { PAGE = 4096, LARGE_PAGE = 2 << 20, ENTRIES = 512, GIB_TABLES = 4 };

static const uint64_t PRESENT = 1, WRITABLE = 2, LARGE = 1 << 7;

struct tables {
    uint64_t top[ENTRIES];
    uint64_t low[ENTRIES], high[ENTRIES];
    uint64_t identity[GIB_TABLES * ENTRIES]; /* of the first 4 GiB */
    uint64_t kernel[ENTRIES];                /* of the last but one */
};

static void copy(void *to, const void *from, uint64_t size)
{
    uint64_t words = (size + 7) / 8;
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words)::"memory");
}

static void zero(void *to, uint64_t size)
{
    uint64_t words = (size + 7) / 8;
    __asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(0) : "memory");
}

static void *take(EFI_BOOT_SERVICES *services, uint64_t size)
{
    EFI_PHYSICAL_ADDRESS start = 0;
    services->AllocatePages(AllocateAnyPages, EfiLoaderData,
                            (size + PAGE - 1) / PAGE, &start);
    return (void *)start;
}

/* ---- The file ------------------------------------------------------------ */

static void *read_kernel(EFI_HANDLE image, EFI_BOOT_SERVICES *services)
{
    EFI_GUID loaded_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
    EFI_GUID volume_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
    EFI_GUID info_guid = EFI_FILE_INFO_ID;
    EFI_LOADED_IMAGE *loaded;
    EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *volume;
    EFI_FILE_HANDLE root, file;
    union {
        EFI_FILE_INFO info;
        char bytes[256];
    } about;
    UINTN size = sizeof(about);
    services->HandleProtocol(image, &loaded_guid, (VOID **)&loaded);
    services->HandleProtocol(loaded->DeviceHandle, &volume_guid,
                             (VOID **)&volume);
    volume->OpenVolume(volume, &root);
    if (root->Open(root, &file, L"kernel.elf", EFI_FILE_MODE_READ, 0) !=
        EFI_SUCCESS)
        return NULL;
    file->GetInfo(file, &info_guid, &size, &about);
    size = about.info.FileSize;
    void *bytes = take(services, size);
    file->Read(file, &size, bytes);
    return bytes;
}

/* ---- Into place ---------------------------------------------------------- */

static const Elf64_Phdr *headers_of(const char *bytes)
{
    return (const Elf64_Phdr *)(bytes + ((const Elf64_Ehdr *)bytes)->e_phoff);
}

static void place(EFI_BOOT_SERVICES *services, const char *bytes)
{
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)bytes;
    const Elf64_Phdr *at = headers_of(bytes), *end = at + header->e_phnum;
    for (; at < end; at++) {
        EFI_PHYSICAL_ADDRESS start = at->p_paddr;
        if (at->p_type != PT_LOAD)
            continue;
        services->AllocatePages(AllocateAddress, EfiLoaderData,
                                (at->p_memsz + PAGE - 1) / PAGE, &start);
        copy((char *)start, bytes + at->p_offset, at->p_filesz);
        zero((char *)start + at->p_filesz, at->p_memsz - at->p_filesz);
    }
}

/* The first 4 GiB where they are, and the kernel's GiB from its first load
 * address on. */
static void map(struct tables *tables, uint64_t kernel)
{
    const uint64_t bits = PRESENT | WRITABLE;
    zero(tables, sizeof(*tables));
    tables->top[0] = (uint64_t)tables->low | bits;
    tables->top[ENTRIES - 1] = (uint64_t)tables->high | bits;
    tables->high[ENTRIES - 2] = (uint64_t)tables->kernel | bits;
    for (uint64_t i = 0; i < GIB_TABLES; i++)
        tables->low[i] = (uint64_t)&tables->identity[i * ENTRIES] | bits;
    for (uint64_t i = 0; i < GIB_TABLES * ENTRIES; i++)
        tables->identity[i] = (i * LARGE_PAGE) | LARGE | bits;
    for (uint64_t i = 0; i < ENTRIES; i++)
        tables->kernel[i] = (kernel + i * LARGE_PAGE) | LARGE | bits;
}

/* ---- Leave --------------------------------------------------------------- */

static void exit(EFI_HANDLE image, EFI_BOOT_SERVICES *services)
{
    UINTN size = 32 * 1024, key, step;
    UINT32 version;
    void *memory = take(services, size);
    services->GetMemoryMap(&size, memory, &key, &step, &version);
    services->ExitBootServices(image, key);
}

EFI_STATUS EFIAPI efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *firmware)
{
    EFI_BOOT_SERVICES *services = firmware->BootServices;
    char *bytes = read_kernel(image, services);
    if (!bytes)
        return EFI_NOT_FOUND;
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)bytes;
    struct tables *tables = take(services, sizeof(*tables));
    place(services, bytes);
    map(tables, headers_of(bytes)->p_paddr);
    exit(image, services);
    __asm__ volatile("cli\n\tmov %0, %%cr3\n\tjmp *%1" ::"r"(tables),
                     "r"(header->e_entry)
                     : "memory");
    __builtin_unreachable();
}
