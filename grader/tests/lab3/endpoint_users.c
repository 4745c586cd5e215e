/**
 * @file
 * Lab 3, exercise 2: messages between programs in ring 3, without and with the fast path.
 *
 * The programs of the folder programs/ check themselves, and say by their exit status which check
 * failed; a census shows what they have left behind. Each test is there twice: once as the kernel
 * always behaves, and once, by the boot option `fastpath`, with its shortcut for calls, which must
 * make no difference. The file owns no state.
 */
#include "endpoint_support.h"

/** Run a program that leaves nothing behind. */
static void run(const char *program, const char *argument)
{
    struct endpoint_census before = endpoint_census();
    endpoint_program(program, argument, NULL);
    puppets_end();
    endpoint_census_expect(&before);
}

/** The same test without and with the fast path. */
#define TEST(name, program)                                                                        \
    KTEST(endpoint_user_##name, KTEST_IPC)                                                         \
    {                                                                                              \
        run(program, NULL);                                                                        \
    }                                                                                              \
    KTEST(endpoint_fast_##name, KTEST_IPC)                                                         \
    {                                                                                              \
        run(program, NULL);                                                                        \
    }

TEST(messages, "endpoint_basic")
TEST(addresses, "endpoint_bad")
TEST(handles, "endpoint_rights")
TEST(security, "endpoint_hostile")
TEST(deaths, "endpoint_dying")
TEST(crowd, "endpoint_crowd")
TEST(direct, "endpoint_direct")
