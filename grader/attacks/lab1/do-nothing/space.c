/**
 * @file Functions that do nothing; the attack is in frame.c.
 */
#include "kernel/memory/space.h"

struct space kernel_space;

void space_init(const struct memory_map *map)
{
    (void)map;
}

int space_create(struct space **space)
{
    (void)space;
    return 0;
}

void space_switch(struct space *space)
{
    (void)space;
}

struct space *space_current(void)
{
    return NULL;
}

void space_destroy(struct space *space)
{
    (void)space;
}
