/**
 * @file
 * A ring of bytes in shared memory; see <ring.h>.
 *
 * It owns no state. Each side keeps its own position and publishes it with release, after the bytes
 * are there or have been taken; the other side looks with acquire. A side signals after each piece,
 * and a bit that is set stays set, so whoever looks first and waits then cannot miss anything.
 */
#include <ring.h>

#include <cairn/syscall.h>
#include <string.h>

/** The places of the handles. */
enum ring_handle {
    MEMORY,  /**< The shared memory. */
    FILLED,  /**< The notification that bytes have come, or the end. */
    DRAINED, /**< The notification that room has come. */
};

/** The bit that both notifications use. */
#define CHANGED 1u

static uint32_t load(const uint32_t *place)
{
    return __atomic_load_n(place, __ATOMIC_ACQUIRE);
}

/* The checker does not know that this writes. */
// NOLINTNEXTLINE(readability-non-const-parameter)
static void store(uint32_t *place, uint32_t value)
{
    __atomic_store_n(place, value, __ATOMIC_RELEASE);
}

static bool size_is_good(uint32_t size)
{
    return size > 0 && size <= RING_SIZE_MAX && (size & (size - 1)) == 0;
}

/** Begin with nothing, so that ring_close() can end it at any time. */
static void start(struct ring *ring, uint32_t ticks)
{
    *ring = (struct ring){.ticks = ticks};
    for (uint32_t i = 0; i < RING_HANDLES; i++) {
        ring->handles[i] = HANDLE_NONE;
        ring->shared[i] = HANDLE_NONE;
    }
}

/** Map the memory of a ring. */
static int map(struct ring *ring)
{
    uintptr_t address = cairn_memory_map(ring->handles[MEMORY], RIGHT_READ | RIGHT_WRITE);
    if (address >= SYSCALL_ERROR_FIRST) {
        return (int)address;
    }
    ring->header = (struct ring_header *)address;
    ring->bytes = (uint8_t *)(ring->header + 1);
    return 0;
}

/** Make the objects of a ring, the writer's handles to them, and the mapping. */
static int make(struct ring *ring)
{
    static const uint32_t rights[RING_HANDLES] = {
        [MEMORY] = RIGHT_READ | RIGHT_WRITE | RIGHT_TRANSFER,
        [FILLED] = RIGHT_SEND | RIGHT_TRANSFER,
        [DRAINED] = RIGHT_RECEIVE | RIGHT_TRANSFER,
    };
    for (uint32_t i = 0; i < RING_HANDLES; i++) {
        ring->handles[i] = i == MEMORY
                               ? cairn_memory_create(sizeof(struct ring_header) + ring->size)
                               : cairn_notification_create();
        if (ring->handles[i] < 0) {
            return (int)ring->handles[i];
        }
        ring->shared[i] = cairn_handle_duplicate(ring->handles[i], rights[i]);
        if (ring->shared[i] < 0) {
            return (int)ring->shared[i];
        }
    }
    return map(ring);
}

int ring_create(struct ring *ring, uint32_t size, uint32_t ticks)
{
    start(ring, ticks);
    if (!size_is_good(size)) {
        return -E_INVALID;
    }
    ring->size = size;
    int error = make(ring);
    if (error < 0) {
        ring_close(ring);
        return error;
    }
    ring->header->size = size;
    return 0;
}

void ring_share(const struct ring *ring, struct message *message)
{
    memcpy(message->handles, ring->shared, sizeof(ring->shared));
    message->handle_count = RING_HANDLES;
}

int ring_attach(struct ring *ring, const struct message *message, uint32_t ticks)
{
    start(ring, ticks);
    if (message->handle_count != RING_HANDLES) {
        return -E_INVALID;
    }
    memcpy(ring->handles, message->handles, sizeof(ring->handles));
    int error = map(ring);
    if (error == 0) { /* what the other side says must be true of its memory, too */
        int32_t there = cairn_memory_size(ring->handles[MEMORY]);
        ring->size = load(&ring->header->size);
        bool fits = there > 0 && sizeof(struct ring_header) + ring->size <= (uint32_t)there;
        error = size_is_good(ring->size) && fits ? 0 : -E_INVALID;
    }
    if (error < 0) {
        ring_close(ring);
    }
    return error;
}

/** The smallest of three numbers. */
static uint32_t smallest(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t least = a < b ? a : b;
    return least < c ? least : c;
}

int ring_write(struct ring *ring, const void *bytes, uint32_t count)
{
    const uint8_t *from = bytes;
    while (count > 0) {
        uint32_t used = ring->position - load(&ring->header->read);
        if (used > ring->size) {
            return -E_INVALID;
        }
        if (used == ring->size) {
            int32_t bits = cairn_notification_wait(ring->handles[DRAINED], ring->ticks);
            if (bits < 0) {
                return (int)bits;
            }
            continue;
        }
        uint32_t offset = ring->position & (ring->size - 1);
        uint32_t piece = smallest(count, ring->size - used, ring->size - offset);
        memcpy(ring->bytes + offset, from, piece);
        from += piece;
        count -= piece;
        ring->position += piece;
        store(&ring->header->written, ring->position);
        (void)cairn_notification_signal(ring->handles[FILLED], CHANGED);
    }
    return 0;
}

void ring_end(struct ring *ring)
{
    store(&ring->header->ended, 1);
    (void)cairn_notification_signal(ring->handles[FILLED], CHANGED);
}

int32_t ring_read(struct ring *ring, void *bytes, uint32_t count)
{
    for (;;) {
        bool ended = load(&ring->header->ended) != 0; /* before looking for bytes */
        uint32_t ready = load(&ring->header->written) - ring->position;
        if (ready > ring->size) {
            return -E_INVALID;
        }
        if (ready == 0 && ended) {
            return 0;
        }
        if (ready == 0) {
            int32_t bits = cairn_notification_wait(ring->handles[FILLED], ring->ticks);
            if (bits < 0) {
                return bits;
            }
            continue;
        }
        uint32_t offset = ring->position & (ring->size - 1);
        uint32_t piece = smallest(count, ready, ring->size - offset);
        memcpy(bytes, ring->bytes + offset, piece);
        ring->position += piece;
        store(&ring->header->read, ring->position);
        (void)cairn_notification_signal(ring->handles[DRAINED], CHANGED);
        return (int32_t)piece;
    }
}

void ring_close(struct ring *ring)
{
    if (ring->header != NULL) {
        (void)cairn_memory_unmap((uintptr_t)ring->header);
    }
    for (uint32_t i = 0; i < RING_HANDLES; i++) {
        if (ring->handles[i] >= 0) {
            (void)cairn_handle_close(ring->handles[i]);
        }
        if (ring->shared[i] >= 0) {
            (void)cairn_handle_close(ring->shared[i]);
        }
    }
    start(ring, 0);
}
