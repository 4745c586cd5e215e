/**
 * @file
 * Lab 1, exercise 3: finding entries and mapping pages, while paging is off.
 *
 * Every test builds a page directory of its own in a fresh frame and works on it; nothing depends
 * on exercise 4. What a call should have written is compared with the bits that the processor
 * defines (x86/mmu.h), by the test itself and, at ktest_inspect(), by the grader's own walk over
 * physical memory. A test ends with the number of free frames with which it began.
 */
#include "pages.h"

#include "../common/flags.h"
#include "support.h"

#include "lib/string.h"

struct mapping mappings[MAPPINGS];

pde_t *directory_create(void)
{
    frames_soil(16);
    return phys_to_virt(frame_zeroed());
}

void directory_release(pde_t *directory)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < PT_ENTRIES; i++) {
        used += (directory[i] & PTE_PRESENT) != 0;
    }
    EXPECT_EQUAL(used, 0, "when nothing is mapped any more, no directory entry is in use");
    frame_release(virt_to_phys(directory));
}

uintptr_t random_page(uint32_t slot)
{
    return (slot * PT_ENTRIES + ktest_random_range(0, PT_ENTRIES - 1)) * PAGE_SIZE;
}

uint32_t random_slot(void)
{
    return ktest_random_range(0, PT_ENTRIES - 1);
}

uint32_t random_flags(void)
{
    return ktest_random() & (PTE_WRITE | PTE_USER | PTE_WRITE_THROUGH | PTE_NO_CACHE);
}

pte_t entry_at(const pde_t *directory, uintptr_t address)
{
    pde_t entry = directory[PDE_INDEX(address)];
    if ((entry & PTE_PRESENT) == 0 || (entry & PDE_LARGE) != 0) {
        return 0;
    }
    const pte_t *table = phys_to_virt(PTE_FRAME(entry));
    return table[PTE_INDEX(address)];
}

KTEST(paging_walk_finds, KTEST_FRAMES)
{
    pde_t *directory = directory_create();
    uint32_t before = frames_free();
    uint32_t slot = random_slot();
    uintptr_t address = random_page(slot) + ktest_random_range(0, PAGE_SIZE - 1);
    ktest_part("no table");
    EXPECT(paging_walk(directory, address, false) == NULL, "without a table there is no entry");
    EXPECT_ENTRY(directory[slot], 0, "looking for an entry does not change the directory");
    EXPECT_EQUAL(frames_free(), before,
                 "looking for an entry takes no frame: as many are free as before");

    ktest_part("a new table");
    pte_t *entry = paging_walk(directory, address, true);
    REQUIRE(entry != NULL, "a missing table is added");
    EXPECT_EQUAL(frames_free(), before - 1, "a table is one frame");
    pde_t link = directory[slot];
    EXPECT_ENTRY(link & 0xFFF & ~PTE_ACCESSED, PTE_PRESENT | PTE_WRITE | PTE_USER,
                 "the directory entry is present, writable and user accessible");
    EXPECT_EQUAL(virt_to_phys(entry), PTE_FRAME(link) + PTE_INDEX(address) * sizeof(pte_t),
                 "the entry is number PTE_INDEX(address) of the table");
    EXPECT(frame_holds(PTE_FRAME(link), 0), "a new table is full of zeros");
    EXPECT_EQUAL(frame_references(PTE_FRAME(link)), 1, "a new table has one reference");

    ktest_part("the same table again");
    uintptr_t other = random_page(slot);
    pte_t *found = paging_walk(directory, other, false);
    EXPECT_EQUAL(virt_to_phys(found), PTE_FRAME(link) + PTE_INDEX(other) * sizeof(pte_t),
                 "addresses of the same 4 MiB share a table");
    EXPECT(paging_walk(directory, other, true) == found, "a table that is there is not replaced");
    EXPECT_EQUAL(frames_free(), before - 1,
                 "a second walk takes no frame: as many are free as before");
    EXPECT_EQUAL(frame_references(PTE_FRAME(link)), 1, "a walk alone adds no reference");

    ktest_part("a 4 MiB page");
    directory[slot ^ 1] = (ktest_random() & 0xFFC00000u) | PDE_LARGE | PTE_WRITE | PTE_PRESENT;
    EXPECT(paging_walk(directory, (slot ^ 1) * LARGE_PAGE_SIZE, false) == NULL,
           "an address in a 4 MiB page has no page table entry");
    EXPECT(paging_walk(directory, random_page(slot ^ 1), true) == NULL,
           "a 4 MiB page is not replaced by a table");
    frame_release(PTE_FRAME(link));
    frame_release(virt_to_phys(directory));
}

void map_random_pages(pde_t *directory)
{
    uint32_t slot = random_slot();
    for (uint32_t i = 0; i < MAPPINGS; i++) {
        slot = i % 4 == 0 ? (slot + ktest_random_range(1, 60)) % PT_ENTRIES : slot;
        uintptr_t address = random_page(slot);
        while ((entry_at(directory, address) & PTE_PRESENT) != 0) {
            address = random_page(slot);
        }
        mappings[i] = (struct mapping){address, ktest_random() & 0xFFFFF000u, random_flags()};
        REQUIRE_RESULT(paging_map(directory, address, mappings[i].frame, mappings[i].flags), 0,
                       "a page that is free can be mapped");
    }
}

void inspect_mappings(const pde_t *directory, uint32_t first)
{
    ktest_inspect("mappings", virt_to_phys(directory), virt_to_phys(&mappings[first]),
                  MAPPINGS - first, 0);
}

void unmap_all(pde_t *directory, uint32_t first)
{
    for (uint32_t i = first; i < MAPPINGS; i++) {
        physaddr_t frame = 1;
        EXPECT_RESULT(paging_unmap(directory, mappings[i].address, &frame), 0,
                      "a mapped page can be unmapped");
        EXPECT_EQUAL(frame, mappings[i].frame, "paging_unmap() says which frame was mapped");
    }
}

KTEST(paging_map_entries, KTEST_FRAMES)
{
    pde_t *directory = directory_create();
    uint32_t before = frames_free();
    map_random_pages(directory);
    ktest_part("the entries");
    for (uint32_t i = 0; i < MAPPINGS; i++) {
        EXPECT_ENTRY(entry_at(directory, mappings[i].address),
                     mappings[i].frame | mappings[i].flags | PTE_PRESENT,
                     "the entry holds the frame, the flags and PTE_PRESENT");
    }
    inspect_mappings(directory, 0);

    ktest_part("the tables");
    uint32_t tables = 0;
    for (uint32_t i = 0; i < PT_ENTRIES; i++) {
        tables += (directory[i] & PTE_PRESENT) != 0;
    }
    EXPECT_EQUAL(before - frames_free(), tables, "only tables take frames, one for each 4 MiB");
    EXPECT_EQUAL(frame_references(PTE_FRAME(directory[PDE_INDEX(mappings[0].address)])), 5,
                 "a table with 4 pages has 5 references");

    ktest_part("the end");
    unmap_all(directory, 0);
    EXPECT_EQUAL(frames_free(), before, "unmapping everything gives all tables back");
    directory_release(directory);
}

KTEST(paging_map_data_frames, KTEST_FRAMES)
{
    uint32_t before = frames_free();
    pde_t *directory = directory_create();
    uintptr_t address = random_page(random_slot());
    physaddr_t frame = frame_filled(0xC0FFEE);
    REQUIRE_RESULT(paging_map(directory, address, frame, PTE_WRITE), 0, "a page can be mapped");
    EXPECT_EQUAL(frame_references(frame), 1, "paging_map() takes over the caller's reference");
    EXPECT_RESULT(paging_protect(directory, address, 0), 0, "a page can be protected");
    physaddr_t unmapped = FRAME_NONE;
    EXPECT_RESULT(paging_unmap(directory, address, &unmapped), 0, "a page can be unmapped");
    EXPECT_EQUAL(unmapped, frame, "paging_unmap() says which frame was mapped");
    EXPECT_EQUAL(frame_references(frame), 1, "paging_unmap() gives the reference to the caller");
    EXPECT(frame_holds(frame, 0xC0FFEE), "mapping and unmapping do not touch the contents");
    frame_release(frame);
    directory_release(directory);
    EXPECT_EQUAL(frames_free(), before, "all frames are free in the end");
}

/** Check that a call that must fail changes neither the directory nor the number of free frames. */
static void expect_map_fails(pde_t *directory, struct mapping mapping, int error, const char *what)
{
    pde_t entry = directory[PDE_INDEX(mapping.address)];
    pte_t page = entry_at(directory, mapping.address);
    uint32_t before = frames_free();
    EXPECT_RESULT(paging_map(directory, mapping.address, mapping.frame, mapping.flags), error,
                  what);
    EXPECT_ENTRY(directory[PDE_INDEX(mapping.address)], entry,
                 "a failed paging_map() does not change the directory");
    EXPECT_ENTRY(entry_at(directory, mapping.address), page,
                 "a failed paging_map() does not change the page table");
    EXPECT_EQUAL(frames_free(), before,
                 "a failed paging_map() keeps no frame: as many are free as before");
}

KTEST(paging_map_errors, KTEST_FRAMES)
{
    pde_t *directory = directory_create();
    uint32_t before = frames_free();
    uintptr_t page = random_page(random_slot());
    physaddr_t frame = ktest_random() & 0xFFFFF000u;
    uint32_t odd = ktest_random_range(1, PAGE_SIZE - 1);
    ktest_part("invalid arguments");
    expect_map_fails(directory, (struct mapping){page + odd, frame, 0}, -E_INVALID,
                     "an address inside a page is refused");
    expect_map_fails(directory, (struct mapping){page, frame + odd, 0}, -E_INVALID,
                     "an address inside a frame is refused");
    expect_map_fails(directory, (struct mapping){page, frame, PDE_LARGE}, -E_INVALID,
                     "PDE_LARGE is refused");
    expect_map_fails(directory, (struct mapping){page, frame, PTE_DIRTY | PTE_WRITE}, -E_INVALID,
                     "PTE_DIRTY is refused");
    expect_map_fails(directory, (struct mapping){page, frame, PTE_ACCESSED}, -E_INVALID,
                     "PTE_ACCESSED is refused");
    expect_map_fails(directory, (struct mapping){page, frame, 1u << ktest_random_range(9, 31)},
                     -E_INVALID, "a flag that is no flag is refused");

    ktest_part("a page that is mapped already");
    REQUIRE_RESULT(paging_map(directory, page, frame, PTE_WRITE), 0, "a page can be mapped");
    physaddr_t table = PTE_FRAME(directory[PDE_INDEX(page)]);
    expect_map_fails(directory, (struct mapping){page, frame + PAGE_SIZE, PTE_USER}, -E_EXISTS,
                     "a mapped page is not mapped again");
    expect_map_fails(directory, (struct mapping){page, frame, PTE_WRITE}, -E_EXISTS,
                     "a mapped page is not mapped again, even with the same frame");
    EXPECT_EQUAL(frame_references(table), 2, "the table's references have not changed");
    EXPECT_RESULT(paging_unmap(directory, page, NULL), 0, "the page can be unmapped");
    EXPECT_EQUAL(frames_free(), before, "when its only page is unmapped, the table is released");

    ktest_part("a page inside a 4 MiB page");
    uint32_t slot = random_slot();
    directory[slot] = (ktest_random() & 0xFFC00000u) | PDE_LARGE | PTE_PRESENT;
    expect_map_fails(directory, (struct mapping){random_page(slot), frame, 0}, -E_EXISTS,
                     "a page in a 4 MiB page counts as mapped");
    directory[slot] = 0;
    directory_release(directory);
}

KTEST(paging_out_of_memory, KTEST_FRAMES)
{
    pde_t *directory = directory_create();
    uint32_t slot = ktest_random_range(0, PT_ENTRIES - 2);
    uintptr_t page = random_page(slot);
    uintptr_t neighbour = page ^ PAGE_SIZE;
    uintptr_t far = random_page(slot + 1);
    REQUIRE_RESULT(paging_map(directory, page, 0x123000, 0), 0, "a page can be mapped");
    struct hoard hoard = {0};
    hoard_take_all(&hoard);
    ktest_part("no frame for a table");
    expect_map_fails(directory, (struct mapping){far, 0x456000, PTE_WRITE}, -E_NO_MEMORY,
                     "paging_map() says that there is no frame for a table");
    EXPECT(paging_walk(directory, far, true) == NULL,
           "paging_walk() returns NULL without a frame for a table");
    EXPECT_EQUAL(directory[slot + 1], 0, "the directory has not changed");

    ktest_part("a table that is there");
    EXPECT_RESULT(paging_map(directory, neighbour, 0x789000, 0), 0,
                  "with a table there, a page is mapped without a new frame");
    EXPECT_RESULT(paging_unmap(directory, neighbour, NULL), 0,
                  "a page that was mapped into a table already there can be unmapped");

    ktest_part("one frame comes back");
    hoard_release(&hoard, 1);
    EXPECT_RESULT(paging_map(directory, far, 0x456000, PTE_WRITE), 0,
                  "paging_map() works again when a frame is free");
    EXPECT_RESULT(paging_unmap(directory, far, NULL), 0, "the page can be unmapped");
    EXPECT_EQUAL(frames_free(), 1, "the table of the unmapped page is free again");
    EXPECT_RESULT(paging_unmap(directory, page, NULL), 0, "the page can be unmapped");
    hoard_release_all(&hoard);
    directory_release(directory);
}
