/**
 * @file
 * Alternative for lab 2, exercise 4: process_wait() finds a child by its pid.
 *
 * The file owns the links between parents and children. A process that ends gives back its memory
 * at once and stays as a zombie, because its parent may ask how it ended; process_wait() then
 * removes the last trace. Children whose parent ends become children of PID_INIT, which waits for
 * everybody. The contract is in kernel/process/process.h.
 */
#include "kernel/process/process.h"

#include "kernel/panic.h"
#include "kernel/process/scheduler.h"

#include <cairn/error.h>

/** Whether the end of a child is what its parent waits for. */
static bool is_awaited(const struct process *child)
{
    const struct process *parent = child->parent;
    return parent->state == PROCESS_BLOCKED && parent->reason == REASON_CHILD &&
           (parent->waiting_for == WAIT_ANY || parent->waiting_for == child->pid);
}

/** Let a process that is in no family list join one, as a child or as a zombie. */
static void join_family(struct process *process, struct process *parent)
{
    process->parent = parent;
    if (process->state != PROCESS_ZOMBIE) {
        list_append(&parent->children, &process->family_link);
        return;
    }
    list_append(&parent->zombies, &process->family_link);
    if (is_awaited(process)) {
        scheduler_wake(parent, 0);
    }
}

void process_adopt(struct process *child, struct process *parent)
{
    assert(child->parent == NULL && !list_contains(&child->family_link));
    assert(parent->state != PROCESS_ZOMBIE);
    join_family(child, parent);
}

/** Give all members of a list to PID_INIT. */
static void orphan_all(struct list *members)
{
    struct process *init = process_find(PID_INIT);
    while (!list_is_empty(members)) {
        struct process *process = LIST_ENTRY(list_first(members), struct process, family_link);
        list_remove(&process->family_link);
        join_family(process, init);
    }
}

/** Give back the address space of a process, which may be the one that we run in. */
static void give_back_space(struct process *process)
{
    struct space *space = process->space;
    if (space == &kernel_space) {
        return;
    }
    process->space = &kernel_space;
    if (space_current() == space) {
        space_switch(&kernel_space);
    }
    space_destroy(space);
}

/** What every end consists of, whoever stands on the stack of the process that ends. */
static void end(struct process *process, int32_t status)
{
    scheduler_remove(process);
    process_set_zombie(process, status); /* does not return for PID_INIT; needs the space */
    give_back_space(process);
    orphan_all(&process->children);
    orphan_all(&process->zombies);
    /* From the parent's children to its zombies. */
    list_remove(&process->family_link);
    join_family(process, process->parent);
}

_Noreturn void process_exit(int32_t status)
{
    end(process_current(), status);
    scheduler_leave();
}

int process_kill(int32_t pid)
{
    if (pid <= PID_INIT) { /* also PID_IDLE, and what cannot be a pid */
        return -E_INVALID;
    }
    struct process *process = process_find(pid);
    if (process == NULL || process->state == PROCESS_ZOMBIE) {
        return -E_NO_PROCESS;
    }
    int32_t status = EXIT_STATUS(EXIT_KILLED, 0);
    if (process == process_current()) {
        process_exit(status);
    }
    end(process, status);
    return 0;
}

/**
 * Look for the children that a process names by a pid or WAIT_ANY.
 * @param zombie receives one of them that has ended, or NULL.
 * @return whether there is any, alive or not.
 */
static bool find_child(const struct process *parent, int32_t pid, struct process **zombie)
{
    *zombie = NULL;
    if (pid == WAIT_ANY) {
        if (!list_is_empty(&parent->zombies)) {
            *zombie = LIST_ENTRY(list_first(&parent->zombies), struct process, family_link);
        }
        return *zombie != NULL || !list_is_empty(&parent->children);
    }
    struct process *child = process_find(pid);
    if (child == NULL || child->parent != parent) {
        return false;
    }
    *zombie = child->state == PROCESS_ZOMBIE ? child : NULL;
    return true;
}

/** Remove the last trace of a zombie. @return the pid that it had. */
static int reap(struct process *zombie, int32_t *status)
{
    int pid = zombie->pid;
    if (status != NULL) {
        *status = zombie->exit_status;
    }
    list_remove(&zombie->family_link);
    process_release(zombie);
    return pid;
}

int process_wait(int32_t pid, int32_t *status)
{
    struct process *self = process_current();
    struct process *zombie;
    while (find_child(self, pid, &zombie)) {
        if (zombie != NULL) {
            return reap(zombie, status);
        }
        self->waiting_for = pid;
        (void)scheduler_block(NULL, REASON_CHILD, WAIT_FOREVER);
        /* Who or what has woken this process is not certain, so it looks again. */
    }
    return -E_NO_CHILD;
}
