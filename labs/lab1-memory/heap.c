/**
 * @file
 * Lab 1, exercise 6: the kernel heap.
 *
 * The file owns the window from KERNEL_HEAP_START to KERNEL_HEAP_END, which it fills from the
 * bottom with blocks (block.h) that follow each other without a gap, and whatever it needs to find
 * free blocks. kmalloc() takes a block and cuts off what is not needed, or grows the heap; kfree()
 * joins the block with its free neighbours. The contract is in kernel/memory/heap.h.
 */
#include "kernel/memory/heap.h"

#include "kernel/exercise.h"
#include "kernel/memory/block.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/misuse.h"
#include "kernel/memory/poison.h"
#include "kernel/memory/window.h"
#include "kernel/panic.h"
#include "lib/string.h"

void heap_init(void)
{
    // Exercise lab1.ex6 (15 points together with the functions below): an empty heap. Called
    // again, it forgets what it knew; it need not unmap anything.
    exercise_missing("lab1.ex6", __func__);
}

void *kmalloc(size_t size)
{
    // Exercise lab1.ex6: block.h gives you headers, seals and red zones; you decide how free
    // blocks are found. Returns NULL for size 0 and when memory is short.
    (void)size;
    exercise_missing("lab1.ex6", __func__);
}

void *kmalloc_aligned(size_t size, size_t alignment)
{
    // Exercise lab1.ex6: as kmalloc(), with memory at a multiple of alignment. The heap grows by
    // window_map() at its end. What you cut off in front and behind becomes free blocks.
    (void)size;
    (void)alignment;
    exercise_missing("lab1.ex6", __func__);
}

void *krealloc(void *memory, size_t size)
{
    // Exercise lab1.ex6: keep the first min(old, new) bytes. Where it is, if it fits there; else
    // allocate, copy, free. Returns NULL with the old block untouched if memory is short.
    (void)memory;
    (void)size;
    exercise_missing("lab1.ex6", __func__);
}

void kfree(void *memory)
{
    // Exercise lab1.ex6: check before you change anything (heap.h lists the misuses), poison the
    // memory, join the block with free neighbours on both sides.
    (void)memory;
    exercise_missing("lab1.ex6", __func__);
}

struct heap_stats heap_stats(void)
{
    // Exercise lab1.ex6: the figures of this moment.
    exercise_missing("lab1.ex6", __func__);
}
