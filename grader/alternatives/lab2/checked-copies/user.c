/**
 * @file
 * Alternative for lab 2, exercise 5: copies that find each page before they touch it.
 *
 * The memory of a program is never accessed at its own addresses. Each page is looked up in the
 * page tables; one that is not there, or that may not be written, is treated like a page fault of
 * the kernel, which lets it appear or copies it if that is possible; then its frame is accessed
 * where the kernel sees all physical memory. So no copy ever faults. Processes in ring 0 may name
 * memory that only their own addresses lead to, and get the copying instruction. The file owns no
 * state. Sequence: user_prepare() once for each program; the copies in each system call.
 */
#include "kernel/process/user.h"

#include "kernel/memory/layout.h"
#include "kernel/memory/paging.h"
#include "kernel/panic.h"
#include "kernel/process/fork.h"
#include "kernel/process/switch.h"
#include "kernel/x86/segments.h"
#include "kernel/x86/trap.h"
#include "kernel/x86/user_copy.h"
#include "lib/string.h"

#include <cairn/error.h>

/** What is to be done with a program's memory. */
enum access { ACCESS_READ, ACCESS_WRITE };

struct trap_frame *user_frame(const struct process *process)
{
    assert(process->mode == PROCESS_USER);
    return (struct trap_frame *)(process->stack_top - sizeof(struct trap_frame));
}

void user_set_frame(struct process *process, uintptr_t entry, uintptr_t stack_pointer)
{
    struct trap_frame *frame = user_frame(process);
    memset(frame, 0, sizeof(*frame));
    frame->ds = frame->es = frame->fs = frame->gs = SELECTOR_USER_DATA;
    frame->user_ss = SELECTOR_USER_DATA;
    frame->user_esp = stack_pointer;
    frame->eflags = EFLAGS_PROGRAM;
    frame->cs = SELECTOR_USER_CODE;
    frame->eip = entry;
    frame->vector = TRAP_SYSCALL;
}

void user_prepare(struct process *process, uintptr_t entry, uintptr_t stack_pointer)
{
    assert(process->state == PROCESS_NEW && process->space != &kernel_space);
    user_set_frame(process, entry, stack_pointer);
    process->kernel_esp = (uintptr_t)user_frame(process) - sizeof(struct switch_frame);
    struct switch_frame *first = (struct switch_frame *)process->kernel_esp;
    memset(first, 0, sizeof(*first));
    first->eip = (uint32_t)(uintptr_t)trap_return;
}

/** Whether some bytes are in the user half; there must be at least one. */
static bool in_user_half(uintptr_t address, size_t size)
{
    uintptr_t last = address + (size - 1);
    return address >= USER_START && last >= address && last < USER_END;
}

/** Do what a page fault of the kernel would do. @return whether the access is possible now. */
static bool act_as_fault(struct space *space, uintptr_t address, enum access access, bool present)
{
    const struct fault fault = {
        .address = address, .present = present, .write = access == ACCESS_WRITE};
    enum fault_cause cause = fault_resolve(space, &fault);
    if (cause == FAULT_CAUSE_READ_ONLY) {
        cause = fork_resolve(space, &fault);
    }
    return cause == FAULT_CAUSE_NONE;
}

/** Where the kernel sees a byte of the current program; NULL if the program has no such byte. */
static uint8_t *reach(uintptr_t address, enum access access)
{
    struct space *space = process_current()->space;
    for (uint32_t tries = 0; tries < 2; tries++) {
        physaddr_t physical = 0;
        uint32_t rights = 0;
        bool present = paging_translate(space->directory, address, &physical, &rights) == 0;
        if (present && (access == ACCESS_READ || (rights & PTE_WRITE) != 0)) {
            return phys_to_virt(physical);
        }
        if (!act_as_fault(space, address, access, present)) {
            return NULL;
        }
    }
    return NULL;
}

/** How many of some bytes lie on the first one's page. */
static size_t on_this_page(uintptr_t address, size_t size)
{
    size_t rest = PAGE_SIZE - address % PAGE_SIZE;
    return rest < size ? rest : size;
}

int copy_from_user(void *to, user_pointer from, size_t size)
{
    if (size == 0) {
        return 0;
    }
    if (process_current()->mode == PROCESS_KERNEL) {
        return user_copy(to, (const void *)from.address, size) == 0 ? 0 : -E_FAULT;
    }
    if (!in_user_half(from.address, size)) {
        return -E_FAULT;
    }
    for (size_t done = 0; done < size;) {
        size_t part = on_this_page(from.address + done, size - done);
        const uint8_t *bytes = reach(from.address + done, ACCESS_READ);
        if (bytes == NULL) {
            return -E_FAULT;
        }
        memcpy((uint8_t *)to + done, bytes, part);
        done += part;
    }
    return 0;
}

int copy_to_user(user_pointer to, const void *from, size_t size)
{
    if (size == 0) {
        return 0;
    }
    if (process_current()->mode == PROCESS_KERNEL) {
        return user_copy((void *)to.address, from, size) == 0 ? 0 : -E_FAULT;
    }
    if (!in_user_half(to.address, size)) {
        return -E_FAULT;
    }
    for (size_t done = 0; done < size;) {
        size_t part = on_this_page(to.address + done, size - done);
        uint8_t *bytes = reach(to.address + done, ACCESS_WRITE);
        if (bytes == NULL) {
            return -E_FAULT;
        }
        memcpy(bytes, (const uint8_t *)from + done, part);
        done += part;
    }
    return 0;
}

int copy_string_from_user(char *to, user_pointer from, size_t size)
{
    assert(size >= 1);
    for (size_t i = 0; i < size; i++) {
        int error = copy_from_user(&to[i], (user_pointer){from.address + i}, 1);
        if (error < 0) {
            return error;
        }
        if (to[i] == '\0') {
            return (int)i;
        }
    }
    return -E_TOO_LONG;
}

bool user_copy_recover(struct trap_frame *frame)
{
    bool in_kernel = !trap_from_user(frame);
    if (in_kernel && frame->eip >= (uintptr_t)user_copy_start &&
        frame->eip < (uintptr_t)user_copy_end) {
        frame->eip = (uintptr_t)user_copy_end;
        return true;
    }
    return false;
}
