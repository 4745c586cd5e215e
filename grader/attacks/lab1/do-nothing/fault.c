/**
 * @file Functions that do nothing; the attack is in frame.c.
 */
#include "kernel/memory/fault.h"

struct fault fault_decode(uint32_t error_code, uintptr_t address)
{
    (void)error_code;
    (void)address;
    return (struct fault){0};
}

enum fault_cause fault_resolve(struct space *space, const struct fault *fault)
{
    (void)space;
    (void)fault;
    return 0;
}

int region_add(struct space *space, const struct region *region)
{
    (void)space;
    (void)region;
    return 0;
}

const struct region *region_find(const struct space *space, uintptr_t address)
{
    (void)space;
    (void)address;
    return NULL;
}
