/**
 * @file
 * Alternative for lab 2, exercise 4: families handed over in one piece, last zombie first.
 *
 * The list of zombies is used as a stack, so WAIT_ANY tells first who has ended last. A parent that
 * waits is woken by the end of any of its children and finds out itself whether it was the right
 * one. When a parent ends, its lists are not emptied one by one but hung into those of PID_INIT as
 * they are. The file owns the links between parents and children. Sequence: process_adopt(), then
 * process_exit() or process_kill(), then process_wait().
 */
#include "kernel/process/process.h"

#include "kernel/panic.h"
#include "kernel/process/scheduler.h"

#include <cairn/error.h>

static struct process *child_at(struct list_link *link)
{
    return LIST_ENTRY(link, struct process, family_link);
}

/** Add a link at the front of a list. */
static void list_prepend(struct list *list, struct list_link *link)
{
    link->previous = &list->head;
    link->next = list->head.next;
    link->next->previous = link;
    list->head.next = link;
}

/** Let a parent look at its children again, if it waits for one. */
static void call_parent(struct process *parent)
{
    if (parent->state == PROCESS_BLOCKED && parent->reason == REASON_CHILD) {
        scheduler_wake(parent, 0);
    }
}

/** Move everything from one list to the front of another. */
static void list_move_all(struct list *from, struct list *to)
{
    struct list_link *first = list_first(from);
    if (first == NULL) {
        return;
    }
    struct list_link *last = from->head.previous;
    last->next = to->head.next;
    last->next->previous = last;
    to->head.next = first;
    first->previous = &to->head;
    list_init(from);
}

/** Tell all processes in a list who their parent is from now on. */
static void set_parents(const struct list *list, struct process *parent)
{
    for (struct list_link *link = list_first(list); link != NULL; link = list_next(list, link)) {
        child_at(link)->parent = parent;
    }
}

static void leave_to_init(struct process *parent)
{
    struct process *init = process_find(PID_INIT);
    assert(init != NULL);
    bool any_zombie = !list_is_empty(&parent->zombies);
    set_parents(&parent->children, init);
    set_parents(&parent->zombies, init);
    list_move_all(&parent->children, &init->children);
    list_move_all(&parent->zombies, &init->zombies);
    if (any_zombie) {
        call_parent(init);
    }
}

/** Give back the memory of a process, in which it may be running. */
static void give_back_space(struct process *process)
{
    struct space *space = process->space;
    if (space != &kernel_space) {
        process->space = &kernel_space;
        if (process == process_current()) {
            space_switch(&kernel_space);
        }
        space_destroy(space);
    }
}

/** Make a zombie of a process. */
static void finish(struct process *process, int32_t status)
{
    scheduler_remove(process);
    process_set_zombie(process, status);
    give_back_space(process);
    leave_to_init(process);
    list_remove(&process->family_link);
    list_prepend(&process->parent->zombies, &process->family_link);
    call_parent(process->parent);
}

void process_adopt(struct process *child, struct process *parent)
{
    assert(!list_contains(&child->family_link));
    child->parent = parent;
    list_append(&parent->children, &child->family_link);
}

_Noreturn void process_exit(int32_t status)
{
    finish(process_current(), status);
    scheduler_leave();
}

int process_kill(int32_t pid)
{
    if (pid <= PID_INIT) {
        return -E_INVALID;
    }
    struct process *victim = process_find(pid);
    if (victim == NULL || victim->state == PROCESS_ZOMBIE) {
        return -E_NO_PROCESS;
    }
    finish(victim, EXIT_STATUS(EXIT_KILLED, 0));
    if (victim == process_current()) {
        scheduler_leave();
    }
    return 0;
}

/** The child that is asked for; if any will do, a zombie if possible. NULL if there is none. */
static struct process *wanted_child(const struct process *parent, int32_t pid)
{
    if (pid == WAIT_ANY) {
        struct list_link *link = list_first(&parent->zombies);
        link = link == NULL ? list_first(&parent->children) : link;
        return link == NULL ? NULL : child_at(link);
    }
    struct process *child = process_find(pid);
    return child != NULL && child->parent == parent ? child : NULL;
}

int process_wait(int32_t pid, int32_t *status)
{
    struct process *parent = process_current();
    for (;;) {
        struct process *child = wanted_child(parent, pid);
        if (child == NULL) {
            return -E_NO_CHILD;
        }
        if (child->state == PROCESS_ZOMBIE) {
            int32_t ended = child->pid;
            if (status != NULL) {
                *status = child->exit_status;
            }
            list_remove(&child->family_link);
            process_release(child);
            return ended;
        }
        parent->waiting_for = pid;
        (void)scheduler_block(NULL, REASON_CHILD, WAIT_FOREVER);
    }
}
