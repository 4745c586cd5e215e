/**
 * @file
 * Lab 3, exercise 3: notifications.
 *
 * The file owns the bits and the queues of notifications. Signalling either hands the bits to a
 * process that waits or leaves them for the next one; so bits are set only while nobody waits. The
 * contract is in kernel/ipc/notification.h.
 */
#include "kernel/ipc/notification.h"

#include "kernel/exercise.h"
#include "kernel/memory/heap.h"
#include "kernel/panic.h"
#include "kernel/process/scheduler.h"

#include <cairn/error.h>

int notification_create(struct notification **notification)
{
    // Exercise lab3.ex3 (8 points together with the functions below): from the heap, with no bit
    // set and nobody waiting. object_init() starts its beginning.
    (void)notification;
    exercise_missing("lab3.ex3", __func__);
}

void notification_signal(struct notification *notification, uint32_t bits)
{
    // Exercise lab3.ex3: who has waited longest gets the bits, as the result of its
    // scheduler_block(); if nobody waits, they stay.
    (void)notification;
    (void)bits;
    exercise_missing("lab3.ex3", __func__);
}

int32_t notification_wait(struct notification *notification, uint32_t ticks)
{
    // Exercise lab3.ex3: take what is there, or wait.
    (void)notification;
    (void)ticks;
    exercise_missing("lab3.ex3", __func__);
}
