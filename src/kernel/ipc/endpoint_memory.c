/**
 * @file
 * The memory of endpoints and notifications, which is given back here.
 *
 * An endpoint lies in the heap, but for the well-known ones, which are never released. It owns no
 * state; object_release() is the caller.
 */
#include "kernel/ipc/endpoint.h"

#include "kernel/ipc/ipc.h"
#include "kernel/ipc/notification.h"
#include "kernel/memory/heap.h"
#include "kernel/panic.h"

void endpoint_destroy(struct object *object)
{
    struct endpoint *endpoint = (struct endpoint *)object;
    assert(endpoint->owner == NULL);
    for (uint32_t i = 0; i < PRIORITIES; i++) {
        assert(list_is_empty(&endpoint->senders[i]));
    }
    kfree(endpoint);
}

void endpoint_describe(const struct endpoint *endpoint, struct endpoint_info *info)
{
    const struct process *owner = endpoint->owner;
    assert(endpoint->object.type == OBJECT_ENDPOINT);
    *info = (struct endpoint_info){
        .messages = endpoint->messages,
        .calls = endpoint->calls,
        .replies = endpoint->replies,
        .failures = endpoint->failures,
        .owner = owner == NULL ? 0 : owner->pid,
    };
    for (uint32_t i = 0; i < PRIORITIES; i++) {
        const struct list *senders = &endpoint->senders[i];
        for (struct list_link *link = list_first(senders); link != NULL;
             link = list_next(senders, link)) {
            info->waiting_senders++;
        }
    }
    bool waits = owner != NULL && owner->state == PROCESS_BLOCKED &&
                 owner->reason == REASON_RECEIVE && owner->ipc->endpoint == endpoint;
    info->waiting_receivers = waits;
}

void notification_destroy(struct object *object)
{
    assert(object->references == 0);
    assert(list_is_empty(&((struct notification *)object)->waiting));
    kfree(object);
}
