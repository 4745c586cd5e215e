/**
 * @file
 * A ring of bytes in shared memory: one process writes, another one reads.
 *
 * The bytes go through memory that both have mapped, and the kernel is asked only to wait: a
 * notification says that bytes have come, another one that room has come. Sequence for one side:
 * ring_create(), ring_share() puts the handles for the other side into a message; that side calls
 * ring_attach() with the handles that it has received. Then one calls ring_write() and, at the end,
 * ring_end(), the other one ring_read() until there is no more. Nothing that the other side writes
 * into the memory makes this side read or write elsewhere. The callers own the struct ring.
 */
#ifndef RING_H
#define RING_H

#include <cairn_ipc.h>

/** Handles that ring_share() puts into a message. */
#define RING_HANDLES 3u

/** What lies at the beginning of the shared memory; the bytes of the ring follow. */
struct ring_header {
    volatile uint32_t written; /**< Bytes written, ever, modulo 2^32; changed by the writer only. */
    volatile uint32_t ended;   /**< Not 0: no more will come. By the writer. */
    volatile uint32_t read;    /**< Bytes read, ever, modulo 2^32; changed by the reader only. */
};

/** One side of a ring. */
struct ring {
    int32_t memory;  /**< Handles: of the shared memory, */
    int32_t filled;  /**< of the notification that bytes have come, */
    int32_t drained; /**< and of the one that room has come. */
    struct ring_header *header;
    uint8_t *bytes;
    uint32_t size;  /**< Of @p bytes; a power of two. */
    uint32_t ticks; /**< How long to wait for the other side at a time; WAIT_NO_LIMIT. */
};

/**
 * Make a ring.
 * @param ring not in use.
 * @param size in bytes, a power of two from 1 to 1 MiB; both sides must name the same.
 * @param ticks how long to wait for the other side at a time; WAIT_NO_LIMIT: without end.
 * @return 0; -E_INVALID, -E_NO_MEMORY, -E_NO_SPACE, and then there is none.
 */
CAIRN_MUST_USE int ring_create(struct ring *ring, uint32_t size, uint32_t ticks);

/**
 * Put handles into a message, for the side that reads. Once it is sent, ring_shared() ends them
 * here.
 * @param ring made by ring_create().
 * @param message receives RING_HANDLES handles, with no more rights than a reader needs.
 * @return 0; -E_NO_SPACE, -E_NO_MEMORY, and then the message has no handles.
 */
CAIRN_MUST_USE int ring_share(const struct ring *ring, struct message *message);

/** Close the handles of ring_share(); the receiver has handles of its own. */
void ring_shared(const int32_t handles[RING_HANDLES]);

/**
 * Take the handles of a message that the maker of a ring has sent.
 * @param ring not in use.
 * @param message with RING_HANDLES handles (otherwise -E_INVALID). They are the ring's, if the call
 *                succeeds, and HANDLE_NONE in the message.
 * @param size as for ring_create().
 * @param ticks as for ring_create().
 * @return 0; -E_INVALID, -E_BAD_HANDLE, -E_ACCESS, -E_NO_MEMORY.
 */
CAIRN_MUST_USE int ring_attach(struct ring *ring, struct message *message, uint32_t size,
                               uint32_t ticks);

/**
 * Write bytes; waits for room.
 * @param ring whose writer this process is.
 * @param bytes what.
 * @param count how many.
 * @return 0; -E_TIMED_OUT; -E_INVALID if the other side does not keep to the rules.
 */
CAIRN_MUST_USE int ring_write(struct ring *ring, const void *bytes, uint32_t count);

/** Say that no more bytes will come. @param ring whose writer this process is. */
void ring_end(struct ring *ring);

/**
 * Read bytes; waits until there are some.
 * @param ring whose reader this process is.
 * @param bytes receives them.
 * @param count how many, at most; at least 1.
 * @return how many; 0 after the last one; -E_TIMED_OUT; -E_INVALID as for ring_write().
 */
CAIRN_MUST_USE int32_t ring_read(struct ring *ring, void *bytes, uint32_t count);

/** Give back handles and memory. The other side can go on with what it has. */
void ring_close(struct ring *ring);

#endif
