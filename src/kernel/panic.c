/**
 * @file
 * Panic: report what is known, on the console and in the trace, and power off.
 *
 * It owns one flag, set when the first panic begins; a second one, caused by the report itself,
 * powers off at once. The order of the report is the order of use: what happened, where, which
 * exercise that touches, how the program got there, the registers, who waits for what.
 */
#include "kernel/panic.h"

#include "kernel/console.h"
#include "kernel/exercise.h"
#include "kernel/symbols.h"
#include "kernel/trace.h"
#include "kernel/x86/backtrace.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/power.h"
#include "kernel/x86/segments.h"
#include "kernel/x86/trap.h"
#include "lib/format.h"
#include "lib/string.h"

#include <stdarg.h>

enum {
    MESSAGE_MAX = 256, /**< Bytes kept of the message. */
    FRAMES_MAX = 24,   /**< Frames shown of the backtrace. */
};

/** Where the failing code was: a backtrace with names. */
struct panic_trail {
    size_t count;
    uintptr_t addresses[FRAMES_MAX];
    struct symbol_location locations[FRAMES_MAX];
    const char *exercise; /**< The innermost exercise on it; "-" if there is none. */
    uintptr_t ebp;        /**< Where the walk began. */
    bool has_callers;     /**< Whether the walk found anybody. */
};

static const char *const kind_names[] = {
    [PANIC_PLAIN] = "panic",   [PANIC_ASSERT] = "assert",   [PANIC_TRAP] = "trap",
    [PANIC_MISUSE] = "misuse", [PANIC_TIMEOUT] = "timeout", [PANIC_DOUBLE_FAULT] = "double_fault",
};

static bool panicking;
static void (*explain_timeout)(void); /* NULL: there is nothing to add */

/** Whether a function only reports failures of its caller. */
static bool is_reporter(const char *function)
{
    static const char *const reporters[] = {"panic", "assert_failed", "memory_misuse",
                                            "process_refuse_state"};
    for (size_t i = 0; i < COUNT_OF(reporters); i++) {
        if (strcmp(reporters[i], function) == 0) {
            return true;
        }
    }
    return false;
}

/** Add an address to the trail; @p code lies within the instruction in question. */
static void trail_add(struct panic_trail *trail, uintptr_t address, uintptr_t code)
{
    struct symbol_location *location = &trail->locations[trail->count];
    if (!symbols_find(code, location)) {
        *location = (struct symbol_location){.function = "?", .file = "?"};
    }
    if (trail->count == 0 && is_reporter(location->function)) {
        return;
    }
    /* The first process ends within exercise 4, whatever ended it. */
    bool is_end = strcmp(location->function, "init_ended") == 0;
    const char *exercise = is_end ? "-" : exercise_of(location->function);
    /* What lies below every process's functions says nothing about a panic in these. */
    bool is_bottom = trail->count > 0 && strcmp(location->function, "kernel_process_start") == 0;
    if (trail->exercise == NULL && exercise != NULL && !is_bottom) {
        trail->exercise = exercise;
    }
    trail->addresses[trail->count++] = address;
}

/** Add the failing instruction. Where a wrong pointer led there is no function, but the call has
 * left on the stack where it was to return to. */
static void trail_begin(struct panic_trail *trail, const struct trap_frame *frame)
{
    struct symbol_location unused;
    if (frame->eip != 0) {
        trail_add(trail, frame->eip, frame->eip);
    }
    bool has_top = frame->esp % sizeof(uintptr_t) == 0 && segments_in_stack(frame->esp);
    if (has_top && !symbols_find(frame->eip, &unused)) {
        uintptr_t caller = *(const uintptr_t *)frame->esp;
        if (symbols_find(caller - 1, &unused)) {
            trail_add(trail, caller, caller - 1);
        }
    }
}

/** Follow the stack from @p ebp on, 0 if it is at its end. @p frame: of the failing instruction;
 * NULL: the caller failed. */
static void trail_collect(struct panic_trail *trail, const struct trap_frame *frame, uintptr_t ebp)
{
    uintptr_t returns[FRAMES_MAX - 2];
    size_t count = ebp == 0 ? 0 : backtrace_walk(ebp, returns, COUNT_OF(returns));
    trail->ebp = ebp;
    trail->has_callers = count > 0;
    if (frame != NULL) {
        trail_begin(trail, frame);
    }
    for (size_t i = 0; i < count; i++) {
        /* A return address may lie past the end of a function that ends with the call. */
        trail_add(trail, returns[i], returns[i] - 1);
    }
    if (trail->exercise == NULL) {
        trail->exercise = "-";
    }
}

static void print_registers(const struct trap_frame *frame)
{
    kprintf("  eax=%08x ebx=%08x ecx=%08x edx=%08x\n", frame->eax, frame->ebx, frame->ecx,
            frame->edx);
    kprintf("  esi=%08x edi=%08x ebp=%08x esp=%08x\n", frame->esi, frame->edi, frame->ebp,
            frame->esp);
    kprintf("  eip=%08x cs=%04x eflags=%08x vector=%u error=%#x cr2=%08x\n", frame->eip,
            frame->cs & 0xFFFF, frame->eflags, frame->vector, frame->error_code,
            (uint32_t)cpu_fault_address());
}

static void print_trail(const struct panic_trail *trail)
{
    kprintf("Called through, innermost first:\n");
    for (size_t i = 0; i < trail->count; i++) {
        const struct symbol_location *location = &trail->locations[i];
        kprintf("  %08x %s() at %s:%u\n", (uint32_t)trail->addresses[i], location->function,
                location->file, location->line);
    }
    if (!trail->has_callers) {
        kprintf("  no callers are known: the frame pointer is %#x\n", (uint32_t)trail->ebp);
    }
}

static void trace_trail(enum panic_kind kind, const char *message, const struct panic_trail *trail)
{
    static const struct symbol_location nowhere = {.function = "?", .file = "?"};
    const struct symbol_location *place = trail->count > 0 ? &trail->locations[0] : &nowhere;
    trace_event(TRACE_PANIC, "panic",
                "kind=%s message=%q exercise=%s eip=%#x function=%s file=%s line=%u",
                kind_names[kind], message, trail->exercise, (uint32_t)trail->addresses[0],
                place->function, place->file, place->line);
    for (size_t i = 0; i < trail->count; i++) {
        const struct symbol_location *location = &trail->locations[i];
        trace_event(TRACE_PANIC, "panic.frame", "n=%u function=%s file=%s line=%u", (uint32_t)i,
                    location->function, location->file, location->line);
    }
}

/** Write the whole report and power off. */
static _Noreturn void report(enum panic_kind kind, const struct trap_frame *frame,
                             const char *message, uintptr_t ebp)
{
    static struct panic_trail trail;
    trail_collect(&trail, frame, ebp);
    trace_trail(kind, message, &trail);
    kprintf("\nPANIC: %s\n", message);
    if (strcmp(trail.exercise, "-") != 0) {
        kprintf("This touches exercise %s; what to do about it: \"When it panics\" in the "
                "handout.\n",
                trail.exercise);
    }
    print_trail(&trail);
    if (frame != NULL) {
        print_registers(frame);
    }
    if (kind == PANIC_TIMEOUT && explain_timeout != NULL) {
        explain_timeout();
    }
    power_off(POWER_PANIC);
}

/** Begin a panic; a panic during a panic ends the run at once. */
static void begin(void)
{
    (void)cpu_interrupts_disable();
    if (panicking) {
        trace_event(TRACE_PANIC, "panic.again", NULL);
        power_off(POWER_PANIC);
    }
    panicking = true;
    console_init_early();
}

_Noreturn void panic_report(enum panic_kind kind, const struct trap_frame *frame,
                            const char *format, ...)
{
    begin();
    char message[MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)format_va(message, sizeof(message), format, arguments);
    va_end(arguments);
    report(kind, frame, message, frame == NULL ? cpu_frame_pointer() : frame->ebp);
}

void panic_explain_timeouts(void (*explain)(void))
{
    assert(explain != NULL);
    explain_timeout = explain;
}

_Noreturn void panic(const char *format, ...)
{
    begin();
    char message[MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)format_va(message, sizeof(message), format, arguments);
    va_end(arguments);
    report(PANIC_PLAIN, NULL, message, cpu_frame_pointer());
}

_Noreturn void assert_failed(const char *condition, const char *file, int line)
{
    panic_report(PANIC_ASSERT, NULL, "this must hold, but does not: %s (%s:%d)", condition, file,
                 line);
}
