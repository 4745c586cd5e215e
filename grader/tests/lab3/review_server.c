/**
 * @file
 * Lab 3: a server's loop, and clients that mean harm.
 *
 * The loop of the user library must go on, whatever a client does. One client leaves no room
 * in its table of handles for what the server wants to give it; another one would call for ever. It
 * owns no state.
 */
#include "service_support.h"

KTEST(review_server_goes_on, KTEST_NAMES)
{
    const struct support_census before = support_census();
    for (uint32_t i = 0; i < 4; i++) {
        const enum process_mode server_mode = i % 2 == 0 ? PROCESS_USER : PROCESS_KERNEL;
        const enum process_mode client_mode = i < 2 ? PROCESS_USER : PROCESS_KERNEL;
        const int32_t server = SUPPORT_SPAWN(server_mode, "review_giver", "server");
        const int32_t client = SUPPORT_SPAWN(client_mode, "review_giver", "client");
        if (i == 0) {
            ktest_part("a client without room for the handle that it asks for");
        }
        SUPPORT_EXPECT_SUCCESS(support_wait(client), "the client learns it, and is served later");
        SUPPORT_EXPECT_SUCCESS(support_wait(server), "the server ends when it is told to");
    }
    support_census_expect(&before);
}

KTEST(review_client_goes_on, KTEST_NAMES)
{
    const struct support_census before = support_census();
    ktest_part("a server that closes its endpoint and keeps its name");
    const int32_t server = SUPPORT_SPAWN(PROCESS_USER, "review_gone", "server");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_USER, "review_gone", "client"),
                           "the client learns in time that nobody serves the name");
    support_kill(server);
    support_census_expect(&before);
}

/** Let two programs call each other, with the path of calls that this boot has. */
static void try_pair(void)
{
    const struct support_census before = support_census();
    ktest_part("two that hand the processor to each other, and a third");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_USER, "review_pair"),
                           "the third runs, too, however many messages the two have");
    support_census_expect(&before);
}

KTEST(review_pair_gives_way, KTEST_NAMES)
{
    try_pair();
}

KTEST(review_pair_fast, KTEST_NAMES)
{
    try_pair();
}
