/**
 * @file
 * Lab 1, exercise 3: does the processor forget what paging_unmap() and paging_protect() change?
 *
 * Stale translations are only seen by a processor that uses them. So these tests turn paging on
 * with a directory of their own, which maps all memory one to one and needs nothing of exercise 4.
 * A page is read, so that the processor caches its translation; it is changed by the call under
 * test; then the test itself, without any invalidation, lets the entry point to another frame.
 * Whoever reads the old frame now has used the old translation.
 */
#include "pages.h"
#include "support.h"

#include "kernel/x86/mmu.h"

/** Pages that are looked at together. */
#define PAGES 8u

/** Pieces of 4 MiB at the beginning of memory that are mapped by 4 KiB pages. */
#define LOW_TABLES 4u

/* Static, because paging stays on with them until the kernel's own space replaces them. */
static pde_t identity[PT_ENTRIES] __attribute__((aligned(4096)));
static pte_t low_tables[LOW_TABLES][PT_ENTRIES] __attribute__((aligned(4096)));

/** Frames whose words tell them apart. */
struct frames {
    physaddr_t before[PAGES];
    physaddr_t after[PAGES];
};

/**
 * Turn paging on with all physical memory mapped one to one. Where the frames are, by 4 KiB pages:
 * invalidating an address in a 4 MiB page may drop all other translations as well.
 */
static void use_own_directory(void)
{
    for (uint32_t i = 0; i < USER_START / LARGE_PAGE_SIZE; i++) {
        identity[i] = (i * LARGE_PAGE_SIZE) | PDE_LARGE | PTE_WRITE | PTE_PRESENT;
    }
    for (uint32_t i = 0; i < LOW_TABLES; i++) {
        for (uint32_t k = 0; k < PT_ENTRIES; k++) {
            low_tables[i][k] = (i * LARGE_PAGE_SIZE + k * PAGE_SIZE) | PTE_WRITE | PTE_PRESENT;
        }
        identity[i] = virt_to_phys(low_tables[i]) | PTE_WRITE | PTE_PRESENT;
    }
    mmu_enable(virt_to_phys(identity));
}

/** Allocate frames that hold their own addresses, inverted in the second set. */
static struct frames frames_create(void)
{
    struct frames frames;
    for (uint32_t i = 0; i < PAGES; i++) {
        frames.before[i] = frame_zeroed();
        frames.after[i] = frame_zeroed();
        *(uint32_t *)phys_to_virt(frames.before[i]) = frames.before[i];
        *(uint32_t *)phys_to_virt(frames.after[i]) = ~frames.before[i];
    }
    return frames;
}

/** Release them. */
static void frames_release(const struct frames *frames)
{
    for (uint32_t i = 0; i < PAGES; i++) {
        frame_release(frames->before[i]);
        frame_release(frames->after[i]);
    }
}

/** The word at a page, as the processor reads it. */
static volatile uint32_t *word_at(uintptr_t page)
{
    return (volatile uint32_t *)page;
}

/** Map the first set of frames from @p start on, and have the processor read and write them. */
static void map_and_touch(const struct frames *frames, uintptr_t start)
{
    for (uint32_t i = 0; i < PAGES; i++) {
        REQUIRE_RESULT(paging_map(identity, start + i * PAGE_SIZE, frames->before[i], PTE_WRITE), 0,
                       "a page can be mapped in the directory in use");
    }
    for (uint32_t i = 0; i < PAGES; i++) {
        REQUIRE_EQUAL(*word_at(start + i * PAGE_SIZE), frames->before[i],
                      "the processor finds the frame that was mapped");
        *word_at(start + i * PAGE_SIZE) = frames->before[i];
    }
}

/** Let an entry point to another frame, without telling the processor. */
static void redirect(uintptr_t page, physaddr_t frame)
{
    pte_t *table = phys_to_virt(PTE_FRAME(identity[PDE_INDEX(page)]));
    table[PTE_INDEX(page)] = frame | PTE_WRITE | PTE_PRESENT;
}

/** Clear an entry again. */
static void clear(uintptr_t page)
{
    pte_t *table = phys_to_virt(PTE_FRAME(identity[PDE_INDEX(page)]));
    table[PTE_INDEX(page)] = 0;
    tlb_invalidate(page);
}

/** Count the pages at which the processor does not see the second set of frames. */
static uint32_t count_stale(const struct frames *frames, uintptr_t start)
{
    uint32_t stale = 0;
    for (uint32_t i = 0; i < PAGES; i++) {
        stale += *word_at(start + i * PAGE_SIZE) != ~frames->before[i];
    }
    return stale;
}

/** A run of pages in the user half that fits in one table, and leaves its first page alone. */
static uintptr_t random_pages(void)
{
    uint32_t slot = ktest_random_range(USER_START >> 22, (USER_END >> 22) - 1);
    return slot * LARGE_PAGE_SIZE + ktest_random_range(1, PT_ENTRIES - PAGES) * PAGE_SIZE;
}

KTEST(tlb_unmap, KTEST_FRAMES)
{
    struct frames frames = frames_create();
    uintptr_t start = random_pages();
    uintptr_t keeper = align_down(start, LARGE_PAGE_SIZE);
    use_own_directory();
    ktest_part("a page of a table that stays");
    REQUIRE_RESULT(paging_map(identity, keeper, 0, 0), 0, "a page can be mapped");
    map_and_touch(&frames, start);
    for (uint32_t i = 0; i < PAGES; i++) {
        EXPECT_RESULT(paging_unmap(identity, start + i * PAGE_SIZE, NULL), 0,
                      "a page can be unmapped");
    }
    REQUIRE((identity[PDE_INDEX(start)] & PTE_PRESENT) != 0, "a table in use stays");
    for (uint32_t i = 0; i < PAGES; i++) {
        redirect(start + i * PAGE_SIZE, frames.after[i]);
    }
    EXPECT_EQUAL(count_stale(&frames, start), 0,
                 "no cached translation of an unmapped page is used any more");
    for (uint32_t i = 0; i < PAGES; i++) {
        clear(start + i * PAGE_SIZE);
    }

    ktest_part("the last page of a table");
    EXPECT_RESULT(paging_unmap(identity, keeper, NULL), 0, "a page can be unmapped");
    map_and_touch(&frames, start);
    for (uint32_t i = 0; i < PAGES; i++) {
        EXPECT_RESULT(paging_unmap(identity, start + i * PAGE_SIZE, NULL), 0,
                      "a page can be unmapped");
    }
    uint32_t soiled = frames_free() < 32 ? frames_free() : 32;
    frames_soil(soiled);
    for (uint32_t i = 0; i < PAGES; i++) {
        REQUIRE_RESULT(paging_map(identity, start + i * PAGE_SIZE, frames.after[i], PTE_WRITE), 0,
                       "other frames can be mapped in the same place");
    }
    EXPECT_EQUAL(count_stale(&frames, start), 0, "the processor uses the new table");
    for (uint32_t i = 0; i < PAGES; i++) {
        EXPECT_RESULT(paging_unmap(identity, start + i * PAGE_SIZE, NULL), 0,
                      "a page can be unmapped");
    }
    frames_release(&frames);
}

KTEST(tlb_protect, KTEST_FRAMES)
{
    struct frames frames = frames_create();
    uintptr_t start = random_pages();
    use_own_directory();
    map_and_touch(&frames, start);
    for (uint32_t i = 0; i < PAGES; i++) {
        EXPECT_RESULT(paging_protect(identity, start + i * PAGE_SIZE, 0), 0,
                      "a page can be protected");
    }
    for (uint32_t i = 0; i < PAGES; i++) {
        redirect(start + i * PAGE_SIZE, frames.after[i]);
    }
    EXPECT_EQUAL(count_stale(&frames, start), 0,
                 "no cached translation of a protected page is used any more");
    for (uint32_t i = 0; i < PAGES; i++) {
        EXPECT_RESULT(paging_unmap(identity, start + i * PAGE_SIZE, NULL), 0,
                      "a page can be unmapped");
    }
    frames_release(&frames);
}
