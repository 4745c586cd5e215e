/**
 * @file
 * Lab 3, exercise 6: one server and one suite of checks, in every combination of rings.
 *
 * The same files are started in ring 0 and in ring 3, as server and as client. The second test is
 * the same suite with the fast path of calls. The file owns no state.
 */
#include "service_support.h"

#define SERVER "conform:server"

/** What the suite consists of; the last part but one ends the server, and so does the last. */
static const struct {
    const char *program;
    const char *part;
    const char *what;
} suite[] = {
    {"conform", "calls", "calls of all lengths are answered"},
    {"conform", "errors", "calls that are wrong are refused"},
    {"conform", "malformed", "malformed requests are answered with an error"},
    {"conform", "time", "time limits are kept"},
    {"conform", "names", "names lead to the server"},
    {"conform_more", "handles", "handles travel in messages"},
    {"conform_more", "memory", "memory is shared by handles"},
    {"conform_more", "deferred", "answers can be given later"},
    {"conform_more", "death", "the death of the server is noticed"},
};

/** Run the suite. */
static void conform(enum process_mode server_mode, enum process_mode client_mode)
{
    const char *const modes[] = {server_mode == PROCESS_KERNEL ? "0" : "1",
                                 client_mode == PROCESS_KERNEL ? "0" : "1"};
    char both[] = {modes[0][0], modes[1][0], '\0'};
    const struct support_census before = support_census();
    int32_t server = SUPPORT_SPAWN(server_mode, "conform_server", SERVER);
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(client_mode, "conform_more", SERVER, "rings", both),
                           "server and client run in the rings in which they were started");
    for (uint32_t i = 0; i < COUNT_OF(suite); i++) {
        (void)check_exit_status(KTEST_CHECK(suite[i].what, false),
                                SUPPORT_RUN(client_mode, suite[i].program, SERVER, suite[i].part),
                                EXIT_STATUS(EXIT_NORMAL, 0));
    }
    SUPPORT_EXPECT_STATUS(support_wait(server), EXIT_NORMAL, 3, "the server ended as it was told");
    server = SUPPORT_SPAWN(server_mode, "conform_server", SERVER);
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(client_mode, "conform_more", SERVER, "close"),
                           "a new server can be asked to end");
    SUPPORT_EXPECT_SUCCESS(support_wait(server), "the server that was asked to end ends");
    support_census_expect(&before);
}

static void conform_in_all_rings(void)
{
    ktest_part("server and client in ring 3");
    conform(PROCESS_USER, PROCESS_USER);
    ktest_part("the server in ring 0, the client in ring 3");
    conform(PROCESS_KERNEL, PROCESS_USER);
    ktest_part("the server in ring 3, the client in ring 0");
    conform(PROCESS_USER, PROCESS_KERNEL);
    ktest_part("server and client in ring 0");
    conform(PROCESS_KERNEL, PROCESS_KERNEL);
}

KTEST(conformance, KTEST_NAMES)
{
    conform_in_all_rings();
}

KTEST(conformance_fast, KTEST_NAMES)
{
    conform_in_all_rings();
}
