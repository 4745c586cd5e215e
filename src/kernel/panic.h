/**
 * @file
 * The end of a run that went wrong: panic, and the assertions that lead to it.
 *
 * panic() prints the message, the registers and a backtrace with names and lines on the console,
 * writes the same to the trace, and powers the machine off. It owns the flag that keeps a panic
 * during a panic from recursing. Callers state what must hold with assert(); assertions are never
 * compiled out.
 */
#ifndef KERNEL_PANIC_H
#define KERNEL_PANIC_H

#include "kernel/types.h"

struct trap_frame;

/** What kind of failure a panic reports; the names appear in the trace. */
enum panic_kind {
    PANIC_PLAIN,        /**< panic() was called. */
    PANIC_ASSERT,       /**< An assertion failed. */
    PANIC_TRAP,         /**< An exception that nobody handles. */
    PANIC_MISUSE,       /**< An allocator was misused. */
    PANIC_TIMEOUT,      /**< The guest-time limit is over. */
    PANIC_DOUBLE_FAULT, /**< The processor could not deliver an exception. */
};

/**
 * End the run with a report. Does not return; may be called in any state of the machine.
 * @param format printf-like message; one sentence without a full stop.
 */
_Noreturn void panic(const char *format, ...) PRINTF_LIKE(1, 2);

/**
 * As panic(), for callers that know more.
 * @param kind what happened.
 * @param frame the registers at the time of the failure; NULL: those of the caller.
 * @param format printf-like message; one sentence without a full stop.
 */
_Noreturn void panic_report(enum panic_kind kind, const struct trap_frame *frame,
                            const char *format, ...) PRINTF_LIKE(3, 4);

/**
 * Let panics of kind PANIC_TIMEOUT end with more lines.
 * @param explain prints them; called at most once, when all else is reported.
 */
void panic_explain_timeouts(void (*explain)(void));

/**
 * Report a failed assertion. Use assert().
 * @param condition its text.
 * @param file source file.
 * @param line source line.
 */
_Noreturn void assert_failed(const char *condition, const char *file, int line);

/** State what must hold at this point; panic if it does not. Never compiled out. */
#define assert(condition) ((condition) ? (void)0 : assert_failed(#condition, __FILE__, __LINE__))

#endif
