/**
 * @file
 * The operations of lab 1 that are measured.
 *
 * All are measured in one boot, one after the other, while a space is current that has one region.
 * A page beside the measured one stays mapped, so that no page table comes and goes; a heap block
 * stays allocated for the same reason. It owns the space and the frame that the operations use.
 */
#include "bench.h"

#include "kernel/ktest.h"
#include "kernel/main.h"
#include "kernel/memory/fault.h"
#include "kernel/memory/frame.h"
#include "kernel/memory/heap.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/paging.h"
#include "kernel/memory/space.h"
#include "kernel/panic.h"
#include "kernel/x86/cpu.h"

enum {
    REGION_START = USER_START,                /**< Where pages appear when they are touched. */
    REGION_END = USER_START + 16 * PAGE_SIZE, /**< One past the region's last byte. */
    TOUCHED = USER_START + PAGE_SIZE,         /**< The page that appears again and again. */
    MAPPED = USER_START + 32 * PAGE_SIZE,     /**< The page that is mapped and unmapped. */
};

static struct space *space;
static physaddr_t frame;

static void frame_alloc_free(void)
{
    frame_release(frame_alloc());
}

static void page_map_unmap(void)
{
    int mapped = paging_map(space->directory, MAPPED, frame, PTE_WRITE | PTE_USER);
    int unmapped = paging_unmap(space->directory, MAPPED, NULL);
    assert(mapped == 0 && unmapped == 0);
}

static void fault_demand_zero(void)
{
    *(volatile uint32_t *)TOUCHED = 1;
}

/** Take the page away again. */
static void fault_restore(void)
{
    physaddr_t appeared = FRAME_NONE;
    int result = paging_unmap(space->directory, TOUCHED, &appeared);
    assert(result == 0);
    frame_release(appeared);
}

static void heap_alloc_free_64(void)
{
    kfree(kmalloc(64));
}

static void heap_alloc_free_4096(void)
{
    kfree(kmalloc(4096));
}

/** Make the space, and use a page beside those that will be measured. */
static void prepare(void)
{
    struct region region = {REGION_START, REGION_END, REGION_DEMAND_ZERO, PTE_WRITE | PTE_USER};
    int created = space_create(&space);
    assert(created == 0);
    int added = region_add(space, &region);
    assert(added == 0);
    space_switch(space);
    *(volatile uint32_t *)REGION_START = 1;
    frame = frame_alloc();
    void *block = kmalloc(4096);
    assert(frame != FRAME_NONE && block != NULL);
}

KTEST(bench_memory, KTEST_HEAP)
{
    uint32_t boot = (uint32_t)(cpu_timestamp() - boot_information()->entry_time);
    ktest_report_bench("boot.entry_to_ready", &boot, 1);
    prepare();
    fill_memory();
    bench_measure("frame.alloc_free", frame_alloc_free, NULL);
    bench_measure("page.map_unmap", page_map_unmap, NULL);
    bench_measure("fault.demand_zero", fault_demand_zero, fault_restore);
    bench_measure("heap.alloc_free.64", heap_alloc_free_64, NULL);
    bench_measure("heap.alloc_free.4096", heap_alloc_free_4096, NULL);
}
