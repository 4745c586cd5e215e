/**
 * @file
 * Lab 3, exercise 7: system calls that servers answer.
 *
 * The tests start servers of the folder programs/ for the well-known endpoints, and programs that
 * make calls of the POSIX personality. The servers tell what has arrived and answer what they are
 * told, be it ever so strange. The file owns no state.
 */
#include "service_support.h"

#include "kernel/ipc/well_known.h"

/** Start a server. */
static int32_t start_server(const char *id, const char *way)
{
    int32_t pid = SUPPORT_SPAWN(PROCESS_USER, "delegate_server", id, way);
    support_grant(pid, (uint32_t)(id[0] - '0'));
    return pid;
}

/** Run a part of a program while a server of an endpoint serves. */
static void run_with(const char *id, enum process_mode mode, const char *program, const char *part,
                     const char *what)
{
    int32_t server = start_server(id, "serve");
    (void)check_exit_status(KTEST_CHECK(what, false), SUPPORT_RUN(mode, program, part),
                            EXIT_STATUS(EXIT_NORMAL, 0));
    support_kill(server);
    EXPECT(well_known_endpoint((uint32_t)(id[0] - '0'))->owner == NULL,
           "a server that has ended is no owner");
}

KTEST(delegate_requests, KTEST_NAMES)
{
    const struct support_census before = support_census();
    ktest_part("the file system");
    run_with("1", PROCESS_USER, "posix_requests", "files", "each call arrives as it was made");
    ktest_part("the network");
    run_with("2", PROCESS_USER, "posix_requests", "sockets", "each call arrives as it was made");
    ktest_part("the loader");
    run_with("3", PROCESS_USER, "posix_requests", "libraries", "each call arrives as it was made");
    ktest_part("programs in ring 0");
    run_with("1", PROCESS_KERNEL, "posix_requests", "files",
             "each call of a program in ring 0 arrives as it was made");
    support_census_expect(&before);
}

KTEST(delegate_addresses, KTEST_NAMES)
{
    const struct support_census before = support_census();
    ktest_part("programs in ring 3");
    run_with("1", PROCESS_USER, "posix_answers", "addresses",
             "bad addresses are found before anything is sent");
    ktest_part("programs in ring 0");
    run_with("1", PROCESS_KERNEL, "posix_answers", "addresses",
             "bad addresses are found in ring 0, too");
    support_census_expect(&before);
}

KTEST(delegate_lengths, KTEST_NAMES)
{
    const struct support_census before = support_census();
    run_with("1", PROCESS_USER, "posix_answers", "lengths",
             "what does not fit into a message is an error, and is not sent");
    support_census_expect(&before);
}

KTEST(delegate_status, KTEST_NAMES)
{
    const struct support_census before = support_census();
    run_with("1", PROCESS_USER, "posix_answers", "status",
             "results and errors are passed on, other numbers are not");
    support_census_expect(&before);
}

KTEST(delegate_data, KTEST_NAMES)
{
    const struct support_census before = support_census();
    run_with("1", PROCESS_USER, "posix_answers", "data",
             "an answer has no more data than there is room for");
    support_census_expect(&before);
}

KTEST(delegate_handles, KTEST_NAMES)
{
    const struct support_census before = support_census();
    run_with("1", PROCESS_USER, "posix_answers", "handles", "handles in an answer are closed");
    support_census_expect(&before);
}

KTEST(delegate_personality, KTEST_NAMES)
{
    const struct support_census before = support_census();
    ktest_part("calls that the kernel answers, and numbers without a call");
    run_with("1", PROCESS_USER, "posix_answers", "numbers", "each number means one call, or none");
    ktest_part("parents and children");
    run_with("1", PROCESS_USER, "posix_answers", "process", "a child has its parent's personality");
    support_census_expect(&before);
}

/** A call without a server fails at once. */
static void expect_no_server(const char *id)
{
    SUPPORT_EXPECT_STATUS(SUPPORT_RUN(PROCESS_USER, "posix_once", id, "0"), EXIT_NORMAL, E_NO_CALL,
                          "without a server a call is answered by -E_NO_CALL, at once");
}

/** A server that is killed while a program waits for it, in one way or another. */
static void kill_server(const char *way, enum process_reason reason)
{
    int32_t server = start_server("1", way);
    support_sleep(5);
    int32_t client = SUPPORT_SPAWN(PROCESS_USER, "posix_once", "1");
    support_sleep(5);
    EXPECT_EQUAL(support_process(client)->reason, reason, "the program waits for the server");
    support_kill(server);
    SUPPORT_EXPECT_STATUS(support_wait(client), EXIT_NORMAL, E_IO,
                          "a call whose server is killed is answered by -E_IO");
    expect_no_server("1");
}

/** A server that ends by itself. */
static void leave_server(const char *way)
{
    int32_t server = start_server("2", way);
    support_sleep(5);
    int32_t first = SUPPORT_SPAWN(PROCESS_USER, "posix_once", "2");
    int32_t second = SUPPORT_SPAWN(PROCESS_USER, "posix_once", "2");
    SUPPORT_EXPECT_SUCCESS(support_wait(server), "the server ends by itself");
    SUPPORT_EXPECT_STATUS(support_wait(first), EXIT_NORMAL, E_IO,
                          "a call whose server ends is answered by -E_IO");
    SUPPORT_EXPECT_STATUS(
        support_wait(second), EXIT_NORMAL, E_IO,
        "a call that waits behind another is answered by -E_IO as well when the server ends");
    expect_no_server("2");
}

KTEST(delegate_no_server, KTEST_NAMES)
{
    const struct support_census before = support_census();
    ktest_part("no server");
    expect_no_server("1");
    expect_no_server("2");
    expect_no_server("3");
    int32_t server = start_server("1", "serve");
    support_sleep(5);
    expect_no_server("2");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_USER, "posix_once", "1"), "the server answers");
    support_kill(server);
    ktest_part("a server that is killed before it has received the call, and afterwards");
    kill_server("deaf", REASON_SEND);
    kill_server("silent", REASON_REPLY);
    ktest_part("a server that ends without an answer");
    leave_server("deaf");
    leave_server("silent");
    ktest_part("programs that end while they wait");
    server = start_server("1", "deaf");
    int32_t client = SUPPORT_SPAWN(PROCESS_USER, "posix_once", "1");
    support_sleep(5);
    support_kill(client);
    support_kill(server);
    support_census_expect(&before);
}

KTEST(delegate_time_limit, KTEST_NAMES)
{
    _Static_assert(CALL_LIMIT == 1000, "the programs are told so");
    const struct support_census before = support_census();
    ktest_part("a server that does not answer");
    int32_t mute = start_server("1", "mute");
    SUPPORT_EXPECT_STATUS(SUPPORT_RUN(PROCESS_USER, "posix_once", "1", "1000"), EXIT_NORMAL,
                          E_TIMED_OUT, "a call ends after CALL_LIMIT ticks");
    ktest_part("a server that does not receive");
    SUPPORT_EXPECT_STATUS(SUPPORT_RUN(PROCESS_USER, "posix_once", "1", "1000"), EXIT_NORMAL,
                          E_TIMED_OUT, "a call ends after CALL_LIMIT ticks");
    support_kill(mute);
    support_census_expect(&before);
}

KTEST(delegate_bind, KTEST_NAMES)
{
    const struct support_census before = support_census();
    ktest_part("whoever was not given the right");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_USER, "delegate_bind", "refused"),
                           "a program must not bind an endpoint");
    ktest_part("one owner at a time");
    int32_t owner = SUPPORT_SPAWN(PROCESS_USER, "delegate_bind", "one");
    SUPPORT_EXPECT(support_system(SYS_GRANT, (uint32_t)owner, WELL_KNOWN_NETWORK, 0, 0), 0,
                   "the first process gives the right");
    support_sleep(10);
    int32_t other = SUPPORT_SPAWN(PROCESS_USER, "delegate_bind", "again");
    support_grant(other, WELL_KNOWN_NETWORK);
    SUPPORT_EXPECT_SUCCESS(support_wait(other), "a second owner is refused");
    SUPPORT_EXPECT_SUCCESS(support_wait(owner), "whoever has the right, for that endpoint alone");
    owner = SUPPORT_SPAWN(PROCESS_USER, "delegate_bind", "one");
    support_grant(owner, WELL_KNOWN_NETWORK);
    SUPPORT_EXPECT_SUCCESS(support_wait(owner), "the endpoint is free when its owner has ended");
    ktest_part("rights that cannot be given");
    owner = SUPPORT_SPAWN(PROCESS_USER, "names_server", "wait");
    SUPPORT_EXPECT(support_system(SYS_GRANT, (uint32_t)owner, WELL_KNOWN_LAST + 1, 0, 0),
                   -E_NOT_FOUND, "there is no such right");
    SUPPORT_EXPECT(support_system(SYS_GRANT, (uint32_t)owner, 0xFFFFFFFF, 0, 0), -E_NOT_FOUND,
                   "a right that is far out of range cannot be given");
    SUPPORT_EXPECT(support_system(SYS_GRANT, 0x7FFFFFFF, WELL_KNOWN_VFS, 0, 0), -E_NO_PROCESS,
                   "nobody can have one");
    support_kill(owner);
    support_census_expect(&before);
}
