/**
 * @file
 * Tests the part of the library that lab 3 adds, in a running system.
 *
 * What does not hold is printed with its line; the exit status is 1 if anything was. Requests are
 * given to a server's handlers directly, and both sides of a ring are in this process, so nothing
 * depends on who runs when. It owns the count of failures.
 */
#include "lib/random.h"

#include <cairn/syscall.h>
#include <ring.h>
#include <server.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

#define CHECK(condition) check((condition), #condition, __LINE__)

static void check(bool holds, const char *condition, int line)
{
    if (!holds) {
        printf("ipc: %s is false (line %d)\n", condition, line);
        failures++;
    }
}

/* ------------------------------------------------------------------ rings */

/** Make both sides of a ring. */
static void make_ring(struct ring *reader, struct ring *writer, uint32_t size)
{
    struct message message = {0};
    CHECK(ring_create(reader, size, 1) == 0);
    ring_share(reader, &message);
    CHECK(message.handle_count == RING_HANDLES);
    CHECK(ring_attach(writer, &message, 1) == 0);
    /* Received handles are new ones; here both sides would close the same. */
    for (uint32_t i = 0; i < RING_HANDLES; i++) {
        reader->shared[i] = HANDLE_NONE;
    }
}

/** Bytes go through a ring of some size in pieces of all sizes. */
static void test_ring(uint32_t size)
{
    struct ring reader;
    struct ring writer;
    struct random numbers;
    uint8_t written = 0;
    uint8_t read = 0;
    uint32_t inside = 0;
    make_ring(&reader, &writer, size);
    random_seed(&numbers, size);
    for (uint32_t round = 0; round < 200; round++) {
        uint8_t bytes[64];
        uint32_t count = random_next(&numbers) % (sizeof(bytes) + 1);
        count = count < size - inside ? count : size - inside;
        for (uint32_t i = 0; i < count; i++) {
            bytes[i] = written++;
        }
        CHECK(ring_write(&writer, bytes, count) == 0);
        inside += count;
        const uint32_t wanted = 1 + random_next(&numbers) % sizeof(bytes);
        int32_t got = inside == 0 ? 0 : ring_read(&reader, bytes, wanted);
        CHECK(got >= 0 && (uint32_t)got <= wanted && (uint32_t)got <= inside);
        for (int32_t i = 0; i < got; i++) {
            CHECK(bytes[i] == read);
            read++;
        }
        inside -= (uint32_t)got;
    }
    ring_end(&writer);
    uint8_t byte;
    while (inside > 0 && ring_read(&reader, &byte, 1) == 1) {
        CHECK(byte == read);
        read++;
        inside--;
    }
    CHECK(ring_read(&reader, &byte, 1) == 0 && read == written);
    ring_close(&writer);
    ring_close(&reader);
}

/** Nobody reads or writes beyond a ring, whatever is in its header. */
static void test_broken_rings(void)
{
    struct ring reader;
    struct ring writer;
    struct message message = {0};
    uint8_t bytes[40] = {0};
    static const uint32_t sizes[] = {0, 3, 4095, RING_SIZE_MAX + 1, 2 * RING_SIZE_MAX, UINT32_MAX};
    for (uint32_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        CHECK(ring_create(&reader, sizes[i], 1) == -E_INVALID);
    }
    make_ring(&reader, &writer, 32);
    CHECK(ring_read(&reader, bytes, 1) == -E_TIMED_OUT);
    CHECK(ring_write(&writer, bytes, sizeof(bytes)) == -E_TIMED_OUT);
    reader.header->written = reader.position + 33;
    CHECK(ring_read(&reader, bytes, 1) == -E_INVALID);
    reader.header->read = writer.position + 1;
    CHECK(ring_write(&writer, bytes, 1) == -E_INVALID);
    reader.header->size = 33;
    ring_share(&reader, &message);
    ring_close(&writer);
    ring_close(&reader);
    message.handle_count = 2;
    CHECK(ring_attach(&writer, &message, 1) == -E_INVALID);
    message.handle_count = RING_HANDLES;
    CHECK(ring_attach(&writer, &message, 1) == -E_BAD_HANDLE);
}

/* ------------------------------------------------------------------ servers */

/** A dialect of this program's own. */
#define OWN_TYPE MESSAGE_TYPE(DIALECT_USER, 1)

/** How often handlers were called. */
static uint32_t handled;

static bool handle_write(struct server *server, struct message *message,
                         const struct argument *arguments)
{
    handled++;
    CHECK(server->context == &handled && arguments[1].value == 2);
    CHECK(memcmp(arguments[1].bytes.bytes, "ok", 2) == 0);
    CHECK(message_answer(message, 7, "yes", 3) == 0);
    return true;
}

static bool handle_own(struct server *server, struct message *message,
                       const struct argument *arguments)
{
    (void)server;
    handled++;
    CHECK(arguments == NULL);
    if (message->handle_count > 0) {
        message->handles[0] = HANDLE_NONE; /* it is kept */
    }
    return false; /* the answer would come later */
}

static const struct server_operation operations[] = {
    {MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_WRITE), handle_write},
    {OWN_TYPE, handle_own},
};

static void test_server(void)
{
    struct server server = {
        .endpoint = HANDLE_NONE,
        .operations = operations,
        .operation_count = sizeof(operations) / sizeof(operations[0]),
        .context = &handled,
    };
    struct message message;
    const uint32_t write = MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_WRITE);
    CHECK(message_build(&message, write, 0u, "ok", 2u) == 0);
    CHECK(!server_handle(&server, &message) && handled == 1); /* nobody waits */
    CHECK(message_build(&message, write, 0u, "ok", 2u) == 0);
    message.request_id = 1;
    CHECK(server_handle(&server, &message) && handled == 2);
    CHECK(message.type == (write | MESSAGE_REPLY) && message.status == 7 && message.length == 3);

    CHECK(message_build(&message, write, 0u, "ok", 2u) == 0);
    message.request_id = 1;
    message.length--;
    CHECK(server_handle(&server, &message) && handled == 2 && message.status == -E_INVALID);
    CHECK(message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_OPEN), "x") == 0);
    message.request_id = 1;
    CHECK(server_handle(&server, &message) && handled == 2 && message.status == -E_NO_CALL);
    message = (struct message){.type = OWN_TYPE, .request_id = 1};
    CHECK(!server_handle(&server, &message) && handled == 3);
}

/** Handles that come with a request are closed, unless a handler keeps them. */
static void test_server_handles(void)
{
    struct server server = {.operations = operations, .operation_count = 2};
    struct message message = {.type = OWN_TYPE, .request_id = 1, .handle_count = 2};
    message.handles[0] = cairn_notification_create();
    message.handles[1] = cairn_notification_create();
    const int32_t kept = message.handles[0];
    const int32_t closed = message.handles[1];
    CHECK(kept >= 0 && closed >= 0);
    CHECK(!server_handle(&server, &message));
    CHECK(cairn_handle_close(closed) == -E_BAD_HANDLE);
    CHECK(cairn_handle_close(kept) == 0);
    message = (struct message){.type = 99, .request_id = 1, .handle_count = 1};
    message.handles[0] = cairn_notification_create();
    const int32_t unknown = message.handles[0];
    CHECK(server_handle(&server, &message) && message.status == -E_NO_CALL);
    CHECK(message.handle_count == 0 && cairn_handle_close(unknown) == -E_BAD_HANDLE);
}

/* ------------------------------------------------------------------ names */

static void test_names(void)
{
    char rest[NAME_MAX_BYTES];
    const uint32_t start = cairn_clock();
    CHECK(ns_wait("nobody:", NULL, 20) == -E_NOT_FOUND && cairn_clock() - start >= 20);
    CHECK(ns_wait("malformed", NULL, 1000) == -E_INVALID && cairn_clock() - start < 500);
    int32_t endpoint = ns_publish("test:");
    CHECK(endpoint >= 0 && ns_publish("Test:") == -E_EXISTS && ns_publish("test") == -E_INVALID);
    int32_t found = ns_wait("TEST:/a/B", rest, 10);
    CHECK(found >= 0 && strcmp(rest, ":/a/B") == 0);
    struct endpoint_info info;
    CHECK(cairn_endpoint_info(found, &info) == 0 && info.owner == cairn_getpid());
    struct message message = {0};
    CHECK(ipc_call(found, &message) == -E_DEADLOCK);
    CHECK(cairn_handle_close(found) == 0 && cairn_handle_close(endpoint) == 0);
    CHECK(cairn_name_unregister("test:") == 0);

    struct service service = SERVICE("nobody:");
    CHECK(service_call(&service, &message, 10) == -E_NOT_FOUND && service.retries == 0);
    CHECK(ipc_bind(WELL_KNOWN_BLOCK, 10) == -E_ACCESS);
    CHECK(ipc_bind(WELL_KNOWN_LAST + 1, 10) == -E_NOT_FOUND);
}

int main(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    test_ring(1);
    test_ring(32);
    test_ring(4096);
    test_broken_rings();
    test_server();
    test_server_handles();
    test_names();
    printf("ipc: in ring %d, failures: %d\n", cairn_kernel_services() == NULL ? 3 : 0, failures);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
