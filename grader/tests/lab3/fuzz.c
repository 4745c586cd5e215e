/**
 * @file
 * Lab 3: programs that make random system calls with hostile arguments, and serve each other.
 *
 * Several such programs run at a time, and are started again with another seed when they end, until
 * a number of calls were made; the boot option `calls=` changes it. They have the right to bind
 * well-known endpoints, so that delegated calls find servers, of a sort. The hook counts the calls
 * and keeps the few in bounds that would only cost time, or that would kill the bystander, who sees
 * whether anything of its own changes. In the end all are killed, and nothing may be left.
 */
#include "service_support.h"

#include "kernel/cmdline.h"
#include "kernel/main.h"
#include "kernel/memory/heap.h"
#include "kernel/x86/trap.h"

/** Calls that are made unless the boot option says otherwise. */
#define CALLS_DEFAULT 30000u
/** Programs that make calls at the same time. */
#define PROGRAMS 16u
/** Ticks after which one is killed: it may wait for something that never happens. */
#define LIFE_MAX 1000u

static uint32_t calls;
static int32_t canary;
static void (*act)(struct trap_frame *frame);

/** Keep a native call in bounds. */
static void bound_native(struct trap_frame *frame)
{
    switch (frame->eax) {
    case SYS_SLEEP:
    case SYS_GROW:
        frame->ebx %= frame->ebx <= INT32_MAX ? 3 * PAGE_SIZE : UINT32_MAX;
        frame->ebx =
            frame->eax == SYS_SLEEP && frame->ebx <= INT32_MAX ? frame->ebx % 3 : frame->ebx;
        break;
    case SYS_KILL:
        frame->ebx = (int32_t)frame->ebx == canary ? 0 : frame->ebx;
        break;
    case SYS_MEMORY_CREATE: /* zeroing takes time */
        frame->ebx %= calls % 64 != 0 && frame->ebx < 0x1000000 ? 0x8000 : UINT32_MAX;
        break;
    case SYS_NOTIFICATION_WAIT:
        frame->ecx = frame->ecx <= INT32_MAX ? frame->ecx % 4 + 1 : frame->ecx;
        break;
    case SYS_CALL:
    case SYS_SEND:
    case SYS_ENDPOINT_SEND:
    case SYS_RECEIVE:
    case SYS_ENDPOINT_RECEIVE:
    case SYS_REPLY_RECEIVE:
        frame->edx = frame->edx <= INT32_MAX ? frame->edx % 4 + 1 : frame->edx;
        break;
    case SYS_WRITE:
    case SYS_NOTE: /* the trace and the console shall stay readable */
        frame->ecx = frame->ecx > 8 && frame->ecx <= WRITE_MAX && calls % 64 != 0 ? 8 : frame->ecx;
        break;
    default:
        break;
    }
}

/** Count a call, and keep it in bounds. */
static void count_call(struct trap_frame *frame)
{
    const struct process *process = process_current();
    if (process->pid != canary) {
        calls++;
        if (process->personality == PERSONALITY_NATIVE) {
            bound_native(frame);
        } else if (frame->eax == POSIX_KILL && (int32_t)frame->ebx == canary) {
            frame->ebx = 0;
        }
    }
    act(frame);
}

static int32_t start(void)
{
    char seed[16];
    (void)format_string(seed, sizeof(seed), "%u", ktest_random() >> 2);
    int32_t pid = SUPPORT_SPAWN(PROCESS_USER, "fuzz", seed, "3000");
    support_grant(pid, ktest_random_range(1, WELL_KNOWN_LAST));
    return pid;
}

/** Wait for a program that has ended, or has lived for too long. @return whether it is gone. */
static bool reap(int32_t pid, uint32_t born)
{
    if (support_process(pid)->state != PROCESS_ZOMBIE) {
        if (clock_now() - born < LIFE_MAX) {
            return false;
        }
        REQUIRE_RESULT(process_kill(pid), 0, "a program can be killed");
    }
    (void)support_wait(pid);
    return true;
}

/** Whether a process is one of those that the test has started. */
static bool is_known(int32_t pid, const int32_t *pids)
{
    bool known = pid == canary || pid == PID_INIT;
    for (uint32_t i = 0; i < PROGRAMS; i++) {
        known = known || pid == pids[i];
    }
    return known;
}

/** Release orphans that have ended, which the first process inherits; end those that wait. */
static void reap_orphans(const int32_t *pids, bool end)
{
    for (uint32_t index = 0;;) {
        const struct process *process = process_next(&index);
        if (process == NULL) {
            return;
        }
        if (is_known(process->pid, pids) || process->parent != process_current()) {
            continue;
        }
        int error = end && process->state != PROCESS_ZOMBIE ? process_kill(process->pid) : 0;
        REQUIRE_RESULT(error, 0, "an orphan can be killed");
        if (process->state == PROCESS_ZOMBIE) {
            (void)support_wait(process->pid);
        }
    }
}

/** End all processes but the canary, and wait for them. */
static void end_all(void)
{
    uint32_t index = 0;
    for (const struct process *process; (process = process_next(&index)) != NULL;) {
        if (process->pid != canary && process->pid != PID_INIT &&
            process->state != PROCESS_ZOMBIE) {
            REQUIRE_RESULT(process_kill(process->pid), 0, "a program can be killed");
        }
    }
    while (process_count() > 2) {
        int32_t pid = process_wait(WAIT_ANY, NULL);
        REQUIRE(pid > 0 && pid != canary, "whoever was killed can be waited for");
    }
}

/** Let programs make calls until there were so many. */
static void run_programs(uint32_t wanted)
{
    int32_t pids[PROGRAMS] = {0};
    uint32_t born[PROGRAMS] = {0};
    for (uint32_t round = 0; calls < wanted; round++) {
        for (uint32_t i = 0; i < PROGRAMS; i++) {
            if (pids[i] == 0 || reap(pids[i], born[i])) {
                pids[i] = start();
                born[i] = clock_now();
            }
        }
        support_sleep(2);
        reap_orphans(pids, round % 128 == 0);
    }
}

/** Let programs make calls, and look at what is left. */
static void fuzz(void)
{
    const struct support_census before = support_census();
    uint32_t wanted = CALLS_DEFAULT;
    (void)cmdline_number(boot_information()->command_line, "calls", &wanted);
    canary = SUPPORT_SPAWN(PROCESS_USER, "fuzz_canary");
    support_sleep(5);
    calls = 0;
    act = trap_system_call;
    trap_system_call = count_call;
    run_programs(wanted);
    end_all();
    support_sleep(25);
    trap_system_call = act;
    EXPECT_EQUAL(name_count(), before.names + 1, "the names of all but the bystander are gone");
    support_kill(canary);
    frame_check();
    heap_check();
    support_census_expect(&before);
}

KTEST(services_fuzz, KTEST_NAMES)
{
    fuzz();
}

KTEST(services_fuzz_fast, KTEST_NAMES)
{
    fuzz();
}
