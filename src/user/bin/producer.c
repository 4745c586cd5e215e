/**
 * @file
 * Sends bytes to a consumer through shared memory.
 *
 * usage: producer [COUNT [NAME]]      (default: 100000 stream:)
 *
 * It opens NAME, writes COUNT bytes to the ring (<ring.h>) that it is given, in pieces of all
 * sizes, and closes with their checksum. The kernel copies none of these bytes. Its exit status is
 * 0 if the consumer says that they have arrived. It owns its side of the ring.
 */
#include <arguments.h>
#include <cairn/error.h>
#include <checksum.h>
#include <ipc.h>
#include <ring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/random.h"

/** Ticks to wait for the consumer at a time. */
#define PATIENCE 10000u
/** Bytes of the largest piece. */
#define PIECE 256u

/** Ask for the ring of a service. @return 0, or an error. */
static int open_ring(int32_t endpoint, struct ring *ring)
{
    struct message message;
    int32_t error =
        message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_OPEN), "for writing");
    error = error < 0 ? error : ipc_call(endpoint, &message);
    return error < 0 ? (int)error : ring_attach(ring, &message, PATIENCE);
}

/** Write bytes that nobody can guess from their neighbours. @return 0, or an error. */
static int produce(struct ring *ring, uint32_t count, uint32_t *checksum)
{
    uint8_t bytes[PIECE];
    struct random numbers;
    int error = 0;
    random_seed(&numbers, count);
    for (uint32_t piece; count > 0 && error == 0; count -= piece) {
        piece = 1 + random_next(&numbers) % PIECE;
        piece = piece < count ? piece : count;
        for (uint32_t i = 0; i < piece; i++) {
            bytes[i] = (uint8_t)(random_next(&numbers) >> 8);
        }
        *checksum = checksum_add(*checksum, bytes, piece);
        error = ring_write(ring, bytes, piece);
    }
    ring_end(ring);
    return error;
}

/** Tell the consumer the checksum. @return 0 if it has the same, or an error. */
static int close_stream(int32_t endpoint, uint32_t checksum)
{
    struct message message;
    int32_t error = message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_CLOSE), checksum);
    return (int)(error < 0 ? error : ipc_call(endpoint, &message));
}

int main(int argc, char *argv[])
{
    const struct arguments arguments = {argc, argv, "producer [COUNT [NAME]]"};
    uint32_t count = argument_number(&arguments, 1, 100000);
    const char *name = argument_text(&arguments, 2, "stream:");
    arguments_end(&arguments, 2);
    int32_t endpoint = ns_wait(name, NULL, PATIENCE);
    if (endpoint < 0) {
        printf("producer: nobody serves %s: %s\n", name, strerror((int)endpoint));
        return EXIT_FAILURE;
    }
    struct ring ring;
    int error = open_ring(endpoint, &ring);
    if (error < 0) {
        printf("producer: %s gives no ring: %s\n", name, strerror(error));
        return EXIT_FAILURE;
    }
    uint32_t checksum = CHECKSUM_START;
    error = produce(&ring, count, &checksum);
    printf("producer: %u bytes are sent, with checksum 0x%08x\n", (unsigned)count,
           (unsigned)checksum);
    error = error < 0 ? error : close_stream(endpoint, checksum);
    if (error < 0) {
        printf("producer: they have not arrived: %s\n", strerror(error));
    }
    ring_close(&ring);
    return error < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
