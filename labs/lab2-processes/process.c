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

void process_table_init(void)
{
    // Exercise lab2.ex1 (15 points together with the functions below): the process table. There
    // can be as many processes as kernel stacks: kernel_stack_slots() (stack.h). Think about
    // how process_find() will get from a pid to a process without searching.
    exercise_missing("lab2.ex1", __func__);
}

int process_create(const char *name, enum process_mode mode, struct process **process)
{
    // Exercise lab2.ex1: everything that a process needs before it can run: memory for the
    // structure (kmalloc), a table entry with a pid, a kernel stack (kernel_stack_map). Any of
    // the three can be refused; then give the others back. Start every field: state
    // PROCESS_NEW, the kernel's space, empty lists of children, fpu_reset().
    (void)name;
    (void)mode;
    (void)process;
    exercise_missing("lab2.ex1", __func__);
}

void process_prepare(struct process *process, void (*function)(void *), void *argument)
{
    // Exercise lab2.ex2 (10 points together with switch.S): put a struct switch_frame
    // (switch.h) at the top of the kernel stack, as if the process had called context_switch()
    // just before kernel_process_start, and point kernel_esp to it. EBP is 0: there a backtrace
    // ends.
    (void)process;
    (void)function;
    (void)argument;
    exercise_missing("lab2.ex2", __func__);
}

void process_release(struct process *process)
{
    // Exercise lab2.ex1: give back what process_create() took. Assert what the contract demands
    // of the caller; a process that is freed too early is hard to find later.
    (void)process;
    exercise_missing("lab2.ex1", __func__);
}

struct process *process_find(int32_t pid)
{
    // Exercise lab2.ex1: the process, or NULL. Any number may come, from a hostile program too.
    // A pid whose process is gone must not find the one that has its table entry now.
    (void)pid;
    exercise_missing("lab2.ex1", __func__);
}

struct process *process_next(uint32_t *index)
{
    // Exercise lab2.ex1: the next process at or behind *index; move *index behind it.
    (void)index;
    exercise_missing("lab2.ex1", __func__);
}

uint32_t process_count(void)
{
    // Exercise lab2.ex1: how many table entries are in use.
    exercise_missing("lab2.ex1", __func__);
}
