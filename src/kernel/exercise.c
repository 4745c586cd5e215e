/**
 * @file
 * The table of exercises, and the end of a run that needs one that is not done.
 *
 * It owns no state. One table lists every function that students write, by exercise, another the
 * given functions that check their work; a skeleton's holes call exercise_missing(), and panic.c
 * asks exercise_of() for each function on the stack.
 */
#include "kernel/exercise.h"

#include "kernel/console.h"
#include "kernel/trace.h"
#include "kernel/x86/power.h"
#include "lib/string.h"

/** One function of an exercise. */
struct exercise_function {
    const char *exercise;
    const char *file; /**< Where it is written. */
    const char *function;
};

static const struct exercise_function functions[] = {
    {"lab1.ex1", "labs/lab1-memory/frame.c", "frame_init"},
    {"lab1.ex1", "labs/lab1-memory/frame.c", "frame_stats"},
    {"lab1.ex2", "labs/lab1-memory/frame.c", "frame_alloc"},
    {"lab1.ex2", "labs/lab1-memory/frame.c", "frame_alloc_run"},
    {"lab1.ex2", "labs/lab1-memory/frame.c", "frame_retain"},
    {"lab1.ex2", "labs/lab1-memory/frame.c", "frame_release"},
    {"lab1.ex2", "labs/lab1-memory/frame.c", "frame_release_run"},
    {"lab1.ex2", "labs/lab1-memory/frame.c", "frame_references"},
    {"lab1.ex2", "labs/lab1-memory/frame.c", "frame_check"},
    {"lab1.ex3", "labs/lab1-memory/paging.c", "paging_walk"},
    {"lab1.ex3", "labs/lab1-memory/paging.c", "paging_map"},
    {"lab1.ex3", "labs/lab1-memory/paging.c", "paging_map_large"},
    {"lab1.ex3", "labs/lab1-memory/paging.c", "paging_unmap"},
    {"lab1.ex3", "labs/lab1-memory/paging.c", "paging_protect"},
    {"lab1.ex3", "labs/lab1-memory/paging.c", "paging_translate"},
    {"lab1.ex4", "labs/lab1-memory/space.c", "space_init"},
    {"lab1.ex4", "labs/lab1-memory/space.c", "space_create"},
    {"lab1.ex4", "labs/lab1-memory/space.c", "space_switch"},
    {"lab1.ex4", "labs/lab1-memory/space.c", "space_current"},
    {"lab1.ex4", "labs/lab1-memory/space.c", "space_destroy"},
    {"lab1.ex5", "labs/lab1-memory/fault.c", "fault_decode"},
    {"lab1.ex5", "labs/lab1-memory/fault.c", "fault_resolve"},
    {"lab1.ex5", "labs/lab1-memory/fault.c", "region_add"},
    {"lab1.ex5", "labs/lab1-memory/fault.c", "region_find"},
    {"lab1.ex6", "labs/lab1-memory/heap.c", "heap_init"},
    {"lab1.ex6", "labs/lab1-memory/heap.c", "kmalloc"},
    {"lab1.ex6", "labs/lab1-memory/heap.c", "kmalloc_aligned"},
    {"lab1.ex6", "labs/lab1-memory/heap.c", "krealloc"},
    {"lab1.ex6", "labs/lab1-memory/heap.c", "kfree"},
    {"lab1.ex6", "labs/lab1-memory/heap.c", "heap_stats"},
    {"lab2.ex1", "labs/lab2-processes/process.c", "process_table_init"},
    {"lab2.ex1", "labs/lab2-processes/process.c", "process_create"},
    {"lab2.ex1", "labs/lab2-processes/process.c", "process_release"},
    {"lab2.ex1", "labs/lab2-processes/process.c", "process_find"},
    {"lab2.ex1", "labs/lab2-processes/process.c", "process_next"},
    {"lab2.ex1", "labs/lab2-processes/process.c", "process_count"},
    {"lab2.ex2", "labs/lab2-processes/switch.S", "context_switch"},
    {"lab2.ex2", "labs/lab2-processes/switch.S", "kernel_process_start"},
    {"lab2.ex2", "labs/lab2-processes/process.c", "process_prepare"},
    {"lab2.ex3", "labs/lab2-processes/scheduler.c", "scheduler_init"},
    {"lab2.ex3", "labs/lab2-processes/scheduler.c", "scheduler_start"},
    {"lab2.ex3", "labs/lab2-processes/scheduler.c", "scheduler_run"},
    {"lab2.ex3", "labs/lab2-processes/scheduler.c", "scheduler_yield"},
    {"lab2.ex3", "labs/lab2-processes/scheduler.c", "scheduler_wait"},
    {"lab2.ex3", "labs/lab2-processes/scheduler.c", "scheduler_block"},
    {"lab2.ex3", "labs/lab2-processes/scheduler.c", "scheduler_wake"},
    {"lab2.ex3", "labs/lab2-processes/scheduler.c", "scheduler_wake_first"},
    {"lab2.ex3", "labs/lab2-processes/scheduler.c", "scheduler_remove"},
    {"lab2.ex3", "labs/lab2-processes/scheduler.c", "scheduler_leave"},
    {"lab2.ex3", "labs/lab2-processes/scheduler.c", "scheduler_tick"},
    {"lab2.ex4", "labs/lab2-processes/life.c", "process_adopt"},
    {"lab2.ex4", "labs/lab2-processes/life.c", "process_exit"},
    {"lab2.ex4", "labs/lab2-processes/life.c", "process_kill"},
    {"lab2.ex4", "labs/lab2-processes/life.c", "process_wait"},
    {"lab2.ex5", "labs/lab2-processes/user.c", "user_frame"},
    {"lab2.ex5", "labs/lab2-processes/user.c", "user_set_frame"},
    {"lab2.ex5", "labs/lab2-processes/user.c", "user_prepare"},
    {"lab2.ex5", "labs/lab2-processes/user.c", "copy_from_user"},
    {"lab2.ex5", "labs/lab2-processes/user.c", "copy_to_user"},
    {"lab2.ex5", "labs/lab2-processes/user.c", "copy_string_from_user"},
    {"lab2.ex5", "labs/lab2-processes/user.c", "user_copy_recover"},
    {"lab2.ex5", "labs/lab2-processes/syscall.c", "syscall_dispatch"},
    {"lab2.ex6", "labs/lab2-processes/fork.c", "space_fork"},
    {"lab2.ex6", "labs/lab2-processes/fork.c", "fork_resolve"},
    {"lab2.ex6", "labs/lab2-processes/fork.c", "process_fork"},
    {"lab2.ex7", "labs/lab2-processes/exec.c", "process_exec"},
    {"lab3.ex1", "labs/lab3-ipc/handle.c", "handle_add"},
    {"lab3.ex1", "labs/lab3-ipc/handle.c", "handle_get"},
    {"lab3.ex1", "labs/lab3-ipc/handle.c", "handle_find"},
    {"lab3.ex1", "labs/lab3-ipc/handle.c", "handle_close"},
    {"lab3.ex1", "labs/lab3-ipc/handle.c", "handle_close_all"},
    {"lab3.ex2", "labs/lab3-ipc/endpoint.c", "endpoint_init"},
    {"lab3.ex2", "labs/lab3-ipc/endpoint.c", "endpoint_set_owner"},
    {"lab3.ex2", "labs/lab3-ipc/endpoint.c", "endpoint_abandon"},
    {"lab3.ex2", "labs/lab3-ipc/endpoint.c", "endpoint_transfer"},
    {"lab3.ex2", "labs/lab3-ipc/endpoint.c", "endpoint_send"},
    {"lab3.ex2", "labs/lab3-ipc/endpoint.c", "endpoint_call"},
    {"lab3.ex2", "labs/lab3-ipc/endpoint.c", "endpoint_receive"},
    {"lab3.ex2", "labs/lab3-ipc/endpoint.c", "endpoint_reply"},
    {"lab3.ex2", "labs/lab3-ipc/endpoint.c", "endpoint_reply_receive"},
    {"lab3.ex3", "labs/lab3-ipc/notification.c", "notification_create"},
    {"lab3.ex3", "labs/lab3-ipc/notification.c", "notification_signal"},
    {"lab3.ex3", "labs/lab3-ipc/notification.c", "notification_wait"},
    {"lab3.ex4", "labs/lab3-ipc/shared.c", "shared_memory_create"},
    {"lab3.ex4", "labs/lab3-ipc/shared.c", "shared_memory_destroy"},
    {"lab3.ex4", "labs/lab3-ipc/shared.c", "shared_memory_map"},
    {"lab3.ex4", "labs/lab3-ipc/shared.c", "shared_memory_unmap"},
    {"lab3.ex4", "labs/lab3-ipc/shared.c", "shared_memory_forget"},
    {"lab3.ex5", "labs/lab3-ipc/name.c", "name_init"},
    {"lab3.ex5", "labs/lab3-ipc/name.c", "name_register"},
    {"lab3.ex5", "labs/lab3-ipc/name.c", "name_alias"},
    {"lab3.ex5", "labs/lab3-ipc/name.c", "name_unregister"},
    {"lab3.ex5", "labs/lab3-ipc/name.c", "name_lookup"},
    {"lab3.ex5", "labs/lab3-ipc/name.c", "name_next"},
    {"lab3.ex5", "labs/lab3-ipc/name.c", "name_withdraw"},
    {"lab3.ex5", "labs/lab3-ipc/name.c", "name_count"},
    {"lab3.ex6", "labs/lab3-ipc/kernel_program.c", "kernel_program_prepare"},
    {"lab3.ex6", "labs/lab3-ipc/kernel_program.c", "kernel_program_spawn"},
    {"lab3.ex6", "labs/lab3-ipc/kernel_program.c", "service_system_call"},
    {"lab3.ex6", "labs/lab3-ipc/kernel_program.c", "service_read_space"},
    {"lab3.ex6", "labs/lab3-ipc/kernel_program.c", "service_write_space"},
    {"lab3.ex6", "labs/lab3-ipc/kernel_program.c", "service_sleep"},
    {"lab3.ex6", "labs/lab3-ipc/kernel_program.c", "service_wake"},
    {"lab3.ex7", "labs/lab3-ipc/delegate.c", "delegate"},
};

/** Given functions in which a check fails if an exercise is not right, and that exercise. */
static const struct {
    const char *function;
    const char *exercise;
} checks[] = {
    {"check_frames", "lab1.ex2"}, {"check_paging", "lab1.ex3"}, {"check_faults", "lab1.ex5"},
    {"check_heap", "lab1.ex6"},   {"heap_check", "lab1.ex6"},
};

/** The entry of a function; NULL if it is given. */
static const struct exercise_function *find(const char *function)
{
    for (size_t i = 0; i < COUNT_OF(functions); i++) {
        if (strcmp(functions[i].function, function) == 0) {
            return &functions[i];
        }
    }
    return NULL;
}

_Noreturn void exercise_missing(const char *exercise, const char *function)
{
    const struct exercise_function *entry = find(function);
    const char *file = entry == NULL ? "?" : entry->file;
    trace_event(TRACE_PANIC, "todo", "exercise=%s function=%s file=%s", exercise, function, file);
    kprintf("\nNext: exercise %s, %s() in %s.\n", exercise, function, file);
    kprintf("The handout (README.md beside that file) explains it, and the header that the file\n"
            "includes first says exactly what the function must do.\n");
    power_off(POWER_TODO);
}

const char *exercise_of(const char *function)
{
    for (size_t i = 0; i < COUNT_OF(checks); i++) {
        if (strcmp(checks[i].function, function) == 0) {
            return checks[i].exercise;
        }
    }
    const struct exercise_function *entry = find(function);
    return entry == NULL ? NULL : entry->exercise;
}
