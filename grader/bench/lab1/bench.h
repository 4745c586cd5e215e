/**
 * @file
 * What the benchmarks of lab 1 share: measuring an operation, and filling memory beforehand.
 *
 * An operation is measured one call at a time between two readings of the time-stamp counter;
 * what an empty operation takes is subtracted. The boot option `fill=PERCENT` says how much of
 * memory is to be in use meanwhile. Sequence: fill_memory() once, bench_measure() for each
 * operation. They own no state beyond the memory that fill_memory() keeps.
 */
#ifndef GRADER_BENCH_LAB1_BENCH_H
#define GRADER_BENCH_LAB1_BENCH_H

#include "kernel/types.h"

/**
 * Measure an operation and report the median.
 * @param name for instance "frame.alloc_free".
 * @param operation measured.
 * @param restore called after each call of @p operation, not measured; may be NULL.
 */
void bench_measure(const char *name, void (*operation)(void), void (*restore)(void));

/**
 * Use up memory as the boot option `fill=` says; without the option nothing happens. A tenth of
 * memory at most goes to heap blocks of mixed sizes with gaps between them, the rest to frames;
 * what stays free is scattered.
 */
void fill_memory(void);

#endif
