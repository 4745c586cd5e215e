/**
 * @file
 * Alternative for lab 3, exercise 3: notifications.
 *
 * The file owns the bits and the queues of notifications. Signalling either hands the bits to a
 * process that waits or leaves them for the next one; so bits are set only while nobody waits. The
 * contract is in kernel/ipc/notification.h.
 */
#include "kernel/ipc/notification.h"

#include "kernel/memory/heap.h"
#include "kernel/panic.h"
#include "kernel/process/scheduler.h"

#include <cairn/error.h>

int notification_create(struct notification **notification)
{
    struct notification *created = kmalloc(sizeof(*created));
    if (created == NULL) {
        return -E_NO_MEMORY;
    }
    object_init(&created->object, OBJECT_NOTIFICATION);
    created->bits = 0;
    list_init(&created->waiting);
    *notification = created;
    return 0;
}

void notification_signal(struct notification *notification, uint32_t bits)
{
    assert(bits != 0 && (bits & ~NOTIFICATION_BITS) == 0);
    /* While somebody waits the word is 0: there are no older bits to hand over with these. */
    assert(notification->bits == 0 || list_is_empty(&notification->waiting));
    if (scheduler_wake_first(&notification->waiting, (int32_t)bits) == NULL) {
        notification->bits |= bits;
    }
}

int32_t notification_wait(struct notification *notification, uint32_t ticks)
{
    uint32_t bits = notification->bits;
    if (bits == 0) {
        return scheduler_block(&notification->waiting, REASON_NOTIFICATION, ticks);
    }
    notification->bits = 0;
    return (int32_t)bits;
}
