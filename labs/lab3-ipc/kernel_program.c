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

void kernel_program_prepare(struct process *process, uintptr_t entry, uintptr_t words)
{
    // Exercise lab3.ex6 (13 points together with the functions below): as process_prepare() of
    // lab 2, but context_switch() returns to program_entry, which finds three things in registers.
    (void)process;
    (void)entry;
    (void)words;
    exercise_missing("lab3.ex6", __func__);
}

int kernel_program_spawn(const char *path, const struct program_arguments *arguments)
{
    // Exercise lab3.ex6: program_spawn_as() does for any mode what program_spawn() does for ring 3.
    (void)path;
    (void)arguments;
    exercise_missing("lab3.ex6", __func__);
}

int32_t service_system_call(uint32_t number, const uint32_t *arguments)
{
    // Exercise lab3.ex6: no trap has turned interrupts off here.
    (void)number;
    (void)arguments;
    exercise_missing("lab3.ex6", __func__);
}

int32_t service_read_space(int32_t pid, void *to, uint32_t from, uint32_t size)
{
    // Exercise lab3.ex6: the program's own code and buffer lie in its own space, so they are not
    // there while the other page directory is in use: copy to a buffer on the kernel stack, piece
    // by piece, and from there. The address must be in the user half. Interrupts stay off while the
    // other space is current, but not for a whole megabyte.
    (void)pid;
    (void)to;
    (void)from;
    (void)size;
    exercise_missing("lab3.ex6", __func__);
}

int32_t service_write_space(int32_t pid, uint32_t to, const void *from, uint32_t size)
{
    // Exercise lab3.ex6: the other direction.
    (void)pid;
    (void)to;
    (void)from;
    (void)size;
    exercise_missing("lab3.ex6", __func__);
}

int32_t service_sleep(uint32_t ticks)
{
    // Exercise lab3.ex6: wait for REASON_EVENT.
    (void)ticks;
    exercise_missing("lab3.ex6", __func__);
}

int32_t service_wake(int32_t pid)
{
    // Exercise lab3.ex6: only a process that sleeps, and not one that waits for anything else.
    (void)pid;
    exercise_missing("lab3.ex6", __func__);
}
