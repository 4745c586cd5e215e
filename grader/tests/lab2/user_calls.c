/**
 * @file
 * Lab 2, exercise 5: system calls, from the number in EAX to the result.
 *
 * The first test calls the dispatcher with a frame of its own; a kernel-mode process may make
 * system calls, too. The others let test/calls make calls from ring 3, by both entries, and check
 * what the ABI promises there.
 */
#include "user_support.h"

#include "kernel/process/syscall.h"

/** A frame full of random numbers. */
static struct trap_frame random_frame(void)
{
    struct trap_frame frame = {0};
    uint32_t *words = (uint32_t *)&frame;
    for (size_t i = 0; i < sizeof(frame) / sizeof(*words); i++) {
        words[i] = ktest_random();
    }
    return frame;
}

/** Dispatch a call; only EAX may change. @return the result. */
static int32_t dispatch(struct trap_frame frame)
{
    struct trap_frame after = frame;
    syscall_dispatch(&after);
    int32_t result = (int32_t)after.eax;
    after.eax = frame.eax;
    EXPECT(memcmp(&after, &frame, sizeof(frame)) == 0, "no register but EAX changes");
    return result;
}

/** A call of another personality. */
static int32_t answer(const uint32_t *arguments)
{
    return (int32_t)(arguments[0] & 0xFF) + 1000;
}

/** Dispatch calls of a process whose personality is not the native one. */
static void expect_other_personality(void)
{
    static syscall_handler *const handlers[] = {[3] = answer};
    struct syscall_table before = syscall_tables[PERSONALITY_POSIX];
    process_current()->personality = PERSONALITY_POSIX;
    for (uint32_t i = 0; i < 2; i++) {
        bool empty = i == 0;
        syscall_tables[PERSONALITY_POSIX] =
            (struct syscall_table){empty ? 0 : COUNT_OF(handlers), handlers};
        struct trap_frame frame = random_frame();
        frame.eax = SYS_GETPID;
        EXPECT_ERROR(dispatch(frame), -E_NO_CALL, "native calls are not this personality's");
        frame.eax = 3;
        frame.ebx = 77;
        EXPECT_ERROR(dispatch(frame), empty ? -E_NO_CALL : 1077,
                     "the handler is that of the process's personality");
    }
    process_current()->personality = PERSONALITY_NATIVE;
    syscall_tables[PERSONALITY_POSIX] = before;
}

KTEST(user_dispatch, KTEST_PROCESSES)
{
    ktest_part("calls and their arguments");
    struct trap_frame frame = random_frame();
    frame.eax = SYS_GETPID;
    EXPECT_EQUAL(dispatch(frame), process_current()->pid, "EAX receives the result");
    struct process_info info = {0};
    frame = random_frame();
    frame.eax = SYS_PROCESS_INFO;
    frame.ebx = PID_INIT;
    frame.ecx = (uint32_t)&info;
    EXPECT_EQUAL(dispatch(frame), PID_INIT, "the first argument is in EBX");
    EXPECT_EQUAL(info.pid, PID_INIT, "the second argument is in ECX");
    frame.eax = SYS_NOTE;
    frame.ebx = 0xFF000000;
    frame.ecx = 8;
    EXPECT_ERROR(dispatch(frame), -E_FAULT, "an error is the result");

    ktest_part("numbers without a handler");
    static const uint32_t numbers[] = {
        0,          1,          SYS_EXIT + 1, SYS_FORK - 1, SYSCALL_LIMIT,  SYSCALL_LIMIT + 1,
        0x40000005, 0x80000005, 0xC0000005,   0x7FFFFFFF,   0x80000000,     UINT32_MAX,
        0x4000002B, 0x105,      0x10005,      0x1000005,    0xFFFFFFFFu - 4};
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        frame = random_frame();
        frame.eax = numbers[i];
        EXPECT_ERROR(dispatch(frame), -E_NO_CALL, "a number without a handler has no effect");
    }
    for (uint32_t i = 0; i < 500; i++) {
        frame = random_frame();
        frame.eax |= 0x100;
        EXPECT_ERROR(dispatch(frame), -E_NO_CALL, "a number behind the table has no effect");
    }
    ktest_part("a process of another personality");
    expect_other_personality();
}

KTEST(user_call_registers, KTEST_PROCESSES)
{
    struct census before = census();
    EXPECT_SUCCESS(user_run("calls", "registers", NULL),
                   "a system call keeps EBX, ESI, EDI, EBP, ESP and the flags");
    census_expect(&before);
}

KTEST(user_call_results, KTEST_PROCESSES)
{
    struct census before = census();
    ktest_part("calls");
    EXPECT_SUCCESS(user_run("calls", "results", NULL), "both entries give the same results");
    ktest_part("numbers that mean nothing");
    EXPECT_SUCCESS(user_run("calls", "numbers", NULL), "numbers of no call give -E_NO_CALL");
    census_expect(&before);
}
