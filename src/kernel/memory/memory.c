/**
 * @file
 * The start of memory management: the milestones of lab 1, each tried before the next.
 *
 * It owns no state. memory_init() runs the exercises' code in their order; the check_ functions
 * use each part once in the simplest way, so that a person who boots an unfinished kernel sees how
 * far it comes. They prove little; the grader's tests do the judging. They are not inlined, so that
 * a panic finds them on the stack and knows the exercise (exercise.c).
 */
#include "kernel/memory/memory.h"

#include "kernel/console.h"
#include "kernel/ktest.h"
#include "kernel/memory/fault.h"
#include "kernel/memory/frame.h"
#include "kernel/memory/heap.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/paging.h"
#include "kernel/memory/space.h"
#include "kernel/panic.h"
#include "kernel/trace.h"
#include "lib/string.h"

/** Allocate a frame and give it back (exercises 1 and 2). */
static __attribute__((noinline)) void check_frames(void)
{
    struct frame_stats before = frame_stats();
    kprintf("frames:  %u of 4 KiB are free, %u MiB\n", before.free, before.free / 256);
    physaddr_t frame = frame_alloc();
    assert(frame != FRAME_NONE && frame_stats().free == before.free - 1);
    frame_release(frame);
    frame_check();
    assert(frame_stats().free == before.free);
}

/** Map a page in a directory that is not in use (exercise 3). */
static __attribute__((noinline)) void check_paging(void)
{
    physaddr_t frame = frame_alloc();
    assert(frame != FRAME_NONE);
    pde_t *directory = phys_to_virt(frame);
    memset(directory, 0, PAGE_SIZE);
    int error = paging_map(directory, USER_START, frame, PTE_WRITE);
    assert(error == 0);
    physaddr_t found = FRAME_NONE;
    error = paging_translate(directory, USER_START + 12, &found, NULL);
    assert(error == 0 && found == frame + 12);
    error = paging_unmap(directory, USER_START, NULL);
    assert(error == 0);
    frame_release(frame);
    kprintf("paging:  a page can be mapped, found and unmapped\n");
}

/** Let a page appear in a space of its own (exercises 4 and 5). */
static __attribute__((noinline)) void check_faults(void)
{
    const struct region region = {USER_START, USER_START + PAGE_SIZE, REGION_DEMAND_ZERO,
                                  PTE_WRITE};
    struct space *space = NULL;
    int error = space_create(&space);
    assert(error == 0);
    error = region_add(space, &region);
    assert(error == 0);
    space_switch(space);
    volatile uint32_t *word = (volatile uint32_t *)USER_START;
    *word += 1;
    assert(*word == 1);
    space_switch(&kernel_space);
    space_destroy(space);
    kprintf("faults:  a page of zeros appears where a region promises one\n");
}

/** Allocate from the heap and give it back (exercise 6). */
static __attribute__((noinline)) void check_heap(void)
{
    char *text = kmalloc(100);
    assert(text != NULL);
    memset(text, 'x', 100);
    kfree(text);
    heap_check();
    kprintf("heap:    works; %u KiB are mapped\n", heap_stats().mapped / 1024);
}

/** Record a milestone and run its tests, or the check if no test was chosen. */
static void reach(enum ktest_milestone milestone, const char *name, void (*check)(void))
{
    trace_event(TRACE_BOOT, "boot.milestone", "name=%s", name);
    if (ktest_active()) {
        ktest_run(milestone);
    } else {
        check();
    }
}

void memory_init(const struct memory_map *map)
{
    assert(map->region_count <= BOOT_REGIONS_MAX && map->reserved_count >= 1);
    frame_init(map);
    reach(KTEST_FRAMES, "frames", check_frames);
    if (!ktest_active()) {
        check_paging();
    }
    space_init(map);
    kprintf("space:   paging is on\n");
    reach(KTEST_PAGING, "paging", check_faults);
    heap_init();
    reach(KTEST_HEAP, "heap", check_heap);
}
