/**
 * @file
 * Alternative for lab 2, exercise 5: the system-call dispatcher.
 *
 * The file owns no state. The trap handler calls syscall_dispatch() for each system call, whichever
 * way it came; the handlers themselves are given. What is in the registers comes from a program and
 * may be anything. The contract is in kernel/process/syscall.h.
 */
#include "kernel/process/syscall.h"

#include "kernel/x86/trap.h"

#include <cairn/error.h>

void syscall_dispatch(struct trap_frame *frame)
{
    const struct syscall_table *table = &syscall_tables[process_current()->personality];
    uint32_t number = frame->eax;
    syscall_handler *handler = number < table->count ? table->handlers[number] : NULL;
    if (handler == NULL) {
        frame->eax = (uint32_t)-E_NO_CALL;
        return;
    }
    const uint32_t arguments[SYSCALL_ARGUMENTS] = {frame->ebx, frame->ecx, frame->edx, frame->esi};
    frame->eax = (uint32_t)handler(arguments);
}
