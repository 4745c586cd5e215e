/**
 * @file
 * Shared memory: frames that several processes map.
 *
 * An object holds zeroed frames; who has a handle to it can map them, with no more rights than the
 * handle gives. Mapped pages hold references to their frames, so the memory stays as long as
 * anybody uses it. Sequence: shared_memory_create(), shared_memory_map() by each process,
 * shared_memory_unmap(). The implementation is the student's (lab 3, exercise 4:
 * labs/lab3-ipc/shared.c). Called with interrupts off.
 *
 * The addresses of a mapping are a guard region (memory/fault.h) with all of its pages present: a
 * page never appears by itself there, and a write to a mapping for reading is an error.
 */
#ifndef KERNEL_IPC_SHARED_H
#define KERNEL_IPC_SHARED_H

#include "kernel/ipc/object.h"
#include "kernel/process/process.h"

/** Largest object, in bytes: 16 MiB. */
#define SHARED_MEMORY_MAX 0x1000000u
/** Mappings lie from here up to USER_PROGRAM_LIMIT. */
#define SHARED_MEMORY_START 0x80000000u

/** Memory that can be shared. */
struct shared_memory {
    struct object object;
    uint32_t page_count;
    physaddr_t frames[]; /**< One reference to each is the object's. */
};

/** A mapping of an object into a process. */
struct mapping {
    struct list_link link;        /**< Among the process's mappings. */
    struct shared_memory *memory; /**< With a reference. */
    uintptr_t address;
};

/**
 * Make shared memory (exercise lab3.ex4), full of zeros.
 * @param size in bytes, 1 to SHARED_MEMORY_MAX; rounded up to pages.
 * @param memory receives it, with one reference, the caller's.
 * @return 0; -E_INVALID for a size out of range; -E_NO_MEMORY, and nothing is lost.
 */
MUST_USE int shared_memory_create(uint32_t size, struct shared_memory **memory);

/** Free memory without references, and its own references to the frames (exercise lab3.ex4). */
void shared_memory_destroy(struct object *object);

/**
 * Map shared memory into a process's space (exercise lab3.ex4), at addresses that are free.
 * @param process with a space of its own and a struct ipc.
 * @param memory a reference of its own is taken.
 * @param writable whether the process may write.
 * @param address receives the address of the first byte.
 * @return 0; -E_NO_MEMORY, and then nothing has changed.
 */
MUST_USE int shared_memory_map(struct process *process, struct shared_memory *memory, bool writable,
                               uintptr_t *address);

/**
 * Undo a mapping (exercise lab3.ex4).
 * @param process who has it.
 * @param address as shared_memory_map() gave it.
 * @return 0; -E_NOT_FOUND if nothing is mapped from there.
 */
MUST_USE int shared_memory_unmap(struct process *process, uintptr_t address);

/**
 * Forget all mappings of a process whose space goes anyway (exercise lab3.ex4): its pages are not
 * touched.
 * @param process with a struct ipc.
 */
void shared_memory_forget(struct process *process);

#endif
