/**
 * @file
 * What the tests of handles, notifications and shared memory share.
 *
 * A test runs in the first process, with interrupts off. It makes objects for handles without the
 * student's functions, starts processes that wait or that have a space of their own, and counts by
 * object_census() what must not get lost; none of that needs endpoints. What starts programs and
 * uses up memory is in service_support.h. The file owns no state.
 */
#ifndef LAB3_OBJECT_SUPPORT_H
#define LAB3_OBJECT_SUPPORT_H

#include "service_support.h"

#include "kernel/ipc/notification.h"
#include "kernel/ipc/object.h"

/* Counting. */

/** How much there is of everything that an object takes. */
struct object_census {
    uint32_t frames;      /**< Free frames and pages of the heap together: the heap may grow. */
    uint32_t heap_blocks; /**< Blocks in use. */
    uint32_t heap_bytes;  /**< Bytes in use. */
    uint32_t processes;
    uint32_t objects;
};

/** @return what there is now. */
struct object_census object_census(void);
/** Check that nothing was lost and nothing is left over. */
void object_census_expect(const struct object_census *before);

/* Objects. */

/** A type of objects whose destruction needs no exercise, so handles can be tested with it. */
#define OBJECT_PLAIN OBJECT_NOTIFICATION

/** @return an object in the heap, of type OBJECT_PLAIN, with one reference; failure ends the run.
 */
struct object *object_make(void);

/**
 * Start objects that are not in the heap. Their last reference must stay: object_end_all().
 * @param objects what to start.
 * @param count how many.
 */
void object_begin_all(struct object *objects, uint32_t count);
/** End them. Each must have one reference again; EXPECTs say so. */
void object_end_all(struct object *objects, uint32_t count);

/* Processes. */

/** Start a function in a kernel-mode process; it begins with support_calm(). */
struct process *object_launch(const char *name, void (*function)(void *), void *argument);
/** Kill a process and wait for it. */
void object_dispose(const struct process *process);
/** Yield often enough that everybody who is ready comes to run. */
void object_let_run(void);

/* Costs, in units of the time-stamp counter. */

/** Measurements that a median is made of. */
#define OBJECT_SAMPLES 9u
/** Check that a cost has not grown; use OBJECT_SAME_COST(). @return whether that holds. */
bool object_check_cost(const struct ktest_check *check, uint32_t small, uint32_t large);
/** A cost with many objects must be that with few, or hardly more. */
#define OBJECT_SAME_COST(small, large, what)                                                       \
    object_check_cost(KTEST_CHECK(what, false), (small), (large))

#endif
