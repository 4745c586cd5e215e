/**
 * @file
 * The kernel services: the table that kernel-mode programs get, and who has which interrupt.
 *
 * The table is put together from the student's functions (kernel_program.h), those for memory
 * (service_memory.h) and for ports (x86/port.h); those for interrupts are here. Sequence: programs
 * call the table's functions; services_interrupt() is called at each interrupt of a device,
 * services_end() for each process that ends.
 */
#ifndef KERNEL_IPC_SERVICES_H
#define KERNEL_IPC_SERVICES_H

#include "kernel/process/process.h"

/** Act on an interrupt: signal the notification of the program that has it. */
void services_interrupt(uint32_t irq);

/** Take interrupts, devices and pages from a process that ends. @param process with a struct ipc.
 */
void services_end(struct process *process);

#endif
