/**
 * @file Functions that do nothing; the attack is in frame.c.
 */
#include "kernel/memory/heap.h"

void heap_init(void)
{
}

void *kmalloc(size_t size)
{
    (void)size;
    return NULL;
}

void *kmalloc_aligned(size_t size, size_t alignment)
{
    (void)size;
    (void)alignment;
    return NULL;
}

void *krealloc(void *memory, size_t size)
{
    (void)memory;
    (void)size;
    return NULL;
}

void kfree(void *memory)
{
    (void)memory;
}

struct heap_stats heap_stats(void)
{
    return (struct heap_stats){0};
}
