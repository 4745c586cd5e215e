/**
 * @file
 * Lab 2, exercise 3: who runs, when, and for how long?
 *
 * Processes note in a diary when they run; the test then reads what order that was. Those that keep
 * the processor busy do so with interrupts on and count in ticks of the clock, so nothing depends
 * on the speed of the machine. What the switch leaves in the processor's registers is seen from
 * outside.
 */
#include "support.h"

#include "kernel/x86/segments.h"
#include "lib/string.h"

#define DIARY 256u

/** Who ran when. */
static struct {
    uint32_t count;
    uint32_t who[DIARY];
    uint32_t tick[DIARY];
} diary;

/** Note that somebody runs. */
static void note(uint32_t who)
{
    if (diary.count < DIARY) {
        diary.who[diary.count] = who;
        diary.tick[diary.count] = clock_now();
        diary.count++;
    }
}

static void diary_begin(void)
{
    diary.count = 0;
}

/** Check the diary: numbers from @p first to @p last again and again. */
static void expect_rounds(uint32_t first, uint32_t last, uint32_t count)
{
    EXPECT_EQUAL(diary.count, count, "every process runs as often as it yields");
    for (uint32_t i = 0; i < diary.count; i++) {
        REQUIRE_EQUAL(diary.who[i], first + i % (last - first + 1),
                      "processes run in the order in which they became ready");
    }
}

/** A number as the argument of a process. */
static void *number(uint32_t value)
{
    return (void *)(uintptr_t)value;
}

/** Run four times, and let the others run in between. */
static void run_four_times(void *argument)
{
    calm();
    for (uint32_t i = 0; i < 4; i++) {
        note((uint32_t)(uintptr_t)argument);
        scheduler_yield();
    }
}

KTEST(sched_round_robin, KTEST_PROCESSES)
{
    ktest_part("nobody else is ready");
    for (uint32_t i = 0; i < 10; i++) {
        scheduler_yield();
        EXPECT_EQUAL(process_current()->state, PROCESS_RUNNING, "the process goes on");
    }
    ktest_part("one after the other, again and again");
    diary_begin();
    for (uint32_t i = 1; i <= 7; i++) {
        EXPECT_EQUAL(launch("turns", run_four_times, number(i))->state, PROCESS_READY,
                     "a process that was started is ready");
    }
    EXPECT_EQUAL(diary.count, 0, "scheduler_start() does not switch");
    EXPECT_EQUAL(finish_all(), 7, "every process comes to its end");
    expect_rounds(1, 7, 28);

    ktest_part("a new process stands behind all others");
    diary_begin();
    (void)launch("early", run_four_times, number(2));
    for (uint32_t i = 0; i < 4; i++) {
        note(1);
        (void)(i == 0 ? launch("late", run_four_times, number(3)) : NULL);
        scheduler_yield();
    }
    expect_rounds(1, 3, 12);
    (void)finish_all();
}

/** Keep the processor busy until a tick. */
static void busy_until(void *tick)
{
    calm();
    burn_until((uint32_t)(uintptr_t)tick);
}

KTEST(sched_fair, KTEST_PROCESSES)
{
    const uint32_t count = 5;
    struct process *busy[5];
    ktest_part("busy processes share the processor");
    uint32_t start = tick_begin();
    uint32_t mine = process_current()->ticks;
    uint32_t idle = process_idle()->ticks;
    for (uint32_t i = 0; i < count; i++) {
        busy[i] = launch("busy", busy_until, number(start + 30 * count));
    }
    sleep_ticks(30 * count + 10);
    uint32_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        EXPECT_EQUAL(busy[i]->state, PROCESS_ZOMBIE, "each comes to its end");
        EXPECT_BETWEEN(busy[i]->ticks, 30 - TIME_SLICE, 30 + TIME_SLICE,
                       "each gets as many ticks as the others, but for one time slice");
        sum += busy[i]->ticks;
    }
    ktest_part("every tick is counted for the process that runs");
    sum += process_current()->ticks - mine + process_idle()->ticks - idle;
    EXPECT_EQUAL(sum, clock_now() - start, "the ticks of all processes are those of the clock");
    (void)finish_all();
}

static uint32_t last_noted;
static uint32_t diary_end;

/** Note each time when this process comes to run, until the diary ends. */
static void note_turns(uint32_t self, uint32_t yield_after)
{
    uint32_t begun = clock_now();
    while ((int32_t)(clock_now() - diary_end) < 0) {
        if (last_noted != self) {
            last_noted = self;
            begun = clock_now();
            note(self);
        }
        if (yield_after != 0 && clock_now() - begun >= yield_after) {
            scheduler_yield();
        }
        cpu_interrupts_enable();
        calm();
    }
}

static void use_whole_slices(void *self)
{
    calm();
    note_turns((uint32_t)(uintptr_t)self, 0);
}

static void use_three_ticks(void *self)
{
    calm();
    note_turns((uint32_t)(uintptr_t)self, 3);
}

/** Let two processes take turns for @p ticks; check how long each turn is. */
static void expect_turns(void (*second)(void *), uint32_t ticks, uint32_t second_turn)
{
    diary_begin();
    last_noted = 0;
    diary_end = tick_begin() + ticks;
    (void)launch("first", use_whole_slices, number(1));
    (void)launch("second", second, number(2));
    EXPECT_EQUAL(finish_all(), 2, "both processes come to their ends");
    EXPECT_BETWEEN(diary.count, ticks / TIME_SLICE - 1, 2 * ticks / TIME_SLICE,
                   "the processes take turns");
    /* A tick may have been due when the first one began, so its first turn tells nothing. */
    for (uint32_t i = 2; i < diary.count; i++) {
        uint32_t wanted = diary.who[i - 1] == 1 ? TIME_SLICE : second_turn;
        REQUIRE_EQUAL(diary.tick[i] - diary.tick[i - 1], wanted, "a turn is as long as it must be");
    }
}

KTEST(sched_time_slice, KTEST_PROCESSES)
{
    ktest_part("the processor is taken away after TIME_SLICE ticks, not before");
    expect_turns(use_whole_slices, 100, TIME_SLICE);

    ktest_part("whoever is chosen has a whole time slice");
    expect_turns(use_three_ticks, 100, 3);

    ktest_part("without others, a process keeps the processor");
    uint32_t switches = process_current()->ticks;
    burn_ticks(4 * TIME_SLICE);
    EXPECT_EQUAL(process_current()->ticks - switches, 4 * TIME_SLICE,
                 "all ticks are those of the only process");
    EXPECT_EQUAL(process_current()->state, PROCESS_RUNNING, "the only process runs");
}

/** Ticks of the idle process. */
static uint32_t idle_ticks(void)
{
    return process_idle()->ticks;
}

KTEST(sched_idle, KTEST_PROCESSES)
{
    const struct process *idle = process_idle();
    ktest_part("the idle process runs while all others wait");
    uint32_t start = tick_begin();
    uint32_t mine = process_current()->ticks;
    uint32_t before = idle_ticks();
    sleep_ticks(50);
    EXPECT_BETWEEN(idle_ticks() - before, 48, 52, "the idle process has the ticks of the pause");
    EXPECT_BETWEEN(process_current()->ticks - mine, 0, 1, "a process that sleeps has no ticks");
    EXPECT_BETWEEN(clock_now() - start, 50, 51, "the pause is over in time");

    ktest_part("it does not run while another process is ready");
    EXPECT_EQUAL(idle->state, PROCESS_READY, "the idle process is ready while another one runs");
    EXPECT(!list_contains(&idle->queue_link), "the idle process is in no queue");
    (void)launch("busy", busy_until, number(clock_now() + 40));
    (void)launch("busy", busy_until, number(clock_now() + 40));
    before = idle_ticks();
    EXPECT_EQUAL(finish_all(), 2, "the busy processes come to their ends");
    EXPECT_EQUAL(idle_ticks(), before, "the idle process gets nothing while others are ready");
    yield_times(3);
    EXPECT_EQUAL(idle->state, PROCESS_READY, "no process yields to the idle process");
}

/** Let the grader compare the processor with the process that runs. */
static void inspect_running(void)
{
    const struct process *current = process_current();
    ktest_inspect("running", virt_to_phys(current->space->directory), current->stack_top,
                  virt_to_phys(&segments_kernel_task), 0);
}

/** Be looked at, before and after others ran. */
static void be_inspected(void *argument)
{
    (void)argument;
    calm();
    for (uint32_t i = 0; i < 3; i++) {
        inspect_running();
        EXPECT(space_current() == process_current()->space, "the process is in its own space");
        if (i == 1) {
            burn_ticks(TIME_SLICE + 2);
        } else {
            scheduler_yield();
        }
    }
}

/** Start a process that has registers and memory of its own as a program does, but in ring 0. */
static struct process *launch_with_space(const char *name, void (*function)(void *), void *argument)
{
    struct process *process = enlist(name, function, argument);
    REQUIRE_RESULT(space_create(&process->space), 0, "a space can be created");
    process->mode = PROCESS_USER;
    scheduler_start(process);
    return process;
}

KTEST(sched_processor_state, KTEST_PROCESSES)
{
    struct census before = census();
    ktest_part("space and stack of the process that runs");
    (void)launch_with_space("space", be_inspected, NULL);
    (void)launch("kernel", be_inspected, NULL);
    (void)launch_with_space("space", be_inspected, NULL);
    for (uint32_t i = 0; i < 3; i++) {
        inspect_running();
        scheduler_yield();
    }
    EXPECT_EQUAL(finish_all(), 3, "every process comes to its end");
    inspect_running();
    EXPECT(space_current() == &kernel_space, "the test is in the kernel's space again");
    ktest_part("after a pause");
    sleep_ticks(3);
    inspect_running();
    census_expect(&before);
}

/** What the registers hold after fpu_reset(); FXSAVE leaves parts of the area as they were. */
static void fpu_fresh(struct fpu_state *state)
{
    static struct fpu_state reset;
    fpu_reset(&reset);
    fpu_restore(&reset);
    memset(state, 0, sizeof(*state));
    fpu_save(state);
}

/** Give the floating-point registers random contents, and tell what FXSAVE makes of them. */
static void fpu_fill(struct fpu_state *state)
{
    static struct fpu_state chosen;
    fpu_fresh(&chosen);
    for (uint32_t i = 32; i < 288; i++) { /* ST0 to XMM7 (SDM 1, table 10-2) */
        chosen.bytes[i] = i < 160 && i % 16 >= 10 ? 0 : (uint8_t)ktest_random();
    }
    fpu_restore(&chosen);
    memset(state, 0, sizeof(*state));
    fpu_save(state);
}

/** Whether the registers hold what fpu_save() stored earlier. */
static bool fpu_holds(const struct fpu_state *state)
{
    static struct fpu_state now;
    memset(&now, 0, sizeof(now));
    fpu_save(&now);
    return memcmp(&now, state, sizeof(now)) == 0;
}

/** Compare the registers after each of some pauses. */
static void compute(void *fresh)
{
    struct fpu_state mine;
    calm();
    EXPECT(fpu_holds(fresh), "a new program starts with fresh floating-point registers");
    for (uint32_t i = 0; i < 6; i++) {
        fpu_fill(&mine);
        if (i % 2 == 0) {
            scheduler_yield();
        } else {
            burn_ticks(TIME_SLICE + 1);
        }
        EXPECT(fpu_holds(&mine), "a program finds its floating-point registers again");
    }
}

KTEST(sched_floating_point, KTEST_PROCESSES)
{
    static struct fpu_state fresh;
    fpu_fresh(&fresh);
    ktest_part("programs among each other");
    for (uint32_t i = 0; i < 3; i++) {
        (void)launch_with_space("computes", compute, &fresh);
    }
    EXPECT_EQUAL(finish_all(), 3, "every program comes to its end");

    ktest_part("a program and kernel-mode processes");
    (void)launch_with_space("computes", compute, &fresh);
    (void)launch("busy", busy_until, number(clock_now() + 30));
    (void)launch("turns", run_four_times, number(1));
    EXPECT_EQUAL(finish_all(), 3, "every process comes to its end");
}
