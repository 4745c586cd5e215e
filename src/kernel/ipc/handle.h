/**
 * @file
 * Handles: small numbers by which a process names kernel objects, each with rights.
 *
 * A number means something in one process only; whoever guesses numbers reaches what it has been
 * given, and nothing else. A handle holds a reference to its object. Sequence: handle_add() gives a
 * number, handle_find() turns it into the object at each use, handle_close() ends it;
 * handle_close_all() at the end of the process. The implementation is the student's (lab 3,
 * exercise 1: labs/lab3-ipc/handle.c). Called with interrupts off; no cost grows with the number of
 * handles.
 */
#ifndef KERNEL_IPC_HANDLE_H
#define KERNEL_IPC_HANDLE_H

#include "kernel/ipc/object.h"

/** Handles that a process can have. */
#define HANDLES_MAX 1024u
/** Entries of a table that is used for the first time, for an implementation that lets it grow. */
#define HANDLES_FIRST 8u

/** An entry of a handle table. */
struct handle {
    struct object *object; /**< NULL: the entry is free. */
    uint32_t rights;       /**< Of enum right; in a free entry it is the table's to use. */
};

/** The handles of a process. A table of zeros is empty. */
struct handle_table {
    struct handle *entries; /**< From the heap; NULL as long as there is none. */
    uint32_t size;          /**< Entries. */
    uint32_t used;          /**< Entries in use. */
    uint32_t first_free;    /**< The table's to use. */
};

/**
 * Make a handle (exercise lab3.ex1).
 * @param table of the process that is to have it.
 * @param object one reference of the caller's goes over to the handle, if the call succeeds.
 * @param rights of enum right.
 * @return its number, at least 0; -E_NO_SPACE if there are HANDLES_MAX; -E_NO_MEMORY. After an
 *         error nothing has changed.
 */
MUST_USE int handle_add(struct handle_table *table, struct object *object, uint32_t rights);

/**
 * Find the object of a handle (exercise lab3.ex1).
 * @param table of the process that names it.
 * @param number any number, from a program.
 * @param type what the object must be.
 * @param rights all of them are needed.
 * @param object receives the object; the reference stays the handle's.
 * @return 0; -E_BAD_HANDLE if there is no such handle or its object is of another type;
 *         -E_ACCESS if a right is missing.
 */
MUST_USE int handle_find(const struct handle_table *table, int32_t number, enum object_type type,
                         uint32_t rights, struct object **object);

/**
 * Look at a handle (exercise lab3.ex1).
 * @param table of the process that names it.
 * @param number any number.
 * @return the entry; NULL if there is no such handle.
 */
const struct handle *handle_get(const struct handle_table *table, int32_t number);

/**
 * End a handle, and with it its reference (exercise lab3.ex1).
 * @param table of the process that names it.
 * @param number any number.
 * @return 0, or -E_BAD_HANDLE.
 */
MUST_USE int handle_close(struct handle_table *table, int32_t number);

/** End all handles, and free the table's memory (exercise lab3.ex1). */
void handle_close_all(struct handle_table *table);

#endif
