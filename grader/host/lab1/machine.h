/**
 * @file
 * A machine for the code of lab 1 that is a program: memory, and what stands in for the processor.
 *
 * Physical memory from 1 MiB to 256 MiB is a shared mapping at its own address, so that the
 * kernel's one-to-one map is the program's. A page that is mapped in the kernel's heap window is
 * mapped in the program too, onto the same memory. Paging itself does not exist: mmu_load() only
 * remembers. Sequence: machine_reset() at the beginning of each test.
 */
#ifndef HOST_LAB1_MACHINE_H
#define HOST_LAB1_MACHINE_H

#include "kernel/boot.h"
#include "kernel/memory/misuse.h"

/** One past the last byte of physical memory that exists. */
#define MACHINE_MEMORY_END 0x10000000u

/** Forget everything: memory is soiled, the heap window is empty, paging is off. */
void machine_reset(void);
/** @return the memory map of a machine with 16 MiB. */
const struct memory_map *machine_small_map(void);
/** @return how often tlb_invalidate() was called since machine_reset(). */
uint32_t machine_invalidations(void);
/** @return the address of the last call. */
uintptr_t machine_last_invalidation(void);
/**
 * Call a function that must be stopped by memory_misuse().
 * @return the misuse; MISUSE_NONE if @p action returned.
 */
enum misuse machine_catch_misuse(void (*action)(void *), void *argument);

#endif
