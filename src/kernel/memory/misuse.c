/**
 * @file
 * Reports of memory misuse: a sentence for the person, an event for the trace, and a panic.
 *
 * It owns no state; the table below is generated from the list in misuse.h. A test that waits for
 * the misuse gets control back before anything is reported.
 */
#include "kernel/memory/misuse.h"

#include "kernel/ktest.h"
#include "kernel/panic.h"
#include "kernel/trace.h"

#define MISUSE_NAME(constant, name, text) [constant] = name,
static const char *const names[] = {[MISUSE_NONE] = "none", MEMORY_MISUSES(MISUSE_NAME)};
#define MISUSE_TEXT(constant, name, text) [constant] = text,
static const char *const texts[] = {[MISUSE_NONE] = "nothing", MEMORY_MISUSES(MISUSE_TEXT)};

_Noreturn void memory_misuse(enum misuse kind, uintptr_t address)
{
    assert(kind > MISUSE_NONE && kind < COUNT_OF(names));
    ktest_intercept_misuse(kind);
    trace_event(TRACE_PANIC, "misuse", "kind=%s address=%#x", names[kind], (uint32_t)address);
    panic_report(PANIC_MISUSE, NULL, "misuse of memory at %#x: %s", (uint32_t)address, texts[kind]);
}
