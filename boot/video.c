/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The framebuffer: the one behind the console that the user looks at.
 * [UEFI 2.10 12.9]
 */
#include "boot.h"

/* Where one colour lies in a pixel: a run of ones in a mask. */
static bool colour(uint32_t mask, uint8_t *shift, uint8_t *bits)
{
    *shift = mask ? (uint8_t)__builtin_ctz(mask) : 0;
    *bits = mask ? (uint8_t)(32 - __builtin_clz(mask) - *shift) : 0;
    return mask && (uint64_t)mask >> *shift == (UINT64_C(1) << *bits) - 1;
}

/* The masks of a format; false if pixels are not in memory. */
static bool masks_of(const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *info,
                     EFI_PIXEL_BITMASK *masks)
{
    switch (info->PixelFormat) {
    case PixelRedGreenBlueReserved8BitPerColor:
        *masks = (EFI_PIXEL_BITMASK){0xff, 0xff00, 0xff0000, 0xff000000};
        return true;
    case PixelBlueGreenRedReserved8BitPerColor:
        *masks = (EFI_PIXEL_BITMASK){0xff0000, 0xff00, 0xff, 0xff000000};
        return true;
    case PixelBitMask:
        *masks = info->PixelInformation;
        return true;
    default: /* PixelBltOnly: reached through the firmware only */
        return false;
    }
}

static uint8_t bits_per_pixel(const EFI_PIXEL_BITMASK *masks)
{
    uint32_t all = masks->RedMask | masks->GreenMask | masks->BlueMask |
                   masks->ReservedMask;
    unsigned used = all ? 32 - (unsigned)__builtin_clz(all) : 0;
    return (uint8_t)align_up(used, 8);
}

/* False if this output has no linear framebuffer that can be described. */
static bool describe(EFI_GRAPHICS_OUTPUT_PROTOCOL *output,
                     struct bootlink_framebuffer *frame)
{
    EFI_PIXEL_BITMASK masks;
    if (!output->Mode || !output->Mode->Info ||
        !output->Mode->FrameBufferBase || !masks_of(output->Mode->Info, &masks))
        return false;
    const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *info = output->Mode->Info;
    *frame = (struct bootlink_framebuffer){
        .physical = output->Mode->FrameBufferBase,
        .width = info->HorizontalResolution,
        .height = info->VerticalResolution,
        .bits_per_pixel = bits_per_pixel(&masks),
    };
    uint64_t stride =
        (uint64_t)info->PixelsPerScanLine * (frame->bits_per_pixel / 8);
    frame->stride = (uint32_t)stride;
    /* FrameBufferSize is wrong on some machines; what is drawn on is this. */
    frame->size = stride * frame->height;
    return stride <= UINT32_MAX && frame->size > 0 &&
           info->PixelsPerScanLine >= frame->width &&
           colour(masks.RedMask, &frame->red_shift, &frame->red_bits) &&
           colour(masks.GreenMask, &frame->green_shift, &frame->green_bits) &&
           colour(masks.BlueMask, &frame->blue_shift, &frame->blue_bits);
}

static bool try_handle(struct boot *boot, EFI_HANDLE handle)
{
    EFI_GUID guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
    EFI_GRAPHICS_OUTPUT_PROTOCOL *output = NULL;
    return handle &&
           boot->services->HandleProtocol(handle, &guid, (void **)&output) ==
               EFI_SUCCESS &&
           describe(output, &boot->framebuffer);
}

/* A console that is several outputs at once has no framebuffer of its own: then
 * the first output that has one. */
static bool try_all(struct boot *boot)
{
    EFI_GUID guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
    EFI_HANDLE *handles = NULL;
    UINTN count = 0;
    bool found = false;
    if (boot->services->LocateHandleBuffer(ByProtocol, &guid, NULL, &count,
                                           &handles) != EFI_SUCCESS)
        return false;
    for (UINTN i = 0; !found && i < count; i++)
        found = try_handle(boot, handles[i]);
    boot->services->FreePool(handles);
    return found;
}

void video_open(struct boot *boot)
{
    struct bootlink_framebuffer *frame = &boot->framebuffer;
    if (!try_handle(boot, boot->firmware->ConsoleOutHandle) && !try_all(boot)) {
        *frame = (struct bootlink_framebuffer){.size = 0};
        log_print(boot, "framebuffer: none");
        return;
    }
    log_print(boot, "framebuffer: %u x %u, %u bits a pixel, at 0x%llx",
              frame->width, frame->height, frame->bits_per_pixel,
              (unsigned long long)frame->physical);
}
