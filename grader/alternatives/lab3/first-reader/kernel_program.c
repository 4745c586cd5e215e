/**
 * @file
 * Alternative for lab 3, exercise 6: kernel-mode programs.
 *
 * The file owns no state. A program in ring 0 calls the
 * service_... functions like any function, so nothing has turned interrupts off for them: each does
 * that itself, and restores the flag. The contract is in kernel/ipc/kernel_program.h.
 */
#include "kernel/ipc/kernel_program.h"

#include "kernel/memory/layout.h"
#include "kernel/panic.h"
#include "kernel/process/scheduler.h"
#include "kernel/process/switch.h"
#include "kernel/process/syscall.h"
#include "kernel/process/user.h"
#include "kernel/x86/program_entry.h"

#include <cairn/error.h>

void kernel_program_prepare(struct process *process, uintptr_t entry, uintptr_t words)
{
    assert(process->mode == PROCESS_KERNEL && process->state == PROCESS_NEW);
    assert(process->space != &kernel_space);
    struct switch_frame *frame = (struct switch_frame *)process->stack_top - 1;
    *frame = (struct switch_frame){
        .ebx = (uint32_t)(uintptr_t)&kernel_services,
        .esi = words,
        .edi = entry,
        .eip = (uint32_t)(uintptr_t)program_entry,
    };
    process->kernel_esp = (uintptr_t)frame;
}

int kernel_program_spawn(const char *path, const struct program_arguments *arguments)
{
    return program_spawn_as(path, arguments, PROCESS_KERNEL, kernel_program_prepare);
}

int32_t service_system_call(uint32_t number, const uint32_t *arguments)
{
    bool enabled = cpu_interrupts_disable();
    int32_t result = syscall_handle(number, arguments);
    cpu_interrupts_restore(enabled);
    return result;
}

/** The process of a pid, if it lives. */
static struct process *find_living(int32_t pid)
{
    struct process *process = process_find(pid);
    return process != NULL && process->state != PROCESS_ZOMBIE ? process : NULL;
}

/** Memory of two processes, between which bytes are to be carried. */
struct carry {
    int32_t pid;     /**< The other process. */
    uint32_t theirs; /**< Address in its space. */
    uintptr_t mine;  /**< Address in the current process's space. */
    uint32_t left;   /**< Bytes. */
    bool to_them;
};

/** Copy bytes out of a space, or into it. */
static int copy_in_space(struct space *space, uintptr_t address, void *buffer, uint32_t size,
                         bool out)
{
    space_switch(space);
    int error = out ? copy_from_user(buffer, (user_pointer){address}, size)
                    : copy_to_user((user_pointer){address}, buffer, size);
    space_switch(process_current()->space);
    return error;
}

/** Carry the next bytes; interrupts are off. @return how many, or an error. */
static int32_t carry_piece(const struct carry *carry)
{
    uint8_t buffer[CARRY_MAX];
    uint32_t size = carry->left < CARRY_MAX ? carry->left : CARRY_MAX;
    struct space *own = process_current()->space;
    const struct process *other = find_living(carry->pid);
    if (other == NULL) {
        return -E_NO_PROCESS;
    }
    if (other->space == &kernel_space || carry->theirs < USER_START || carry->theirs > USER_END ||
        carry->left > USER_END - carry->theirs) {
        return -E_FAULT;
    }
    bool to_them = carry->to_them;
    int error = copy_in_space(to_them ? own : other->space, to_them ? carry->mine : carry->theirs,
                              buffer, size, true);
    if (error == 0) {
        error = copy_in_space(to_them ? other->space : own, to_them ? carry->theirs : carry->mine,
                              buffer, size, false);
    }
    return error < 0 ? error : (int32_t)size;
}

/** Carry all bytes, with interrupts as they were in between. */
static int32_t carry_all(struct carry carry)
{
    while (carry.left > 0) {
        bool enabled = cpu_interrupts_disable();
        int32_t carried = carry_piece(&carry);
        cpu_interrupts_restore(enabled);
        if (carried < 0) {
            return carried;
        }
        carry.theirs += (uint32_t)carried;
        carry.mine += (uint32_t)carried;
        carry.left -= (uint32_t)carried;
    }
    return 0;
}

int32_t service_read_space(int32_t pid, void *to, uint32_t from, uint32_t size)
{
    return carry_all((struct carry){pid, from, (uintptr_t)to, size, false});
}

int32_t service_write_space(int32_t pid, uint32_t to, const void *from, uint32_t size)
{
    return carry_all((struct carry){pid, to, (uintptr_t)from, size, true});
}

int32_t service_sleep(uint32_t ticks)
{
    if (ticks > INT32_MAX) {
        return -E_INVALID;
    }
    bool enabled = cpu_interrupts_disable();
    int result = scheduler_block(NULL, REASON_EVENT, ticks);
    cpu_interrupts_restore(enabled);
    return result;
}

/** Wake a program that sleeps; interrupts are off. */
static int wake_sleeper(int32_t pid)
{
    struct process *process = find_living(pid);
    if (process == NULL) {
        return -E_NO_PROCESS;
    }
    if (process->state != PROCESS_BLOCKED || process->reason != REASON_EVENT) {
        return -E_AGAIN;
    }
    scheduler_wake(process, 0);
    return 0;
}

int32_t service_wake(int32_t pid)
{
    bool enabled = cpu_interrupts_disable();
    int error = wake_sleeper(pid);
    cpu_interrupts_restore(enabled);
    return error;
}
