/**
 * @file
 * Lab 1, exercise 5: which faults are resolved, how, and what is wrong with the others.
 *
 * Some tests touch memory and let the processor raise the fault; others call fault_resolve() with
 * a fault of their own making, which shows the order of the rules and needs no ring 3. The space
 * under test has the regions that plan() lists. Whatever is refused must leave nothing behind:
 * frames are counted before and after.
 */
#include "../common/flags.h"
#include "spaces.h"
#include "support.h"

#include "kernel/memory/fault.h"
#include "kernel/memory/heap.h"

/** Pages in each region of the space under test. */
#define REGION_PAGES 16u

/** The regions of the space under test, one after the other, with gaps. */
enum { WRITABLE, READ_ONLY, KERNEL_ONLY, KERNEL_READ_ONLY, GUARD, REGION_COUNT };

/** A space under test. */
struct plan {
    struct space *space;
    uintptr_t start[REGION_COUNT];
    uintptr_t nowhere; /**< A page of the user half that is in no region. */
};

/** Create a space with one region of each sort. */
static struct plan plan_create(void)
{
    static const uint32_t flags[REGION_COUNT] = {
        [WRITABLE] = PTE_WRITE | PTE_USER,
        [READ_ONLY] = PTE_USER,
        [KERNEL_ONLY] = PTE_WRITE,
        [GUARD] = PTE_WRITE | PTE_USER,
    };
    struct plan plan = {.space = space_new()};
    uintptr_t start = USER_START + ktest_random_range(1, 200000) * PAGE_SIZE;
    for (uint32_t i = 0; i < REGION_COUNT; i++) {
        struct region region = {start, start + REGION_PAGES * PAGE_SIZE,
                                i == GUARD ? REGION_GUARD : REGION_DEMAND_ZERO, flags[i]};
        REQUIRE_RESULT(region_add(plan.space, &region), 0, "a region is added");
        plan.start[i] = start;
        start = region.end + ktest_random_range(1, 50) * PAGE_SIZE;
    }
    plan.nowhere = plan.start[REGION_COUNT - 1] + REGION_PAGES * PAGE_SIZE;
    return plan;
}

/** An address somewhere in a region of the space under test. */
static uintptr_t address_in(const struct plan *plan, uint32_t region)
{
    return plan->start[region] + ktest_random_range(0, REGION_PAGES * PAGE_SIZE - 1);
}

/** Whether an address is mapped in a space. */
static bool is_mapped(const struct space *space, uintptr_t address)
{
    return paging_translate(space->directory, address, NULL, NULL) == 0;
}

/** The fault that a processor would report with an error code. */
static struct fault fault_of(uintptr_t address, uint32_t code)
{
    return (struct fault){
        .address = address,
        .present = (code & FAULT_PRESENT) != 0,
        .write = (code & FAULT_WRITE) != 0,
        .user = (code & FAULT_USER) != 0,
        .reserved_bit = (code & FAULT_RESERVED) != 0,
        .fetch = (code & FAULT_FETCH) != 0,
    };
}

/** Check that a fault is not resolved, for the right reason, and leaves nothing behind. */
static void expect_refused(struct space *space, uintptr_t address, uint32_t code,
                           enum fault_cause cause, const char *what)
{
    struct fault fault = fault_of(address, code);
    uint32_t before = frames_free();
    bool mapped = is_mapped(space, address);
    pde_t entry = space->directory[PDE_INDEX(address)];
    EXPECT_CAUSE(fault_resolve(space, &fault), cause, what);
    EXPECT_EQUAL(frames_free(), before,
                 "a fault that is not resolved takes no frame: as many are free as before");
    EXPECT_EQUAL(is_mapped(space, address), mapped, "a fault that is not resolved maps nothing");
    EXPECT_EQUAL(space->directory[PDE_INDEX(address)], entry,
                 "a fault that is not resolved adds no page table");
}

/** Check that a fault is resolved: the page is there, zeroed, with the region's rights. */
static void expect_resolved(struct space *space, uintptr_t address, uint32_t code, uint32_t flags,
                            const char *what)
{
    struct fault fault = fault_of(address, code);
    physaddr_t frame = FRAME_NONE;
    uint32_t rights = 0;
    EXPECT_CAUSE(fault_resolve(space, &fault), FAULT_CAUSE_NONE, what);
    REQUIRE_RESULT(
        paging_translate(space->directory, align_down(address, PAGE_SIZE), &frame, &rights), 0,
        "after a resolved fault the page is mapped");
    EXPECT(frame_holds(frame, 0), "the page is full of zeros");
    EXPECT_ENTRY(rights, flags, "the page has the permissions of its region");
    EXPECT_EQUAL(frame_references(frame), 1, "the page's frame has one reference");
}

KTEST(fault_demand_zero, KTEST_PAGING)
{
    frames_soil(64);
    uint32_t before = frames_free();
    struct plan plan = plan_create();
    uint32_t directory = directory_of(plan.space);
    uintptr_t read_page = plan.start[WRITABLE] + ktest_random_range(1, 6) * PAGE_SIZE;
    uintptr_t written_page = read_page + 2 * PAGE_SIZE;
    ktest_part("before the first touch");
    ktest_inspect("absent", directory, read_page, 0, 0);
    space_enter(plan.space);
    ktest_part("reading");
    uint32_t value = *(volatile uint32_t *)(read_page + ktest_random_range(0, 1023) * 4);
    EXPECT_EQUAL(value, 0, "a page that is read for the first time reads as zero");
    ktest_inspect("zero_page", directory, read_page, PTE_WRITE | PTE_USER, 0);

    ktest_part("writing");
    volatile uint32_t *word = (volatile uint32_t *)(written_page + 4 * ktest_random_range(1, 1022));
    *word = 0x600DF00D;
    EXPECT_EQUAL(*word, 0x600DF00D, "a page that is written for the first time keeps the value");
    EXPECT_EQUAL(word[-1] | word[1], 0, "the words beside the one that was written are zero");

    ktest_part("nothing else");
    ktest_inspect("absent", directory, read_page - PAGE_SIZE, 0, 0);
    ktest_inspect("absent", directory, read_page + PAGE_SIZE, 0, 0);
    ktest_inspect("absent", directory, written_page + PAGE_SIZE, 0, 0);
    space_enter(&kernel_space);
    space_destroy(plan.space);
    EXPECT_EQUAL(frames_free(), before, "all frames are free in the end");
}

KTEST(fault_demand_rights, KTEST_PAGING)
{
    struct plan plan = plan_create();
    struct space *space = plan.space;
    ktest_part("accesses by a program");
    expect_resolved(space, address_in(&plan, WRITABLE), FAULT_USER | FAULT_WRITE,
                    PTE_WRITE | PTE_USER, "a program may write to a writable region");
    expect_resolved(space, plan.start[READ_ONLY], FAULT_USER, PTE_USER,
                    "a program may read from a read-only region");
    expect_resolved(space, plan.start[READ_ONLY] + PAGE_SIZE, FAULT_USER | FAULT_FETCH, PTE_USER,
                    "a program may jump into a region");
    ktest_part("accesses by the kernel");
    expect_resolved(space, address_in(&plan, KERNEL_ONLY), FAULT_WRITE, PTE_WRITE,
                    "the kernel may write to a region without PTE_USER");
    expect_resolved(space, address_in(&plan, KERNEL_READ_ONLY), 0, 0,
                    "the kernel may read from a region without PTE_USER");
    ktest_part("first and last byte of a region");
    struct space *edges = space_new();
    struct region whole = {USER_START, USER_END, REGION_DEMAND_ZERO, PTE_WRITE | PTE_USER};
    REQUIRE_RESULT(region_add(edges, &whole), 0, "a region may fill the whole user half");
    expect_resolved(edges, USER_START, FAULT_USER, PTE_WRITE | PTE_USER,
                    "the first byte of the user half may be touched");
    expect_resolved(edges, USER_END - 1, FAULT_USER | FAULT_WRITE, PTE_WRITE | PTE_USER,
                    "the last byte of the user half may be touched");
    space_destroy(edges);
    space_destroy(space);
}

KTEST(fault_rule_reserved_and_null, KTEST_PAGING)
{
    struct plan plan = plan_create();
    struct space *space = plan.space;
    ktest_part("a reserved bit");
    expect_refused(space, address_in(&plan, WRITABLE), FAULT_RESERVED, FAULT_CAUSE_RESERVED_BIT,
                   "a reserved bit is never resolved");
    expect_refused(space, ktest_random_range(0, 4095), FAULT_RESERVED | FAULT_PRESENT,
                   FAULT_CAUSE_RESERVED_BIT, "a reserved bit comes before the null page");
    expect_refused(space, address_in(&plan, GUARD), FAULT_RESERVED | FAULT_USER,
                   FAULT_CAUSE_RESERVED_BIT, "a reserved bit comes before a guard region");
    ktest_part("the null page");
    expect_refused(space, 0, 0, FAULT_CAUSE_NULL, "address 0 is a null pointer");
    expect_refused(space, PAGE_SIZE - 1, FAULT_WRITE, FAULT_CAUSE_NULL,
                   "every address of the first page is a null pointer");
    expect_refused(space, ktest_random_range(1, 4094), FAULT_USER | FAULT_WRITE, FAULT_CAUSE_NULL,
                   "a program's null pointer is one, too: this rule comes before privilege");
    expect_refused(space, PAGE_SIZE, FAULT_USER, FAULT_CAUSE_PRIVILEGE,
                   "the second page is no null pointer");
    space_destroy(space);
}

KTEST(fault_rule_guard, KTEST_PAGING)
{
    struct plan plan = plan_create();
    struct space *space = plan.space;
    uintptr_t guard_page = (uintptr_t)kernel_stack_guard;
    ktest_part("guard regions");
    expect_refused(space, address_in(&plan, GUARD), 0, FAULT_CAUSE_GUARD,
                   "the kernel must not touch a guard region");
    expect_refused(space, plan.start[GUARD], FAULT_USER | FAULT_WRITE, FAULT_CAUSE_GUARD,
                   "the first byte of a guard region belongs to it");
    expect_refused(space, plan.start[GUARD] + REGION_PAGES * PAGE_SIZE - 1, FAULT_USER,
                   FAULT_CAUSE_GUARD, "the last byte of a guard region belongs to it");
    ktest_part("the guard page of the boot stack");
    expect_refused(space, guard_page, FAULT_WRITE, FAULT_CAUSE_GUARD,
                   "the first byte of the guard page belongs to it");
    expect_refused(&kernel_space, guard_page + PAGE_SIZE - 4, FAULT_WRITE, FAULT_CAUSE_GUARD,
                   "an overflow of the boot stack touches the guard page");
    expect_refused(space, guard_page + ktest_random_range(0, 4095), FAULT_USER, FAULT_CAUSE_GUARD,
                   "a program in the guard page: the guard rule comes before privilege");
    space_destroy(space);
}

KTEST(fault_rule_privilege, KTEST_PAGING)
{
    struct plan plan = plan_create();
    struct space *space = plan.space;
    ktest_part("outside the user half");
    expect_refused(space, USER_START - 1, FAULT_USER, FAULT_CAUSE_PRIVILEGE,
                   "a program must not touch the last byte below USER_START");
    expect_refused(space, USER_END, FAULT_USER | FAULT_WRITE, FAULT_CAUSE_PRIVILEGE,
                   "a program must not touch USER_END");
    expect_refused(space, 0xFFFFFFFFu, FAULT_USER, FAULT_CAUSE_PRIVILEGE,
                   "a program must not touch the last byte there is");
    expect_refused(space, (uintptr_t)kernel_text_start, FAULT_USER | FAULT_PRESENT,
                   FAULT_CAUSE_PRIVILEGE, "a program must not read the kernel's code");
    expect_refused(space, (uintptr_t)kernel_text_start, FAULT_USER | FAULT_PRESENT | FAULT_WRITE,
                   FAULT_CAUSE_PRIVILEGE,
                   "a program writes to kernel code: the rule of privilege comes before that of "
                   "read-only pages");
    ktest_part("inside the user half");
    expect_refused(space, address_in(&plan, KERNEL_ONLY), FAULT_USER, FAULT_CAUSE_PRIVILEGE,
                   "a program must not touch a region without PTE_USER");
    expect_refused(space, address_in(&plan, KERNEL_READ_ONLY), FAULT_USER | FAULT_WRITE,
                   FAULT_CAUSE_PRIVILEGE,
                   "a program writes to a kernel region: the rule of privilege comes before that "
                   "of read-only regions");
    physaddr_t frame = frame_zeroed();
    REQUIRE_RESULT(paging_map(space->directory, plan.nowhere, frame, PTE_WRITE), 0,
                   "a page can be mapped");
    expect_refused(space, plan.nowhere, FAULT_USER | FAULT_PRESENT, FAULT_CAUSE_PRIVILEGE,
                   "a program must not touch a page without PTE_USER");
    space_destroy(space);
}

KTEST(fault_rule_read_only, KTEST_PAGING)
{
    struct plan plan = plan_create();
    struct space *space = plan.space;
    ktest_part("regions");
    expect_refused(space, address_in(&plan, READ_ONLY), FAULT_USER | FAULT_WRITE,
                   FAULT_CAUSE_READ_ONLY, "a program must not write to a read-only region");
    expect_refused(space, address_in(&plan, READ_ONLY), FAULT_WRITE, FAULT_CAUSE_READ_ONLY,
                   "the kernel must not write to a read-only region");
    ktest_part("pages");
    expect_refused(space, (uintptr_t)kernel_text_start + ktest_random_range(0, 999),
                   FAULT_WRITE | FAULT_PRESENT, FAULT_CAUSE_READ_ONLY,
                   "the kernel must not write to its code");
    uintptr_t page = plan.start[READ_ONLY];
    expect_resolved(space, page, FAULT_USER, PTE_USER, "a read-only region may be read");
    expect_refused(space, page, FAULT_USER | FAULT_WRITE | FAULT_PRESENT, FAULT_CAUSE_READ_ONLY,
                   "a page of a read-only region must not be written once it is there");
    page = plan.start[WRITABLE];
    expect_resolved(space, page, FAULT_USER, PTE_WRITE | PTE_USER, "a region may be read");
    EXPECT_RESULT(paging_protect(space->directory, page, PTE_USER), 0, "a page can be protected");
    expect_refused(space, page, FAULT_USER | FAULT_WRITE | FAULT_PRESENT, FAULT_CAUSE_READ_ONLY,
                   "a page that was protected must not be written, whatever its region allows");
    space_destroy(space);
}

KTEST(fault_rule_not_mapped, KTEST_PAGING)
{
    struct plan plan = plan_create();
    struct space *space = plan.space;
    ktest_part("the user half");
    expect_refused(space, plan.nowhere, FAULT_USER, FAULT_CAUSE_NOT_MAPPED,
                   "where no region is, nothing appears");
    expect_refused(space, plan.start[WRITABLE] - 1, FAULT_USER | FAULT_WRITE,
                   FAULT_CAUSE_NOT_MAPPED, "the byte before a region is outside");
    expect_refused(space, plan.start[WRITABLE] + REGION_PAGES * PAGE_SIZE, FAULT_WRITE,
                   FAULT_CAUSE_NOT_MAPPED, "the byte after a region is outside");
    expect_refused(space, USER_END - 1, FAULT_USER, FAULT_CAUSE_NOT_MAPPED,
                   "the last byte of the user half belongs to programs");
    expect_refused(space, USER_START, FAULT_USER, FAULT_CAUSE_NOT_MAPPED,
                   "the first byte of the user half belongs to programs");
    ktest_part("the kernel's addresses");
    expect_refused(space, PAGE_SIZE * ktest_random_range(0xF8000, 0xFF000), 0,
                   FAULT_CAUSE_NOT_MAPPED, "the kernel's own stray pointers are explained");
    expect_refused(&kernel_space, KERNEL_HEAP_END - 1, FAULT_WRITE, FAULT_CAUSE_NOT_MAPPED,
                   "the kernel's own stray pointers are explained");
    expect_refused(&kernel_space, plan.nowhere, 0, FAULT_CAUSE_NOT_MAPPED,
                   "the kernel's space has no user half");
    space_destroy(space);
}

KTEST(fault_out_of_memory, KTEST_PAGING)
{
    struct plan plan = plan_create();
    struct space *space = plan.space;
    uintptr_t address = address_in(&plan, WRITABLE);
    struct hoard hoard = {0};
    hoard_take_all(&hoard);
    ktest_part("no frame at all");
    expect_refused(space, address, FAULT_USER, FAULT_CAUSE_OUT_OF_MEMORY,
                   "without a free frame no page appears");
    expect_refused(space, address_in(&plan, READ_ONLY), FAULT_WRITE, FAULT_CAUSE_READ_ONLY,
                   "without a free frame, a write to a read-only region is still refused as one: "
                   "memory is the last rule");
    ktest_part("a frame for the page, none for its table");
    hoard_release(&hoard, 1);
    expect_refused(space, address, FAULT_USER | FAULT_WRITE, FAULT_CAUSE_OUT_OF_MEMORY,
                   "a page that needs a table needs two frames");
    ktest_part("enough memory again");
    hoard_release(&hoard, 1);
    expect_resolved(space, address, FAULT_USER | FAULT_WRITE, PTE_WRITE | PTE_USER,
                    "with two free frames the page appears");
    EXPECT_EQUAL(frames_free(), 0, "the page and its table took both free frames");
    space_destroy(space);
    hoard_release_all(&hoard);
}

/* What the kernel does wrong, for ktest_catch_fault(). */

static void read_word(void *address)
{
    (void)*(volatile uint32_t *)address;
}

static void write_word(void *address)
{
    *(volatile uint32_t *)address = 0x0BADF00D;
}

static void jump(void *address)
{
    ((void (*)(void))address)();
}

/** Let the kernel do something wrong, and check how that is explained. */
static void expect_explained(void (*action)(void *), uintptr_t address, enum fault_cause cause,
                             const char *what)
{
    struct ktest_fault caught = ktest_catch_fault(action, (void *)address);
    EXPECT_CAUSE(caught.cause, cause, what);
    if (caught.cause != FAULT_CAUSE_NONE) {
        EXPECT_EQUAL(caught.fault.address, address, "the address that was touched is known");
        EXPECT_EQUAL(caught.fault.write, action == write_word, "reads and writes are told apart");
        EXPECT_EQUAL(caught.fault.user, false, "the kernel is not taken for a program");
    }
}

KTEST(fault_kernel_explained, KTEST_PAGING)
{
    ktest_part("null pointers");
    expect_explained(read_word, ktest_random_range(0, 1000) * 4, FAULT_CAUSE_NULL,
                     "reading through a null pointer is explained");
    expect_explained(write_word, 0, FAULT_CAUSE_NULL,
                     "writing through a null pointer is explained");
    expect_explained(jump, 0, FAULT_CAUSE_NULL, "calling a null pointer is explained");
    ktest_part("read-only memory");
    expect_explained(write_word, (uintptr_t)kernel_text_start, FAULT_CAUSE_READ_ONLY,
                     "overwriting the kernel's code is explained");
    expect_explained(write_word, (uintptr_t)kernel_rodata_end - 4, FAULT_CAUSE_READ_ONLY,
                     "overwriting the kernel's constants is explained");
    ktest_part("guard page and unmapped memory");
    expect_explained(write_word, (uintptr_t)kernel_stack_guard + ktest_random_range(0, 1000) * 4,
                     FAULT_CAUSE_GUARD, "running into the guard page is explained");
    expect_explained(read_word, KERNEL_HEAP_END, FAULT_CAUSE_NOT_MAPPED,
                     "reading where nothing is mapped is explained");
    expect_explained(read_word, USER_START - PAGE_SIZE, FAULT_CAUSE_NOT_MAPPED,
                     "reading past the end of memory is explained");
    expect_explained(read_word, random_user_page(), FAULT_CAUSE_NOT_MAPPED,
                     "reading in the user half of the kernel's space is explained");
}

/**
 * Check a fault at a page that allows the access: it is resolved by forgetting the old translation.
 * The processor reads the page first; then its entry, which no region covers, gets another frame.
 */
static void expect_refreshed(struct space *space, uintptr_t page)
{
    physaddr_t old_frame = map_new_page(space, page);
    physaddr_t frame = frame_filled(0x600DF00D);
    REQUIRE_EQUAL(*(volatile uint32_t *)page, page, "a page that was mapped can be read");
    pte_t *table = phys_to_virt(PTE_FRAME(space->directory[PDE_INDEX(page)]));
    table[PTE_INDEX(page)] = frame | PTE_WRITE | PTE_USER | PTE_PRESENT;
    uint32_t before = frames_free();
    struct fault fault = fault_of(page + 4, FAULT_PRESENT | FAULT_WRITE | FAULT_USER);
    EXPECT_CAUSE(fault_resolve(space, &fault), FAULT_CAUSE_NONE,
                 "a fault at a present page that allows the access is resolved, region or not");
    EXPECT_EQUAL(*(volatile uint32_t *)page, 0x600DF00D,
                 "after a fault at a present page the processor's old translation is forgotten");
    EXPECT_EQUAL(frames_free(), before,
                 "a fault at a present page takes no frame: as many are free as before");
    frame_release(old_frame);
}

KTEST(fault_after_unmap, KTEST_PAGING)
{
    struct space *space = space_new();
    uintptr_t page = random_user_page();
    physaddr_t frame = map_new_page(space, page);
    space_enter(space);
    ktest_part("a page made read only");
    write_word((void *)page);
    EXPECT_RESULT(paging_protect(space->directory, page, PTE_USER), 0, "a page can be protected");
    expect_explained(write_word, page, FAULT_CAUSE_READ_ONLY,
                     "a page made read only can no longer be written");
    EXPECT_EQUAL(*(volatile uint32_t *)page, 0x0BADF00D, "a page made read only can still be read");
    ktest_part("a page unmapped");
    EXPECT_RESULT(paging_unmap(space->directory, page, NULL), 0, "a page can be unmapped");
    expect_explained(read_word, page, FAULT_CAUSE_NOT_MAPPED,
                     "a page that was unmapped can no longer be read");
    ktest_inspect("absent", directory_of(space), page, 0, 0);
    ktest_part("a page whose cached translation is old");
    expect_refreshed(space, page);
    space_enter(&kernel_space);
    frame_release(frame);
    space_destroy(space);
}

KTEST(fault_many_pages, KTEST_PAGING)
{
    const uint32_t pages = 96;
    frames_soil(2 * pages);
    struct space *space = space_new();
    uint32_t before = frames_free();
    uintptr_t start = USER_START + ktest_random_range(0, 500) * LARGE_PAGE_SIZE - 32 * PAGE_SIZE;
    start = start < USER_START ? USER_START : start;
    struct region region = {start, start + pages * PAGE_SIZE, REGION_DEMAND_ZERO, PTE_WRITE};
    REQUIRE_RESULT(region_add(space, &region), 0, "a region is added");
    EXPECT_EQUAL(frames_free(), before,
                 "a region alone takes no frame: as many are free as before");
    space_enter(space);
    for (uint32_t i = 0; i < pages; i++) {
        volatile uint32_t *word = (volatile uint32_t *)(start + i * 37 % pages * PAGE_SIZE);
        EXPECT_EQUAL(*word, 0, "a page that is touched for the first time is zero");
        *word = i + 1;
    }
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < pages; i++) {
        wrong += *(volatile uint32_t *)(start + i * 37 % pages * PAGE_SIZE) != i + 1;
    }
    EXPECT_EQUAL(wrong, 0, "every page is a page of its own");
    EXPECT_BETWEEN(before - frames_free(), pages + 1, pages + 2,
                   "each page took one frame, and each table");
    space_enter(&kernel_space);
    space_destroy(space);
}
