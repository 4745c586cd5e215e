/**
 * @file
 * Lab 2, exercise 5: the copy functions and addresses that are not a program's.
 *
 * The pages at both ends of the user half exist in the space under test, and so does the page
 * before it, so that nothing but the check of the address protects the kernel. Demand-zero pages
 * must appear for the kernel as for the program, and a fault at any other instruction must not be
 * taken for one of a copy.
 */
#include "user_support.h"

#include "kernel/memory/heap.h"
#include "kernel/x86/segments.h"
#include "kernel/x86/user_copy.h"

#define SECRET 0xC3

static uint8_t secret[64];
static uint8_t target[2 * PAGE_SIZE];

/** A space whose user half has its first and its last page, behind a page of the kernel. */
static struct space *space_with_ends(void)
{
    struct space *space = user_space();
    user_page(space, USER_START, PTE_USER | PTE_WRITE, 0x11);
    user_page(space, USER_END - PAGE_SIZE, PTE_USER | PTE_WRITE, 0x22);
    user_page(space, USER_START - PAGE_SIZE, PTE_WRITE, SECRET);
    return space;
}

static void destroy_with_ends(struct space *space)
{
    physaddr_t frame;
    REQUIRE_ERROR(paging_unmap(space->directory, USER_START - PAGE_SIZE, &frame), 0,
                  "a page can be unmapped");
    frame_release(frame);
    space_destroy(space);
}

/** Neither direction may work. */
static void expect_refused(uintptr_t address, uint32_t size, const char *what)
{
    memset(target, 0, sizeof(target));
    EXPECT_ERROR(copy_from_user(target, (user_pointer){address}, size), -E_FAULT, what);
    EXPECT_ERROR(copy_to_user((user_pointer){address}, target, size), -E_FAULT, what);
    EXPECT_ERROR(copy_string_from_user((char *)target, (user_pointer){address}, sizeof(target)),
                 -E_FAULT, what);
    bool leaked = false;
    for (size_t i = 0; i < sizeof(target); i++) {
        leaked = leaked || target[i] == SECRET;
    }
    EXPECT(!leaked, "nothing of the kernel's memory is copied");
}

/** The bytes on both sides of a boundary. */
static void try_boundaries(void)
{
    EXPECT_ERROR(copy_from_user(target, (user_pointer){USER_START}, 8), 0,
                 "the first byte of the user half can be read");
    EXPECT_ERROR(copy_to_user((user_pointer){USER_START}, target, 8), 0,
                 "the first byte of the user half can be written");
    EXPECT_ERROR(copy_from_user(target, (user_pointer){USER_END - 8}, 8), 0,
                 "the last byte of the user half can be read");
    EXPECT_EQUAL(target[7], 0x22, "the last byte that was read is the program's");
    EXPECT_ERROR(copy_to_user((user_pointer){USER_END - 8}, target, 8), 0,
                 "the last byte of the user half can be written");
    for (uint32_t i = 1; i < 9; i++) {
        EXPECT_ERROR(copy_from_user(target, (user_pointer){USER_END - 8 + i}, 8), -E_FAULT,
                     "no byte behind the user half can be read");
        EXPECT_ERROR(copy_to_user((user_pointer){USER_END - 8 + i}, target, 8), -E_FAULT,
                     "no byte behind the user half can be written");
        EXPECT_ERROR(copy_from_user(target, (user_pointer){USER_START - i}, 8), -E_FAULT,
                     "no byte before the user half can be read");
        EXPECT_ERROR(copy_to_user((user_pointer){USER_START - i}, target, 8), -E_FAULT,
                     "no byte before the user half can be written");
    }
}

/** Strings at the upper end of the user half. */
static void try_string_boundaries(void)
{
    EXPECT_ERROR(copy_to_user((user_pointer){USER_END - 4}, "abc", 4), 0, "a string is put there");
    EXPECT_ERROR(copy_string_from_user((char *)target, (user_pointer){USER_END - 4}, 99), 3,
                 "a string may end with the user half");
    EXPECT_ERROR(copy_to_user((user_pointer){USER_END - 4}, "abcd", 4), 0,
                 "the end of the string is overwritten");
    EXPECT_ERROR(copy_string_from_user((char *)target, (user_pointer){USER_END - 4}, 99), -E_FAULT,
                 "a string may not lead out of the user half");
    EXPECT_ERROR(copy_string_from_user((char *)target, (user_pointer){USER_END - 4}, 4),
                 -E_TOO_LONG, "the kernel's memory is not read beyond the room for a string");
}

KTEST(user_copy_addresses, KTEST_PROCESSES)
{
    struct census before = census();
    struct space *space = space_with_ends();
    uint8_t *block = kmalloc(64);
    REQUIRE(block != NULL, "the kernel has memory");
    for (uint32_t i = 0; i < 64; i++) {
        block[i] = SECRET;
    }
    memset(secret, SECRET, sizeof(secret));
    user_pretend(space);
    ktest_part("the ends of the user half");
    try_boundaries();
    try_string_boundaries();

    ktest_part("the kernel's memory");
    expect_refused((uintptr_t)secret, sizeof(secret), "the kernel's variables are refused");
    expect_refused((uintptr_t)secret, 1, "a single byte of the kernel is refused");
    expect_refused((uintptr_t)block, 64, "the kernel's heap is refused");
    expect_refused((uintptr_t)&space, 4, "the kernel's stack is refused");
    expect_refused((uintptr_t)kernel_text_start, 16, "the kernel's code is refused");
    expect_refused(0, 4, "address 0 is refused");
    expect_refused(UINT32_MAX, 1, "the last address of all is refused");
    bool intact = true;
    for (size_t i = 0; i < sizeof(secret); i++) {
        intact = intact && secret[i] == SECRET && block[i] == SECRET;
    }
    EXPECT(intact, "the kernel's memory is as it was");

    ktest_part("sizes that wrap around");
    static const uint32_t sizes[] = {0xFFFFFFFF, 0xC0000000, 0xF0000000, 0xBFFFFFFF, 0x80000000};
    static struct {
        uint8_t room[64]; /* for all that the program has up to the end of the user half */
        uint8_t behind[64];
    } box;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        EXPECT_ERROR(copy_from_user(box.room, (user_pointer){USER_END - 64}, sizes[i]), -E_FAULT,
                     "a size that wraps around is refused");
        for (size_t k = 0; k < sizeof(box.behind); k++) {
            REQUIRE(box.behind[k] == 0, "not a byte is copied behind the user half");
        }
        EXPECT_ERROR(copy_to_user((user_pointer){USER_END - 64}, target, sizes[i]), -E_FAULT,
                     "a size that wraps around is refused");
    }
    EXPECT_ERROR(copy_from_user(target, (user_pointer){0xFFFFFFF0}, 0x20), -E_FAULT,
                 "a range across the last address is refused");

    ktest_part("size 0");
    static const uintptr_t anywhere[] = {0, 1, USER_START, USER_END, 0x70000000, UINT32_MAX};
    for (size_t i = 0; i < COUNT_OF(anywhere); i++) {
        EXPECT_ERROR(copy_from_user(NULL, (user_pointer){anywhere[i]}, 0), 0,
                     "with size 0 any pointer will do");
        EXPECT_ERROR(copy_to_user((user_pointer){anywhere[i]}, NULL, 0), 0,
                     "with size 0 any pointer will do");
    }
    user_pretend_end();
    kfree(block);
    destroy_with_ends(space);
    census_expect(&before);
}

KTEST(user_copy_demand_zero, KTEST_PROCESSES)
{
    struct census before = census();
    struct space *space = user_space();
    const uintptr_t start = 0x50000000 + ktest_random_range(0, 1000) * PAGE_SIZE;
    uint32_t directory = (uint32_t)space->directory;
    user_region(space, start, 6, PTE_USER | PTE_WRITE);
    user_region(space, start + 6 * PAGE_SIZE, 1, PTE_USER);
    user_pretend(space);
    ktest_part("pages appear for the kernel");
    memset(target, 0x77, sizeof(target));
    EXPECT_ERROR(copy_to_user((user_pointer){start + PAGE_SIZE - 5}, target, 10), 0,
                 "the kernel can write to pages that are not there yet");
    ktest_inspect("present", directory, start, start + 2 * PAGE_SIZE, 0);
    ktest_inspect("absent", directory, start + 2 * PAGE_SIZE, start + 7 * PAGE_SIZE, 0);
    const uint8_t *first = phys_to_virt(user_frame_of(space, start));
    EXPECT_EQUAL(first[PAGE_SIZE - 5], 0x77, "what was written is there");
    EXPECT_EQUAL(first[PAGE_SIZE - 6] | first[0], 0, "the rest of the page is zero");
    EXPECT_ERROR(copy_from_user(target, (user_pointer){start + 3 * PAGE_SIZE}, 16), 0,
                 "the kernel can read from a page that is not there yet");
    EXPECT_EQUAL(target[0] | target[15], 0, "a page that is not there yet reads as zeros");

    ktest_part("rights count for the kernel, too");
    EXPECT_ERROR(copy_to_user((user_pointer){start + 6 * PAGE_SIZE}, target, 1), -E_FAULT,
                 "a region that is read only stays so");
    EXPECT_ERROR(copy_from_user(target, (user_pointer){start + 6 * PAGE_SIZE}, 16), 0,
                 "a region that is read only can be read");
    EXPECT_ERROR(copy_from_user(target, (user_pointer){start + 7 * PAGE_SIZE - 1}, 2), -E_FAULT,
                 "behind the last region nothing appears");

    ktest_part("without memory");
    user_take_memory();
    EXPECT_ERROR(copy_to_user((user_pointer){start + 5 * PAGE_SIZE}, target, 4), -E_FAULT,
                 "without a free frame the copy fails, and nothing else");
    user_return_all_memory();
    EXPECT_ERROR(copy_to_user((user_pointer){start + 5 * PAGE_SIZE}, target, 4), 0,
                 "with one it works");
    user_pretend_end();
    space_destroy(space);
    census_expect(&before);
}

KTEST(user_copy_by_kernel, KTEST_PROCESSES)
{
    memset(secret, SECRET, sizeof(secret));
    uintptr_t nowhere = KERNEL_STACKS_END + 0x1000;
    EXPECT_ERROR(copy_from_user(target, (user_pointer){(uintptr_t)secret}, 64), 0,
                 "a kernel-mode process may pass any pointer");
    EXPECT_EQUAL(target[63], SECRET, "the bytes arrive");
    EXPECT_ERROR(copy_to_user((user_pointer){(uintptr_t)target}, "kernel", 7), 0,
                 "a kernel-mode process may write to any pointer");
    EXPECT_EQUAL(target[5], 'l', "the bytes arrive");
    EXPECT_ERROR(copy_string_from_user((char *)secret, (user_pointer){(uintptr_t)target}, 64), 6,
                 "a kernel-mode process may pass any string");
    EXPECT_ERROR(copy_from_user(target, (user_pointer){nowhere}, 4), -E_FAULT,
                 "a kernel-mode process cannot read where nothing is mapped");
    EXPECT_ERROR(copy_to_user((user_pointer){(uintptr_t)kernel_text_start}, target, 4), -E_FAULT,
                 "a kernel-mode process cannot write to code");
}

/** Write where nothing is mapped, but not as a copy. */
static void fault_elsewhere(void *argument)
{
    *(volatile uint32_t *)argument = 0;
}

KTEST(user_recover, KTEST_PROCESSES)
{
    ktest_part("frames made by hand");
    struct trap_frame frame = {.eip = (uint32_t)user_copy_start,
                               .cs = SELECTOR_KERNEL_CODE,
                               .ecx = 0x1234,
                               .vector = TRAP_PAGE_FAULT};
    struct trap_frame before = frame;
    EXPECT(user_copy_recover(&frame), "a fault of the first copying instruction is survived");
    EXPECT_EQUAL(frame.eip, (uint32_t)user_copy_end, "the copy goes on at its end");
    frame.eip = (uint32_t)user_copy_end - 1;
    EXPECT(user_copy_recover(&frame), "a fault of the last copying instruction is survived");
    EXPECT_EQUAL(frame.eip, (uint32_t)user_copy_end, "the copy goes on at its end");
    frame.eip = before.eip;
    EXPECT(memcmp(&frame, &before, sizeof(frame)) == 0, "nothing but EIP changes");
    const uint32_t others[] = {(uint32_t)user_copy_start - 1,
                               (uint32_t)user_copy_end,
                               (uint32_t)user_copy_end + 1,
                               (uint32_t)user_copy,
                               0,
                               (uint32_t)memcpy};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        frame.eip = others[i];
        EXPECT(!user_copy_recover(&frame), "a fault of another instruction is not survived");
        EXPECT_EQUAL(frame.eip, others[i], "EIP stays after a fault of another instruction");
    }
    frame = before;
    frame.cs = SELECTOR_USER_CODE;
    EXPECT(!user_copy_recover(&frame), "a program that jumps there is not the kernel");
    EXPECT_EQUAL(frame.eip, before.eip, "EIP stays if it was a program that jumped there");

    ktest_part("a real fault of the kernel");
    struct ktest_fault fault =
        ktest_catch_fault(fault_elsewhere, (void *)(KERNEL_STACKS_END + 0x1000));
    EXPECT_EQUAL(fault.cause, FAULT_CAUSE_NOT_MAPPED, "another fault of the kernel is reported");
}
