/**
 * @file
 * Alternative for lab 2, exercise 5: strings that are copied page by page.
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
    /* All that is not named is 0; so the vector is not TRAP_SYSENTER, and IRET leads back. */
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
    assert(process->state == PROCESS_NEW && process->mode == PROCESS_USER);
    assert(process->space != &kernel_space);
    user_set_frame(process, entry, stack_pointer);
    struct switch_frame *frame = (struct switch_frame *)(void *)user_frame(process) - 1;
    *frame = (struct switch_frame){.eip = (uintptr_t)trap_return};
    process->kernel_esp = (uintptr_t)frame;
}

/** Whether the current process may name these bytes; only touching tells whether they are there. */
static bool may_name(uintptr_t address, size_t size)
{
    if (process_current()->mode == PROCESS_KERNEL) {
        return true;
    }
    /* Not address + size, which may wrap. */
    return address >= USER_START && address < USER_END && size <= USER_END - address;
}

/** Copy; one of both is memory of the process, at @p address. */
static int copy_checked(void *to, const void *from, size_t size, uintptr_t address)
{
    if (size == 0) {
        return 0;
    }
    if (!may_name(address, size) || user_copy(to, from, size) != 0) {
        return -E_FAULT;
    }
    return 0;
}

int copy_from_user(void *to, user_pointer from, size_t size)
{
    return copy_checked(to, (const void *)from.address, size, from.address);
}

int copy_to_user(user_pointer to, const void *from, size_t size)
{
    return copy_checked((void *)to.address, from, size, to.address);
}

/** Bytes from an address to the end of its page. */
static size_t rest_of_page(uintptr_t address)
{
    return PAGE_SIZE - address % PAGE_SIZE;
}

/** The length of a string that may lack its 0. @return @p size if there is none. */
static size_t bounded_length(const char *text, size_t size)
{
    size_t length = 0;
    while (length < size && text[length] != '\0') {
        length++;
    }
    return length;
}

int copy_string_from_user(char *to, user_pointer from, size_t size)
{
    size_t done = 0;
    while (done < size) {
        /* Page by page, since there may be nothing behind the page in which the string ends. */
        user_pointer part = {from.address + done};
        size_t room = size - done;
        size_t rest = rest_of_page(part.address);
        size_t part_size = rest < room ? rest : room;
        int error = copy_from_user(to + done, part, part_size);
        if (error < 0) {
            return error;
        }
        size_t length = bounded_length(to + done, part_size);
        done += length;
        if (length < part_size) {
            return (int)done;
        }
    }
    return -E_TOO_LONG;
}

bool user_copy_recover(struct trap_frame *frame)
{
    /* A program can jump to any address, also to these; its fault is its own. */
    if (trap_from_user(frame) || frame->eip < (uintptr_t)user_copy_start ||
        frame->eip >= (uintptr_t)user_copy_end) {
        return false;
    }
    frame->eip = (uintptr_t)user_copy_end;
    return true;
}
