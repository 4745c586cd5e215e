/**
 * @file
 * Lab 3, exercise 4: mappings, seen from outside.
 *
 * Parties map objects; the grader walks their page tables, so that neither the kernel nor the test
 * says what is mapped. References to frames and objects are counted at every step.
 */
#include "shared.h"

#include "object_support.h"

#include "kernel/memory/fault.h"
#include "kernel/memory/region.h"

/** Check that a mapping's addresses are a guard region, and nothing more. */
static void expect_region(const struct process *party, uintptr_t address, uint32_t pages)
{
    const struct region *region = region_find(party->space, address);
    REQUIRE(region != NULL, "the addresses of a mapping are a region");
    EXPECT_EQUAL(region->start, address, "the region begins with the mapping");
    EXPECT_EQUAL(region->end, address + pages * PAGE_SIZE, "the region ends with the mapping");
    EXPECT_EQUAL(region->kind, REGION_GUARD,
                 "the region of a mapping is a guard region: no page appears by itself");
}

KTEST(shared_maps, KTEST_IPC)
{
    struct object_census before = object_census();
    struct process *writer = shared_party("writer");
    struct process *reader = shared_party("reader");
    struct shared_memory *memory = shared_make(5 * PAGE_SIZE);
    struct shared_memory *large = shared_make(0x500000); /* needs several page tables */

    ktest_part("for writing");
    uintptr_t written = shared_map(writer, memory, true);
    shared_inspect(writer, memory, written, true);
    expect_region(writer, written, 5);
    ktest_part("for reading");
    uintptr_t read = shared_map(reader, memory, false);
    shared_inspect(reader, memory, read, false);
    shared_inspect(writer, memory, written, true);
    expect_region(reader, read, 5);
    ktest_part("twice, in the same process");
    uintptr_t again = shared_map(writer, memory, false);
    EXPECT(again != written, "each mapping has addresses of its own");
    shared_inspect(writer, memory, again, false);
    shared_inspect(writer, memory, written, true);
    shared_expect_references(memory, 4);
    EXPECT_EQUAL(memory->object.references, 4, "each mapping has a reference to the object");
    ktest_part("large memory");
    uintptr_t far = shared_map(reader, large, true);
    shared_inspect(reader, large, far, true);
    shared_inspect(reader, memory, read, false);
    expect_region(reader, far, large->page_count);
    shared_expect_references(large, 2);

    object_dispose(writer);
    shared_expect_references(memory, 2);
    EXPECT_EQUAL(memory->object.references, 2, "the end of a process ends its mappings");
    object_dispose(reader);
    shared_expect_references(memory, 1);
    EXPECT_EQUAL(memory->object.references, 1, "the end of a process ends its mappings");
    object_release(&memory->object);
    object_release(&large->object);
    object_census_expect(&before);
}

/** Check that addresses mean no mapping. */
static void expect_no_mapping(struct process *party, uintptr_t address)
{
    EXPECT_RESULT(shared_memory_unmap(party, address), -E_NOT_FOUND,
                  "-E_NOT_FOUND unless a mapping starts there");
}

KTEST(shared_unmap, KTEST_IPC)
{
    struct object_census before = object_census();
    struct process *party = shared_party("party");
    struct process *other = shared_party("other");
    struct shared_memory *memories[3];
    uintptr_t addresses[3];
    for (uint32_t i = 0; i < 3; i++) {
        memories[i] = shared_make((i + 2) * PAGE_SIZE);
        addresses[i] = shared_map(party, memories[i], i != 1);
    }
    uintptr_t others = shared_map(other, memories[1], true);
    uint32_t regions = party->space->region_count;

    ktest_part("addresses at which no mapping starts");
    expect_no_mapping(party, 0);
    expect_no_mapping(party, addresses[1] + PAGE_SIZE);
    expect_no_mapping(party, addresses[1] + 4);
    expect_no_mapping(party, addresses[2] + memories[2]->page_count * PAGE_SIZE);
    expect_no_mapping(party, UINT32_MAX);
    EXPECT_EQUAL(shared_mappings(party), 3, "an error changes nothing");
    ktest_part("the pages of a mapping go, and no others");
    EXPECT_RESULT(shared_memory_unmap(party, addresses[1]), 0, "a mapping can be undone");
    shared_inspect_none(party, addresses[1], addresses[1] + memories[1]->page_count * PAGE_SIZE);
    shared_inspect(party, memories[0], addresses[0], true);
    shared_inspect(party, memories[2], addresses[2], true);
    shared_inspect(other, memories[1], others, true);
    shared_expect_references(memories[1], 2);
    EXPECT_EQUAL(memories[1]->object.references, 2, "the mapping's reference goes");
    EXPECT_EQUAL(shared_mappings(party), 2, "the mapping is forgotten");
    expect_no_mapping(party, addresses[1]);
    ktest_part("the addresses are free again");
    EXPECT(region_find(party->space, addresses[1]) == NULL, "the region goes with the mapping");
    EXPECT_EQUAL(party->space->region_count, regions - 1, "the region goes with the mapping");
    for (uint32_t i = 0; i < 200; i++) {
        uintptr_t address = shared_map(party, memories[1], false);
        EXPECT_RESULT(shared_memory_unmap(party, address), 0, "a mapping can be undone");
    }
    shared_expect_references(memories[1], 2);
    ktest_part("the last mapping keeps the object");
    object_release(&memories[0]->object);
    shared_inspect(party, memories[0], addresses[0], true);
    EXPECT_RESULT(shared_memory_unmap(party, addresses[0]), 0, "a mapping can be undone");
    EXPECT_RESULT(shared_memory_unmap(party, addresses[2]), 0, "a mapping can be undone");
    shared_inspect_none(party, SHARED_MEMORY_START, USER_PROGRAM_LIMIT);
    EXPECT_RESULT(shared_memory_unmap(other, others), 0, "a mapping can be undone");
    object_release(&memories[1]->object);
    object_release(&memories[2]->object);
    object_dispose(party);
    object_dispose(other);
    object_census_expect(&before);
}

/** Check that nothing has changed in a party that maps nothing. */
static void expect_unchanged(const struct process *party, const struct shared_memory *memory,
                             uint32_t regions)
{
    EXPECT_EQUAL(party->space->region_count, regions, "no region is left after an error");
    EXPECT_EQUAL(shared_mappings(party), 0, "no mapping is left after an error");
    EXPECT_EQUAL(memory->object.references, 1, "no reference is left after an error");
    shared_expect_references(memory, 1);
    for (uint32_t i = 0; i < memory->page_count; i++) {
        uintptr_t page = SHARED_MEMORY_START + i * PAGE_SIZE;
        EXPECT_RESULT(paging_translate(party->space->directory, page, NULL, NULL), -E_NOT_FOUND,
                      "no page is mapped after an error");
    }
}

/** Map memory that needs two page tables, with more and more frames for them. */
static void map_without_tables(struct process *party)
{
    uint32_t regions = party->space->region_count;
    struct shared_memory *memory = shared_make(0x400000 + 3 * PAGE_SIZE);
    uintptr_t address = 0;
    int error = -E_NO_MEMORY;
    for (uint32_t left = 0; left < 6 && error != 0; left++) {
        struct hoard hoard = {0};
        hoard_take_all(&hoard);
        hoard_release(&hoard, left);
        struct heap_stats heap = heap_stats();
        error = shared_memory_map(party, memory, true, &address);
        EXPECT(error == 0 || error == -E_NO_MEMORY, "-E_NO_MEMORY if memory is short");
        EXPECT(error != 0 || left >= 2, "without page tables, nothing can be mapped");
        if (error != 0) {
            EXPECT_EQUAL(heap_stats().used, heap.used, "no block is left after an error");
            expect_unchanged(party, memory, regions);
        }
        hoard_release_all(&hoard);
    }
    REQUIRE_RESULT(error, 0, "what needs two page tables can be mapped with them");
    shared_inspect(party, memory, address, true);
    EXPECT_RESULT(shared_memory_unmap(party, address), 0, "a mapping can be undone");
    expect_unchanged(party, memory, regions);
    object_release(&memory->object);
}

/** Map memory when there are page tables, but nothing else. */
static void map_without_heap(struct process *party)
{
    struct shared_memory *memory = shared_make(PAGE_SIZE);
    uintptr_t first = shared_map(party, memory, true);
    uintptr_t second = 0;
    uint32_t regions = party->space->region_count;
    support_take_memory();
    EXPECT_RESULT(shared_memory_map(party, memory, true, &second), -E_NO_MEMORY,
                  "-E_NO_MEMORY if memory is used up");
    EXPECT_EQUAL(party->space->region_count, regions, "no region is left after an error");
    EXPECT_EQUAL(shared_mappings(party), 1, "no mapping is left after an error");
    EXPECT_EQUAL(memory->object.references, 2, "no reference is left after an error");
    shared_expect_references(memory, 2);
    support_return_memory();
    EXPECT_RESULT(shared_memory_unmap(party, first), 0, "a mapping can be undone");
    object_release(&memory->object);
}

/** Map one object as often as possible; then the party ends. */
static void map_without_regions(struct process *party)
{
    struct shared_memory *memory = shared_make(1);
    uint32_t regions = party->space->region_count;
    uint32_t count = 0;
    uintptr_t address = 0;
    int error;
    while ((error = shared_memory_map(party, memory, true, &address)) == 0) {
        REQUIRE(++count <= REGIONS_MAX, "each mapping takes a region");
    }
    EXPECT_RESULT(error, -E_NO_MEMORY, "-E_NO_MEMORY if there is no room for a region");
    EXPECT_EQUAL(count, REGIONS_MAX - regions, "as many mappings as there is room for");
    EXPECT_EQUAL(memory->object.references, 1 + count, "an error takes no reference");
    EXPECT_EQUAL(shared_mappings(party), count, "an error makes no mapping");
    object_dispose(party);
    EXPECT_EQUAL(memory->object.references, 1, "the end of a process ends its mappings");
    object_release(&memory->object);
}

KTEST(shared_map_no_memory, KTEST_IPC)
{
    struct object_census before = object_census();
    struct process *party = shared_party("party");
    ktest_part("page tables that are missing: all pages or none");
    map_without_tables(party);
    ktest_part("no memory for the mapping itself");
    map_without_heap(party);
    ktest_part("more mappings than a space has regions");
    map_without_regions(party);
    object_census_expect(&before);
}
