/**
 * @file
 * Lab 2, exercise 5: the way into ring 3, and the way to a program's memory.
 *
 * The file owns no state. A program enters ring 3 by a trap frame that no trap has made; from then
 * on the processor puts one at the same place, the top of the kernel stack, at each entry into the
 * kernel. The copy functions check that an address is the program's, and let a fault end them
 * early. The contract is in kernel/process/user.h.
 *
 * Source: Intel SDM volume 3A, section 6.12.1 (frames of interrupts that change the ring).
 */
#include "kernel/process/user.h"

#include "kernel/exercise.h"
#include "kernel/memory/layout.h"
#include "kernel/panic.h"
#include "kernel/process/switch.h"
#include "kernel/x86/segments.h"
#include "kernel/x86/trap.h"
#include "kernel/x86/user_copy.h"

#include <cairn/error.h>

struct trap_frame *user_frame(const struct process *process)
{
    // Exercise lab2.ex5 (20 points together with the functions below and syscall.c): the
    // processor begins to push at the address that segments_set_kernel_stack() was given, and
    // trap_entry.S goes on; where does the whole frame start?
    (void)process;
    exercise_missing("lab2.ex5", __func__);
}

void user_set_frame(struct process *process, uintptr_t entry, uintptr_t stack_pointer)
{
    // Exercise lab2.ex5: what IRET shall find. The selectors (x86/segments.h) name ring 3; the
    // flags are EFLAGS_PROGRAM, or nobody can ever take the processor from the program.
    (void)process;
    (void)entry;
    (void)stack_pointer;
    exercise_missing("lab2.ex5", __func__);
}

void user_prepare(struct process *process, uintptr_t entry, uintptr_t stack_pointer)
{
    // Exercise lab2.ex5: a frame by user_set_frame(), and below it a struct switch_frame that
    // returns to trap_return (x86/trap.h), which restores the frame above.
    (void)process;
    (void)entry;
    (void)stack_pointer;
    exercise_missing("lab2.ex5", __func__);
}

int copy_from_user(void *to, user_pointer from, size_t size)
{
    // Exercise lab2.ex5: every byte must be in the user half: beware of from + size, which may
    // wrap. Kernel-mode processes may name any address. Copy by user_copy() (x86/user_copy.h).
    (void)to;
    (void)from;
    (void)size;
    exercise_missing("lab2.ex5", __func__);
}

int copy_to_user(user_pointer to, const void *from, size_t size)
{
    // Exercise lab2.ex5: the same in the other direction. The kernel may write where the
    // program may not, but for CR0.WP: a read-only page faults for the kernel, too.
    (void)to;
    (void)from;
    (void)size;
    exercise_missing("lab2.ex5", __func__);
}

int copy_string_from_user(char *to, user_pointer from, size_t size)
{
    // Exercise lab2.ex5: the string may end in the last byte of the last page that the program
    // has; do not touch the page behind it.
    (void)to;
    (void)from;
    (void)size;
    exercise_missing("lab2.ex5", __func__);
}

bool user_copy_recover(struct trap_frame *frame)
{
    // Exercise lab2.ex5: is it one of the instructions that may fault? Then go on at
    // user_copy_end. Every other fault of the kernel is an error of the kernel, and must be
    // reported as one. This hole reports all of them.
    (void)frame;
    return false;
}
