/**
 * @file
 * Lab 2: programs that make random system calls with hostile arguments.
 *
 * Four such programs run at a time, and are started again with another seed when they end, until a
 * number of calls were made; the boot option `calls=` changes it. The hook counts the calls and
 * keeps the few in bounds that would only cost time, or that would kill a bystander, which any
 * process may do. The bystander sees whether its memory changes. In the end all that the programs
 * have started is killed, and nothing may be left.
 */
#include "user_support.h"

#include "kernel/cmdline.h"
#include "kernel/main.h"
#include "lib/format.h"

#include <cairn/syscall.h>

/** Calls that are made unless the boot option says otherwise. */
#define CALLS_DEFAULT 50000u
/** Programs that make calls at the same time. */
#define PROGRAMS 4u
/** Ticks after which one is killed: it may wait for something that never happens. */
#define LIFE_MAX 300u

static uint32_t calls;
static int32_t canary;
static bool with_fork; /* whether fork and exec may be called, which are later exercises */

/** Count a call, and keep it in bounds. */
static void count_call(struct trap_frame *frame)
{
    if (process_current()->pid == canary) {
        return;
    }
    calls++;
    switch (frame->eax) {
    case SYS_FORK:
    case SYS_EXEC:
        frame->eax = with_fork ? frame->eax : (uint32_t)SYS_GETPPID;
        break;
    case SYS_SLEEP:
        frame->ebx %= frame->ebx <= INT32_MAX ? 3 : UINT32_MAX;
        break;
    case SYS_KILL:
        frame->ebx = (int32_t)frame->ebx == canary ? 0 : frame->ebx;
        break;
    case SYS_WRITE:
    case SYS_NOTE: /* the trace and the console shall stay readable */
        frame->ecx = frame->ecx > 8 && frame->ecx <= WRITE_MAX && calls % 64 != 0 ? 8 : frame->ecx;
        break;
    default:
        break;
    }
}

static int32_t start(void)
{
    char seed[16];
    (void)format_string(seed, sizeof(seed), "%u", ktest_random() >> 2);
    return user_spawn("fuzz", seed, "4000");
}

/** Wait for a program that has ended, or has lived for too long. @return whether it is gone. */
static bool reap(int32_t pid, uint32_t born)
{
    if (user_process(pid)->state != PROCESS_ZOMBIE) {
        if (clock_now() - born < LIFE_MAX) {
            return false;
        }
        REQUIRE_RESULT(process_kill(pid), 0, "a program can be killed");
    }
    (void)user_wait(pid);
    return true;
}

/** Release orphans that have ended: the first process inherits them. */
static void reap_orphans(const int32_t *pids)
{
    for (uint32_t index = 0;;) {
        const struct process *process = process_next(&index);
        if (process == NULL) {
            return;
        }
        bool known = process->pid == canary || process->pid == PID_INIT;
        for (uint32_t i = 0; i < PROGRAMS; i++) {
            known = known || process->pid == pids[i];
        }
        if (!known && process->state == PROCESS_ZOMBIE && process->parent == process_current()) {
            (void)user_wait(process->pid);
        }
    }
}

/** Let programs make calls. */
static void fuzz(void)
{
    struct census before = census();
    uint32_t wanted = CALLS_DEFAULT;
    (void)cmdline_number(boot_information()->command_line, "calls", &wanted);
    canary = user_spawn("canary", NULL, NULL);
    int32_t pids[PROGRAMS] = {0};
    uint32_t born[PROGRAMS] = {0};
    calls = 0;
    user_set_hook(count_call);
    while (calls < wanted) {
        for (uint32_t i = 0; i < PROGRAMS; i++) {
            if (pids[i] == 0 || reap(pids[i], born[i])) {
                pids[i] = start();
                born[i] = clock_now();
            }
        }
        user_sleep(2);
        reap_orphans(pids);
    }
    user_set_hook(NULL);
    user_kill_others(canary);
    user_sleep(10);
    user_kill(canary);
    frame_check();
    census_expect(&before);
}

KTEST(user_fuzz, KTEST_PROCESSES)
{
    with_fork = false;
    fuzz();
}

KTEST(exec_fuzz, KTEST_PROCESSES)
{
    with_fork = true;
    fuzz();
}
