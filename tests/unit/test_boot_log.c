/* SPDX-License-Identifier: BSD-2-Clause
 *
 * The status line on the firmware's console: each one replaces the last,
 * nothing stays of it, and no more is written than that takes.
 */
#include "../../boot/utf.c"

#include "../../boot/log.c"

#include <setjmp.h>
#include <stdio.h>
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
bool memory_take(struct boot *boot, uint64_t size, uint64_t align,
                 struct bootlink_memory *memory)
{
    (void)boot, (void)size, (void)align, (void)memory;
    return false;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_replaces_the_last),
        cmocka_unit_test(no_more_is_blanked_than_was_written),
        cmocka_unit_test(the_longest_status_goes_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
