/**
 * @file
 * Reads what a producer sends through shared memory, and compares checksums.
 *
 * usage: consumer [SIZE [NAME]]      (default: 4096 stream:)
 *
 * It serves NAME: whoever opens it is given a ring (<ring.h>) of SIZE bytes, a power of two, to
 * write to. When the writer has ended, it closes with the checksum of what it wrote, and learns
 * whether the same has arrived. Its exit status is 0 if it has. It owns its side of the ring.
 */
#include <arguments.h>
#include <cairn/error.h>
#include <checksum.h>
#include <ipc.h>
#include <ring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Ticks to wait for the producer at a time. */
#define PATIENCE 10000u
/** Bytes to take at a time. */
#define PIECE 256u

/** Receive a request of one operation; any other is refused. */
static int expect(int32_t endpoint, uint32_t operation, struct message *message,
                  struct argument arguments[DIALECT_ARGUMENTS])
{
    for (;;) {
        int error = cairn_endpoint_receive(endpoint, message, PATIENCE);
        if (error < 0) {
            return error;
        }
        ipc_close_handles(message->handles, message->handle_count); /* none are wanted */
        bool known = message->type == MESSAGE_TYPE(DIALECT_GENERIC, operation);
        error = known ? message_parse(message, arguments) : -E_NO_CALL;
        if (error == 0) {
            return 0;
        }
        (void)message_answer(message, error, NULL, 0);
        (void)cairn_reply(message);
    }
}

/** Read until there is no more. @return 0, or an error. */
static int consume(struct ring *ring, uint32_t *count, uint32_t *checksum)
{
    uint8_t bytes[PIECE];
    int32_t read;
    while ((read = ring_read(ring, bytes, sizeof(bytes))) > 0) {
        *checksum = checksum_add(*checksum, bytes, (uint32_t)read);
        *count += (uint32_t)read;
    }
    return (int)read;
}

/** Serve one producer. @return 0, or an error. */
static int serve(int32_t endpoint, struct ring *ring)
{
    struct message message;
    struct argument arguments[DIALECT_ARGUMENTS];
    uint32_t count = 0;
    uint32_t checksum = CHECKSUM_START;
    int error = expect(endpoint, GENERIC_OPEN, &message, arguments);
    if (error < 0) {
        return error;
    }
    (void)message_answer(&message, 0, NULL, 0);
    ring_share(ring, &message);
    error = cairn_reply(&message);
    error = error < 0 ? error : consume(ring, &count, &checksum);
    error = error < 0 ? error : expect(endpoint, GENERIC_CLOSE, &message, arguments);
    if (error < 0) {
        return error;
    }
    error = arguments[0].value == checksum ? 0 : -E_INVALID;
    printf("consumer: %u bytes have come, with checksum 0x%08x, which is %s\n", (unsigned)count,
           (unsigned)checksum, error == 0 ? "right" : "WRONG");
    (void)message_answer(&message, error, NULL, 0);
    (void)cairn_reply(&message);
    return error;
}

int main(int argc, char *argv[])
{
    const struct arguments arguments = {argc, argv, "consumer [SIZE [NAME]]"};
    uint32_t size = argument_number(&arguments, 1, 4096);
    const char *name = argument_text(&arguments, 2, "stream:");
    arguments_end(&arguments, 2);
    struct ring ring;
    int error = ring_create(&ring, size, PATIENCE);
    if (error < 0) {
        printf("consumer: no ring of %u bytes: %s\n", (unsigned)size, strerror(error));
        return EXIT_FAILURE;
    }
    int32_t endpoint = ns_publish(name);
    error = endpoint < 0 ? (int)endpoint : serve(endpoint, &ring);
    if (error < 0) {
        printf("consumer: cannot serve %s: %s\n", name, strerror(error));
    }
    ring_close(&ring);
    return error < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
