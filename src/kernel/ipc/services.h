/**
 * @file
 * The kernel services that touch the machine: ports, interrupts, and the registers of devices.
 *
 * The table that kernel-mode programs get is put together in services.c, with the student's
 * functions of kernel_program.h. It owns who has which interrupt. Sequence: programs call the
 * table's functions; services_interrupt() is called at each interrupt of a device, services_end()
 * for each process that ends.
 */
#ifndef KERNEL_IPC_SERVICES_H
#define KERNEL_IPC_SERVICES_H

#include "kernel/process/process.h"

/** Devices are mapped in a program's space from here upwards, to USER_PROGRAM_LIMIT. */
#define DEVICES_START 0xA0000000u

/** Act on an interrupt: signal the notification of the program that has it. */
void services_interrupt(uint32_t irq);

/** Take interrupts and devices from a process that ends. @param process with a struct ipc. */
void services_end(struct process *process);

#endif
