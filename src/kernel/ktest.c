/**
 * @file
 * The runner of in-kernel tests.
 *
 * It owns the list of chosen names, the state of the running test, and the random numbers.
 * ktest_init() reads the boot options; ktest_run() runs the chosen tests of a milestone; the checks
 * report to the trace. The numbers start anew for every test from the seed and the test's name, so
 * that a test sees the same numbers alone and among others.
 */
#include "kernel/ktest.h"

#include "kernel/boot.h"
#include "kernel/panic.h"
#include "kernel/trace.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/power.h"
#include "kernel/x86/trap.h"
#include "lib/format.h"
#include "lib/random.h"
#include "lib/string.h"

/** The tests that were linked in, in no particular order; the linker script sets the bounds. */
extern const struct ktest __start_ktests[], __stop_ktests[];

struct ktest_inspection ktest_inspection;

/* What was chosen at boot. */
static char chosen[BOOT_COMMAND_LINE_MAX];
static uint32_t boot_seed;

/* The running test. */
static struct random numbers;
static const struct ktest *running;
static uint32_t part;
static uint32_t failures;

/* What ktest_catch_misuse() or ktest_catch_fault() waits for. */
static enum { CATCH_NOTHING, CATCH_MISUSE, CATCH_FAULT } catching;
static struct cpu_context catch_context;
static enum misuse caught_misuse;
static struct ktest_fault caught_fault;

void ktest_init(const char *names, uint32_t seed)
{
    boot_seed = seed;
    if (names != NULL) {
        size_t length = strlcpy(chosen, names, sizeof(chosen));
        assert(length < sizeof(chosen));
    }
}

bool ktest_active(void)
{
    return chosen[0] != '\0';
}

/** Find a test by the first @p length characters of @p name. */
static const struct ktest *find(const char *name, size_t length)
{
    for (const struct ktest *test = __start_ktests; test < __stop_ktests; test++) {
        if (strlen(test->name) == length && strncmp(test->name, name, length) == 0) {
            return test;
        }
    }
    return NULL;
}

/** The seed of one test: a hash (FNV-1a) of its name, started from the seed of the run. */
static uint32_t seed_of(const char *name)
{
    uint32_t hash = 2166136261u ^ boot_seed;
    for (; *name != '\0'; name++) {
        hash = (hash ^ (uint8_t)*name) * 16777619u;
    }
    return hash;
}

/** Run one test from its beginning to its end. */
static void run(const struct ktest *test)
{
    running = test;
    part = 0;
    failures = 0;
    random_seed(&numbers, seed_of(test->name));
    trace_event(TRACE_TEST, "test.begin", "name=%s seed=%u", test->name, boot_seed);
    test->run();
    assert(running == test && catching == CATCH_NOTHING);
    trace_event(TRACE_TEST, "test.end", "name=%s failures=%u parts=%u", test->name, failures,
                part == 0 ? 1 : part);
    running = NULL;
}

/** Handle one chosen name. @return whether it belongs to a later milestone. */
static bool run_named(const char *name, size_t length, enum ktest_milestone milestone)
{
    const struct ktest *test = find(name, length);
    if (test == NULL) {
        trace_event(TRACE_TEST, "test.unknown", "name=%.*s", (int)length, name);
        power_off(POWER_DONE);
    }
    if (test->milestone == milestone) {
        run(test);
    }
    return test->milestone > milestone;
}

void ktest_run(enum ktest_milestone milestone)
{
    bool more = false;
    for (const char *name = chosen; *name != '\0';) {
        const char *comma = strchr(name, ',');
        size_t length = comma == NULL ? strlen(name) : (size_t)(comma - name);
        more = run_named(name, length, milestone) || more;
        name += comma == NULL ? length : length + 1;
    }
    if (!more) {
        trace_event(TRACE_TEST, "tests.done", NULL);
        power_off(POWER_DONE);
    }
}

void ktest_part(const char *name)
{
    assert(running != NULL);
    part++;
    trace_event(TRACE_TEST, "test.part", "name=%q n=%u", name, part);
}

uint32_t ktest_random(void)
{
    return random_next(&numbers);
}

uint32_t ktest_random_range(uint32_t low, uint32_t high)
{
    assert(low <= high);
    uint32_t width = high - low + 1;
    return width == 0 ? ktest_random() : low + ktest_random() % width;
}

/** Record a failed check; a fatal one ends the run. */
static void fail(const struct ktest_check *check, const char *expected, const char *actual)
{
    assert(running != NULL);
    failures++;
    trace_event(TRACE_TEST, "test.fail", "part=%u file=%s line=%d check=%q expected=%q actual=%q",
                part == 0 ? 1 : part, check->file, check->line, check->what, expected, actual);
    if (check->fatal) {
        power_off(POWER_DONE);
    }
}

bool ktest_check_true(const struct ktest_check *check, bool holds, const char *expected,
                      const char *actual)
{
    if (!holds) {
        fail(check, expected, actual);
    }
    return holds;
}

bool ktest_check_equal(const struct ktest_check *check, uint32_t actual, uint32_t expected)
{
    if (actual != expected) {
        char texts[2][32];
        (void)format_string(texts[0], sizeof(texts[0]), "%u (%#x)", expected, expected);
        (void)format_string(texts[1], sizeof(texts[1]), "%u (%#x)", actual, actual);
        fail(check, texts[0], texts[1]);
    }
    return actual == expected;
}

enum misuse ktest_catch_misuse(void (*action)(void *), void *argument)
{
    assert(catching == CATCH_NOTHING);
    caught_misuse = MISUSE_NONE;
    if (context_save(&catch_context) == 0) {
        catching = CATCH_MISUSE;
        action(argument);
    } else {
        trap_abandon();
    }
    catching = CATCH_NOTHING;
    return caught_misuse;
}

struct ktest_fault ktest_catch_fault(void (*action)(void *), void *argument)
{
    assert(catching == CATCH_NOTHING);
    caught_fault = (struct ktest_fault){.cause = FAULT_CAUSE_NONE};
    if (context_save(&catch_context) == 0) {
        catching = CATCH_FAULT;
        action(argument);
    } else {
        trap_abandon();
    }
    catching = CATCH_NOTHING;
    return caught_fault;
}

void ktest_intercept_misuse(enum misuse kind)
{
    if (catching == CATCH_MISUSE) {
        caught_misuse = kind;
        context_restore(&catch_context);
    }
}

void ktest_intercept_fault(enum fault_cause cause, const struct fault *fault)
{
    if (catching == CATCH_FAULT) {
        caught_fault = (struct ktest_fault){.cause = cause, .fault = *fault};
        context_restore(&catch_context);
    }
}

__attribute__((noinline)) void ktest_inspection_point(void)
{
    /* The call must not be optimised away: the grader stops the machine here. */
    *(volatile uint32_t *)&ktest_inspection.serial = ktest_inspection.serial;
}

void ktest_inspect(const char *tag, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    ktest_inspection = (struct ktest_inspection){
        .serial = ktest_inspection.serial + 1, .tag = tag, .arguments = {a, b, c, d}};
    trace_event(TRACE_TEST, "test.inspect", "name=%s n=%u", tag, ktest_inspection.serial);
    ktest_inspection_point();
}

uint32_t ktest_median(uint32_t *samples, size_t count)
{
    assert(count >= 1);
    /* By insertion: there are few. */
    for (size_t i = 1; i < count; i++) {
        uint32_t sample = samples[i];
        size_t place = i;
        for (; place > 0 && samples[place - 1] > sample; place--) {
            samples[place] = samples[place - 1];
        }
        samples[place] = sample;
    }
    return samples[count / 2];
}

void ktest_report_bench(const char *name, uint32_t *samples, size_t count)
{
    uint32_t median = ktest_median(samples, count);
    trace_event(TRACE_TEST, "bench", "name=%s instructions=%u runs=%u", name, median,
                (uint32_t)count);
}
