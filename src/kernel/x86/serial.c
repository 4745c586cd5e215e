/**
 * @file
 * The serial ports; see serial.h.
 *
 * It owns the registers of both ports and no memory. Transmission is polled: the transmitter's
 * holding register must be empty before a character is written. The receiver is not used.
 */
#include "kernel/x86/serial.h"

#include "kernel/panic.h"
#include "kernel/x86/io.h"

/** Registers, as offsets from the port's base (PC16550D, table II). */
enum serial_register {
    TRANSMIT = 0,
    DIVISOR_LOW = 0,  /**< While LINE_CONTROL has DIVISOR_ACCESS. */
    DIVISOR_HIGH = 1, /**< While LINE_CONTROL has DIVISOR_ACCESS. */
    INTERRUPT_ENABLE = 1,
    FIFO_CONTROL = 2,
    LINE_CONTROL = 3,
    MODEM_CONTROL = 4,
    LINE_STATUS = 5,
};

/** Bits of the registers (PC16550D, 8.1 to 8.7). */
enum serial_bits {
    LINE_8N1 = 0x03,
    LINE_DIVISOR_ACCESS = 0x80,
    FIFO_ENABLE_AND_CLEAR = 0x07,
    MODEM_READY = 0x03, /**< Data terminal ready, request to send. */
    STATUS_ROOM = 0x20, /**< The transmitter's holding register, or its FIFO, is empty. */
    STATUS_IDLE = 0x40, /**< The shift register is empty too. */
};

/** 1.8432 MHz / 16 / 115,200 baud. */
#define DIVISOR 1
/** Polls before a port counts as stuck; a character takes some thousand at most. */
#define POLLS_MAX (1u << 20)

static bool is_port(enum serial_port port)
{
    return port == SERIAL_CONSOLE || port == SERIAL_TRACE;
}

static void write_register(enum serial_port port, enum serial_register offset, uint8_t value)
{
    io_out8((uint16_t)(port + offset), value);
}

static void wait_for(enum serial_port port, uint8_t status)
{
    for (uint32_t polls = 0; polls < POLLS_MAX; polls++) {
        if ((io_in8((uint16_t)(port + LINE_STATUS)) & status) == status) {
            return;
        }
    }
}

void serial_init(enum serial_port port)
{
    assert(is_port(port));
    write_register(port, INTERRUPT_ENABLE, 0);
    write_register(port, LINE_CONTROL, LINE_DIVISOR_ACCESS);
    write_register(port, DIVISOR_LOW, DIVISOR);
    write_register(port, DIVISOR_HIGH, 0);
    write_register(port, LINE_CONTROL, LINE_8N1);
    write_register(port, FIFO_CONTROL, FIFO_ENABLE_AND_CLEAR);
    write_register(port, MODEM_CONTROL, MODEM_READY);
}

void serial_write(enum serial_port port, char character)
{
    assert(is_port(port));
    wait_for(port, STATUS_ROOM);
    write_register(port, TRANSMIT, (uint8_t)character);
}

void serial_drain(enum serial_port port)
{
    assert(is_port(port));
    wait_for(port, STATUS_ROOM | STATUS_IDLE);
}
