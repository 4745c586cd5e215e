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

/* BEGIN SOLUTION lab2.ex5 */
/** Strings are copied in pieces that end at multiples of this, so none lies on two pages. */
#define STRING_CHUNK 32u

/** Whether the current process may name this memory. */
static bool may_name(user_pointer start, size_t size)
{
    if (process_current()->mode == PROCESS_KERNEL) {
        return true;
    }
    return start.address >= USER_START && start.address < USER_END &&
           size <= USER_END - start.address;
}

/** Find the 0 that ends a string. @return its index; @p size if there is none. */
static size_t find_end(const char *text, size_t size)
{
    size_t length = 0;
    while (length < size && text[length] != '\0') {
        length++;
    }
    return length;
}
/* SKELETON
END SOLUTION */

struct trap_frame *user_frame(const struct process *process)
{
    /* BEGIN SOLUTION lab2.ex5 */
    assert(process->mode == PROCESS_USER);
    return (struct trap_frame *)process->stack_top - 1;
    /* SKELETON
    // Exercise lab2.ex5 (20 points together with the functions below and syscall.c): the
    // processor begins to push at the address that segments_set_kernel_stack() was given, and
    // trap_entry.S goes on; where does the whole frame start?
    (void)process;
    exercise_missing("lab2.ex5", __func__);
    END SOLUTION */
}

void user_set_frame(struct process *process, uintptr_t entry, uintptr_t stack_pointer)
{
    /* BEGIN SOLUTION lab2.ex5 */
    *user_frame(process) = (struct trap_frame){
        .gs = SELECTOR_USER_DATA,
        .fs = SELECTOR_USER_DATA,
        .es = SELECTOR_USER_DATA,
        .ds = SELECTOR_USER_DATA,
        .vector = TRAP_SYSCALL,
        .eip = entry,
        .cs = SELECTOR_USER_CODE,
        .eflags = EFLAGS_PROGRAM,
        .user_esp = stack_pointer,
        .user_ss = SELECTOR_USER_DATA,
    };
    /* SKELETON
    // Exercise lab2.ex5: what IRET shall find. The selectors (x86/segments.h) name ring 3; the
    // flags are EFLAGS_PROGRAM, or nobody can ever take the processor from the program.
    (void)process;
    (void)entry;
    (void)stack_pointer;
    exercise_missing("lab2.ex5", __func__);
    END SOLUTION */
}

void user_prepare(struct process *process, uintptr_t entry, uintptr_t stack_pointer)
{
    /* BEGIN SOLUTION lab2.ex5 */
    assert(process->state == PROCESS_NEW && process->space != &kernel_space);
    user_set_frame(process, entry, stack_pointer);
    struct switch_frame *frame = (struct switch_frame *)(void *)user_frame(process) - 1;
    *frame = (struct switch_frame){.eip = (uint32_t)(uintptr_t)trap_return};
    process->kernel_esp = (uintptr_t)frame;
    /* SKELETON
    // Exercise lab2.ex5: a frame by user_set_frame(), and below it a struct switch_frame that
    // returns to trap_return (x86/trap.h), which restores the frame above.
    (void)process;
    (void)entry;
    (void)stack_pointer;
    exercise_missing("lab2.ex5", __func__);
    END SOLUTION */
}

int copy_from_user(void *to, user_pointer from, size_t size)
{
    /* BEGIN SOLUTION lab2.ex5 */
    if (size == 0) {
        return 0;
    }
    if (!may_name(from, size)) {
        return -E_FAULT;
    }
    return user_copy(to, (const void *)from.address, size) == 0 ? 0 : -E_FAULT;
    /* SKELETON
    // Exercise lab2.ex5: every byte must be in the user half: beware of from + size, which may
    // wrap. Kernel-mode processes may name any address. Copy by user_copy() (x86/user_copy.h).
    (void)to;
    (void)from;
    (void)size;
    exercise_missing("lab2.ex5", __func__);
    END SOLUTION */
}

int copy_to_user(user_pointer to, const void *from, size_t size)
{
    /* BEGIN SOLUTION lab2.ex5 */
    if (size == 0) {
        return 0;
    }
    if (!may_name(to, size)) {
        return -E_FAULT;
    }
    return user_copy((void *)to.address, from, size) == 0 ? 0 : -E_FAULT;
    /* SKELETON
    // Exercise lab2.ex5: the same in the other direction. The kernel may write where the
    // program may not, but for CR0.WP: a read-only page faults for the kernel, too.
    (void)to;
    (void)from;
    (void)size;
    exercise_missing("lab2.ex5", __func__);
    END SOLUTION */
}

int copy_string_from_user(char *to, user_pointer from, size_t size)
{
    /* BEGIN SOLUTION lab2.ex5 */
    assert(size >= 1);
    size_t length = 0;
    while (length < size) {
        user_pointer next = {from.address + length};
        size_t chunk = STRING_CHUNK - next.address % STRING_CHUNK;
        chunk = chunk < size - length ? chunk : size - length;
        int error = copy_from_user(to + length, next, chunk);
        if (error < 0) {
            return error;
        }
        size_t end = find_end(to + length, chunk);
        length += end;
        if (end < chunk) {
            return (int)length;
        }
    }
    return -E_TOO_LONG;
    /* SKELETON
    // Exercise lab2.ex5: the string may end in the last byte of the last page that the program
    // has; do not touch the page behind it.
    (void)to;
    (void)from;
    (void)size;
    exercise_missing("lab2.ex5", __func__);
    END SOLUTION */
}

bool user_copy_recover(struct trap_frame *frame)
{
    /* BEGIN SOLUTION lab2.ex5 */
    if (trap_from_user(frame) || frame->eip < (uintptr_t)user_copy_start ||
        frame->eip >= (uintptr_t)user_copy_end) {
        return false;
    }
    frame->eip = (uintptr_t)user_copy_end;
    return true;
    /* SKELETON
    // Exercise lab2.ex5: is it one of the instructions that may fault? Then go on at
    // user_copy_end. Every other fault of the kernel is an error of the kernel, and must be
    // reported as one. This hole reports all of them.
    (void)frame;
    return false;
    END SOLUTION */
}
