/**
 * @file
 * The serial ports COM1 (console) and COM2 (trace), by polling.
 *
 * A port is set to 115,200 baud, 8 bits, no parity, 1 stop bit, with its buffers on. Writing waits
 * for room, but not for ever, so that a missing or stuck port cannot stop the kernel. It owns the
 * two ports. Sequence: serial_init(), serial_write() as often as wanted, serial_drain() before
 * power-off.
 *
 * Source: National Semiconductor PC16550D datasheet, section 8.
 */
#ifndef KERNEL_X86_SERIAL_H
#define KERNEL_X86_SERIAL_H

#include "kernel/types.h"

/** The ports, by their I/O base address. */
enum serial_port {
    SERIAL_CONSOLE = 0x3F8, /**< COM1. */
    SERIAL_TRACE = 0x2F8,   /**< COM2. */
};

/**
 * Set up a port completely; its interrupts are off.
 * @param port which one.
 */
void serial_init(enum serial_port port);

/**
 * Send one character as it is.
 * @param port which one; serial_init() has been called.
 * @param character the character.
 */
void serial_write(enum serial_port port, char character);

/**
 * Wait until everything has left a port.
 * @param port which one; serial_init() has been called.
 */
void serial_drain(enum serial_port port);

#endif
