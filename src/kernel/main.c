/**
 * @file
 * The kernel's start, from the boot loader's data to a running system.
 *
 * kernel_main() is where to begin reading: it starts the console and the trace, obeys the boot
 * options, sets up memory, and hands over to start_system(), which differs from lab to lab
 * (start.h). It owns the boot information.
 */
#include "kernel/main.h"

#include "kernel/cmdline.h"
#include "kernel/console.h"
#include "kernel/ktest.h"
#include "kernel/memory/frame.h"
#include "kernel/memory/memory.h"
#include "kernel/panic.h"
#include "kernel/start.h"
#include "kernel/trace.h"
#include "kernel/x86/watchdog.h"

#include <cairn/error.h>

static const struct boot_info *boot;

const struct boot_info *boot_information(void)
{
    assert(boot != NULL);
    return boot;
}

/** Start the trace with the groups that the boot options add. */
static void start_trace(const char *line)
{
    char groups[64];
    trace_init(cmdline_value(line, "trace", groups, sizeof(groups)) ? groups : NULL);
    trace_event(TRACE_BOOT, "boot.start", "stage=%u loader=%q", CAIRN_STAGE, boot->loader);
}

/** Read the options that choose tests, their seed and the limit of guest time. */
static void start_tests(const char *line)
{
    static char names[BOOT_COMMAND_LINE_MAX];
    uint32_t seed = 0;
    uint32_t limit = 0;
    (void)cmdline_number(line, "seed", &seed);
    if (cmdline_number(line, "limit", &limit)) {
        watchdog_start(limit);
    }
    ktest_init(cmdline_value(line, "ktest", names, sizeof(names)) ? names : NULL, seed);
}

/** Name an option that nobody will look up: it may be misspelt, and would do nothing. */
static void warn_of_unknown_option(const char *line)
{
    char name[32];
    if (cmdline_unknown(line, name, sizeof(name))) {
        kprintf("\"%s\" is no boot option of this kernel; it does nothing.\n", name);
    }
}

/** The memory map to use: the firmware's, or the one that the boot options give. */
static const struct memory_map *choose_memory_map(const char *line)
{
    static struct memory_map map;
    map = boot->memory;
    if (cmdline_memory_map(line, &map) == -E_INVALID) {
        panic("the boot option memmap= must be a list like 0x9F000@0,15M@0x100000:usable");
    }
    return &map;
}

/** Read address 0 on purpose, to show what a page fault looks like. */
static _Noreturn __attribute__((noinline)) void read_null(void)
{
    (void)*(volatile uint32_t *)NULL; // NOLINT(clang-analyzer-core.NullDereference)
    panic("reading address 0 did not fault: is page 0 mapped?");
}

_Noreturn void kernel_main(const struct boot_info *boot_info)
{
    boot = boot_info;
    const char *line = boot->command_line;
    console_init();
    start_trace(line);
    start_tests(line);
    kprintf("Cairn, lab %u. Started by %s.\n", CAIRN_STAGE, boot->loader);
    warn_of_unknown_option(line);
    if (cmdline_has(line, "testpanic")) {
        panic("the boot option testpanic asks for a panic");
    }
    memory_init(choose_memory_map(line));
    trace_event(TRACE_BOOT, "boot.milestone", "name=ready");
    if (cmdline_has(line, "testpagefault")) {
        read_null();
    }
    start_system(line);
}
