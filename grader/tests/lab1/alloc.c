/**
 * @file
 * Lab 1, exercise 2: single frames, their references, and the misuse that must be noticed.
 *
 * The tests take all memory there is, so that every frame is looked at and none can be handed out
 * twice unnoticed. A frame is filled as soon as it is handed out: if the allocator's own tables lie
 * in it, or if it belongs to somebody else, the allocator does not survive that. What is allocated
 * is released at the end of each test. Misuse is provoked through ktest_catch_misuse().
 */
#include "support.h"

#include "lib/string.h"

/** What a test found while it allocated every frame. */
struct census {
    uint32_t count;
    physaddr_t unaligned; /**< The first frame that is not aligned; 0: none. */
    physaddr_t forbidden; /**< The first frame that the map does not allow; 0: none. */
    physaddr_t repeated;  /**< The first frame that was handed out again; 0: none. */
    physaddr_t uncounted; /**< The first frame whose reference count is not 1; 0: none. */
    struct hoard hoard;   /**< The good ones. */
};

/** Look at one frame that was handed out. */
static void census_add(struct census *census, const struct memory_map *map, physaddr_t frame)
{
    census->count++;
    if (!set_add(frame)) {
        census->repeated = frame;
        return;
    }
    if (frame % PAGE_SIZE != 0) {
        census->unaligned = census->unaligned != 0 ? census->unaligned : frame;
        return;
    }
    if (map_verdict(map, frame / PAGE_SIZE) == FRAME_FORBIDDEN) {
        census->forbidden = census->forbidden != 0 ? census->forbidden : frame;
        return;
    }
    memset(phys_to_virt(frame), 0xEE, PAGE_SIZE);
    if (census->uncounted == 0 && frame_references(frame) != 1) {
        census->uncounted = frame;
    }
    hoard_add(&census->hoard, frame);
}

/** Allocate every frame and look at it, but stop when one appears for the second time. */
static struct census take_census(const struct memory_map *map)
{
    struct census census = {0};
    set_clear();
    while (census.repeated == 0) {
        physaddr_t frame = frame_alloc();
        if (frame == FRAME_NONE) {
            break;
        }
        census_add(&census, map, frame);
    }
    return census;
}

KTEST(frame_alloc_all, KTEST_FRAMES)
{
    uint32_t total = frame_stats().total;
    struct census census = take_census(machine_map());
    ktest_part("which frames are handed out");
    EXPECT(census.count > 0, "frames are handed out");
    EXPECT_NONE(census.unaligned, "every frame handed out is aligned to PAGE_SIZE");
    EXPECT_NONE(census.forbidden, "every frame handed out lies in usable memory that is not "
                                  "occupied by the kernel, a module or a reserved region");
    EXPECT_NONE(census.uncounted, "a new frame has a reference count of 1");

    ktest_part("each frame once");
    EXPECT(census.count > 0, "frames are handed out");
    EXPECT_NONE(census.repeated, "no frame is handed out twice");

    ktest_part("every frame");
    EXPECT(total > 0, "frame_init() finds free frames");
    EXPECT_EQUAL(census.count, total, "all free frames can be allocated");
    EXPECT_EQUAL(frame_alloc(), FRAME_NONE, "when no frame is free, frame_alloc() says so");
    EXPECT_EQUAL(frame_stats().free, 0, "no frame is counted as free then");
    EXPECT_EQUAL(frame_stats().total, total, "the total does not change");

    ktest_part("all given back");
    EXPECT(census.hoard.count > 0, "there are frames to give back");
    hoard_release_all(&census.hoard);
    EXPECT_EQUAL(frame_stats().free, total, "all frames are free after each was released");
    frame_check();
    EXPECT_EQUAL(take_census(machine_map()).count, total,
                 "all frames that were given back can be allocated again");
    frame_init(machine_map());
}

/** A map with every difficulty, made of memory that exists. */
static const struct memory_map *difficult_map(void)
{
    physaddr_t arena = map_arena();
    struct memory_map *map = map_begin();
    map_add(map, 0, arena + 0x80000u + ktest_random_range(1, PAGE_SIZE - 1), true);
    for (uint32_t i = 0; i < 20; i++) {
        uint32_t offset = ktest_random_range(0, 0x1FFFFF);
        map_add(map, arena + 0x90000u + offset, ktest_random_range(0, 0x28000), i % 4 != 0);
    }
    for (uint32_t i = 0; i < 4; i++) {
        physaddr_t start = arena + 0xA0000u + ktest_random_range(0, 0x1FFFFF);
        map_reserve(map, start, start + ktest_random_range(0, 0x8000));
    }
    map_shuffle(map);
    return map;
}

/** Use up all memory and fill it with ones: the next map must not mind what it finds. */
static void soil_memory(void)
{
    physaddr_t frame = frame_alloc();
    while (frame != FRAME_NONE) {
        memset(phys_to_virt(frame), 0xFF, PAGE_SIZE);
        frame = frame_alloc();
    }
}

/** The first frame that has references; 0: none. */
static physaddr_t find_referenced(void)
{
    for (physaddr_t frame = PAGE_SIZE; frame < 8 * LARGE_PAGE_SIZE; frame += PAGE_SIZE) {
        if (frame_references(frame) != 0) {
            return frame;
        }
    }
    return FRAME_NONE;
}

KTEST(frame_alloc_difficult_map, KTEST_FRAMES)
{
    const struct memory_map *map = difficult_map();
    ktest_part("a fresh start");
    soil_memory();
    frame_init(map);
    EXPECT(frame_stats().total > 0, "frame_init() finds free frames");
    EXPECT_NONE(find_referenced(), "after frame_init() no frame has references");

    ktest_part("which frames are handed out");
    struct census census = take_census(map);
    EXPECT(census.count > 0, "frames are handed out");
    EXPECT_NONE(census.forbidden, "no frame handed out has an unusable or reserved byte");
    EXPECT_NONE(census.repeated, "no frame is handed out twice, although regions overlap");

    ktest_part("how many frames are handed out");
    struct expectation expected = map_expect(map);
    EXPECT_BETWEEN(census.count, expected.least, expected.most,
                   "every frame that is usable as a whole is handed out");
    frame_init(machine_map());
}

KTEST(frame_alloc_exhausted, KTEST_FRAMES)
{
    struct hoard hoard = {0};
    hoard_take_all(&hoard);
    ktest_part("no memory left");
    EXPECT(hoard.count > 0, "there were frames to allocate");
    for (uint32_t i = 0; i < 3; i++) {
        EXPECT_EQUAL(frame_alloc(), FRAME_NONE, "frame_alloc() keeps failing without harm");
    }
    EXPECT_EQUAL(frame_alloc_run(ktest_random_range(1, 16), 1), FRAME_NONE,
                 "frame_alloc_run() fails when no frame is free");
    EXPECT_EQUAL(frame_stats().free, 0, "failed allocations do not change the figures");

    ktest_part("one frame comes back");
    for (uint32_t i = 0; i < 8; i++) {
        physaddr_t frame = hoard_remove_at(&hoard, ktest_random_range(0, hoard.count - 1));
        frame_release(frame);
        EXPECT_EQUAL(frame_stats().free, 1, "the released frame is free");
        hoard_take(&hoard, 1);
        EXPECT_EQUAL(hoard.first, frame, "the only free frame is the one handed out next");
        EXPECT_EQUAL(frame_stats().free, 0,
                     "no frame is free after the only free one was allocated");
    }
    hoard_release_all(&hoard);
    EXPECT_EQUAL(frame_stats().free, frame_stats().total, "all frames are free in the end");
}

KTEST(frame_counts_references, KTEST_FRAMES)
{
    uint32_t before = frame_stats().free;
    physaddr_t frame = frame_filled(0x600DF00D);
    physaddr_t other = frame_filled(0x600DF00D);
    ktest_part("a shared frame");
    uint32_t users = ktest_random_range(3, 9);
    for (uint32_t i = 1; i < users; i++) {
        frame_retain(frame);
        EXPECT_EQUAL(frame_references(frame), i + 1, "frame_retain() adds one reference");
    }
    EXPECT_EQUAL(frame_references(other), 1, "the references of other frames do not change");
    EXPECT_EQUAL(frame_stats().free, before - 2, "frame_retain() does not change the figures");

    ktest_part("it stays until its last user releases it");
    for (uint32_t i = users; i > 1; i--) {
        frame_release(frame);
        EXPECT_EQUAL(frame_references(frame), i - 1, "frame_release() drops one reference");
    }
    EXPECT_EQUAL(frame_stats().free, before - 2, "a frame with references left is not free");
    EXPECT(frame_holds(frame, 0x600DF00D), "a frame with references left keeps its contents");
    frame_release(frame);
    EXPECT_EQUAL(frame_references(frame), 0, "a free frame has no references");
    EXPECT_EQUAL(frame_stats().free, before - 1, "the last release makes the frame free");

    ktest_part("many users");
    for (uint32_t i = 0; i < 1100; i++) {
        frame_retain(other);
    }
    EXPECT_EQUAL(frame_references(other), 1101, "a page table needs 1,025 references");
    for (uint32_t i = 0; i < 1101; i++) {
        frame_release(other);
    }
    EXPECT_EQUAL(frame_stats().free, before, "both frames are free in the end");
    frame_check();
}

KTEST(frame_stats_follow, KTEST_FRAMES)
{
    struct frame_stats before = frame_stats();
    struct hoard hoard = {0};
    uint32_t count = ktest_random_range(20, 60);
    for (uint32_t i = 1; i <= count; i++) {
        hoard_take(&hoard, 1);
        REQUIRE_EQUAL(frame_stats().free, before.free - i,
                      "each allocation leaves one frame less free");
    }
    for (uint32_t i = count; i > 0; i--) {
        hoard_release(&hoard, 1);
        REQUIRE_EQUAL(frame_stats().free, before.free - i + 1,
                      "each release leaves one frame more free");
    }
    EXPECT_EQUAL(frame_stats().total, before.total, "the total never changes");
}

/** Release a frame; for ktest_catch_misuse(). */
static void release(void *frame)
{
    frame_release(*(physaddr_t *)frame);
}

/** Retain a frame; for ktest_catch_misuse(). */
static void retain(void *frame)
{
    frame_retain(*(physaddr_t *)frame);
}

/** What frame_release() reports about an address. */
static enum misuse release_misuse(physaddr_t frame)
{
    return ktest_catch_misuse(release, &frame);
}

KTEST(frame_double_free, KTEST_FRAMES)
{
    uint32_t before = frame_stats().free;
    struct hoard hoard = {0};
    hoard_take(&hoard, 8);
    ktest_part("twice at once");
    physaddr_t frame = hoard_remove_at(&hoard, ktest_random_range(0, 7));
    frame_release(frame);
    EXPECT_MISUSE(release_misuse(frame), MISUSE_DOUBLE_FREE, "a second release is noticed");
    EXPECT_EQUAL(frame_stats().free, before - 7,
                 "the misuse changes nothing: as many frames are free");
    EXPECT_EQUAL(frame_references(frame), 0, "the frame stays free");

    ktest_part("with other frames released in between");
    physaddr_t later = hoard_remove_at(&hoard, ktest_random_range(0, 6));
    frame_retain(later);
    frame_release(later);
    frame_release(later);
    hoard_release_all(&hoard);
    EXPECT_MISUSE(release_misuse(later), MISUSE_DOUBLE_FREE, "a late second release is noticed");
    EXPECT_MISUSE(release_misuse(frame), MISUSE_DOUBLE_FREE, "a third release is noticed as well");
    EXPECT_EQUAL(frame_stats().free, before, "the misuse changes nothing: as many frames are free");

    ktest_part("retaining a free frame");
    EXPECT(ktest_catch_misuse(retain, &frame) != MISUSE_NONE,
           "frame_retain() reports a frame that is free");
    EXPECT_EQUAL(frame_references(frame), 0, "the frame stays free");
    frame_check();
    struct census census = take_census(machine_map());
    EXPECT_NONE(census.repeated, "no frame is handed out twice after the misuse");
    hoard_release_all(&census.hoard);
}

/** Check that an address is not accepted as a frame, neither to release nor to retain. */
static void expect_foreign(physaddr_t address, const char *what)
{
    EXPECT_MISUSE(release_misuse(address), MISUSE_FOREIGN_FRAME, what);
    EXPECT(ktest_catch_misuse(retain, &address) != MISUSE_NONE,
           "frame_retain() reports it as well");
}

/** A usable frame that the allocator keeps for its own tables; 0 if there is none. */
static physaddr_t own_table(void)
{
    struct census census = take_census(machine_map());
    hoard_release_all(&census.hoard);
    for (uint32_t number = 0; number < PHYSICAL_LIMIT / PAGE_SIZE; number++) {
        physaddr_t frame = number * PAGE_SIZE;
        if (!set_contains(frame) && map_verdict(machine_map(), number) == FRAME_EXPECTED) {
            return frame;
        }
    }
    return 0;
}

KTEST(frame_foreign, KTEST_FRAMES)
{
    uint32_t before = frame_stats().free;
    physaddr_t frame = frame_filled(0x600DF00D);
    ktest_part("addresses inside a frame");
    expect_foreign(frame + 1, "an address inside a frame is noticed");
    expect_foreign(frame + ktest_random_range(1, PAGE_SIZE - 1),
                   "an address inside a frame is noticed");
    EXPECT_EQUAL(frame_references(frame), 1, "the frame itself is not touched");
    frame_release(frame);

    ktest_part("memory that was never free");
    expect_foreign(0, "frame 0 is noticed");
    expect_foreign(0xB8000, "video memory is noticed");
    expect_foreign(align_down((physaddr_t)(uintptr_t)kernel_text_start, PAGE_SIZE),
                   "a frame of the kernel is noticed");
    physaddr_t table = own_table();
    if (table != 0) {
        expect_foreign(table, "a frame of the allocator's own tables is noticed");
    }

    ktest_part("memory that does not exist");
    expect_foreign(PHYSICAL_LIMIT - PAGE_SIZE, "a frame past the end of memory is noticed");
    expect_foreign(PHYSICAL_LIMIT, "PHYSICAL_LIMIT is noticed");
    expect_foreign(0xFFFFF000u, "the last frame of 4 GiB is noticed");
    EXPECT_EQUAL(frame_references(PHYSICAL_LIMIT - PAGE_SIZE), 0,
                 "a frame past the end of memory has no references");
    EXPECT_EQUAL(frame_references(0xFFFFF000u), 0, "the last frame of 4 GiB has no references");
    EXPECT_EQUAL(frame_references(0xB8000), 0, "video memory has no references");
    EXPECT_EQUAL(frame_stats().free, before, "the misuse changes nothing: as many frames are free");
    frame_check();

    ktest_part("memory of an earlier map");
    frame = frame_filled(0x600DF00D);
    struct memory_map *map = map_begin();
    physaddr_t single = map_arena() + 2 * LARGE_PAGE_SIZE;
    map_add(map, single == frame ? single + PAGE_SIZE : single, PAGE_SIZE, true);
    frame_init(map);
    EXPECT_BETWEEN(frame_stats().free, 0, 1, "a map of a single frame has no room for more");
    expect_foreign(frame, "a frame that the new map does not have is noticed");
    EXPECT_EQUAL(frame_references(frame), 0,
                 "a frame that the new map does not have has no references");
    frame_init(machine_map());
}

KTEST(frame_poison, KTEST_FRAMES)
{
    physaddr_t frame = frame_filled(ktest_random());
    frame_retain(frame);
    frame_release(frame);
    ktest_inspect("frame_not_poisoned", frame, *(uint32_t *)phys_to_virt(frame), 0, 0);
    frame_release(frame);
    ktest_inspect("frame_poisoned", frame, 0, 0, 0);

    physaddr_t run = frame_alloc_run(4, 4);
    REQUIRE(run != FRAME_NONE, "a run of four frames is free");
    memset(phys_to_virt(run), 0x55, 4 * PAGE_SIZE);
    frame_release_run(run, 4);
    for (uint32_t i = 0; i < 4; i++) {
        ktest_inspect("frame_poisoned", run + i * PAGE_SIZE, 0, 0, 0);
    }
}
