/**
 * @file
 * Lab 3, exercise 6: kernel-mode programs.
 *
 * The file owns no state. A program in ring 0 calls the
 * service_... functions like any function, so nothing has turned interrupts off for them: each does
 * that itself, and restores the flag. The contract is in kernel/ipc/kernel_program.h.
 */
#include "kernel/ipc/kernel_program.h"

#include "kernel/exercise.h"
#include "kernel/memory/layout.h"
#include "kernel/panic.h"
#include "kernel/process/scheduler.h"
#include "kernel/process/switch.h"
#include "kernel/process/syscall.h"
#include "kernel/x86/program_entry.h"

#include <cairn/error.h>

/* BEGIN SOLUTION lab3.ex6 */
/** Copy between a buffer of the kernel and another space; interrupts are off. */
static int copy_in_space(struct space *space, void *to, const void *from, size_t size,
                         int (*copy)(void *, const void *, size_t))
{
    struct space *own = process_current()->space;
    space_switch(space);
    int error = copy(to, from, size);
    space_switch(own);
    return error;
}

static int read_memory(void *to, const void *from, size_t size)
{
    return copy_from_user(to, (user_pointer){(uintptr_t)from}, size);
}

static int write_memory(void *to, const void *from, size_t size)
{
    return copy_to_user((user_pointer){(uintptr_t)to}, from, size);
}

/** The space of a process, if a range lies in its half; interrupts are off. */
static int find_space(int32_t pid, uint32_t address, uint32_t size, struct space **space)
{
    const struct process *process = process_find(pid);
    if (process == NULL || process->state == PROCESS_ZOMBIE) {
        return -E_NO_PROCESS;
    }
    bool inside = address >= USER_START && address < USER_END && size <= USER_END - address;
    *space = process->space;
    return inside && process->space != &kernel_space ? 0 : -E_FAULT;
}

/** Carry one piece; the process is looked up anew for each, as it may end in between. */
static int carry_piece(int32_t pid, bool to_process, uint32_t there, uint8_t *here, uint32_t size)
{
    uint8_t piece[CARRY_MAX];
    struct space *space;
    int error = find_space(pid, there, size, &space);
    if (error < 0) {
        return error;
    }
    if (to_process) {
        error = read_memory(piece, here, size);
        return error < 0
                   ? error
                   : copy_in_space(space, (void *)(uintptr_t)there, piece, size, write_memory);
    }
    error = copy_in_space(space, piece, (void *)(uintptr_t)there, size, read_memory);
    return error < 0 ? error : write_memory(here, piece, size);
}

/** Copy between the current program and a process, piece by piece. */
static int carry(int32_t pid, bool to_process, uint32_t there, uint8_t *here, uint32_t size)
{
    int error = 0;
    for (uint32_t done = 0; error == 0 && done < size;) {
        uint32_t piece = size - done < CARRY_MAX ? size - done : CARRY_MAX;
        bool enabled = cpu_interrupts_disable();
        error = carry_piece(pid, to_process, there + done, here + done, piece);
        cpu_interrupts_restore(enabled);
        done += piece;
    }
    return error;
}
/* SKELETON
END SOLUTION */

void kernel_program_prepare(struct process *process, uintptr_t entry, uintptr_t words)
{
    /* BEGIN SOLUTION lab3.ex6 */
    assert(process->mode == PROCESS_KERNEL && process->state == PROCESS_NEW);
    assert(process->space != &kernel_space);
    struct switch_frame *frame = (struct switch_frame *)process->stack_top - 1;
    *frame = (struct switch_frame){
        .ebx = (uint32_t)(uintptr_t)&kernel_services,
        .esi = words,
        .edi = entry,
        .eip = (uint32_t)(uintptr_t)program_entry,
    };
    process->kernel_esp = (uintptr_t)frame;
    /* SKELETON
    // Exercise lab3.ex6 (13 points together with the functions below): as process_prepare() of
    // lab 2, but context_switch() returns to program_entry, which finds three things in registers.
    (void)process;
    (void)entry;
    (void)words;
    exercise_missing("lab3.ex6", __func__);
    END SOLUTION */
}

int kernel_program_spawn(const char *path, const struct program_arguments *arguments)
{
    /* BEGIN SOLUTION lab3.ex6 */
    return program_spawn_as(path, arguments, PROCESS_KERNEL, kernel_program_prepare);
    /* SKELETON
    // Exercise lab3.ex6: program_spawn_as() does for any mode what program_spawn() does for ring 3.
    (void)path;
    (void)arguments;
    exercise_missing("lab3.ex6", __func__);
    END SOLUTION */
}

int32_t service_system_call(uint32_t number, const uint32_t *arguments)
{
    /* BEGIN SOLUTION lab3.ex6 */
    bool enabled = cpu_interrupts_disable();
    int32_t result = syscall_handle(number, arguments);
    cpu_interrupts_restore(enabled);
    return result;
    /* SKELETON
    // Exercise lab3.ex6: no trap has turned interrupts off here.
    (void)number;
    (void)arguments;
    exercise_missing("lab3.ex6", __func__);
    END SOLUTION */
}

int32_t service_read_space(int32_t pid, void *to, uint32_t from, uint32_t size)
{
    /* BEGIN SOLUTION lab3.ex6 */
    return carry(pid, false, from, to, size);
    /* SKELETON
    // Exercise lab3.ex6: the program's own code and buffer lie in its own space, so they are not
    // there while the other page directory is in use: copy to a buffer on the kernel stack, piece
    // by piece, and from there. The address must be in the user half. Interrupts stay off while the
    // other space is current, but not for a whole megabyte.
    (void)pid;
    (void)to;
    (void)from;
    (void)size;
    exercise_missing("lab3.ex6", __func__);
    END SOLUTION */
}

int32_t service_write_space(int32_t pid, uint32_t to, const void *from, uint32_t size)
{
    /* BEGIN SOLUTION lab3.ex6 */
    return carry(pid, true, to, (uint8_t *)(uintptr_t)from, size);
    /* SKELETON
    // Exercise lab3.ex6: the other direction.
    (void)pid;
    (void)to;
    (void)from;
    (void)size;
    exercise_missing("lab3.ex6", __func__);
    END SOLUTION */
}

int32_t service_sleep(uint32_t ticks)
{
    /* BEGIN SOLUTION lab3.ex6 */
    if (ticks > INT32_MAX) {
        return -E_INVALID;
    }
    bool enabled = cpu_interrupts_disable();
    int result = scheduler_block(NULL, REASON_EVENT, ticks);
    cpu_interrupts_restore(enabled);
    return result;
    /* SKELETON
    // Exercise lab3.ex6: wait for REASON_EVENT.
    (void)ticks;
    exercise_missing("lab3.ex6", __func__);
    END SOLUTION */
}

int32_t service_wake(int32_t pid)
{
    /* BEGIN SOLUTION lab3.ex6 */
    bool enabled = cpu_interrupts_disable();
    struct process *process = process_find(pid);
    int result = process == NULL ? -E_NO_PROCESS : -E_AGAIN;
    if (process != NULL && process->state == PROCESS_BLOCKED && process->reason == REASON_EVENT) {
        scheduler_wake(process, 0);
        result = 0;
    }
    cpu_interrupts_restore(enabled);
    return result;
    /* SKELETON
    // Exercise lab3.ex6: only a process that sleeps, and not one that waits for anything else.
    (void)pid;
    exercise_missing("lab3.ex6", __func__);
    END SOLUTION */
}
