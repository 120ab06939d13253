/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The log: one text in memory, which the kernel gets. It goes to COM1 as it is
 * written. The firmware's console gets little of it, since one line there costs
 * as much as reading a file: the title, a status line if the boot takes longer
 * than half a second, errors; or all of it, if the config file says `verbose`.
 */
#include "boot.h"

#include <string.h>

enum {
    FIRST_SIZE = 64 * 1024, /* most logs are shorter, ... */
    LOG_SIZE = 256 * 1024,  /* what does not fit here is on COM1 only */
    LAST_LINES = 32 * 1024, /* ... those behind log_settle(), too */
    LONGEST_LINE = 4096,
    CONSOLE_CHUNK = 128,
    STATUS_WIDTH = 78,
};

static const span TITLE = SPAN("Bootlink " BOOTLINK_VERSION "\n");

/* [UEFI 2.10 7.1.7] in units of 100 ns */
static const uint64_t HALF_A_SECOND = 5000000;

/* Text for the console: UTF-16 up to 16 bits, CR LF, in pieces. */
static void show(struct boot *boot, span text)
{
    SIMPLE_TEXT_OUTPUT_INTERFACE *console = boot->log.console;
    while (console && text.size) {
        CHAR16 chunk[CONSOLE_CHUNK];
        size_t count = 0;
        while (text.size && count < CONSOLE_CHUNK - 2) {
            uint32_t c = utf8_take(&text);
            if (c == '\n')
                chunk[count++] = '\r';
            chunk[count++] = c > 0xffff ? '?' : (CHAR16)c;
        }
        chunk[count] = 0;
        console->OutputString(console, chunk);
    }
}

/* Blanks over what is there and no more: firmware that draws each takes 7,000
 * instructions for one. */
static void clear_status(struct boot *boot)
{
    size_t width = boot->log.status_width;
    if (!width)
        return;
    char blank[STATUS_WIDTH + 2];
    memset(blank, ' ', sizeof(blank));
    blank[0] = blank[width + 1] = '\r';
    show(boot, (span){blank, width + 2});
    boot->log.status_width = 0;
}

static bool has_room(const struct log *log, uint64_t size)
{
    return in_bounds(log->memory.size, log->size, size);
}

/* Takes twice as much memory. What that has to say takes none. */
static bool grow(struct boot *boot)
{
    struct log *log = &boot->log;
    struct bootlink_memory old = log->memory, larger;
    if (log->is_settled || !old.size || old.size >= LOG_SIZE)
        return false;
    log->is_settled = true;
    if (!memory_take(boot, old.size * 2, PAGE, &larger))
        return false;
    memcpy(larger.data, old.data, log->size);
    memory_give(boot, old);
    log->memory = larger;
    log->is_settled = false;
    return true;
}

void log_settle(struct boot *boot)
{
    while (!has_room(&boot->log, LAST_LINES) && grow(boot))
        ;
    boot->log.is_settled = true;
}

/* To memory, where a NUL follows the text, and to COM1. */
static void keep(struct boot *boot, span text)
{
    struct log *log = &boot->log;
    if (log->port && !serial_write(log->port, text))
        log->port = 0;
    while (!has_room(log, text.size + 1))
        if (!grow(boot))
            return;
    char *end = (char *)log->memory.data + log->size;
    memcpy(end, text.data, text.size);
    end[text.size] = '\0';
    log->size += text.size;
}

/* One or more lines; a final newline is added. */
static void write(struct boot *boot, bool to_console, span text)
{
    const span newline = SPAN("\n");
    keep(boot, text);
    keep(boot, newline);
    if (to_console || boot->log.verbose) {
        clear_status(boot);
        show(boot, text);
        show(boot, newline);
    }
}

/* Bytes that a terminal would obey are in no text of ours, but may be in a file
 * or in its name. */
static void print(struct boot *boot, bool to_console, const char *format,
                  va_list arguments)
{
    char line[LONGEST_LINE];
    span text = text_print_list(line, sizeof(line), format, arguments);
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)line[i] < ' ' && line[i] != '\n' && line[i] != '\t')
            line[i] = '?';
    write(boot, to_console, text);
}

void log_text(struct boot *boot, span text)
{
    write(boot, false, text);
}

void log_print(struct boot *boot, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print(boot, false, format, arguments);
    va_end(arguments);
}

/* An empty screen for the first thing that went wrong: firmware leaves a logo
 * there, and messages of its own. */
static void make_room(struct boot *boot)
{
    struct log *log = &boot->log;
    if (!log->console || log->verbose || log->has_shown)
        return;
    log->has_shown = true;
    log->console->ClearScreen(log->console);
    log->status_width = 0;
    show(boot, TITLE);
}

void log_show(struct boot *boot, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    make_room(boot);
    print(boot, true, format, arguments);
    va_end(arguments);
}

/* One line that is written over and over. */
void log_status(struct boot *boot, const char *format, ...)
{
    struct log *log = &boot->log;
    if (!log->console || !log->half_second || log->quiet || log->verbose ||
        boot->services->CheckEvent(log->half_second) != EFI_SUCCESS)
        return;
    char line[STATUS_WIDTH];
    va_list arguments;
    va_start(arguments, format);
    span text = text_print_list(line, sizeof(line), format, arguments);
    va_end(arguments);
    clear_status(boot);
    show(boot, text);
    log->status_width = text.size;
    /* The event is spent now: the next status line is due in half a second. */
    boot->services->SetTimer(log->half_second, TimerRelative, HALF_A_SECOND);
}

void log_verbose(struct boot *boot)
{
    if (boot->log.verbose)
        return;
    boot->log.verbose = true;
    span text = {boot->log.memory.data, boot->log.size};
    show(boot, span_part(text, TITLE.size, text.size - TITLE.size));
}

void log_detach(struct boot *boot)
{
    clear_status(boot);
    if (boot->log.half_second)
        boot->services->CloseEvent(boot->log.half_second);
    boot->log.half_second = NULL;
    boot->log.console = NULL;
    boot->log.is_detached = true;
}

/* Who made the firmware, in letters that every terminal has; and where we are,
 * for a debugger. */
static void log_firmware(struct boot *boot)
{
    const EFI_SYSTEM_TABLE *firmware = boot->firmware;
    char vendor[64];
    size_t size = 0;
    const CHAR16 *name = firmware->FirmwareVendor;
    for (; name && name[size] && size < sizeof(vendor) - 1; size++)
        vendor[size] = name[size] < 0x7f ? (char)name[size] : '?';
    vendor[size] = 0;
    log_print(boot, "firmware: %s, UEFI %u.%u; Bootlink is at 0x%llx", vendor,
              firmware->Hdr.Revision >> 16,
              (firmware->Hdr.Revision & 0xffff) / 10,
              (unsigned long long)image_base);
}

void log_open(struct boot *boot)
{
    struct log *log = &boot->log;
    log->port = serial_open();
    log->console = console_choose(boot);
    memory_take(boot, FIRST_SIZE, PAGE, &log->memory);
    EFI_BOOT_SERVICES *services = boot->services;
    if (services->CreateEvent(EVT_TIMER, 0, NULL, NULL, &log->half_second) ==
        EFI_SUCCESS)
        services->SetTimer(log->half_second, TimerRelative, HALF_A_SECOND);
    else
        log->half_second = NULL;
    keep(boot, TITLE);
    show(boot, TITLE);
    log_firmware(boot);
}

const char *status_text(EFI_STATUS status)
{
    switch (status) {
    case EFI_SUCCESS:
        return "success";
    case EFI_NOT_FOUND:
        return "not found";
    case EFI_DEVICE_ERROR:
        return "the device reports an error";
    case EFI_VOLUME_CORRUPTED:
        return "the file system is damaged";
    case EFI_NO_MEDIA:
        return "there is no medium in the drive";
    case EFI_MEDIA_CHANGED:
        return "the medium was changed";
    case EFI_ACCESS_DENIED:
        return "access denied";
    case EFI_OUT_OF_RESOURCES:
        return "out of memory";
    case EFI_END_OF_FILE:
        return "it ends before its size says";
    case EFI_INVALID_PARAMETER:
        return "invalid parameter";
    case EFI_UNSUPPORTED:
        return "not supported by the firmware";
    default:
        return "an unexpected firmware status";
    }
}
