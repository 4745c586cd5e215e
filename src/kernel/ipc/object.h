/**
 * @file
 * Kernel objects: what a handle can name.
 *
 * Every object begins with a struct object, which says what it is and counts who refers to it:
 * handles, messages under way, names, mappings. The last reference that goes destroys it. It owns
 * no state. Sequence: object_init() by whoever makes one; object_retain() and object_release() for
 * each reference. Called with interrupts off.
 */
#ifndef KERNEL_IPC_OBJECT_H
#define KERNEL_IPC_OBJECT_H

#include "kernel/types.h"

/** What an object is. */
enum object_type {
    OBJECT_ENDPOINT,     /**< struct endpoint (endpoint.h). */
    OBJECT_NOTIFICATION, /**< struct notification (notification.h). */
    OBJECT_MEMORY,       /**< struct shared_memory (shared.h). */
};

/** The beginning of every object. */
struct object {
    enum object_type type;
    uint32_t references;
};

/**
 * Start an object with one reference, its maker's.
 * @param object not in use yet.
 * @param type what it begins.
 */
void object_init(struct object *object, enum object_type type);

/** One reference more. */
void object_retain(struct object *object);

/** One reference less; the last one destroys the object, by the function of its type. */
void object_release(struct object *object);

/**
 * End an object that is not in the heap, but part of something else.
 * @param object with one reference, its maker's (asserted).
 */
void object_forget(struct object *object);

/** @return how many objects exist, for tests that look for leaks. */
uint32_t object_count(void);

#endif
