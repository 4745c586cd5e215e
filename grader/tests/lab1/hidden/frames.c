/**
 * @file
 * Lab 1, exercises 1 and 2, hidden tests: random memory maps, and random use of the allocator.
 *
 * The first test makes up maps in which anything may overlap anything, and compares frame_init()
 * with the brute-force judgement of support.h. The second holds a list of what it has allocated and
 * takes random steps: allocate, allocate a run, retain, release. After each step the allocator's
 * figures must be those that the list implies.
 */
#include "../support.h"

#include "lib/string.h"

/** Bytes from map_arena() on in which the random regions lie. */
#define AREA 0x300000u
/** Room for the allocator's tables. */
#define ROOM 0x40000u

/** Make up a map. */
static const struct memory_map *random_map(void)
{
    struct memory_map *map = map_begin();
    physaddr_t start = map_arena() + ROOM;
    map_add(map, map_arena(), ROOM, true);
    uint32_t regions = ktest_random_range(1, 28);
    for (uint32_t i = 0; i < regions; i++) {
        uint32_t offset = ktest_random_range(0, AREA - 1);
        uint32_t length = ktest_random_range(0, AREA - offset);
        length = ktest_random_range(0, 3) == 0 ? length : length % 0x10000u;
        bool usable = ktest_random_range(0, 2) != 0;
        uint32_t mask = ktest_random_range(0, 1) == 0 ? ~0u : ~(PAGE_SIZE - 1);
        map_add(map, start + (offset & mask), length & mask, usable);
    }
    while (map->reserved_count < COUNT_OF(map->reserved) && ktest_random_range(0, 3) != 0) {
        physaddr_t range = start + ktest_random_range(0, AREA - 1);
        map_reserve(map, range, range + ktest_random_range(0, 0x8000));
    }
    map_shuffle(map);
    return map;
}

KTEST(frame_init_random_maps, KTEST_FRAMES)
{
    uint32_t total = frame_stats().total;
    for (uint32_t i = 0; i < 40; i++) {
        const struct memory_map *map = random_map();
        struct expectation expected = map_expect(map);
        frame_init(map);
        EXPECT_BETWEEN(frame_stats().total, expected.least, expected.most,
                       "a random map is understood");
        EXPECT_EQUAL(frame_stats().free, frame_stats().total, "all frames found are free");
    }
    frame_init(machine_map());
    EXPECT_EQUAL(frame_stats().total, total, "the machine's map is understood again");
}

/** Something allocated: a run, or a single frame as a run of one. */
struct holding {
    physaddr_t first;
    uint32_t count;      /**< 0: nothing is held. */
    uint32_t references; /**< Of each of its frames. */
};

/** Allocate something. @return how many frames that took. */
static uint32_t storm_alloc(struct holding *holding)
{
    uint32_t alignment = 1u << ktest_random_range(0, 4);
    uint32_t count = ktest_random_range(0, 2) == 0 ? ktest_random_range(1, 20) : 1;
    bool single = count == 1 && alignment == 1;
    physaddr_t first = single ? frame_alloc() : frame_alloc_run(count, alignment);
    REQUIRE(first != FRAME_NONE, "frames are free");
    EXPECT_EQUAL(first % (alignment * PAGE_SIZE), 0, "what is allocated is aligned");
    for (uint32_t i = 0; i < count; i++) {
        physaddr_t frame = first + i * PAGE_SIZE;
        EXPECT(set_add(frame), "no frame is handed out twice");
        EXPECT_EQUAL(frame_references(frame), 1, "a new frame has one reference");
        memset(phys_to_virt(frame), 0xA7, PAGE_SIZE);
    }
    *holding = (struct holding){first, count, 1};
    return count;
}

/** Drop a reference of something. @return how many frames became free. */
static uint32_t storm_release(struct holding *holding)
{
    frame_release_run(holding->first, holding->count);
    holding->references--;
    for (uint32_t i = 0; i < holding->count; i++) {
        physaddr_t frame = holding->first + i * PAGE_SIZE;
        EXPECT_EQUAL(frame_references(frame), holding->references, "one reference was dropped");
        if (holding->references == 0) {
            set_remove(frame);
        }
    }
    uint32_t released = holding->references == 0 ? holding->count : 0;
    holding->count = released != 0 ? 0 : holding->count;
    return released;
}

KTEST(frame_random_use, KTEST_FRAMES)
{
    struct holding holdings[48] = {0};
    uint32_t before = frame_stats().free;
    uint32_t taken = 0;
    set_clear();
    for (uint32_t i = 0; i < 1500; i++) {
        struct holding *holding = &holdings[ktest_random_range(0, COUNT_OF(holdings) - 1)];
        if (holding->count == 0) {
            taken += storm_alloc(holding);
        } else if (ktest_random_range(0, 3) == 0) {
            for (uint32_t k = 0; k < holding->count; k++) {
                frame_retain(holding->first + k * PAGE_SIZE);
            }
            holding->references++;
        } else {
            taken -= storm_release(holding);
        }
        REQUIRE_EQUAL(frame_stats().free, before - taken, "the figures follow each step");
        if (i % 100 == 0) {
            frame_check();
        }
    }
    for (uint32_t i = 0; i < COUNT_OF(holdings); i++) {
        while (holdings[i].count != 0) {
            (void)storm_release(&holdings[i]);
        }
    }
    EXPECT_EQUAL(frame_stats().free, before, "all frames are free in the end");
    physaddr_t longest = frame_alloc_run(FRAME_RUN_MAX, FRAME_RUN_MAX);
    EXPECT(longest != FRAME_NONE, "what was taken apart has joined again");
    frame_check();
}
