/**
 * @file
 * The state of processes: the current one, and the one door through which a state changes.
 *
 * It owns the current process and the idle process, which is the boot code itself: it has no pid in
 * the table, no stack but the boot stack, and no queue. process_init_idle() comes first; then the
 * scheduler announces each change here, where it is checked against the table of transitions and
 * traced.
 */
#include "kernel/process/process.h"

#include "kernel/panic.h"
#include "kernel/process/init.h"
#include "kernel/trace.h"
#include "kernel/x86/cpu.h"
#include "lib/string.h"

struct process *process_running;

static struct process idle;

#define STATE_NAME(constant, name) [constant] = name,
static const char *const state_names[] = {PROCESS_STATES(STATE_NAME)};
#define REASON_NAME(constant, name) [constant] = name,
static const char *const reason_names[] = {PROCESS_REASONS(REASON_NAME)};

#define TO(state) (1u << (state))
/** To which states each state may change. */
static const uint32_t transitions[] = {
    [PROCESS_NEW] = TO(PROCESS_READY),
    [PROCESS_READY] = TO(PROCESS_RUNNING) | TO(PROCESS_ZOMBIE),
    [PROCESS_RUNNING] =
        TO(PROCESS_READY) | TO(PROCESS_BLOCKED) | TO(PROCESS_SLEEPING) | TO(PROCESS_ZOMBIE),
    [PROCESS_BLOCKED] = TO(PROCESS_READY) | TO(PROCESS_ZOMBIE),
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

const char *process_state_name(enum process_state state)
{
    assert((uint32_t)state < COUNT_OF(state_names));
    return state_names[state];
}

const char *process_reason_name(enum process_reason reason)
{
    assert((uint32_t)reason < COUNT_OF(reason_names));
    return reason_names[reason];
}

void process_init_idle(void)
{
    assert(process_running == NULL);
    (void)strlcpy(idle.name, "idle", sizeof(idle.name));
    idle.state = PROCESS_RUNNING;
    idle.reason = REASON_RUN;
    idle.space = &kernel_space;
    idle.parent = &idle;
    list_init(&idle.children);
    list_init(&idle.zombies);
    process_running = &idle;
}

struct process *process_idle(void)
{
    return &idle;
}

void process_set_state(struct process *process, enum process_state state,
                       enum process_reason reason)
{
    assert(!cpu_interrupts_enabled());
    assert((transitions[process->state] & TO(state)) != 0);
    if (process->state == PROCESS_NEW) {
        trace_event(TRACE_SCHED, "proc.create", "pid=%d parent=%d mode=%s name=%q", process->pid,
                    process->parent == NULL ? 0 : process->parent->pid,
                    process->mode == PROCESS_USER ? "user" : "kernel", process->name);
    }
    trace_event(TRACE_SCHED, "proc.state", "pid=%d from=%s to=%s why=%s for=%d", process->pid,
                state_names[process->state], state_names[state], reason_names[reason],
                reason == REASON_CHILD && process->waiting_for > 0 ? process->waiting_for : 0);
    process->state = state;
    process->reason = reason;
}

void process_set_zombie(struct process *process, int32_t status)
{
    uint32_t kind = (uint32_t)EXIT_KIND(status);
    assert(process != &idle && kind < COUNT_OF(exit_kinds));
    trace_event(TRACE_SCHED, "proc.exit", "pid=%d status=%d kind=%s code=%d by=%d", process->pid,
                status, exit_kinds[kind].name, EXIT_CODE(status), process_running->pid);
    process->exit_status = status;
    process_set_state(process, PROCESS_ZOMBIE, exit_kinds[kind].reason);
    if (process->pid == PID_INIT) {
        init_ended(status);
    }
}

/** Why the processor left a process, in the words of the trace. */
static const char *switch_reason(const struct process *process)
{
    switch (process->reason) {
    case REASON_CHILD:
    case REASON_EVENT:
        return "block";
    case REASON_KILL:
    case REASON_FAULT:
        return "exit";
    default:
        return reason_names[process->reason];
    }
}

struct process *process_set_current(struct process *next)
{
    struct process *previous = process_running;
    assert(next->state == PROCESS_RUNNING);
    trace_event(TRACE_SCHED, "sched.switch", "from=%d to=%d why=%s", previous->pid, next->pid,
                switch_reason(previous));
    process_running = next;
    return previous;
}
