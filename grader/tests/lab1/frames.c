/**
 * @file
 * Lab 1, exercise 1: does frame_init() take possession of exactly the right memory?
 *
 * Each test gives frame_init() a map and compares the number of free frames with what the contract
 * promises (support.h). A mistake about a single frame would hide among the frames that the
 * allocator keeps for its tables; so each map repeats its difficulty until a mistake costs more
 * frames than any tables. The maps consist of memory that exists, above the kernel. Only
 * frame_init() and frame_stats() are called: nothing else needs to be written yet.
 */
#include "support.h"

/** Small regions in one map; a mistake in each of them cannot be overlooked. */
#define PIECES 28u
/** Distance between the small regions. */
#define PIECE_DISTANCE 0x8000u
/** Room for the allocator's tables in every map: one region without difficulties. */
#define TABLE_ROOM 0x80000u

/** An address inside a frame but not at its start. */
static uint32_t odd_offset(void)
{
    return ktest_random_range(1, PAGE_SIZE - 1);
}

/** Where the small region number @p i may start. */
static physaddr_t piece_start(uint32_t i)
{
    return map_arena() + TABLE_ROOM + PIECE_DISTANCE * (i + 1);
}

/** The length of the room for tables: a few frames more each time, and not as far as the pieces. */
static uint32_t room_length(void)
{
    return TABLE_ROOM + ktest_random_range(0, PIECE_DISTANCE / PAGE_SIZE - 1) * PAGE_SIZE;
}

/** A map with plenty of room for the allocator's tables. */
static struct memory_map *map_with_room(void)
{
    struct memory_map *map = map_begin();
    map_add(map, map_arena(), room_length(), true);
    return map;
}

/** Give a map to frame_init() and compare the figures with the contract. */
static void expect_figures(const struct memory_map *map, const char *what)
{
    struct expectation expected = map_expect(map);
    frame_init(map);
    struct frame_stats stats = frame_stats();
    EXPECT_BETWEEN(stats.total, expected.least, expected.most, what);
    EXPECT_EQUAL(stats.free, stats.total, "after frame_init() all frames that it found are free");
}

/** Leave the machine as the kernel's start expects it. */
static void restore(void)
{
    frame_init(machine_map());
}

KTEST(frame_init_machine, KTEST_FRAMES)
{
    struct expectation expected = map_expect(machine_map());
    uint32_t total = frame_stats().total;
    ktest_part("the number of free frames");
    EXPECT_BETWEEN(total, expected.least, expected.most,
                   "frame_init() finds the usable memory that is not occupied");
    EXPECT_EQUAL(frame_stats().free, total, "after frame_init() all frames that it found are free");

    ktest_part("a second call with the same map");
    restore();
    EXPECT(total > 0, "frame_init() finds free frames");
    EXPECT_EQUAL(frame_stats().total, total, "the same map gives the same number of frames");

    ktest_part("other maps in between");
    EXPECT(total > 0, "frame_init() finds free frames");
    expect_figures(map_with_room(), "a smaller map replaces the first one");
    restore();
    EXPECT_EQUAL(frame_stats().total, total, "frame_init() forgets the map of the call before");
    EXPECT_EQUAL(frame_stats().free, total, "all frames are free after a new frame_init()");
}

KTEST(frame_init_unaligned, KTEST_FRAMES)
{
    struct memory_map *map = map_with_room();
    ktest_part("usable regions that start inside a frame");
    for (uint32_t i = 0; i < PIECES; i++) {
        uint32_t offset = odd_offset();
        map_add(map, piece_start(i) + offset, 3 * PAGE_SIZE - offset, true);
    }
    expect_figures(map, "a frame is free only if its first byte is usable too");

    ktest_part("usable regions that end inside a frame");
    map = map_with_room();
    for (uint32_t i = 0; i < PIECES; i++) {
        map_add(map, piece_start(i), 2 * PAGE_SIZE + odd_offset(), true);
    }
    expect_figures(map, "a frame is free only if its last byte is usable too");

    ktest_part("usable regions without a whole frame");
    map = map_with_room();
    for (uint32_t i = 0; i < PIECES; i++) {
        uint32_t offset = odd_offset();
        uint32_t length = ktest_random_range(1, 2 * PAGE_SIZE - offset - 1);
        length = length >= PAGE_SIZE ? PAGE_SIZE - 1 : length;
        map_add(map, piece_start(i) + offset, length, true);
    }
    expect_figures(map, "a region that holds no whole frame adds none");
    restore();
}

KTEST(frame_init_overlaps, KTEST_FRAMES)
{
    const uint32_t size = 64 * PAGE_SIZE;
    struct memory_map *map = map_with_room();
    ktest_part("the same region several times");
    for (uint32_t i = 0; i < 4; i++) {
        map_add(map, piece_start(0), size, true);
    }
    expect_figures(map, "memory that several usable regions describe is counted once");

    ktest_part("regions that overlap in part");
    map = map_with_room();
    for (uint32_t i = 0; i < 12; i++) {
        physaddr_t start = piece_start(0) + i * 16 * PAGE_SIZE;
        map_add(map, start, size + ktest_random_range(0, 8) * PAGE_SIZE, true);
    }
    map_shuffle(map);
    expect_figures(map, "overlapping usable regions are counted once, in whatever order");

    ktest_part("a reserved region inside a usable one, listed before it");
    map = map_with_room();
    map_add(map, piece_start(0) + 16 * PAGE_SIZE, size, false);
    map_add(map, piece_start(0), 4 * size, true);
    expect_figures(map, "reserved memory is not free although a later region calls it usable");

    ktest_part("a reserved region inside a usable one, listed after it");
    map = map_with_room();
    map_add(map, piece_start(0), 4 * size, true);
    map_add(map, piece_start(0) + ktest_random_range(1, 100) * PAGE_SIZE, size, false);
    expect_figures(map, "reserved memory is not free although a usable region surrounds it");
    restore();
}

KTEST(frame_init_reserved_regions, KTEST_FRAMES)
{
    struct memory_map *map = map_with_room();
    ktest_part("reserved regions smaller than a frame");
    map_add(map, piece_start(0), PIECES * PIECE_DISTANCE, true);
    for (uint32_t i = 0; i < PIECES; i++) {
        uint32_t offset = odd_offset();
        uint32_t length = ktest_random_range(1, PAGE_SIZE - offset);
        map_add(map, piece_start(i) + offset, length, false);
    }
    map_shuffle(map);
    expect_figures(map, "a frame with a single reserved byte is not free");

    ktest_part("reserved regions that reach into frames at both ends");
    map = map_with_room();
    map_add(map, piece_start(0), PIECES * PIECE_DISTANCE, true);
    for (uint32_t i = 0; i < PIECES; i++) {
        uint32_t offset = odd_offset();
        map_add(map, piece_start(i) + offset, 2 * PAGE_SIZE - offset + odd_offset(), false);
    }
    map_shuffle(map);
    expect_figures(map, "reserved regions are rounded outwards to whole frames");
    restore();
}

KTEST(frame_init_reserved_ranges, KTEST_FRAMES)
{
    struct memory_map *map = map_begin();
    ktest_part("the kernel image");
    map_add(map, align_down((physaddr_t)(uintptr_t)kernel_image_start, PAGE_SIZE),
            map_arena() - (physaddr_t)(uintptr_t)kernel_image_start + room_length(), true);
    expect_figures(map, "the frames of the kernel image are not free");

    ktest_part("large modules");
    map = map_with_room();
    map_add(map, piece_start(0), PIECES * PIECE_DISTANCE, true);
    while (map->reserved_count < COUNT_OF(map->reserved)) {
        physaddr_t start = piece_start(3 * (uint32_t)map->reserved_count - 2);
        map_reserve(map, start, start + ktest_random_range(8, 16) * PAGE_SIZE);
    }
    expect_figures(map, "the frames of each module are not free");

    ktest_part("modules that begin and end inside frames");
    map = map_with_room();
    map_add(map, piece_start(0), PIECES * PIECE_DISTANCE, true);
    while (map->reserved_count < COUNT_OF(map->reserved)) {
        physaddr_t start = piece_start(3 * (uint32_t)map->reserved_count - 2);
        map_reserve(map, start + odd_offset(), start + 2 * PAGE_SIZE + odd_offset());
    }
    expect_figures(map, "a frame that a module fills only in part is not free");
    restore();
}

KTEST(frame_init_limits, KTEST_FRAMES)
{
    const uint64_t four_gib = (uint64_t)1 << 32;
    /* Tables for 1 GiB may take 4 MiB. */
    const uint32_t room = (5 * 256 + ktest_random_range(0, 63)) * PAGE_SIZE;
    physaddr_t beyond_room = map_arena() + room + PAGE_SIZE;
    struct memory_map *map = map_begin();
    ktest_part("memory below 1 MiB");
    map_add(map, ktest_random_range(0, 64) * PAGE_SIZE, map_arena() + room_length(), true);
    expect_figures(map, "no frame below LOW_MEMORY_END is free");

    ktest_part("memory from 1 GiB on");
    map = map_begin();
    map_add(map, map_arena(), room, true);
    map_add(map, PHYSICAL_LIMIT, 64 * LARGE_PAGE_SIZE, true);
    map_add(map, 0xC0000000u, 0x3FF00000u, true);
    map_add(map, four_gib - 0x40000u, 0x40000u, false);
    expect_figures(map, "no frame at or above PHYSICAL_LIMIT is free");

    ktest_part("memory from 4 GiB on");
    map = map_begin();
    map_add(map, map_arena(), room, true);
    map_add(map, four_gib + beyond_room, room, true);
    map_add(map, four_gib + map_arena(), room, false);
    map_add(map, 5 * four_gib + beyond_room, room, true);
    map_shuffle(map);
    expect_figures(map, "addresses past 4 GiB are not mistaken for low ones");

    ktest_part("a reserved region that goes on past 4 GiB");
    map = map_with_room();
    map_add(map, piece_start(0), 256 * PAGE_SIZE, true);
    map_add(map, piece_start(0) + 32 * PAGE_SIZE, four_gib + ktest_random_range(0, 4) * PAGE_SIZE,
            false);
    expect_figures(map, "a reserved region past 4 GiB takes all frames from its start on");
    map->regions[map->region_count - 1].length = UINT64_MAX - ktest_random_range(0, PAGE_SIZE);
    expect_figures(map, "a reserved region that ends with the last byte of 64 bits takes all "
                        "frames from its start on");
    restore();
}

KTEST(frame_init_empty, KTEST_FRAMES)
{
    uint32_t total = frame_stats().total;
    struct memory_map *map = map_with_room();
    ktest_part("empty regions");
    map_add(map, piece_start(0), PIECES * PIECE_DISTANCE, true);
    for (uint32_t i = 0; i < PIECES; i++) {
        map_add(map, piece_start(i) + odd_offset(), 0, false);
    }
    map_shuffle(map);
    expect_figures(map, "a region of length 0 reserves nothing");

    ktest_part("a map without usable memory");
    frame_init(map_with_room());
    EXPECT(frame_stats().total > 0, "a map with a usable region has free frames");
    map = map_begin();
    frame_init(map);
    EXPECT_EQUAL(frame_stats().total, 0, "a map without regions has no free frame");
    map_add(map, map_arena(), LARGE_PAGE_SIZE, false);
    map_add(map, map_arena(), 0, true);
    frame_init(map);
    EXPECT_EQUAL(frame_stats().total, 0, "a map without usable regions has no free frame");

    ktest_part("a usable map again");
    restore();
    EXPECT(total > 0, "frame_init() finds free frames");
    EXPECT_EQUAL(frame_stats().total, total, "all frames of the machine are found again");
}

/** Bytes from map_arena() on that hold the traps of frame_init_spares_others. */
#define TRAP_AREA 0x200000u
/** Fills memory that frame_init() must not write to. */
#define TRAP_WORD 0x7EA97EA9u

/**
 * A map in which the usable pieces grow from 1 frame to 15 and each is followed by memory that
 * is not usable: a gap, a region that says so, or a module.
 */
static const struct memory_map *map_of_traps(void)
{
    struct memory_map *map = map_begin();
    physaddr_t place = map_arena();
    for (uint32_t frames = 1; frames <= 15; frames++) {
        uint32_t trap = ktest_random_range(1, 3) * PAGE_SIZE;
        uint32_t kind = (frames + ktest_random_range(0, 1)) % 3;
        kind = kind == 0 && map->reserved_count == COUNT_OF(map->reserved) ? 1 : kind;
        map_add(map, place, frames * PAGE_SIZE + (kind == 2 ? 0 : trap), true);
        place += frames * PAGE_SIZE;
        if (kind == 1) {
            map_add(map, place, trap, false);
        } else if (kind == 0) {
            map_reserve(map, place, place + trap);
        }
        place += trap;
    }
    map_add(map, place, map_arena() + TRAP_AREA - place, true);
    return map;
}

/** The first word in the trap area, in frames of one verdict, that has changed; 0: none. */
static uint32_t find_changed(const struct memory_map *map, enum verdict verdict)
{
    for (physaddr_t frame = map_arena(); frame < map_arena() + TRAP_AREA; frame += PAGE_SIZE) {
        const uint32_t *words = phys_to_virt(frame);
        for (uint32_t i = 0; i < PAGE_SIZE / sizeof(*words); i++) {
            if (words[i] != TRAP_WORD && map_verdict(map, frame / PAGE_SIZE) == verdict) {
                return frame + i * sizeof(*words);
            }
        }
    }
    return 0;
}

KTEST(frame_init_spares_others, KTEST_FRAMES)
{
    for (uint32_t i = 0; i < 4; i++) {
        const struct memory_map *map = map_of_traps();
        uint32_t *words = phys_to_virt(map_arena());
        for (uint32_t k = 0; k < TRAP_AREA / sizeof(*words); k++) {
            words[k] = TRAP_WORD;
        }
        expect_figures(map, "usable memory is found between holes and modules");
        EXPECT_NONE(
            find_changed(map, FRAME_FORBIDDEN),
            "the allocator's tables do not overwrite a hole, a reserved region or a module");
        /* All usable memory is in whole frames, so tables in it cost at least one of them. */
        EXPECT(find_changed(map, FRAME_EXPECTED) == 0 || frame_stats().total < map_expect(map).most,
               "the frames that hold the allocator's own tables are not free");
    }
    restore();
}

KTEST(frame_init_large, KTEST_FRAMES)
{
    struct expectation expected = map_expect(machine_map());
    EXPECT_BETWEEN(frame_stats().total, expected.least, expected.most,
                   "the memory of a machine with 1 GiB is found, up to PHYSICAL_LIMIT");
    EXPECT_EQUAL(frame_stats().free, frame_stats().total, "all the memory that was found is free");
}
