/**
 * @file
 * What the tests of lab 1 share: a second opinion on memory maps, and sets of frames.
 *
 * map_verdict() judges a single frame by the words of frame.h, by brute force, so that a clever
 * frame_init() can be compared with it. The file owns one memory map and one set of frames.
 * Sequence: map_begin(), map_add()..., map_expect().
 */
#ifndef LAB1_SUPPORT_H
#define LAB1_SUPPORT_H

#include "../common/checks.h"
#include "../common/hoard.h"

#include "kernel/boot.h"
#include "kernel/types.h"

/* Memory maps. */

/** @return the map with which the kernel called frame_init(). */
const struct memory_map *machine_map(void);

/** What frame_init() may do with a frame. */
enum verdict {
    FRAME_FORBIDDEN, /**< It must not be handed out. */
    FRAME_OPTIONAL,  /**< Only several usable regions together cover it. */
    FRAME_EXPECTED,  /**< It must be free, or hold the allocator's own tables. */
};

/**
 * Judge one frame by the contract of frame_init().
 * @param map any map.
 * @param number of the frame.
 */
enum verdict map_verdict(const struct memory_map *map, uint32_t number);

/** How many frames may be free after frame_init(). */
struct expectation {
    uint32_t least; /**< A generous amount of room for the allocator's tables is taken off. */
    uint32_t most;
};

/** @return what the contract of frame_init() promises for @p map. */
struct expectation map_expect(const struct memory_map *map);

/** @return an empty map in which the kernel image and the modules are reserved. */
struct memory_map *map_begin(void);
/** Add a region to a map. */
void map_add(struct memory_map *map, uint64_t start, uint64_t length, bool usable);
/** Reserve a range. */
void map_reserve(struct memory_map *map, physaddr_t start, physaddr_t end);
/** Bring the regions of a map into a random order. */
void map_shuffle(struct memory_map *map);
/** @return where synthetic regions may start: 12 MiB of memory that exists and is not in use. */
physaddr_t map_arena(void);

/* Frames. */

/** Fill @p count free frames with ones, so that nothing is zero by accident. */
void frames_soil(uint32_t count);
/** Allocate a frame of zeros; failure ends the run. */
physaddr_t frame_zeroed(void);
/** Allocate a frame whose words are all @p word; failure ends the run. */
physaddr_t frame_filled(uint32_t word);
/** @return whether all words of a frame are @p word. */
bool frame_holds(physaddr_t frame, uint32_t word);

/** Forget all members of the set of frames. */
void set_clear(void);
/** Add a frame. @return false if it was there already, or does not exist. */
bool set_add(physaddr_t frame);
/** Remove a frame. */
void set_remove(physaddr_t frame);
/** @return whether a frame is in the set. */
bool set_contains(physaddr_t frame);

#endif
