/**
 * @file
 * The trace for programs: one event a line on COM2.
 *
 * A line is `seq=N t=T ev=NAME key=value ...`: a sequence number that counts from 0, the
 * time-stamp counter since the trace was started, the event and its fields. The grader and the
 * timeline read nothing else. Trace points sit in given code, where every change of state passes.
 * It owns the sequence number and the mask of groups that are written. Sequence: trace_init(); then
 * trace_event() anywhere.
 */
#ifndef KERNEL_TRACE_H
#define KERNEL_TRACE_H

#include "kernel/types.h"

/** Groups of events; boot option `trace=` adds groups to TRACE_DEFAULT. */
enum trace_group {
    TRACE_BOOT = 1 << 0,  /**< Milestones, power-off. Always on. */
    TRACE_TEST = 1 << 1,  /**< Tests and benchmarks. Always on. */
    TRACE_PANIC = 1 << 2, /**< Panics, misuse, missing exercises. Always on. */
    TRACE_FAULT = 1 << 3, /**< Exceptions that are not resolved. Always on. */
    TRACE_MMU = 1 << 4,   /**< Resolved page faults, invalidations, changes of directory. */
    TRACE_SCHED = 1 << 5, /**< Processes: creation, changes of state, switches, copies on write. */
    TRACE_SYSCALL = 1 << 6, /**< System calls and their results. */
    TRACE_NOTE = 1 << 7,    /**< What programs write by SYS_NOTE. Always on. */
    TRACE_IPC = 1 << 8,     /**< Messages, signals, names, mappings. */
};
/** The groups that are always written, whatever trace_groups says. */
#define TRACE_DEFAULT (TRACE_BOOT | TRACE_TEST | TRACE_PANIC | TRACE_FAULT | TRACE_NOTE)

/**
 * Start the trace.
 * @param groups names of further groups, separated by commas, or NULL.
 */
void trace_init(const char *groups);

/** The groups that are written; changed by trace.c only. */
extern uint32_t trace_groups;

/**
 * Write one event. May be called in any state of the machine. While the group is off, the arguments
 * are not even computed.
 * @param group the group it belongs to; nothing is written if that is off.
 * @param ... as for trace_write().
 */
#define trace_event(group, ...)                                                                    \
    (((trace_groups | TRACE_DEFAULT) & (group)) != 0 ? trace_write(__VA_ARGS__) : (void)0)

/**
 * Write one event, whatever its group; use trace_event().
 * @param name for instance "boot.milestone".
 * @param format printf-like fields: `key=value` separated by single blanks; %q quotes a string so
 * that it stays one value. NULL for no fields.
 */
void trace_write(const char *name, const char *format, ...);

#endif
