/* SPDX-License-Identifier: BSD-2-Clause
 *
 * COM1, a 16550 UART: the log's way out of a machine that shows nothing.
 */
#include "boot.h"

/* Registers, relative to the base port; the first two are the divisor while
 * LINE_CONTROL has DIVISOR_LATCH set. [16550 data sheet, table 2] */
enum {
    COM1 = 0x3f8,
    DATA = 0,
    INTERRUPT_ENABLE = 1,
    FIFO_CONTROL = 2,
    LINE_CONTROL = 3,
    MODEM_CONTROL = 4,
    LINE_STATUS = 5,
    SCRATCH = 7,

    FIFO_ON_AND_CLEAR = 0x07,
    EIGHT_BITS_NO_PARITY = 0x03,
    DIVISOR_LATCH = 0x80,
    READY_TERMINAL_AND_REQUEST = 0x03,
    TRANSMITTER_EMPTY = 0x20,

    DIVISOR_115200 = 1,
    /* A byte takes 87 us, a port read about 1 us: far beyond, it is dead. */
    PATIENCE = 100000,
};

/* A register that does nothing but remember. */
static bool remembers(uint16_t port, uint8_t value)
{
    port_write(port + SCRATCH, value);
    return port_read(port + SCRATCH) == value;
}

uint16_t serial_open(void)
{
    if (!remembers(COM1, 0x5a) || !remembers(COM1, 0xa5))
        return 0;
    port_write(COM1 + INTERRUPT_ENABLE, 0);
    port_write(COM1 + LINE_CONTROL, DIVISOR_LATCH | EIGHT_BITS_NO_PARITY);
    port_write(COM1 + DATA, DIVISOR_115200);
    port_write(COM1 + INTERRUPT_ENABLE, 0); /* the divisor's high byte */
    port_write(COM1 + LINE_CONTROL, EIGHT_BITS_NO_PARITY);
    port_write(COM1 + FIFO_CONTROL, FIFO_ON_AND_CLEAR);
    port_write(COM1 + MODEM_CONTROL, READY_TERMINAL_AND_REQUEST);
    return COM1;
}

static bool put(uint16_t port, char c)
{
    for (unsigned i = 0; i < PATIENCE; i++)
        if (port_read(port + LINE_STATUS) & TRANSMITTER_EMPTY) {
            port_write(port + DATA, (uint8_t)c);
            return true;
        }
    return false;
}

bool serial_write(uint16_t port, span text)
{
    bool taken = true;
    for (size_t i = 0; taken && i < text.size; i++) {
        if (text.data[i] == '\n')
            taken = put(port, '\r');
        taken = taken && put(port, text.data[i]);
    }
    return taken;
}
