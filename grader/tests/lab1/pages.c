/**
 * @file
 * Lab 1, exercise 3: page tables, looked at while paging is off.
 *
 * Every test builds a page directory of its own in a fresh frame and works on it; nothing depends
 * on exercise 4. What a call should have written is compared with the bits that the processor
 * defines (x86/mmu.h), by the test itself and, at ktest_inspect(), by the grader's own walk over
 * physical memory. A test ends with the number of free frames with which it began.
 */
#include "pages.h"

#include "lib/string.h"

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

/** The entry of an address, found without paging_walk(); 0 if there is no table. */
static pte_t entry_at(const pde_t *directory, uintptr_t address)
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
    EXPECT_EQUAL(directory[slot], 0, "looking for an entry does not change the directory");
    EXPECT_EQUAL(frames_free(), before, "looking for an entry takes no frame");

    ktest_part("a new table");
    pte_t *entry = paging_walk(directory, address, true);
    REQUIRE(entry != NULL, "a missing table is added");
    EXPECT_EQUAL(frames_free(), before - 1, "a table is one frame");
    pde_t link = directory[slot];
    EXPECT_EQUAL(link & 0xFFF & ~PTE_ACCESSED, PTE_PRESENT | PTE_WRITE | PTE_USER,
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
    EXPECT_EQUAL(frames_free(), before - 1, "a second walk takes no frame");
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

/** A mapping that a test has asked for; the grader reads the table of them from outside. */
struct mapping {
    uint32_t address;
    uint32_t frame;
    uint32_t flags;
};

/** The mappings of a test, and what it expects of its directory. */
static struct mapping mappings[64];

/** Map COUNT_OF(mappings) random pages, four in each of 16 random pieces of 4 MiB. */
static void map_random_pages(pde_t *directory)
{
    uint32_t slot = random_slot();
    for (uint32_t i = 0; i < COUNT_OF(mappings); i++) {
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

/** Let the grader compare the mappings from number @p first on with the page tables. */
static void inspect_mappings(const pde_t *directory, uint32_t first)
{
    ktest_inspect("mappings", virt_to_phys(directory), virt_to_phys(&mappings[first]),
                  COUNT_OF(mappings) - first, 0);
}

/** Unmap the mappings from number @p first on. */
static void unmap_all(pde_t *directory, uint32_t first)
{
    for (uint32_t i = first; i < COUNT_OF(mappings); i++) {
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
    for (uint32_t i = 0; i < COUNT_OF(mappings); i++) {
        EXPECT_EQUAL(entry_at(directory, mappings[i].address),
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
    EXPECT_EQUAL(directory[PDE_INDEX(mapping.address)], entry,
                 "a failed paging_map() does not change the directory");
    EXPECT_EQUAL(entry_at(directory, mapping.address), page,
                 "a failed paging_map() does not change the page table");
    EXPECT_EQUAL(frames_free(), before, "a failed paging_map() keeps no frame");
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
                     "not even with the same frame");
    EXPECT_EQUAL(frame_references(table), 2, "the table's references have not changed");
    EXPECT_RESULT(paging_unmap(directory, page, NULL), 0, "the page can be unmapped");
    EXPECT_EQUAL(frames_free(), before, "its table is released");

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
    EXPECT_RESULT(paging_unmap(directory, neighbour, NULL), 0, "and unmapped");

    ktest_part("one frame comes back");
    hoard_release(&hoard, 1);
    EXPECT_RESULT(paging_map(directory, far, 0x456000, PTE_WRITE), 0,
                  "paging_map() works again when a frame is free");
    EXPECT_RESULT(paging_unmap(directory, far, NULL), 0, "the page can be unmapped");
    EXPECT_EQUAL(frames_free(), 1, "its table is free again");
    EXPECT_RESULT(paging_unmap(directory, page, NULL), 0, "the page can be unmapped");
    hoard_release_all(&hoard);
    directory_release(directory);
}

/** Check that paging_unmap() refuses an address and changes nothing. */
static void expect_unmap_fails(pde_t *directory, uintptr_t address, int error, const char *what)
{
    pde_t entry = directory[PDE_INDEX(address)];
    pte_t page = entry_at(directory, address);
    physaddr_t frame = 0x5EED;
    uint32_t before = frames_free();
    EXPECT_RESULT(paging_unmap(directory, address, &frame), error, what);
    EXPECT_EQUAL(directory[PDE_INDEX(address)], entry, "the directory has not changed");
    EXPECT_EQUAL(entry_at(directory, address), page, "the page table has not changed");
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
    uint32_t removed = COUNT_OF(mappings) / 2 + ktest_random_range(0, 7);
    for (uint32_t i = 0; i < removed; i++) {
        EXPECT_RESULT(paging_unmap(directory, mappings[i].address, NULL), 0,
                      "a mapped page can be unmapped");
        EXPECT_EQUAL(entry_at(directory, mappings[i].address) & PTE_PRESENT, 0,
                     "its entry is no longer present");
    }
    inspect_mappings(directory, removed);
    ktest_part("the others");
    for (uint32_t i = removed; i < COUNT_OF(mappings); i++) {
        EXPECT_EQUAL(entry_at(directory, mappings[i].address),
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
    EXPECT_EQUAL(directory[slot], 0, "the directory entry of an empty table is cleared");
    EXPECT_EQUAL(frame_references(table), 0, "the frame of an empty table is released");
    EXPECT_EQUAL(frames_free(), before, "the frame of an empty table is free");
    ktest_inspect("table_gone", virt_to_phys(directory), slot, table, 0);
    directory_release(directory);
}

KTEST(paging_protect_flags, KTEST_FRAMES)
{
    pde_t *directory = directory_create();
    map_random_pages(directory);
    ktest_part("other flags");
    for (uint32_t i = 0; i < COUNT_OF(mappings); i++) {
        mappings[i].flags = random_flags();
        EXPECT_RESULT(paging_protect(directory, mappings[i].address, mappings[i].flags), 0,
                      "the flags of a mapped page can be changed");
    }
    inspect_mappings(directory, 0);

    ktest_part("accessed and dirty");
    uintptr_t page = mappings[0].address;
    pte_t *table = phys_to_virt(PTE_FRAME(directory[PDE_INDEX(page)]));
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t kept = (i & 1 ? PTE_ACCESSED : 0u) | (i & 2 ? PTE_DIRTY : 0u);
        table[PTE_INDEX(page)] = mappings[0].frame | PTE_WRITE | PTE_PRESENT | kept;
        EXPECT_RESULT(paging_protect(directory, page, PTE_USER), 0, "flags can be changed");
        EXPECT_EQUAL(table[PTE_INDEX(page)], mappings[0].frame | PTE_USER | PTE_PRESENT | kept,
                     "the new flags replace the old ones; accessed and dirty are kept");
    }

    ktest_part("errors");
    pte_t entry = table[PTE_INDEX(page)];
    EXPECT_RESULT(paging_protect(directory, page + ktest_random_range(1, 4095), 0), -E_INVALID,
                  "an address inside a page is refused");
    EXPECT_RESULT(paging_protect(directory, page, PTE_DIRTY), -E_INVALID, "PTE_DIRTY is refused");
    EXPECT_RESULT(paging_protect(directory, page, 1u << ktest_random_range(7, 31)), -E_INVALID,
                  "a flag that is no flag is refused");
    EXPECT_EQUAL(table[PTE_INDEX(page)], entry, "a failed paging_protect() changes nothing");
    unmap_all(directory, 0);
    uint32_t before = frames_free();
    EXPECT_RESULT(paging_protect(directory, page, 0), -E_NOT_FOUND,
                  "a page that is not mapped is not found");
    EXPECT_EQUAL(frames_free(), before, "paging_protect() adds no table");
    directory[0] = PDE_LARGE | PTE_PRESENT;
    EXPECT_RESULT(paging_protect(directory, PAGE_SIZE, 0), -E_INVALID,
                  "a page in a 4 MiB page is refused");
    directory[0] = 0;
    directory_release(directory);
}

KTEST(paging_large_pages, KTEST_FRAMES)
{
    pde_t *directory = directory_create();
    uint32_t before = frames_free();
    uint32_t slot = random_slot();
    uintptr_t address = slot * LARGE_PAGE_SIZE;
    physaddr_t frame = ktest_random() & 0xFFC00000u;
    uint32_t flags = random_flags();
    ktest_part("the entry");
    EXPECT_RESULT(paging_map_large(directory, address, frame, flags), 0, "4 MiB can be mapped");
    EXPECT_EQUAL(directory[slot], frame | flags | PDE_LARGE | PTE_PRESENT,
                 "the directory entry holds the frame, the flags, PDE_LARGE and PTE_PRESENT");
    EXPECT_EQUAL(frames_free(), before, "a 4 MiB page needs no table");
    ktest_inspect("large_page", virt_to_phys(directory), address, frame, flags);
    EXPECT_RESULT(paging_map_large(directory, address, frame, flags), -E_EXISTS,
                  "4 MiB that are mapped are not mapped again");
    EXPECT_EQUAL(directory[slot], frame | flags | PDE_LARGE | PTE_PRESENT,
                 "the failed call changed nothing");

    ktest_part("invalid arguments");
    directory[slot] = 0;
    uint32_t odd = ktest_random_range(1, 1023) * PAGE_SIZE;
    EXPECT_RESULT(paging_map_large(directory, address + odd, frame, 0), -E_INVALID,
                  "an address inside 4 MiB is refused");
    EXPECT_RESULT(paging_map_large(directory, address, frame + odd, 0), -E_INVALID,
                  "a frame inside 4 MiB is refused");
    EXPECT_RESULT(paging_map_large(directory, address, frame, PTE_DIRTY), -E_INVALID,
                  "PTE_DIRTY is refused");
    EXPECT_EQUAL(directory[slot], 0, "the failed calls changed nothing");

    ktest_part("a table in the way");
    uintptr_t page = random_page(slot);
    REQUIRE_RESULT(paging_map(directory, page, 0x123000, 0), 0, "a page can be mapped");
    pde_t entry = directory[slot];
    EXPECT_RESULT(paging_map_large(directory, address, frame, flags), -E_EXISTS,
                  "4 MiB are not mapped where a page is");
    EXPECT_EQUAL(directory[slot], entry, "the failed call changed nothing");
    EXPECT_RESULT(paging_unmap(directory, page, NULL), 0, "the page can be unmapped");
    EXPECT_RESULT(paging_map_large(directory, address, frame, flags), 0,
                  "when the table is gone, 4 MiB can be mapped");
    directory[slot] = 0;
    directory_release(directory);
}

/** Check a translation: the physical address and the rights. */
static void expect_translation(const pde_t *directory, uintptr_t address, physaddr_t physical,
                               uint32_t flags, const char *what)
{
    physaddr_t found = 0;
    uint32_t rights = ~0u;
    EXPECT_RESULT(paging_translate(directory, address, &found, &rights), 0,
                  "a mapped address is translated");
    EXPECT_EQUAL(found, physical, what);
    EXPECT_EQUAL(rights, flags & (PTE_WRITE | PTE_USER), "the rights are those of both levels");
}

/** Pages of 4 KiB, and what happens when the directory entry grants less than the page. */
static void check_small_translations(pde_t *directory)
{
    ktest_part("pages of 4 KiB");
    for (uint32_t i = 0; i < COUNT_OF(mappings); i++) {
        uint32_t offset = ktest_random_range(0, PAGE_SIZE - 1);
        expect_translation(directory, mappings[i].address + offset, mappings[i].frame + offset,
                           mappings[i].flags, "the offset in the page is kept");
    }
    EXPECT_RESULT(paging_translate(directory, mappings[0].address, NULL, NULL), 0,
                  "the caller need not ask for anything");

    ktest_part("rights of both levels");
    for (uint32_t i = 0; i < COUNT_OF(mappings); i++) {
        pde_t *entry = &directory[PDE_INDEX(mappings[i].address)];
        uint32_t missing = i % 2 == 0 ? PTE_WRITE : PTE_USER;
        *entry &= ~missing;
        expect_translation(directory, mappings[i].address, mappings[i].frame,
                           mappings[i].flags & ~missing, "rights do not change the address");
        *entry |= missing;
    }
}

/** A 4 MiB page in an unused slot. */
static void check_large_translations(pde_t *directory, uint32_t slot)
{
    physaddr_t frame = ktest_random() & 0xFFC00000u;
    uint32_t flags = random_flags();
    ktest_part("pages of 4 MiB");
    directory[slot] = frame | flags | PDE_LARGE | PTE_PRESENT | PTE_ACCESSED;
    for (uint32_t i = 0; i < 8; i++) {
        uint32_t offset = ktest_random_range(0, LARGE_PAGE_SIZE - 1);
        expect_translation(directory, slot * LARGE_PAGE_SIZE + offset, frame + offset, flags,
                           "the offset in the 4 MiB is kept");
    }
    directory[slot] = 0;
}

/** Check that an address is not translated. */
static void expect_untranslated(const pde_t *directory, uintptr_t address, const char *what)
{
    physaddr_t found = 0x5EED;
    uint32_t flags = 0;
    EXPECT_RESULT(paging_translate(directory, address, &found, &flags), -E_NOT_FOUND, what);
}

/** Entries that are not present, at both levels. */
static void check_absent_translations(pde_t *directory, uint32_t slot)
{
    ktest_part("nothing there");
    expect_untranslated(directory, slot * LARGE_PAGE_SIZE, "without a table nothing is mapped");
    directory[slot] = ktest_random() & ~(uint32_t)PTE_PRESENT;
    expect_untranslated(directory, random_page(slot),
                        "a directory entry that is not present maps nothing, whatever it holds");
    directory[slot] = 0;
    uintptr_t page = mappings[0].address;
    pte_t *table = phys_to_virt(PTE_FRAME(directory[PDE_INDEX(page)]));
    table[PTE_INDEX(page)] &= ~(pte_t)PTE_PRESENT;
    expect_untranslated(directory, page,
                        "an entry that is not present maps nothing, whatever it holds");
    table[PTE_INDEX(page)] |= PTE_PRESENT;
}

KTEST(paging_translate_addresses, KTEST_FRAMES)
{
    pde_t *directory = directory_create();
    map_random_pages(directory);
    uint32_t unused = 0;
    while (directory[unused] != 0) {
        unused++;
    }
    check_small_translations(directory);
    check_large_translations(directory, unused);
    check_absent_translations(directory, unused);
    unmap_all(directory, 0);
    directory_release(directory);
}
