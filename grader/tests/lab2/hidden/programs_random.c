/**
 * @file
 * Lab 2, exercises 5 to 7, hidden tests: random use, compared with models.
 *
 * The first test copies from and to a window of pages of every sort, and predicts each result. The
 * second keeps a few spaces with known words, and forks, writes and destroys at random. The third
 * lets programs fork, exec and exit at random; they check each other by exit statuses.
 */
#include "../user_support.h"

#include "kernel/process/fork.h"
#include "lib/format.h"

/* ------------------------------------------------------------------ copies */

#define WINDOW 12u

/** What a page of the window is. */
enum sort { SORT_NOTHING, SORT_WRITABLE, SORT_READ_ONLY, SORT_DEMAND, SORTS };

/** A window of pages, and what their bytes must be. */
struct window {
    struct space *space;
    uintptr_t start;
    enum sort sorts[WINDOW];
    uint8_t bytes[WINDOW * PAGE_SIZE];
};

static struct window window;
static uint8_t buffer[WINDOW * PAGE_SIZE];

static void window_create(void)
{
    window.space = user_space();
    window.start = USER_START + ktest_random_range(1, 0x7F000) * PAGE_SIZE;
    for (uint32_t i = 0; i < WINDOW; i++) {
        uintptr_t page = window.start + i * PAGE_SIZE;
        enum sort sort = ktest_random_range(0, SORTS + 1) % SORTS;
        uint8_t fill = (uint8_t)(sort == SORT_DEMAND ? 0 : ktest_random());
        window.sorts[i] = sort;
        memset(&window.bytes[i * PAGE_SIZE], fill, PAGE_SIZE);
        if (sort == SORT_DEMAND) {
            user_region(window.space, page, 1, PTE_USER | PTE_WRITE);
        } else if (sort != SORT_NOTHING) {
            user_page(window.space, page, PTE_USER | (sort == SORT_WRITABLE ? PTE_WRITE : 0), fill);
        }
    }
    user_pretend(window.space);
}

/** Whether every page of a range allows an access. */
static bool allows(uint32_t offset, uint32_t size, bool write)
{
    for (uint32_t i = offset / PAGE_SIZE; i <= (offset + size - 1) / PAGE_SIZE; i++) {
        enum sort sort = i < WINDOW ? window.sorts[i] : SORT_NOTHING;
        if (sort == SORT_NOTHING || (write && sort == SORT_READ_ONLY)) {
            return false;
        }
    }
    return true;
}

/** Copy a random range in a random direction, as the model predicts. */
static void copy_step(void)
{
    uint32_t offset = ktest_random_range(0, WINDOW * PAGE_SIZE - 1);
    if (ktest_random_range(0, 1) == 0) {
        offset = align_down(offset, PAGE_SIZE) + ktest_random_range(0, 6);
    }
    uint32_t size = ktest_random_range(1, ktest_random_range(0, 1) == 0 ? 40 : 3 * PAGE_SIZE);
    size = size < WINDOW * PAGE_SIZE - offset ? size : WINDOW * PAGE_SIZE - offset;
    user_pointer place = {window.start + offset};
    if (ktest_random_range(0, 1) == 0) {
        bool works = allows(offset, size, false);
        EXPECT_RESULT(copy_from_user(buffer, place, size), works ? 0 : -E_FAULT,
                      "copy_from_user() does what the pages allow");
        EXPECT(!works || memcmp(buffer, &window.bytes[offset], size) == 0,
               "copy_from_user() copies what is there");
        return;
    }
    if (!allows(offset, size, true)) {
        return; /* what it writes before the fault is not defined */
    }
    for (uint32_t i = 0; i < size; i++) {
        buffer[i] = (uint8_t)ktest_random();
    }
    memcpy(&window.bytes[offset], buffer, size);
    EXPECT_RESULT(copy_to_user(place, buffer, size), 0, "copy_to_user() writes where it may");
}

/** Copy a string from a random place, as the model predicts. */
static void string_step(void)
{
    uint32_t offset = ktest_random_range(0, WINDOW * PAGE_SIZE - 1);
    uint32_t size = ktest_random_range(1, 2 * PAGE_SIZE);
    int expected = -E_TOO_LONG;
    for (uint32_t i = 0; i < size; i++) {
        if (offset + i >= WINDOW * PAGE_SIZE || !allows(offset + i, 1, false)) {
            expected = -E_FAULT;
            break;
        }
        if (window.bytes[offset + i] == 0) {
            expected = (int)i;
            break;
        }
    }
    int result = copy_string_from_user((char *)buffer, (user_pointer){window.start + offset}, size);
    EXPECT_ERROR(result, expected, "copy_string_from_user() finds the end, or none");
    EXPECT(expected < 0 || memcmp(buffer, &window.bytes[offset], (uint32_t)expected + 1) == 0,
           "copy_string_from_user() copies the string");
}

KTEST(programs_copy_random, KTEST_PROCESSES)
{
    struct census before = census();
    for (uint32_t i = 0; i < 12; i++) {
        window_create();
        for (uint32_t k = 0; k < 60; k++) {
            copy_step();
            string_step();
        }
        user_pretend_end();
        space_destroy(window.space);
    }
    census_expect(&before);
}

/* ------------------------------------------------------------------ forks */

#define SPACES 6u
#define PAGES  10u
#define BASE   0x60000000u

/** A space, and the word that each of its pages holds. */
struct tenant {
    struct space *space; /**< NULL: not there. */
    uint32_t words[PAGES];
};

static struct tenant tenants[SPACES];

/** Where page @p i is: in three page tables. */
static uintptr_t page_of(uint32_t i)
{
    return BASE + i % 3 * 5 * LARGE_PAGE_SIZE + i * PAGE_SIZE;
}

static void tenant_create(struct tenant *tenant)
{
    *tenant = (struct tenant){.space = user_space()};
    for (uint32_t i = 0; i < 3; i++) {
        user_region(tenant->space, BASE + i * 5 * LARGE_PAGE_SIZE, PAGES, PTE_USER | PTE_WRITE);
    }
}

/** Fork a tenant into a free place. */
static void tenant_fork(struct tenant *tenant, struct tenant *place)
{
    struct tenant copy = *tenant;
    user_pretend(tenant->space);
    REQUIRE_RESULT(space_fork(tenant->space, &copy.space), 0, "a space can be forked");
    user_pretend_end();
    *place = copy;
}

/** Write to a page of a tenant, as a program would or by copy_to_user(). */
static void tenant_write(struct tenant *tenant)
{
    uint32_t page = ktest_random_range(0, PAGES - 1);
    uint32_t word = ktest_random();
    uintptr_t address = page_of(page) + ktest_random_range(0, 1023) * 4;
    uintptr_t first = page_of(page);
    user_pretend(tenant->space);
    if (ktest_random_range(0, 1) == 0) {
        *(volatile uint32_t *)first = word;
    } else {
        EXPECT_RESULT(copy_to_user((user_pointer){first}, &word, sizeof(word)), 0,
                      "the kernel can write to a program's page");
    }
    (void)*(volatile uint32_t *)address;
    user_pretend_end();
    tenant->words[page] = word;
}

/** Compare a tenant's pages with what they must hold. */
static void tenant_check(const struct tenant *tenant)
{
    user_pretend(tenant->space);
    for (uint32_t i = 0; i < PAGES; i++) {
        EXPECT_EQUAL(*(volatile uint32_t *)page_of(i), tenant->words[i],
                     "each space holds what was written to it");
    }
    user_pretend_end();
}

/** Check that a frame has as many references as there are spaces that map it. */
static void check_references(void)
{
    for (uint32_t i = 0; i < SPACES * PAGES; i++) {
        const struct tenant *tenant = &tenants[i / PAGES];
        uintptr_t page = page_of(i % PAGES);
        physaddr_t frame = tenant->space == NULL ? FRAME_NONE : user_frame_of(tenant->space, page);
        uint32_t users = 0;
        for (uint32_t k = 0; frame != FRAME_NONE && k < SPACES; k++) {
            users += tenants[k].space != NULL && user_frame_of(tenants[k].space, page) == frame;
        }
        if (frame != FRAME_NONE) {
            EXPECT_EQUAL(frame_references(frame), users, "a frame knows how many use it");
        }
    }
}

/** A step with two of the tenants. */
static void fork_step(struct tenant *tenant, struct tenant *other)
{
    if (tenant->space == NULL) {
        tenant_create(tenant);
    } else if (other->space == NULL) {
        tenant_fork(tenant, other);
    } else if (ktest_random_range(0, 5) == 0) {
        space_destroy(tenant->space);
        tenant->space = NULL;
    } else {
        tenant_write(tenant);
        tenant_check(other);
    }
}

KTEST(programs_fork_random, KTEST_PROCESSES)
{
    struct census before = census();
    memset(tenants, 0, sizeof(tenants));
    for (uint32_t i = 0; i < 1500; i++) {
        fork_step(&tenants[ktest_random_range(0, SPACES - 1)],
                  &tenants[ktest_random_range(0, SPACES - 1)]);
        if (i % 50 == 0) {
            check_references();
        }
    }
    for (uint32_t i = 0; i < SPACES; i++) {
        if (tenants[i].space != NULL) {
            tenant_check(&tenants[i]);
            space_destroy(tenants[i].space);
        }
    }
    census_expect(&before);
    frame_check();
}

/* ------------------------------------------------------------------ programs */

KTEST(programs_exec_random, KTEST_PROCESSES)
{
    struct census before = census();
    for (uint32_t i = 0; i < 4; i++) {
        char seed[16];
        (void)format_string(seed, sizeof(seed), "%u", ktest_random() >> 2);
        EXPECT_SUCCESS(user_run("programs_family", seed, "3"),
                       "programs fork and exec without losing anything");
        census_expect(&before);
    }
}
