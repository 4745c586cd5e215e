/**
 * @file
 * What the benchmarks of processes share: other processes meanwhile, and programs that measure.
 *
 * The boot option `processes=N` says how many processes there are during a measurement, of which
 * three take part in it. They own no state. Sequence: start_sleepers() once in a boot; then
 * finish_program() for each program that measures, after it has been started.
 */
#ifndef GRADER_BENCH_LAB2_PROCESSES_H
#define GRADER_BENCH_LAB2_PROCESSES_H

#include "kernel/types.h"

/** Have as many processes as the boot option says. All but the measured ones sleep. */
void start_sleepers(void);

/**
 * Wait for the end of a program; the run ends here if it has failed.
 * @param pid what starting it returned.
 */
void finish_program(int32_t pid);

#endif
