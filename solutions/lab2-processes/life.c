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

/* BEGIN SOLUTION lab2.ex4 */
/** The process that a link of a list of children or zombies belongs to. */
static struct process *relative(struct list_link *link)
{
    return LIST_ENTRY(link, struct process, family_link);
}

/** Make a zombie one of its parent's, and wake the parent if it waits for that. */
static void join_zombies(struct process *zombie, struct process *parent)
{
    zombie->parent = parent;
    list_append(&parent->zombies, &zombie->family_link);
    bool waits = parent->state == PROCESS_BLOCKED && parent->reason == REASON_CHILD;
    if (waits && (parent->waiting_for == WAIT_ANY || parent->waiting_for == zombie->pid)) {
        scheduler_wake(parent, 0);
    }
}

/** Give all children and zombies of a process to PID_INIT. */
static void leave_children(struct process *process)
{
    struct process *init = process_find(PID_INIT);
    assert(init != NULL && init != process);
    for (struct list_link *link; (link = list_first(&process->children)) != NULL;) {
        list_remove(link);
        process_adopt(relative(link), init);
    }
    for (struct list_link *link; (link = list_first(&process->zombies)) != NULL;) {
        list_remove(link);
        join_zombies(relative(link), init);
    }
}

/** Give back the address space of a process that will never run in it again. */
static void release_space(struct process *process)
{
    struct space *space = process->space;
    process->space = &kernel_space;
    if (space == &kernel_space) {
        return;
    }
    if (space == space_current()) {
        space_switch(&kernel_space);
    }
    space_destroy(space);
}

/** Everything that ends with a process, but for the processor if it is the current one. */
static void end(struct process *process, int32_t status)
{
    scheduler_remove(process);
    process_set_zombie(process, status);
    release_space(process);
    leave_children(process);
    list_remove(&process->family_link);
    join_zombies(process, process->parent);
}

/** A zombie that a process may wait for; NULL if there is none yet. */
static struct process *find_zombie(const struct process *parent, int32_t pid)
{
    if (pid == WAIT_ANY) {
        struct list_link *first = list_first(&parent->zombies);
        return first == NULL ? NULL : relative(first);
    }
    struct process *child = process_find(pid);
    bool is_zombie = child != NULL && child->state == PROCESS_ZOMBIE;
    return is_zombie && child->parent == parent ? child : NULL;
}

/** Whether a process has a living child for which it may wait. */
static bool has_child(const struct process *parent, int32_t pid)
{
    if (pid == WAIT_ANY) {
        return !list_is_empty(&parent->children);
    }
    const struct process *child = process_find(pid);
    return child != NULL && child->parent == parent;
}
/* SKELETON
END SOLUTION */

void process_adopt(struct process *child, struct process *parent)
{
    /* BEGIN SOLUTION lab2.ex4 */
    assert(!list_contains(&child->family_link) && parent->state != PROCESS_ZOMBIE);
    child->parent = parent;
    list_append(&parent->children, &child->family_link);
    /* SKELETON
    // Exercise lab2.ex4 (15 points together with the functions below): enter the child into the
    // parent's list of children, by its family_link.
    (void)child;
    (void)parent;
    exercise_missing("lab2.ex4", __func__);
    END SOLUTION */
}

_Noreturn void process_exit(int32_t status)
{
    /* BEGIN SOLUTION lab2.ex4 */
    end(process_current(), status);
    scheduler_leave();
    /* SKELETON
    // Exercise lab2.ex4: what ends with the process, in this order: its state, by
    // process_set_zombie(), as long as the space is still there, because lab 3 looks at it
    // then; its address space (but this function runs in it: the kernel's space is current
    // first); its place in the family (the children go to PID_INIT, zombies too); and its
    // parent's waiting. The kernel stack stays: this function stands on it. Then
    // scheduler_leave().
    (void)status;
    exercise_missing("lab2.ex4", __func__);
    END SOLUTION */
}

int process_kill(int32_t pid)
{
    /* BEGIN SOLUTION lab2.ex4 */
    if (pid <= PID_INIT) {
        return -E_INVALID;
    }
    struct process *process = process_find(pid);
    if (process == NULL || process->state == PROCESS_ZOMBIE) {
        return -E_NO_PROCESS;
    }
    const int32_t status = EXIT_STATUS(EXIT_KILLED, 0);
    if (process == process_current()) {
        process_exit(status);
    }
    end(process, status);
    return 0;
    /* SKELETON
    // Exercise lab2.ex4: the same for another process, which may be ready, blocked or sleeping:
    // scheduler_remove() takes it out of its queues. Which pids must be refused? The current
    // process may name itself: then this is process_exit().
    (void)pid;
    exercise_missing("lab2.ex4", __func__);
    END SOLUTION */
}

int process_wait(int32_t pid, int32_t *status)
{
    /* BEGIN SOLUTION lab2.ex4 */
    struct process *parent = process_current();
    struct process *zombie;
    while ((zombie = find_zombie(parent, pid)) == NULL) {
        if (!has_child(parent, pid)) {
            return -E_NO_CHILD;
        }
        parent->waiting_for = pid;
        (void)scheduler_block(NULL, REASON_CHILD, WAIT_FOREVER);
    }
    int32_t ended = zombie->pid;
    if (status != NULL) {
        *status = zombie->exit_status;
    }
    list_remove(&zombie->family_link);
    process_release(zombie);
    return ended;
    /* SKELETON
    // Exercise lab2.ex4: a zombie among the children: tell its status, process_release() it.
    // Only living ones: waiting_for says which, and scheduler_block() with REASON_CHILD waits.
    // After waking, look again: do not believe that you know why.
    (void)pid;
    (void)status;
    exercise_missing("lab2.ex4", __func__);
    END SOLUTION */
}
