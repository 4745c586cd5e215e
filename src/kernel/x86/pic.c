/**
 * @file
 * The two interrupt controllers 8259A; see pic.h.
 *
 * It owns the controllers' registers and no memory. The second controller hangs on input 2 of the
 * first, so an IRQ from 8 on is acknowledged at both. pic_init() comes before the first STI.
 */
#include "kernel/x86/pic.h"

#include "kernel/panic.h"
#include "kernel/x86/io.h"
#include "kernel/x86/trap.h"

/** Ports of the controllers: even address, then odd (datasheet, "Interface Description"). */
enum port {
    FIRST_COMMAND = 0x20,
    FIRST_DATA = 0x21,
    SECOND_COMMAND = 0xA0,
    SECOND_DATA = 0xA1,
};

/** Command words (datasheet, figures 7 and 8). */
enum command {
    ICW1_INIT = 0x11,         /**< Edge triggered, cascaded, ICW4 follows. */
    ICW4_8086 = 0x01,         /**< Vectors as the 8086 family expects them. */
    OCW2_END = 0x20,          /**< Non-specific end of interrupt. */
    OCW3_READ_SERVICE = 0x0B, /**< The next read shows the in-service register. */
};
/** The input of the first controller where the second one is connected. */
#define CASCADE_INPUT 2u
/** The input that a controller reports when a request has vanished: a spurious interrupt. */
#define SPURIOUS_INPUT 7u

void pic_init(void)
{
    io_out8(FIRST_COMMAND, ICW1_INIT);
    io_out8(SECOND_COMMAND, ICW1_INIT);
    io_out8(FIRST_DATA, TRAP_IRQ_FIRST);
    io_out8(SECOND_DATA, TRAP_IRQ_FIRST + 8);
    io_out8(FIRST_DATA, 1 << CASCADE_INPUT);
    io_out8(SECOND_DATA, CASCADE_INPUT);
    io_out8(FIRST_DATA, ICW4_8086);
    io_out8(SECOND_DATA, ICW4_8086);
    io_out8(FIRST_DATA, 0xFF);
    io_out8(SECOND_DATA, 0xFF);
}

static void clear_mask(uint16_t data_port, uint32_t input)
{
    io_out8(data_port, (uint8_t)(io_in8(data_port) & ~(1u << input)));
}

void pic_unmask(uint32_t irq)
{
    assert(irq < PIC_IRQS);
    if (irq >= 8) {
        clear_mask(SECOND_DATA, irq - 8);
        irq = CASCADE_INPUT;
    }
    clear_mask(FIRST_DATA, irq);
}

void pic_mask(uint32_t irq)
{
    assert(irq < PIC_IRQS);
    uint16_t data_port = irq < 8 ? FIRST_DATA : SECOND_DATA;
    io_out8(data_port, (uint8_t)(io_in8(data_port) | 1u << irq % 8));
}

/** Whether a controller is serving none of its inputs although it interrupted with input 7. */
static bool is_spurious(uint16_t command_port, uint32_t input)
{
    if (input != SPURIOUS_INPUT) {
        return false;
    }
    io_out8(command_port, OCW3_READ_SERVICE);
    return (io_in8(command_port) & 1 << SPURIOUS_INPUT) == 0;
}

void pic_end_of_interrupt(uint32_t irq)
{
    assert(irq < PIC_IRQS);
    uint16_t command_port = irq < 8 ? FIRST_COMMAND : SECOND_COMMAND;
    bool spurious = is_spurious(command_port, irq % 8);
    if (!spurious) {
        io_out8(command_port, OCW2_END);
    }
    if (irq >= 8) { /* the first controller saw a real request even if the second one did not */
        io_out8(FIRST_COMMAND, OCW2_END);
    }
}
