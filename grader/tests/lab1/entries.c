/**
 * @file
 * Lab 1, exercise 3: the permissions of pages, pages of 4 MiB, and translation.
 *
 * The tests change entries by paging_protect() and paging_map_large(), or write them by hand where
 * the processor would, and read them back by paging_translate(). What must be refused must change
 * nothing. Directories come from directory_create() and go to directory_release().
 */
#include "../common/flags.h"
#include "pages.h"
#include "support.h"

KTEST(paging_protect_flags, KTEST_FRAMES)
{
    pde_t *directory = directory_create();
    map_random_pages(directory);
    ktest_part("other flags");
    for (uint32_t i = 0; i < MAPPINGS; i++) {
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
        EXPECT_ENTRY(table[PTE_INDEX(page)], mappings[0].frame | PTE_USER | PTE_PRESENT | kept,
                     "the new flags replace the old ones; accessed and dirty are kept");
    }

    ktest_part("errors");
    pte_t entry = table[PTE_INDEX(page)];
    EXPECT_RESULT(paging_protect(directory, page + ktest_random_range(1, 4095), 0), -E_INVALID,
                  "an address inside a page is refused");
    EXPECT_RESULT(paging_protect(directory, page, PTE_DIRTY), -E_INVALID, "PTE_DIRTY is refused");
    EXPECT_RESULT(paging_protect(directory, page, 1u << ktest_random_range(7, 31)), -E_INVALID,
                  "a flag that is no flag is refused");
    EXPECT_ENTRY(table[PTE_INDEX(page)], entry, "a failed paging_protect() changes nothing");
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
    EXPECT_ENTRY(directory[slot], frame | flags | PDE_LARGE | PTE_PRESENT,
                 "the directory entry holds the frame, the flags, PDE_LARGE and PTE_PRESENT");
    EXPECT_EQUAL(frames_free(), before, "a 4 MiB page needs no table");
    ktest_inspect("large_page", virt_to_phys(directory), address, frame, flags);
    EXPECT_RESULT(paging_map_large(directory, address, frame, flags), -E_EXISTS,
                  "4 MiB that are mapped are not mapped again");
    EXPECT_ENTRY(directory[slot], frame | flags | PDE_LARGE | PTE_PRESENT,
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
    EXPECT_ENTRY(directory[slot], 0, "the failed calls changed nothing");

    ktest_part("a table in the way");
    uintptr_t page = random_page(slot);
    REQUIRE_RESULT(paging_map(directory, page, 0x123000, 0), 0, "a page can be mapped");
    pde_t entry = directory[slot];
    EXPECT_RESULT(paging_map_large(directory, address, frame, flags), -E_EXISTS,
                  "4 MiB are not mapped where a page is");
    EXPECT_ENTRY(directory[slot], entry, "the failed call changed nothing");
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
    EXPECT_ENTRY(rights, flags & (PTE_WRITE | PTE_USER), "the rights are those of both levels");
}

/** Pages of 4 KiB, and what happens when the directory entry grants less than the page. */
static void check_small_translations(pde_t *directory)
{
    ktest_part("pages of 4 KiB");
    for (uint32_t i = 0; i < MAPPINGS; i++) {
        uint32_t offset = ktest_random_range(0, PAGE_SIZE - 1);
        expect_translation(directory, mappings[i].address + offset, mappings[i].frame + offset,
                           mappings[i].flags, "the offset in the page is kept");
    }
    EXPECT_RESULT(paging_translate(directory, mappings[0].address, NULL, NULL), 0,
                  "the caller need not ask for anything");

    ktest_part("rights of both levels");
    for (uint32_t i = 0; i < MAPPINGS; i++) {
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

KTEST(paging_null_results, KTEST_FRAMES)
{
    pde_t *directory = directory_create();
    uintptr_t page = random_page(random_slot());
    volatile uintptr_t null = 0;
    const volatile uint32_t *word = (const volatile uint32_t *)null;
    uint32_t before = *word;
    REQUIRE_RESULT(paging_map(directory, page, ~before & 0xFFFFF000u, PTE_USER), 0,
                   "a page can be mapped");
    uint32_t flags = 0;
    physaddr_t physical = FRAME_NONE;
    EXPECT_RESULT(paging_translate(directory, page, NULL, &flags), 0,
                  "a caller may ask for the flags only");
    EXPECT_RESULT(paging_translate(directory, page, &physical, NULL), 0,
                  "a caller may ask for the address only");
    EXPECT_EQUAL(physical, ~before & 0xFFFFF000u, "the address is right then");
    EXPECT_ENTRY(flags, PTE_USER, "the flags are right then");
    EXPECT_RESULT(paging_unmap(directory, page, NULL), 0, "a caller need not ask for the frame");
    EXPECT_EQUAL(*word, before, "nothing is written through a null pointer");
    directory_release(directory);
}
