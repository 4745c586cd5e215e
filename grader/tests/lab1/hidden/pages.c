/**
 * @file
 * Lab 1, exercise 3, hidden test: random use of page tables.
 *
 * The test keeps a model of 96 pages in six slots of a directory: what is mapped where with which
 * flags. Each random step maps, unmaps or protects one of them, with every result predicted by the
 * model, and translates another. The number of frames in use must always be that of the slots in
 * which a page is mapped.
 */
#include "../pages.h"
#include "../support.h"

#define SLOTS 6u
#define PAGES 96u

/** What the model knows about one page. */
struct model_page {
    uintptr_t address;
    bool mapped;
    physaddr_t frame;
    uint32_t flags;
};

/** Choose the pages: neighbouring slots, neighbouring and random pages. */
static void choose_pages(struct model_page *pages)
{
    uint32_t slot = ktest_random_range(0, PT_ENTRIES - SLOTS);
    for (uint32_t i = 0; i < PAGES; i++) {
        uint32_t number = i / SLOTS * 61 % PT_ENTRIES;
        number = i < 3 * SLOTS ? (i / SLOTS == 1 ? PT_ENTRIES - 1 : i / SLOTS) : number;
        pages[i] =
            (struct model_page){.address = ((slot + i % SLOTS) * PT_ENTRIES + number) * PAGE_SIZE};
    }
}

/** The slots in which the model has a page. */
static uint32_t count_tables(const struct model_page *pages)
{
    uint32_t tables = 0;
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        bool used = false;
        for (uint32_t i = slot; i < PAGES; i += SLOTS) {
            used = used || pages[i].mapped;
        }
        tables += used;
    }
    return tables;
}

/** Map, unmap or protect a page as the model predicts. */
static void step(pde_t *directory, struct model_page *page)
{
    physaddr_t frame = ktest_random() & 0xFFFFF000u;
    uint32_t flags = random_flags();
    switch (ktest_random_range(0, 2)) {
    case 0:
        EXPECT_RESULT(paging_map(directory, page->address, frame, flags),
                      page->mapped ? -E_EXISTS : 0, "paging_map() knows what is mapped");
        if (!page->mapped) {
            *page = (struct model_page){page->address, true, frame, flags};
        }
        break;
    case 1:
        EXPECT_RESULT(paging_unmap(directory, page->address, &frame),
                      page->mapped ? 0 : -E_NOT_FOUND, "paging_unmap() knows what is mapped");
        EXPECT(!page->mapped || frame == page->frame, "paging_unmap() returns the right frame");
        page->mapped = false;
        break;
    default:
        EXPECT_RESULT(paging_protect(directory, page->address, flags),
                      page->mapped ? 0 : -E_NOT_FOUND, "paging_protect() knows what is mapped");
        page->flags = flags;
        break;
    }
}

/** Compare the translation of a page with the model. */
static void compare(pde_t *directory, const struct model_page *page)
{
    physaddr_t physical = 0;
    uint32_t flags = 0;
    uint32_t offset = ktest_random_range(0, PAGE_SIZE - 1);
    int error = paging_translate(directory, page->address + offset, &physical, &flags);
    EXPECT_RESULT(error, page->mapped ? 0 : -E_NOT_FOUND,
                  "paging_translate() knows what is mapped");
    if (page->mapped) {
        EXPECT_EQUAL(physical, page->frame + offset, "a page leads to its frame");
        EXPECT_EQUAL(flags, page->flags & (PTE_WRITE | PTE_USER), "a page has its flags");
    }
}

KTEST(paging_random_use, KTEST_FRAMES)
{
    struct model_page pages[PAGES];
    choose_pages(pages);
    pde_t *directory = directory_create();
    uint32_t before = frames_free();
    for (uint32_t i = 0; i < 4000; i++) {
        step(directory, &pages[ktest_random_range(0, PAGES - 1)]);
        compare(directory, &pages[ktest_random_range(0, PAGES - 1)]);
        if (i % 16 == 0) {
            REQUIRE_EQUAL(before - frames_free(), count_tables(pages),
                          "a table is there exactly as long as it maps a page");
        }
    }
    for (uint32_t i = 0; i < PAGES; i++) {
        if (pages[i].mapped) {
            EXPECT_RESULT(paging_unmap(directory, pages[i].address, NULL), 0,
                          "every mapped page can be unmapped");
        }
    }
    EXPECT_EQUAL(frames_free(), before, "no table is left in the end");
    directory_release(directory);
}
