/**
 * @file
 * The first program; see init.h.
 *
 * It owns no state. The list of arguments is cut at its commas in a buffer on the boot stack, and
 * copied from there into the program's own stack. A rest at the end is final: no process is left.
 */
#include "kernel/process/init.h"

#include "kernel/cmdline.h"
#include "kernel/console.h"
#include "kernel/main.h"
#include "kernel/panic.h"
#include "kernel/process/initrd.h"
#include "kernel/process/program.h"
#include "kernel/trace.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/power.h"
#include "lib/string.h"

#include <cairn/error.h>

/** Bytes of the longest list of programs, the final 0 included. */
#define RUN_MAX 256u

/** Split the value of `run=` at its commas into the arguments behind argv[0]. */
static int add_listed(struct program_arguments *arguments, char *list)
{
    while (list != NULL) {
        char *comma = strchr(list, ',');
        if (comma != NULL) {
            *comma++ = '\0';
        }
        int error = program_add_argument(arguments, list);
        if (error < 0) {
            return error;
        }
        list = comma;
    }
    return 0;
}

void init_start(const char *line)
{
    struct program_arguments arguments = {0};
    char list[RUN_MAX];
    char path[PROGRAM_PATH_MAX];
    if (!cmdline_value(line, "init", path, sizeof(path))) {
        (void)strlcpy(path, "bin/init", sizeof(path));
    }
    int error = program_add_argument(&arguments, path);
    if (error == 0 && cmdline_value(line, "run", list, sizeof(list))) {
        error = add_listed(&arguments, list);
    }
    int pid = error < 0 ? error : program_spawn(path, &arguments);
    if (pid < 0) {
        panic("the first program, %s, cannot be started: %s (files in the initrd: %u)", path,
              error_text(pid), initrd_count());
    }
    assert(pid == PID_INIT);
}

_Noreturn void init_ended(int32_t status)
{
    if (status != EXIT_STATUS(EXIT_NORMAL, 0)) {
        panic("the first process, pid %d, ended with status %#x; the reason is above", PID_INIT,
              (uint32_t)status);
    }
    if (cmdline_has(boot_information()->command_line, "poweroff")) {
        power_off(POWER_DONE);
    }
    kprintf("All programs have ended. Resting. In QEMU's terminal, Ctrl-A then X leaves.\n");
    trace_event(TRACE_BOOT, "boot.idle", NULL);
    for (;;) {
        cpu_halt();
    }
}
