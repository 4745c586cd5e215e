/**
 * @file
 * What the tests of shared memory share: objects, and processes that map them.
 *
 * A party is a process with a space of its own that waits until it is ended; so the test can map
 * memory into it, and look at its page tables. Sequence: shared_make(), shared_party(),
 * shared_map(), shared_inspect(), object_dispose(). The file owns no state.
 */
#ifndef LAB3_SHARED_H
#define LAB3_SHARED_H

#include "kernel/ipc/shared.h"
#include "kernel/memory/heap.h"
#include "kernel/memory/paging.h"

/** @return new shared memory; failure ends the run. @param size in bytes. */
struct shared_memory *shared_make(uint32_t size);
/** Check that every frame of an object has a certain number of references. */
void shared_expect_references(const struct shared_memory *memory, uint32_t count);

/** @return a process with a space and a struct ipc, which waits; failure ends the run. */
struct process *shared_party(const char *name);
/** Map memory into a party; failure ends the run. @return the address. */
uintptr_t shared_map(struct process *party, struct shared_memory *memory, bool writable);
/** Let the grader look at a mapping from outside. */
void shared_inspect(const struct process *party, const struct shared_memory *memory,
                    uintptr_t address, bool writable);
/** Let the grader see that nothing is mapped from @p start to @p end. */
void shared_inspect_none(const struct process *party, uintptr_t start, uintptr_t end);
/** @return the mappings that a process remembers. */
uint32_t shared_mappings(const struct process *party);

#endif
