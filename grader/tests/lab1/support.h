/**
 * @file
 * What the tests of lab 1 share: a second opinion on memory maps, and hoards of frames.
 *
 * map_verdict() judges a single frame by the words of frame.h, by brute force, so that a clever
 * frame_init() can be compared with it. A hoard keeps allocated frames in a list that runs through
 * the frames themselves; it is how a test exhausts memory and gives it back. The file owns one
 * memory map and one set of frames. Sequence: map_begin(), map_add()..., map_expect(); or
 * hoard_take_all(), some calls that must fail, hoard_release_all().
 */
#ifndef LAB1_SUPPORT_H
#define LAB1_SUPPORT_H

#include "kernel/boot.h"
#include "kernel/ktest.h"
#include "kernel/memory/frame.h"
#include "kernel/memory/layout.h"
#include "kernel/types.h"

#include <cairn/error.h>

/* Checks that show names instead of numbers. */

/** Check that a number lies in a range; use EXPECT_BETWEEN(). @return whether it does. */
bool check_between(const struct ktest_check *check, uint32_t actual, uint32_t low, uint32_t high);
/** Check that no address was found; use EXPECT_NONE(). @return whether it is 0. */
bool check_none(const struct ktest_check *check, uint32_t address);
/** Check the result of a call; use EXPECT_RESULT(). @return whether it is the expected one. */
bool check_result(const struct ktest_check *check, int actual, int expected);
/** Check which misuse was reported; use EXPECT_MISUSE(). @return whether it is the expected one. */
bool check_misuse(const struct ktest_check *check, enum misuse actual, enum misuse expected);
/** Check the cause of a fault; use EXPECT_CAUSE(). @return whether it is the expected one. */
bool check_cause(const struct ktest_check *check, enum fault_cause actual,
                 enum fault_cause expected);

/** A number must lie between two others, these included. */
#define EXPECT_BETWEEN(actual, low, high, what)                                                    \
    check_between(KTEST_CHECK(what, false), (actual), (low), (high))
/** The first offending address of a search must be 0. */
#define EXPECT_NONE(address, what) check_none(KTEST_CHECK(what, false), (uint32_t)(address))
/** A call must return 0 or a certain error. */
#define EXPECT_RESULT(actual, expected, what)                                                      \
    check_result(KTEST_CHECK(what, false), (actual), (expected))
/** As EXPECT_RESULT; a failure ends the run. */
#define REQUIRE_RESULT(actual, expected, what)                                                     \
    check_result(KTEST_CHECK(what, true), (actual), (expected))
/** A certain misuse must have been reported. */
#define EXPECT_MISUSE(actual, expected, what)                                                      \
    check_misuse(KTEST_CHECK(what, false), (actual), (expected))
/** A fault must have a certain cause. */
#define EXPECT_CAUSE(actual, expected, what)                                                       \
    check_cause(KTEST_CHECK(what, false), (actual), (expected))

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

/** Allocated frames, linked through their first words. */
struct hoard {
    physaddr_t first;
    uint32_t count;
};

/** Allocate @p count more frames, or as many as there are. */
void hoard_take(struct hoard *hoard, uint32_t count);
/** Allocate all frames that are free. */
void hoard_take_all(struct hoard *hoard);
/** Release @p count frames of a hoard, the last taken first. */
void hoard_release(struct hoard *hoard, uint32_t count);
/** Release all frames of a hoard. */
void hoard_release_all(struct hoard *hoard);
/** Take the frame at place @p index, from 0, out of a hoard; it stays allocated. @return it. */
physaddr_t hoard_remove_at(struct hoard *hoard, uint32_t index);
/** Take a certain frame out of a hoard; it stays allocated. @return whether it was there. */
bool hoard_remove(struct hoard *hoard, physaddr_t frame);
/** Put an allocated frame into a hoard. */
void hoard_add(struct hoard *hoard, physaddr_t frame);
/** Fill @p count free frames with ones, so that nothing is zero by accident. */
void frames_soil(uint32_t count);
/** Allocate a frame of zeros; failure ends the run. */
physaddr_t frame_zeroed(void);
/** Allocate a frame whose words are all @p word; failure ends the run. */
physaddr_t frame_filled(uint32_t word);
/** @return whether all words of a frame are @p word. */
bool frame_holds(physaddr_t frame, uint32_t word);
/** @return frames free now. */
uint32_t frames_free(void);

/** Forget all members of the set of frames. */
void set_clear(void);
/** Add a frame. @return false if it was there already, or does not exist. */
bool set_add(physaddr_t frame);
/** Remove a frame. */
void set_remove(physaddr_t frame);
/** @return whether a frame is in the set. */
bool set_contains(physaddr_t frame);

#endif
