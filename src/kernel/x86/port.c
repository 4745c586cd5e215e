/**
 * @file
 * Ports by number and width; see port.h.
 *
 * It owns no state. The instructions are io.h's; a width that does not exist counts as 4 bytes.
 */
#include "kernel/x86/port.h"

#include "kernel/x86/io.h"

uint32_t port_read(uint32_t port, uint32_t width)
{
    switch (width) {
    case 1:
        return io_in8((uint16_t)port);
    case 2:
        return io_in16((uint16_t)port);
    default:
        return io_in32((uint16_t)port);
    }
}

void port_write(uint32_t port, uint32_t width, uint32_t value)
{
    switch (width) {
    case 1:
        io_out8((uint16_t)port, (uint8_t)value);
        break;
    case 2:
        io_out16((uint16_t)port, (uint16_t)value);
        break;
    default:
        io_out32((uint16_t)port, value);
        break;
    }
}
