/**
 * @file
 * The table of system calls, and their handlers; see syscall.h.
 *
 * A handler decodes its arguments and calls the subsystem that acts. It believes nothing: a number
 * may be any number, a pointer may point anywhere. This file owns the table and no other state. The
 * callers are the dispatchers of system calls.
 */
#include "kernel/process/syscall.h"

#include "kernel/console.h"
#include "kernel/memory/frame.h"
#include "kernel/panic.h"
#include "kernel/process/clock.h"
#include "kernel/process/exec.h"
#include "kernel/process/fork.h"
#include "kernel/process/scheduler.h"
#include "kernel/trace.h"
#include "lib/string.h"

#include <cairn/error.h>

static user_pointer pointer(uint32_t argument)
{
    return (user_pointer){argument};
}

static int32_t sys_getpid(const uint32_t *arguments)
{
    (void)arguments;
    return process_current()->pid;
}

static int32_t sys_getppid(const uint32_t *arguments)
{
    (void)arguments;
    return process_current()->parent->pid;
}

static int32_t sys_yield(const uint32_t *arguments)
{
    (void)arguments;
    scheduler_yield();
    return 0;
}

static int32_t sys_exit(const uint32_t *arguments)
{
    process_exit(EXIT_STATUS(EXIT_NORMAL, arguments[0]));
}

static int32_t sys_fork(const uint32_t *arguments)
{
    (void)arguments;
    return process_fork();
}

int32_t syscall_with_program(const uint32_t *arguments,
                             int (*act)(const char *, const struct program_arguments *))
{
    char path[PROGRAM_PATH_MAX];
    struct program_arguments argv;
    int error = copy_string_from_user(path, pointer(arguments[0]), sizeof(path));
    if (error < 0) {
        return error;
    }
    error = program_read_arguments(&argv, pointer(arguments[1]));
    return error < 0 ? error : act(path, &argv);
}

static int32_t sys_spawn(const uint32_t *arguments)
{
    return syscall_with_program(arguments, program_spawn);
}

static int32_t sys_exec(const uint32_t *arguments)
{
    return syscall_with_program(arguments, process_exec);
}

static int32_t sys_wait(const uint32_t *arguments)
{
    int32_t status = 0;
    if (arguments[1] != 0) { /* before the child is gone, see whether its status can be told */
        int error = copy_from_user(&status, pointer(arguments[1]), sizeof(status));
        error = error < 0 ? error : copy_to_user(pointer(arguments[1]), &status, sizeof(status));
        if (error < 0) {
            return error;
        }
    }
    int pid = process_wait((int32_t)arguments[0], &status);
    if (pid > 0) {
        trace_event(TRACE_SCHED, "proc.reap", "pid=%d by=%d", pid, process_current()->pid);
    }
    if (pid > 0 && arguments[1] != 0) {
        int error = copy_to_user(pointer(arguments[1]), &status, sizeof(status));
        return error < 0 ? error : pid;
    }
    return pid;
}

static int32_t sys_kill(const uint32_t *arguments)
{
    return process_kill((int32_t)arguments[0]);
}

static int32_t sys_sleep(const uint32_t *arguments)
{
    if (arguments[0] > INT32_MAX) {
        return -E_INVALID;
    }
    if (arguments[0] == 0) {
        scheduler_yield();
        return 0;
    }
    int result = scheduler_block(NULL, REASON_SLEEP, arguments[0]);
    return result == -E_TIMED_OUT ? 0 : result;
}

static int32_t sys_write(const uint32_t *arguments)
{
    char text[WRITE_MAX];
    uint32_t size = arguments[1];
    if (size > sizeof(text)) {
        return -E_INVALID;
    }
    int error = copy_from_user(text, pointer(arguments[0]), size);
    if (error < 0) {
        return error;
    }
    console_write(text, size);
    return (int32_t)size;
}

static int32_t sys_grow(const uint32_t *arguments)
{
    return program_grow(arguments[0]);
}

static int32_t sys_clock(const uint32_t *arguments)
{
    (void)arguments;
    return (int32_t)clock_elapsed();
}

static int32_t sys_note(const uint32_t *arguments)
{
    char text[NOTE_MAX + 1];
    uint32_t size = arguments[1];
    if (size > NOTE_MAX) {
        return -E_INVALID;
    }
    int error = copy_from_user(text, pointer(arguments[0]), size);
    if (error < 0) {
        return error;
    }
    text[size] = '\0';
    trace_event(TRACE_NOTE, "note", "pid=%d text=%q", process_current()->pid, text);
    return 0;
}

/** The process with the lowest pid from @p pid on. All are looked at only if there is a gap. */
static const struct process *find_from(int32_t pid)
{
    const struct process *found = process_find(pid);
    if (found != NULL) {
        return found;
    }
    uint32_t index = 0;
    for (struct process *process; (process = process_next(&index)) != NULL;) {
        if (process->pid >= pid && (found == NULL || process->pid < found->pid)) {
            found = process;
        }
    }
    return found;
}

static int32_t sys_process_info(const uint32_t *arguments)
{
    const struct process *found = find_from((int32_t)arguments[0]);
    if (found == NULL) {
        return -E_NO_PROCESS;
    }
    struct process_info info = {
        .pid = found->pid,
        .parent = found->parent->pid,
        .state = found->state,
        .mode = found->mode,
        .ticks = found->ticks,
    };
    (void)strlcpy(info.name, found->name, sizeof(info.name));
    int error = copy_to_user(pointer(arguments[1]), &info, sizeof(info));
    return error < 0 ? error : found->pid;
}

static int32_t sys_memory_info(const uint32_t *arguments)
{
    struct frame_stats frames = frame_stats();
    struct memory_info info = {frames.total, frames.free, process_count()};
    return copy_to_user(pointer(arguments[0]), &info, sizeof(info));
}

static syscall_handler *native_handlers[SYSCALL_LIMIT] = {
    [SYS_GETPID] = sys_getpid,
    [SYS_YIELD] = sys_yield,
    [SYS_SPAWN] = sys_spawn,
    [SYS_EXIT] = sys_exit,
    [SYS_FORK] = sys_fork,
    [SYS_EXEC] = sys_exec,
    [SYS_WAIT] = sys_wait,
    [SYS_KILL] = sys_kill,
    [SYS_SLEEP] = sys_sleep,
    [SYS_WRITE] = sys_write,
    [SYS_GROW] = sys_grow,
    [SYS_CLOCK] = sys_clock,
    [SYS_NOTE] = sys_note,
    [SYS_GETPPID] = sys_getppid,
    [SYS_PROCESS_INFO] = sys_process_info,
    [SYS_MEMORY_INFO] = sys_memory_info,
};

struct syscall_table syscall_tables[PERSONALITIES] = {
    [PERSONALITY_NATIVE] = {SYSCALL_LIMIT, native_handlers},
};

void syscall_provide(uint32_t number, syscall_handler *handler)
{
    assert(number < SYSCALL_LIMIT && native_handlers[number] == NULL);
    native_handlers[number] = handler; // cppcheck-suppress AssignmentAddressToInteger
}
