/**
 * @file
 * What the tests of page tables share: directories and random pages.
 *
 * A test takes a directory from directory_create(), works on it, and hands it back with everything
 * unmapped to directory_release(), which checks that. Pages are chosen at random within slots, the
 * pieces of 4 MiB that a directory entry stands for. It owns no state.
 */
#ifndef LAB1_PAGES_H
#define LAB1_PAGES_H

#include "kernel/memory/paging.h"

/** A mapping that a test has asked for. The grader reads it from outside: three words. */
struct mapping {
    uint32_t address;
    uint32_t frame;
    uint32_t flags;
};
/** Mappings that a test works with at the same time. */
#define MAPPINGS 64u
/** The mappings of the running test. */
extern struct mapping mappings[MAPPINGS];

/** @return an empty directory in a frame of its own; the frames after it are not zero. */
pde_t *directory_create(void);
/** Check that a directory is empty, and release it. */
void directory_release(pde_t *directory);
/** @return a random page among the 1,024 that belong to directory entry @p slot. */
uintptr_t random_page(uint32_t slot);
/** @return a random index into a directory. */
uint32_t random_slot(void);
/** @return random flags that paging_map() accepts. */
uint32_t random_flags(void);
/** @return the entry of an address, found without paging_walk(); 0 if there is no table. */
pte_t entry_at(const pde_t *directory, uintptr_t address);
/** Map MAPPINGS random pages, four in each of 16 random slots, and note them in `mappings`. */
void map_random_pages(pde_t *directory);
/** Let the grader compare the mappings from number @p first on with the page tables. */
void inspect_mappings(const pde_t *directory, uint32_t first);
/** Unmap the mappings from number @p first on. */
void unmap_all(pde_t *directory, uint32_t first);

#endif
