/**
 * @file
 * Looking up names while there are few or many, inside the kernel and by a program.
 *
 * The boot option `names=N` says how many names are registered; all are as long as `fs:root:`, and
 * one in the middle is looked up. The kernel's part alone is name_lookup(); what a program pays is
 * the system call, which also makes a handle, and is measured by test/lookup. It owns no state; the
 * names are the first process's.
 */
#include "../lab2/processes.h"

#include "kernel/cmdline.h"
#include "kernel/ipc/ipc.h"
#include "kernel/ipc/name.h"
#include "kernel/ktest.h"
#include "kernel/main.h"
#include "kernel/panic.h"
#include "kernel/process/program.h"
#include "kernel/x86/cpu.h"
#include "lib/format.h"

enum {
    BATCHES = 11, /**< Samples of an operation. */
    CALLS = 1000, /**< Calls of which a sample is made. */
    TEXT = 40,    /**< Room for the name of a figure, or for a name. */
};

/** Name number @p i. */
static void write_name(char *text, uint32_t i, const char *rest)
{
    (void)format_string(text, TEXT, "fs:%04u:%s", i, rest);
}

/** Register as many names as the boot option says. @return how many. */
static uint32_t register_names(void)
{
    uint32_t count = 0;
    (void)cmdline_number(boot_information()->command_line, "names", &count);
    struct process *owner = process_current();
    REQUIRE(count > 0 && ipc_of(owner) != NULL, "the boot option says how many names there are");
    for (uint32_t i = 0; i < count; i++) {
        char name[TEXT];
        write_name(name, i, "");
        int error = name_register(name, owner->ipc->own, owner);
        REQUIRE_EQUAL(error, 0, "a name can be registered");
    }
    REQUIRE_EQUAL(name_count(), count, "there are as many names as were registered");
    return count;
}

/** Measure name_lookup(). */
static void measure_inside(const char *figure, const char *name)
{
    uint32_t samples[BATCHES];
    for (uint32_t i = 0; i < BATCHES; i++) {
        uint64_t start = cpu_timestamp();
        for (uint32_t call = 0; call < CALLS; call++) {
            struct name_match match;
            int error = name_lookup(name, &match);
            assert(error == 0);
        }
        samples[i] = ((uint32_t)(cpu_timestamp() - start) + CALLS / 2) / CALLS;
    }
    ktest_report_bench(figure, samples, BATCHES);
}

/** Let a program look a name up. */
static void measure_outside(const char *figure, const char *name, const char *rest)
{
    struct program_arguments arguments = {0};
    const char *const words[] = {"test/lookup", figure, name, rest};
    for (uint32_t i = 0; i < COUNT_OF(words); i++) {
        int error = program_add_argument(&arguments, words[i]);
        assert(error == 0);
    }
    finish_program(program_spawn(words[0], &arguments));
}

KTEST(bench_names, KTEST_NAMES)
{
    char name[TEXT];
    char figure[TEXT];
    uint32_t count = register_names();
    write_name(name, count / 2, "");
    (void)format_string(figure, sizeof(figure), "ns.lookup.kernel.%u", count);
    measure_inside(figure, name);
    (void)format_string(figure, sizeof(figure), "ns.lookup.%u", count);
    measure_outside(figure, name, "");
}

KTEST(bench_names_path, KTEST_NAMES)
{
    char name[TEXT];
    write_name(name, register_names() / 2, "/etc/motd");
    measure_outside("ns.lookup.path", name, "rest");
}
