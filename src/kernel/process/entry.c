/**
 * @file
 * From traps to processes: what a kernel with processes does with system calls, interrupts, faults.
 *
 * syscall_init() adds it to the trap handler (x86/trap.h). The functions here pass on to whoever
 * acts, and write the trace around the student's code, which writes none. It owns no state.
 */
#include "kernel/process/syscall.h"

#include "kernel/memory/paging.h"
#include "kernel/process/clock.h"
#include "kernel/process/fork.h"
#include "kernel/process/report.h"
#include "kernel/process/user.h"
#include "kernel/trace.h"
#include "kernel/x86/pit.h"
#include "kernel/x86/trap.h"
#include "kernel/x86/user_entry.h"

/** The name of a call for the trace. */
static const char *name_of(uint32_t number)
{
#define CALL_NAME(constant, value, name)                                                           \
    case value:                                                                                    \
        return name;
    switch (number) {
        CAIRN_SYSCALLS(CALL_NAME)
    default:
        return "unknown";
    }
#undef CALL_NAME
}

/** Write a call and its result around the dispatcher; only if the trace wants that. */
static void traced_call(struct trap_frame *frame)
{
    uint32_t number = frame->eax;
    trace_event(TRACE_SYSCALL, "sys.enter", "pid=%d call=%s number=%u a=0x%x b=0x%x c=0x%x d=0x%x",
                process_current()->pid, name_of(number), number, frame->ebx, frame->ecx, frame->edx,
                frame->esi);
    syscall_dispatch(frame);
    trace_event(TRACE_SYSCALL, "sys.exit", "pid=%d call=%s result=%d", process_current()->pid,
                name_of(number), (int32_t)frame->eax);
}

/** The frame behind a page; 0 if it is not mapped. */
static physaddr_t frame_at(const struct space *space, uintptr_t address)
{
    physaddr_t physical = 0;
    int error = paging_translate(space->directory, address, &physical, NULL);
    return error < 0 ? 0 : PTE_FRAME(physical);
}

/** The last chance of a page fault: the page may be shared since a fork. */
static enum fault_cause resolve(struct space *space, const struct fault *fault,
                                enum fault_cause cause)
{
    if (cause != FAULT_CAUSE_READ_ONLY) {
        return cause;
    }
    bool traced = (trace_groups & TRACE_SCHED) != 0;
    physaddr_t before = traced ? frame_at(space, fault->address) : 0;
    cause = fork_resolve(space, fault);
    if (cause == FAULT_CAUSE_NONE) {
        trace_event(TRACE_SCHED, "fork.cow", "pid=%d address=%#x copied=%d", process_current()->pid,
                    fault->address, frame_at(space, fault->address) != before);
    }
    return cause;
}

/** Act on an IRQ: the clock is the kernel's own, the others belong to programs. */
static void interrupt(uint32_t irq)
{
    if (irq != PIT_IRQ && process_hooks.interrupt != NULL) {
        process_hooks.interrupt(irq);
    }
    clock_interrupt(irq); /* last, since it may switch to another process */
}

int32_t syscall_handle(uint32_t number, const uint32_t *arguments)
{
    struct trap_frame frame; /* of which dispatchers look at these five only */
    frame.eax = number;
    frame.ebx = arguments[0];
    frame.ecx = arguments[1];
    frame.edx = arguments[2];
    frame.esi = arguments[3];
    trap_system_call(&frame);
    return (int32_t)frame.eax;
}

void syscall_init(void)
{
    static struct trap_extension extension = {
        .system_call = syscall_dispatch,
        .interrupt = interrupt,
        .resolve = resolve,
        .recover = user_copy_recover,
        .program_fault = report_program_fault,
    };
    if ((trace_groups & TRACE_SYSCALL) != 0) {
        extension.system_call = traced_call;
    }
    trap_extend(&extension);
    user_entry_init();
}
