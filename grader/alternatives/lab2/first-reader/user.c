/**
 * @file
 * Alternative for lab 2, exercise 5: the way into ring 3, and the way to a program's memory.
 *
 * The file owns no state. A program enters ring 3 by a trap frame that no trap has made; from then
 * on the processor puts one at the same place, the top of the kernel stack, at each entry into the
 * kernel. The copy functions check that an address is the program's, and let a fault end them
 * early. The contract is in kernel/process/user.h.
 *
 * Source: Intel SDM volume 3A, section 6.12.1 (frames of interrupts that change the ring).
 */
#include "kernel/process/user.h"

#include "kernel/memory/layout.h"
#include "kernel/panic.h"
#include "kernel/process/switch.h"
#include "kernel/x86/segments.h"
#include "kernel/x86/trap.h"
#include "kernel/x86/user_copy.h"

#include <cairn/error.h>

struct trap_frame *user_frame(const struct process *process)
{
    assert(process->mode == PROCESS_USER);
    return (struct trap_frame *)process->stack_top - 1;
}

void user_set_frame(struct process *process, uintptr_t entry, uintptr_t stack_pointer)
{
    *user_frame(process) = (struct trap_frame){
        .gs = SELECTOR_USER_DATA,
        .fs = SELECTOR_USER_DATA,
        .es = SELECTOR_USER_DATA,
        .ds = SELECTOR_USER_DATA,
        .eip = entry,
        .cs = SELECTOR_USER_CODE,
        .eflags = EFLAGS_PROGRAM,
        .user_esp = stack_pointer,
        .user_ss = SELECTOR_USER_DATA,
    };
}

void user_prepare(struct process *process, uintptr_t entry, uintptr_t stack_pointer)
{
    assert(process->mode == PROCESS_USER && process->state == PROCESS_NEW);
    assert(process->space != &kernel_space);
    user_set_frame(process, entry, stack_pointer);
    struct switch_frame *frame = (struct switch_frame *)(void *)user_frame(process) - 1;
    *frame = (struct switch_frame){.eip = (uint32_t)(uintptr_t)trap_return};
    process->kernel_esp = (uintptr_t)frame;
}

/** Whether the current process may name these bytes. */
static bool may_name(uintptr_t start, size_t size)
{
    if (process_current()->mode == PROCESS_KERNEL) {
        return true;
    }
    return start >= USER_START && start < USER_END && size <= USER_END - start;
}

int copy_from_user(void *to, user_pointer from, size_t size)
{
    if (size == 0) {
        return 0;
    }
    if (!may_name(from.address, size)) {
        return -E_FAULT;
    }
    return user_copy(to, (const void *)from.address, size) == 0 ? 0 : -E_FAULT;
}

int copy_to_user(user_pointer to, const void *from, size_t size)
{
    if (size == 0) {
        return 0;
    }
    if (!may_name(to.address, size)) {
        return -E_FAULT;
    }
    return user_copy((void *)to.address, from, size) == 0 ? 0 : -E_FAULT;
}

int copy_string_from_user(char *to, user_pointer from, size_t size)
{
    size_t done = 0;
    while (done < size) {
        uintptr_t at = from.address + done;
        size_t part = PAGE_SIZE - at % PAGE_SIZE;
        part = part < size - done ? part : size - done;
        int error = copy_from_user(to + done, (user_pointer){at}, part);
        if (error < 0) {
            return error;
        }
        for (size_t end = done + part; done < end; done++) {
            if (to[done] == '\0') {
                return (int)done;
            }
        }
    }
    return -E_TOO_LONG;
}

bool user_copy_recover(struct trap_frame *frame)
{
    uintptr_t start = (uintptr_t)user_copy_start;
    uintptr_t end = (uintptr_t)user_copy_end;
    if (trap_from_user(frame) || frame->eip < start || frame->eip >= end) {
        return false;
    }
    frame->eip = end;
    return true;
}
