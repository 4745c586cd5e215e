/**
 * @file
 * Alternative for lab 2, exercises 1 and 2: the process table, and where a kernel-mode process
 * begins.
 *
 * The file owns the table: an entry for each kernel stack that there may be, and the order in which
 * free entries are used. A pid is a generation and, in its low bits, the number of the entry
 * plus 1; how many bits these are stays the same for the whole run. Each entry remembers the pid
 * that its next process gets. Free entries wait in a ring, first in, first out. The contract is in
 * kernel/process/process.h.
 */
#include "kernel/process/process.h"

#include "kernel/memory/heap.h"
#include "kernel/memory/layout.h"
#include "kernel/panic.h"
#include "kernel/process/stack.h"
#include "kernel/process/switch.h"
#include "lib/string.h"

#include <cairn/error.h>

/** One place for a process. */
struct entry {
    struct process *process; /**< NULL: free. */
    uint32_t next_pid;       /**< Of the process that takes it next. */
};

static struct entry *table;
static uint32_t entries;    /**< How many. */
static uint32_t step;       /**< A power of two above it: pids of an entry differ by this. */
static uint16_t *free_ring; /**< Numbers of the free entries; the oldest at ring_first. */
static uint32_t ring_first;
static uint32_t ring_used;

void process_table_init(void)
{
    entries = kernel_stack_slots();
    assert(entries > 0 && entries <= UINT16_MAX);
    for (step = 1; step <= entries; step *= 2) {
    }
    table = kmalloc(entries * sizeof(*table));
    free_ring = kmalloc(entries * sizeof(*free_ring));
    assert(table != NULL && free_ring != NULL);
    for (uint32_t i = 0; i < entries; i++) {
        table[i] = (struct entry){NULL, i + 1};
        free_ring[i] = (uint16_t)i;
    }
    ring_first = 0;
    ring_used = entries;
}

/** The entry to which a pid belongs, whoever is in it; UINT32_MAX if there is none. */
static uint32_t entry_of(int32_t pid)
{
    uint32_t low = (uint32_t)pid & (step - 1);
    return pid > 0 && low >= 1 && low <= entries ? low - 1 : UINT32_MAX;
}

/** Every field of a process that is in no family yet. */
static void start_fields(struct process *process, const char *name, enum process_mode mode)
{
    memset(process, 0, sizeof(*process));
    process->mode = mode;
    process->personality = PERSONALITY_NATIVE;
    (void)strlcpy(process->name, name, sizeof(process->name));
    process->state = PROCESS_NEW;
    process->reason = REASON_START;
    process->space = &kernel_space;
    fpu_reset(&process->fpu);
    list_init(&process->children);
    list_init(&process->zombies);
}

int process_create(const char *name, enum process_mode mode, struct process **process)
{
    if (ring_used == 0) {
        return -E_AGAIN;
    }
    struct process *created = kmalloc(sizeof(*created));
    if (created == NULL) {
        return -E_NO_MEMORY;
    }
    uint32_t slot = free_ring[ring_first];
    int error = kernel_stack_map(slot);
    if (error < 0) {
        kfree(created);
        return error;
    }
    ring_first = (ring_first + 1) % entries;
    ring_used--;
    start_fields(created, name, mode);
    struct entry *entry = &table[slot];
    created->pid = (int32_t)entry->next_pid;
    created->stack_top = kernel_stack_end(slot);
    entry->process = created;
    entry->next_pid += step;
    if (entry->next_pid > INT32_MAX) {
        entry->next_pid = slot + 1; /* pids begin again, after two thousand million */
        if (entry->next_pid == PID_INIT) {
            entry->next_pid += step; /* but nobody is a second init */
        }
    }
    *process = created;
    return 0;
}

void process_prepare(struct process *process, void (*function)(void *), void *argument)
{
    assert(process->mode == PROCESS_KERNEL && process->state == PROCESS_NEW);
    struct switch_frame *frame = (struct switch_frame *)process->stack_top - 1;
    *frame = (struct switch_frame){
        .ebx = (uint32_t)(uintptr_t)function,
        .esi = (uint32_t)(uintptr_t)argument,
        .eip = (uint32_t)(uintptr_t)kernel_process_start,
    };
    process->kernel_esp = (uintptr_t)frame;
}

void process_release(struct process *process)
{
    assert(process != process_current());
    assert(process->state == PROCESS_NEW || process->state == PROCESS_ZOMBIE);
    assert(process->space == &kernel_space);
    assert(!list_contains(&process->queue_link) && !list_contains(&process->timer_link));
    assert(!list_contains(&process->family_link));
    assert(list_is_empty(&process->children) && list_is_empty(&process->zombies));
    uint32_t slot = entry_of(process->pid);
    assert(slot < entries && table[slot].process == process);
    kernel_stack_unmap(slot);
    table[slot].process = NULL;
    free_ring[(ring_first + ring_used) % entries] = (uint16_t)slot;
    ring_used++;
    kfree(process);
}

struct process *process_find(int32_t pid)
{
    uint32_t slot = entry_of(pid);
    if (slot == UINT32_MAX) {
        return NULL;
    }
    struct process *process = table[slot].process;
    return process != NULL && process->pid == pid ? process : NULL;
}

struct process *process_next(uint32_t *index)
{
    while (*index < entries) {
        struct process *process = table[(*index)++].process;
        if (process != NULL) {
            return process;
        }
    }
    return NULL;
}

uint32_t process_count(void)
{
    return entries - ring_used;
}
