/**
 * @file
 * The interval timer 8254; see pit.h.
 *
 * It owns the registers of counter 0. The divisor is written low byte first, as the control word
 * announces; the first interrupt comes a whole period later. pit_start() is called once, with
 * interrupts off.
 */
#include "kernel/x86/pit.h"

#include "kernel/panic.h"
#include "kernel/x86/io.h"
#include "kernel/x86/pic.h"

/** Ports of the timer (8254 datasheet, "Read/Write Logic", at the PC's addresses). */
enum port {
    COUNTER_0 = 0x40,
    CONTROL = 0x43,
};

/** Counter 0, low byte then high byte, mode 2, binary (8254 datasheet, figure 7). */
#define CONTROL_RATE_GENERATOR 0x34

/** The timer's clock, in Hz. */
#define CLOCK_RATE 1193182u

void pit_start(uint32_t rate)
{
    assert(rate >= 19 && rate <= 100000);
    uint32_t divisor = (CLOCK_RATE + rate / 2) / rate;
    io_out8(CONTROL, CONTROL_RATE_GENERATOR);
    io_out8(COUNTER_0, (uint8_t)divisor);
    io_out8(COUNTER_0, (uint8_t)(divisor >> 8));
    pic_unmask(PIT_IRQ);
}
