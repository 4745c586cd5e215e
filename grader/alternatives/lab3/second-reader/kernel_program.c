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

/** What is copied between the space of a process and that of the current program. */
struct transfer {
    int32_t pid;    /**< Whose memory is read or written. */
    bool write;     /**< Whether it is written. */
    uint32_t there; /**< The next address in its memory. */
    uint32_t here;  /**< The next address in the program's own memory. */
    uint32_t left;  /**< Bytes that are still to be copied. */
};

/** A process that has not ended; NULL if there is none of that pid. */
static struct process *find_living(int32_t pid)
{
    struct process *process = process_find(pid);
    return process == NULL || process->state == PROCESS_ZOMBIE ? NULL : process;
}

/** Whether all bytes of a range lie in the user half. */
static bool in_user_half(uint32_t address, uint32_t size)
{
    return address >= USER_START && address < USER_END && size <= USER_END - address;
}

/** Copy bytes between a buffer on the stack, which all spaces have, and the current space. */
static int copy(uint8_t *buffer, uint32_t address, uint32_t size, bool write)
{
    const user_pointer place = {address};
    return write ? copy_to_user(place, buffer, size) : copy_from_user(buffer, place, size);
}

/** The same with the space of another process; interrupts are off. */
static int copy_there(const struct transfer *transfer, uint8_t *buffer, uint32_t size)
{
    const struct process *process = find_living(transfer->pid);
    if (process == NULL) {
        return -E_NO_PROCESS;
    }
    if (process->space == &kernel_space || !in_user_half(transfer->there, transfer->left)) {
        return -E_FAULT;
    }
    struct space *own = space_current();
    space_switch(process->space);
    int error = copy(buffer, transfer->there, size, transfer->write);
    space_switch(own);
    return error;
}

/** Copy one piece by way of a buffer; interrupts are off. */
static int carry_piece(const struct transfer *transfer, uint32_t size)
{
    uint8_t buffer[CARRY_MAX];
    assert(!cpu_interrupts_enabled() && size <= sizeof(buffer));
    if (transfer->write) {
        int error = copy(buffer, transfer->here, size, false);
        return error < 0 ? error : copy_there(transfer, buffer, size);
    }
    int error = copy_there(transfer, buffer, size);
    return error < 0 ? error : copy(buffer, transfer->here, size, true);
}

/** Copy piece by piece; between two pieces the clock may tick, and the other process may end. */
static int32_t carry(struct transfer transfer)
{
    int error = 0;
    while (error == 0 && transfer.left > 0) {
        const uint32_t size = transfer.left < CARRY_MAX ? transfer.left : CARRY_MAX;
        bool enabled = cpu_interrupts_disable();
        error = carry_piece(&transfer, size);
        cpu_interrupts_restore(enabled);
        transfer.there += size;
        transfer.here += size;
        transfer.left -= size;
    }
    return error;
}

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

int32_t service_read_space(int32_t pid, void *to, uint32_t from, uint32_t size)
{
    return carry((struct transfer){pid, false, from, (uint32_t)(uintptr_t)to, size});
}

int32_t service_write_space(int32_t pid, uint32_t to, const void *from, uint32_t size)
{
    return carry((struct transfer){pid, true, to, (uint32_t)(uintptr_t)from, size});
}

int32_t service_sleep(uint32_t ticks)
{
    if (ticks > INT32_MAX) {
        return -E_INVALID;
    }
    bool enabled = cpu_interrupts_disable();
    int32_t result = scheduler_block(NULL, REASON_EVENT, ticks);
    cpu_interrupts_restore(enabled);
    return result;
}

/** Wake a process if it sleeps by service_sleep(): in no queue; interrupts are off. */
static int wake_sleeper(int32_t pid)
{
    struct process *process = find_living(pid);
    if (process == NULL) {
        return -E_NO_PROCESS;
    }
    if (process->state != PROCESS_BLOCKED || process->reason != REASON_EVENT ||
        list_contains(&process->queue_link)) {
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
