/**
 * @file
 * Tests of the solution of lab 3, exercise 3, as a program with sanitizers.
 *
 * The code under test is included here, with a stand-in for the scheduler: a process that blocks
 * stays in the list as a waiter, and the test goes on. What a waiter is woken with, and which bits
 * stay, is compared with what the contract says. The file owns the waiters.
 */
#define kmalloc              notification_test_kmalloc
#define kfree                notification_test_kfree
#define object_init          notification_test_object_init
#define scheduler_block      notification_test_block
#define scheduler_wake_first notification_test_wake_first
#include "../../../solutions/lab3-ipc/notification.c"

#include "../host.h"

#include <cairn/message.h>

#include <stdlib.h>

/** What the next wait is told. */
#define WOKEN 0x1234

/** How often a process has blocked, where and how the last one did. */
static uint32_t blocked;
static struct list *blocked_in;
static enum process_reason blocked_reason;
static uint32_t blocked_ticks;
/** Processes that wait, and what the last one was woken with. */
static uint32_t waiting;
static int32_t woken_with;
static bool memory_is_short;

void *kmalloc(size_t size)
{
    return memory_is_short ? NULL : malloc(size);
}

void kfree(void *memory)
{
    free(memory);
}

void object_init(struct object *object, enum object_type type)
{
    *object = (struct object){type, 1};
}

int scheduler_block(struct list *queue, enum process_reason reason, uint32_t ticks)
{
    blocked++;
    blocked_in = queue;
    blocked_reason = reason;
    blocked_ticks = ticks;
    return WOKEN;
}

struct process *scheduler_wake_first(struct list *queue, int result)
{
    static struct process process;
    if (queue != blocked_in || waiting == 0) {
        return NULL;
    }
    waiting--;
    woken_with = result;
    return &process;
}

/** A new notification; nobody waits. */
static struct notification *start(void)
{
    struct notification *notification;
    memory_is_short = false;
    blocked = 0;
    waiting = 0;
    woken_with = 0;
    blocked_in = NULL;
    CHECK_EQUAL(notification_create(&notification), 0);
    CHECK(notification->object.type == OBJECT_NOTIFICATION && notification->bits == 0);
    return notification;
}

HOST_TEST(notifications_keep_bits_until_they_are_taken)
{
    struct notification *notification = start();
    notification_signal(notification, 5);
    notification_signal(notification, 6);
    CHECK_EQUAL(notification_wait(notification, WAIT_NO_LIMIT), 7);
    notification_signal(notification, NOTIFICATION_BITS);
    CHECK_EQUAL(notification_wait(notification, 1), NOTIFICATION_BITS);
    CHECK_EQUAL(blocked, 0);
    CHECK_EQUAL(notification_wait(notification, 77), WOKEN);
    CHECK(blocked == 1 && blocked_in == &notification->waiting && blocked_ticks == 77);
    CHECK_EQUAL(blocked_reason, REASON_NOTIFICATION);
    kfree(notification);
}

HOST_TEST(notifications_give_bits_to_one_waiter)
{
    struct notification *notification = start();
    CHECK_EQUAL(notification_wait(notification, WAIT_NO_LIMIT), WOKEN);
    waiting = 2;
    notification_signal(notification, 3);
    CHECK(waiting == 1 && woken_with == 3 && notification->bits == 0);
    notification_signal(notification, 8);
    CHECK(waiting == 0 && woken_with == 8 && notification->bits == 0);
    notification_signal(notification, 16);
    CHECK(woken_with == 8 && notification->bits == 16);
    kfree(notification);
}

/** Signal, for CHECK_ASSERTS(). @return true. */
static bool signal_bits(struct notification *notification, uint32_t bits)
{
    notification_signal(notification, bits);
    return true;
}

HOST_TEST(notifications_refuse_what_is_no_bit)
{
    struct notification *notification = start();
    CHECK_ASSERTS(signal_bits(notification, 0));
    CHECK_ASSERTS(signal_bits(notification, ~NOTIFICATION_BITS));
    CHECK_ASSERTS(signal_bits(notification, UINT32_MAX));
    kfree(notification);
    memory_is_short = true;
    CHECK_EQUAL(notification_create(&notification), -E_NO_MEMORY);
}
