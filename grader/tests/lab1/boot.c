/**
 * @file
 * Lab 1, all exercises together: machines of other sizes, and a kernel that runs out of stack.
 *
 * These tests are about the way from frame_init() to a working heap, on machines that the boot
 * option memmap= makes small or full of holes. The last one overflows the boot stack on purpose:
 * the catalogue expects it to end in a report of a double fault, because the guard page is absent,
 * and the report must name the stack and the function that filled it.
 */
#include "heap.h"
#include "spaces.h"
#include "support.h"

#include "kernel/x86/mmu.h"

KTEST(boot_tiny_machine, KTEST_HEAP)
{
    ktest_part("the heap");
    uint32_t balance = frames_balance();
    struct piece piece = {0};
    REQUIRE(piece_alloc(&piece, ktest_random_range(1000, 20000), 0),
            "a machine with 2 MiB has memory for the heap");
    EXPECT(piece_intact(&piece, piece.size), "the block keeps its contents");
    piece_free(&piece);
    EXPECT_EQUAL(frames_balance(), balance, "no frame is lost: free and heap's");
    ktest_part("a program's space");
    struct space *space = space_new();
    struct region region = {USER_START, USER_START + PAGE_SIZE, REGION_DEMAND_ZERO, PTE_WRITE};
    REQUIRE_RESULT(region_add(space, &region), 0, "a region is added");
    space_enter(space);
    *(volatile uint32_t *)USER_START = 0x600DF00D;
    EXPECT_EQUAL(*(volatile uint32_t *)USER_START, 0x600DF00D, "a page appears when it is touched");
    space_enter(&kernel_space);
    space_destroy(space);
    EXPECT_EQUAL(frames_balance(), balance, "no frame is lost: free and heap's");
    frame_check();
    heap_agrees();
}

static uint32_t descend(uint32_t depth);
/** Called through a variable, so that no compiler sees how deep this goes. */
static uint32_t (*volatile deeper)(uint32_t) = descend;

/** Use up the stack. */
static uint32_t descend(uint32_t depth)
{
    volatile uint32_t local[64];
    local[depth % COUNT_OF(local)] = depth;
    return deeper(depth + 1) + local[depth % COUNT_OF(local)];
}

KTEST(boot_stack_overflow, KTEST_PAGING)
{
    REQUIRE(mmu_enabled(), "after space_init() paging is on");
    ktest_inspect("registers", directory_of(&kernel_space), 0, 0, 0);
    ktest_inspect("absent", directory_of(&kernel_space), (uint32_t)kernel_stack_guard, 0, 0);
    (void)descend(0);
    ktest_check_true(KTEST_CHECK("the guard page stops an overflow of the boot stack", false),
                     false, "a report of the overflow", "the stack never ended");
}
