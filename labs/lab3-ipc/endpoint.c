/**
 * @file
 * Lab 3, exercise 2: endpoints.
 *
 * The file owns the queues of endpoints, the lists of callers, and what a struct ipc says about
 * waiting. endpoint_call() and endpoint_reply_receive() are the two halves of a conversation: while
 * both sides are there, each hands the processor to the other, and the scheduler is not asked. The
 * contract is in kernel/ipc/endpoint.h.
 */
#include "kernel/ipc/endpoint.h"

#include "kernel/exercise.h"
#include "kernel/ipc/ipc.h"
#include "kernel/panic.h"
#include "kernel/process/scheduler.h"

#include <cairn/error.h>

void endpoint_init(struct endpoint *endpoint, struct process *owner)
{
    // Exercise lab3.ex2 (30 points together with the functions below): an endpoint where nobody
    // waits. object_init() starts its beginning.
    (void)endpoint;
    (void)owner;
    exercise_missing("lab3.ex2", __func__);
}

void endpoint_set_owner(struct endpoint *endpoint, struct process *owner)
{
    // Exercise lab3.ex2: the owner, and the endpoint in its list.
    (void)endpoint;
    (void)owner;
    exercise_missing("lab3.ex2", __func__);
}

void endpoint_abandon(struct endpoint *endpoint)
{
    // Exercise lab3.ex2: no owner, and no queue of sleepers left behind: all of them wake, with
    // -E_IO.
    (void)endpoint;
    exercise_missing("lab3.ex2", __func__);
}

int endpoint_transfer(struct ipc *from, struct ipc *to, int32_t *handles)
{
    // Exercise lab3.ex2: a handle for each object that is carried, with the rights that came with
    // it, and its number in the message; the references go over. If the receiver's table is full
    // in the middle, none of them may be left there.
    (void)from;
    (void)to;
    (void)handles;
    exercise_missing("lab3.ex2", __func__);
}

int endpoint_send(struct endpoint *endpoint, uint32_t ticks, uint32_t priority)
{
    // Exercise lab3.ex2: if the owner waits for this, copy the message and wake it; if not, wait in
    // the endpoint: but not for somebody who waits for you.
    (void)endpoint;
    (void)ticks;
    (void)priority;
    exercise_missing("lab3.ex2", __func__);
}

int endpoint_call(struct endpoint *endpoint, uint32_t ticks, uint32_t priority)
{
    // Exercise lab3.ex2: as endpoint_send(), and then wait among the owner's callers. If the owner
    // waits, nobody else needs to be asked who runs next: scheduler_wait(), then scheduler_run().
    (void)endpoint;
    (void)ticks;
    (void)priority;
    exercise_missing("lab3.ex2", __func__);
}

int endpoint_receive(struct endpoint *endpoint, int32_t from, uint32_t ticks)
{
    // Exercise lab3.ex2: the next message that waits, or wait for one. Whoever sends finds you by
    // your state and by what your struct ipc says.
    (void)endpoint;
    (void)from;
    (void)ticks;
    exercise_missing("lab3.ex2", __func__);
}

int endpoint_reply(void)
{
    // Exercise lab3.ex2: is there a process of that pid, does it wait for a reply, for yours,
    // and to this very call? Only then.
    exercise_missing("lab3.ex2", __func__);
}

int endpoint_reply_receive(struct endpoint *endpoint, uint32_t ticks)
{
    // Exercise lab3.ex2: endpoint_reply() and endpoint_receive(); but if no message waits, the
    // processor goes straight to the caller.
    (void)endpoint;
    (void)ticks;
    exercise_missing("lab3.ex2", __func__);
}
