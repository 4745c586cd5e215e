/**
 * @file
 * Reports of programs that failed; see report.h.
 *
 * It owns no state. The program's stack is read by copy_from_user(), since its frame pointer may
 * point anywhere, and the walk ends at the first frame that cannot be read or does not lead
 * upwards. Names come from the symbol table of the program's file.
 */
#include "kernel/process/report.h"

#include "kernel/console.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/poison.h"
#include "kernel/panic.h"
#include "kernel/process/elf.h"
#include "kernel/process/initrd.h"
#include "kernel/process/process.h"
#include "kernel/process/user.h"
#include "kernel/trace.h"
#include "kernel/x86/trap.h"
#include "lib/format.h"

enum {
    FRAMES_MAX = 16,   /**< Frames shown of the backtrace. */
    SENTENCE_MAX = 96, /**< Bytes of the reason. */
};

static void print_place(const struct process *process, uintptr_t address, uintptr_t code)
{
    uint32_t offset = 0;
    const struct initrd_file *file = process->program;
    const char *name = file == NULL ? NULL : elf_symbol(file->data, file->size, code, &offset);
    if (name != NULL) {
        kprintf("  %08x %s+%#x\n", address, name, offset + (address - code));
    } else {
        kprintf("  %08x ?%s\n", address, address == POISON_FREE ? " (from freed memory)" : "");
    }
}

/** Print who called whom, by the chain of frame pointers. */
static void print_backtrace(const struct process *process, const struct trap_frame *frame)
{
    kprintf("Called through, innermost first:\n");
    print_place(process, frame->eip, frame->eip);
    uintptr_t ebp = frame->ebp;
    for (uint32_t i = 0; i < FRAMES_MAX && ebp != 0; i++) {
        uintptr_t words[2]; /* the caller's frame pointer and the return address */
        if (copy_from_user(words, (user_pointer){ebp}, sizeof(words)) < 0 || words[1] == 0) {
            break;
        }
        print_place(process, words[1], words[1] - 1);
        if (words[0] <= ebp) {
            break;
        }
        ebp = words[0];
    }
}

static void print_registers(const struct trap_frame *frame)
{
    kprintf("  eax=%08x ebx=%08x ecx=%08x edx=%08x\n", frame->eax, frame->ebx, frame->ecx,
            frame->edx);
    kprintf("  esi=%08x edi=%08x ebp=%08x esp=%08x\n", frame->esi, frame->edi, frame->ebp,
            frame->esp);
    kprintf("  eip=%08x eflags=%08x vector=%u error=%#x\n", frame->eip, frame->eflags,
            frame->vector, frame->error_code);
}

/** Whether a fault hit the guard below the program's stack. */
static bool is_stack_overflow(const struct fault *fault)
{
    return fault != NULL && fault->address >= USER_STACK_GUARD &&
           fault->address < USER_STACK_BOTTOM;
}

/** Put what happened into words. */
static void describe(char *sentence, const struct trap_frame *frame,
                     const struct trap_problem *problem)
{
    const struct fault *fault = problem->fault;
    if (fault == NULL) {
        (void)format_string(sentence, SENTENCE_MAX, "%s", problem->sentence);
    } else if (is_stack_overflow(fault)) {
        (void)format_string(sentence, SENTENCE_MAX, "stack overflow: more than %u KiB",
                            (USER_STACK_TOP - USER_STACK_BOTTOM) / 1024);
    } else {
        bool jumped = fault->fetch || fault->address == frame->eip;
        const char *access = jumped ? "jumped to" : fault->write ? "wrote to" : "read from";
        (void)format_string(sentence, SENTENCE_MAX, "it %s address 0x%08x: %s", access,
                            fault->address, problem->sentence);
    }
}

void report_program_fault(const struct trap_frame *frame, const struct trap_problem *problem)
{
    const struct process *process = process_current();
    assert(process->mode == PROCESS_USER && trap_from_user(frame));
    char sentence[SENTENCE_MAX];
    describe(sentence, frame, problem);
    uintptr_t address = problem->fault == NULL ? 0 : problem->fault->address;
    trace_event(TRACE_FAULT, "program.fault", "pid=%d vector=%u reason=%q address=%#x eip=%#x",
                process->pid, frame->vector, sentence, address, frame->eip);
    kprintf("\n%s (pid %d) failed: %s\n", process->name, process->pid, sentence);
    print_backtrace(process, frame);
    print_registers(frame);
    process_exit(EXIT_STATUS(EXIT_FAULT, frame->vector));
}
