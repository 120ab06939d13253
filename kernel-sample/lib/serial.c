/* SPDX-License-Identifier: BSD-2-Clause
 *
 * COM1, a 16550 UART. Where there is none, nothing is waited for.
 */
#include "libk.h"

enum {
    COM1 = 0x3f8,
    DIVISOR_LOW = COM1 + 0, /* while DLAB is set */
    DIVISOR_HIGH = COM1 + 1,
    INTERRUPTS = COM1 + 1,
    FIFO_CONTROL = COM1 + 2,
    LINE_CONTROL = COM1 + 3,
    MODEM_CONTROL = COM1 + 4,
    LINE_STATUS = COM1 + 5,

    DLAB = 0x80,
    EIGHT_BITS = 0x03,
    FIFO_ON = 0xc7,
    DTR_RTS = 0x03,
    CAN_SEND = 0x20,
    HAS_BYTE = 0x01,
    NO_PORT = 0xff,
};

void serial_init(void)
{
    out8(INTERRUPTS, 0);
    out8(LINE_CONTROL, DLAB);
    out8(DIVISOR_LOW, 1);
    out8(DIVISOR_HIGH, 0);
    out8(LINE_CONTROL, EIGHT_BITS);
    out8(FIFO_CONTROL, FIFO_ON);
    out8(MODEM_CONTROL, DTR_RTS);
}

void serial_put(char character)
{
    if (character == '\n')
        serial_put('\r');
    /* 14 bytes of FIFO at 115200 baud need 1.3 ms: 100,000 reads are more. A
     * missing UART reads as 0xff, which looks ready. */
    for (int tries = 0; tries < 100000; tries++)
        if (in8(LINE_STATUS) & CAN_SEND)
            break;
    out8(COM1, (uint8_t)character);
}

int serial_get(void)
{
    for (;;) {
        uint8_t status = in8(LINE_STATUS);
        if (status == NO_PORT)
            return -1;
        if (status & HAS_BYTE)
            return in8(COM1);
        __asm__ volatile("pause");
    }
}
