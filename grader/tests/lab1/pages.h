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

#include "support.h"

#include "kernel/memory/paging.h"

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

#endif
