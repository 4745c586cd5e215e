/**
 * @file
 * Lab 2, exercise 6: spaces that share their pages, and writes that part them.
 *
 * A test makes a space with pages of every sort, forks it, and calls fork_resolve() or lets the
 * processor raise the fault, while it passes for the program. The grader compares both spaces from
 * outside; references of frames are counted by the allocator.
 */
#include "../common/flags.h"
#include "user_support.h"

#include "kernel/process/fork.h"

/** Pages of the space under test that are present, in three page tables. */
enum { TEXT, TEXT_END, DATA, DATA_LAST, TABLE_END, NEXT_TABLE, FAR, PAGES };

/** A space under test, and its fork. */
struct pair {
    struct space *parent;
    struct space *child;
    uintptr_t address[PAGES];
    uintptr_t absent; /**< In a region that may be written, but no page is there. */
};

#define DATA_FLAGS (PTE_USER | PTE_WRITE)

static bool may_write(uint32_t page)
{
    return page != TEXT && page != TEXT_END;
}

/** Make a space with read-only and writable regions, a guard, and some pages. */
static struct pair pair_create(void)
{
    uintptr_t base = USER_START + ktest_random_range(1, 200) * LARGE_PAGE_SIZE;
    struct pair pair = {.parent = user_space()};
    const struct region guard = {base, base + PAGE_SIZE, REGION_GUARD, 0};
    REQUIRE_RESULT(region_add(pair.parent, &guard), 0, "a guard is added");
    user_region(pair.parent, base + 2 * PAGE_SIZE, 4, PTE_USER);
    user_region(pair.parent, base + 8 * PAGE_SIZE, 1024 + 92, DATA_FLAGS);
    user_region(pair.parent, base + 50 * LARGE_PAGE_SIZE, 40, DATA_FLAGS);
    const uintptr_t offsets[PAGES] = {2, 5, 8, 40, 1023, 1024, 50 * PT_ENTRIES + 39};
    for (uint32_t i = 0; i < PAGES; i++) {
        pair.address[i] = base + offsets[i] * PAGE_SIZE;
        user_page(pair.parent, pair.address[i], may_write(i) ? DATA_FLAGS : PTE_USER,
                  (uint8_t)(0x10 + i));
    }
    pair.absent = base + 9 * PAGE_SIZE;
    return pair;
}

/** Make a space and fork it. */
static struct pair pair_fork(void)
{
    struct pair pair = pair_create();
    user_pretend(pair.parent);
    REQUIRE_RESULT(space_fork(pair.parent, &pair.child), 0, "a space can be forked");
    REQUIRE(pair.child != NULL && pair.child != pair.parent, "the fork is another space");
    return pair;
}

static void pair_destroy(const struct pair *pair)
{
    user_pretend_end();
    space_destroy(pair->parent);
    space_destroy(pair->child);
}

/** The byte that a page holds, read through the one-to-one map; all its bytes must be the same. */
static uint32_t content(const struct space *space, uintptr_t address)
{
    const uint8_t *bytes = phys_to_virt(user_frame_of(space, address));
    for (uint32_t i = 1; i < PAGE_SIZE; i++) {
        if (bytes[i] != bytes[0]) {
            return 0x100 + bytes[i];
        }
    }
    return bytes[0];
}

/** Resolve a write to a page in a space. */
static enum fault_cause resolve(struct space *space, uintptr_t address, bool user)
{
    const struct fault fault = {
        .address = address + ktest_random_range(0, PAGE_SIZE - 1),
        .present = true,
        .write = true,
        .user = user,
    };
    return fork_resolve(space, &fault);
}

KTEST(fork_space_shares, KTEST_PROCESSES)
{
    struct census before = census();
    struct pair pair = pair_create();
    uint32_t free = frames_free();
    user_pretend(pair.parent);
    ktest_part("both have the same");
    REQUIRE_RESULT(space_fork(pair.parent, &pair.child), 0, "a space can be forked");
    ktest_inspect("shared", (uint32_t)pair.parent->directory, (uint32_t)pair.child->directory, 0,
                  0);
    EXPECT_EQUAL(pair.child->region_count, pair.parent->region_count, "as many regions");
    EXPECT(memcmp(pair.child->regions, pair.parent->regions,
                  pair.parent->region_count * sizeof(struct region)) == 0,
           "the same regions, with their own rights");

    ktest_part("frames are counted");
    for (uint32_t i = 0; i < PAGES; i++) {
        EXPECT_EQUAL(frame_references(user_frame_of(pair.parent, pair.address[i])), 2,
                     "each shared frame has two references");
        EXPECT_EQUAL(content(pair.child, pair.address[i]), 0x10 + i,
                     "each shared frame keeps its contents");
    }
    EXPECT_BETWEEN(free - frames_free(), 1 + 3, 3 + 3,
                   "a fork takes frames for a space and its tables only");
    EXPECT(space_current() == pair.parent, "the parent's space stays the current one");

    ktest_part("a fork of a fork");
    struct space *third = NULL;
    REQUIRE_RESULT(space_fork(pair.parent, &third), 0, "a space can be forked twice");
    EXPECT_EQUAL(frame_references(user_frame_of(third, pair.address[DATA])), 3,
                 "three spaces share a frame");
    ktest_inspect("shared", (uint32_t)pair.child->directory, (uint32_t)third->directory, 0, 0);
    space_destroy(third);
    EXPECT_EQUAL(frame_references(user_frame_of(pair.parent, pair.address[DATA])), 2,
                 "a space that goes drops its references");
    pair_destroy(&pair);
    census_expect(&before);
}

KTEST(fork_guard_pages, KTEST_PROCESSES)
{
    struct census before = census();
    struct pair pair = pair_create();
    const struct region *guard = &pair.parent->regions[0];
    REQUIRE_EQUAL(guard->kind, REGION_GUARD, "the first region is a guard");
    user_page(pair.parent, guard->start, DATA_FLAGS, 0x77);
    user_pretend(pair.parent);
    REQUIRE_RESULT(space_fork(pair.parent, &pair.child), 0, "a space can be forked");
    uint32_t flags = 0;
    EXPECT_RESULT(paging_translate(pair.parent->directory, guard->start, NULL, &flags), 0,
                  "a page in a guard stays where it is");
    EXPECT_ENTRY(flags & PTE_WRITE, PTE_WRITE, "a page in a guard can still be written");
    EXPECT_RESULT(paging_translate(pair.child->directory, guard->start, NULL, NULL), -E_NOT_FOUND,
                  "the child has the guard, but not the page");
    EXPECT_EQUAL(frame_references(user_frame_of(pair.parent, guard->start)), 1,
                 "nobody else uses its frame");
    pair_destroy(&pair);
    census_expect(&before);
}

KTEST(fork_copies_on_write, KTEST_PROCESSES)
{
    struct census before = census();
    struct pair pair = pair_fork();
    uintptr_t page = pair.address[ktest_random_range(DATA, FAR)];
    physaddr_t shared = user_frame_of(pair.parent, page);
    uint32_t byte = content(pair.parent, page);
    uint32_t free = frames_free();
    ktest_part("the first writer gets a copy");
    EXPECT_CAUSE(resolve(pair.child, page, true), FAULT_CAUSE_NONE, "a shared page can be written");
    physaddr_t copy = user_frame_of(pair.child, page);
    EXPECT(copy != shared, "the writer has another frame");
    EXPECT_EQUAL(user_frame_of(pair.parent, page), shared, "the other keeps the frame");
    EXPECT_EQUAL(content(pair.child, page), byte, "the copy has the same contents");
    EXPECT_EQUAL(frame_references(copy), 1, "the copy has one user");
    EXPECT_EQUAL(frame_references(shared), 1, "the frame has lost one");
    EXPECT_EQUAL(free - frames_free(), 1, "one frame was taken");
    ktest_inspect("copied", (uint32_t)pair.child->directory, (uint32_t)pair.parent->directory, page,
                  0);

    ktest_part("the last user needs none");
    free = frames_free();
    EXPECT_CAUSE(resolve(pair.parent, page, true), FAULT_CAUSE_NONE,
                 "the last user of a shared page can write, too");
    EXPECT_EQUAL(user_frame_of(pair.parent, page), shared,
                 "the last user writes in the frame that it has");
    EXPECT_ENTRY(user_rights_of(pair.parent, page), DATA_FLAGS,
                 "the last user writes with the region's rights");
    EXPECT_EQUAL(frame_references(shared), 1, "the frame has the last user alone");
    EXPECT_EQUAL(free - frames_free(), 0, "no frame was taken");

    ktest_part("three users");
    page = pair.address[page == pair.address[DATA] ? FAR : DATA];
    struct space *third = NULL;
    REQUIRE_RESULT(space_fork(pair.parent, &third), 0, "a space can be forked again");
    shared = user_frame_of(pair.parent, page);
    EXPECT_CAUSE(resolve(pair.parent, page, true), FAULT_CAUSE_NONE,
                 "the first of three users can write");
    EXPECT_EQUAL(frame_references(shared), 2, "the two others share");
    EXPECT(user_frame_of(pair.child, page) == shared && user_frame_of(third, page) == shared,
           "the two others share the same frame as before");
    space_destroy(third);
    EXPECT_CAUSE(resolve(pair.child, page, true), FAULT_CAUSE_NONE,
                 "the last of three users can write");
    EXPECT_EQUAL(user_frame_of(pair.child, page), shared, "the last of three users needs no copy");
    pair_destroy(&pair);
    census_expect(&before);
}

/** A write that must be refused, and must change nothing. */
static void expect_refused(struct space *space, uintptr_t address, bool user,
                           enum fault_cause cause, const char *what)
{
    physaddr_t frame = user_frame_of(space, address);
    uint32_t rights = user_rights_of(space, address);
    uint32_t references = frame == FRAME_NONE ? 0 : frame_references(frame);
    uint32_t free = frames_free();
    EXPECT_CAUSE(resolve(space, address, user), cause, what);
    EXPECT_EQUAL(user_frame_of(space, address), frame, "the page keeps its frame");
    EXPECT_ENTRY(user_rights_of(space, address), rights, "the page keeps its rights");
    EXPECT_EQUAL(frame == FRAME_NONE ? 0 : frame_references(frame), references,
                 "the page keeps its users");
    EXPECT_EQUAL(frames_free(), free, "no frame is taken");
}

KTEST(fork_refuses, KTEST_PROCESSES)
{
    struct census before = census();
    struct pair pair = pair_fork();
    ktest_part("what may not be written");
    expect_refused(pair.parent, pair.address[TEXT], true, FAULT_CAUSE_READ_ONLY,
                   "a program may not write to a read-only region, fork or not");
    expect_refused(pair.child, pair.address[TEXT_END], true, FAULT_CAUSE_READ_ONLY,
                   "neither may the child");
    expect_refused(pair.child, pair.address[TEXT], false, FAULT_CAUSE_READ_ONLY,
                   "neither may the kernel for it");
    uintptr_t alone = pair.absent + 200 * LARGE_PAGE_SIZE;
    user_page(pair.parent, alone, PTE_USER, 1);
    expect_refused(pair.parent, alone, true, FAULT_CAUSE_READ_ONLY,
                   "a page without a region is not one of a fork");

    ktest_part("without memory");
    user_take_memory();
    expect_refused(pair.parent, pair.address[DATA], true, FAULT_CAUSE_OUT_OF_MEMORY,
                   "without a frame nothing can be copied");
    user_return_memory(1);
    EXPECT_CAUSE(resolve(pair.parent, pair.address[DATA], true), FAULT_CAUSE_NONE,
                 "one frame is enough");
    EXPECT_CAUSE(resolve(pair.child, pair.address[DATA], true), FAULT_CAUSE_NONE,
                 "the last user needs none");
    user_return_all_memory();
    pair_destroy(&pair);
    census_expect(&before);
}

KTEST(fork_invalidates, KTEST_PROCESSES)
{
    struct census before = census();
    struct pair pair = pair_create();
    volatile uint8_t *data = (volatile uint8_t *)pair.address[DATA];
    volatile uint8_t *last = (volatile uint8_t *)pair.address[DATA_LAST];
    user_pretend(pair.parent);
    ktest_part("the right to write from before the fork");
    data[5] = 0x77; /* the processor keeps the page's right to be written */
    last[5] = 0x77;
    REQUIRE_RESULT(space_fork(pair.parent, &pair.child), 0, "a space can be forked");
    data[5] = 0x88;
    EXPECT_EQUAL(((uint8_t *)phys_to_virt(user_frame_of(pair.child, pair.address[DATA])))[5], 0x77,
                 "a write just after the fork does not reach the child");
    EXPECT_EQUAL(data[5], 0x88, "the writer sees it");
    EXPECT_EQUAL(data[4], 0x10 + DATA, "the writer sees the old bytes around it");

    ktest_part("the frame from before the copy");
    EXPECT_EQUAL(last[5], 0x77, "a page that is shared can be read");
    EXPECT_CAUSE(resolve(pair.parent, pair.address[DATA_LAST], true), FAULT_CAUSE_NONE,
                 "a page that is shared can be written");
    uint8_t *copy = phys_to_virt(user_frame_of(pair.parent, pair.address[DATA_LAST]));
    copy[5] = 0x99;
    EXPECT_EQUAL(last[5], 0x99, "from then on the processor uses the copy");
    pair_destroy(&pair);
    census_expect(&before);
}

KTEST(fork_kernel_writes, KTEST_PROCESSES)
{
    struct census before = census();
    struct pair pair = pair_fork();
    static uint8_t bytes[PAGE_SIZE];
    memset(bytes, 0xEE, sizeof(bytes));
    uintptr_t start = pair.address[NEXT_TABLE] - 100;
    ktest_part("copy_to_user() to pages that are shared");
    EXPECT_RESULT(copy_to_user((user_pointer){start}, bytes, 200), 0, "the kernel can write there");
    EXPECT_EQUAL(content(pair.child, pair.address[TABLE_END]), 0x10 + TABLE_END,
                 "the child does not see it");
    EXPECT_EQUAL(content(pair.child, pair.address[NEXT_TABLE]), 0x10 + NEXT_TABLE,
                 "on the next page neither");
    EXPECT_EQUAL(*(volatile uint8_t *)(start + 199), 0xEE, "the parent does");
    EXPECT_RESULT(copy_to_user((user_pointer){pair.address[TEXT]}, bytes, 4), -E_FAULT,
                  "the kernel does not write to a read-only region");
    ktest_part("pages that are not there yet");
    EXPECT_EQUAL(*(volatile uint32_t *)pair.absent, 0, "a page appears in the parent");
    EXPECT_EQUAL(user_frame_of(pair.child, pair.absent), FRAME_NONE, "not in the child");
    user_pretend(pair.child);
    *(volatile uint32_t *)pair.absent = 5;
    EXPECT(user_frame_of(pair.child, pair.absent) != user_frame_of(pair.parent, pair.absent),
           "the child gets a page of its own");
    pair_destroy(&pair);
    census_expect(&before);
}
