/**
 * @file
 * Lab 3, exercise 2: is a deadlock found before anybody blocks, and only where there is one?
 *
 * Puppets wait for each other in chains; the last one closes the circle, and must be refused at
 * once. Then the chain is taken apart, to see that everybody still gets what he waits for. The file
 * owns the puppets of the chain.
 */
#include "endpoint_support.h"

#define CHAIN 60u

static struct puppet chain[CHAIN];

/** The endpoint that a puppet always has. */
static struct endpoint *own(const struct puppet *puppet)
{
    return puppet->process->ipc->own;
}

/** How a link of a chain waits for the next one. */
enum wait { WAIT_SEND, WAIT_CALL, WAIT_RECEIVED, WAIT_MIXED };

/** The first of two puppets waits for the second. */
static void wait_for(struct puppet *first, struct puppet *second, enum wait wait)
{
    if (wait == WAIT_RECEIVED) {
        puppet_do(second, ACT_RECEIVE, own(second));
    }
    puppet_do(first, wait == WAIT_SEND ? ACT_SEND : ACT_CALL, own(second));
    EXPECT_WAITS(first, wait == WAIT_RECEIVED ? REASON_REPLY : REASON_SEND,
                 "who waits in a chain is not refused");
}

/** Let each puppet of a chain wait for the next one; the last is free. */
static void build(uint32_t length, enum wait wait)
{
    for (uint32_t i = 1; i < length; i++) {
        wait_for(&chain[i - 1], &chain[i], wait == WAIT_MIXED ? i % WAIT_MIXED : wait);
    }
}

/** Take a chain apart from its end: each receives from the one before, and answers it. */
static void release(uint32_t length)
{
    for (uint32_t i = length - 1; i > 0; i--) {
        struct puppet *waiting = &chain[i - 1];
        if (waiting->process->reason == REASON_SEND) {
            puppet_do(&chain[i], ACT_RECEIVE, own(&chain[i]));
            EXPECT_DONE(&chain[i], 0, "the chain can be taken apart");
        } else {
            chain[i].message.sender = waiting->pid;
            chain[i].message.request_id = waiting->process->ipc->request_id;
        }
        if (waiting->act == ACT_CALL) {
            puppet_do(&chain[i], ACT_REPLY, NULL);
        }
        EXPECT_DONE(waiting, 0, "everybody gets what he waits for");
    }
}

/** The last of a chain must not wait for any of the others. */
static void expect_deadlock(struct puppet *last, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        uint32_t ticks = i % 2 * 10;
        last->ticks = ticks;
        puppet_do(last, ACT_SEND, own(&chain[i]));
        EXPECT_DONE(last, -E_DEADLOCK, "sending to somebody who waits for the sender is refused");
        puppet_do(last, ACT_CALL, own(&chain[i]));
        EXPECT_DONE(last, -E_DEADLOCK, "calling somebody who waits for the caller is refused");
    }
    endpoint_expect_idle(own(&chain[0]));
    last->ticks = 0;
}

/** A chain of some puppets, closed to a circle in every way. */
static void circle(uint32_t length)
{
    for (enum wait wait = WAIT_SEND; wait <= WAIT_MIXED; wait++) {
        build(length, wait);
        expect_deadlock(&chain[length - 1], length);
        release(length);
    }
}

KTEST(endpoint_deadlock, KTEST_IPC)
{
    struct endpoint_census before = endpoint_census();
    puppets_create(chain, 10, "chain");
    ktest_part("a process and itself");
    puppet_do(&chain[0], ACT_SEND, own(&chain[0]));
    EXPECT_DONE(&chain[0], -E_DEADLOCK, "nobody receives what he sends to himself");
    puppet_do(&chain[0], ACT_CALL, own(&chain[0]));
    EXPECT_DONE(&chain[0], -E_DEADLOCK, "nobody receives what he calls himself for");
    endpoint_expect_idle(own(&chain[0]));
    ktest_part("two processes");
    circle(2);
    ktest_part("three processes");
    circle(3);
    ktest_part("ten processes");
    circle(10);
    puppets_end();
    endpoint_census_expect(&before);
}

KTEST(endpoint_no_deadlock, KTEST_IPC)
{
    struct endpoint_census before = endpoint_census();
    struct puppet late;
    puppets_create(chain, CHAIN, "chain");
    puppet_create(&late, "late");
    ktest_part("long chains");
    for (enum wait wait = WAIT_SEND; wait <= WAIT_MIXED; wait++) {
        build(CHAIN, wait);
        late.ticks = 4;
        puppet_do(&late, wait == WAIT_SEND ? ACT_CALL : ACT_SEND, own(&chain[0]));
        EXPECT_WAITS(&late, REASON_SEND, "who comes last may wait at the other end of a chain");
        puppet_pass(8);
        EXPECT_DONE(&late, -E_TIMED_OUT,
                    "who waits at the end of a chain for whom nobody waits comes back when his "
                    "time is over");
        release(CHAIN);
    }

    ktest_part("chains whose end waits for something else");
    struct endpoint *elsewhere = endpoint_make(&chain[3]);
    puppet_do(&chain[3], ACT_RECEIVE, elsewhere);
    for (uint32_t i = 3; i > 0; i--) {
        wait_for(&chain[i - 1], &chain[i], WAIT_SEND);
    }
    puppet_do(&chain[4], ACT_SEND, own(&chain[0]));
    EXPECT_WAITS(&chain[4], REASON_SEND, "a chain that does not lead back is no deadlock");
    puppet_do(&chain[5], ACT_CALL, own(&chain[0]));
    EXPECT_WAITS(&chain[5], REASON_SEND, "several may wait for the same one");
    puppet_do(&chain[6], ACT_SEND, elsewhere);
    EXPECT_DONE(&chain[3], 0, "somebody else wakes the end");
    release(4);
    puppet_do(&chain[0], ACT_RECEIVE, own(&chain[0]));
    puppet_do(&chain[0], ACT_RECEIVE, own(&chain[0]));
    puppet_do(&chain[0], ACT_REPLY, NULL);
    EXPECT_DONE(&chain[5], 0, "all of them come through");
    endpoint_drop(elsewhere);

    ktest_part("waits that are over");
    chain[0].ticks = 3;
    puppet_do(&chain[1], ACT_RECEIVE, own(&chain[1]));
    puppet_do(&chain[0], ACT_CALL, own(&chain[1]));
    puppet_pass(6);
    EXPECT_DONE(&chain[0], -E_TIMED_OUT, "a call times out");
    chain[0].ticks = 0;
    puppet_do(&chain[1], ACT_CALL, own(&chain[0]));
    EXPECT_WAITS(&chain[1], REASON_SEND, "who has given up does not wait any more");
    chain[0].ticks = 3;
    puppet_do(&chain[0], ACT_SEND, own(&chain[1]));
    EXPECT_DONE(&chain[0], -E_DEADLOCK,
                "sending to somebody who waits for the sender by now is refused");
    chain[0].ticks = 0;
    puppet_do(&chain[0], ACT_RECEIVE, own(&chain[0]));
    puppet_do(&chain[0], ACT_REPLY, NULL);
    EXPECT_DONE(&chain[1], 0, "the call is answered");
    puppet_do(&chain[1], ACT_RECEIVE, own(&chain[1]));
    puppet_do(&chain[0], ACT_SEND, own(&chain[1]));
    EXPECT_DONE(&chain[0], 0, "a receiver who waits for anybody waits for nobody in particular");
    puppets_end();
    endpoint_census_expect(&before);
}
