/**
 * @file
 * The server of the conformance suite, in either ring.
 *
 * usage: conform_server NAME
 *
 * It serves NAME by the library's server loop until a close ends it. Its operations use everything
 * that servers use: answers at once and later, handles that come and go, shared memory, time. It
 * owns the calls that it has not answered yet.
 */
#include "conform_protocol.h"

#include <cairn/syscall.h>
#include <server.h>

/** Calls that can wait. */
#define DEFERRED_MAX 4u

static struct message deferred[DEFERRED_MAX];
static uint32_t deferred_count;
static uint32_t one_way; /* messages that wanted no answer */

static bool answer(struct message *message, int32_t status)
{
    (void)message_answer(message, status, NULL, 0);
    return true;
}

static bool handle_read(struct server *server, struct message *message,
                        const struct argument *arguments)
{
    uint8_t bytes[MESSAGE_DATA_MAX];
    uint32_t size = arguments[1].value < 100 ? arguments[1].value : 100;
    (void)server;
    for (uint32_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(arguments[0].value + i);
    }
    (void)message_answer(message, (int32_t)size, bytes, size);
    return true;
}

static bool handle_write(struct server *server, struct message *message,
                         const struct argument *arguments)
{
    uint8_t copy[MESSAGE_DATA_MAX];
    uint32_t sum = arguments[0].value;
    (void)server;
    one_way += message->request_id == 0;
    for (uint32_t i = 0; i < arguments[1].value; i++) {
        copy[i] = arguments[1].bytes.bytes[i];
        sum += copy[i];
    }
    (void)message_answer(message, (int32_t)(sum & 0x7FFFFFFF), copy, arguments[1].value);
    return true;
}

static bool handle_open(struct server *server, struct message *message,
                        const struct argument *arguments)
{
    char name[64];
    (void)server;
    int error = argument_string(&arguments[0], name, sizeof(name));
    return answer(message, error < 0 ? error : (int32_t)strlen(name));
}

static bool handle_close(struct server *server, struct message *message,
                         const struct argument *arguments)
{
    (void)arguments;
    server->stop = true;
    return answer(message, 0);
}

static bool handle_defer(struct message *message)
{
    if (deferred_count == DEFERRED_MAX) {
        return answer(message, -E_AGAIN);
    }
    deferred[deferred_count++] = *message;
    return false;
}

static bool handle_release(struct message *message)
{
    uint32_t number = conform_number(message);
    int32_t answered = 0;
    for (uint32_t i = 0; i < deferred_count; i++) {
        (void)message_answer(&deferred[i], (int32_t)i, &number, sizeof(number));
        answered += cairn_reply(&deferred[i]) == 0;
    }
    deferred_count = 0;
    return answer(message, answered);
}

static bool handle_signal(struct message *message)
{
    int32_t bell = message->handle_count == 1 ? message->handles[0] : HANDLE_NONE;
    return answer(message, cairn_notification_signal(bell, conform_number(message)));
}

static bool handle_count_up(struct message *message)
{
    int32_t memory = message->handle_count == 1 ? message->handles[0] : HANDLE_NONE;
    uint32_t *words = (uint32_t *)cairn_memory_map(memory, RIGHT_READ | RIGHT_WRITE);
    if ((uintptr_t)words >= SYSCALL_ERROR_FIRST) {
        return answer(message, (int32_t)(uintptr_t)words);
    }
    for (uint32_t i = 0; i < conform_number(message); i++) {
        words[i]++;
    }
    return answer(message, cairn_memory_unmap((uintptr_t)words));
}

static bool handle_lend(struct message *message)
{
    int32_t memory = cairn_memory_create(CONFORM_WORDS * sizeof(uint32_t));
    uint32_t *words = (uint32_t *)cairn_memory_map(memory, RIGHT_READ | RIGHT_WRITE);
    CHECK((uintptr_t)words < SYSCALL_ERROR_FIRST);
    for (uint32_t i = 0; i < CONFORM_WORDS; i++) {
        words[i] = i;
    }
    CHECK(cairn_memory_unmap((uintptr_t)words) == 0);
    int32_t lent = cairn_handle_duplicate(memory, RIGHT_READ | RIGHT_TRANSFER);
    CHECK(lent >= 0);
    (void)message_answer(message, 0, NULL, 0);
    message->handle_count = 1;
    message->handles[0] = lent;
    CHECK(cairn_reply(message) == 0); /* the client has a handle of its own now */
    CHECK(cairn_handle_close(lent) == 0 && cairn_handle_close(memory) == 0);
    message->handle_count = 0;
    return false;
}

static bool handle_long(struct message *message)
{
    uint8_t bytes[MESSAGE_DATA_MAX];
    memset(bytes, 'L', sizeof(bytes));
    (void)message_answer(message, MESSAGE_DATA_MAX, bytes, sizeof(bytes));
    return true;
}

/** The server's own operations. */
static bool handle_own(struct server *server, struct message *message,
                       const struct argument *arguments)
{
    struct process_info info;
    (void)server;
    CHECK(arguments == NULL);
    switch (MESSAGE_OPERATION(message->type)) {
    case CONFORM_DEFER:
        return handle_defer(message);
    case CONFORM_RELEASE:
        return handle_release(message);
    case CONFORM_SIGNAL:
        return handle_signal(message);
    case CONFORM_COUNT_UP:
        return handle_count_up(message);
    case CONFORM_LEND:
        return handle_lend(message);
    case CONFORM_SLOW:
        (void)cairn_sleep(conform_number(message));
        return answer(message, 0);
    case CONFORM_WHO:
        return answer(message, message->sender);
    case CONFORM_RING:
        CHECK(cairn_process_info(cairn_getpid(), &info) == cairn_getpid());
        return answer(message, (int32_t)info.mode);
    case CONFORM_LONG:
        return handle_long(message);
    case CONFORM_COUNT:
        return answer(message, (int32_t)one_way);
    default:
        cairn_exit(3);
    }
}

int main(int argc, char *argv[])
{
    static struct server_operation operations[4 + CONFORM_OPERATIONS] = {
        {MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_READ), handle_read},
        {MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_WRITE), handle_write},
        {MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_OPEN), handle_open},
        {MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_CLOSE), handle_close},
    };
    CHECK(argc == 2);
    for (uint32_t i = 0; i < CONFORM_OPERATIONS; i++) {
        operations[4 + i] = (struct server_operation){CONFORM_TYPE(i), handle_own};
    }
    struct server server = {
        .endpoint = ns_publish(argv[1]),
        .operations = operations,
        .operation_count = sizeof(operations) / sizeof(operations[0]),
    };
    CHECK(server.endpoint >= 0);
    return server_run(&server) == 0 ? 0 : 1;
}
