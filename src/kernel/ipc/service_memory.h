/**
 * @file
 * The kernel services for memory: pages, and the registers of devices.
 *
 * The functions named service_... are entries of struct kernel_services (cairn/kernel_services.h),
 * which says what they do; programs in ring 0 call them. It owns which process has which page.
 */
#ifndef KERNEL_IPC_SERVICE_MEMORY_H
#define KERNEL_IPC_SERVICE_MEMORY_H

#include "kernel/process/process.h"

/** Devices are mapped in a program's space from here upwards, to USER_PROGRAM_LIMIT. */
#define DEVICES_START 0xA0000000u

/** page_alloc of struct kernel_services. */
uint32_t service_page_alloc(void);

/** page_release of struct kernel_services. */
int32_t service_page_release(uint32_t page);

/** device_map of struct kernel_services. */
void *service_device_map(uint32_t physical, uint32_t size);

/** Take pages and devices from a process that ends. @param process with a struct ipc. */
void service_memory_end(struct process *process);

#endif
