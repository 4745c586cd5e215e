/**
 * @file
 * Lab 2, exercises 1 and 2: the process table, and where a kernel-mode process begins.
 *
 * The file owns the table: an entry for each kernel stack that there may be, and the order in which
 * free entries are used. process_table_init() makes it; process_create() and process_release() take
 * and return entries; process_find() is how the rest of the kernel turns a pid into a process. The
 * contract is in kernel/process/process.h.
 */
#include "kernel/process/process.h"

#include "kernel/exercise.h"
#include "kernel/memory/heap.h"
#include "kernel/memory/layout.h"
#include "kernel/panic.h"
#include "kernel/process/stack.h"
#include "kernel/process/switch.h"
#include "lib/string.h"

#include <cairn/error.h>

/* BEGIN SOLUTION lab2.ex1 */
/*
 * Entry i has kernel stack i, and its processes have the pids i + 1, i + 1 + slot_count, and so on:
 * each user of an entry gets the next one. So a pid leads to its entry by a division, and comes
 * back only when the numbers are used up. Free entries form a queue, not a stack, so that an entry
 * rests as long as possible before it is used again.
 */

/** An entry of the process table. */
struct slot {
    struct process *process; /**< NULL: the entry is free. */
    int32_t next_pid;        /**< Of the next process in this entry. */
    uint32_t next_free;      /**< The free entry behind this one; NO_SLOT at the end. */
};

#define NO_SLOT UINT32_MAX

static struct slot *slots;
static uint32_t slot_count;
static uint32_t first_free; /**< Used next; NO_SLOT: the table is full. */
static uint32_t last_free;
static uint32_t used_count;

/** Add an entry at the end of the queue of free ones. */
static void slot_release(uint32_t index)
{
    slots[index].process = NULL;
    slots[index].next_free = NO_SLOT;
    if (first_free == NO_SLOT) {
        first_free = index;
    } else {
        slots[last_free].next_free = index;
    }
    last_free = index;
}

/** Take the first free entry for a process, and give the process its pid. */
static void slot_take(struct process *process)
{
    struct slot *slot = &slots[first_free];
    first_free = slot->next_free;
    process->pid = slot->next_pid;
    slot->process = process;
    bool more = slot->next_pid <= INT32_MAX - (int32_t)slot_count;
    slot->next_pid = more ? slot->next_pid + (int32_t)slot_count
                          : (slot->next_pid - 1) % (int32_t)slot_count + 1;
    used_count++;
}

/** The entry that a pid belongs to. */
static uint32_t slot_of(int32_t pid)
{
    assert(pid > 0);
    return (uint32_t)(pid - 1) % slot_count;
}
/* SKELETON
END SOLUTION */

void process_table_init(void)
{
    /* BEGIN SOLUTION lab2.ex1 */
    slot_count = kernel_stack_slots();
    slots = kmalloc(slot_count * sizeof(*slots));
    assert(slots != NULL && slot_count > 0);
    first_free = NO_SLOT;
    used_count = 0;
    for (uint32_t i = 0; i < slot_count; i++) {
        slots[i].next_pid = (int32_t)i + 1;
        slot_release(i);
    }
    /* SKELETON
    // Exercise lab2.ex1 (15 points together with the functions below): the process table. There
    // can be as many processes as kernel stacks: kernel_stack_slots() (stack.h). Think about
    // how process_find() will get from a pid to a process without searching.
    exercise_missing("lab2.ex1", __func__);
    END SOLUTION */
}

int process_create(const char *name, enum process_mode mode, struct process **process)
{
    /* BEGIN SOLUTION lab2.ex1 */
    if (first_free == NO_SLOT) {
        return -E_AGAIN;
    }
    struct process *created = kmalloc(sizeof(*created));
    if (created == NULL) {
        return -E_NO_MEMORY;
    }
    uint32_t slot = first_free;
    int error = kernel_stack_map(slot);
    if (error < 0) {
        kfree(created);
        return error;
    }
    memset(created, 0, sizeof(*created));
    slot_take(created);
    created->mode = mode;
    (void)strlcpy(created->name, name, sizeof(created->name));
    created->state = PROCESS_NEW;
    created->stack_top = kernel_stack_end(slot);
    created->space = &kernel_space;
    fpu_reset(&created->fpu);
    list_init(&created->children);
    list_init(&created->zombies);
    *process = created;
    return 0;
    /* SKELETON
    // Exercise lab2.ex1: everything that a process needs before it can run: memory for the
    // structure (kmalloc), a table entry with a pid, a kernel stack (kernel_stack_map). Any of
    // the three can be refused; then give the others back. Start every field: state
    // PROCESS_NEW, the kernel's space, empty lists of children, fpu_reset().
    (void)name;
    (void)mode;
    (void)process;
    exercise_missing("lab2.ex1", __func__);
    END SOLUTION */
}

void process_prepare(struct process *process, void (*function)(void *), void *argument)
{
    /* BEGIN SOLUTION lab2.ex2 */
    assert(process->mode == PROCESS_KERNEL && process->state == PROCESS_NEW);
    struct switch_frame *frame = (struct switch_frame *)process->stack_top - 1;
    *frame = (struct switch_frame){
        .ebx = (uint32_t)(uintptr_t)function,
        .esi = (uint32_t)(uintptr_t)argument,
        .eip = (uint32_t)(uintptr_t)kernel_process_start,
    };
    process->kernel_esp = (uintptr_t)frame;
    /* SKELETON
    // Exercise lab2.ex2 (10 points together with switch.S): put a struct switch_frame
    // (switch.h) at the top of the kernel stack, as if the process had called context_switch()
    // just before kernel_process_start, and point kernel_esp to it. EBP is 0: there a backtrace
    // ends.
    (void)process;
    (void)function;
    (void)argument;
    exercise_missing("lab2.ex2", __func__);
    END SOLUTION */
}

void process_release(struct process *process)
{
    /* BEGIN SOLUTION lab2.ex1 */
    assert(process->state == PROCESS_NEW || process->state == PROCESS_ZOMBIE);
    assert(process != process_current() && process->space == &kernel_space);
    assert(!list_contains(&process->queue_link) && !list_contains(&process->family_link));
    uint32_t slot = slot_of(process->pid);
    assert(slots[slot].process == process);
    kernel_stack_unmap(slot);
    slot_release(slot);
    used_count--;
    kfree(process);
    /* SKELETON
    // Exercise lab2.ex1: give back what process_create() took. Assert what the contract demands
    // of the caller; a process that is freed too early is hard to find later.
    (void)process;
    exercise_missing("lab2.ex1", __func__);
    END SOLUTION */
}

struct process *process_find(int32_t pid)
{
    /* BEGIN SOLUTION lab2.ex1 */
    if (pid <= 0) {
        return NULL;
    }
    struct process *process = slots[slot_of(pid)].process;
    return process != NULL && process->pid == pid ? process : NULL;
    /* SKELETON
    // Exercise lab2.ex1: the process, or NULL. Any number may come, from a hostile program too.
    // A pid whose process is gone must not find the one that has its table entry now.
    (void)pid;
    exercise_missing("lab2.ex1", __func__);
    END SOLUTION */
}

struct process *process_next(uint32_t *index)
{
    /* BEGIN SOLUTION lab2.ex1 */
    while (*index < slot_count) {
        struct process *process = slots[(*index)++].process;
        if (process != NULL) {
            return process;
        }
    }
    return NULL;
    /* SKELETON
    // Exercise lab2.ex1: the next process at or behind *index; move *index behind it.
    (void)index;
    exercise_missing("lab2.ex1", __func__);
    END SOLUTION */
}

uint32_t process_count(void)
{
    /* BEGIN SOLUTION lab2.ex1 */
    return used_count;
    /* SKELETON
    // Exercise lab2.ex1: how many table entries are in use.
    exercise_missing("lab2.ex1", __func__);
    END SOLUTION */
}
