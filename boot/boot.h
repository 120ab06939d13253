/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The UEFI application's data, in the order in which it comes to be. Each part
 * names the file that fills it. `struct boot` lives on efi_main's stack; there
 * is no global state.
 *
 * Firmware is called straight from C: GNU_EFI_USE_MS_ABI gives its function
 * pointers the Microsoft x64 calling convention. [UEFI 2.10 2.3.4.2]
 */
#ifndef BOOTLINK_BOOT_H
#define BOOTLINK_BOOT_H

#define GNU_EFI_USE_MS_ABI
#include <efi.h>

#include "../loader/config.h"
#include "../loader/folder.h"
#include "../loader/handoff.h"
#include "../loader/loader.h"
#include "../loader/system.h"

enum { PAGE = 4096 };

/* ---- log.c: everything that is said -------------------------------------- */

struct log {
    struct bootlink_memory memory; /* the text so far, for the kernel */
    uint64_t size;
    uint16_t port;                         /* of the UART; 0: there is none */
    SIMPLE_TEXT_OUTPUT_INTERFACE *console; /* NULL: none, or not any more */
    EFI_EVENT half_second;                 /* signalled when it is over */
    bool has_shown;                        /* trouble, on an empty console */
    size_t status_width;                   /* of the line on the console */
    bool verbose;                          /* every line to the console */
    bool quiet;                            /* no status line */
    bool is_detached; /* boot services have ended, or may have */
    bool is_settled;  /* `memory` stays where it is */
    uint32_t error_count;
};

/* ---- cpu.c: what the processor is ---------------------------------------- */

struct cpu {
    struct paging_features features;
    bool long_paging; /* LA57 is on: five levels of page tables */
    bool has_pat;     /* page attribute table */
    bool has_rdrand;
    bool is_emulated;       /* a hypervisor says so */
    uint64_t cycles_per_ms; /* of the time stamp counter */
};

/* ---- clock.c: where the time goes ---------------------------------------- */

/* What is being done; first what a link does, as enum link_stage has it. */
enum task {
    TASK_UNPACKING = LINK_STAGE_COUNT, /* ourselves */
    TASK_READING,                      /* files */
    TASK_FIRMWARE,                     /* boot services, but for files */
    TASK_MAPPING,                      /* boot info, page tables */
    TASK_LEAVING,                      /* the end of boot services */
    TASK_REST,                         /* the config file, the log */
    TASK_COUNT,
};

struct clock {
    enum task task;
    uint64_t since;             /* by the time stamp counter */
    uint64_t spent[TASK_COUNT]; /* likewise */
};

/* ---- memory.c, stage.c: pages -------------------------------------------- */

/* Pages that we hold. If they stand in for others that the firmware still uses
 * (staged), the trampoline moves them to `destination`. */
struct block {
    struct block *next;
    uint64_t start, pages; /* what AllocatePages gave */
    uint64_t destination;  /* physical, if is_staged; else `start` */
    bool is_staged;
    bool is_image;
    bool is_pool;     /* handed out in parts */
    bool is_for_boot; /* by memory_take_for_boot() */
    bool is_kept;     /* by memory_take_kept() */
};

struct memory {
    struct block *blocks;    /* in use, the newest first */
    struct block *spares;    /* were for the boot, which may take them again */
    uint64_t pool, pool_end; /* what is left of the last one */
    uint64_t staged_count;
    uint64_t pages, most_pages; /* that we hold, and that we ever held */
    uint64_t file_size;         /* of all files in memory, in whole pages */
};

/* ---- map.c: the firmware's memory map [UEFI 2.10 7.2.3] ------------------ */

struct firmware_map {
    char *bytes; /* from AllocatePool */
    UINTN size, capacity;
    UINTN key;
    UINTN step; /* from one descriptor to the next */
};

/* ---- volume.c, files.c: what lies on the boot volume --------------------- */

/* An open file of the volume. */
struct volume_file {
    EFI_FILE_HANDLE handle; /* NULL: it is closed */
    span name;              /* path below the volume's root, with '/' */
    uint64_t size;
};

/* A file that was asked for. */
struct file {
    struct file *next;      /* in the order in which they were opened */
    struct file *same_hash; /* the next one */
    struct volume_file on_volume;
    struct bootlink_memory memory; /* at least one page, if it is whole */
    span bytes;
    bool is_whole;    /* ... in memory */
    bool is_cut;      /* but for its beginning */
    bool is_passed;   /* to the kernel, as it is */
    bool is_lent;     /* some of it is the linker's, see files_lend() */
    unsigned readers; /* that the linker has given it to */
};

enum { FILE_HASHES = 256 }; /* a power of two */

/* ---- exit.c and trampoline.asm ------------------------------------------- */

/* One staged block, as trampoline.asm reads it. */
struct move {
    uint64_t destination, source, size; /* physical; whole pages */
};

/* The operand of LGDT and LIDT. */
struct table_pointer {
    uint16_t limit;
    uint64_t address;
    uint8_t unused[6];
} __attribute__((packed));

/* [Intel SDM 3A 6.14.1: 64-Bit Mode IDT] */
struct gate {
    uint16_t offset_low;
    uint16_t selector;
    uint8_t stack;
    uint8_t type;
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t reserved;
};

/* What the trampoline gets. All addresses but `root` are virtual ones of the
 * kernel's address space. */
struct passage {
    uint64_t root; /* physical, for %cr3 */
    uint64_t direct_map;
    uint64_t moves;
    uint64_t move_count;
    uint64_t stack;
    uint64_t info;
    uint64_t entry;
    struct table_pointer gdt_pointer, idt_pointer;
    uint64_t gdt[3];
    uint64_t reserved;
    struct gate idt[32];
};

/* ---- The whole ---------------------------------------------------------- */

struct boot {
    EFI_HANDLE image;
    EFI_SYSTEM_TABLE *firmware;
    EFI_BOOT_SERVICES *services;
    EFI_LOADED_IMAGE *loaded; /* how we were loaded, and from where */
    struct bootlink_world world;

    struct clock clock;
    struct log log;
    struct cpu cpu;
    struct memory memory;
    EFI_FILE_HANDLE root; /* of the boot volume */
    struct file *files, **last_file;
    struct file *files_by_hash[FILE_HASHES];
    struct file *linked; /* the one that the linker has asked for last */

    struct arena arena; /* config, request */
    struct config config;
    struct system_request request;
    struct config_file *passed; /* the kernel gets these files untouched */
    struct system system;

    struct bootlink_framebuffer framebuffer; /* data NULL, physical set */
    uint64_t trampoline;                     /* the page it runs in */
    struct bootlink_memory passage;
    struct handoff handoff;
    struct link_observer observer;
    uint64_t stamps[BOOTLINK_STAGE_COUNT];
};

/* ---- image.lds */

/* The first byte of Bootlink in memory. */
extern const char image_base[];

/* ---- log.c */

void log_open(struct boot *boot);
/* A line for the log; a final newline is added. */
void log_print(struct boot *boot, const char *format, ...) PRINTF(2, 3);
/* The same for text of any length. */
void log_text(struct boot *boot, span text);
/* A line for the log and the console: trouble. */
void log_show(struct boot *boot, const char *format, ...) PRINTF(2, 3);
/* What is being done, to the console, if the boot takes long enough. */
void log_status(struct boot *boot, const char *format, ...) PRINTF(2, 3);
/* From now on every line goes to the console, and so do those before. */
void log_verbose(struct boot *boot);
/* The text will not be moved any more, and there is room for some lines. */
void log_settle(struct boot *boot);
/* Takes the console away, before boot services end. */
void log_detach(struct boot *boot);
/* In words: what a firmware function returned. */
const char *status_text(EFI_STATUS status);

/* ---- console.c: the firmware's */

/* The console to write on, once it is known whether there is a COM1; NULL if
 * there is none. */
SIMPLE_TEXT_OUTPUT_INTERFACE *console_choose(const struct boot *boot);

/* ---- serial.c: COM1 */

/* The I/O port of COM1, set to 115200 8N1, or 0 if there is no UART. */
uint16_t serial_open(void);
/* Writes, a newline as CR LF. False if the UART takes nothing any more. */
bool serial_write(uint16_t port, span text);

/* ---- cpu.c */

void cpu_open(struct boot *boot);
/* False after reporting why this processor cannot run a kernel. */
bool cpu_check(struct boot *boot);
uint64_t cpu_stamp(void);
uint64_t cpu_to_microseconds(const struct boot *boot, uint64_t cycles);
/* Time since `stamp` in microseconds. */
uint64_t cpu_microseconds(const struct boot *boot, uint64_t stamp);
/* Makes entry 4 of the page attribute table write-combining. */
void cpu_enable_write_combining(void);
void port_write(uint16_t port, uint8_t value);
uint8_t port_read(uint16_t port);

/* ---- clock.c */

/* The clock goes on for another task; what it went for until now. */
enum task clock_enter(struct boot *boot, enum task task);
/* A line for the log: how long each task took. */
void clock_log(struct boot *boot);
/* Gives the linker's stages to the clock. */
struct link_observer clock_observer(struct boot *boot);

/* ---- random.c */

uint64_t random_number(struct boot *boot);

/* ---- map.c */

/* Reads the memory map into memory with room for `spare` more descriptors. */
EFI_STATUS map_read(const struct boot *boot, UINTN spare,
                    struct firmware_map *map);
/* Reads it again into the same memory, allocating nothing. */
EFI_STATUS map_update(const struct boot *boot, struct firmware_map *map);
void map_free(const struct boot *boot, struct firmware_map *map);
UINTN map_count(const struct firmware_map *map);
const EFI_MEMORY_DESCRIPTOR *map_at(const struct firmware_map *map, UINTN i);
/* A descriptor as loader/ wants it. */
struct memmap_range map_range(const EFI_MEMORY_DESCRIPTOR *descriptor);
/* Where the highest free memory for an aligned block is; 0 if there is none. */
uint64_t map_room(const struct firmware_map *map, uint64_t pages,
                  uint64_t align);
/* Logs how much memory there is, and the largest free piece of it. */
void map_log(struct boot *boot, const struct firmware_map *map);
/* Says why there are no `wanted` bytes. */
void map_explain(struct boot *boot, uint64_t wanted);

/* ---- memory.c */

/* Pages for `size` bytes, aligned, anywhere but where a staged block goes. */
bool memory_take(struct boot *boot, uint64_t size, uint64_t align,
                 struct bootlink_memory *memory);
/* The same for one of many small images. */
bool memory_take_part(struct boot *boot, uint64_t size,
                      struct bootlink_memory *memory);
/* The same for what the kernel does not get: to it these are usable. */
bool memory_take_for_boot(struct boot *boot, uint64_t size,
                          struct bootlink_memory *memory);
/* The same for what it does get, but pages that may be spare: what they are the
 * memory map of the firmware does not say, so memory_hand_over() does. False if
 * that has no room. */
bool memory_take_kept(struct boot *boot, uint64_t size,
                      struct bootlink_memory *memory);
bool memory_hand_over(struct boot *boot);
/* The same for code that is copied there: firmware may keep data from being
 * executed. */
bool memory_take_code(struct boot *boot, uint64_t size,
                      struct bootlink_memory *memory);
/* Pages at `wanted`; false if the firmware does not give them. */
bool memory_take_at(struct boot *boot, uint64_t size, uint64_t wanted,
                    struct bootlink_memory *memory);
void memory_give(struct boot *boot, struct bootlink_memory memory);
/* Gives back the beginning of a block that only the boot uses: whole pages, and
 * not all of them. */
void memory_cut(struct boot *boot, struct bootlink_memory *memory,
                uint64_t size);
/* The block whose pages hold `data`. */
struct block *memory_block(const struct boot *boot, const void *data);
/* Logs how much was taken at most, and for what. */
void memory_log(struct boot *boot);
/* Gives everything back, before returning to the firmware. */
void memory_close(struct boot *boot);

/* ---- stage.c */

/* Pages at physical address `wanted`: those, or stand-ins if the firmware uses
 * them until boot services end. False after reporting: not RAM. */
bool stage_take(struct boot *boot, uint64_t size, uint64_t wanted,
                struct bootlink_memory *memory);
/* True if [start, start + size) meets the destination of a staged block. */
bool stage_is_destination(const struct boot *boot, uint64_t start,
                          uint64_t size);
/* Moves `memory`, which outlives boot services, out of the destinations. */
bool stage_avoid(struct boot *boot, struct bootlink_memory *memory);
/* Moves the staged blocks themselves out of the destinations of others. */
bool stage_settle(struct boot *boot);
/* Writes the list of moves; room for memory.staged_count of them. */
void stage_list(const struct boot *boot, struct move *moves);

/* ---- world.c */

/* The four functions that loader/ needs. */
struct bootlink_world world_open(struct boot *boot);

/* ---- volume.c */

/* Opens the volume that we were started from. False after reporting. */
bool volume_open(struct boot *boot);
/* EFI_NOT_FOUND if there is no such file. */
EFI_STATUS volume_open_file(struct boot *boot, span path,
                            struct volume_file *file);
/* All of it into fresh memory: at least one page, zeroed behind the file's
 * end. */
EFI_STATUS volume_read(struct boot *boot, const struct volume_file *file,
                       struct bootlink_memory *memory);
EFI_STATUS volume_read_part(struct boot *boot, const struct volume_file *file,
                            uint64_t offset, uint64_t size, void *to);
void volume_close_file(struct volume_file *file);
/* The names of the files in a folder, without its sub-folders. */
EFI_STATUS volume_list(struct boot *boot, span path, span **names,
                       uint64_t *count);
/* The folder of BOOTX64.EFI itself, "EFI/BOOT"; empty if it is not known. */
span volume_own_folder(struct boot *boot);

/* ---- utf.c: the two spellings of a name */

/* UTF-8 with '/' to UTF-16 with '\' and a NUL. False if it does not fit. */
bool utf16_from_path(span path, CHAR16 *to, size_t capacity);
/* Takes one code point off the front of UTF-8; U+FFFD for what is none. */
uint32_t utf8_take(span *text);
/* UTF-16 up to its NUL or `count` to UTF-8, in the arena, '\' as '/'. */
span utf8_from_utf16(struct arena *arena, const CHAR16 *text, size_t count);

/* ---- files.c */

/* The file of that name, read on first use; NULL after reporting at `place`,
 * or without a place at the name. */
const struct file *file_open(struct boot *boot, span name,
                             const struct script_place *place);
/* The file, if it is there; NULL without a word if it is not. */
const struct file *file_find(struct boot *boot, span name);
/* The same, for the kernel, which gets its memory. */
const struct file *file_pass(struct boot *boot, span name);
/* The same, without a word whatever is wrong with it. */
const struct file *file_try(struct boot *boot, span name);
/* Reads a part of a file straight to its place: how many bytes there were. */
size_t file_read(struct boot *boot, span name, uint64_t offset, size_t size,
                 void *to);
/* Why a file or folder cannot be had, and what to do. */
const char *file_trouble(EFI_STATUS status);
/* Gives back the memory of large files but those passed: nobody reads them any
 * more. */
void files_give(struct boot *boot);
/* The same for the linker. */
bool file_link(struct boot *boot, span name, span *bytes);
/* A link_observer's done(): gives back what a file begins with. */
void files_cut(void *context, span bytes);
/* A link_observer's lend(): true if these bytes are of a file that nobody else
 * reads. Who opens it again reads it again. */
bool files_lend(void *context, span bytes);
/* Closes the boot volume, before returning to the firmware; files stay. */
void files_close(struct boot *boot);

/* ---- request.c */

/* Finds and reads the config file. False after reporting. */
bool config_open(struct boot *boot);
/* Reads all that its first entry names. False after reporting. */
bool request_open(struct boot *boot);

/* The names of the files in a folder. */
EFI_STATUS folder_names(struct boot *boot, span folder, span **names,
                        uint64_t *count);
/* Reports, at the line of the config file, why that failed. */
bool folder_trouble(struct boot *boot, const struct config_path *folder,
                    EFI_STATUS status);

/* ---- modules.c */

/* Lists the modules of an entry in the request, and reads them. False after
 * reporting. */
bool modules_open_files(struct boot *boot, const struct config_entry *entry);

/* ---- kernel.c */

/* Links kernel and modules and logs how. False after reporting. */
bool kernel_link(struct boot *boot);

/* ---- video.c, tables.c: what a kernel wants to know of the machine */

/* Fills in boot->framebuffer; its size stays 0 if there is none. */
void video_open(struct boot *boot);
uint64_t tables_rsdp(const struct boot *boot);
uint64_t tables_smbios(const struct boot *boot);

/* ---- depart.c */

/* Builds page tables, boot info and what the trampoline needs. False after
 * reporting. */
bool depart_prepare(struct boot *boot);

/* ---- exit.c */

/* Ends boot services and enters the kernel. Returns only if the firmware does
 * not let go, after reporting. */
void leave(struct boot *boot);

/* ---- fail.c */

/* The way back after an error: a key, or a while, and the machine's emulator or
 * the firmware has the word again. */
EFI_STATUS fail(struct boot *boot);

/* ---- trampoline.asm */

extern const char trampoline[], trampoline_halt[], trampoline_end[];

#endif
