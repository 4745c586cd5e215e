/**
 * @file
 * A ring of bytes in shared memory: one process writes, another one reads.
 *
 * The bytes go through memory that both have mapped, and the kernel is asked only to wait: one
 * notification says that bytes have come, another one that room has come. The reader makes the
 * ring, since it can trust no memory but its own; ring_share() puts handles for the writer into a
 * message, and the writer calls ring_attach() with what it has received. Then one calls
 * ring_write() and, at the end, ring_end(), the other one ring_read() until there is no more.
 * Whatever the writer leaves in the memory, the reader reads nothing beyond it. The callers own the
 * struct ring.
 */
#ifndef RING_H
#define RING_H

#include <cairn_ipc.h>

/** Handles that ring_share() puts into a message. */
#define RING_HANDLES 3u
/** Bytes of the largest ring. */
#define RING_SIZE_MAX 0x100000u

/** What lies at the beginning of the shared memory; the bytes of the ring follow. */
struct ring_header {
    uint32_t size;    /**< Bytes of the ring; changed by nobody. */
    uint32_t written; /**< Bytes written, ever, modulo 2^32; changed by the writer only. */
    uint32_t ended;   /**< Not 0: no more will come. By the writer. */
    uint32_t read;    /**< Bytes read, ever, modulo 2^32; changed by the reader only. */
};

/** One side of a ring. */
struct ring {
    int32_t handles[RING_HANDLES]; /**< This side's. */
    int32_t shared[RING_HANDLES];  /**< The reader has them for the writer, with fewer rights. */
    struct ring_header *header;
    uint8_t *bytes;
    uint32_t size;     /**< Of @p bytes; a power of two. */
    uint32_t position; /**< Bytes that this side has written or read, ever. */
    uint32_t ticks;    /**< How long to wait for the other side at a time; WAIT_NO_LIMIT. */
};

/**
 * Make a ring; this process will read.
 * @param ring not in use.
 * @param size in bytes, a power of two up to RING_SIZE_MAX.
 * @param ticks how long to wait for the writer at a time; WAIT_NO_LIMIT: without end.
 * @return 0; -E_INVALID, -E_NO_MEMORY, -E_NO_SPACE, and then there is none.
 */
CAIRN_MUST_USE int ring_create(struct ring *ring, uint32_t size, uint32_t ticks);

/**
 * Put handles for the writer into a message.
 * @param ring made by ring_create().
 * @param message a request to be sent, or an answer, without handles yet.
 */
void ring_share(const struct ring *ring, struct message *message);

/**
 * Take the handles of a message that the reader has sent; this process will write.
 * @param ring not in use.
 * @param message with RING_HANDLES handles, which become the ring's, and are closed by an error.
 * @param ticks how long to wait for the reader at a time.
 * @return 0; -E_INVALID, -E_BAD_HANDLE, -E_ACCESS, -E_NO_MEMORY.
 */
CAIRN_MUST_USE int ring_attach(struct ring *ring, const struct message *message, uint32_t ticks);

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

/** Give back handles and memory; the other side keeps its own. */
void ring_close(struct ring *ring);

#endif
