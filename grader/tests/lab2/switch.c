/**
 * @file
 * Lab 2, exercise 2: does the context switch keep every register and every stack?
 *
 * context_restore() calls context_switch() with chosen registers on a chosen stack, and a frame
 * made by hand returns into context_save(), so each direction of the switch is looked at alone.
 * Then stacks with computations on them take turns. These tests need no process table and no
 * scheduler; the last two do.
 */
#include "support.h"

#include "kernel/process/switch.h"
#include "lib/string.h"

#define STACK_WORDS 1024u
/** Computations that take turns. */
#define PLAYERS 4u
/** Times that the registers are tried with other values. */
#define ROUNDS 64u

/** Stacks made by hand; a word for each 4 bytes. */
static _Alignas(16) uint32_t stacks[PLAYERS][STACK_WORDS];

static struct cpu_context test_context; /**< Where the test goes on. */
static struct cpu_context seen;         /**< What context_save() has seen behind the switch. */
static uintptr_t saved;                 /**< What context_switch() has stored. */

/** The address of a function, as a word. */
static uint32_t word_of(void (*function)(void))
{
    return (uint32_t)(uintptr_t)function;
}

/** A frame with random registers. */
static struct switch_frame random_frame(uint32_t eip)
{
    return (struct switch_frame){
        .edi = ktest_random(),
        .esi = ktest_random(),
        .ebx = ktest_random(),
        .ebp = ktest_random(),
        .eip = eip,
    };
}

/** Where a switch goes from whose own stack nothing more is wanted. */
static void back_to_test(void)
{
    context_restore(&test_context);
}

/** Call context_switch() with these registers on a stack made by hand. @return what it stored. */
static const struct switch_frame *switch_away(const struct switch_frame *registers, uint32_t *top)
{
    static struct switch_frame target;
    target = random_frame(word_of(back_to_test));
    uint32_t *arguments = top - 2;
    arguments[0] = (uint32_t)(uintptr_t)&saved;
    arguments[1] = (uint32_t)(uintptr_t)memcpy(stacks[1] + 512, &target, sizeof(target));
    arguments[-1] = registers->eip;
    const struct cpu_context call = {
        .ebx = registers->ebx,
        .esi = registers->esi,
        .edi = registers->edi,
        .ebp = registers->ebp,
        .esp = (uint32_t)(uintptr_t)(arguments - 1),
        .eip = (uint32_t)(uintptr_t)context_switch,
        .eflags = 2, /* bit 1 is always set; interrupts off */
    };
    if (context_save(&test_context) == 0) {
        context_restore(&call);
    }
    return (const struct switch_frame *)saved;
}

KTEST(switch_saves, KTEST_HEAP)
{
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t *top = &stacks[0][STACK_WORDS - 16 - i];
        struct switch_frame registers = random_frame(ktest_random());
        saved = 0;
        const struct switch_frame *frame = switch_away(&registers, top);
        /* The return address lies below the two arguments. */
        REQUIRE_EQUAL(saved, (uintptr_t)(top - 3) - offsetof(struct switch_frame, eip),
                      "the stack pointer that is stored points to a struct switch_frame");
        EXPECT_EQUAL(frame->eip, registers.eip, "the return address stays on the stack");
        EXPECT_EQUAL(frame->ebp, registers.ebp, "EBP is saved");
        EXPECT_EQUAL(frame->ebx, registers.ebx, "EBX is saved");
        EXPECT_EQUAL(frame->esi, registers.esi, "ESI is saved");
        EXPECT_EQUAL(frame->edi, registers.edi, "EDI is saved");
    }
}

/** Switch to a stack with these registers on it; context_save() looks at what comes of it. */
static void switch_to_frame(const struct switch_frame *registers, uint32_t *top)
{
    uint32_t *words = top - 8;
    memcpy(words, registers, sizeof(*registers));
    words[5] = word_of(back_to_test);
    words[6] = (uint32_t)(uintptr_t)&seen;
    if (context_save(&test_context) == 0) {
        context_switch(&saved, (uintptr_t)words);
    }
    EXPECT_EQUAL(seen.esp, (uintptr_t)(words + 6), "the stack is the other one, with nothing left");
}

KTEST(switch_loads, KTEST_HEAP)
{
    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct switch_frame registers = random_frame((uint32_t)(uintptr_t)context_save);
        memset(&seen, 0, sizeof(seen));
        switch_to_frame(&registers, &stacks[0][STACK_WORDS - i]);
        EXPECT_EQUAL(seen.ebp, registers.ebp, "EBP is loaded");
        EXPECT_EQUAL(seen.ebx, registers.ebx, "EBX is loaded");
        EXPECT_EQUAL(seen.esi, registers.esi, "ESI is loaded");
        EXPECT_EQUAL(seen.edi, registers.edi, "EDI is loaded");
        EXPECT(!cpu_interrupts_enabled(), "interrupts stay off");
    }
}

/* Computations that take turns; number 0 is the test itself. */
static uintptr_t pointers[PLAYERS + 1];
static uint32_t playing;
static uint32_t results[PLAYERS];
static uint32_t finished;

/** Let the next one play. */
static void pass_on(void)
{
    uint32_t from = playing;
    playing = (playing + 1) % (PLAYERS + 1);
    context_switch(&pointers[from], pointers[playing]);
}

static void go_on(void)
{
}

/** Compute with more numbers than there are registers, and pause all the time. */
// NOLINTNEXTLINE(misc-no-recursion): deep stacks are what is tested
static uint32_t churn(uint32_t seed, uint32_t depth, void (*pause)(void))
{
    uint32_t a = seed;
    uint32_t b = seed * 7 + depth;
    uint32_t c = ~seed;
    uint32_t d = seed ^ 0x5A5A5A5A;
    uint32_t e = depth + 1;
    for (uint32_t i = 0; i < 6; i++) {
        a = a * 1664525 + b;
        pause();
        b = (b << 5 | b >> 27) ^ c;
        c += d * e;
        pause();
        d = (d >> 3 | d << 29) + a;
        e ^= depth > 0 ? churn(a ^ d, depth - 1, pause) : c;
    }
    return a ^ b ^ c ^ d ^ e;
}

/** What each computation runs. */
static void play(void)
{
    uint32_t self = playing;
    results[self - 1] = churn(self * 1000, 3, pass_on);
    finished++;
    for (;;) {
        pass_on();
    }
}

KTEST(switch_stacks, KTEST_HEAP)
{
    playing = 0;
    finished = 0;
    for (uint32_t i = 0; i < PLAYERS; i++) {
        /* The word behind the frame stands for a return address, so that the stack is aligned. */
        uint32_t *top = &stacks[i][STACK_WORDS];
        struct switch_frame frame = random_frame(word_of(play));
        frame.ebp = 0;
        pointers[i + 1] = (uintptr_t)memcpy(top - 6, &frame, sizeof(frame));
    }
    uint32_t mine = churn(5, 2, pass_on);
    for (uint32_t i = 0; finished < PLAYERS && i < 10000; i++) {
        pass_on();
    }
    REQUIRE_EQUAL(finished, PLAYERS, "every computation comes to its end");
    EXPECT_EQUAL(mine, churn(5, 2, go_on), "the test's own numbers survive the switches");
    for (uint32_t i = 0; i < PLAYERS; i++) {
        EXPECT_EQUAL(results[i], churn((i + 1) * 1000, 3, go_on),
                     "a computation's numbers survive the switches");
    }
}

/** What a process saw when it began. */
static struct {
    void *argument;
    uintptr_t frame_pointer;
    bool interrupts;
} begun;

/** The function of processes that only report. */
static __attribute__((noinline)) void report_begin(void *argument)
{
    begun.interrupts = cpu_interrupts_disable();
    begun.argument = argument;
    begun.frame_pointer = (uintptr_t)__builtin_frame_address(0);
    context_restore(&test_context);
}

/** A process made by hand, whose stack is full of ones. */
static struct process *make_process(uint32_t number)
{
    static struct process made;
    memset(stacks, 0xFF, sizeof(stacks));
    made = (struct process){.mode = PROCESS_KERNEL,
                            .state = PROCESS_NEW,
                            .stack_top = (uintptr_t)&stacks[number][STACK_WORDS]};
    return &made;
}

KTEST(prepare_frame, KTEST_HEAP)
{
    for (uint32_t i = 0; i < PLAYERS - 1; i++) {
        struct process *process = make_process(i);
        process_prepare(process, report_begin, &begun);
        const struct switch_frame *frame = (const struct switch_frame *)process->kernel_esp;
        REQUIRE_BETWEEN(process->kernel_esp, process->stack_top - 64,
                        process->stack_top - sizeof(*frame),
                        "kernel_esp points to a struct switch_frame at the top of the stack");
        EXPECT_EQUAL(frame->eip, word_of(kernel_process_start),
                     "the process begins in kernel_process_start()");
        EXPECT_EQUAL(frame->ebx, (uint32_t)(uintptr_t)report_begin, "EBX holds the function");
        EXPECT_EQUAL(frame->esi, (uint32_t)(uintptr_t)&begun, "ESI holds the argument");
        EXPECT_EQUAL(frame->ebp, 0, "EBP is 0, where a backtrace ends");
        EXPECT_EQUAL(stacks[i + 1][0], 0xFFFFFFFF, "nothing is written above the stack");
        EXPECT_EQUAL(process->state, PROCESS_NEW, "the process is not started yet");
    }
}

/** Whether the chain of frame pointers ends, after a few, with 0. */
static bool chain_ends(uintptr_t pointer, uintptr_t low, uintptr_t high)
{
    for (uint32_t i = 0; i < 4 && pointer != 0; i++) {
        if (pointer < low || pointer > high - 2 * sizeof(uint32_t)) {
            return false;
        }
        pointer = *(const uintptr_t *)pointer;
    }
    return pointer == 0;
}

KTEST(prepare_begins, KTEST_HEAP)
{
    for (uint32_t i = 0; i < PLAYERS; i++) {
        struct process *process = make_process(i);
        uintptr_t top = process->stack_top;
        memset(&begun, 0, sizeof(begun));
        process_prepare(process, report_begin, &results[i]);
        if (context_save(&test_context) == 0) {
            context_switch(&saved, process->kernel_esp);
        }
        EXPECT(begun.argument == &results[i], "the function gets its argument");
        EXPECT(begun.interrupts, "a kernel-mode process starts with interrupts on");
        REQUIRE_BETWEEN(begun.frame_pointer, top - 128, top,
                        "a kernel-mode process runs on its own stack");
        /* Between the frame pointer and the caller's stack lie EBP and the return address. */
        EXPECT_EQUAL((begun.frame_pointer + 8) % 16, 0, "the stack is aligned at a call: ESP % 16");
        EXPECT(chain_ends(begun.frame_pointer, top - 128, top), "a backtrace ends there");
    }
}

/** Return, with interrupts off or, if the argument is odd, on. */
static void return_at_once(void *argument)
{
    if ((uintptr_t)argument % 2 == 0) {
        calm();
    }
}

KTEST(process_returns, KTEST_PROCESSES)
{
    struct census before = census();
    for (uint32_t i = 0; i < 6; i++) {
        int32_t pid = launch("returns", return_at_once, (void *)(uintptr_t)i)->pid;
        EXPECT_EQUAL(finish(pid), EXIT_STATUS(EXIT_NORMAL, 0),
                     "a function that returns ends its process normally");
    }
    census_expect(&before);
}

/** Go down some calls, and yield there until somebody ends the process. */
// NOLINTNEXTLINE(misc-no-recursion): deep stacks are what is tested
static __attribute__((noinline)) uint32_t yield_deep(uint32_t depth)
{
    static const volatile bool going_on = true;
    while (depth == 0 && going_on) {
        scheduler_yield();
    }
    return depth == 0 ? 0 : yield_deep(depth - 1) + depth;
}

static void yield_for_ever(void *argument)
{
    calm();
    (void)yield_deep((uint32_t)(uintptr_t)argument);
}

KTEST(switch_outside, KTEST_PROCESSES)
{
    static uint32_t pairs[2 * PLAYERS]; /* for each: kernel_esp and stack_top */
    struct process *others[PLAYERS];
    for (uint32_t i = 0; i < PLAYERS; i++) {
        others[i] = launch("yields", yield_for_ever, (void *)(uintptr_t)(i * 5));
    }
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < PLAYERS; i++) {
            pairs[2 * i] = others[i]->kernel_esp;
            pairs[2 * i + 1] = others[i]->stack_top;
        }
        ktest_inspect("switched_out", virt_to_phys(kernel_space.directory), virt_to_phys(pairs),
                      PLAYERS, process_current()->stack_top);
        yield_times(3);
    }
    for (uint32_t i = 0; i < PLAYERS; i++) {
        dispose(others[i]);
    }
}
