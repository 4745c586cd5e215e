/**
 * @file
 * What the tests of lab 1 share; the contracts are in support.h.
 *
 * Everything here is simple rather than fast: it is what the student's work is compared with. It
 * owns the memory map that map_begin() returns and the set of frames.
 */
#include "support.h"

#include "kernel/cmdline.h"
#include "kernel/main.h"
#include "lib/string.h"

/** Room that an allocator may take for itself: bytes for each frame below the highest, ... */
#define TABLE_BYTES_PER_FRAME 16u
/** ... and this many frames besides. */
#define TABLE_FRAMES_MORE 4u

static struct memory_map synthetic_map;
static uint32_t frame_set[PHYSICAL_LIMIT / PAGE_SIZE / 32];

const struct memory_map *machine_map(void)
{
    static struct memory_map map;
    if (map.region_count == 0) {
        map = boot_information()->memory;
        int error = cmdline_memory_map(boot_information()->command_line, &map);
        REQUIRE(error == 0 || error == -E_NOT_FOUND, "the boot option memmap= is well formed");
    }
    return &map;
}

/** One past the last byte of a region; saturates. */
static uint64_t region_end(const struct memory_region *region)
{
    uint64_t end = region->start + region->length;
    return end < region->start ? UINT64_MAX : end;
}

/** Whether two ranges of bytes have a byte in common; ends are exclusive. */
static bool ranges_meet(uint64_t start, uint64_t end, uint64_t other_start, uint64_t other_end)
{
    return start < end && other_start < other_end && start < other_end && other_start < end;
}

/** Whether any byte from @p start up to @p end is reserved or in a region that is not usable. */
static bool range_is_occupied(const struct memory_map *map, uint64_t start, uint64_t end)
{
    for (size_t i = 0; i < map->region_count; i++) {
        const struct memory_region *region = &map->regions[i];
        if (!region->usable && ranges_meet(start, end, region->start, region_end(region))) {
            return true;
        }
    }
    for (size_t i = 0; i < map->reserved_count; i++) {
        if (ranges_meet(start, end, map->reserved[i].start, map->reserved[i].end)) {
            return true;
        }
    }
    return false;
}

/** The end of the usable region that reaches farthest of those that hold the byte at @p start. */
static uint64_t usable_until(const struct memory_map *map, uint64_t start)
{
    uint64_t farthest = start;
    for (size_t i = 0; i < map->region_count; i++) {
        const struct memory_region *region = &map->regions[i];
        if (region->usable && region->start <= start && region_end(region) > farthest) {
            farthest = region_end(region);
        }
    }
    return farthest;
}

enum verdict map_verdict(const struct memory_map *map, uint32_t number)
{
    uint64_t start = (uint64_t)number * PAGE_SIZE;
    uint64_t end = start + PAGE_SIZE;
    if (start < LOW_MEMORY_END || end > PHYSICAL_LIMIT || range_is_occupied(map, start, end)) {
        return FRAME_FORBIDDEN;
    }
    uint64_t covered = usable_until(map, start);
    if (covered >= end) {
        return FRAME_EXPECTED;
    }
    while (covered < end) {
        uint64_t next = usable_until(map, covered);
        if (next == covered) {
            return FRAME_FORBIDDEN;
        }
        covered = next;
    }
    return FRAME_OPTIONAL;
}

/** The number of the first frame after @p address at whose start usable memory may lie. */
static uint32_t next_candidate(const struct memory_map *map, uint64_t address)
{
    uint64_t nearest = PHYSICAL_LIMIT;
    for (size_t i = 0; i < map->region_count; i++) {
        const struct memory_region *region = &map->regions[i];
        if (region->usable && region->start > address && region->start < nearest) {
            nearest = region->start;
        }
    }
    return (uint32_t)((nearest + PAGE_SIZE - 1) / PAGE_SIZE);
}

/** How many frames an allocator may take for tables that reach up to the highest usable byte. */
static uint32_t table_frames(const struct memory_map *map)
{
    uint64_t end = 0;
    for (size_t i = 0; i < map->region_count; i++) {
        const struct memory_region *region = &map->regions[i];
        if (region->usable && region_end(region) > end) {
            end = region_end(region);
        }
    }
    uint32_t frames = (uint32_t)((end < PHYSICAL_LIMIT ? end : PHYSICAL_LIMIT) / PAGE_SIZE);
    return frames * TABLE_BYTES_PER_FRAME / PAGE_SIZE + TABLE_FRAMES_MORE;
}

struct expectation map_expect(const struct memory_map *map)
{
    uint32_t expected = 0;
    uint32_t optional = 0;
    uint32_t number = LOW_MEMORY_END / PAGE_SIZE;
    while (number < PHYSICAL_LIMIT / PAGE_SIZE) {
        uint64_t start = (uint64_t)number * PAGE_SIZE;
        enum verdict verdict = map_verdict(map, number);
        expected += verdict == FRAME_EXPECTED;
        optional += verdict == FRAME_OPTIONAL;
        bool usable = usable_until(map, start) > start;
        number = usable ? number + 1 : next_candidate(map, start);
    }
    uint32_t tables = table_frames(map);
    return (struct expectation){.least = expected > tables ? expected - tables : 0,
                                .most = expected + optional};
}

struct memory_map *map_begin(void)
{
    synthetic_map = *machine_map();
    synthetic_map.region_count = 0;
    return &synthetic_map;
}

void map_add(struct memory_map *map, uint64_t start, uint64_t length, bool usable)
{
    REQUIRE(map->region_count < BOOT_REGIONS_MAX, "the test's own memory map is large enough");
    map->regions[map->region_count++] = (struct memory_region){start, length, usable};
}

void map_reserve(struct memory_map *map, physaddr_t start, physaddr_t end)
{
    REQUIRE(map->reserved_count < COUNT_OF(map->reserved),
            "the test's own list of reserved ranges is large enough");
    map->reserved[map->reserved_count++] = (struct memory_range){start, end};
}

void map_shuffle(struct memory_map *map)
{
    for (size_t i = map->region_count; i > 1; i--) {
        size_t other = ktest_random_range(0, (uint32_t)i - 1);
        struct memory_region region = map->regions[i - 1];
        map->regions[i - 1] = map->regions[other];
        map->regions[other] = region;
    }
}

physaddr_t map_arena(void)
{
    const struct memory_map *map = machine_map();
    physaddr_t end = LARGE_PAGE_SIZE;
    for (size_t i = 0; i < map->reserved_count; i++) {
        end = map->reserved[i].end > end ? map->reserved[i].end : end;
    }
    return align_up(end, LARGE_PAGE_SIZE);
}

void frames_soil(uint32_t count)
{
    struct hoard hoard = {0};
    for (uint32_t i = 0; i < count; i++) {
        hoard_take(&hoard, 1);
        memset((physaddr_t *)phys_to_virt(hoard.first) + 1, 0xFF, PAGE_SIZE - sizeof(physaddr_t));
    }
    hoard_release_all(&hoard);
}

physaddr_t frame_filled(uint32_t word)
{
    physaddr_t frame = frame_alloc();
    REQUIRE(frame != FRAME_NONE, "a frame is free for the test's own use");
    uint32_t *words = phys_to_virt(frame);
    for (uint32_t i = 0; i < PAGE_SIZE / sizeof(*words); i++) {
        words[i] = word;
    }
    return frame;
}

physaddr_t frame_zeroed(void)
{
    return frame_filled(0);
}

bool frame_holds(physaddr_t frame, uint32_t word)
{
    const uint32_t *words = phys_to_virt(frame);
    for (uint32_t i = 0; i < PAGE_SIZE / sizeof(*words); i++) {
        if (words[i] != word) {
            return false;
        }
    }
    return true;
}

void set_clear(void)
{
    memset(frame_set, 0, sizeof(frame_set));
}

/** The word of the set that holds a frame's bit. */
static uint32_t *set_word(physaddr_t frame)
{
    return &frame_set[frame / PAGE_SIZE / 32];
}

/** A frame's bit in its word of the set. */
static uint32_t set_bit(physaddr_t frame)
{
    return 1u << (frame / PAGE_SIZE % 32);
}

bool set_add(physaddr_t frame)
{
    if (frame >= PHYSICAL_LIMIT || set_contains(frame)) {
        return false;
    }
    *set_word(frame) |= set_bit(frame);
    return true;
}

void set_remove(physaddr_t frame)
{
    *set_word(frame) &= ~set_bit(frame);
}

bool set_contains(physaddr_t frame)
{
    return frame < PHYSICAL_LIMIT && (*set_word(frame) & set_bit(frame)) != 0;
}
