/**
 * @file
 * Kernel objects; see object.h.
 *
 * It owns the number of objects. Which function destroys an object is decided by the table below;
 * those functions give back what the object itself holds, and its memory.
 */
#include "kernel/ipc/object.h"

#include "kernel/ipc/endpoint.h"
#include "kernel/ipc/notification.h"
#include "kernel/ipc/shared.h"
#include "kernel/panic.h"

static uint32_t count;

static void (*const destroyers[])(struct object *) = {
    [OBJECT_ENDPOINT] = endpoint_destroy,
    [OBJECT_NOTIFICATION] = notification_destroy,
    [OBJECT_MEMORY] = shared_memory_destroy,
};

void object_init(struct object *object, enum object_type type)
{
    assert((uint32_t)type < COUNT_OF(destroyers));
    object->type = type;
    object->references = 1;
    count++;
}

void object_retain(struct object *object)
{
    assert(object->references > 0 && object->references < UINT32_MAX);
    object->references++;
}

void object_release(struct object *object)
{
    assert(object->references > 0 && (uint32_t)object->type < COUNT_OF(destroyers));
    object->references--;
    if (object->references == 0) {
        count--;
        destroyers[object->type](object);
    }
}

void object_forget(struct object *object)
{
    assert(object->references == 1);
    object->references = 0;
    count--;
}

uint32_t object_count(void)
{
    return count;
}
