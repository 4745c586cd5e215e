/**
 * @file
 * Lab 1, exercise 2: contiguous runs, fragmentation, and what an allocation costs.
 *
 * How an allocator searches is its own business; frame.h promises only that a run is found if as
 * many frames as count and alignment, rounded up to a power of two, are free from a multiple of
 * that number on. The tests therefore take all memory and give back exactly chosen frames. The
 * cost is measured by the time-stamp counter, and only a cost that grows with memory is a failure.
 */
#include "support.h"

#include "kernel/x86/cpu.h"

/** Frames in the block in which fragmentation is tried. */
#define BLOCK 8u

/** Whether a run is aligned, belongs to nobody else, and has one reference to each frame. */
static bool run_is_sound(physaddr_t first, uint32_t count, uint32_t alignment)
{
    bool sound = first % (alignment * PAGE_SIZE) == 0;
    for (uint32_t i = 0; i < count; i++) {
        physaddr_t frame = first + i * PAGE_SIZE;
        sound = map_verdict(machine_map(), frame / PAGE_SIZE) != FRAME_FORBIDDEN &&
                frame_references(frame) == 1 && set_add(frame) && sound;
    }
    return sound;
}

KTEST(frame_run_sound, KTEST_FRAMES)
{
    struct {
        physaddr_t first;
        uint32_t count;
    } runs[24];
    uint32_t before = frame_stats().free;
    uint32_t taken = 0;
    set_clear();
    ktest_part("runs of random length and alignment");
    for (uint32_t i = 0; i < COUNT_OF(runs); i++) {
        uint32_t alignment = 1u << ktest_random_range(0, 6);
        runs[i].count = ktest_random_range(1, 60);
        runs[i].first = frame_alloc_run(runs[i].count, alignment);
        REQUIRE(runs[i].first != FRAME_NONE, "an almost empty memory has room for a short run");
        EXPECT_EQUAL(runs[i].first % (alignment * PAGE_SIZE), 0,
                     "a run is aligned as it was asked to: nothing is left over");
        EXPECT(run_is_sound(runs[i].first, runs[i].count, alignment),
               "a run consists of usable frames that nobody else has, with one reference each");
        taken += runs[i].count;
        EXPECT_EQUAL(frame_stats().free, before - taken, "a run costs as many frames as it has");
    }
    ktest_part("single frames beside runs");
    physaddr_t single = frame_alloc();
    EXPECT(set_add(single), "frame_alloc() does not hand out a frame of a run");
    frame_release(single);

    ktest_part("released runs");
    for (uint32_t i = 0; i < COUNT_OF(runs); i++) {
        frame_release_run(runs[i].first, runs[i].count);
        taken -= runs[i].count;
        EXPECT_EQUAL(frame_stats().free, before - taken, "frame_release_run() releases each frame");
    }
    frame_check();
}

KTEST(frame_run_pieces, KTEST_FRAMES)
{
    uint32_t before = frame_stats().free;
    uint32_t count = ktest_random_range(5, 30);
    physaddr_t first = frame_alloc_run(count, 1);
    REQUIRE(first != FRAME_NONE, "an almost empty memory has room for a short run");
    ktest_part("releasing a run one by one");
    physaddr_t kept = first + ktest_random_range(0, count - 1) * PAGE_SIZE;
    for (uint32_t i = count; i > 0; i--) {
        physaddr_t frame = first + (i - 1) * PAGE_SIZE;
        if (frame != kept) {
            frame_release(frame);
        }
    }
    EXPECT_EQUAL(frame_stats().free, before - 1,
                 "each frame of a run is free when it was released");
    EXPECT_EQUAL(frame_references(kept), 1, "the frame that was kept still has its reference");
    frame_release(kept);

    ktest_part("a frame of a run with a second user");
    first = frame_alloc_run(count, 1);
    REQUIRE(first != FRAME_NONE, "the frames of a released run can be allocated again");
    kept = first + ktest_random_range(0, count - 1) * PAGE_SIZE;
    frame_retain(kept);
    frame_release_run(first, count);
    EXPECT_EQUAL(frame_stats().free, before - 1, "a retained frame survives frame_release_run()");
    EXPECT_EQUAL(frame_references(kept), 1,
                 "frame_release_run() drops one reference of a retained frame");
    frame_release(kept);
    EXPECT_EQUAL(frame_stats().free, before, "all frames are free in the end");
    frame_check();
}

/** Take BLOCK frames, aligned to BLOCK but not to more, out of a hoard that holds all memory. */
static physaddr_t block_of_frames(struct hoard *hoard)
{
    uint32_t blocks = map_arena() / (BLOCK * PAGE_SIZE);
    physaddr_t first = (blocks + 2 * ktest_random_range(0, 100) + 1) * BLOCK * PAGE_SIZE;
    for (uint32_t i = 0; i < BLOCK; i++) {
        REQUIRE(hoard_remove(hoard, first + i * PAGE_SIZE), "frame_alloc() hands out all memory");
    }
    return first;
}

/** Check that no run is found, and that the attempt changes nothing. */
static void expect_no_run(uint32_t count, uint32_t alignment, const char *what)
{
    uint32_t before = frame_stats().free;
    EXPECT_NONE(frame_alloc_run(count, alignment), what);
    EXPECT_EQUAL(frame_stats().free, before, "a run that was not found costs nothing");
}

/** Check that a run is found at a certain place, and release it. */
static void expect_run_at(physaddr_t first, uint32_t count, uint32_t alignment, const char *what)
{
    uint32_t before = frame_stats().free;
    physaddr_t found = frame_alloc_run(count, alignment);
    EXPECT_EQUAL(found, first, what);
    EXPECT_EQUAL(frame_stats().free, before - count, "a run costs as many frames as it has");
    if (found != FRAME_NONE) {
        frame_release_run(found, count);
    }
}

KTEST(frame_run_fragmented, KTEST_FRAMES)
{
    struct hoard hoard = {0};
    hoard_take_all(&hoard);
    physaddr_t block = block_of_frames(&hoard);
    ktest_part("every other frame is free");
    for (uint32_t i = 0; i < BLOCK; i += 2) {
        frame_release(block + i * PAGE_SIZE);
    }
    expect_no_run(2, 1, "frames that are not neighbours do not make a run");
    expect_no_run(ktest_random_range(3, 9), 1, "frames that are not neighbours do not make a run");

    ktest_part("the frames between them are released too");
    for (uint32_t i = 1; i < BLOCK; i += 2) {
        frame_release(block + i * PAGE_SIZE);
    }
    expect_run_at(block, BLOCK, BLOCK, "released neighbours make a run again");
    expect_run_at(block, BLOCK, 1, "released neighbours make a run again");
    expect_run_at(block, ktest_random_range(1, BLOCK), BLOCK, "an aligned run is found");
    expect_no_run(BLOCK + 1, 1, "a run is not longer than the frames that are free");
    expect_no_run(2, 2 * BLOCK, "a run must be aligned as it was asked to");

    ktest_part("what a short run leaves");
    uint32_t count = ktest_random_range(3, BLOCK - 1);
    physaddr_t run = frame_alloc_run(count, BLOCK);
    EXPECT_EQUAL(run, block, "the run takes the beginning of the only block");
    EXPECT_EQUAL(frame_stats().free, BLOCK - count, "the rest of the block stays free");
    struct hoard rest = {0};
    hoard_take_all(&rest);
    EXPECT_EQUAL(rest.count, BLOCK - count, "the rest of the block can be allocated");
    hoard_release_all(&rest);
    frame_release_run(block, count);
    expect_run_at(block, BLOCK, BLOCK, "run and rest join again");
    hoard_release_all(&hoard);
    frame_check();
}

KTEST(frame_run_gaps, KTEST_FRAMES)
{
    struct hoard hoard = {0};
    hoard_take_all(&hoard);
    physaddr_t block = block_of_frames(&hoard);
    ktest_part("a used frame in the middle");
    for (uint32_t i = 0; i < BLOCK; i++) {
        if (i != BLOCK / 2) {
            frame_release(block + i * PAGE_SIZE);
        }
    }
    expect_no_run(BLOCK, 1, "a run does not reach across a frame in use");
    expect_no_run(BLOCK - 1, 1, "a run does not reach across a frame in use");
    expect_run_at(block, BLOCK / 2, BLOCK / 2, "the frames before the gap make a run");
    EXPECT_EQUAL(frame_references(block + BLOCK / 2 * PAGE_SIZE), 1, "the frame in use stays so");

    ktest_part("no aligned beginning");
    struct hoard front = {0};
    hoard_take_all(&front);
    frame_release(block + BLOCK / 2 * PAGE_SIZE);
    for (uint32_t i = BLOCK / 2 + 1; i < BLOCK; i++) {
        REQUIRE(hoard_remove(&front, block + i * PAGE_SIZE), "frame_alloc() finds free frames");
        frame_release(block + i * PAGE_SIZE);
    }
    expect_no_run(2, BLOCK, "a run does not start at an unaligned frame");
    expect_run_at(block + BLOCK / 2 * PAGE_SIZE, BLOCK / 2, BLOCK / 2, "an aligned run is found");
    hoard_release_all(&front);
    hoard_release_all(&hoard);
    EXPECT_EQUAL(frame_stats().free, frame_stats().total, "all frames are free in the end");
    frame_check();
}

KTEST(frame_run_longest, KTEST_FRAMES)
{
    uint32_t total = frame_stats().free;
    physaddr_t runs[16];
    uint32_t count = 0;
    ktest_part("runs of 4 MiB");
    set_clear();
    for (; count < COUNT_OF(runs); count++) {
        runs[count] = frame_alloc_run(FRAME_RUN_MAX, FRAME_RUN_MAX);
        if (runs[count] == FRAME_NONE) {
            break;
        }
        EXPECT(run_is_sound(runs[count], FRAME_RUN_MAX, FRAME_RUN_MAX),
               "a run of 4 MiB is aligned and consists of usable frames that nobody else has");
    }
    REQUIRE(count > 0, "an empty memory has room for a run of FRAME_RUN_MAX frames");
    EXPECT_EQUAL(frame_stats().free, total - count * FRAME_RUN_MAX,
                 "runs take no other frames than their own");

    ktest_part("single frames after them");
    struct hoard hoard = {0};
    hoard_take_all(&hoard);
    EXPECT_EQUAL(hoard.count, total - count * FRAME_RUN_MAX,
                 "every frame beside the runs can be allocated");
    expect_no_run(1, 1, "no run is found when no frame is free");

    ktest_part("a long run of frames released in disorder");
    for (uint32_t i = 0; i < FRAME_RUN_MAX; i++) {
        frame_release(runs[0] + (i * 613 % FRAME_RUN_MAX) * PAGE_SIZE);
    }
    expect_run_at(runs[0], FRAME_RUN_MAX, FRAME_RUN_MAX, "fragments join to the longest run");
    for (uint32_t i = 1; i < count; i++) {
        frame_release_run(runs[i], FRAME_RUN_MAX);
    }
    hoard_release_all(&hoard);
    EXPECT_EQUAL(frame_stats().free, total, "all frames are free in the end");
    frame_check();
}

/** The costs of one kind of call, in instructions. */
struct costs {
    uint32_t least;
    uint32_t most;
};

/** A call may take this many times as long as the fastest one. */
#define COST_FACTOR 50u
/** Frames that are remembered while all others are allocated. */
#define SAMPLES 32u

/** Take a measured call into account. */
static void costs_add(struct costs *costs, uint64_t start)
{
    uint32_t cost = (uint32_t)(cpu_timestamp() - start);
    costs->least = costs->least == 0 || cost < costs->least ? cost : costs->least;
    costs->most = cost > costs->most ? cost : costs->most;
}

/** Allocate a frame and measure it. */
static physaddr_t measured_alloc(struct costs *costs)
{
    uint64_t start = cpu_timestamp();
    physaddr_t frame = frame_alloc();
    costs_add(costs, start);
    return frame;
}

/** Release a frame and measure it. */
static void measured_release(struct costs *costs, physaddr_t frame)
{
    uint64_t start = cpu_timestamp();
    frame_release(frame);
    costs_add(costs, start);
}

/** Release and allocate the samples one by one, in an order that no search can foresee. */
static void exercise_samples(physaddr_t *samples, struct costs *alloc, struct costs *release)
{
    for (uint32_t i = 0; i < 2 * SAMPLES; i++) {
        uint32_t chosen = ktest_random_range(0, SAMPLES - 1);
        measured_release(release, samples[chosen]);
        samples[chosen] = measured_alloc(alloc);
        REQUIRE(samples[chosen] != FRAME_NONE, "a released frame can be allocated again");
    }
}

/** Allocate frames until @p left are free, and remember some of them. */
static void use_memory(uint32_t left, physaddr_t *samples, struct costs *alloc)
{
    uint32_t count = frame_stats().free - left;
    for (uint32_t i = 0; i < count; i++) {
        physaddr_t frame = measured_alloc(alloc);
        REQUIRE(frame != FRAME_NONE, "free frames can be allocated");
        REQUIRE(alloc->most <= COST_FACTOR * alloc->least,
                "frame_alloc() takes no longer as memory fills up");
        samples[i * SAMPLES / count] = frame;
    }
}

/** Check that the slowest call took about as long as the fastest. */
static void expect_constant(const struct costs *costs, const char *what)
{
    EXPECT_BETWEEN(costs->most, 0, COST_FACTOR * costs->least, what);
}

KTEST(frame_cost, KTEST_FRAMES)
{
    physaddr_t samples[SAMPLES];
    struct costs alloc = {0};
    struct costs release = {0};
    uint32_t total = frame_stats().total;
    ktest_part("1 GiB, almost empty");
    use_memory(total - 2 * SAMPLES, samples, &alloc);
    exercise_samples(samples, &alloc, &release);
    expect_constant(&alloc, "the cost of frame_alloc() does not depend on memory size");
    expect_constant(&release, "the cost of frame_release() does not depend on memory size");

    ktest_part("1 GiB, 99 % in use");
    use_memory(total / 100, samples, &alloc);
    exercise_samples(samples, &alloc, &release);
    expect_constant(&alloc, "the cost of frame_alloc() does not depend on memory in use");
    expect_constant(&release, "the cost of frame_release() does not depend on memory in use");
    frame_init(machine_map());
}
