/**
 * @file
 * Alternative for lab 2, exercise 4: the end of processes, and what their parents learn of it.
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

void process_adopt(struct process *child, struct process *parent)
{
    assert(!list_contains(&child->family_link));
    child->parent = parent;
    list_append(&parent->children, &child->family_link);
}

/** Enter a zombie into the family of a parent, who may be waiting for just this. */
static void hand_over(struct process *zombie, struct process *parent)
{
    zombie->parent = parent;
    list_append(&parent->zombies, &zombie->family_link);
    bool waits = parent->state == PROCESS_BLOCKED && parent->reason == REASON_CHILD;
    if (waits && (parent->waiting_for == WAIT_ANY || parent->waiting_for == zombie->pid)) {
        scheduler_wake(parent, 0);
    }
}

/** All children of a process that ends become those of PID_INIT. */
static void give_children(struct process *process)
{
    struct process *init = process_find(PID_INIT);
    struct list_link *link;
    while ((link = list_first(&process->children)) != NULL) {
        list_remove(link);
        process_adopt(LIST_ENTRY(link, struct process, family_link), init);
    }
    while ((link = list_first(&process->zombies)) != NULL) {
        list_remove(link);
        hand_over(LIST_ENTRY(link, struct process, family_link), init);
    }
}

/** What exit and kill have in common: all but the processor and the kernel stack goes back. */
static void end_process(struct process *process, int32_t status)
{
    assert(!cpu_interrupts_enabled());
    scheduler_remove(process);
    process_set_zombie(process, status); /* does not return for PID_INIT */
    struct space *space = process->space;
    process->space = &kernel_space;
    if (process == process_current()) {
        space_switch(&kernel_space);
    }
    if (space != &kernel_space) {
        space_destroy(space);
    }
    give_children(process);
    list_remove(&process->family_link);
    hand_over(process, process->parent);
}

_Noreturn void process_exit(int32_t status)
{
    end_process(process_current(), status);
    scheduler_leave();
}

int process_kill(int32_t pid)
{
    if (pid < 0 || pid == PID_IDLE || pid == PID_INIT) {
        return -E_INVALID;
    }
    struct process *process = process_find(pid);
    if (process == NULL || process->state == PROCESS_ZOMBIE) {
        return -E_NO_PROCESS;
    }
    if (process == process_current()) {
        process_exit(EXIT_STATUS(EXIT_KILLED, 0));
    }
    end_process(process, EXIT_STATUS(EXIT_KILLED, 0));
    return 0;
}

/** A child of a process by its pid; NULL if there is none. */
static struct process *find_child(const struct process *parent, int32_t pid)
{
    struct process *child = process_find(pid);
    return child != NULL && child->parent == parent ? child : NULL;
}

/** Forget a child that has ended. @return its pid. */
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
    for (;;) {
        struct process *child;
        if (pid == WAIT_ANY) {
            struct list_link *link = list_first(&self->zombies);
            link = link != NULL ? link : list_first(&self->children);
            child = link != NULL ? LIST_ENTRY(link, struct process, family_link) : NULL;
        } else {
            child = find_child(self, pid);
        }
        if (child == NULL) {
            return -E_NO_CHILD;
        }
        if (child->state == PROCESS_ZOMBIE) {
            return reap(child, status);
        }
        self->waiting_for = pid;
        (void)scheduler_block(NULL, REASON_CHILD, WAIT_FOREVER);
    }
}
