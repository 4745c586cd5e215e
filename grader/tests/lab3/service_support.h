/**
 * @file
 * What the tests of names, kernel-mode programs and delegation share.
 *
 * A test runs in the first process, with interrupts off, and may do there whatever a program may do
 * by system calls. It starts programs of the folder programs/ in either ring, and learns their exit
 * statuses; support_census() counts everything that could get lost. The file owns the hoard.
 * Sequence: support_census(), programs and calls, support_census_expect().
 */
#ifndef LAB3_SERVICE_SUPPORT_H
#define LAB3_SERVICE_SUPPORT_H

#include "../common/checks.h"
#include "../common/hoard.h"
#include "../common/outcomes.h"

#include "kernel/ipc/ipc.h"
#include "kernel/ipc/name.h"
#include "kernel/process/clock.h"
#include "kernel/process/process.h"
#include "kernel/process/scheduler.h"
#include "kernel/process/syscall.h"
#include "kernel/x86/cpu.h"

/* Counting. */

/** How much there is of everything that a service takes. */
struct support_census {
    uint32_t frames;      /**< Free frames and pages of the heap together: the heap may grow. */
    uint32_t heap_blocks; /**< Blocks in use. */
    uint32_t objects;
    uint32_t names;
    uint32_t processes;
};

/** @return what there is now; the current process has a struct ipc from then on. */
struct support_census support_census(void);
/** Check that nothing was lost and nothing is left over. */
void support_census_expect(const struct support_census *before);

/* Checks that show names instead of numbers. */

/** A process must have ended in a certain way. */
#define SUPPORT_EXPECT_STATUS(actual, kind, code, what)                                            \
    check_exit_status(KTEST_CHECK(what, false), (actual), EXIT_STATUS(kind, code))
/** A program that checks something itself must have found nothing wrong. */
#define SUPPORT_EXPECT_SUCCESS(actual, what) SUPPORT_EXPECT_STATUS(actual, EXIT_NORMAL, 0, what)
/** A call must have a certain result, a number or an error. */
#define SUPPORT_EXPECT(actual, expected, what)                                                     \
    check_result(KTEST_CHECK(what, false), (int32_t)(actual), (expected))

/* Programs. */

/**
 * Start a program of the folder programs/ as a child; failure ends the run.
 * @param mode in which ring.
 * @param words its name, which is also its argv[0], and further arguments, at most six in all.
 * @return its pid.
 */
int32_t support_spawn(enum process_mode mode, const char *const words[6]);
/** Start a program in a ring: SUPPORT_SPAWN(PROCESS_USER, "names", "list"). */
#define SUPPORT_SPAWN(mode, ...) support_spawn((mode), (const char *const[6]){__VA_ARGS__})
/** Start a program and wait for its end. @return the exit status. */
#define SUPPORT_RUN(mode, ...) support_wait(SUPPORT_SPAWN((mode), __VA_ARGS__))
/** Wait for a child; failure ends the run. @return its exit status. */
int32_t support_wait(int32_t pid);
/** End a child and wait for it. */
void support_kill(int32_t pid);
/** Let others run for some ticks of the clock. */
void support_sleep(uint32_t ticks);
/** @return a process that must exist; if it does not, the run ends. */
struct process *support_process(int32_t pid);
/** Give a child that has not run yet a privilege, as PID_INIT can by SYS_GRANT. */
void support_grant(int32_t pid, uint32_t privilege);

/**
 * Start a function of the kernel in a process of its own, with interrupts off.
 * @param function called with @p argument; the process ends when it returns.
 * @return the process, which has a struct ipc.
 */
struct process *support_launch(const char *name, void (*function)(void *), void *argument);
/** For support_launch(): wait until somebody ends the process. */
void support_stand(void *argument);
/** A function that turns interrupts off begins so. */
static inline void support_calm(void)
{
    (void)cpu_interrupts_disable();
}

/** Make a system call as the current process. */
static inline int32_t support_system(uint32_t number, uint32_t a, uint32_t b, uint32_t c,
                                     uint32_t d)
{
    const uint32_t arguments[SYSCALL_ARGUMENTS] = {a, b, c, d};
    return syscall_handle(number, arguments);
}

/** @return an endpoint with one reference, the caller's; failure ends the run. */
struct endpoint *support_endpoint(struct process *owner);
/** Take the owner away, and give back the caller's reference. */
void support_endpoint_drop(struct endpoint *endpoint);

/* Memory. */

/** Allocate all frames that are free, and use up the heap, too. */
void support_take_memory(void);
/** Give everything back. */
void support_return_memory(void);

#endif
