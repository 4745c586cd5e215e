/**
 * @file
 * In which order the messages of an endpoint are received.
 *
 * High priorities come first, but a flood of them must not keep the others away: after a streak,
 * the lower priorities have their turns, one message each time, from the lowest up and around. It
 * owns an endpoint's streak and turn. The receiving functions of endpoint.c are the callers.
 */
#include "kernel/ipc/endpoint.h"

/** The highest priority at which somebody waits; PRIORITIES if nobody does. */
static uint32_t highest_waiting(const struct endpoint *endpoint)
{
    for (uint32_t i = PRIORITIES; i-- > 0;) {
        if (!list_is_empty(&endpoint->senders[i])) {
            return i;
        }
    }
    return PRIORITIES;
}

/** The next priority below @p highest, behind the last turn, at which somebody waits; or that. */
static uint32_t next_turn(const struct endpoint *endpoint, uint32_t highest)
{
    for (uint32_t i = 1; i <= PRIORITIES; i++) {
        uint32_t priority = (endpoint->turn + i) % PRIORITIES;
        if (priority < highest && !list_is_empty(&endpoint->senders[priority])) {
            return priority;
        }
    }
    return highest;
}

struct list *endpoint_next_senders(struct endpoint *endpoint)
{
    uint32_t highest = highest_waiting(endpoint);
    if (highest == PRIORITIES) {
        endpoint->streak = 0;
        return NULL;
    }
    uint32_t lower = next_turn(endpoint, highest);
    if (lower == highest) {
        endpoint->streak = 0; /* nobody else waits */
        return &endpoint->senders[highest];
    }
    if (endpoint->streak < PRIORITY_STREAK) {
        endpoint->streak++;
        return &endpoint->senders[highest];
    }
    endpoint->streak = 0;
    endpoint->turn = lower;
    return &endpoint->senders[lower];
}
