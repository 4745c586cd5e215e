/**
 * @file
 * The client of the conformance suite: calls, errors and names, in either ring.
 *
 * usage: conform NAME calls|errors|malformed|time|names
 *
 * Every part asks the server of NAME and looks at each answer; the rings of both do not matter, and
 * neither does the way that a message takes through the kernel. It owns no state.
 */
#include "conform_protocol.h"

#include <cairn/syscall.h>
#include <cairn_ipc.h>
#include <stdio.h>

/** An address that no program has, in either ring. */
#define NOWHERE ((void *)(uintptr_t)USER_STACK_GUARD)

static int32_t server;

/** Call one of the server's own operations. @return the status. */
static int32_t ask(uint32_t operation, uint32_t number)
{
    struct message message = conform_request(operation, number);
    return ipc_call(server, &message);
}

static void try_write(uint32_t size)
{
    uint8_t bytes[MESSAGE_DATA_MAX];
    struct message message;
    uint32_t sum = 5;
    for (uint32_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(size + i * 3);
        sum += bytes[i];
    }
    CHECK(message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_WRITE), 5, bytes, size) ==
          0);
    CHECK(ipc_call(server, &message) == (int32_t)sum);
    CHECK(message.length == size && memcmp(message.data, bytes, size) == 0);
    CHECK((message.type & MESSAGE_REPLY) != 0 && message.handle_count == 0);
    CHECK(MESSAGE_DIALECT(message.type) == DIALECT_GENERIC);
    CHECK(MESSAGE_OPERATION(message.type) == GENERIC_WRITE);
}

static void make_calls(void)
{
    struct message message;
    for (uint32_t size = 0; size <= MESSAGE_DATA_MAX - 8; size += size < 40 ? 1 : 13) {
        try_write(size);
    }
    try_write(MESSAGE_DATA_MAX - 8);
    CHECK(message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_READ), 7, 60) == 0);
    CHECK(ipc_call(server, &message) == 60 && message.length == 60);
    CHECK(message.data[0] == 7 && message.data[59] == 66);
    CHECK(message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_OPEN), "a name") == 0);
    CHECK(ipc_call(server, &message) == 6 && message.length == 0);
    CHECK(ask(CONFORM_WHO, 0) == cairn_getpid());
    message = conform_request(CONFORM_LONG, 0);
    CHECK(ipc_call(server, &message) == MESSAGE_DATA_MAX && message.length == MESSAGE_DATA_MAX);
    CHECK(message.data[0] == 'L' && message.data[MESSAGE_DATA_MAX - 1] == 'L');
    /* The sender is stamped, whatever is written there; so is the request id. */
    uint32_t last = message.request_id;
    for (int i = 0; i < 5; i++) {
        message = conform_request(CONFORM_WHO, 0);
        message.sender = 1;
        message.request_id = 77;
        CHECK(ipc_call(server, &message) == cairn_getpid());
        CHECK(message.request_id != last && message.request_id != 0);
        last = message.request_id;
    }
}

/** Messages that want no answer arrive, in order, at each priority. */
static void make_sends(void)
{
    int32_t before = ask(CONFORM_COUNT, 0);
    for (uint32_t priority = 0; priority < PRIORITIES; priority++) {
        struct message message;
        CHECK(message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_WRITE), 1, "x", 1) ==
              0);
        CHECK(cairn_endpoint_send(server, &message, 100, priority) == 0);
    }
    CHECK(ask(CONFORM_COUNT, 0) == before + (int32_t)PRIORITIES);
}

static void make_errors(void)
{
    struct message message = conform_request(CONFORM_WHO, 0);
    CHECK(cairn_call(99, &message, 0, 0) == -E_BAD_HANDLE);
    CHECK(cairn_call(-1, &message, 0, 0) == -E_BAD_HANDLE);
    CHECK(cairn_call(server, &message, 0, PRIORITIES) == -E_INVALID);
    CHECK(cairn_call(server, &message, 0x80000000, 0) == -E_INVALID);
    CHECK(cairn_call(server, NOWHERE, 0, 0) == -E_FAULT);
    CHECK(cairn_endpoint_send(server, NULL, 0, 0) == -E_FAULT);
    message.length = MESSAGE_DATA_MAX + 1;
    CHECK(cairn_call(server, &message, 0, 0) == -E_INVALID);
    message.length = 0xFFFFFFFF;
    CHECK(cairn_call(server, &message, 0, 0) == -E_INVALID);
    message = conform_request(CONFORM_WHO, 0);
    message.handle_count = MESSAGE_HANDLES_MAX + 1;
    CHECK(cairn_call(server, &message, 0, 0) == -E_INVALID);
    message.handle_count = 1;
    message.handles[0] = 500;
    CHECK(cairn_call(server, &message, 0, 0) == -E_BAD_HANDLE);
    CHECK(cairn_endpoint_receive(server, &message, 1) == -E_ACCESS);
    message = conform_request(CONFORM_WHO, 0);
    message.sender = cairn_getpid();
    message.request_id = 1;
    CHECK(cairn_reply(&message) == -E_NOT_FOUND);
    CHECK(cairn_reply(NOWHERE) == -E_FAULT);
    CHECK(cairn_handle_close(99) == -E_BAD_HANDLE);
    CHECK(cairn_handle_duplicate(server, RIGHT_RECEIVE) == -E_ACCESS);
    int32_t mute = cairn_handle_duplicate(server, RIGHT_TRANSFER);
    CHECK(mute >= 0 && cairn_call(mute, &message, 0, 0) == -E_ACCESS);
    CHECK(cairn_handle_close(mute) == 0);
    CHECK(cairn_call(mute, &message, 0, 0) == -E_BAD_HANDLE);
    CHECK(ask(CONFORM_WHO, 0) == cairn_getpid()); /* the server has seen nothing of all that */
}

/** Send data as it is. @return the status of the answer. */
static int32_t raw(uint32_t type, const char *data, uint32_t length)
{
    struct message message = {.type = type, .length = length};
    memcpy(message.data, data, length);
    return ipc_call(server, &message);
}

static void send_malformed(void)
{
    const uint32_t read = MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_READ);
    const uint32_t open = MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_OPEN);
    const uint32_t write = MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_WRITE);
    CHECK(raw(read, "\1\0\0\0\2\0\0\0", 8) == 2);
    CHECK(raw(read, "\1\0\0\0\2\0\0", 7) == -E_INVALID);
    CHECK(raw(read, "\1\0\0\0\2\0\0\0x", 9) == -E_INVALID);
    CHECK(raw(read, "", 0) == -E_INVALID);
    CHECK(raw(open, "\3\0\0\0abc", 7) == 3);
    CHECK(raw(open, "\4\0\0\0abc", 7) == -E_INVALID);
    CHECK(raw(open, "\2\0\0\0abc", 7) == -E_INVALID);
    CHECK(raw(open, "\377\377\377\377abc", 7) == -E_INVALID);
    CHECK(raw(open, "\3\0\0\0a\0c", 7) == -E_INVALID);
    CHECK(raw(open, "\0\0\0\0", 4) == 0);
    CHECK(raw(write, "\1\0\0\0\1\0\0\0\5", 9) == 6);
    CHECK(raw(write, "\1\0\0\0\374\377\377\377\5", 9) == -E_INVALID);
    CHECK(raw(MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_QUERY), "", 0) == -E_NO_CALL);
    CHECK(raw(MESSAGE_TYPE(DIALECT_GENERIC, 99), "", 0) == -E_NO_CALL);
    CHECK(raw(CONFORM_TYPE(CONFORM_OPERATIONS), "", 0) == -E_NO_CALL);
    CHECK(raw(MESSAGE_TYPE(0x7FFF, 0xFFFF), "", 0) == -E_NO_CALL);
    CHECK(raw(open, "\3\0\0\0abc", 7) == 3);
}

static void watch_time(void)
{
    struct message message = conform_request(CONFORM_SLOW, 30);
    uint32_t clock = cairn_clock();
    CHECK(cairn_call(server, &message, 5, 0) == -E_TIMED_OUT);
    CHECK(cairn_clock() - clock >= 5 && cairn_clock() - clock < 25);
    CHECK(ask(CONFORM_WHO, 0) == cairn_getpid()); /* the late answer went to nobody */
    clock = cairn_clock();
    CHECK(ask(CONFORM_SLOW, 10) == 0 && cairn_clock() - clock >= 10);
    message = conform_request(CONFORM_SLOW, 30);
    CHECK(cairn_endpoint_send(server, &message, 5, 0) == 0);
    message = conform_request(CONFORM_WHO, 0);
    CHECK(cairn_endpoint_send(server, &message, 5, 0) == -E_TIMED_OUT);
    CHECK(ask(CONFORM_WHO, 0) == cairn_getpid());
}

static void use_names(const char *name)
{
    char longer[64];
    char rest[NAME_MAX_BYTES];
    struct name_info info;
    (void)snprintf(longer, sizeof(longer), "%s/some/where", name);
    int32_t handle = ns_lookup(longer, rest);
    CHECK(handle >= 0 && strcmp(rest + strlen(rest) - 10, "some/where") == 0);
    struct message message = conform_request(CONFORM_WHO, 0);
    CHECK(ipc_call(handle, &message) == cairn_getpid());
    CHECK(cairn_handle_close(handle) == 0);
    int32_t own = ns_publish(longer);
    CHECK(own >= 0 && ns_publish(longer) == -E_EXISTS);
    CHECK(cairn_name_unregister(name) == -E_ACCESS);
    CHECK(cairn_name_alias("conform_alias:", name) == 0);
    handle = ns_lookup("conform_alias:/some", NULL);
    message = conform_request(CONFORM_WHO, 0);
    CHECK(handle >= 0 && ipc_call(handle, &message) == cairn_getpid());
    CHECK(cairn_name_list(0, "conform_alias", &info) >= 0 && info.alias != 0);
    CHECK(info.owner == cairn_getpid());
    CHECK(ns_lookup("none:", NULL) == -E_NOT_FOUND && ns_lookup("", NULL) == -E_INVALID);
    CHECK(cairn_name_lookup(NOWHERE, NULL) == -E_FAULT);
    CHECK(ns_wait("none:", NULL, 3) == -E_NOT_FOUND);
    CHECK(cairn_name_unregister("conform_alias:") == 0 && cairn_name_unregister(longer) == 0);
}

int main(int argc, char *argv[])
{
    CHECK(argc == 3);
    server = ns_wait(argv[1], NULL, 500);
    CHECK(server >= 0);
    switch (argv[2][0]) {
    case 'c':
        make_calls();
        make_sends();
        return 0;
    case 'e':
        make_errors();
        return 0;
    case 'm':
        send_malformed();
        return 0;
    case 't':
        watch_time();
        return 0;
    default:
        use_names(argv[1]);
        return 0;
    }
}
