/**
 * @file
 * The messages of lab 3 that are measured: pairs of programs, and what there is beside them.
 *
 * Each figure is the work of two programs: test/ipc_server serves, and test/ipc_client measures and
 * writes the figure into the trace. Here they are started, one pair after the other. The boot
 * options `processes=N`, `endpoints=N` and `handles=N` say of what there are many meanwhile; the
 * option `fastpath` must fit the figure. It owns no state: what it adds to a process goes with that
 * or stays for the rest of the run.
 */
#include "../lab2/processes.h"

#include "kernel/cmdline.h"
#include "kernel/ipc/ipc.h"
#include "kernel/ipc/kernel_program.h"
#include "kernel/ipc/notification.h"
#include "kernel/ktest.h"
#include "kernel/main.h"
#include "kernel/memory/heap.h"
#include "kernel/panic.h"
#include "kernel/process/program.h"
#include "kernel/process/scheduler.h"

/** The start of a program in either ring. */
typedef int spawn_function(const char *path, const struct program_arguments *arguments);

/** What a pair of programs does. */
struct pair {
    const char *server; /**< What the server does with a request. */
    const char *client; /**< What the client sends. */
    const char *figure; /**< Its name in the trace. */
};

/** The number after a boot option; 0 without it. */
static uint32_t option(const char *key)
{
    uint32_t number = 0;
    (void)cmdline_number(boot_information()->command_line, key, &number);
    return number;
}

/** Let a process own as many endpoints, and have as many handles, as the boot options say. */
static void crowd(struct process *process)
{
    struct ipc *ipc = ipc_of(process);
    struct notification *notification = NULL;
    int error = ipc == NULL ? -1 : notification_create(&notification);
    REQUIRE_EQUAL(error, 0, "there is memory for a notification");
    for (uint32_t i = option("handles"); i > 0; i--) {
        object_retain(&notification->object);
        int handle = handle_add(&ipc->handles, &notification->object, RIGHTS_ALL);
        REQUIRE(handle >= 0, "a process can have many handles");
    }
    object_release(&notification->object);
    for (uint32_t i = option("endpoints"); i > 0; i--) {
        struct endpoint *endpoint = kmalloc(sizeof(*endpoint));
        REQUIRE(endpoint != NULL, "there is memory for many endpoints");
        endpoint_init(endpoint, process);
    }
}

/** Start a program with two more words. */
static struct process *start(spawn_function *spawn, const char *path, const char *job,
                             const char *figure)
{
    struct program_arguments arguments = {0};
    const char *const words[] = {path, job, figure};
    for (uint32_t i = 0; i < COUNT_OF(words); i++) {
        int error = program_add_argument(&arguments, words[i]);
        assert(error == 0);
    }
    struct process *process = process_find(spawn(path, &arguments));
    REQUIRE(process != NULL, "the program can be started");
    crowd(process);
    /* The server of delegated calls binds an endpoint. */
    process->ipc->privileges |= 1u << WELL_KNOWN_VFS;
    return process;
}

/** Run a pair of programs until the client has measured. */
static void run_pair(spawn_function *spawn_server, const struct pair *pair)
{
    int32_t server = start(spawn_server, "test/ipc_server", pair->server, "")->pid;
    int32_t client = start(program_spawn, "test/ipc_client", pair->client, pair->figure)->pid;
    finish_program(client);
    int error = process_kill(server);
    REQUIRE_EQUAL(error, 0, "the server was there all the time");
    int ended = process_wait(server, NULL);
    REQUIRE_EQUAL(ended, server, "the server ends");
}

/** A figure must be what its name says. */
static void require_fast_path(bool wanted)
{
    bool there = cmdline_has(boot_information()->command_line, "fastpath");
    REQUIRE_EQUAL(there, wanted, "the boot option says whether the fast path is on");
}

KTEST(bench_ipc, KTEST_NAMES)
{
    static const struct pair pairs[] = {
        {"echo", "short", "ipc.call.short"},      {"echo", "limit", "ipc.call.limit"},
        {"short", "long", "ipc.call.200"},        {"echo", "long", "ipc.call.200.both"},
        {"handles", "handle", "ipc.call.handle"}, {"notifications", "notify", "ipc.notify"},
        {"files", "delegate", "delegate.null"},
    };
    require_fast_path(true);
    start_sleepers();
    for (uint32_t i = 0; i < COUNT_OF(pairs); i++) {
        run_pair(program_spawn, &pairs[i]);
    }
}

KTEST(bench_ipc_kernel_mode, KTEST_NAMES)
{
    static const struct pair pair = {"echo", "short", "ipc.call.kernel_mode"};
    require_fast_path(true);
    run_pair(kernel_program_spawn, &pair);
}

KTEST(bench_ipc_slow, KTEST_NAMES)
{
    static const struct pair pair = {"echo", "short", "ipc.call.slow"};
    require_fast_path(false);
    run_pair(program_spawn, &pair);
}
