/**
 * @file
 * The state of processes: the current one, and the one door through which a state changes.
 *
 * It owns the current process and the idle process, which is the boot code itself: it has no pid in
 * the table, no stack but the boot stack, and no queue. process_init_idle() comes first; then the
 * scheduler announces each change by the functions of process.h, which check it against the table
 * of transitions here, and trace it.
 */
#include "kernel/process/process.h"

#include "kernel/console.h"
#include "kernel/panic.h"
#include "kernel/process/init.h"
#include "lib/string.h"

/** Processes that are shown when the time limit is over. */
#define SHOWN_MAX 12u

struct process *process_running;
struct process_hooks process_hooks;

struct process process_idle_state;

#define STATE_NAME(constant, name) [constant] = name,
static const char *const state_names[] = {PROCESS_STATES(STATE_NAME)};
#define REASON_NAME(constant, name) [constant] = name,
static const char *const reason_names[] = {PROCESS_REASONS(REASON_NAME)};

#define TO(state) (1u << (state))
const uint32_t process_transitions[] = {
    [PROCESS_NEW] = TO(PROCESS_READY),
    [PROCESS_READY] = TO(PROCESS_RUNNING) | TO(PROCESS_ZOMBIE),
    [PROCESS_RUNNING] =
        TO(PROCESS_READY) | TO(PROCESS_BLOCKED) | TO(PROCESS_SLEEPING) | TO(PROCESS_ZOMBIE),
    [PROCESS_BLOCKED] =
        TO(PROCESS_READY) | TO(PROCESS_RUNNING) | TO(PROCESS_BLOCKED) | TO(PROCESS_ZOMBIE),
    [PROCESS_SLEEPING] = TO(PROCESS_READY) | TO(PROCESS_ZOMBIE),
    [PROCESS_ZOMBIE] = 0,
};

/** What ended a process, by enum exit_kind. */
static const struct {
    const char *name;
    enum process_reason reason;
} exit_kinds[] = {
    [EXIT_NORMAL] = {"normal", REASON_EXIT},
    [EXIT_KILLED] = {"killed", REASON_KILL},
    [EXIT_FAULT] = {"fault", REASON_FAULT},
};

void process_init_idle(void)
{
    assert(process_running == NULL);
    (void)strlcpy(process_idle_state.name, "idle", sizeof(process_idle_state.name));
    process_idle_state.state = PROCESS_RUNNING;
    process_idle_state.reason = REASON_RUN;
    process_idle_state.space = &kernel_space;
    fpu_reset(&process_idle_state.fpu);
    process_idle_state.parent = &process_idle_state;
    list_init(&process_idle_state.children);
    list_init(&process_idle_state.zombies);
    process_running = &process_idle_state;
}

void process_trace_state(const struct process *process, enum process_state state,
                         enum process_reason reason)
{
    if (process->state == PROCESS_NEW) {
        trace_event(TRACE_SCHED, "proc.create", "pid=%d parent=%d mode=%s name=%q", process->pid,
                    process->parent == NULL ? 0 : process->parent->pid,
                    process->mode == PROCESS_USER ? "user" : "kernel", process->name);
    }
    bool waits = reason == REASON_CHILD && process->waiting_for > 0;
    trace_event(TRACE_SCHED, "proc.state", "pid=%d from=%s to=%s why=%s for=%d", process->pid,
                state_names[process->state], state_names[state], reason_names[reason],
                waits ? process->waiting_for : 0);
}

_Noreturn void process_refuse_state(const struct process *process, enum process_state state,
                                    enum process_reason reason)
{
    panic_report(PANIC_ASSERT, NULL,
                 "this change of state is not allowed: process %d (%s) is %s (why: %s), "
                 "and would become %s (why: %s)",
                 process->pid, process->name, state_names[process->state],
                 reason_names[process->reason], state_names[state], reason_names[reason]);
}

/** Print what a process is doing, in the words of the trace. */
static void print_process(const struct process *process)
{
    kprintf("  %d %s: %s, %s", process->pid, process->name, state_names[process->state],
            reason_names[process->reason]);
    bool waits = process->state == PROCESS_BLOCKED && process->reason == REASON_CHILD;
    if (waits && process->waiting_for == WAIT_ANY) {
        kprintf(": any");
    } else if (waits) {
        kprintf(": %d", process->waiting_for);
    }
    kprintf("\n");
}

/** Print the first processes of the table; it may be damaged, so never very many. */
static void print_processes(void)
{
    kprintf("Processes, with their states and the reasons of these:\n");
    uint32_t index = 0;
    for (uint32_t i = 0; i < SHOWN_MAX; i++) {
        const struct process *process = process_next(&index);
        if (process == NULL) {
            return;
        }
        print_process(process);
    }
    kprintf("  (and perhaps more)\n");
}

void process_explain_timeouts(void)
{
    panic_explain_timeouts(print_processes);
}

void process_set_zombie(struct process *process, int32_t status)
{
    uint32_t kind = (uint32_t)EXIT_KIND(status);
    assert(process != &process_idle_state && kind < COUNT_OF(exit_kinds));
    trace_event(TRACE_SCHED, "proc.exit", "pid=%d status=%d kind=%s code=%d by=%d", process->pid,
                status, exit_kinds[kind].name, EXIT_CODE(status), process_running->pid);
    process->exit_status = status;
    process_set_state(process, PROCESS_ZOMBIE, exit_kinds[kind].reason);
    if (process_hooks.ended != NULL) {
        process_hooks.ended(process);
    }
    if (process->pid == PID_INIT) {
        init_ended(status);
    }
}

/** Why the processor left a process, in the words of the trace. */
static const char *switch_reason(const struct process *process)
{
    switch (process->reason) {
    case REASON_CHILD ... REASON_EVENT:
        return "block";
    case REASON_KILL:
    case REASON_FAULT:
        return "exit";
    default:
        return reason_names[process->reason];
    }
}

void process_trace_switch(const struct process *next)
{
    const struct process *previous = process_running;
    trace_event(TRACE_SCHED, "sched.switch", "from=%d to=%d why=%s", previous->pid, next->pid,
                switch_reason(previous));
}
