/**
 * @file
 * Processes: what the kernel knows about each, and their life from creation to the last trace.
 *
 * A process is a struct process, a kernel stack and, for a program in ring 3, an address space. The
 * process table finds it by its pid. Sequence: process_create() makes one that does not run yet;
 * process_prepare() or user_prepare() (user.h) says where it begins; scheduler_start()
 * (scheduler.h) lets it run; process_exit() or process_kill() ends it, which leaves a zombie;
 * process_wait() of its parent learns how it ended and calls process_release(). The
 * implementation is the student's (lab 2, exercises 1 and 4: process.c and life.c in
 * labs/lab2-processes/); state.c, given, owns the current process and checks every change of state.
 *
 * All functions are called with interrupts off: the kernel is one critical section. Their costs
 * must not grow with the number of processes; but the end of a process may cost more the more
 * children it leaves.
 */
#ifndef KERNEL_PROCESS_PROCESS_H
#define KERNEL_PROCESS_PROCESS_H

#include "kernel/memory/space.h"
#include "kernel/panic.h"
#include "kernel/trace.h"
#include "kernel/types.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/fpu.h"
#include "lib/list.h"

#include <cairn/posix.h>
#include <cairn/process.h>

struct initrd_file;
struct ipc;

/** The process that runs when no other can. It is never in a queue, and its parent is itself. */
#define PID_IDLE 0
/** The first process; children whose parent ends become its children. */
#define PID_INIT 1

/** Why a process changed its state: REASON(constant, name in the trace). */
#define PROCESS_REASONS(REASON)                                                                    \
    REASON(REASON_START, "start")               /* Created, it may run. */                         \
    REASON(REASON_RUN, "run")                   /* The scheduler chose it. */                      \
    REASON(REASON_YIELD, "yield")               /* It gave the processor away. */                  \
    REASON(REASON_PREEMPT, "preempt")           /* Its time slice is over. */                      \
    REASON(REASON_SLEEP, "sleep")               /* It waits for a time. */                         \
    REASON(REASON_CHILD, "child")               /* It waits for the end of a child. */             \
    REASON(REASON_SEND, "send")                 /* It waits until its message is received. */      \
    REASON(REASON_RECEIVE, "receive")           /* It waits for a message. */                      \
    REASON(REASON_REPLY, "reply")               /* It waits for the answer to a call. */           \
    REASON(REASON_NOTIFICATION, "notification") /* It waits for a notification. */                 \
    REASON(REASON_EVENT, "event")               /* It sleeps until it is woken. */                 \
    REASON(REASON_WAKE, "wake")                 /* What it waited for has happened. */             \
    REASON(REASON_TIMEOUT, "timeout")           /* Its time is over. */                            \
    REASON(REASON_EXIT, "exit")                 /* It ended by itself. */                          \
    REASON(REASON_KILL, "kill")                 /* Another process ended it. */                    \
    REASON(REASON_FAULT, "fault")               /* An exception ended it. */

/** The enumerator of an entry. */
#define PROCESS_REASON_ENUM(constant, name) constant,
/** Why a process changed its state. */
enum process_reason { PROCESS_REASONS(PROCESS_REASON_ENUM) };
#undef PROCESS_REASON_ENUM

/** A process. */
struct process {
    /* Who it is; written by process_create(), the name also by exec,
     * the personality also by fork and by SYS_PERSONALITY. */
    int32_t pid;
    enum process_mode mode;
    enum personality personality; /**< Which system calls it makes. */
    char name[PROCESS_NAME_MAX];

    /* What it is doing; written by process_set_state() only. */
    enum process_state state;
    enum process_reason reason; /**< Of the last change of state. */

    /* Scheduling; owned by scheduler.c. */
    struct list_link queue_link; /**< In the ready queue, or in the queue in which it waits. */
    struct list_link timer_link; /**< Among those that wait for a time. */
    uint32_t wake_tick;          /**< When that time is, by clock_now(). */
    int32_t wake_result;         /**< What scheduler_block() returns. */
    uint32_t slice_used;         /**< Ticks since it came out of the ready queue. */
    uint32_t ticks;              /**< Ticks during which it ran, ever. */
    int32_t waiting_for;         /**< With REASON_CHILD: the child's pid, or WAIT_ANY. */

    /* Where it goes on when it is chosen again; owned by the context switch. */
    uintptr_t kernel_esp; /**< Its stack pointer; the registers lie there (switch.h). */
    uintptr_t stack_top;  /**< One past its kernel stack's last byte. */
    struct space *space;  /**< Its address space; &kernel_space for a kernel-mode process. */
    struct fpu_state fpu; /**< Floating-point registers. */

    /* Its family; owned by life.c. */
    struct process *parent;
    struct list children; /**< Those that live; linked by family_link. */
    struct list zombies;  /**< Those that have ended and were not waited for; by family_link. */
    struct list_link family_link;
    int32_t exit_status; /**< EXIT_STATUS(); valid in a zombie. */

    /* What it runs; owned by program.c and exec. */
    const struct initrd_file *program; /**< The file, for its symbols; NULL in kernel mode. */
    uintptr_t heap_start;              /**< First byte after the program's segments. */
    uintptr_t heap_end;                /**< What SYS_GROW extends. */

    /* What it holds for communication; owned by lab 3, NULL as long as it has nothing. */
    struct ipc *ipc;
};

/**
 * Make the process table (exercise lab2.ex1): an entry for each kernel stack that there may be
 * (kernel_stack_slots()), all of them free. Called once, with the heap set up.
 */
void process_table_init(void);

/**
 * Create a process (exercise lab2.ex1): a structure, a pid and a kernel stack. It is in state
 * PROCESS_NEW, in no queue and in no list of children, in the kernel's space, and its
 * floating-point registers are as after FNINIT.
 * @param name copied, cut to fit.
 * @param mode in which ring it will run.
 * @param process receives the process; process_release() frees it.
 *
 * The first process gets PID_INIT. A pid is positive, and is not given again while many others are
 * free: who remembers a pid for too long finds no process rather than a wrong one.
 * @return 0; -E_AGAIN if every entry of the table is in use, -E_NO_MEMORY; then nothing has
 *         changed.
 */
MUST_USE int process_create(const char *name, enum process_mode mode, struct process **process);

/**
 * Let a kernel-mode process begin in a function (exercise lab2.ex2); if the function returns, the
 * process ends normally. It starts with interrupts on.
 * @param process new, in kernel mode (asserted).
 * @param function called with @p argument.
 * @param argument passed on.
 */
void process_prepare(struct process *process, void (*function)(void *), void *argument);

/**
 * Free a process (exercise lab2.ex1): its kernel stack, its table entry, its structure. Its address
 * space is gone already (asserted: it is the kernel's).
 * @param process new or a zombie (asserted), in no queue and no list; not the current one.
 */
void process_release(struct process *process);

/**
 * Find a process (exercise lab2.ex1).
 * @param pid any number; PID_IDLE is in no table.
 * @return the process, perhaps a zombie; NULL if there is none.
 */
struct process *process_find(int32_t pid);

/**
 * Step through all processes in order of their table entries (exercise lab2.ex1).
 * @param index 0 the first time; the call moves it on.
 * @return the next process, perhaps a zombie; NULL at the end.
 */
struct process *process_next(uint32_t *index);

/** @return the number of processes, zombies included, the idle process not (exercise lab2.ex1). */
uint32_t process_count(void);

/**
 * Make a process the child of another (exercise lab2.ex4).
 * @param child new, without a parent.
 * @param parent lives.
 */
void process_adopt(struct process *child, struct process *parent);

/**
 * End the current process (exercise lab2.ex4). Does not return: it becomes a zombie while its space
 * still exists (struct process_hooks), its memory goes back, its children go to PID_INIT, its
 * parent is woken if it waits for this, and the processor goes to the next process.
 * @param status EXIT_STATUS().
 */
_Noreturn void process_exit(int32_t status);

/**
 * End another process in the same way (exercise lab2.ex4), whatever it is doing: it leaves its
 * queue without having been woken, and never runs again. Its status is of kind EXIT_KILLED.
 * @param pid whom.
 * @return 0; -E_NO_PROCESS if there is none of that pid or it is a zombie already; -E_INVALID for
 *         PID_IDLE, PID_INIT, and a number below 0. The current process may end itself, with the
 *         same status; then the call does not return.
 */
MUST_USE int process_kill(int32_t pid);

/**
 * Learn how a child ended (exercise lab2.ex4); waits until one has. The zombie is released.
 * @param pid of a child, or WAIT_ANY.
 * @param status receives its exit status; may be NULL.
 * @return the child's pid; -E_NO_CHILD if there is no such child (any more).
 */
MUST_USE int process_wait(int32_t pid, int32_t *status);

/* ------------------------------------------------------------------ given: state.c */

/**
 * What later labs add to the life of processes; NULL where there is nothing to add.
 */
struct process_hooks {
    void (*ended)(struct process *process);    /**< It is a zombie now; its space still exists. */
    void (*replaced)(struct process *process); /**< Exec has given it another program and space. */
    void (*interrupt)(uint32_t irq);           /**< A device has interrupted; not the clock. */
};
/** Set once, before the first process. */
extern struct process_hooks process_hooks;

/** The current process; written by process_set_current() only. */
extern struct process *process_running;

/** @return the process that runs now; the idle process while the kernel starts. */
static inline struct process *process_current(void)
{
    return process_running;
}

/** The idle process; written by process_init_idle() and the scheduler. */
extern struct process process_idle_state;

/** Make the boot code the idle process, and the current one. */
void process_init_idle(void);

/** Let panics that the time limit causes show what each process waits for. Needs the table. */
void process_explain_timeouts(void);

/** @return the idle process. */
static inline struct process *process_idle(void)
{
    return &process_idle_state;
}

/** For each state, one bit for each state to which it may change. */
extern const uint32_t process_transitions[];

/** For process_set_state(): write a change of state to the trace. */
void process_trace_state(const struct process *process, enum process_state state,
                         enum process_reason reason);

/** For process_set_state(): end the run, because no process may change in this way. */
_Noreturn void process_refuse_state(const struct process *process, enum process_state state,
                                    enum process_reason reason);

/**
 * Change the state of a process: the one place where that happens. A change that makes no sense
 * ends the run like a failed assertion; every change is traced.
 * @param process any process.
 * @param state what it does from now on.
 * @param reason why.
 */
static inline void process_set_state(struct process *process, enum process_state state,
                                     enum process_reason reason)
{
    assert(!cpu_interrupts_enabled());
    if ((process_transitions[process->state] & 1u << state) == 0) {
        process_refuse_state(process, state, reason);
    }
    if ((trace_groups & TRACE_SCHED) != 0) {
        process_trace_state(process, state, reason);
    }
    process->state = state;
    process->reason = reason;
}

/**
 * Make a process a zombie, with its exit status: process_set_state() for the last time. The end of
 * PID_INIT ends the system.
 * @param process ends now.
 * @param status EXIT_STATUS().
 */
void process_set_zombie(struct process *process, int32_t status);

/** For process_set_current(): write a switch to the trace. */
void process_trace_switch(const struct process *next);

/**
 * Say which process runs from now on, just before the context switch.
 * @param next in state PROCESS_RUNNING.
 * @return the process that ran until now.
 */
static inline struct process *process_set_current(struct process *next)
{
    struct process *previous = process_running;
    assert(next->state == PROCESS_RUNNING);
    if ((trace_groups & TRACE_SCHED) != 0) {
        process_trace_switch(next);
    }
    process_running = next;
    return previous;
}

#endif
