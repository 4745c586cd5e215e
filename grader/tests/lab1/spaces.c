/**
 * @file
 * Lab 1, exercise 4: the kernel's address space, and spaces beside it.
 *
 * By now the kernel runs with paging on. What it maps is judged from outside: at ktest_inspect()
 * the grader stops the machine, reads the control registers and walks the page tables in physical
 * memory. The rest is tried by using it: switching between spaces, mapping pages by paging_map(),
 * and counting frames before and after.
 */
#include "spaces.h"
#include "support.h"

#include "kernel/x86/mmu.h"
#include "lib/string.h"

/** Directory entries of the user half: from the first up to, but without, the last. */
#define USER_FIRST PDE_INDEX(USER_START)
#define USER_LAST  PDE_INDEX(USER_END)

struct space *space_new(void)
{
    struct space *space = NULL;
    REQUIRE_RESULT(space_create(&space), 0, "a space can be created");
    REQUIRE(space != NULL && space->directory != NULL, "a new space has a directory");
    return space;
}

void space_enter(struct space *space)
{
    space_switch(space);
    REQUIRE_EQUAL(mmu_current(), directory_of(space),
                  "after space_switch() CR3 holds the directory of the space");
}

uintptr_t random_user_page(void)
{
    return ktest_random_range(USER_START / PAGE_SIZE, USER_END / PAGE_SIZE - 1) * PAGE_SIZE;
}

uint32_t directory_of(const struct space *space)
{
    return virt_to_phys(space->directory);
}

physaddr_t map_new_page(struct space *space, uintptr_t page)
{
    physaddr_t frame = frame_filled((uint32_t)page);
    REQUIRE_RESULT(paging_map(space->directory, page, frame, PTE_WRITE | PTE_USER), 0,
                   "a page of the user half can be mapped");
    return frame;
}

/** Where the one-to-one map ends: the highest usable region's end, rounded up to 4 MiB. */
static uint32_t memory_end(void)
{
    const struct memory_map *map = machine_map();
    uint64_t end = 0;
    for (size_t i = 0; i < map->region_count; i++) {
        const struct memory_region *region = &map->regions[i];
        if (region->usable && region->length > 0 && region->start + region->length > end) {
            end = region->start + region->length;
        }
    }
    end = (end + LARGE_PAGE_SIZE - 1) & ~(uint64_t)(LARGE_PAGE_SIZE - 1);
    return end < PHYSICAL_LIMIT ? (uint32_t)end : PHYSICAL_LIMIT;
}

KTEST(space_direct_map, KTEST_PAGING)
{
    ktest_part("paging is on");
    EXPECT(mmu_enabled(), "after space_init() paging is on");
    EXPECT_EQUAL(mmu_current(), directory_of(&kernel_space), "the kernel's directory is in use");
    EXPECT(space_current() == &kernel_space, "the kernel's space is the current one");
    ktest_inspect("registers", directory_of(&kernel_space), 0, 0, 0);
    ktest_part("every address leads to itself");
    ktest_inspect("direct_map", directory_of(&kernel_space), memory_end(), 0, 0);
    ktest_part("4 MiB pages");
    EXPECT(mmu_enabled(), "after space_init() paging is on");
    ktest_inspect("large_pages", directory_of(&kernel_space), memory_end(), 0, 0);
}

KTEST(space_direct_map_hole, KTEST_PAGING)
{
    ktest_inspect("direct_map", directory_of(&kernel_space), memory_end(), 0, 0);
}

KTEST(space_absent_pages, KTEST_PAGING)
{
    ktest_part("page 0");
    EXPECT(mmu_enabled(), "after space_init() paging is on");
    ktest_inspect("absent", directory_of(&kernel_space), 0, 0, 0);
    ktest_part("the guard page below the boot stack");
    EXPECT(mmu_enabled(), "after space_init() paging is on");
    ktest_inspect("absent", directory_of(&kernel_space), (uint32_t)kernel_stack_guard, 0, 0);
    ktest_part("addresses past the end of memory");
    EXPECT(mmu_enabled(), "after space_init() paging is on");
    ktest_inspect("absent", directory_of(&kernel_space), memory_end(), 0, 0);
    ktest_inspect("absent", directory_of(&kernel_space), USER_START - PAGE_SIZE, 0, 0);
}

KTEST(space_read_only, KTEST_PAGING)
{
    uint32_t directory = directory_of(&kernel_space);
    ktest_part("the kernel's code");
    ktest_inspect("read_only", directory, (uint32_t)kernel_text_start, (uint32_t)kernel_text_end,
                  0);
    ktest_part("the kernel's constants");
    ktest_inspect("read_only", directory, (uint32_t)kernel_rodata_start,
                  (uint32_t)kernel_rodata_end, 0);
    ktest_part("the kernel's data and stack");
    ktest_inspect("writable", directory, (uint32_t)kernel_rodata_end, (uint32_t)kernel_stack_guard,
                  0);
    ktest_inspect("writable", directory, (uint32_t)kernel_stack_bottom, (uint32_t)kernel_image_end,
                  0);
}

KTEST(space_supervisor_only, KTEST_PAGING)
{
    ktest_part("the kernel's space");
    ktest_inspect("supervisor_only", directory_of(&kernel_space), 0, 0, 0);
    struct space *space = space_new();
    physaddr_t frame = map_new_page(space, random_user_page());
    ktest_part("a program's space");
    ktest_inspect("supervisor_only", directory_of(space), 0, 0, 0);
    EXPECT_EQUAL(frame_references(frame), 1, "the space holds the only reference to its page");
    space_destroy(space);
}

/** The bits of an entry that the processor does not change by itself. */
static pde_t lasting(pde_t entry)
{
    return entry & ~(pde_t)(PTE_ACCESSED | PTE_DIRTY);
}

/** Count the user entries of a directory that are not 0. */
static uint32_t count_user_entries(const struct space *space)
{
    uint32_t count = 0;
    for (uint32_t i = USER_FIRST; i < USER_LAST; i++) {
        count += space->directory[i] != 0;
    }
    return count;
}

KTEST(space_create_empty, KTEST_PAGING)
{
    frames_soil(16);
    struct space *space = space_new();
    struct space *other = space_new();
    ktest_part("the user half");
    EXPECT_EQUAL(count_user_entries(space), 0, "a new space has no pages in its user half");
    EXPECT_EQUAL(space->region_count, 0, "a new space has no regions");

    ktest_part("the kernel's part");
    ktest_inspect("same_kernel_part", directory_of(&kernel_space), directory_of(space), 0, 0);
    ktest_inspect("same_kernel_part", directory_of(space), directory_of(other), 0, 0);

    ktest_part("independence");
    EXPECT(space != other, "two spaces are two objects");
    EXPECT(space->directory != other->directory, "two spaces have two directories");
    uintptr_t page = random_user_page();
    physaddr_t frame = map_new_page(space, page);
    EXPECT_EQUAL(count_user_entries(other), 0, "a page of one space does not appear in another");
    EXPECT_EQUAL(count_user_entries(&kernel_space), 0,
                 "a page of one space does not appear in the kernel's space");
    physaddr_t found = FRAME_NONE;
    EXPECT_RESULT(paging_translate(space->directory, page, &found, NULL), 0,
                  "the page is there in its own space");
    EXPECT_EQUAL(found, frame, "the page leads to the frame that was mapped");
    space_destroy(space);
    space_destroy(other);
}

KTEST(space_switch_views, KTEST_PAGING)
{
    struct space *spaces[2] = {space_new(), space_new()};
    uintptr_t page = random_user_page();
    physaddr_t frames[2] = {map_new_page(spaces[0], page), map_new_page(spaces[1], page)};
    volatile uint32_t *word = (volatile uint32_t *)page;
    *(uint32_t *)phys_to_virt(frames[0]) = 0x1000;
    *(uint32_t *)phys_to_virt(frames[1]) = 0x2000;
    ktest_part("each space shows its own page");
    for (uint32_t i = 0; i < 6; i++) {
        space_enter(spaces[i % 2]);
        EXPECT_EQUAL(*word, (i % 2 + 1) * 0x1000 + i / 2, "the page of the current space is read");
        *word += 1;
    }
    EXPECT_EQUAL(*(uint32_t *)phys_to_virt(frames[0]), 0x1003, "each write went to its own frame");
    EXPECT_EQUAL(*(uint32_t *)phys_to_virt(frames[1]), 0x2003, "each write went to its own frame");

    ktest_part("the current space");
    for (uint32_t i = 0; i < 2; i++) {
        space_enter(spaces[i]);
        EXPECT(space_current() == spaces[i], "space_current() is the space switched to");
        ktest_inspect("registers", directory_of(spaces[i]), 0, 0, 0);
        space_enter(spaces[i]);
        EXPECT(space_current() == spaces[i], "switching to the current space changes nothing");
    }
    space_enter(&kernel_space);
    EXPECT(space_current() == &kernel_space, "the kernel's space can be switched to");
    ktest_inspect("registers", directory_of(&kernel_space), 0, 0, 0);
    space_destroy(spaces[0]);
    space_destroy(spaces[1]);
}

KTEST(space_destroy_frames, KTEST_PAGING)
{
    uint32_t before = frames_free();
    ktest_part("an empty space");
    space_destroy(space_new());
    EXPECT_EQUAL(frames_free(), before, "an empty space gives back all that it took");

    ktest_part("a space with pages");
    struct space *space = space_new();
    physaddr_t frames[24];
    for (uint32_t i = 0; i < COUNT_OF(frames); i++) {
        frames[i] = map_new_page(space, USER_START + i * 10 * LARGE_PAGE_SIZE +
                                            ktest_random_range(0, 1023) * PAGE_SIZE);
    }
    (void)map_new_page(space, USER_END - PAGE_SIZE);
    for (uint32_t i = 0; i < COUNT_OF(frames); i += 3) {
        frame_retain(frames[i]);
    }
    space_destroy(space);
    EXPECT_EQUAL(before - frames_free(), (COUNT_OF(frames) + 2) / 3,
                 "space_destroy() gives back the pages, page tables and directory of the space");

    ktest_part("frames with another user");
    for (uint32_t i = 0; i < COUNT_OF(frames); i++) {
        EXPECT_EQUAL(frame_references(frames[i]), i % 3 == 0,
                     "each page loses one reference: a retained frame stays, the others are free");
    }
    for (uint32_t i = 0; i < COUNT_OF(frames); i += 3) {
        frame_release(frames[i]);
    }
    EXPECT_EQUAL(frames_free(), before, "all frames are free in the end");
    frame_check();
}

KTEST(space_destroy_shared_frame, KTEST_PAGING)
{
    uint32_t before = frames_free();
    struct space *spaces[2] = {space_new(), space_new()};
    uintptr_t page = random_user_page();
    physaddr_t frame = map_new_page(spaces[0], page);
    frame_retain(frame);
    REQUIRE_RESULT(paging_map(spaces[1]->directory, random_user_page(), frame, PTE_USER), 0,
                   "a frame can be mapped in two spaces");
    space_destroy(spaces[1]);
    EXPECT_EQUAL(frame_references(frame), 1, "the first space keeps its reference");
    space_enter(spaces[0]);
    EXPECT_EQUAL(*(volatile uint32_t *)page, (uint32_t)page,
                 "the shared page keeps its contents in the first space");
    space_enter(&kernel_space);
    space_destroy(spaces[0]);
    EXPECT_EQUAL(frames_free(), before,
                 "the last space frees the frame: as many are free as before");
}

KTEST(space_many, KTEST_PAGING)
{
    uint32_t before = frames_free();
    pde_t *kernel = kernel_space.directory;
    uint32_t changed = 0;
    static pde_t saved[PT_ENTRIES];
    memcpy(saved, kernel, sizeof(saved));
    for (uint32_t i = 0; i < 200; i++) {
        struct space *space = space_new();
        uintptr_t page = random_user_page();
        (void)map_new_page(space, page);
        space_enter(space);
        *(volatile uint32_t *)page = i;
        space_enter(&kernel_space);
        space_destroy(space);
        REQUIRE_EQUAL(frames_free(), before, "a space that is destroyed leaves no frame behind");
    }
    for (uint32_t i = 0; i < PT_ENTRIES; i++) {
        changed += lasting(saved[i]) != lasting(kernel[i]);
    }
    EXPECT_EQUAL(changed, 0, "the kernel's directory entries never change");
    frame_check();
}

/** Check that a word can be read in a space, and leave the kernel's space in use. */
static void expect_word(struct space *space, uintptr_t address, uint32_t word, const char *what)
{
    space_enter(space);
    EXPECT_EQUAL(*(volatile uint32_t *)address, word, what);
    space_enter(&kernel_space);
}

KTEST(space_heap_window, KTEST_PAGING)
{
    uint32_t before = frames_free();
    struct space *older = space_new();
    uint32_t pages = frame_stats().total;
    uintptr_t page = KERNEL_HEAP_START + ktest_random_range(pages / 2, pages - 1) * PAGE_SIZE;
    physaddr_t frame = frame_filled(0xC0FFEE);
    ktest_part("a page mapped later");
    REQUIRE_RESULT(paging_map(kernel_space.directory, page, frame, PTE_WRITE), 0,
                   "a page of the heap window can be mapped");
    struct space *newer = space_new();
    expect_word(&kernel_space, page, 0xC0FFEE, "the page is there in the kernel's space");
    expect_word(older, page, 0xC0FFEE,
                "a page of the heap window is there in a space created before");
    expect_word(newer, page, 0xC0FFEE,
                "a page of the heap window is there in a space created afterwards");
    ktest_inspect("same_kernel_part", directory_of(&kernel_space), directory_of(older), 0, 0);

    ktest_part("its table is given in advance");
    EXPECT_RESULT(paging_unmap(kernel_space.directory, page, NULL), 0,
                  "a page of the heap window can be unmapped");
    EXPECT((kernel_space.directory[PDE_INDEX(page)] & PTE_PRESENT) != 0,
           "a page table of the heap window stays when its last page is unmapped");
    struct hoard hoard = {0};
    hoard_take_all(&hoard);
    EXPECT_RESULT(paging_map(kernel_space.directory, page, frame, PTE_WRITE), 0,
                  "mapping a page of the heap window takes no frame for a table");
    hoard_release_all(&hoard);
    expect_word(older, page, 0xC0FFEE, "a page mapped again is there in every space");
    EXPECT_RESULT(paging_unmap(kernel_space.directory, page, NULL), 0,
                  "a page of the heap window can be unmapped again");

    ktest_part("destroyed spaces");
    space_destroy(older);
    REQUIRE_RESULT(paging_map(kernel_space.directory, page, frame, PTE_WRITE), 0,
                   "the window's tables survive space_destroy()");
    expect_word(newer, page, 0xC0FFEE, "the window works on in other spaces");
    EXPECT_RESULT(paging_unmap(kernel_space.directory, page, NULL), 0,
                  "a page of the heap window can be unmapped after a space was destroyed");
    space_destroy(newer);
    frame_release(frame);
    EXPECT_EQUAL(frames_free(), before, "all frames are free in the end");
}

KTEST(space_out_of_memory, KTEST_PAGING)
{
    uint32_t before = frames_free();
    struct hoard hoard = {0};
    struct space *space = NULL;
    uint32_t needed = 0;
    hoard_take_all(&hoard);
    REQUIRE(hoard.count > 0, "there were frames to allocate");
    int error = space_create(&space);
    while (error < 0 && hoard.count > 0) {
        EXPECT_RESULT(error, -E_NO_MEMORY, "space_create() says that memory is short");
        EXPECT_EQUAL(frames_free(), needed,
                     "a failed space_create() keeps no frame: as many are free as before");
        EXPECT(space == NULL, "a failed space_create() returns no space");
        hoard_release(&hoard, 1);
        needed++;
        error = space_create(&space);
    }
    REQUIRE_RESULT(error, 0, "with enough frames a space is created");
    REQUIRE(space != NULL, "space_create() returns the space");
    space_destroy(space);
    EXPECT_EQUAL(frames_free(), needed,
                 "the frames of a space are free again after space_destroy()");
    hoard_release_all(&hoard);
    EXPECT_EQUAL(frames_free(), before, "all frames are free in the end");
}

KTEST(space_destroy_current, KTEST_PAGING)
{
    struct space *space = space_new();
    space_enter(space);
    frame_retain(directory_of(space)); /* so that a failure can still be reported */
    space_destroy(space);
    ktest_check_true(KTEST_CHECK("space_destroy() asserts that the space is not current", false),
                     false, "an assertion fails", "the call returned");
}

KTEST(space_large_machine, KTEST_PAGING)
{
    ktest_part("the one-to-one map");
    ktest_inspect("direct_map", directory_of(&kernel_space), PHYSICAL_LIMIT, 0, 0);
    ktest_part("the heap window");
    physaddr_t frame = frame_filled(0xC0FFEE);
    uintptr_t page = KERNEL_HEAP_END - PAGE_SIZE;
    REQUIRE_RESULT(paging_map(kernel_space.directory, page, frame, PTE_WRITE), 0,
                   "the last page of the heap window can be mapped");
    struct space *space = space_new();
    expect_word(space, page, 0xC0FFEE, "the last page of the heap window is there in a new space");
    space_destroy(space);
    EXPECT_RESULT(paging_unmap(kernel_space.directory, page, NULL), 0,
                  "the last page of the heap window can be unmapped");
    frame_release(frame);
}
