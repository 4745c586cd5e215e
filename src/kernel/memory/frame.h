/**
 * @file
 * The frame allocator: who owns each 4 KiB frame of physical memory.
 *
 * It is set up once from the boot loader's memory map and from then on hands out frames, singly or
 * in contiguous runs, and counts the references to each. A frame is free when its count is 0.
 * Sequence: frame_init() once; then frame_alloc(), perhaps frame_retain() for each further user,
 * and frame_release() by every user. The implementation is the student's (lab 1, exercises 1 and
 * 2: labs/lab1-memory/frame.c); this contract does not say which strategy it follows. The cost of
 * every call but frame_init() and frame_check() must not grow with the size of memory or its use.
 *
 * No function here may sleep. All are called with interrupts off or from one context only.
 */
#ifndef KERNEL_MEMORY_FRAME_H
#define KERNEL_MEMORY_FRAME_H

#include "kernel/boot.h"
#include "kernel/types.h"

/** No frame. Frame 0 is never handed out, so its address serves as the mark of failure. */
#define FRAME_NONE ((physaddr_t)0)
/** Longest run, and strictest alignment of a run, that frame_alloc_run() must serve: 4 MiB. */
#define FRAME_RUN_MAX 1024u

/** Figures about physical memory, all in frames of 4 KiB. */
struct frame_stats {
    uint32_t total; /**< Frames that were free after frame_init(). */
    uint32_t free;  /**< Frames free now. */
};

/**
 * Take possession of physical memory (exercise lab1.ex1).
 *
 * A frame becomes free exactly if every byte of it lies in usable regions of @p map, no byte of it
 * lies in a region that is not usable, none in a reserved range (kernel, modules), it lies
 * at or above LOW_MEMORY_END and below PHYSICAL_LIMIT, and the allocator does not need it for its
 * own tables. A frame that two adjoining usable regions cover only together may be left out.
 * May be called again with another map; it then forgets everything that it knew. The allocator's
 * tables are placed in usable memory; a map without room for them leaves no frame free.
 *
 * @param map the map as the firmware reported it: regions may overlap, be unaligned, empty, wrap
 *            past 4 GiB, or be in any order. Not kept after the call.
 */
void frame_init(const struct memory_map *map);

/**
 * Allocate one frame (exercise lab1.ex2). Its contents are undefined.
 * @return the physical address of the frame, whose reference count is now 1; FRAME_NONE if no
 *         frame is free.
 */
MUST_USE physaddr_t frame_alloc(void);

/**
 * Allocate contiguous frames, for DMA or large tables (exercise lab1.ex2).
 * @param count number of frames, 1 to FRAME_RUN_MAX.
 * @param alignment of the first frame, in frames: a power of two, 1 to FRAME_RUN_MAX.
 *
 * Let n be the larger of both, rounded up to a power of two. The call must succeed whenever n free
 * frames follow each other from a multiple of n on; whether it also finds runs that lie less
 * regularly is up to the allocator.
 * @return the physical address of the first frame, a multiple of @p alignment * PAGE_SIZE; each
 *         frame has a reference count of 1. FRAME_NONE, and nothing changed, if no run was found.
 */
MUST_USE physaddr_t frame_alloc_run(uint32_t count, uint32_t alignment);

/**
 * Add a reference to an allocated frame, for instance when a second page maps it.
 * @param frame physical address of an allocated frame. memory_misuse() reports a frame that is
 *              free, unknown or not aligned, of the same kinds as frame_release().
 */
void frame_retain(physaddr_t frame);

/**
 * Drop a reference (exercise lab1.ex2). The frame is free when none is left; in debug builds it
 * is then filled with POISON_FREE (see poison.h).
 * @param frame physical address of an allocated frame. memory_misuse() reports, before anything
 *              is changed, a frame that is free already (MISUSE_DOUBLE_FREE) and an address that
 *              is not aligned or that frame_init() did not find free (MISUSE_FOREIGN_FRAME).
 */
void frame_release(physaddr_t frame);

/**
 * Drop a reference of each frame of a run, as frame_release() does for one after the other. Frames
 * of a run may also be released one by one.
 * @param first physical address of the first frame.
 * @param count number of frames.
 */
void frame_release_run(physaddr_t first, uint32_t count);

/**
 * The number of references to a frame.
 * @param frame physical address, a multiple of PAGE_SIZE.
 * @return 0 for a free frame and for one that the allocator does not manage.
 */
uint32_t frame_references(physaddr_t frame);

/** @return the figures of this moment. */
struct frame_stats frame_stats(void);

/**
 * Prove the allocator's invariants; a broken one is an assertion failure. The cost is
 * proportional to the size of memory. May be empty for an allocator that has nothing to check.
 */
void frame_check(void);

#endif
