/**
 * @file
 * Alternative for lab 2, exercises 1 and 2: processes in a hash table, stacks in a bitmap.
 *
 * Pids count upwards without regard to kernel stacks, so the pid of a process says nothing about
 * where it is; a hash table with chains finds it. The lowest free kernel stack is taken, which a
 * bitmap of three levels finds in three steps. The file owns the table, the bitmap and the next
 * pid. Sequence: process_table_init(), then process_create() and process_release().
 */
#include "kernel/process/process.h"

#include "kernel/memory/heap.h"
#include "kernel/memory/layout.h"
#include "kernel/panic.h"
#include "kernel/process/stack.h"
#include "kernel/process/switch.h"
#include "lib/string.h"

#include <cairn/error.h>

/** Kernel stacks that the bitmap has room for. */
#define STACKS (32u * 32u * 32u)
_Static_assert((KERNEL_STACKS_END - KERNEL_STACKS_START) / KERNEL_STACK_STRIDE <= STACKS,
               "three levels are enough");

/** Which kernel stacks are free. A bit of an upper level: whether the word below has a bit. */
static struct {
    uint32_t top;
    uint32_t middle[32];
    uint32_t bottom[32 * 32];
} free_stacks;

/** What hangs in the hash table; there is one for each kernel stack. */
struct holder {
    struct process *process; /**< NULL: the stack is free. */
    struct holder *next;     /**< In the same bucket. */
};

static struct holder *holders;  /**< By number of the kernel stack. */
static struct holder **buckets; /**< As many. */
static uint32_t stack_count;
static uint32_t process_number;
static int32_t next_pid;

static uint32_t lowest_bit(uint32_t word)
{
    return (uint32_t)__builtin_ctz(word);
}

static void stack_set_free(uint32_t stack)
{
    free_stacks.bottom[stack / 32] |= 1u << stack % 32;
    free_stacks.middle[stack / 1024] |= 1u << stack / 32 % 32;
    free_stacks.top |= 1u << stack / 1024;
}

static void stack_set_used(uint32_t stack)
{
    free_stacks.bottom[stack / 32] &= ~(1u << stack % 32);
    if (free_stacks.bottom[stack / 32] == 0) {
        free_stacks.middle[stack / 1024] &= ~(1u << stack / 32 % 32);
    }
    if (free_stacks.middle[stack / 1024] == 0) {
        free_stacks.top &= ~(1u << stack / 1024);
    }
}

/** The lowest free stack. There must be one. */
static uint32_t stack_lowest_free(void)
{
    assert(free_stacks.top != 0);
    uint32_t middle = lowest_bit(free_stacks.top);
    uint32_t bottom = middle * 32 + lowest_bit(free_stacks.middle[middle]);
    return bottom * 32 + lowest_bit(free_stacks.bottom[bottom]);
}

static struct holder **bucket_of(int32_t pid)
{
    return &buckets[(uint32_t)pid % stack_count];
}

/** The next pid that nobody has. */
static int32_t new_pid(void)
{
    int32_t pid;
    do {
        pid = next_pid;
        next_pid = pid == INT32_MAX ? 1 : pid + 1;
    } while (process_find(pid) != NULL);
    return pid;
}

static void table_insert(uint32_t stack, struct process *process)
{
    struct holder **bucket = bucket_of(process->pid);
    holders[stack] = (struct holder){process, *bucket};
    *bucket = &holders[stack];
}

/** Take a process out of the table. @return the number of its kernel stack. */
static uint32_t table_remove(const struct process *process)
{
    struct holder **link = bucket_of(process->pid);
    while (*link != NULL && (*link)->process != process) {
        link = &(*link)->next;
    }
    struct holder *holder = *link;
    assert(holder != NULL);
    *link = holder->next;
    holder->process = NULL;
    return (uint32_t)(holder - holders);
}

void process_table_init(void)
{
    stack_count = kernel_stack_slots();
    assert(stack_count > 0 && stack_count <= STACKS);
    holders = kmalloc(stack_count * sizeof(*holders));
    buckets = kmalloc(stack_count * sizeof(*buckets));
    assert(holders != NULL && buckets != NULL);
    memset(holders, 0, stack_count * sizeof(*holders));
    memset(buckets, 0, stack_count * sizeof(*buckets));
    memset(&free_stacks, 0, sizeof(free_stacks));
    for (uint32_t i = 0; i < stack_count; i++) {
        stack_set_free(i);
    }
    process_number = 0;
    next_pid = PID_INIT;
}

/** Fill in a process that has nothing yet. */
static void process_begin(struct process *process, const char *name, enum process_mode mode,
                          uintptr_t stack_top)
{
    *process = (struct process){
        .pid = new_pid(),
        .mode = mode,
        .state = PROCESS_NEW,
        .stack_top = stack_top,
        .space = &kernel_space,
    };
    (void)strlcpy(process->name, name, sizeof(process->name));
    list_init(&process->children);
    list_init(&process->zombies);
    fpu_reset(&process->fpu);
}

int process_create(const char *name, enum process_mode mode, struct process **process)
{
    if (process_number == stack_count) {
        return -E_AGAIN;
    }
    uint32_t stack = stack_lowest_free();
    int error = kernel_stack_map(stack);
    if (error < 0) {
        return error;
    }
    struct process *created = kmalloc(sizeof(*created));
    if (created == NULL) {
        kernel_stack_unmap(stack);
        return -E_NO_MEMORY;
    }
    process_begin(created, name, mode, kernel_stack_end(stack));
    stack_set_used(stack);
    table_insert(stack, created);
    process_number++;
    *process = created;
    return 0;
}

void process_prepare(struct process *process, void (*function)(void *), void *argument)
{
    assert(process->mode == PROCESS_KERNEL && process->state == PROCESS_NEW);
    uint32_t *word = (uint32_t *)process->stack_top;
    *--word = (uint32_t)(uintptr_t)kernel_process_start;
    *--word = 0;                             /* ebp */
    *--word = (uint32_t)(uintptr_t)function; /* ebx */
    *--word = (uint32_t)(uintptr_t)argument; /* esi */
    *--word = 0;                             /* edi */
    process->kernel_esp = (uintptr_t)word;
}

void process_release(struct process *process)
{
    assert(process->state == PROCESS_NEW || process->state == PROCESS_ZOMBIE);
    assert(process != process_current() && process->space == &kernel_space);
    uint32_t stack = table_remove(process);
    kfree(process);
    kernel_stack_unmap(stack);
    stack_set_free(stack);
    process_number--;
}

struct process *process_find(int32_t pid)
{
    const struct holder *holder = *bucket_of(pid);
    while (holder != NULL && holder->process->pid != pid) {
        holder = holder->next;
    }
    return holder == NULL ? NULL : holder->process;
}

struct process *process_next(uint32_t *index)
{
    struct process *process = NULL;
    for (; process == NULL && *index < stack_count; ++*index) {
        process = holders[*index].process;
    }
    return process;
}

uint32_t process_count(void)
{
    return process_number;
}
