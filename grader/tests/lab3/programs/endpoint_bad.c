/**
 * @file
 * Messages at bad addresses, cut off at every byte.
 *
 * usage: endpoint_bad
 *
 * The first byte behind the heap cannot be touched; a message is placed so that it ends there, or
 * any number of bytes before its end. What cannot be read is not sent, what cannot be written is
 * not received: and then a caller must not wait for an answer. The file owns the place.
 */
#include "endpoint_program.h"

#include <cairn/syscall.h>

/** Addresses that are never a program's. */
static const uintptr_t foreign[] = {0,          16,         0x1000,     0x00100000, 0x3FFFFFF0,
                                    0xBFFFFFF8, 0xC0000000, 0xFFFFF000, 0xFFFFFFFC};
#define FOREIGN (sizeof(foreign) / sizeof(foreign[0]))
/** Bytes of a message of a length that are read and written. */
#define BYTES(length) (MESSAGE_HEADER_SIZE + (length))

static uint8_t *heap_end;

/** A message whose last bytes lie behind the end. @param inside so many of its bytes do not. */
static struct message *cut(uint32_t inside)
{
    return (struct message *)(void *)(heap_end - inside);
}

/** Write the part of a message that can be written. */
static struct message *place(uint32_t inside, const struct message *message)
{
    memcpy(cut(inside), message, inside < sizeof(*message) ? inside : sizeof(*message));
    return cut(inside);
}

/** Messages that have been received, ever. */
static uint32_t received(int32_t endpoint)
{
    struct endpoint_info info;
    CHECK(cairn_endpoint_info(endpoint, &info) == 0);
    CHECK(info.waiting_senders == 0);
    return info.messages;
}

/** Answer whatever comes, until a message of type 99. */
static int serve(int32_t endpoint)
{
    struct message message;
    CHECK(cairn_endpoint_receive(endpoint, &message, WAIT_NO_LIMIT) == 0);
    while (message.type != TYPE(99)) {
        CHECK(has(&message, message.length, 4));
        CHECK(cairn_reply_receive(endpoint, &message, WAIT_NO_LIMIT) == 0);
    }
    return 0;
}

/** A server, which tells its parent where. */
static int be_server(int32_t parent, uint32_t argument)
{
    (void)argument;
    int32_t endpoint = cairn_endpoint_create();
    struct message message;
    fill(&message, TYPE(1), 0, 0);
    message.handle_count = 1;
    message.handles[0] = endpoint;
    CHECK(endpoint >= 0 && cairn_endpoint_send(parent, &message, WAIT_NO_LIMIT, 0) == 0);
    return serve(endpoint);
}

/** Send what can be read in part only. */
static void send_cut(int32_t server, uint32_t length)
{
    struct message message;
    fill(&message, TYPE(2), length, 4);
    for (uint32_t inside = 0; inside <= BYTES(length); inside++) {
        uint32_t before = received(server);
        bool whole = inside == BYTES(length);
        CHECK(cairn_call(server, place(inside, &message), 1000, 0) == (whole ? 0 : -E_FAULT));
        CHECK(!whole || has(cut(inside), length, 4));
        CHECK(received(server) == before + whole);
        CHECK(cairn_endpoint_send(server, place(inside, &message), 1000, 0) ==
              (whole ? 0 : -E_FAULT));
        CHECK(cairn_reply(place(inside, &message)) == (whole ? -E_NOT_FOUND : -E_FAULT));
    }
}

/** Send from addresses that are not the program's. */
static void send_foreign(int32_t server, int32_t own)
{
    uint32_t before = received(server);
    for (uint32_t i = 0; i < FOREIGN; i++) {
        struct message *message = (struct message *)foreign[i]; // NOLINT(performance-no-int-to-ptr)
        CHECK(cairn_call(server, message, 1000, 0) == -E_FAULT);
        CHECK(cairn_endpoint_send(server, message, 1000, 0) == -E_FAULT);
        CHECK(cairn_send(cairn_getppid(), message, 1000, 0) == -E_FAULT);
        CHECK(cairn_reply(message) == -E_FAULT);
        CHECK(cairn_reply_receive(own, message, 1) == -E_FAULT);
    }
    CHECK(received(server) == before);
}

/** Call, and learn that the message was lost. */
static int lose(int32_t server, uint32_t length)
{
    struct message message;
    fill(&message, TYPE(3), length, 5);
    int error = cairn_call(server, &message, 2000, 0);
    return -(error < 0 ? error : message.status);
}

/** Receive where only a part of the message can be written. @param again by reply_receive. */
static void receive_cut(int32_t endpoint, uint32_t length, uint32_t inside, bool again)
{
    struct message call;
    int32_t answered = 0;
    if (again) {
        answered = child(lose, endpoint, 8);
        CHECK(answered > 0 && cairn_endpoint_receive(endpoint, &call, WAIT_NO_LIMIT) == 0);
        call.status = 0;
        call.length = 0;
        (void)place(inside, &call);
    }
    int32_t caller = child(lose, endpoint, length);
    CHECK(caller > 0);
    int error = again ? cairn_reply_receive(endpoint, cut(inside), WAIT_NO_LIMIT)
                      : cairn_endpoint_receive(endpoint, cut(inside), WAIT_NO_LIMIT);
    CHECK(error == (inside < BYTES(length) ? -E_FAULT : 0));
    if (error == 0) {
        CHECK(cairn_reply(cut(inside)) == 0);
    }
    CHECK(status_of(caller) == (inside < BYTES(length) ? E_IO : 0));
    CHECK(answered == 0 || status_of(answered) == 0);
}

/** A reply that cannot be written to the caller. */
static void reply_cut(int32_t server)
{
    static const struct message read_only = {.type = TYPE(4), .length = 0};
    struct message message;
    fill(&message, TYPE(4), 0, 4);
    const uintptr_t address = (uintptr_t)&read_only;
    struct message *constant = (struct message *)address; // NOLINT(performance-no-int-to-ptr)
    uint32_t before = received(server);
    CHECK(cairn_call(server, constant, 1000, 0) == -E_FAULT);
    CHECK(received(server) == before + 1);
    CHECK(cairn_call(server, &message, 1000, 0) == 0);
}

/** More handles than a process can have. */
#define MANY 1100u

/** Send a handle again and again; it is never received. */
static int lose_handles(int32_t server, uint32_t count)
{
    struct message message;
    int32_t memory = cairn_memory_create(1);
    CHECK(memory >= 0);
    for (uint32_t i = 0; i < count; i++) {
        fill(&message, TYPE(5), 0, 0);
        message.handle_count = 1;
        message.handles[0] = memory;
        int error = cairn_call(server, &message, 2000, 0);
        CHECK(error == 0 && message.status == -E_IO);
    }
    return 0;
}

/** Messages with handles that are lost do not fill the table. */
static void receive_handles(int32_t endpoint)
{
    int32_t caller = child(lose_handles, endpoint, MANY);
    CHECK(caller > 0);
    for (uint32_t i = 0; i < MANY; i++) {
        CHECK(cairn_endpoint_receive(endpoint, cut(BYTES(0) - 1), WAIT_NO_LIMIT) == -E_FAULT);
    }
    CHECK(status_of(caller) == 0);
}

int main(int argc, char *argv[])
{
    static const uint32_t lengths[] = {0, 1, 7, 8, 9, 23, 24, 25, 255, 256};
    struct message message;
    (void)argc;
    (void)argv;
    CHECK(cairn_grow(8192) < SYSCALL_ERROR_FIRST);
    heap_end = (uint8_t *)cairn_grow(0); // NOLINT(performance-no-int-to-ptr)
    int32_t own = cairn_endpoint_create();
    int32_t server = child(be_server, own, 0);
    CHECK(server > 0 && cairn_endpoint_receive(own, &message, WAIT_NO_LIMIT) == 0);
    int32_t served = message.handles[0];
    for (uint32_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        send_cut(served, lengths[i]);
    }
    send_foreign(served, own);
    reply_cut(served);
    fill(&message, TYPE(99), 0, 0);
    CHECK(cairn_endpoint_send(served, &message, 1000, 0) == 0);
    CHECK(status_of(server) == 0);
    for (uint32_t inside = 0; inside <= BYTES(9); inside += inside < 36 ? 9 : 1) {
        receive_cut(own, 9, inside, false);
    }
    receive_cut(own, 256, 295, false);
    receive_cut(own, 256, 296, true);
    receive_cut(own, 9, BYTES(8), true);
    receive_cut(own, 1, BYTES(0), true);
    receive_handles(own);
    CHECK(cairn_endpoint_receive(own, &message, 2) == -E_TIMED_OUT);
    return 0;
}
