/**
 * @file
 * The two interrupt controllers 8259A that bring the IRQs to the processor.
 *
 * They are moved to vectors 32 to 47, away from the processor's exceptions, with every IRQ masked.
 * It owns the two controllers. Sequence: pic_init() once; pic_end_of_interrupt() after each IRQ.
 *
 * Source: Intel 8259A datasheet, "Programming the 8259A".
 */
#ifndef KERNEL_X86_PIC_H
#define KERNEL_X86_PIC_H

#include "kernel/types.h"

/** Number of IRQs. */
#define PIC_IRQS 16u

/** Set up both controllers; every IRQ is masked. */
void pic_init(void);

/**
 * Let an IRQ through.
 * @param irq 0 to 15; from 8 on, the second controller's input of the first is opened as well.
 */
void pic_unmask(uint32_t irq);

/**
 * Let an IRQ no longer through.
 * @param irq 0 to 15.
 */
void pic_mask(uint32_t irq);

/**
 * Tell the controllers that an IRQ has been handled. A spurious IRQ 7 or 15, which no device
 * raised, is recognised and acknowledged as the controller demands.
 * @param irq 0 to 15.
 */
void pic_end_of_interrupt(uint32_t irq);

#endif
