/**
 * @file
 * Measuring in ring 3: the time-stamp counter around a loop, and a note with the median.
 *
 * A sample is what a batch of calls took, divided by their number. The loop and the function of the
 * library are part of the figure, as for the systems that it is compared with. The note is a line
 * `bench NAME INSTRUCTIONS RUNS` in the trace, which the command `grader/benchmark` reads.
 * Sequence: measure() for an operation that can be repeated at once; else now() around the
 * operation and report() for all samples. They own no state.
 */
#ifndef GRADER_BENCH_LAB2_MEASURE_H
#define GRADER_BENCH_LAB2_MEASURE_H

#include <cairn.h>
#include <stdio.h>
#include <stdlib.h>

/** Samples that measure() takes. */
#define BATCHES 7u

/** @return the time-stamp counter: instructions, or cycles of the host. */
static inline uint64_t now(void)
{
    return __builtin_ia32_rdtsc();
}

/** What @p count calls since @p start took, for each of them. */
static inline uint32_t since(uint64_t start, uint32_t count)
{
    return ((uint32_t)(now() - start) + count / 2) / count;
}

/** End the program with an error: what is measured did not work. */
static inline void require(bool holds)
{
    if (!holds) {
        exit(EXIT_FAILURE);
    }
}

/** Sort numbers in ascending order, by insertion: there are few. */
static inline void sort(uint32_t *samples, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        uint32_t sample = samples[i];
        uint32_t place = i;
        for (; place > 0 && samples[place - 1] > sample; place--) {
            samples[place] = samples[place - 1];
        }
        samples[place] = sample;
    }
}

/**
 * Report the median.
 * @param name for instance "yield.pair".
 * @param samples sorted by the call.
 * @param count number of samples, at least 1.
 */
static inline void report(const char *name, uint32_t *samples, uint32_t count)
{
    char text[NOTE_MAX];
    sort(samples, count);
    int length = snprintf(text, sizeof(text), "bench %s %u %u", name, samples[count / 2], count);
    require(cairn_note(text, (size_t)length) == 0);
}

/**
 * Measure an operation and report it; the first batch, which warms up, does not count.
 * @param name for instance "yield.pair".
 * @param calls in each batch.
 * @param operation inlined into the loop.
 */
__attribute__((always_inline)) static inline void measure(const char *name, uint32_t calls,
                                                          void (*operation)(void))
{
    uint32_t samples[BATCHES] = {0};
    for (uint32_t i = 0; i <= BATCHES; i++) {
        uint64_t start = now();
        for (uint32_t call = 0; call < calls; call++) {
            operation();
        }
        uint32_t taken = since(start, calls);
        if (i > 0) {
            samples[i - 1] = taken;
        }
    }
    report(name, samples, BATCHES);
}

#endif
