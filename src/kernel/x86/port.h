/**
 * @file
 * Ports for code outside of this folder: a port and a width instead of an instruction.
 *
 * Kernel-mode programs reach devices by these functions. It owns no state. Drivers in this folder
 * use io.h.
 */
#ifndef KERNEL_X86_PORT_H
#define KERNEL_X86_PORT_H

#include "kernel/types.h"

/**
 * Read a port.
 * @param port its number; only the low 16 bits count.
 * @param width in bytes: 1, 2, else 4.
 * @return what the device says.
 */
uint32_t port_read(uint32_t port, uint32_t width);

/**
 * Write to a port.
 * @param port its number; only the low 16 bits count.
 * @param width in bytes: 1, 2, else 4.
 * @param value of which as many bits are written.
 */
void port_write(uint32_t port, uint32_t width, uint32_t value);

#endif
