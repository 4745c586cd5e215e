/**
 * @file
 * The double-fault task; see double_fault.h.
 *
 * It owns no state. The interrupted registers were saved by the task switch; they are turned into
 * a trap frame, so that the report looks like every other. A stack overflow is recognised by where
 * the stack pointer or the faulting address is.
 */
#include "kernel/x86/double_fault.h"

#include "kernel/panic.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/mmu.h"
#include "kernel/x86/segments.h"
#include "kernel/x86/trap.h"

/** How far above the guard page a stack pointer still counts as overflowing: one trap frame. */
#define OVERFLOW_SLACK sizeof(struct trap_frame)

static struct trap_frame frame_of(const struct task_state *task)
{
    return (struct trap_frame){
        .edi = task->edi,
        .esi = task->esi,
        .ebp = task->ebp,
        .esp = task->esp,
        .ebx = task->ebx,
        .edx = task->edx,
        .ecx = task->ecx,
        .eax = task->eax,
        .gs = task->gs,
        .fs = task->fs,
        .es = task->es,
        .ds = task->ds,
        .vector = TRAP_DOUBLE_FAULT,
        .eip = task->eip,
        .cs = task->cs,
        .eflags = task->eflags,
        .user_esp = task->esp,
        .user_ss = task->ss,
    };
}

static bool stack_overflowed(uintptr_t esp)
{
    return segments_in_stack_guard(esp) || segments_in_stack_guard(esp - OVERFLOW_SLACK) ||
           segments_in_stack_guard(cpu_fault_address());
}

_Noreturn void double_fault_entry(void)
{
    struct trap_frame frame = frame_of(segments_interrupted_task());
    if (mmu_enabled() && stack_overflowed(frame.esp)) {
        panic_report(PANIC_DOUBLE_FAULT, &frame,
                     "kernel stack overflow: the stack pointer 0x%08x has reached the guard page",
                     frame.esp);
    }
    if (trap_from_user(&frame)) {
        panic_report(PANIC_DOUBLE_FAULT, &frame,
                     "double fault on the way out of ring 3: there is no kernel stack at esp0, "
                     "0x%08x, which segments_set_kernel_stack() says",
                     segments_interrupted_task()->esp0);
    }
    panic_report(PANIC_DOUBLE_FAULT, &frame,
                 "double fault: the processor could not deliver an exception");
}
