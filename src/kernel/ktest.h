/**
 * @file
 * Tests that run inside the kernel, and the runner that boots them by name.
 *
 * A test is a function declared with KTEST() in a file of the grader's tree; the linker collects
 * them. The boot option `ktest=a,b` names the tests to run; the kernel's start-up calls
 * ktest_run() at each milestone, and powers off after the last test. What a test finds goes to the
 * trace, and nowhere else. It owns the random numbers of the run, which start from the boot
 * option `seed=`, so that no answer can be known in advance.
 *
 * A test consists of parts, begun with ktest_part(); each can earn its share of the points. A
 * failed EXPECT lets the part go on, a failed REQUIRE ends the run.
 */
#ifndef KERNEL_KTEST_H
#define KERNEL_KTEST_H

#include "kernel/memory/fault.h"
#include "kernel/memory/misuse.h"
#include "kernel/types.h"

/** How far the kernel must have started before a test can run. */
enum ktest_milestone {
    KTEST_FRAMES, /**< The frame allocator is set up; paging is off. */
    KTEST_PAGING, /**< The kernel's address space is in use. */
    KTEST_HEAP,   /**< The heap is set up: everything of lab 1 works. */
    /** The test runs in the first process, in ring 0, with interrupts off. From lab 2 on. */
    KTEST_PROCESSES,
    KTEST_IPC, /**< As before, and there are endpoints and system calls for them; from lab 3 on. */
    KTEST_NAMES, /**< As before, and there are names: everything of lab 3 works. */
};

/** A test, as the linker collects it. */
struct ktest {
    const char *name;
    enum ktest_milestone milestone;
    void (*run)(void);
};

/** Declare a test: KTEST(frame_alloc_unique, KTEST_FRAMES) { ... }. */
#define KTEST(test_name, test_milestone)                                                           \
    static void ktest_##test_name(void);                                                           \
    static const struct ktest ktest_entry_##test_name                                              \
        __attribute__((used, section("ktests"), aligned(4))) = {                                   \
            .name = #test_name, .milestone = (test_milestone), .run = ktest_##test_name};          \
    static void ktest_##test_name(void)

/**
 * Run the chosen tests of one milestone, in the order in which they were named. Powers the machine
 * off when no chosen test is left for a later milestone.
 * @param milestone what has just been reached.
 */
void ktest_run(enum ktest_milestone milestone);

/**
 * Read the boot options.
 * @param names value of `ktest=`, or NULL.
 * @param seed value of `seed=`.
 */
void ktest_init(const char *names, uint32_t seed);

/** @return whether tests were chosen. */
bool ktest_active(void);

/**
 * Begin the next part of the running test.
 * @param name what this part looks at, in the words of the handout.
 */
void ktest_part(const char *name);

/** @return the next pseudo-random number of this run; determined by the seed. */
uint32_t ktest_random(void);

/**
 * A pseudo-random number in a range.
 * @param low smallest result.
 * @param high largest result, at least @p low.
 */
uint32_t ktest_random_range(uint32_t low, uint32_t high);

/** Where a check stands, and what it says. */
struct ktest_check {
    const char *file;
    int line;
    const char *what; /**< In the words of the handout. */
    bool fatal;       /**< A failure ends the run. */
};

/** Report a check; use the macros. @return whether it held. */
bool ktest_check_true(const struct ktest_check *check, bool holds, const char *expected,
                      const char *actual);
/** Report a comparison of unsigned numbers; use the macros. @return whether they are equal. */
bool ktest_check_equal(const struct ktest_check *check, uint32_t actual, uint32_t expected);

/** The description of a check at this place in the source; for the macros below. */
#define KTEST_CHECK(what_text, is_fatal)                                                           \
    (&(const struct ktest_check){                                                                  \
        .file = __FILE__, .line = __LINE__, .what = (what_text), .fatal = (is_fatal)})

/** Check a condition; `what` says in a sentence what must hold, e.g. "frames are unique". */
#define EXPECT(condition, what)                                                                    \
    ktest_check_true(KTEST_CHECK(what, false), (condition), "true: " #condition, "false")
/** As EXPECT; a failure ends the run. */
#define REQUIRE(condition, what)                                                                   \
    ktest_check_true(KTEST_CHECK(what, true), (condition), "true: " #condition, "false")
/** Check that a number is what it must be; both are shown when it is not. */
#define EXPECT_EQUAL(actual, expected, what)                                                       \
    ktest_check_equal(KTEST_CHECK(what, false), (uint32_t)(actual), (uint32_t)(expected))
/** As EXPECT_EQUAL; a failure ends the run. */
#define REQUIRE_EQUAL(actual, expected, what)                                                      \
    ktest_check_equal(KTEST_CHECK(what, true), (uint32_t)(actual), (uint32_t)(expected))

/**
 * Call a function that must be stopped by memory_misuse(), and get control back.
 * @param action called with @p argument.
 * @param argument passed on.
 * @return the misuse that was reported; MISUSE_NONE if @p action returned.
 */
enum misuse ktest_catch_misuse(void (*action)(void *), void *argument);

/** A page fault that nothing resolved, as ktest_catch_fault() saw it. */
struct ktest_fault {
    enum fault_cause cause; /**< FAULT_CAUSE_NONE: no fault happened. */
    struct fault fault;
};

/**
 * Call a function whose page fault must not be resolved, and get control back.
 * @param action called with @p argument.
 * @param argument passed on.
 * @return the fault and why it was not resolved; cause FAULT_CAUSE_NONE if @p action returned.
 */
struct ktest_fault ktest_catch_fault(void (*action)(void *), void *argument);

/** For memory_misuse(): does not return if a test waits for a misuse. */
void ktest_intercept_misuse(enum misuse kind);
/** For the trap handler: does not return if a test waits for a fault. */
void ktest_intercept_fault(enum fault_cause cause, const struct fault *fault);

/** What a test asks the grader to look at, from outside. */
struct ktest_inspection {
    uint32_t serial;       /**< Counts inspections from 1. */
    const char *tag;       /**< Which inspection of the catalogue. */
    uint32_t arguments[4]; /**< What it is about. */
};
/** The inspection under way; read by the grader through the debugger. */
extern struct ktest_inspection ktest_inspection;

/**
 * Let the grader look into the machine. It stops the machine in ktest_inspection_point(), reads
 * registers and physical memory, and judges; without a grader nothing happens.
 * @param tag which inspection of the catalogue.
 * @param a,b,c,d what it is about; for instance a directory and an address.
 */
void ktest_inspect(const char *tag, uint32_t a, uint32_t b, uint32_t c, uint32_t d);

/** The grader's breakpoint. Empty. */
void ktest_inspection_point(void);

/**
 * The median of measurements.
 * @param samples sorted by the call, in ascending order.
 * @param count number of samples, at least 1.
 * @return the one in the middle; of an even number, the higher of two.
 */
uint32_t ktest_median(uint32_t *samples, size_t count);

/**
 * Report a measurement.
 * @param name for instance "frame.alloc_free".
 * @param samples instruction counts; sorted by the call.
 * @param count number of samples, at least 1.
 */
void ktest_report_bench(const char *name, uint32_t *samples, size_t count);

#endif
