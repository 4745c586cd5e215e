/**
 * @file
 * Hoards: how a test uses up memory and gives it back, for the tests of all labs.
 *
 * A hoard keeps allocated frames in a list that runs through their first words, which the
 * one-to-one map reaches. Sequence: hoard_take_all(), some calls that must fail, hoard_release() to
 * leave a little, hoard_release_all(). The functions are defined here, so that a folder of tests
 * can be linked in without another one. The file owns no state; a hoard belongs to the test.
 */
#ifndef COMMON_HOARD_H
#define COMMON_HOARD_H

#include "kernel/ktest.h"
#include "kernel/memory/frame.h"
#include "kernel/memory/layout.h"
#include "kernel/types.h"

/** Allocated frames, linked through their first words. */
struct hoard {
    physaddr_t first;
    uint32_t count;
};

/** @return frames free now. */
static inline uint32_t frames_free(void)
{
    return frame_stats().free;
}

/** The link to the next frame of a hoard. */
static inline volatile physaddr_t *hoard_link(physaddr_t frame)
{
    return phys_to_virt(frame);
}

/** Put an allocated frame into a hoard. */
static inline void hoard_add(struct hoard *hoard, physaddr_t frame)
{
    *hoard_link(frame) = hoard->first;
    hoard->first = frame;
    hoard->count++;
}

/** Allocate @p count more frames, or as many as there are. */
static inline void hoard_take(struct hoard *hoard, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        physaddr_t frame = frame_alloc();
        if (frame == FRAME_NONE) {
            return;
        }
        hoard_add(hoard, frame);
    }
}

/** Allocate all frames that are free. */
static inline void hoard_take_all(struct hoard *hoard)
{
    hoard_take(hoard, PHYSICAL_LIMIT / PAGE_SIZE);
    REQUIRE_EQUAL(frames_free(), 0, "no frame is free once frame_alloc() has returned FRAME_NONE");
}

/** Take the frame at place @p index, from 0, out of a hoard; it stays allocated. @return it. */
static inline physaddr_t hoard_remove_at(struct hoard *hoard, uint32_t index)
{
    volatile physaddr_t *link = &hoard->first;
    for (uint32_t i = 0; i < index; i++) {
        link = hoard_link(*link);
    }
    physaddr_t frame = *link;
    *link = *hoard_link(frame);
    hoard->count--;
    return frame;
}

/** Take a certain frame out of a hoard; it stays allocated. @return whether it was there. */
static inline bool hoard_remove(struct hoard *hoard, physaddr_t frame)
{
    physaddr_t candidate = hoard->first;
    for (uint32_t i = 0; i < hoard->count; i++) {
        if (candidate == frame) {
            return hoard_remove_at(hoard, i) == frame;
        }
        candidate = *hoard_link(candidate);
    }
    return false;
}

/** Release @p count frames of a hoard, the last taken first. */
static inline void hoard_release(struct hoard *hoard, uint32_t count)
{
    for (uint32_t i = 0; i < count && hoard->count > 0; i++) {
        frame_release(hoard_remove_at(hoard, 0));
    }
}

/** Release all frames of a hoard. */
static inline void hoard_release_all(struct hoard *hoard)
{
    hoard_release(hoard, hoard->count);
}

#endif
