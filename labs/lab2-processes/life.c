/**
 * @file
 * Lab 2, exercise 4: the end of processes, and what their parents learn of it.
 *
 * The file owns the links between parents and children. A process that ends gives back its memory
 * at once and stays as a zombie, because its parent may ask how it ended; process_wait() then
 * removes the last trace. Children whose parent ends become children of PID_INIT, which waits for
 * everybody. The contract is in kernel/process/process.h.
 */
#include "kernel/process/process.h"

#include "kernel/exercise.h"
#include "kernel/panic.h"
#include "kernel/process/scheduler.h"

#include <cairn/error.h>

void process_adopt(struct process *child, struct process *parent)
{
    // Exercise lab2.ex4 (15 points together with the functions below): enter the child into the
    // parent's list of children, by its family_link.
    (void)child;
    (void)parent;
    exercise_missing("lab2.ex4", __func__);
}

_Noreturn void process_exit(int32_t status)
{
    // Exercise lab2.ex4: what ends with the process, in this order: its state, by
    // process_set_zombie(), as long as the space is still there, because lab 3 looks at it
    // then; its address space (but this function runs in it: the kernel's space is current
    // first); its place in the family (the children go to PID_INIT, zombies too); and its
    // parent's waiting. The kernel stack stays: this function stands on it. Then
    // scheduler_leave().
    (void)status;
    exercise_missing("lab2.ex4", __func__);
}

int process_kill(int32_t pid)
{
    // Exercise lab2.ex4: the same for another process, which may be ready, blocked or sleeping:
    // scheduler_remove() takes it out of its queues. Which pids must be refused? The current
    // process may name itself: then this is process_exit().
    (void)pid;
    exercise_missing("lab2.ex4", __func__);
}

int process_wait(int32_t pid, int32_t *status)
{
    // Exercise lab2.ex4: a zombie among the children: tell its status, process_release() it.
    // Only living ones: waiting_for says which, and scheduler_block() with REASON_CHILD waits.
    // After waking, look again: do not believe that you know why.
    (void)pid;
    (void)status;
    exercise_missing("lab2.ex4", __func__);
}
