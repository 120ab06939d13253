/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The status line on the firmware's console: each one replaces the last,
 * nothing stays of it, and no more is written than that takes. The text in
 * memory: it gets as much as it needs, up to a limit.
 */
#include "../../boot/utf.c"

#include "../../boot/log.c"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { COLUMNS = 80 };

/* What log.c asks of the others. */
const char image_base[1];
uint16_t serial_open(void)
{
    return 0;
}
bool serial_write(uint16_t port, span text)
{
    (void)port, (void)text;
    return true;
}
SIMPLE_TEXT_OUTPUT_INTERFACE *console_choose(const struct boot *boot)
{
    (void)boot;
    return NULL;
}

static uint64_t refused_from; /* bytes at once */

/* Says so, as the firmware's memory does. */
bool memory_take(struct boot *boot, uint64_t size, uint64_t align,
                 struct bootlink_memory *memory)
{
    (void)align;
    if (size >= refused_from) {
        log_print(boot, "no memory");
        return false;
    }
    char *data = malloc(size);
    assert_non_null(data);
    *memory = (struct bootlink_memory){data, (uintptr_t)data, size, false};
    return true;
}
void memory_give(struct boot *boot, struct bootlink_memory memory)
{
    (void)boot;
    free(memory.data);
}

/* One row of a console. UEFI's functions have no argument for a context. */
static struct {
    char row[COLUMNS + 1];
    size_t column, written;
} screen;

static EFI_STATUS EFIAPI output(SIMPLE_TEXT_OUTPUT_INTERFACE *console,
                                CHAR16 *text)
{
    (void)console;
    for (; *text; text++, screen.written++) {
        assert_true(*text == '\r' || screen.column < COLUMNS);
        if (*text == '\r')
            screen.column = 0;
        else
            screen.row[screen.column++] = (char)*text;
    }
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI succeed_event(EFI_EVENT event)
{
    (void)event;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_timer(EFI_EVENT event, EFI_TIMER_DELAY type,
                                   UINT64 time)
{
    (void)event, (void)type, (void)time;
    return EFI_SUCCESS;
}

/* Half a second has always gone by. */
static void open_log(struct boot *boot, EFI_BOOT_SERVICES *services,
                     SIMPLE_TEXT_OUTPUT_INTERFACE *console)
{
    memset(screen.row, ' ', COLUMNS);
    screen.column = screen.written = 0;
    *console = (SIMPLE_TEXT_OUTPUT_INTERFACE){.OutputString = output};
    services->CheckEvent = services->CloseEvent = succeed_event;
    services->SetTimer = set_timer;
    *boot = (struct boot){
        .services = services,
        .log = {.console = console, .half_second = (EFI_EVENT)services}};
}

static void assert_row(const char *text)
{
    char wanted[COLUMNS + 1];
    snprintf(wanted, sizeof(wanted), "%-*s", COLUMNS, text);
    assert_string_equal(screen.row, wanted);
}

static void a_status_replaces_the_last(void **state)
{
    (void)state;
    struct boot boot;
    EFI_BOOT_SERVICES services;
    SIMPLE_TEXT_OUTPUT_INTERFACE console;
    open_log(&boot, &services, &console);
    log_status(&boot, "reading %s", "a-long-name.o");
    assert_row("reading a-long-name.o");
    log_status(&boot, "linking");
    assert_row("linking");
    log_detach(&boot);
    assert_row("");
    assert_int_equal(screen.column, 0);
}

/* Firmware that draws its console takes long for each. */
static void no_more_is_blanked_than_was_written(void **state)
{
    (void)state;
    struct boot boot;
    EFI_BOOT_SERVICES services;
    SIMPLE_TEXT_OUTPUT_INTERFACE console;
    open_log(&boot, &services, &console);
    log_status(&boot, "linking");
    log_detach(&boot);
    assert_int_equal(screen.written, strlen("linking\r       \r"));
}

static void the_longest_status_goes_too(void **state)
{
    (void)state;
    struct boot boot;
    EFI_BOOT_SERVICES services;
    SIMPLE_TEXT_OUTPUT_INTERFACE console;
    open_log(&boot, &services, &console);
    char text[200] = "";
    memset(text, 'x', sizeof(text) - 1);
    log_status(&boot, "%s", text);
    assert_int_equal(screen.row[STATUS_WIDTH - 2], 'x');
    log_detach(&boot);
    assert_row("");
}

/* ---- In memory ----------------------------------------------------------- */

/* Lines of 64 bytes, each with its number. */
static void say(struct boot *boot, unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++)
        log_print(boot, "%63u", i);
}

static void assert_said(const struct boot *boot, unsigned from, unsigned to)
{
    const char *line = boot->log.memory.data;
    for (unsigned i = from; i < to; i++, line += 64)
        assert_int_equal(strtoul(line, NULL, 10), i);
}

static void the_text_gets_more_memory(void **state)
{
    (void)state;
    struct boot boot = {0};
    refused_from = UINT64_MAX;
    assert_true(memory_take(&boot, FIRST_SIZE, PAGE, &boot.log.memory));
    say(&boot, 0, FIRST_SIZE / 64);
    assert_int_equal(boot.log.memory.size, 2 * FIRST_SIZE);
    assert_said(&boot, 0, FIRST_SIZE / 64);
    assert_int_equal(((char *)boot.log.memory.data)[boot.log.size], 0);
    say(&boot, FIRST_SIZE / 64, 2 * LOG_SIZE / 64);
    assert_int_equal(boot.log.memory.size, LOG_SIZE);
    assert_said(&boot, 0, LOG_SIZE / 64 - 1);
    free(boot.log.memory.data);
}

static void without_memory_it_stays_as_it_is(void **state)
{
    (void)state;
    struct boot boot = {0};
    refused_from = 2 * FIRST_SIZE;
    assert_true(memory_take(&boot, FIRST_SIZE, PAGE, &boot.log.memory));
    say(&boot, 0, FIRST_SIZE / 64 + 5);
    assert_int_equal(boot.log.memory.size, FIRST_SIZE);
    assert_int_equal(strtoul(boot.log.memory.data, NULL, 10), 0);
    assert_in_range(boot.log.size, FIRST_SIZE - 64, FIRST_SIZE - 1);
    free(boot.log.memory.data);
}

static void once_it_is_settled_it_has_room_and_stays(void **state)
{
    (void)state;
    struct boot boot = {0};
    refused_from = UINT64_MAX;
    assert_true(memory_take(&boot, FIRST_SIZE, PAGE, &boot.log.memory));
    say(&boot, 0, (FIRST_SIZE - LAST_LINES) / 64 + 1);
    log_settle(&boot);
    const void *data = boot.log.memory.data;
    assert_int_equal(boot.log.memory.size, 2 * FIRST_SIZE);
    say(&boot, (FIRST_SIZE - LAST_LINES) / 64 + 1, 2 * LOG_SIZE / 64);
    assert_ptr_equal(boot.log.memory.data, data);
    assert_said(&boot, 0, 2 * FIRST_SIZE / 64 - 1);
    free(boot.log.memory.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_replaces_the_last),
        cmocka_unit_test(no_more_is_blanked_than_was_written),
        cmocka_unit_test(the_longest_status_goes_too),
        cmocka_unit_test(the_text_gets_more_memory),
        cmocka_unit_test(without_memory_it_stays_as_it_is),
        cmocka_unit_test(once_it_is_settled_it_has_room_and_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
