/**
 * @file
 * Notifications: a word of bits that one can wait for.
 *
 * Signalling sets bits and never waits; waiting takes all bits that are set, or waits until one is.
 * Bits that are set twice before somebody looks are seen once. Sequence: notification_create(),
 * then notification_signal() and notification_wait() in any order. The implementation is the
 * student's (lab 3, exercise 3: labs/lab3-ipc/notification.c). Called with interrupts off.
 */
#ifndef KERNEL_IPC_NOTIFICATION_H
#define KERNEL_IPC_NOTIFICATION_H

#include "kernel/ipc/object.h"
#include "lib/list.h"

/** The bits that can be used: a set of them is a positive number. */
#define NOTIFICATION_BITS 0x7FFFFFFFu

/** A notification. */
struct notification {
    struct object object;
    uint32_t bits;       /**< Set and not yet taken; 0 while somebody waits. */
    struct list waiting; /**< Processes that wait, by queue_link. */
};

/**
 * Make a notification (exercise lab3.ex3) without any bit set.
 * @param notification receives it, with one reference, the caller's.
 * @return 0, or -E_NO_MEMORY.
 */
MUST_USE int notification_create(struct notification **notification);

/** Free a notification without references; nobody waits. For object_release(). Given. */
void notification_destroy(struct object *object);

/**
 * Set bits (exercise lab3.ex3). Who has waited longest gets all of them.
 * @param notification any.
 * @param bits within NOTIFICATION_BITS, not 0 (asserted).
 */
void notification_signal(struct notification *notification, uint32_t bits);

/**
 * Take the bits that are set (exercise lab3.ex3); waits until there is one.
 * @param notification any.
 * @param ticks time limit; WAIT_NO_LIMIT: none.
 * @return the bits, a positive number; -E_TIMED_OUT.
 */
MUST_USE int32_t notification_wait(struct notification *notification, uint32_t ticks);

#endif
