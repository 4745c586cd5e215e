/**
 * @file Functions that do nothing; the attack is in frame.c.
 */
#include "kernel/memory/paging.h"

pte_t *paging_walk(pde_t *directory, uintptr_t address, bool create)
{
    (void)directory;
    (void)address;
    (void)create;
    return NULL;
}

int paging_map(pde_t *directory, uintptr_t address, physaddr_t frame, uint32_t flags)
{
    (void)directory;
    (void)address;
    (void)frame;
    (void)flags;
    return 0;
}

int paging_map_large(pde_t *directory, uintptr_t address, physaddr_t frame, uint32_t flags)
{
    (void)directory;
    (void)address;
    (void)frame;
    (void)flags;
    return 0;
}

int paging_unmap(pde_t *directory, uintptr_t address, physaddr_t *frame)
{
    (void)directory;
    (void)address;
    (void)frame;
    return 0;
}

int paging_protect(pde_t *directory, uintptr_t address, uint32_t flags)
{
    (void)directory;
    (void)address;
    (void)flags;
    return 0;
}

int paging_translate(const pde_t *directory, uintptr_t address, physaddr_t *physical,
                     uint32_t *flags)
{
    (void)directory;
    (void)address;
    (void)physical;
    (void)flags;
    return 0;
}
