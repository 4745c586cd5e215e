/**
 * @file
 * Alternative for lab 2, exercises 1 and 2: a pid is a generation and an entry; a ring is free.
 *
 * The file owns the table: an entry for each kernel stack that there may be, and the order in which
 * free entries are used. process_table_init() makes it; process_create() and process_release() take
 * and return entries; process_find() is how the rest of the kernel turns a pid into a process. The
 * contract is in kernel/process/process.h.
 */
#include "kernel/process/process.h"

#include "kernel/memory/heap.h"
#include "kernel/panic.h"
#include "kernel/process/stack.h"
#include "kernel/process/switch.h"
#include "lib/string.h"

#include <cairn/error.h>

/** One entry of the table; its number is also the number of the kernel stack. */
struct entry {
    struct process *process; /**< NULL: the entry is free. */
    uint32_t generation;     /**< How many processes have had this entry before, modulo a limit. */
};

/** The table, and the entries that are free. Nothing here is searched. */
static struct {
    struct entry *entries;
    uint32_t *free;      /**< A ring of the numbers of free entries: first freed, first used. */
    uint32_t slots;      /**< Length of both arrays. */
    uint32_t first_free; /**< Where in the ring the next entry to be used stands. */
    uint32_t used;       /**< The other slots - used places of the ring are filled. */
    uint32_t slot_bits;  /**< Low bits of pid - 1 that hold the entry's number. */
    uint32_t generations_max; /**< From here on, a pid would not fit into an int32_t. */
} table;

/**
 * The pid of the process that has an entry now or gets it next: the number of the entry in the low
 * bits, the generation in the others. One is added so that the first entry's first is PID_INIT.
 */
static int32_t pid_of(uint32_t slot)
{
    return (int32_t)((table.entries[slot].generation << table.slot_bits | slot) + 1);
}

/** The entry to which a pid leads, whoever has it now; table.slots or more if it leads nowhere. */
static uint32_t slot_of(int32_t pid)
{
    return ((uint32_t)pid - 1) & ((1u << table.slot_bits) - 1);
}

void process_table_init(void)
{
    table.slots = kernel_stack_slots();
    table.entries = kmalloc(table.slots * sizeof(*table.entries));
    table.free = kmalloc(table.slots * sizeof(*table.free));
    assert(table.entries != NULL && table.free != NULL);
    while (1u << table.slot_bits < table.slots) {
        table.slot_bits++;
    }
    table.generations_max = (uint32_t)INT32_MAX >> table.slot_bits;
    for (uint32_t slot = 0; slot < table.slots; slot++) {
        table.entries[slot] = (struct entry){NULL, 0};
        table.free[slot] = slot;
    }
}

/** Give a process the entry that has been free for longest. It must be the first of the ring. */
static void take_entry(uint32_t slot, struct process *process)
{
    assert(table.free[table.first_free] == slot && table.entries[slot].process == NULL);
    table.first_free = (table.first_free + 1) % table.slots;
    table.used++;
    table.entries[slot].process = process;
}

/** Make an entry free; the pid that it had is not valid any more. */
static void return_entry(uint32_t slot)
{
    struct entry *entry = &table.entries[slot];
    entry->process = NULL;
    entry->generation++;
    if (entry->generation == table.generations_max) {
        entry->generation = 1; /* not 0: nobody but the first process may ever be PID_INIT */
    }
    table.used--;
    /* Behind the free ones, so that it is used again as late as possible. */
    table.free[(table.first_free + table.slots - table.used - 1) % table.slots] = slot;
}

/** Start every field of a new process; nothing in memory from the heap may be believed. */
static void start_fields(struct process *process, const char *name, enum process_mode mode,
                         uint32_t slot)
{
    memset(process, 0, sizeof(*process)); /* also: no link is in a list */
    process->pid = pid_of(slot);
    process->mode = mode;
    process->personality = PERSONALITY_NATIVE;
    (void)strlcpy(process->name, name, sizeof(process->name));
    process->state = PROCESS_NEW;
    process->stack_top = kernel_stack_end(slot);
    process->space = &kernel_space;
    fpu_reset(&process->fpu);
    list_init(&process->children);
    list_init(&process->zombies);
}

int process_create(const char *name, enum process_mode mode, struct process **process)
{
    if (table.used == table.slots) {
        return -E_AGAIN;
    }
    uint32_t slot = table.free[table.first_free];
    struct process *fresh = kmalloc(sizeof(*fresh));
    if (fresh == NULL) {
        return -E_NO_MEMORY;
    }
    int error = kernel_stack_map(slot);
    if (error < 0) {
        kfree(fresh);
        return error;
    }
    take_entry(slot, fresh);
    start_fields(fresh, name, mode, slot);
    *process = fresh;
    return 0;
}

void process_prepare(struct process *process, void (*function)(void *), void *argument)
{
    assert(process->state == PROCESS_NEW && process->mode == PROCESS_KERNEL);
    struct switch_frame *frame = (struct switch_frame *)process->stack_top - 1;
    *frame = (struct switch_frame){
        .ebx = (uintptr_t)function,
        .esi = (uintptr_t)argument,
        .ebp = 0, /* a backtrace ends here */
        .eip = (uintptr_t)kernel_process_start,
    };
    process->kernel_esp = (uintptr_t)frame;
}

/** Whether anything still leads to a process, apart from the table. */
static bool is_linked(const struct process *process)
{
    return list_contains(&process->queue_link) || list_contains(&process->timer_link) ||
           list_contains(&process->family_link) || !list_is_empty(&process->children) ||
           !list_is_empty(&process->zombies);
}

void process_release(struct process *process)
{
    assert(process != process_current()); /* its stack is the one that we stand on */
    assert(process->state == PROCESS_NEW || process->state == PROCESS_ZOMBIE);
    assert(process->space == &kernel_space);
    assert(!is_linked(process));
    uint32_t slot = slot_of(process->pid);
    assert(table.entries[slot].process == process);
    kernel_stack_unmap(slot);
    return_entry(slot);
    kfree(process);
}

struct process *process_find(int32_t pid)
{
    if (pid <= 0 || slot_of(pid) >= table.slots) {
        return NULL;
    }
    struct process *process = table.entries[slot_of(pid)].process;
    return process != NULL && process->pid == pid ? process : NULL;
}

struct process *process_next(uint32_t *index)
{
    while (*index < table.slots) {
        struct process *process = table.entries[(*index)++].process;
        if (process != NULL) {
            return process;
        }
    }
    return NULL;
}

uint32_t process_count(void)
{
    return table.used;
}
