/* SPDX-License-Identifier: BSD-2-Clause
 *
 * What the files of the monitor share. Each part is used by those below it:
 * keys, a line, the words in it, the command that they name.
 */
#ifndef MONITOR_H
#define MONITOR_H

#include "../kernel.h"
#include "../world/world.h"

/* ---- keys.c: what the terminal sends ------------------------------------ */

#define CONTROL(letter) ((letter)&31)

/* Keys that are no characters. */
enum key {
    KEY_ENTER = '\r',
    KEY_TAB = '\t',
    KEY_BACKSPACE = 127,
    KEY_UP = 256,
    KEY_DOWN,
    KEY_LEFT,
    KEY_RIGHT,
    KEY_HOME,
    KEY_END,
    KEY_DELETE,
    KEY_UNKNOWN,
    KEY_NONE = -1, /* there is no port */
};

int key_read(void);

/* ---- line.c, history.c: a line of text as it is typed ------------------- */

#define LINE_SIZE 256

struct line {
    const char *prompt;
    char text[LINE_SIZE]; /* with a final NUL */
    bool is_cut;          /* there was no room for all that was typed */
    size_t size, cursor;
};

void line_start(struct line *line, const char *prompt);
void line_set(struct line *line, const char *text);
void line_insert(struct line *line, const char *text, size_t size);

/* Shows the line anew, as after a list of completions. */
void line_draw(const struct line *line);

/* Does what the key says: false if it means nothing to a line. */
bool line_key(struct line *line, int key);

#define HISTORY_SIZE 32

struct history {
    char lines[HISTORY_SIZE][LINE_SIZE]; /* line n in n % HISTORY_SIZE */
    unsigned count;                      /* of all that were ever entered */
    unsigned back;                       /* how far up we are; 0: not at all */
    char draft[LINE_SIZE];               /* what was typed before going up */
};

void history_add(struct history *history, const char *text);
void history_up(struct history *history, struct line *line);
void history_down(struct history *history, struct line *line);

/* ---- words.c: the line taken apart -------------------------------------- */

#define WORDS_MAX 16

struct words {
    char text[LINE_SIZE]; /* each word ends with a NUL */
    char *word[WORDS_MAX];
    size_t count;
    const char *rest[WORDS_MAX]; /* the line from that word on, uncut */
};

/* Takes `line` apart at blanks. */
void words_split(struct words *words, const char *line);

struct bootlink_span text_span(const char *text);

/* The value of "0x1c", "28", "function" or "function+0x1c"; if it is none of
 * these, says so. */
bool address_of(const char *text, uint64_t *address);

/* Decimal, or hexadecimal with 0x. */
bool number_of_text(const char *text, uint64_t *number);

/* The symbol of that name; of several, the first one. */
bool symbol_named(const char *name, struct symbol *found);

/* ---- complete.c --------------------------------------------------------- */

/* Gives the candidates for a word, one at each call; false after the last. */
struct candidates {
    struct symbol_position symbols;
    size_t index;
};
struct monitor;
typedef bool candidate_source(struct monitor *monitor,
                              struct candidates *position,
                              struct bootlink_text *candidate);

/* What TAB does: finishes the word before the cursor, or lists what it could
 * become. */
void complete(struct monitor *monitor, struct line *line);

/* ---- monitor.c: the table of commands ----------------------------------- */

struct monitor {
    struct kernel *kernel;
    struct world world; /* for the linker */
    struct line line;
    struct history history;
    struct words words;
};

struct command {
    const char *name;
    const char *arguments; /* for help */
    const char *what;
    void (*run)(struct monitor *monitor, const struct words *words);
    candidate_source *candidates; /* for what follows; NULL: nothing to guess */
    unsigned least;               /* arguments that it needs */
};

extern const struct command commands[];
extern const size_t command_count;

const struct command *command_named(const char *name);
void print_no_command(const char *name);

/* ---- the commands, a file for each group -------------------------------- */

typedef void command_function(struct monitor *monitor,
                              const struct words *words);

/* commands_system.c */
command_function run_help, run_log, run_poweroff;
/* commands_symbols.c */
command_function run_sym, run_info, run_bt;
candidate_source symbol_candidates;
/* commands_memory.c */
command_function run_maps, run_peek;
/* commands_modules.c */
command_function run_lsmod, run_insmod, run_rmmod, run_deps, run_relocs;
candidate_source module_candidates, file_candidates;
/* commands_stress.c */
command_function run_stress;

/* ---- areas.c: who owns which addresses ---------------------------------- */

struct area {
    uint64_t start, size;
    const char *owner;           /* "kernel", "module", "stack" ... */
    struct bootlink_text module; /* which module; may be empty */
    struct bootlink_text name;   /* which section, file ...; may be empty */
};

/* The area that `address` is in. `*end` is where it ends, or where the next one
 * begins. */
struct area area_at(const struct monitor *monitor, uint64_t address,
                    uint64_t *end);

void print_area(const struct area *area);

/* The input file that the byte at `address` is from; empty: nobody knows. */
struct bootlink_text file_at(const struct monitor *monitor, uint64_t address);

#endif
