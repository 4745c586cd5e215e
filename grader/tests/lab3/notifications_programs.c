/**
 * @file
 * Lab 3, exercise 3: notifications of programs in ring 3.
 *
 * The programs are programs/signal.c. The test puts handles into their tables before they run, so
 * that nothing has to be sent; so little of exercise 2 is needed.
 */
#include "object_support.h"

#include <cairn/message.h>

#define ROUNDS 100u

/** Give a program that has not run yet a handle. */
static void give(int32_t pid, struct notification *notification, uint32_t rights)
{
    struct ipc *ipc = ipc_of(support_process(pid));
    REQUIRE(ipc != NULL, "a program can communicate");
    object_retain(&notification->object);
    REQUIRE(handle_add(&ipc->handles, &notification->object, rights) >= 0,
            "a program has room for a handle");
}

/** @return a new notification; failure ends the run. */
static struct notification *make(void)
{
    struct notification *notification = NULL;
    REQUIRE_RESULT(notification_create(&notification), 0, "a notification can be made");
    return notification;
}

KTEST(notification_programs, KTEST_IPC)
{
    struct object_census before = object_census();
    ktest_part("what programs may do with a notification");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_USER, "signal", "errors"),
                           "a program gets bits, limits and errors as it should");
    object_census_expect(&before);

    ktest_part("two processes signal each other");
    struct notification *there = make();
    struct notification *back = make();
    int32_t pid = SUPPORT_SPAWN(PROCESS_USER, "signal", "answer", "100");
    give(pid, there, RIGHT_RECEIVE);
    give(pid, back, RIGHT_SEND);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        notification_signal(there, 1 + 2 * i);
        EXPECT_EQUAL(notification_wait(back, 1000), 2 + 2 * i, "each signal is answered");
    }
    SUPPORT_EXPECT_SUCCESS(support_wait(pid), "a program gets each signal");
    object_release(&there->object);
    object_release(&back->object);
    object_census_expect(&before);
}

KTEST(notification_last_handle, KTEST_IPC)
{
    struct object_census before = object_census();
    ktest_part("a waiter's own handle keeps the notification");
    struct notification *notification = make();
    int32_t pid = SUPPORT_SPAWN(PROCESS_USER, "signal", "wait");
    give(pid, notification, RIGHT_RECEIVE);
    support_sleep(10);
    EXPECT(support_process(pid)->reason == REASON_NOTIFICATION,
           "a program that receives without a bit waits for the notification");
    object_release(&notification->object); /* nobody can signal any more */
    EXPECT_EQUAL(object_count(), before.objects + 2,
                 "the notification lives, beside the program's endpoint");
    ktest_part("a program that is killed while it waits leaves nothing");
    support_kill(pid);
    object_census_expect(&before);

    ktest_part("a notification outlives a waiter that is killed");
    notification = make();
    pid = SUPPORT_SPAWN(PROCESS_USER, "signal", "wait");
    give(pid, notification, RIGHT_RECEIVE);
    support_sleep(10);
    support_kill(pid);
    EXPECT_EQUAL(notification->object.references, 1, "the waiter's references are gone");
    notification_signal(notification, 6);
    EXPECT_EQUAL(notification_wait(notification, 1), 6,
                 "the notification's bits are for who comes next");
    object_release(&notification->object);
    object_census_expect(&before);
}
