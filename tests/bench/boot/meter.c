/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A UEFI application that starts another one, \bench\loader.efi, and says on
 * port 0xe9 when: the byte 'S' and the time stamp counter, eight bytes. Where
 * the driver of a disk begins and ends to read it says 'D' and 'd' likewise, so
 * that this can be left out: it waits for the host's disk, which takes another
 * time at every run. entry.asm says 'E' when the kernel is entered.
 *
 * Nothing is changed about the loader: the disk's functions are replaced where
 * the firmware keeps them. [UEFI 2.10 13.9: Block I/O Protocol]
 */
#define GNU_EFI_USE_MS_ABI
#include <efi.h>

#include <stdint.h>

enum { PORT = 0xe9, DISKS = 8, LONGEST_PATH = 512 };

static const CHAR16 loader[] = L"\\bench\\loader.efi";

/* The disks that we stand before. The firmware calls with nothing but the
 * protocol, so this cannot be on a stack. */
static struct disk {
    EFI_BLOCK_IO *protocol;
    EFI_BLOCK_READ read;
} disks[DISKS];

static void write_byte(uint8_t byte)
{
    __asm__ volatile("outb %0, %1" ::"a"(byte), "Nd"((uint16_t)PORT));
}

static void say(char what)
{
    uint32_t words[2];
    __asm__ volatile("rdtsc" : "=a"(words[0]), "=d"(words[1]));
    write_byte((uint8_t)what);
    for (unsigned i = 0; i < 8; i++)
        write_byte((uint8_t)(words[i / 4] >> i % 4 * 8));
}

static EFI_STATUS EFIAPI read_blocks(EFI_BLOCK_IO *protocol, UINT32 medium,
                                     EFI_LBA block, UINTN size, VOID *to)
{
    struct disk *disk = disks;
    while (disk->protocol != protocol)
        disk++;
    say('D');
    EFI_STATUS status = disk->read(protocol, medium, block, size, to);
    say('d');
    return status;
}

/* A partition reads from its disk. */
static void watch_disks(EFI_BOOT_SERVICES *services)
{
    EFI_GUID guid = BLOCK_IO_PROTOCOL;
    EFI_HANDLE *handles;
    EFI_BLOCK_IO *protocol;
    UINTN count, used = 0;
    if (services->LocateHandleBuffer(ByProtocol, &guid, NULL, &count,
                                     &handles) != EFI_SUCCESS)
        return;
    for (UINTN i = 0; i < count && used < DISKS; i++) {
        if (services->HandleProtocol(handles[i], &guid, (VOID **)&protocol) !=
                EFI_SUCCESS ||
            protocol->Media->LogicalPartition)
            continue;
        disks[used++] = (struct disk){protocol, protocol->ReadBlocks};
        protocol->ReadBlocks = read_blocks;
    }
    services->FreePool(handles);
}

static unsigned node_size(const UINT8 *node)
{
    return node[2] | node[3] << 8;
}

/* The device's path, then the file's. [UEFI 2.10 10.3.5.4] */
static void make_path(const UINT8 *device, UINT8 *path)
{
    for (; device[0] != END_DEVICE_PATH_TYPE; device += node_size(device))
        for (unsigned i = 0; i < node_size(device); i++)
            *path++ = device[i];
    *path++ = MEDIA_DEVICE_PATH;
    *path++ = MEDIA_FILEPATH_DP;
    *path++ = 4 + sizeof(loader);
    *path++ = 0;
    for (unsigned i = 0; i < sizeof(loader); i++)
        *path++ = ((const UINT8 *)loader)[i];
    *path++ = END_DEVICE_PATH_TYPE;
    *path++ = END_ENTIRE_DEVICE_PATH_SUBTYPE;
    *path++ = 4;
    *path = 0;
}

EFI_STATUS EFIAPI efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *firmware)
{
    EFI_BOOT_SERVICES *services = firmware->BootServices;
    EFI_GUID loaded_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
    EFI_GUID path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
    EFI_LOADED_IMAGE *loaded;
    UINT8 *device, path[LONGEST_PATH];
    EFI_HANDLE started;
    EFI_STATUS status =
        services->HandleProtocol(image, &loaded_guid, (VOID **)&loaded);
    if (status == EFI_SUCCESS)
        status = services->HandleProtocol(loaded->DeviceHandle, &path_guid,
                                          (VOID **)&device);
    if (status != EFI_SUCCESS)
        return status;
    make_path(device, path);
    status = services->LoadImage(FALSE, image, (EFI_DEVICE_PATH *)path, NULL, 0,
                                 &started);
    if (status != EFI_SUCCESS)
        return status;
    services->SetWatchdogTimer(0, 0, 0, NULL);
    watch_disks(services);
    say('S');
    return services->StartImage(started, NULL, NULL);
}
