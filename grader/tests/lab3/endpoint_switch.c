/**
 * @file
 * Lab 3, exercise 2: the direct way from a caller to its server and back.
 *
 * Bystanders are ready all the time and count how often they run. While a conversation goes on in
 * which each side waits for the other, none of them may come between. The file owns the counts.
 */
#include "endpoint_support.h"

#define BYSTANDERS 5u
#define ROUNDS     50u

static uint32_t bystander_turns;
static bool over;

/** Be ready, and count. */
static void stand_by(void *argument)
{
    (void)argument;
    (void)cpu_interrupts_disable();
    while (!over) {
        bystander_turns++;
        scheduler_yield();
    }
}

/** What two processes have to say to each other. */
struct talk {
    struct endpoint *endpoint;
    uint32_t between; /**< Turns of bystanders while there was a direct way. */
    uint32_t rounds;
    uint32_t mark; /**< bystander_turns just before the processor was given away. */
    bool by_reply; /**< The server uses endpoint_reply() and endpoint_receive(). */
};

/** Somebody has the processor who should have it directly. */
static void arrive(struct talk *talk)
{
    talk->between += bystander_turns - talk->mark;
}

/** Serve until the last call. */
static void serve(void *argument)
{
    struct talk *talk = argument;
    (void)cpu_interrupts_disable();
    int error = endpoint_receive(talk->endpoint, WAIT_ANY, WAIT_NO_LIMIT);
    while (error == 0) {
        arrive(talk);
        if (talk->by_reply) {
            EXPECT_RESULT(endpoint_reply(), 0, "the call is answered");
            error = endpoint_receive(talk->endpoint, WAIT_ANY, WAIT_NO_LIMIT);
        } else {
            talk->mark = bystander_turns;
            error = endpoint_reply_receive(talk->endpoint, WAIT_NO_LIMIT);
        }
    }
    EXPECT_RESULT(error, 0, "the server receives for ever");
}

/** Call again and again. */
static void converse(void *argument)
{
    struct talk *talk = argument;
    (void)cpu_interrupts_disable();
    for (uint32_t i = 0; i < ROUNDS; i++) {
        talk->mark = bystander_turns;
        EXPECT_RESULT(endpoint_call(talk->endpoint, i % 2 * 100, i % PRIORITIES), 0,
                      "the server answers");
        if (!talk->by_reply) {
            arrive(talk);
        }
        talk->rounds++;
    }
    endpoint_abandon(talk->endpoint);
}

/** Start a process. */
static struct process *start(const char *name, void (*function)(void *), void *argument)
{
    struct process *process = NULL;
    REQUIRE_RESULT(process_create(name, PROCESS_KERNEL, &process), 0, "a process can be created");
    process_prepare(process, function, argument);
    process_adopt(process, process_current());
    REQUIRE(ipc_of(process) != NULL, "ipc_of() finds memory");
    scheduler_start(process);
    return process;
}

/** A conversation among bystanders. */
static void talk_among(struct talk *talk)
{
    bystander_turns = 0;
    over = false;
    struct process *server = start("server", serve, talk);
    talk->endpoint = endpoint_make(NULL);
    endpoint_set_owner(talk->endpoint, server);
    scheduler_yield();
    EXPECT_EQUAL(server->reason, REASON_RECEIVE, "the server waits for the first call");
    for (uint32_t i = 0; i < BYSTANDERS; i++) {
        (void)start("bystander", stand_by, NULL);
    }
    struct process *client = start("client", converse, talk);
    for (uint32_t i = 0; i < 100 * ROUNDS && client->state != PROCESS_ZOMBIE; i++) {
        scheduler_yield();
    }
    EXPECT_EQUAL(talk->rounds, ROUNDS, "all calls are answered");
    EXPECT_EQUAL(talk->between, 0, "nobody else runs between one side and the other");
    over = true;
    puppets_end();
    endpoint_drop(talk->endpoint);
}

KTEST(endpoint_direct, KTEST_IPC)
{
    struct endpoint_census before = endpoint_census();
    ktest_part("a call, and reply_receive");
    struct talk talk = {0};
    talk_among(&talk);
    EXPECT_BETWEEN(bystander_turns, BYSTANDERS - 1, 3 * BYSTANDERS,
                   "bystanders run before and after the conversation, not during it");
    ktest_part("a call, and reply");
    talk = (struct talk){.by_reply = true};
    talk_among(&talk);
    EXPECT(bystander_turns > ROUNDS,
           "a reply alone gives nothing away: the others have their turn");
    endpoint_census_expect(&before);
}

KTEST(endpoint_figures, KTEST_IPC)
{
    struct endpoint_census before = endpoint_census();
    struct puppet server;
    struct puppet clients[3];
    struct endpoint_info info;
    puppet_create(&server, "server");
    puppets_create(clients, 3, "client");
    struct endpoint *endpoint = endpoint_make(&server);
    for (uint32_t i = 0; i < 3; i++) {
        puppet_do(&clients[i], i == 0 ? ACT_SEND : ACT_CALL, endpoint);
    }
    endpoint_describe(endpoint, &info);
    EXPECT_EQUAL(info.owner, server.pid, "the owner is who receives");
    EXPECT_EQUAL(info.waiting_senders, 3, "three wait to send");
    EXPECT_EQUAL(info.messages, 0, "none has been received");
    for (uint32_t i = 0; i < 3; i++) {
        puppet_do(&server, ACT_RECEIVE, endpoint);
    }
    puppet_do(&server, ACT_REPLY_RECEIVE, endpoint);
    puppet_do(&clients[0], ACT_SEND, endpoint);
    puppet_do(&server, ACT_RECEIVE, endpoint);
    puppet_do(&clients[0], ACT_CALL, endpoint);
    puppet_do(&server, ACT_REPLY_RECEIVE, endpoint);
    endpoint_describe(endpoint, &info);
    EXPECT_EQUAL(info.messages, 5, "messages are counted when they are received");
    EXPECT_EQUAL(info.calls, 3, "calls are counted apart");
    EXPECT_EQUAL(info.replies, 2, "calls that were answered are counted");
    EXPECT_EQUAL(info.failures, 0, "nothing has failed");
    EXPECT_EQUAL(info.waiting_receivers, 1, "the owner waits");
    EXPECT_EQUAL(info.waiting_senders, 0, "nobody else does, and the owner is no sender");
    puppet_do(&clients[0], ACT_SEND, endpoint);
    clients[0].ticks = 3;
    puppet_do(&clients[0], ACT_SEND, endpoint);
    puppet_do(&clients[2], ACT_CALL, endpoint);
    puppet_pass(6);
    endpoint_describe(endpoint, &info);
    EXPECT_EQUAL(info.failures, 1, "a message that timed out is counted as a failure");
    server.message.sender = clients[1].pid;
    server.message.request_id = clients[1].process->ipc->request_id;
    puppet_do(&server, ACT_REPLY, NULL);
    endpoint_describe(endpoint, &info);
    EXPECT_EQUAL(info.replies, 3, "a reply alone is counted as well");
    puppet_kill(&server);
    endpoint_describe(endpoint, &info);
    EXPECT_EQUAL(info.failures, 2, "a reply whose receiver went away is counted as a failure");
    EXPECT_EQUAL(info.owner, 0, "the endpoint of a process that is gone has no owner");
    endpoint_drop(endpoint);
    puppets_end();
    endpoint_census_expect(&before);
}
