/**
 * @file
 * Lab 1, exercise 6: does the heap notice what its users do wrong?
 *
 * Each test damages one thing, expects the right report from kfree() or heap_check(), repairs the
 * damage and goes on: the heap must not have changed anything before it reported. Where a heap
 * cannot know better, heap.h allows several reports, and so do these tests. Misuse is provoked
 * through ktest_catch_misuse().
 */
#include "heap.h"
#include "support.h"

#include "lib/string.h"

/** Free memory; for ktest_catch_misuse(). */
static void free_memory(void *memory)
{
    kfree(memory);
}

/** Check the heap; for ktest_catch_misuse(). */
static void check_heap(void *ignored)
{
    (void)ignored;
    heap_check();
}

/** What kfree() reports. */
static enum misuse free_misuse(void *memory)
{
    return ktest_catch_misuse(free_memory, memory);
}

/** Allocate memory; failure ends the run. */
static uint8_t *must_alloc(uint32_t size)
{
    uint8_t *memory = kmalloc(size);
    REQUIRE(memory != NULL, "there is memory for a small block");
    return memory;
}

KTEST(heap_double_free, KTEST_HEAP)
{
    uint8_t *blocks[5];
    for (uint32_t i = 0; i < COUNT_OF(blocks); i++) {
        blocks[i] = must_alloc(ktest_random_range(1, 500));
    }
    uint32_t used = heap_stats().used_blocks;
    ktest_part("twice at once");
    kfree(blocks[2]);
    EXPECT_MISUSE(free_misuse(blocks[2]), MISUSE_DOUBLE_FREE, "a second kfree() is noticed");
    EXPECT_EQUAL(heap_stats().used_blocks, used - 1,
                 "the misuse changes nothing: as many blocks are used");
    heap_agrees();

    ktest_part("after its neighbours were freed");
    kfree(blocks[1]);
    kfree(blocks[3]);
    for (uint32_t i = 1; i < 4; i++) {
        EXPECT(free_misuse(blocks[i]) != MISUSE_NONE,
               "a second kfree() is noticed although the block was joined with others");
    }
    EXPECT_EQUAL(heap_stats().used_blocks, used - 3,
                 "the misuse changes nothing: as many blocks are used");
    kfree(blocks[0]);
    kfree(blocks[4]);
    heap_agrees();
}

/** Check that kfree() refuses an address that the heap never returned. */
static void expect_foreign(uintptr_t address, const char *what)
{
    enum misuse misuse = free_misuse((void *)address);
    EXPECT(misuse == MISUSE_FOREIGN_BLOCK || misuse == MISUSE_HEAP_CORRUPT, what);
}

KTEST(heap_foreign, KTEST_HEAP)
{
    static uint32_t variable[16];
    uint32_t local[16] = {0};
    uint8_t *memory = must_alloc(1000);
    memset(memory, 0, 1000);
    struct heap_stats before = heap_stats();
    ktest_part("addresses inside a block");
    expect_foreign((uintptr_t)memory + 1, "an address that is not aligned is noticed");
    expect_foreign((uintptr_t)memory + 4, "an address that is not aligned is noticed");
    expect_foreign((uintptr_t)memory + HEAP_ALIGNMENT * ktest_random_range(1, 60),
                   "an address inside a block is noticed");
    ktest_part("addresses outside the heap");
    expect_foreign(((uintptr_t)local + 15) & ~(uintptr_t)15, "an address on the stack is noticed");
    expect_foreign(((uintptr_t)variable + 15) & ~(uintptr_t)15, "a variable is noticed");
    expect_foreign(HEAP_ALIGNMENT, "an address in the null page is noticed");
    expect_foreign(KERNEL_HEAP_START - HEAP_ALIGNMENT, "an address below the heap is noticed");
    expect_foreign(KERNEL_HEAP_START, "the beginning of the heap is noticed");
    expect_foreign(KERNEL_HEAP_START + before.mapped, "the end of the heap is noticed");
    expect_foreign(KERNEL_HEAP_START + before.mapped + ktest_random_range(1, 999) * 4096,
                   "an address past the heap is noticed");
    expect_foreign(0xFFFFFFF0u, "the last address is noticed");
    EXPECT_EQUAL(heap_stats().used, before.used,
                 "the misuse changes nothing: as many bytes are used");
    kfree(memory);
    heap_agrees();
}

/** Damage one byte, expect that it is noticed, repair it. */
static void expect_overrun(uint8_t *memory, uint32_t size)
{
    uint8_t original = memory[size];
    memory[size] ^= (uint8_t)ktest_random_range(1, 255);
    EXPECT_MISUSE(free_misuse(memory), MISUSE_HEAP_CORRUPT,
                  "one byte written past the end is noticed by kfree()");
    EXPECT_MISUSE(ktest_catch_misuse(check_heap, NULL), MISUSE_HEAP_CORRUPT,
                  "one byte written past the end is noticed by heap_check()");
    memory[size] = original;
}

KTEST(heap_overrun, KTEST_HEAP)
{
    uint32_t used = heap_stats().used_blocks;
    ktest_part("blocks of 1 to 64 bytes");
    for (uint32_t size = 1; size <= 64; size++) {
        uint8_t *memory = must_alloc(size);
        expect_overrun(memory, size);
        kfree(memory);
    }
    ktest_part("other blocks");
    for (uint32_t i = 0; i < 20; i++) {
        uint32_t size = ktest_random_range(1, 5000);
        uint8_t *memory = kmalloc_aligned(size, 1u << ktest_random_range(0, 12));
        REQUIRE(memory != NULL, "there is memory");
        expect_overrun(memory, size);
        kfree(memory);
    }
    ktest_part("blocks that krealloc() changed");
    uint32_t size = ktest_random_range(100, 200);
    uint8_t *memory = must_alloc(size);
    for (uint32_t i = 0; i < 8; i++) {
        size = ktest_random_range(1, 600);
        memory = krealloc(memory, size);
        REQUIRE(memory != NULL, "there is memory");
        expect_overrun(memory, size);
    }
    kfree(memory);
    EXPECT_EQUAL(heap_stats().used_blocks, used, "after the repairs every block can be freed");
    heap_agrees();
}

KTEST(heap_header_damage, KTEST_HEAP)
{
    uint8_t saved[HEAP_ALIGNMENT];
    for (uint32_t i = 0; i < 8; i++) {
        uint8_t *memory = must_alloc(ktest_random_range(1, 300));
        uint8_t *behind = must_alloc(ktest_random_range(1, 300));
        memcpy(saved, behind - sizeof(saved), sizeof(saved));
        for (uint32_t k = 0; k < sizeof(saved); k++) {
            behind[-1 - (int)k] ^= (uint8_t)ktest_random_range(1, 255);
        }
        EXPECT_MISUSE(free_misuse(behind), MISUSE_HEAP_CORRUPT,
                      "bytes written before a block are noticed by kfree()");
        EXPECT_MISUSE(ktest_catch_misuse(check_heap, NULL), MISUSE_HEAP_CORRUPT,
                      "bytes written before a block are noticed by heap_check()");
        memcpy(behind - sizeof(saved), saved, sizeof(saved));
        kfree(memory);
        kfree(behind);
    }
    heap_agrees();
}
