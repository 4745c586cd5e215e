/**
 * @file
 * What the tests of address spaces and of page faults share.
 *
 * A test creates spaces by space_new(), which ends the run when that fails, fills them by
 * map_new_page(), and destroys them itself. Pages are chosen at random in the user half. It owns no
 * state; every space, and every frame mapped in it, belongs to the calling test.
 */
#ifndef LAB1_SPACES_H
#define LAB1_SPACES_H

#include "kernel/memory/paging.h"
#include "kernel/memory/space.h"

/** @return a new space. */
struct space *space_new(void);
/** Switch to a space; a directory that is not in use then ends the run. */
void space_enter(struct space *space);
/** @return the physical address of a space's directory. */
uint32_t directory_of(const struct space *space);
/** @return a random page of the user half. */
uintptr_t random_user_page(void);
/** Map a new frame, filled with the page's address, for programs to read and write. @return it. */
physaddr_t map_new_page(struct space *space, uintptr_t page);

#endif
