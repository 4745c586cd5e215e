/**
 * @file
 * Lab 1, exercise 3: unmapping pages, and releasing page tables that become empty.
 *
 * A page table counts the pages that it maps in the references of its own frame (paging.h); so
 * these tests look at reference counts as well as at entries. Directories come from
 * directory_create() and go to directory_release(), which checks that nothing is left in them.
 */
#include "../common/flags.h"
#include "pages.h"
#include "support.h"

/** Check that paging_unmap() refuses an address and changes nothing. */
static void expect_unmap_fails(pde_t *directory, uintptr_t address, int error, const char *what)
{
    pde_t entry = directory[PDE_INDEX(address)];
    pte_t page = entry_at(directory, address);
    physaddr_t frame = 0x5EED;
    uint32_t before = frames_free();
    EXPECT_RESULT(paging_unmap(directory, address, &frame), error, what);
    EXPECT_ENTRY(directory[PDE_INDEX(address)], entry, "the directory has not changed");
    EXPECT_ENTRY(entry_at(directory, address), page, "the page table has not changed");
    EXPECT_EQUAL(frame, 0x5EED, "no frame is reported");
    EXPECT_EQUAL(frames_free(), before, "no frame is taken or released");
}

KTEST(paging_unmap_errors, KTEST_FRAMES)
{
    pde_t *directory = directory_create();
    uint32_t slot = random_slot();
    uintptr_t page = random_page(slot);
    ktest_part("nothing is mapped");
    expect_unmap_fails(directory, page, -E_NOT_FOUND, "a page without a table is not found");
    REQUIRE_RESULT(paging_map(directory, page, 0x123000, PTE_WRITE), 0, "a page can be mapped");
    expect_unmap_fails(directory, page ^ PAGE_SIZE, -E_NOT_FOUND,
                       "a page that is not present is not found");
    EXPECT_EQUAL(frame_references(PTE_FRAME(directory[slot])), 2,
                 "a failed paging_unmap() does not change the table's references");

    ktest_part("invalid addresses");
    expect_unmap_fails(directory, page + ktest_random_range(1, PAGE_SIZE - 1), -E_INVALID,
                       "an address inside a page is refused");
    uint32_t large = slot ^ 1;
    directory[large] = (ktest_random() & 0xFFC00000u) | PDE_LARGE | PTE_PRESENT;
    expect_unmap_fails(directory, random_page(large), -E_INVALID,
                       "a page in a 4 MiB page is refused");
    expect_unmap_fails(directory, large * LARGE_PAGE_SIZE, -E_INVALID,
                       "the beginning of a 4 MiB page is refused too");
    directory[large] = 0;
    EXPECT_RESULT(paging_unmap(directory, page, NULL), 0, "the caller need not ask for the frame");
    directory_release(directory);
}

KTEST(paging_unmap_entries, KTEST_FRAMES)
{
    pde_t *directory = directory_create();
    uint32_t before = frames_free();
    map_random_pages(directory);
    ktest_part("some pages");
    uint32_t removed = MAPPINGS / 2 + ktest_random_range(0, 7);
    for (uint32_t i = 0; i < removed; i++) {
        EXPECT_RESULT(paging_unmap(directory, mappings[i].address, NULL), 0,
                      "a mapped page can be unmapped");
        EXPECT_EQUAL(entry_at(directory, mappings[i].address) & PTE_PRESENT, 0,
                     "the entry of an unmapped page is no longer present");
    }
    inspect_mappings(directory, removed);
    ktest_part("the others");
    for (uint32_t i = removed; i < MAPPINGS; i++) {
        EXPECT_ENTRY(entry_at(directory, mappings[i].address),
                     mappings[i].frame | mappings[i].flags | PTE_PRESENT,
                     "pages that were not unmapped stay as they were");
    }
    unmap_all(directory, removed);
    EXPECT_EQUAL(frames_free(), before, "unmapping everything gives all tables back");
    directory_release(directory);
}

KTEST(paging_table_released, KTEST_FRAMES)
{
    pde_t *directory = directory_create();
    uint32_t before = frames_free();
    uint32_t slot = random_slot();
    uint32_t step = 2 * ktest_random_range(0, 511) + 1;
    ktest_part("a full table");
    for (uint32_t i = 0; i < PT_ENTRIES; i++) {
        uintptr_t page = (slot * PT_ENTRIES + i) * PAGE_SIZE;
        REQUIRE_RESULT(paging_map(directory, page, i * PAGE_SIZE, 0), 0, "a page can be mapped");
    }
    physaddr_t table = PTE_FRAME(directory[slot]);
    EXPECT_EQUAL(frames_free(), before - 1, "1,024 neighbouring pages need a single table");
    EXPECT_EQUAL(frame_references(table), PT_ENTRIES + 1, "a full table has 1,025 references");

    ktest_part("until one page is left");
    for (uint32_t i = 0; i + 1 < PT_ENTRIES; i++) {
        uintptr_t page = (slot * PT_ENTRIES + i * step % PT_ENTRIES) * PAGE_SIZE;
        REQUIRE_RESULT(paging_unmap(directory, page, NULL), 0, "a page can be unmapped");
    }
    EXPECT_EQUAL(PTE_FRAME(directory[slot]), table, "a table with one page left stays");
    EXPECT_EQUAL(frame_references(table), 2, "a table with one page has 2 references");
    EXPECT_EQUAL(frames_free(), before - 1, "a table with one page left is not free");

    ktest_part("the last page");
    uintptr_t last = (slot * PT_ENTRIES + (PT_ENTRIES - 1) * step % PT_ENTRIES) * PAGE_SIZE;
    EXPECT_RESULT(paging_unmap(directory, last, NULL), 0, "the last page can be unmapped");
    EXPECT_ENTRY(directory[slot], 0, "the directory entry of an empty table is cleared");
    EXPECT_EQUAL(frame_references(table), 0, "the frame of an empty table is released");
    EXPECT_EQUAL(frames_free(), before, "the frame of an empty table is free");
    ktest_inspect("table_gone", virt_to_phys(directory), slot, table, 0);
    directory_release(directory);
}
