/**
 * @file
 * Messages between programs: their contents, their stamps, and the replies.
 *
 * usage: endpoint_basic
 *
 * The program is a server, its child a client. Each length is sent and called, and answered in both
 * ways; the client forges everything that the kernel stamps; the server tries to answer what it
 * must not answer. The file owns the buffers.
 */
#include "endpoint_program.h"

/** What the client writes over the stamps. */
#define FORGED 0x5EED5EEDu
/** What is in every byte before a message comes. */
#define UNTOUCHED 0xC3

static struct message buffer;

/** Nothing behind the length was written. */
static bool untouched(uint32_t length)
{
    bool same = true;
    for (uint32_t i = length; i < MESSAGE_DATA_MAX; i++) {
        same = same && buffer.data[i] == UNTOUCHED;
    }
    return same;
}

/** Prepare a message of a length, with forged stamps. */
static void prepare(uint32_t length, uint32_t key)
{
    memset(&buffer, UNTOUCHED, sizeof(buffer));
    fill(&buffer, TYPE(length + 1) | (length % 3 == 0 ? MESSAGE_REPLY : 0), length, key);
    buffer.status = (int32_t)length * 2;
    buffer.sender = (int32_t)FORGED;
    buffer.request_id = FORGED;
}

/** Send, then call, with each length; the answer has the length that is left. */
static int be_client(int32_t server, uint32_t argument)
{
    (void)argument;
    CHECK(server >= 0);
    uint32_t last = 0;
    for (uint32_t length = 0; length <= MESSAGE_DATA_MAX; length++) {
        prepare(length, length);
        struct message sent = buffer;
        CHECK(cairn_endpoint_send(server, &buffer, WAIT_NO_LIMIT, length % PRIORITIES) == 0);
        CHECK(memcmp(&sent, &buffer, sizeof(sent)) == 0);
        prepare(length, length + 1);
        CHECK(cairn_call(server, &buffer, length % 2 * 1000, length % PRIORITIES) == 0);
        uint32_t answered = MESSAGE_DATA_MAX - length;
        CHECK(has(&buffer, answered, length + 2));
        CHECK(untouched(answered > length ? answered : length));
        CHECK(buffer.type == (TYPE(length + 1) | MESSAGE_REPLY));
        CHECK(buffer.status == -(int32_t)length);
        CHECK(buffer.sender == cairn_getppid());
        CHECK(buffer.request_id != FORGED && buffer.request_id != last);
        last = buffer.request_id;
    }
    return 0;
}

/** A message of the client must be what it is. */
static void check_message(int32_t client, uint32_t length, uint32_t key, bool is_call)
{
    CHECK(has(&buffer, length, key));
    CHECK(untouched(length));
    CHECK(MESSAGE_OPERATION(buffer.type) == length + 1);
    CHECK(MESSAGE_DIALECT(buffer.type) == DIALECT_USER);
    CHECK((buffer.type & MESSAGE_REPLY) == 0);
    CHECK(buffer.status == (int32_t)length * 2);
    CHECK(buffer.sender == client);
    CHECK(is_call ? buffer.request_id != 0 && buffer.request_id != FORGED : buffer.request_id == 0);
    CHECK(buffer.handle_count == 0);
}

/** Make the answer to the call that is in the buffer. */
static void answer(uint32_t length)
{
    buffer.status = -(int32_t)length;
    buffer.length = MESSAGE_DATA_MAX - length;
    for (uint32_t i = 0; i < buffer.length; i++) {
        buffer.data[i] = byte_of(length + 2, i);
    }
}

/** Receive into a buffer of known bytes; it must not wait for ever. */
static void receive(int32_t endpoint)
{
    memset(&buffer, UNTOUCHED, sizeof(buffer));
    CHECK(cairn_endpoint_receive(endpoint, &buffer, 1000) == 0);
}

/** Serve the client: even lengths by reply, odd ones by reply_receive. */
static void serve(int32_t endpoint, int32_t client)
{
    receive(endpoint);
    for (uint32_t length = 0; length <= MESSAGE_DATA_MAX; length++) {
        check_message(client, length, length, false);
        CHECK(cairn_reply(&buffer) == -E_NOT_FOUND);
        receive(endpoint);
        check_message(client, length, length + 1, true);
        answer(length);
        if (length % 2 == 0) {
            CHECK(cairn_reply(&buffer) == 0);
            CHECK(cairn_reply(&buffer) == -E_NOT_FOUND);
            if (length < MESSAGE_DATA_MAX) {
                receive(endpoint);
            }
        } else {
            /* Behind the answer, its own bytes stay. */
            CHECK(cairn_reply_receive(endpoint, &buffer, 1000) == 0);
            memset(buffer.data + buffer.length, UNTOUCHED, MESSAGE_DATA_MAX - buffer.length);
        }
    }
}

/** Call once, with a time limit, and tell what came. */
static int call_once(int32_t server, uint32_t ticks)
{
    struct message message;
    fill(&message, TYPE(1), 4, 9);
    int error = cairn_call(server, &message, ticks, 0);
    return error < 0 ? -error : message.status;
}

/** Replies that must be refused, each followed by a look at the caller. */
static void refuse(int32_t endpoint)
{
    int32_t first = child(call_once, endpoint, WAIT_NO_LIMIT);
    CHECK(first > 0 && cairn_endpoint_receive(endpoint, &buffer, WAIT_NO_LIMIT) == 0);
    struct message call = buffer;
    int32_t second = child(call_once, endpoint, WAIT_NO_LIMIT);
    CHECK(second > 0 && cairn_endpoint_receive(endpoint, &buffer, WAIT_NO_LIMIT) == 0);
    struct message other = buffer;
    CHECK(call.sender == first && other.sender == second && call.request_id != other.request_id);
    struct message wrong = call;
    wrong.request_id = other.request_id;
    CHECK(cairn_reply(&wrong) == -E_NOT_FOUND);
    wrong = call;
    wrong.sender = second;
    CHECK(cairn_reply(&wrong) == -E_NOT_FOUND);
    wrong.sender = cairn_getpid();
    CHECK(cairn_reply(&wrong) == -E_NOT_FOUND);
    wrong.sender = -1;
    CHECK(cairn_reply(&wrong) == -E_NOT_FOUND);
    /* The second one first. */
    other.status = 22;
    CHECK(cairn_reply(&other) == 0 && status_of(second) == 22);
    call.status = 11;
    CHECK(cairn_reply(&call) == 0 && status_of(first) == 11);
    CHECK(cairn_reply(&call) == -E_NOT_FOUND);
}

/** Calls that are answered too late, or never received. */
static void be_late(int32_t endpoint)
{
    int32_t caller = child(call_once, endpoint, 20);
    CHECK(caller > 0 && cairn_endpoint_receive(endpoint, &buffer, WAIT_NO_LIMIT) == 0);
    CHECK(status_of(caller) == E_TIMED_OUT);
    CHECK(cairn_reply(&buffer) == -E_NOT_FOUND);
    CHECK(cairn_reply_receive(endpoint, &buffer, 5) == -E_TIMED_OUT);
    caller = child(call_once, endpoint, 20);
    CHECK(caller > 0 && status_of(caller) == E_TIMED_OUT);
    CHECK(cairn_endpoint_receive(endpoint, &buffer, 5) == -E_TIMED_OUT);
    caller = child(call_once, endpoint, WAIT_NO_LIMIT);
    CHECK(caller > 0 && cairn_endpoint_receive(endpoint, &buffer, 0) == 0);
    buffer.status = 5;
    CHECK(cairn_reply_receive(endpoint, &buffer, 5) == -E_TIMED_OUT);
    CHECK(status_of(caller) == 5);
}

int main(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    int32_t endpoint = cairn_endpoint_create();
    CHECK(endpoint >= 0);
    int32_t client = child(be_client, endpoint, 0);
    CHECK(client > 0);
    serve(endpoint, client);
    CHECK(status_of(client) == 0);
    refuse(endpoint);
    be_late(endpoint);
    CHECK(cairn_handle_close(endpoint) == 0);
    return 0;
}
