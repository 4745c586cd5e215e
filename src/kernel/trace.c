/**
 * @file
 * The trace: writes events to COM2.
 *
 * It owns the sequence number and the mask of groups. Each event is written at once, so that the
 * trace is complete up to the instruction at which a machine dies; an event that interrupts
 * another one, as a fault inside trace_write() does, begins a line of its own.
 */
#include "kernel/trace.h"

#include "kernel/panic.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/serial.h"
#include "lib/format.h"
#include "lib/string.h"

#include <stdarg.h>

/** Names of the groups that can be asked for. */
static const struct {
    const char *name;
    enum trace_group group;
} group_names[] = {
    {"mmu", TRACE_MMU},
    {"sched", TRACE_SCHED},
    {"syscall", TRACE_SYSCALL},
    {"ipc", TRACE_IPC},
};

uint32_t trace_groups = TRACE_DEFAULT;

static bool started;
static bool in_line;
static uint32_t sequence;
static uint64_t start_time; /* of the trace, by the time-stamp counter */

/** Add one named group; @p length characters of @p name count. Unknown names are ignored. */
static void add_group(const char *name, size_t length)
{
    for (size_t i = 0; i < COUNT_OF(group_names); i++) {
        const char *known = group_names[i].name;
        if (strlen(known) == length && strncmp(known, name, length) == 0) {
            trace_groups |= group_names[i].group;
        }
    }
}

void trace_init(const char *groups)
{
    if (!started) {
        serial_init(SERIAL_TRACE);
        start_time = cpu_timestamp();
        started = true;
    }
    while (groups != NULL && *groups != '\0') {
        const char *comma = strchr(groups, ',');
        size_t length = comma == NULL ? strlen(groups) : (size_t)(comma - groups);
        add_group(groups, length);
        groups = comma == NULL ? NULL : comma + 1;
    }
}

static void put(void *context, char character)
{
    (void)context;
    serial_write(SERIAL_TRACE, character);
}

/** Write formatted text as part of the current line. */
static void emit(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    format_emit(put, NULL, format, arguments);
    va_end(arguments);
}

void trace_write(const char *name, const char *format, ...)
{
    assert(name != NULL);
    trace_init(NULL);
    emit("%sseq=%u t=%llu ev=%s", in_line ? "\n" : "", sequence++,
         (unsigned long long)(cpu_timestamp() - start_time), name);
    in_line = true;
    if (format != NULL) {
        va_list arguments;
        va_start(arguments, format);
        put(NULL, ' ');
        format_emit(put, NULL, format, arguments);
        va_end(arguments);
    }
    put(NULL, '\n');
    in_line = false;
}
