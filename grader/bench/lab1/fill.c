/**
 * @file
 * Measuring, and memory in use while measuring.
 *
 * Frames in use are chained through their first word, so that keeping them needs no memory of its
 * own. Which of them are released again, to scatter what is free, follows the run's random
 * numbers. Heap blocks are chained in the same way. It owns the chain of frames while it fills.
 */
#include "bench.h"

#include "kernel/cmdline.h"
#include "kernel/ktest.h"
#include "kernel/main.h"
#include "kernel/memory/frame.h"
#include "kernel/memory/heap.h"
#include "kernel/memory/layout.h"
#include "kernel/panic.h"
#include "kernel/x86/cpu.h"

enum {
    SAMPLES = 301,         /**< Calls that are measured. */
    WARM_UP = 50,          /**< Calls before that, not measured. */
    HEAP_PERCENT = 10,     /**< Most of memory that goes to heap blocks. */
    BLOCK_SIZE_MAX = 2000, /**< Bytes of a heap block, at most. */
    SPARE_FRAMES = 32,     /**< Frames that stay free whatever `fill=` says. */
};

static void nothing(void)
{
}

/** One call, with its measuring. */
static uint32_t sample(void (*operation)(void))
{
    uint64_t start = cpu_timestamp();
    operation();
    return (uint32_t)(cpu_timestamp() - start);
}

/** What measuring itself takes, at least. */
static uint32_t measuring(void)
{
    uint32_t least = sample(nothing);
    for (int i = 0; i < WARM_UP; i++) {
        uint32_t taken = sample(nothing);
        least = taken < least ? taken : least;
    }
    return least;
}

void bench_measure(const char *name, void (*operation)(void), void (*restore)(void))
{
    static uint32_t samples[SAMPLES];
    uint32_t overhead = measuring();
    for (int i = -WARM_UP; i < SAMPLES; i++) {
        uint32_t taken = sample(operation);
        if (i >= 0) {
            samples[i] = taken < overhead ? 0 : taken - overhead;
        }
        if (restore != NULL) {
            restore();
        }
    }
    ktest_report_bench(name, samples, SAMPLES);
}

/** Fill part of the heap, then free every other block. */
static void fill_heap(uint32_t bytes)
{
    void **kept = NULL;
    bool keep = true;
    while (heap_stats().used < bytes) {
        void **block = kmalloc(ktest_random_range(16, BLOCK_SIZE_MAX));
        void **gap = kmalloc(ktest_random_range(16, BLOCK_SIZE_MAX));
        assert(block != NULL && gap != NULL);
        *block = kept;
        kept = block;
        if (keep) {
            kfree(gap);
        }
        keep = !keep;
    }
}

/** Take every frame, then release some here and there until @p spare are free. */
static void fill_frames(uint32_t spare)
{
    uint32_t *chain = NULL;
    for (physaddr_t frame = frame_alloc(); frame != FRAME_NONE; frame = frame_alloc()) {
        *(uint32_t **)phys_to_virt(frame) = chain;
        chain = phys_to_virt(frame);
    }
    uint32_t used = frame_stats().total - frame_stats().free;
    while (chain != NULL && frame_stats().free < spare) {
        uint32_t *next = *(uint32_t **)chain;
        if (ktest_random_range(0, used) < 2 * spare) {
            frame_release(virt_to_phys(chain));
        }
        chain = next;
    }
}

void fill_memory(void)
{
    uint32_t percent = 0;
    if (!cmdline_number(boot_information()->command_line, "fill", &percent)) {
        return;
    }
    assert(percent < 100);
    uint32_t total = frame_stats().total;
    uint32_t heap = percent < HEAP_PERCENT ? percent : HEAP_PERCENT;
    fill_heap(total / 100 * heap / 2 * PAGE_SIZE);
    uint32_t spare = total / 100 * (100 - percent);
    fill_frames(spare < SPARE_FRAMES ? SPARE_FRAMES : spare);
}
