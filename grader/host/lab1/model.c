/**
 * @file
 * The frame allocator against a model, on machines of 1 MiB to 1 GiB, and TLB invalidation.
 *
 * The model is an array with the references of every frame. Random steps allocate, allocate runs,
 * retain and release; the allocator's answer must be possible by the model, and its figures must
 * be those of the model. Frames are not written to, so that more memory can be handed out than the
 * program has. The last tests count the calls of tlb_invalidate().
 */
#include "../host.h"
#include "machine.h"

#include "kernel/memory/frame.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/paging.h"
#include "lib/random.h"
#include "lib/string.h"

#define FRAMES_MAX (PHYSICAL_LIMIT / PAGE_SIZE)
#define RUNS_MAX   64

/** The references of each frame. */
static uint16_t model[FRAMES_MAX];
static struct random numbers;

/** A run that is allocated. */
struct run {
    physaddr_t first;
    uint32_t count;
};

/** A random number from 0 up to @p limit. */
static uint32_t below(uint32_t limit)
{
    return random_next(&numbers) % limit;
}

/** A machine whose memory above 1 MiB is one region, with a hole in its middle. */
static void start(uint32_t bytes, uint32_t seed)
{
    static struct memory_map map;
    machine_reset();
    random_seed(&numbers, seed);
    memset(model, 0, sizeof(model));
    map = *machine_small_map();
    map.region_count = 2;
    map.regions[0] = (struct memory_region){LOW_MEMORY_END, bytes, true};
    map.regions[1] = (struct memory_region){LOW_MEMORY_END + bytes / 2 + 100, 50000, false};
    frame_init(&map);
    CHECK(frame_stats().total > 0 && frame_stats().free == frame_stats().total);
    CHECK(frame_stats().total <= bytes / PAGE_SIZE);
}

/** Allocate a run; all of its frames must be free in the model. */
static bool take(struct run *run, uint32_t count, uint32_t alignment)
{
    uint32_t free = frame_stats().free;
    physaddr_t first =
        count == 1 && alignment == 1 ? frame_alloc() : frame_alloc_run(count, alignment);
    if (first == FRAME_NONE) {
        CHECK_EQUAL(frame_stats().free, free);
        return false;
    }
    CHECK_EQUAL(first % (alignment * PAGE_SIZE), 0);
    for (uint32_t i = 0; i < count; i++) {
        CHECK_EQUAL(model[first / PAGE_SIZE + i], 0);
        model[first / PAGE_SIZE + i] = 1;
    }
    CHECK_EQUAL(frame_stats().free, free - count);
    *run = (struct run){first, count};
    return true;
}

/** Drop a reference of each frame of a run. @return whether that freed it. */
static bool drop(const struct run *run)
{
    for (uint32_t i = 0; i < run->count; i++) {
        model[run->first / PAGE_SIZE + i]--;
    }
    frame_release_run(run->first, run->count);
    CHECK_EQUAL(frame_references(run->first), model[run->first / PAGE_SIZE]);
    return model[run->first / PAGE_SIZE] == 0;
}

/** Random steps with at most RUNS_MAX runs at a time. */
static void storm(uint32_t steps)
{
    struct run runs[RUNS_MAX] = {0};
    uint32_t total = frame_stats().free;
    for (uint32_t i = 0; i < steps; i++) {
        struct run *run = &runs[below(RUNS_MAX)];
        if (run->count == 0) {
            uint32_t count = below(3) == 0 ? 1 + below(below(8) == 0 ? FRAME_RUN_MAX : 16) : 1;
            (void)take(run, count, 1u << below(6));
        } else if (below(4) == 0) {
            for (uint32_t k = 0; k < run->count; k++) {
                frame_retain(run->first + k * PAGE_SIZE);
                model[run->first / PAGE_SIZE + k]++;
            }
        } else if (drop(run)) {
            run->count = 0;
        }
    }
    for (uint32_t i = 0; i < RUNS_MAX; i++) {
        while (runs[i].count != 0 && !drop(&runs[i])) {
        }
    }
    CHECK_EQUAL(frame_stats().free, total);
    frame_check();
}

/** Allocate until there is nothing left; each frame once. */
static void exhaust(void)
{
    uint32_t total = frame_stats().total;
    struct run run;
    uint32_t count = 0;
    while (take(&run, 1, 1)) {
        count++;
    }
    CHECK_EQUAL(count, total);
    CHECK_EQUAL(frame_stats().free, 0);
    frame_check();
}

HOST_TEST(frames_follow_the_model_on_1_mib)
{
    start(0x100000, 1);
    storm(20000);
    exhaust();
}

HOST_TEST(frames_follow_the_model_on_16_mib)
{
    start(0x1000000, 2);
    storm(20000);
    exhaust();
}

HOST_TEST(frames_follow_the_model_on_256_mib)
{
    start(0xFF00000, 3);
    storm(10000);
    exhaust();
}

HOST_TEST(frames_follow_the_model_on_1_gib)
{
    start(PHYSICAL_LIMIT - LOW_MEMORY_END, 4);
    storm(10000);
    exhaust();
}

/** A directory with one page mapped at @p address. */
static pde_t *directory_with(uintptr_t address)
{
    machine_reset();
    frame_init(machine_small_map());
    pde_t *directory = phys_to_virt(frame_alloc());
    memset(directory, 0, PAGE_SIZE);
    CHECK_EQUAL(paging_map(directory, address, 0x123000, PTE_WRITE), 0);
    return directory;
}

HOST_TEST(paging_unmap_invalidates_the_page)
{
    const uintptr_t address = 0x45678000;
    pde_t *directory = directory_with(address);
    uint32_t before = machine_invalidations();
    CHECK_EQUAL(paging_unmap(directory, address, NULL), 0);
    CHECK(machine_invalidations() > before);
    CHECK_EQUAL(machine_last_invalidation() / PAGE_SIZE, address / PAGE_SIZE);
}

HOST_TEST(paging_protect_invalidates_the_page)
{
    const uintptr_t address = 0x81234000;
    pde_t *directory = directory_with(address);
    uint32_t before = machine_invalidations();
    CHECK_EQUAL(paging_protect(directory, address, 0), 0);
    CHECK(machine_invalidations() > before);
    CHECK_EQUAL(machine_last_invalidation() / PAGE_SIZE, address / PAGE_SIZE);
}
