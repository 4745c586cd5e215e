/**
 * @file
 * The kernel services that touch the machine; see services.h.
 *
 * It owns the table of interrupts. Programs call these functions in ring 0 with interrupts on; each
 * turns them off while it changes what interrupts change. Registers of devices are mapped in the
 * program's own space, without access for ring 3, and are unmapped before the space goes: their
 * frames are not memory.
 */
#include "kernel/ipc/services.h"

#include "kernel/ipc/ipc.h"
#include "kernel/ipc/kernel_program.h"
#include "kernel/ipc/notification.h"
#include "kernel/memory/fault.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/paging.h"
#include "kernel/panic.h"
#include "kernel/x86/pic.h"
#include "kernel/x86/pit.h"
#include "kernel/x86/port.h"

#include <cairn/error.h>

_Static_assert(SERVICE_IRQS == PIC_IRQS, "every IRQ has an entry");

/** The input of the first controller at which the second one is: no device has it. */
#define CASCADE_IRQ 2u

/** Who has an interrupt. */
static struct {
    struct process *process; /**< NULL: nobody. */
    struct notification *notification;
    uint32_t bits;
} interrupts[SERVICE_IRQS];

void services_interrupt(uint32_t irq)
{
    assert(irq < SERVICE_IRQS);
    if (interrupts[irq].process != NULL) {
        notification_signal(interrupts[irq].notification, interrupts[irq].bits);
    }
}

/** Enter the current process; interrupts are off. */
static int take_interrupt(uint32_t irq, int32_t handle, uint32_t bits)
{
    struct ipc *ipc = process_current()->ipc;
    struct object *object = NULL;
    int error = ipc == NULL
                    ? -E_BAD_HANDLE
                    : handle_find(&ipc->handles, handle, OBJECT_NOTIFICATION, RIGHT_SEND, &object);
    if (error < 0) {
        return error;
    }
    if (interrupts[irq].process != NULL) {
        return -E_EXISTS;
    }
    object_retain(object);
    interrupts[irq].process = process_current();
    interrupts[irq].notification = (struct notification *)object;
    interrupts[irq].bits = bits;
    pic_unmask(irq);
    return 0;
}

static int32_t interrupt_register(uint32_t irq, int32_t notification, uint32_t bits)
{
    if (irq >= SERVICE_IRQS || irq == PIT_IRQ || irq == CASCADE_IRQ || bits == 0 ||
        (bits & ~NOTIFICATION_BITS) != 0) {
        return -E_INVALID;
    }
    bool enabled = cpu_interrupts_disable();
    int error = take_interrupt(irq, notification, bits);
    cpu_interrupts_restore(enabled);
    return error;
}

/** Free an interrupt; interrupts are off. */
static void drop_interrupt(uint32_t irq)
{
    pic_mask(irq);
    interrupts[irq].process = NULL;
    object_release(&interrupts[irq].notification->object);
}

static int32_t interrupt_unregister(uint32_t irq)
{
    bool enabled = cpu_interrupts_disable();
    bool found = irq < SERVICE_IRQS && interrupts[irq].process == process_current();
    if (found) {
        drop_interrupt(irq);
    }
    cpu_interrupts_restore(enabled);
    return found ? 0 : -E_NOT_FOUND;
}

/** Unmap the first @p size bytes that were mapped at an address. */
static void unmap(struct space *space, uintptr_t address, uint32_t size)
{
    for (uint32_t i = 0; i < size; i += PAGE_SIZE) {
        int error = paging_unmap(space->directory, address + i, NULL);
        assert(error == 0);
    }
}

/** Map whole pages behind the other mappings of devices; interrupts are off. */
static uintptr_t map(struct process *process, physaddr_t physical, uint32_t size)
{
    struct ipc *ipc = ipc_of(process);
    if (ipc == NULL || size > USER_PROGRAM_LIMIT - ipc->device_end) {
        return 0;
    }
    const uintptr_t start = ipc->device_end;
    const struct region region = {start, start + size, REGION_GUARD, 0};
    if (region_add(process->space, &region) < 0) {
        return 0;
    }
    ipc->device_end += size;
    for (uint32_t i = 0; i < size; i += PAGE_SIZE) {
        if (paging_map(process->space->directory, start + i, physical + i,
                       PTE_WRITE | PTE_NO_CACHE) < 0) {
            unmap(process->space, start, i);
            return 0;
        }
    }
    return start;
}

static void *device_map(uint32_t physical, uint32_t size)
{
    if (size == 0 || size > UINT32_MAX - physical) {
        return NULL;
    }
    if (physical + size <= LOW_MEMORY_END) {
        return phys_to_virt(physical); /* the screen and the ROMs are in the one-to-one map */
    }
    uint32_t first = align_down(physical, PAGE_SIZE);
    if (first < PHYSICAL_LIMIT || size > USER_PROGRAM_LIMIT - DEVICES_START) {
        return NULL;
    }
    bool enabled = cpu_interrupts_disable();
    uintptr_t start = map(process_current(), first, align_up(physical - first + size, PAGE_SIZE));
    cpu_interrupts_restore(enabled);
    return start == 0 ? NULL : (void *)(start + (physical - first));
}

void services_end(struct process *process)
{
    for (uint32_t irq = 0; irq < SERVICE_IRQS; irq++) {
        if (interrupts[irq].process == process) {
            drop_interrupt(irq);
        }
    }
    for (uintptr_t page = DEVICES_START; page < process->ipc->device_end; page += PAGE_SIZE) {
        int error = paging_unmap(process->space->directory, page, NULL);
        assert(error == 0 || error == -E_NOT_FOUND);
    }
    process->ipc->device_end = DEVICES_START;
}

const struct kernel_services kernel_services = {
    .size = sizeof(struct kernel_services),
    .system_call = service_system_call,
    .page_alloc = service_page_alloc,
    .page_release = service_page_release,
    .read_space = service_read_space,
    .write_space = service_write_space,
    .sleep = service_sleep,
    .wake = service_wake,
    .interrupt_register = interrupt_register,
    .interrupt_unregister = interrupt_unregister,
    .port_read = port_read,
    .port_write = port_write,
    .device_map = device_map,
};
