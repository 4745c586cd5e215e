/**
 * @file
 * Lab 1, exercises 4 and 5, hidden tests: random use of spaces, and random faults.
 *
 * The first test keeps a few spaces whose pages hold known words, some of them shared, and creates,
 * fills, visits and destroys them at random. The second gives a space random regions and pages,
 * makes up faults, and compares fault_resolve() with the rules of fault.h as the test applies
 * them, one after the other.
 */
#include "../spaces.h"
#include "../support.h"

#include "kernel/memory/fault.h"

#define SPACES 5u
#define PAGES  8u

/** A space and the words that its pages hold. */
struct tenant {
    struct space *space; /**< NULL: not there. */
    uint32_t pages;      /**< Pages that are mapped, from the first on. */
    uint32_t words[PAGES];
};

/** Where page number @p i of each tenant is: neighbours, and far apart. */
static uintptr_t page_of(uint32_t i)
{
    return USER_START + (i / 2) * 37 * LARGE_PAGE_SIZE + (i % 2) * PAGE_SIZE;
}

/** Map one more page; sometimes a frame of another tenant. */
static void add_page(struct tenant *tenant, const struct tenant *other)
{
    uint32_t i = tenant->pages;
    physaddr_t frame = FRAME_NONE;
    if (other->space != NULL && other != tenant && other->pages > 0 && ktest_random() % 2 == 0) {
        uint32_t shared = ktest_random_range(0, other->pages - 1);
        REQUIRE_RESULT(paging_translate(other->space->directory, page_of(shared), &frame, NULL), 0,
                       "a mapped page is found");
        frame_retain(frame);
        tenant->words[i] = other->words[shared];
    } else {
        tenant->words[i] = ktest_random();
        frame = frame_filled(tenant->words[i]);
    }
    REQUIRE_RESULT(paging_map(tenant->space->directory, page_of(i), frame, PTE_WRITE), 0,
                   "a page can be mapped");
    tenant->pages++;
}

/** Switch to a tenant and read all its pages. */
static void visit(const struct tenant *tenant)
{
    space_enter(tenant->space);
    EXPECT(space_current() == tenant->space, "the space switched to is the current one");
    for (uint32_t i = 0; i < tenant->pages; i++) {
        volatile uint32_t *words = (volatile uint32_t *)page_of(i);
        EXPECT_EQUAL(words[ktest_random_range(0, 1023)], tenant->words[i],
                     "each space shows its own pages");
    }
    space_enter(&kernel_space);
}

KTEST(space_random_use, KTEST_PAGING)
{
    struct tenant tenants[SPACES] = {0};
    uint32_t before = frames_free();
    for (uint32_t i = 0; i < 600; i++) {
        struct tenant *tenant = &tenants[ktest_random_range(0, SPACES - 1)];
        uint32_t choice = ktest_random_range(0, 9);
        if (tenant->space == NULL) {
            *tenant = (struct tenant){.space = space_new()};
        } else if (choice == 0) {
            space_destroy(tenant->space);
            tenant->space = NULL;
        } else if (choice < 6 && tenant->pages < PAGES) {
            add_page(tenant, &tenants[ktest_random_range(0, SPACES - 1)]);
        } else {
            visit(tenant);
        }
    }
    for (uint32_t i = 0; i < SPACES; i++) {
        if (tenants[i].space != NULL) {
            visit(&tenants[i]);
            space_destroy(tenants[i].space);
        }
    }
    EXPECT_EQUAL(frames_free(), before, "no frame is lost: as many are free as before");
    frame_check();
}

/** Pages of the window in which the regions of the second test lie. */
#define WINDOW 64u

/** What is in the window. */
struct scene {
    struct space *space;
    uintptr_t start;
    const struct region *regions[WINDOW]; /**< The region of each page; NULL: none. */
    bool present[WINDOW];
    uint32_t flags[WINDOW]; /**< Of the pages that are present. */
};

/** Add random regions that do not overlap. */
static void scene_fill(struct scene *scene, struct region *regions, uint32_t count)
{
    scene->space = space_new();
    scene->start = random_user_page() & ~(WINDOW * PAGE_SIZE - 1);
    uint32_t page = ktest_random_range(0, 2);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t pages = ktest_random_range(1, 5);
        regions[i] = (struct region){
            .start = scene->start + page * PAGE_SIZE,
            .end = scene->start + (page + pages) * PAGE_SIZE,
            .kind = ktest_random_range(0, 3) == 0 ? REGION_GUARD : REGION_DEMAND_ZERO,
            .flags = ktest_random() & (PTE_WRITE | PTE_USER),
        };
        REQUIRE_RESULT(region_add(scene->space, &regions[i]), 0, "a region is added");
        for (uint32_t k = page; k < page + pages; k++) {
            scene->regions[k] = &regions[i];
        }
        page += pages + ktest_random_range(0, 2);
    }
}

/** The rules of fault_resolve() for an address in the window. */
static enum fault_cause predict(const struct scene *scene, uint32_t page, const struct fault *fault)
{
    const struct region *region = scene->regions[page];
    uint32_t rights = fault->present ? scene->flags[page] : PTE_WRITE | PTE_USER;
    rights &= !fault->present && region != NULL ? region->flags : ~0u;
    if (fault->reserved_bit) {
        return FAULT_CAUSE_RESERVED_BIT;
    }
    if (region != NULL && region->kind == REGION_GUARD) {
        return FAULT_CAUSE_GUARD;
    }
    if (fault->user && (rights & PTE_USER) == 0) {
        return FAULT_CAUSE_PRIVILEGE;
    }
    if (fault->write && (rights & PTE_WRITE) == 0) {
        return FAULT_CAUSE_READ_ONLY;
    }
    return region == NULL ? FAULT_CAUSE_NOT_MAPPED : FAULT_CAUSE_NONE;
}

/** Make up a fault in a page of the window; a present page must forbid what is tried. */
static struct fault random_fault(const struct scene *scene, uint32_t page)
{
    struct fault fault = {
        .address = scene->start + page * PAGE_SIZE + ktest_random_range(0, PAGE_SIZE - 1),
        .present = scene->present[page],
        .write = ktest_random() % 2 == 0,
        .user = ktest_random() % 2 == 0,
        .reserved_bit = ktest_random_range(0, 15) == 0,
    };
    if (fault.present && (scene->flags[page] & PTE_WRITE) == 0) {
        fault.write = true;
    }
    if (fault.present && (scene->flags[page] & PTE_USER) == 0) {
        fault.user = fault.user || (scene->flags[page] & PTE_WRITE) != 0;
    }
    return fault;
}

/** Whether a fault can happen at all: a present page must forbid the access. */
static bool is_possible(const struct scene *scene, uint32_t page, const struct fault *fault)
{
    uint32_t flags = scene->flags[page];
    bool forbidden = (fault->write && (flags & PTE_WRITE) == 0) ||
                     (fault->user && (flags & PTE_USER) == 0) || fault->reserved_bit;
    return !fault->present || forbidden;
}

/** Try one fault and compare. */
static void scene_step(struct scene *scene)
{
    uint32_t page = ktest_random_range(0, WINDOW - 1);
    struct fault fault = random_fault(scene, page);
    if (!is_possible(scene, page, &fault)) {
        return;
    }
    enum fault_cause expected = predict(scene, page, &fault);
    EXPECT_CAUSE(fault_resolve(scene->space, &fault), expected, "a random fault is judged right");
    if (expected == FAULT_CAUSE_NONE) {
        scene->present[page] = true;
        scene->flags[page] = scene->regions[page]->flags;
    }
    bool present = paging_translate(scene->space->directory, fault.address, NULL, NULL) == 0;
    EXPECT_EQUAL(present, scene->present[page], "pages appear by resolved faults only");
}

KTEST(fault_random, KTEST_PAGING)
{
    uint32_t before = frames_free();
    for (uint32_t i = 0; i < 12; i++) {
        struct region regions[9];
        struct scene scene = {0};
        scene_fill(&scene, regions, COUNT_OF(regions));
        for (uint32_t k = 0; k < 150; k++) {
            scene_step(&scene);
        }
        space_destroy(scene.space);
        EXPECT_EQUAL(frames_free(), before, "no frame is lost: as many are free as before");
    }
}
