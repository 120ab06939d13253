/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What every file of the loader needs: spans, numbers from bytes, an arena,
 * formatted text and diagnostics.
 */
#ifndef BOOTLINK_BASE_H
#define BOOTLINK_BASE_H

#include <bootlink/link.h>
#include <stdarg.h>
#include <string.h>

typedef struct bootlink_span span;

/* A span of a string literal, and the two arguments of a "%.*s". */
#define SPAN(literal) ((span){(literal), sizeof(literal) - 1})
#define SPAN_ARGS(s)  (int)(s).size, (s).data

/* A function of a fast file that is not called for each symbol, section or
 * relocation: the compiler makes it small. */
#define SELDOM __attribute__((cold))

/* A loop of such a file that is to have the registers to itself. */
#define APART __attribute__((noinline))

/* Such a loop that only a SELDOM function calls, and that runs often. */
#define OFTEN __attribute__((noinline, hot))

/* ---- bytes.c: the one place that turns bytes into spans and numbers ----- */

/* True if [offset, offset + length) lies within `size` bytes. Never wraps. */
static inline bool in_bounds(uint64_t size, uint64_t offset, uint64_t length)
{
    return length <= size && offset <= size - length;
}

/* The part of `bytes` at [offset, offset + length); empty if out of bounds. */
span span_part(span bytes, uint64_t offset, uint64_t length);

/* The string that starts at `offset` and ends before a NUL. False if there is
 * no NUL before the end of `table`. */
bool span_string(span table, uint64_t offset, span *string);

/* Inline up to the call, as most names differ in length or in the first byte.
 */
static inline bool span_equal(span a, span b)
{
    return a.size == b.size && (a.size == 0 || !memcmp(a.data, b.data, a.size));
}

/* The last byte first: names of sections all begin with a dot. */
static inline bool span_starts(span text, span prefix)
{
    size_t n = prefix.size;
    return text.size >= n &&
           (n == 0 || (text.data[n - 1] == prefix.data[n - 1] &&
                       !memcmp(text.data, prefix.data, n)));
}

bool span_is(span text, const char *string); /* up to its NUL */
/* Negative, 0 or positive, comparing byte by byte, a prefix first. */
int span_compare(span a, span b);
bool span_ends(span text, span suffix);
span span_of(const char *string); /* up to its NUL */
/* Where `c` is first; text.size if it is nowhere. */
size_t span_find(span text, char c);

/* A number that differs, most likely, if texts do; another one for each seed.
 */
uint64_t span_hash(span text, uint64_t seed);

/* Decimal, or hexadecimal after 0x. The whole span must be one number that
 * fits. */
bool span_number(span text, uint64_t *number);

/* How many single edits lead from `a` to `b`; for "did you mean". */
size_t span_distance(span a, span b);

/* Little-endian numbers at `p`, which need not be aligned: copying is the only
 * way that C defines, and one move instruction; without the prefix a
 * freestanding compiler would call memcpy. x86-64 is little-endian. */
static inline uint16_t read16(const void *p)
{
    uint16_t n;
    __builtin_memcpy(&n, p, sizeof(n));
    return n;
}

static inline uint32_t read32(const void *p)
{
    uint32_t n;
    __builtin_memcpy(&n, p, sizeof(n));
    return n;
}

static inline uint64_t read64(const void *p)
{
    uint64_t n;
    __builtin_memcpy(&n, p, sizeof(n));
    return n;
}

static inline void write16(void *p, uint16_t value)
{
    __builtin_memcpy(p, &value, sizeof(value));
}

static inline void write32(void *p, uint32_t value)
{
    __builtin_memcpy(p, &value, sizeof(value));
}

static inline void write64(void *p, uint64_t value)
{
    __builtin_memcpy(p, &value, sizeof(value));
}

/* Not 0 if one of the eight bytes is: subtracting 1 sets the high bit of such a
 * byte, which it did not have. The lowest bit that is set is always right; a
 * byte of 1 above it borrows. */
static inline uint64_t zero_bytes(uint64_t bytes)
{
    const uint64_t ones = ~0ull / 255;
    return (bytes - ones) & ~bytes & ones << 7;
}

/* What span_hash() is made of: the digits of pi and of the golden ratio. Names
 * are short: XXH3 takes 75 instructions for 25 bytes, this 30, and it can go
 * along with the search for the NUL. */
#define SPAN_HASH_START  UINT64_C(0x243f6a8885a308d3)
#define SPAN_HASH_FACTOR UINT64_C(0x9e3779b97f4a7c15)

/* Eight bytes more: the halves of the product tell of every bit of both. */
static inline uint64_t hash_word(uint64_t hash, uint64_t word)
{
    unsigned __int128 product =
        (unsigned __int128)(hash ^ word) * SPAN_HASH_FACTOR;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* What is left, fewer than eight bytes, comes with the size of all. */
static inline uint64_t hash_end(uint64_t hash, uint64_t rest, uint64_t size)
{
    return hash_word(hash ^ size, rest);
}

static inline bool is_power_of_two(uint64_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

/* span_equal() where it is likely, of names of more than a word: a third of the
 * instructions of a call of memcmp. */
static inline bool span_same(span a, span b)
{
    size_t at = a.size;
    if (a.size != b.size)
        return false;
    if (at < 8)
        return span_equal(a, b);
    while (at > 8)
        if (at -= 8, read64(a.data + at) != read64(b.data + at))
            return false;
    return read64(a.data) == read64(b.data);
}

/* Rounds up to a multiple of `align` (a power of two), modulo 2^64. */
static inline uint64_t align_up(uint64_t n, uint64_t align)
{
    return (n + align - 1) & ~(align - 1);
}

static inline uint64_t align_down(uint64_t n, uint64_t align)
{
    return n & ~(align - 1);
}

/* ---- arena.c: memory that is given back all at once --------------------- */

struct arena {
    const struct bootlink_world *world;
    enum bootlink_memory_kind kind;
    struct arena_block *blocks;  /* the newest first */
    char *start, *end;           /* what is left of the newest block ... */
    bool is_zero;                /* ... and holds nothing but zeros */
    bool failed;                 /* a request was refused (and reported) */
    struct arena_pieces *pieces; /* of others' memory; NULL: none */
};

struct arena arena_open(const struct bootlink_world *world,
                        enum bootlink_memory_kind kind);
void arena_close(struct arena *arena);

enum { ARENA_ALIGNMENT = 16 };

/* Zeroed memory for `count` items of `size` bytes, so aligned. On failure
 * NULL, and the first failure is reported. A count of 0 gives a pointer that
 * must not be read through. */
void *arena_take(struct arena *arena, uint64_t count, uint64_t size);
#define arena_new(arena, type) ((type *)arena_take(arena, 1, sizeof(type)))
#define arena_array(arena, count, type)                                        \
    ((type *)arena_take(arena, count, sizeof(type)))

/* The same, but for zeroing: for what is written as a whole. At boot clearing
 * takes an instruction for each 8 bytes. */
void *arena_room(struct arena *arena, uint64_t count, uint64_t size);

/* Copies `text` and adds so many NULs, which are not counted: words of eight
 * bytes can be read up to the end. */
enum { ARENA_MARGIN = 8 };
span arena_copy(struct arena *arena, span text);

/* Makes room for one more item in a growing array. `items` is doubled in the
 * arena when `count` reaches `*capacity`; the old copy is left behind. */
void *arena_grow(struct arena *arena, void *items, uint64_t count,
                 uint64_t *capacity, uint64_t size);

/* ---- arena_pieces.c: an arena in what others have left ------------------- */

/* Memory that is not the world's, such as a part of a file that nobody reads
 * any more. So much of it as has a use is taken before blocks of the world. */
void arena_give(struct arena *arena, span piece);

/* From here on all is taken from blocks. */
void arena_leave_pieces(struct arena *arena);

enum { PIECE_SIZES = 64 };

struct arena_pieces {
    /* So much of a piece or a block; NULL: another block is needed. */
    char *(*take)(struct arena *arena, uint64_t bytes);
    struct arena_piece *of_size[PIECE_SIZES];
    uint64_t sizes;    /* a bit for each list that is not empty */
    char *start, *end; /* what is left of the newest block ... */
    bool is_zero;      /* ... if a piece is at hand; else end is NULL */
};

/* ---- sort.c ------------------------------------------------------------- */

/* Negative, 0 or positive as `a` comes before, with or after `b`. */
typedef int sort_order(const void *context, const void *a, const void *b);

/* Sorts an array of `count` pointers; equal ones keep their order. Room comes
 * from the arena; false if there is none. */
bool sort_pointers(struct arena *arena, void *items, uint64_t count,
                   sort_order *order, const void *context);

/* What is sorted by a number: a pointer or an index. */
struct keyed {
    uint64_t key, item;
};

/* Sorts by key; equal ones keep their order. `room` is for as many. */
void sort_by_key(struct keyed *list, uint32_t count, struct keyed *room);

/* ---- sort_between.c ----------------------------------------------------- */

/* The same in a fifth of the instructions, if there are thousands and most keys
 * are in [low, high); with room for sort_room() of them. The list that it
 * returns is either of the two. */
const struct keyed *sort_between(struct keyed *list, uint32_t count,
                                 struct keyed *room, uint64_t low,
                                 uint64_t high);
static inline uint64_t sort_room(uint64_t count)
{
    return count + count / 2 + 2;
}

static inline int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* ---- text.c: messages --------------------------------------------------- */

#define PRINTF(text, first) __attribute__((format(printf, text, first)))

/* Formats into the arena as printf does (no floating point). An empty span if
 * there is no memory. */
span text_format(struct arena *arena, const char *format, ...) PRINTF(2, 3);

/* Formats into `buffer` and returns what was written there, cut to fit. */
span text_print(char *buffer, size_t size, const char *format, ...)
    PRINTF(3, 4);
span text_print_list(char *buffer, size_t size, const char *format,
                     va_list arguments);

/* ---- diagnose.c --------------------------------------------------------- */

/* Report to the world. `report_error` returns false, so that a function can
 * end with it. Texts are cut at 2 KiB. */
bool report_error(const struct bootlink_world *world, enum bootlink_class,
                  const char *format, ...) PRINTF(3, 4);
void report_warning(const struct bootlink_world *world, enum bootlink_class,
                    const char *format, ...) PRINTF(3, 4);
void report_note(const struct bootlink_world *world, const char *format, ...)
    PRINTF(2, 3);

#endif
