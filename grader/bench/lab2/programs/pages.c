/**
 * @file
 * Measures pages that appear when they are touched, and pages that are copied on the first write.
 *
 * The heap grows by many pages at once, as malloc() lets it, or by one page at a time; each is
 * touched once. For copies, an array is shared with a child by a fork; the parent then writes to
 * each page, while the child still exists, and after it has ended. The file owns the array.
 */
#include "measure.h"

#define PAGE  4096u
#define PAGES 256u /**< Pages of a sample. */
/** Longer than the measurement takes. */
#define LONG 1000000

static char shared[PAGES][PAGE];

static void touch(char *page)
{
    *(volatile char *)page = 1;
}

/** Write to each of many pages. */
static void touch_all(char *pages)
{
    for (uint32_t i = 0; i < PAGES; i++) {
        touch(pages + i * PAGE);
    }
}

/** Grow the heap by many pages, and touch them. */
static void measure_growth(void)
{
    uint32_t samples[BATCHES];
    for (uint32_t i = 0; i < BATCHES; i++) {
        uint64_t start = now();
        touch_all((char *)cairn_grow(PAGES * PAGE));
        samples[i] = since(start, PAGES);
    }
    report("page.alloc_touch", samples, BATCHES);
}

/** Grow the heap by one page, and touch it. */
static void grow_and_touch(void)
{
    touch((char *)cairn_grow(PAGE));
}

/** Write to every page of the array. @return what each took. */
static uint32_t write_shared(void)
{
    uint64_t start = now();
    touch_all(&shared[0][0]);
    return since(start, PAGES);
}

/** Share the array with a process that never writes. @return its pid. */
static int32_t fork_sharer(void)
{
    int32_t pid = cairn_fork();
    if (pid == 0) {
        (void)cairn_sleep(LONG);
        cairn_exit(EXIT_FAILURE);
    }
    require(pid > 0);
    (void)cairn_yield();
    return pid;
}

static void end_sharer(int32_t pid)
{
    require(cairn_kill(pid) == 0 && cairn_wait(pid, NULL) == pid);
}

static void measure_copies(void)
{
    uint32_t copies[BATCHES];
    uint32_t last[BATCHES];
    (void)write_shared();
    for (uint32_t i = 0; i < BATCHES; i++) {
        int32_t sharer = fork_sharer();
        copies[i] = write_shared();
        end_sharer(sharer);
        end_sharer(fork_sharer());
        last[i] = write_shared();
    }
    report("fault.cow", copies, BATCHES);
    report("fault.cow_last", last, BATCHES);
}

int main(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    measure_growth();
    measure("page.grow_touch", PAGES, grow_and_touch);
    measure_copies();
    return EXIT_SUCCESS;
}
