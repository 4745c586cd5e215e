/**
 * @file
 * Exceptions and interrupts; see trap.h.
 *
 * It owns the number of page faults that are being handled, because handling one may itself
 * fault, and what a kernel with processes adds. trap_dispatch() is entered on the interrupted
 * code's stack with interrupts off, decides by the vector, and either returns, which resumes that
 * code, or ends the run with a report.
 */
#include "kernel/x86/trap.h"

#include "kernel/ktest.h"
#include "kernel/memory/fault.h"
#include "kernel/memory/layout.h"
#include "kernel/panic.h"
#include "kernel/trace.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/pic.h"
#include "kernel/x86/segments.h"

/** Page faults within page faults that are tolerated; more is a loop that would eat the stack. */
#define NESTED_FAULTS_MAX 4u
/** The trap flag in EFLAGS: an exception after each instruction (SDM 1, 3.4.3.3). */
#define EFLAGS_STEP (1u << 8)

static uint32_t nested_faults;
static const struct trap_extension *extension; /* NULL in a kernel without processes */

void (*trap_system_call)(struct trap_frame *frame) = trap_dispatch;

/** Names of the exceptions (SDM 3A, table 6-1; 28 to 30: AMD APM 2, 8.2). */
static const char *const exception_names[TRAP_EXCEPTIONS] = {
    [0] = "divide error",
    [1] = "debug exception",
    [2] = "non-maskable interrupt",
    [3] = "breakpoint",
    [4] = "overflow",
    [5] = "bound range exceeded",
    [6] = "invalid opcode",
    [7] = "device not available",
    [8] = "double fault",
    [9] = "coprocessor segment overrun",
    [10] = "invalid task state segment",
    [11] = "segment not present",
    [12] = "stack segment fault",
    [13] = "general protection fault",
    [14] = "page fault",
    [16] = "floating-point error",
    [17] = "alignment check",
    [18] = "machine check",
    [19] = "SIMD floating-point exception",
    [20] = "virtualization exception",
    [21] = "control protection exception",
    [28] = "hypervisor injection exception",
    [29] = "VMM communication exception",
    [30] = "security exception",
};

/** What the trace and a person read about a cause. */
struct cause_text {
    const char *name;
    const char *sentence;
};

static const struct cause_text cause_texts[] = {
    [FAULT_CAUSE_NONE] = {"none", "nothing is wrong"},
    [FAULT_CAUSE_NULL] = {"null", "a null pointer was used"},
    [FAULT_CAUSE_GUARD] = {"guard", "this is a guard page, which separates memory areas"},
    [FAULT_CAUSE_NOT_MAPPED] = {"not_mapped", "nothing is mapped there"},
    [FAULT_CAUSE_READ_ONLY] = {"read_only", "the page is read only"},
    [FAULT_CAUSE_PRIVILEGE] = {"privilege", "the page belongs to the kernel"},
    [FAULT_CAUSE_RESERVED_BIT] = {"reserved_bit", "a page table entry has a reserved bit set"},
    [FAULT_CAUSE_OUT_OF_MEMORY] = {"out_of_memory", "no frame is free for the page"},
};

const char *trap_name(uint32_t vector)
{
    if (vector < TRAP_EXCEPTIONS) {
        const char *name = exception_names[vector];
        return name != NULL ? name : "reserved exception";
    }
    return vector <= TRAP_IRQ_LAST ? "hardware interrupt" : "software interrupt";
}

static const struct cause_text *text_of(enum fault_cause cause)
{
    assert((uint32_t)cause < COUNT_OF(cause_texts));
    return &cause_texts[cause];
}

static void trace_fault(const struct trap_frame *frame, const struct fault *fault,
                        enum fault_cause cause)
{
    bool resolved = cause == FAULT_CAUSE_NONE;
    trace_event(resolved ? TRACE_MMU : TRACE_FAULT, "fault",
                "vector=%u error=0x%x address=0x%08x eip=0x%08x resolved=%d%s%s", frame->vector,
                frame->error_code, fault->address, frame->eip, resolved,
                resolved ? "" : " cause=", resolved ? "" : text_of(cause)->name);
}

static const char *access_of(const struct trap_frame *frame, const struct fault *fault)
{
    /* Without execute rights in the entries, no processor says that it fetched an instruction. */
    if (fault->fetch || fault->address == frame->eip) {
        return "jumped to";
    }
    return fault->write ? "wrote to" : "read from";
}

static const char *sentence_of(const struct fault *fault, enum fault_cause cause)
{
    /* With room left below the stack pointer, an overflow is an ordinary page fault. */
    if (segments_in_stack_guard(fault->address)) {
        return "the kernel stack has overflowed into its guard page";
    }
    return text_of(cause)->sentence;
}

static _Noreturn void report_fault(const struct trap_frame *frame, const struct fault *fault,
                                   enum fault_cause cause)
{
    panic_report(PANIC_TRAP, frame, "page fault: the %s %s address 0x%08x: %s",
                 fault->user ? "program" : "kernel", access_of(frame, fault), fault->address,
                 sentence_of(fault, cause));
}

void trap_abandon(void)
{
    nested_faults = 0;
}

void trap_extend(const struct trap_extension *addition)
{
    assert(addition->system_call != NULL && addition->interrupt != NULL);
    assert(addition->resolve != NULL && addition->recover != NULL);
    assert(addition->program_fault != NULL);
    extension = addition;
    trap_system_call = addition->system_call;
}

/** Let the process subsystem deal with an exception of a program; returns if it cannot. */
static void end_program(const struct trap_frame *frame, const struct fault *fault,
                        enum fault_cause cause)
{
    if (extension == NULL || !trap_from_user(frame)) {
        return;
    }
    struct trap_problem problem = {trap_name(frame->vector), fault, cause};
    if (fault != NULL) {
        problem.sentence = sentence_of(fault, cause);
    }
    extension->program_fault(frame, &problem);
}

/** Decode and resolve, by the rules of the memory and then by those of the processes. */
static enum fault_cause resolve(const struct fault *fault)
{
    struct space *space = space_current();
    enum fault_cause cause = fault_resolve(space, fault);
    if (cause != FAULT_CAUSE_NONE && extension != NULL) {
        cause = extension->resolve(space, fault, cause);
    }
    return cause;
}

static void handle_page_fault(struct trap_frame *frame)
{
    uintptr_t address = cpu_fault_address();
    if (nested_faults >= NESTED_FAULTS_MAX) {
        panic_report(PANIC_TRAP, frame,
                     "page fault at address 0x%08x while handling a page fault, again and again",
                     address);
    }
    nested_faults++;
    struct fault fault = fault_decode(frame->error_code, address);
    enum fault_cause cause = resolve(&fault);
    nested_faults--;

    if (cause != FAULT_CAUSE_NONE && extension != NULL && extension->recover(frame)) {
        return;
    }
    trace_fault(frame, &fault, cause);
    if (cause != FAULT_CAUSE_NONE) {
        end_program(frame, &fault, cause);
        ktest_intercept_fault(cause, &fault);
        report_fault(frame, &fault, cause);
    }
}

static _Noreturn void report_exception(const struct trap_frame *frame)
{
    trace_event(TRACE_FAULT, "fault", "vector=%u error=0x%x eip=0x%08x resolved=0", frame->vector,
                frame->error_code, frame->eip);
    end_program(frame, NULL, FAULT_CAUSE_NONE);
    panic_report(PANIC_TRAP, frame, "%s (vector %u, error code 0x%x)", trap_name(frame->vector),
                 frame->vector, frame->error_code);
}

static void handle_interrupt(uint32_t irq)
{
    pic_end_of_interrupt(irq);
    if (extension != NULL) {
        extension->interrupt(irq);
    }
}

/**
 * A program that single-steps takes its step at the first instruction after SYSENTER, in the
 * kernel (SDM 3A, 6.7.1 and 17.3.1.4). It is ignored, and the program runs on without steps.
 */
static bool is_step_into_kernel(struct trap_frame *frame)
{
    if (trap_from_user(frame) || frame->vector != TRAP_DEBUG ||
        frame->eip != (uintptr_t)sysenter_entry) {
        return false;
    }
    frame->eflags &= ~EFLAGS_STEP;
    return true;
}

void trap_dispatch(struct trap_frame *frame)
{
    assert(frame->vector < TRAP_VECTORS);
    /* Without a change of ring the processor pushes no ESP: the frame itself ends there. */
    frame->esp = trap_from_user(frame) ? frame->user_esp : (uintptr_t)&frame->user_esp;

    switch (frame->vector) {
    case TRAP_PAGE_FAULT:
        handle_page_fault(frame);
        break;
    case TRAP_NMI:
        panic_report(PANIC_TIMEOUT, frame, "the guest-time limit is over");
    case TRAP_IRQ_FIRST ... TRAP_IRQ_LAST:
        handle_interrupt(frame->vector - TRAP_IRQ_FIRST);
        break;
    default:
        if (!is_step_into_kernel(frame)) {
            report_exception(frame);
        }
    }
}
