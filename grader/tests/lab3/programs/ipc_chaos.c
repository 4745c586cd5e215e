/**
 * @file
 * Does everything that communication offers, at random, until it is killed or has had enough.
 *
 * usage: ipc_chaos SEED
 *
 * Several of these run at once, and are killed at any time. Each is a server with a name, a client,
 * an owner of shared memory and of notifications, and sometimes a parent. Only results that may
 * happen are accepted, whatever has become of the others; an answer must be the one to its call. It
 * owns the handles that it has collected and the calls that it has not answered.
 */
#include "endpoint_program.h"

#include <cairn/syscall.h>
#include <stdio.h>

/** Handles that are kept. */
#define KEPT 12u
/** Calls that are kept to be answered later. */
#define DEBTS 4u
/** Names that there can be. */
#define NAMES 5u
/** Random deeds of one life. */
#define DEEDS 400u

static struct message message;
static int32_t own;        /**< An endpoint; HANDLE_NONE: not now. */
static int32_t kept[KEPT]; /**< Handles of any kind; HANDLE_NONE: none. */
static struct message debts[DEBTS];
static uint32_t debt_count;
static uint32_t seed; /**< Of the random numbers. */

static uint32_t below(uint32_t limit)
{
    return random_number(&seed) % limit;
}

/** Keep a handle; the one that was in its place is given back. */
static void keep(int32_t handle)
{
    int32_t *place = &kept[below(KEPT)];
    if (*place != HANDLE_NONE) {
        CHECK(cairn_handle_close(*place) == 0);
    }
    *place = handle;
}

/** A handle, or none. */
static int32_t any_handle(void)
{
    return kept[below(KEPT)];
}

/** Some handles for the message. */
static void load(void)
{
    message.handle_count = 0;
    for (uint32_t i = below(3) == 0 ? below(MESSAGE_HANDLES_MAX + 1) : 0; i > 0; i--) {
        int32_t handle = any_handle();
        if (handle != HANDLE_NONE) {
            message.handles[message.handle_count++] = handle;
        }
    }
}

/** Keep the handles of a message that was received. */
static void unload(void)
{
    for (uint32_t i = 0; i < message.handle_count; i++) {
        keep(message.handles[i]);
    }
    message.handle_count = 0;
}

/** One of the names. */
static const char *any_name(void)
{
    static char name[24];
    (void)snprintf(name, sizeof(name), "chaos:%u", (unsigned)below(NAMES));
    return name;
}

/** The errors that sending can end with. */
static bool is_fate(int error)
{
    return error == 0 || error == -E_IO || error == -E_TIMED_OUT || error == -E_DEADLOCK ||
           error == -E_NO_SPACE || error == -E_ACCESS || error == -E_BAD_HANDLE;
}

/** A time limit: mostly a short one, sometimes none. */
static uint32_t limit(void)
{
    return below(8) == 0 ? WAIT_NO_LIMIT : 1 + below(20);
}

/** Answer a call: the same bytes, and their number. */
static void answer(struct message *call)
{
    call->status = (int32_t)call->length;
    call->handle_count = 0;
}

/** Call somebody, by a name or by a handle that once stood for him. */
static void do_call(void)
{
    bool known = below(3) == 0;
    int32_t server = known ? any_handle() : cairn_name_lookup(any_name(), NULL);
    uint32_t length = below(MESSAGE_DATA_MAX + 1);
    uint32_t key = random_number(&seed);
    fill(&message, TYPE(1), length, key);
    load();
    int error = cairn_call(server, &message, limit(), below(PRIORITIES));
    CHECK(is_fate(error));
    if (error == 0 && message.status >= 0) {
        CHECK(has(&message, length, key) && message.status == (int32_t)length);
    }
    if (error == 0) {
        unload();
    }
    if (!known && server >= 0) {
        keep(server);
    }
}

/** Send to somebody, perhaps to a process that is gone. */
static void do_send(void)
{
    fill(&message, TYPE(2), below(MESSAGE_DATA_MAX + 1), 2);
    load();
    int32_t pid = cairn_getpid() + (int32_t)below(9) - 6;
    int error = below(2) == 0 ? cairn_send(pid, &message, limit(), below(PRIORITIES))
                              : cairn_endpoint_send(any_handle(), &message, limit(), 0);
    CHECK(is_fate(error) || error == -E_NO_PROCESS);
}

/** Act on a message that was received. @return whether it is to be answered now. */
static bool consider(int error)
{
    CHECK(error == 0 || error == -E_TIMED_OUT);
    if (error < 0) {
        return false;
    }
    bool is_call = message.request_id != 0;
    unload();
    answer(&message);
    if (is_call && below(3) == 0 && debt_count < DEBTS) {
        debts[debt_count++] = message;
        return false;
    }
    return is_call && below(10) != 0; /* some are forgotten */
}

/** Be a server for a while. */
static void do_serve(void)
{
    if (own == HANDLE_NONE) {
        own = cairn_endpoint_create();
        CHECK(own >= 0);
        int error = cairn_name_register(any_name(), own);
        CHECK(error == 0 || error == -E_EXISTS);
    }
    bool reply = consider(cairn_endpoint_receive(own, &message, 1 + below(15)));
    for (uint32_t i = below(10); i > 0; i--) {
        if (reply && below(4) == 0) {
            load();
            int error = cairn_reply(&message);
            CHECK(error == 0 || error == -E_NOT_FOUND || error == -E_NO_SPACE ||
                  error == -E_ACCESS);
            reply = false;
        }
        reply = consider(reply ? cairn_reply_receive(own, &message, 1 + below(15))
                               : cairn_endpoint_receive(own, &message, 1 + below(15)));
    }
    if (below(20) == 0) {
        CHECK(cairn_handle_close(own) == 0);
        own = HANDLE_NONE;
    }
}

/** Pay a debt, in no order. */
static void do_pay(void)
{
    if (debt_count > 0) {
        uint32_t chosen = below(debt_count);
        int error = cairn_reply(&debts[chosen]);
        CHECK(error == 0 || error == -E_NOT_FOUND);
        debts[chosen] = debts[--debt_count];
    }
}

/** Receive what was sent to the process itself. */
static void do_receive(void)
{
    (void)consider(cairn_receive(WAIT_ANY, &message, 1 + below(5)));
}

/** Make memory, map it, and use it. */
static void do_memory(void)
{
    bool known = below(2) == 0;
    int32_t memory = known ? any_handle() : cairn_memory_create(1 + below(20000));
    uintptr_t address = cairn_memory_map(memory, RIGHT_READ | RIGHT_WRITE);
    if (address < SYSCALL_ERROR_FIRST) {
        volatile uint32_t *word = (volatile uint32_t *)address; // NOLINT(performance-no-int-to-ptr)
        *word += 1;
        CHECK(below(2) == 0 || cairn_memory_unmap(address) == 0);
    }
    if (!known && memory >= 0) {
        int32_t copy = cairn_handle_duplicate(memory, RIGHT_READ | RIGHT_TRANSFER);
        CHECK(copy >= 0);
        keep(copy);
        keep(memory);
    }
}

/** Make a notification, signal one, wait for one. */
static void do_notify(void)
{
    if (below(3) == 0) {
        int32_t bell = cairn_notification_create();
        CHECK(bell >= 0);
        keep(bell);
    }
    (void)cairn_notification_signal(any_handle(), 1 + below(255));
    int32_t bits = cairn_notification_wait(any_handle(), 1 + below(6));
    CHECK(bits > 0 || bits == -E_TIMED_OUT || bits == -E_BAD_HANDLE || bits == -E_ACCESS);
}

/** Names come and go. */
static void do_name(void)
{
    int error = below(2) == 0 ? cairn_name_alias(any_name(), "chaos:0") : 0;
    CHECK(error == 0 || error == -E_EXISTS);
    error = below(2) == 0 ? cairn_name_unregister(any_name()) : 0;
    CHECK(error == 0 || error == -E_NOT_FOUND || error == -E_ACCESS);
}

/** Have a child, who begins with nothing. */
static void do_fork(void)
{
    if (below(12) == 0 && cairn_fork() == 0) {
        seed = (uint32_t)cairn_getpid() * 77777u;
        own = HANDLE_NONE;
        debt_count = 0;
        memset(kept, 0xFF, sizeof(kept));
    }
}

int main(int argc, char *argv[])
{
    static void (*const deeds[])(void) = {do_call,  do_call,   do_call,  do_send,
                                          do_serve, do_pay,    do_serve, do_memory,
                                          do_name,  do_notify, do_fork,  do_receive};
    CHECK(argc == 2);
    seed = number_of(argv[1]);
    own = HANDLE_NONE;
    memset(kept, 0xFF, sizeof(kept));
    for (uint32_t i = 0; i < DEEDS; i++) {
        deeds[below(sizeof(deeds) / sizeof(deeds[0]))]();
    }
    return 0;
}
