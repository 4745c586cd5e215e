/**
 * @file
 * Lab 1, exercise 5: decoding error codes, and the list of regions of a space.
 *
 * Nothing here needs paging: fault_decode() is a pure function, and region_add() and region_find()
 * work on a struct space alone. So the tests use a space that is only a variable, and compare the
 * student's list with the documented order: sorted by start, not overlapping. Each test begins with
 * space_blank().
 */
#include "support.h"

#include "kernel/memory/fault.h"
#include "kernel/memory/paging.h"
#include "lib/string.h"

/** A space with an empty directory, and the directory. */
static struct space blank;
static pde_t blank_directory[PT_ENTRIES] __attribute__((aligned(4096)));

/** @return a space with no regions. */
static struct space *space_blank(void)
{
    memset(&blank, 0, sizeof(blank));
    blank.directory = blank_directory;
    return &blank;
}

/** A region of @p pages pages from @p start on. */
static struct region region_of(uintptr_t start, uint32_t pages)
{
    return (struct region){start, start + pages * PAGE_SIZE, REGION_DEMAND_ZERO, PTE_USER};
}

/** Whether two regions are the same in every field. */
static bool regions_equal(const struct region *a, const struct region *b)
{
    return a->start == b->start && a->end == b->end && a->kind == b->kind && a->flags == b->flags;
}

KTEST(fault_decode_codes, KTEST_FRAMES)
{
    for (uint32_t code = 0; code < 32; code++) {
        uintptr_t address = ktest_random();
        uint32_t others = ktest_random() & ~31u;
        struct fault fault = fault_decode(code | others, address);
        EXPECT_EQUAL(fault.address, address, "the address is that in CR2");
        EXPECT_EQUAL(fault.present, code & 1, "bit 0 says that the page is present");
        EXPECT_EQUAL(fault.write, code >> 1 & 1, "bit 1 says that the access was a write");
        EXPECT_EQUAL(fault.user, code >> 2 & 1, "bit 2 says that the access came from ring 3");
        EXPECT_EQUAL(fault.reserved_bit, code >> 3 & 1, "bit 3 says that a reserved bit was set");
        EXPECT_EQUAL(fault.fetch, code >> 4 & 1, "bit 4 says that the access was a fetch");
    }
}

KTEST(region_list_sorted, KTEST_FRAMES)
{
    struct space *space = space_blank();
    struct region regions[20];
    ktest_part("regions added in any order");
    for (uint32_t i = 0; i < COUNT_OF(regions); i++) {
        uint32_t place = i * 7 % COUNT_OF(regions);
        regions[i] = region_of(USER_START + (place * 64 + ktest_random_range(0, 20)) * PAGE_SIZE,
                               ktest_random_range(1, 40));
        regions[i].kind = i % 3 == 0 ? REGION_GUARD : REGION_DEMAND_ZERO;
        regions[i].flags = ktest_random() & (PTE_WRITE | PTE_USER);
        EXPECT_RESULT(region_add(space, &regions[i]), 0, "a region that overlaps none is added");
    }
    EXPECT_EQUAL(space->region_count, COUNT_OF(regions), "each region is counted");
    for (uint32_t i = 0; i + 1 < COUNT_OF(regions); i++) {
        EXPECT(space->regions[i].end <= space->regions[i + 1].start,
               "the regions are sorted by their starts");
    }
    ktest_part("finding them");
    for (uint32_t i = 0; i < COUNT_OF(regions); i++) {
        uint32_t inside = ktest_random_range(0, regions[i].end - regions[i].start - 1);
        const struct region *found = region_find(space, regions[i].start + inside);
        REQUIRE(found != NULL, "an address in a region is found");
        EXPECT(regions_equal(found, &regions[i]), "the region found is the one that was added");
        EXPECT(found != &regions[i], "a space keeps a copy of its own");
    }
}

KTEST(region_find_edges, KTEST_FRAMES)
{
    struct space *space = space_blank();
    uintptr_t start = USER_START + ktest_random_range(1000, 9999) * PAGE_SIZE;
    struct region low = region_of(start, ktest_random_range(1, 9));
    struct region high = region_of(low.end + PAGE_SIZE, ktest_random_range(1, 9));
    ktest_part("no region");
    EXPECT(region_find(space, start) == NULL, "a space without regions has none to find");
    REQUIRE_RESULT(region_add(space, &high), 0, "a region is added");
    REQUIRE_RESULT(region_add(space, &low), 0, "a region is added");
    EXPECT(region_find(space, low.start + PAGE_SIZE / 2) != NULL, "a region added is found");
    ktest_part("first and last byte");
    EXPECT(region_find(space, low.start) == &space->regions[0], "the first byte belongs to it");
    EXPECT(region_find(space, low.end - 1) == &space->regions[0], "the last byte belongs to it");
    EXPECT(region_find(space, high.start) == &space->regions[1], "the first byte belongs to it");
    EXPECT(region_find(space, high.end - 1) == &space->regions[1], "the last byte belongs to it");
    ktest_part("just outside");
    EXPECT(region_find(space, low.start + PAGE_SIZE / 2) != NULL, "inside, a region is found");
    EXPECT(region_find(space, low.start - 1) == NULL, "the byte before a region is outside");
    EXPECT(region_find(space, low.end) == NULL, "the end of a region is outside");
    EXPECT(region_find(space, high.start - 1) == NULL, "the byte before a region is outside");
    EXPECT(region_find(space, high.end) == NULL, "the end of a region is outside");
    EXPECT(region_find(space, 0) == NULL, "address 0 is in no region");
    EXPECT(region_find(space, UINTPTR_MAX) == NULL, "the last address is in no region");
}

/** Check that a region is refused and the list does not change. */
static void expect_refused(struct space *space, struct region region, int error, const char *what)
{
    static struct space before;
    before = *space;
    EXPECT_RESULT(region_add(space, &region), error, what);
    EXPECT_EQUAL(memcmp(space, &before, sizeof(before)), 0,
                 "a region that is refused changes nothing");
}

KTEST(region_add_invalid, KTEST_FRAMES)
{
    struct space *space = space_blank();
    struct region good = region_of(USER_START + ktest_random_range(1, 99999) * PAGE_SIZE, 5);
    uint32_t odd = ktest_random_range(1, PAGE_SIZE - 1);
    struct region bad = good;
    ktest_part("bounds");
    bad.start += odd;
    expect_refused(space, bad, -E_INVALID, "a start inside a page is refused");
    bad = good;
    bad.end -= odd;
    expect_refused(space, bad, -E_INVALID, "an end inside a page is refused");
    bad.end = good.start;
    expect_refused(space, bad, -E_INVALID, "a region of no page is refused");
    bad.end = good.start - PAGE_SIZE;
    expect_refused(space, bad, -E_INVALID, "a region that ends before it starts is refused");

    ktest_part("outside the user half");
    expect_refused(space, region_of(USER_START - PAGE_SIZE, 2), -E_INVALID,
                   "a region that starts before USER_START is refused");
    expect_refused(space, region_of(USER_END - PAGE_SIZE, 2), -E_INVALID,
                   "a region that ends after USER_END is refused");
    expect_refused(space, region_of(PAGE_SIZE, 1), -E_INVALID, "kernel addresses are refused");
    expect_refused(space, region_of(KERNEL_HEAP_START, 1), -E_INVALID, "the heap is refused");
    expect_refused(space, (struct region){USER_END - PAGE_SIZE, 0, REGION_DEMAND_ZERO, 0},
                   -E_INVALID, "an end that wraps to 0 is refused");

    ktest_part("kind and flags");
    bad = good;
    bad.flags = PTE_PRESENT | PTE_USER;
    expect_refused(space, bad, -E_INVALID, "PTE_PRESENT is no flag of a region");
    bad.flags = 1u << ktest_random_range(3, 31);
    expect_refused(space, bad, -E_INVALID, "other flags than PTE_WRITE and PTE_USER are refused");
    bad = good;
    bad.kind = (enum region_kind)ktest_random_range(2, 100);
    expect_refused(space, bad, -E_INVALID, "an unknown kind of region is refused");
    EXPECT_RESULT(region_add(space, &good), 0, "after all this a good region is added");
}

KTEST(region_add_overlaps, KTEST_FRAMES)
{
    struct space *space = space_blank();
    uintptr_t start = USER_START + ktest_random_range(100, 9999) * PAGE_SIZE;
    struct region first = region_of(start, 10);
    struct region second = region_of(start + 20 * PAGE_SIZE, 10);
    REQUIRE_RESULT(region_add(space, &second), 0, "a region is added");
    REQUIRE_RESULT(region_add(space, &first), 0, "a region is added");
    ktest_part("overlaps");
    expect_refused(space, first, -E_EXISTS, "the same region again is refused");
    expect_refused(space, region_of(start + 3 * PAGE_SIZE, 2), -E_EXISTS,
                   "a region inside another one is refused");
    expect_refused(space, region_of(start - PAGE_SIZE, 12), -E_EXISTS,
                   "a region around another one is refused");
    expect_refused(space, region_of(start - PAGE_SIZE, 2), -E_EXISTS,
                   "an overlap of one page at the start is refused");
    expect_refused(space, region_of(start + 9 * PAGE_SIZE, 2), -E_EXISTS,
                   "an overlap of one page at the end is refused");
    expect_refused(space, region_of(start + 15 * PAGE_SIZE, 6), -E_EXISTS,
                   "an overlap with the second region is refused");
    expect_refused(space, region_of(start - PAGE_SIZE, 50), -E_EXISTS,
                   "a region around two others is refused");

    ktest_part("neighbours");
    struct region before = region_of(start - PAGE_SIZE, 1);
    struct region between = region_of(start + 10 * PAGE_SIZE, 10);
    struct region after = region_of(start + 30 * PAGE_SIZE, 1);
    EXPECT_RESULT(region_add(space, &between), 0, "a region that fills a gap exactly is added");
    EXPECT_RESULT(region_add(space, &before), 0,
                  "a region that ends where another starts is added");
    EXPECT_RESULT(region_add(space, &after), 0, "a region that starts where another ends is added");
    EXPECT_EQUAL(space->region_count, 5, "neighbours stay regions of their own");
}

KTEST(region_add_limits, KTEST_FRAMES)
{
    struct space *space = space_blank();
    struct region lowest = region_of(USER_START, 1);
    struct region highest = region_of(USER_END - PAGE_SIZE, 1);
    struct region whole = {USER_START, USER_END, REGION_DEMAND_ZERO, PTE_USER | PTE_WRITE};
    ktest_part("the edges of the user half");
    EXPECT_RESULT(region_add(space, &whole), 0, "a region may fill the whole user half");
    EXPECT(region_find(space, USER_START) != NULL, "the first byte of such a region is found");
    EXPECT(region_find(space, USER_END - 1) != NULL, "the last byte of such a region is found");
    EXPECT(region_find(space, USER_END) == NULL, "USER_END is outside");
    space = space_blank();
    EXPECT_RESULT(region_add(space, &highest), 0, "the last page of the user half is accepted");
    EXPECT_RESULT(region_add(space, &lowest), 0, "the first page of the user half is accepted");

    ktest_part("REGIONS_MAX");
    for (uint32_t i = 2; i < REGIONS_MAX; i++) {
        struct region region = region_of(USER_START + 2 * i * PAGE_SIZE, 1);
        REQUIRE_RESULT(region_add(space, &region), 0, "a space holds REGIONS_MAX regions");
    }
    expect_refused(space, region_of(USER_START + 3 * PAGE_SIZE, 1), -E_NO_SPACE,
                   "no more than REGIONS_MAX regions are accepted");
    EXPECT_EQUAL(region_find(space, USER_END - 1)->start, USER_END - PAGE_SIZE,
                 "the last region is still the highest");
}
