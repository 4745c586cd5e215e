/**
 * @file
 * A process in ring 3 whose memory others read and write.
 *
 * Whoever includes this file has the same variables at the same addresses in every process that
 * runs the program, the target among them. The target fills its memory and waits for an order,
 * which is written to its memory; then it checks what else was written. The file owns the
 * variables.
 */
#ifndef PROGRAMS_KERNEL_TARGET_H
#define PROGRAMS_KERNEL_TARGET_H

#include "kernel_tools.h"

#include <cairn_ipc.h>

#define PAGE 4096u
#define AREA (5 * PAGE)

static uint8_t data[AREA] = {1};
static uint8_t untouched[AREA];
static uint8_t buffer[AREA + 2];
static volatile uint32_t order;    /* for the target: what to do; for the other: what it did */
static volatile int32_t child_pid; /* of the target */

static inline uint8_t pattern(uint32_t index, uint32_t salt)
{
    return (uint8_t)(index * 7 + index / PAGE + salt);
}

static inline void fill(uint8_t *bytes, uint32_t size, uint32_t salt)
{
    for (uint32_t i = 0; i < size; i++) {
        bytes[i] = pattern(i, salt);
    }
}

static inline bool is_filled(const uint8_t *bytes, uint32_t from, uint32_t size, uint32_t salt)
{
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < size; i++) {
        wrong += bytes[i] != pattern(from + i, salt);
    }
    return wrong == 0;
}

/** Wait for an order, and leave it to a caller to be seen. */
static inline uint32_t wait_for_order(uint32_t last)
{
    while (order == last) {
        (void)cairn_sleep(1);
    }
    return order;
}

/** The process in ring 3. */
static inline void be_target(void)
{
    fill(data, AREA, 1);
    order = 1;
    uint32_t done = wait_for_order(1);
    if (done == 3) { /* share all memory with a child */
        int32_t child = cairn_fork();
        if (child == 0) {
            order = 4;
            (void)wait_for_order(4);
            CHECK(is_filled(data, 0, AREA, 1));
            cairn_exit(0);
        }
        child_pid = child;
        order = 4;
        (void)wait_for_order(4);
        CHECK(is_filled(data, 0, AREA, 2));
        int status = -1;
        CHECK(cairn_wait(child, &status) == child && status == 0);
        return;
    }
    CHECK(is_filled(data, 0, AREA, done));
    CHECK(untouched[0] == 0 && untouched[2 * PAGE + 1] == (done == 2 ? 9 : 0));
}

#endif
