/**
 * @file
 * A server of delegated calls: file system, network or loader.
 *
 * usage: delegate_server 1|2|3 serve|deaf|silent|mute
 *
 * It binds the well-known endpoint of the number. `serve` answers as it is told; `deaf` does not
 * receive, and `silent` does not answer; both end after a while. `mute` does neither, after one
 * call, and does not end. It owns the last call and the plan.
 */
#include "delegate_protocol.h"

#include <cairn_ipc.h>

/** Ticks until a server that does not serve ends. */
#define LIFE 40u

static struct message last;
static uint32_t count;
static struct delegate_plan plan;
static int32_t gift; /* what is sent along in answers */

/** Answer with bytes. */
static void answer(struct message *message, const void *bytes, uint32_t size)
{
    CHECK(message_answer(message, 0, bytes, size) == 0);
    CHECK(cairn_reply(message) == 0);
}

/** Act on an order. */
static void obey(struct message *message)
{
    const struct delegate_seen seen = {last.type,   last.length,       last.sender, last.request_id,
                                       last.status, last.handle_count, count};
    switch (MESSAGE_OPERATION(message->type)) {
    case ORDER_PLAN:
        CHECK(message->length == sizeof(plan));
        memcpy(&plan, message->data, sizeof(plan));
        answer(message, NULL, 0);
        break;
    case ORDER_HEADER:
        answer(message, &seen, sizeof(seen));
        break;
    case ORDER_DATA:
        answer(message, last.data, last.length);
        break;
    default:
        answer(message, NULL, 0);
        cairn_exit(0);
    }
}

/** Answer a delegated call as planned; whoever asked may have given up meanwhile. */
static void answer_as_planned(const struct message *request)
{
    struct message message = {.type = request->type,
                              .sender = request->sender,
                              .request_id = request->request_id,
                              .status = plan.status,
                              .length = plan.length,
                              .handle_count = plan.handles};
    for (uint32_t i = 0; i < plan.length; i++) {
        message.data[i] = (uint8_t)(i + 1);
    }
    for (uint32_t i = 0; i < plan.handles; i++) {
        message.handles[i] = gift;
    }
    if (plan.silent == 0) {
        int error = cairn_reply(&message);
        CHECK(error == 0 || error == -E_NOT_FOUND); /* the caller can take the reply */
    }
}

static void serve(int32_t endpoint)
{
    struct message message;
    while (cairn_endpoint_receive(endpoint, &message, WAIT_NO_LIMIT) == 0) {
        if (MESSAGE_DIALECT(message.type) == MESSAGE_DIALECT(ORDER_TYPE(0))) {
            obey(&message);
        } else {
            last = message;
            count++;
            answer_as_planned(&message);
        }
    }
}

int main(int argc, char *argv[])
{
    char name[] = "control:0";
    CHECK(argc == 3);
    name[8] = argv[1][0];
    int32_t endpoint = cairn_bind(number_of(argv[1]));
    CHECK(endpoint >= 0);
    gift = cairn_notification_create();
    CHECK(gift >= 0);
    CHECK(cairn_name_register(name, endpoint) == 0);
    const char way = argv[2][0];
    if (way == 's' && argv[2][1] == 'e') {
        serve(endpoint);
        return 1;
    }
    if (way != 'd') {
        CHECK(cairn_endpoint_receive(endpoint, &last, WAIT_NO_LIMIT) == 0);
    }
    (void)cairn_sleep(way == 'm' ? 1000 * LIFE : LIFE);
    return 0;
}
