/**
 * @file
 * The kernel services: their table, and those for interrupts; see services.h.
 *
 * It owns who has which interrupt. Programs call these functions in ring 0 with interrupts on; each
 * turns them off while it changes what interrupts look at. A program's interrupts go with it.
 */
#include "kernel/ipc/services.h"

#include "kernel/ipc/ipc.h"
#include "kernel/ipc/kernel_program.h"
#include "kernel/ipc/notification.h"
#include "kernel/ipc/service_memory.h"
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
    struct object *object;
    assert(irq < SERVICE_IRQS);
    int error = ipc_find_object((uint32_t)handle, OBJECT_NOTIFICATION, RIGHT_SEND, &object);
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
    assert(!cpu_interrupts_enabled() && interrupts[irq].process != NULL);
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

void services_end(struct process *process)
{
    assert(process->ipc != NULL);
    for (uint32_t irq = 0; irq < SERVICE_IRQS; irq++) {
        if (interrupts[irq].process == process) {
            drop_interrupt(irq);
        }
    }
    service_memory_end(process);
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
    .device_map = service_device_map,
};
