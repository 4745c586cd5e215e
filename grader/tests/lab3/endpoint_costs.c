/**
 * @file
 * Lab 3, exercise 2: do the costs grow with the number of processes, endpoints or handles?
 *
 * A conversation is measured among few and among many processes that wait in the same endpoint, are
 * callers of the same server, or wait elsewhere; and with many endpoints and handles. Each figure
 * is a median, and the longer one may be hardly more than the shorter. The file owns the crowd.
 */
#include "endpoint_support.h"

#define FEW     10u
#define MANY    400u
#define SAMPLES 9u
/** A cost may grow by this share of itself, in percent, ... */
#define GROWTH_PERCENT 50u
/** ... and by so many units of the time-stamp counter besides: a few instructions. */
#define GROWTH_MORE 640u

static struct puppet crowd[MANY];

/** Check that a cost has not grown; use EXPECT_SAME_COST(). */
static bool check_cost(const struct ktest_check *check, uint32_t small, uint32_t large)
{
    char expected[48];
    char actual[32];
    uint32_t most = small + small * GROWTH_PERCENT / 100 + GROWTH_MORE;
    format_string(expected, sizeof(expected), "at most %u units of time", most);
    format_string(actual, sizeof(actual), "%u units", large);
    return ktest_check_true(check, large <= most, expected, actual);
}
/** A cost with many must be that with few, or hardly more. */
#define EXPECT_SAME_COST(small, large, what) check_cost(KTEST_CHECK(what, false), (small), (large))

static uint32_t time_since(uint64_t start)
{
    return (uint32_t)(cpu_timestamp() - start);
}

/** What the operations cost. */
struct costs {
    uint32_t receive; /**< A receive that takes the first message of the queue. */
    uint32_t select;  /**< A receive that takes the message of a certain process. */
    uint32_t reply;   /**< A reply. */
};

static struct endpoint *served; /**< The one of serve(). */
static struct process *server;

/** Answer calls. */
static void serve(void *argument)
{
    (void)argument;
    (void)cpu_interrupts_disable();
    int error = endpoint_receive(served, WAIT_ANY, WAIT_NO_LIMIT);
    while (error == 0) {
        error = endpoint_reply_receive(served, WAIT_NO_LIMIT);
    }
}

/** Measure calls from the current process, while a crowd does something else. */
static uint32_t measure_call(void)
{
    uint32_t samples[SAMPLES];
    for (uint32_t i = 0; i < SAMPLES; i++) {
        uint64_t start = cpu_timestamp();
        REQUIRE_RESULT(endpoint_call(served, WAIT_NO_LIMIT, 1), 0, "the server answers");
        samples[i] = time_since(start);
    }
    return ktest_median(samples, SAMPLES);
}

/** Measure what the current process receives from a crowd of callers, and its replies. */
static struct costs measure_crowd(uint32_t count)
{
    struct costs costs;
    uint32_t receives[SAMPLES];
    uint32_t selects[SAMPLES];
    uint32_t replies[SAMPLES] = {0};
    struct endpoint *own = process_current()->ipc->own;
    const struct message *message = &process_current()->ipc->message;
    for (uint32_t i = 0; i < SAMPLES; i++) {
        for (uint32_t k = 0; k < count; k++) {
            if (!crowd[k].busy) {
                crowd[k].ticks = 100000;
                puppet_tell(&crowd[k], ACT_CALL, own);
            }
        }
        puppet_settle();
        uint64_t start = cpu_timestamp();
        REQUIRE_RESULT(endpoint_receive(own, WAIT_ANY, WAIT_NO_LIMIT), 0, "a message waits");
        receives[i] = time_since(start);
        int32_t last = crowd[count - 1].pid;
        start = cpu_timestamp();
        REQUIRE_RESULT(endpoint_receive(own, last, WAIT_NO_LIMIT), 0, "the last one waits");
        selects[i] = time_since(start);
        for (uint32_t k = 2; k < count; k++) {
            REQUIRE_RESULT(endpoint_receive(own, WAIT_ANY, WAIT_NO_LIMIT), 0, "others wait");
        }
        /* Everybody is a caller now; the one who came last is answered first. */
        for (uint32_t k = count; k > 0; k--) {
            process_current()->ipc->message.sender = crowd[k - 1].pid;
            process_current()->ipc->message.request_id = crowd[k - 1].process->ipc->request_id;
            start = cpu_timestamp();
            REQUIRE_RESULT(endpoint_reply(), 0, "the call can be answered");
            replies[i] = k == count ? time_since(start) : replies[i];
        }
        REQUIRE(message->length == 0, "the messages are empty");
        puppet_settle();
    }
    costs.receive = ktest_median(receives, SAMPLES);
    costs.select = ktest_median(selects, SAMPLES);
    costs.reply = ktest_median(replies, SAMPLES);
    return costs;
}

KTEST(endpoint_costs, KTEST_IPC)
{
    struct endpoint_census before = endpoint_census();
    ktest_part("among processes that do something else");
    served = endpoint_make(NULL);
    REQUIRE_RESULT(process_create("server", PROCESS_KERNEL, &server), 0, "a process is created");
    process_prepare(server, serve, NULL);
    process_adopt(server, process_current());
    REQUIRE(ipc_of(server) != NULL, "ipc_of() finds memory");
    endpoint_set_owner(served, server);
    scheduler_start(server);
    puppets_create(crowd, FEW, "crowd");
    puppet_settle();
    uint32_t few = measure_call();
    puppets_create(crowd + FEW, MANY - FEW, "crowd");
    EXPECT_SAME_COST(few, measure_call(), "a call costs the same among many processes");
    struct endpoint *elsewhere = endpoint_make(&crowd[0]);
    for (uint32_t i = 1; i < MANY; i++) {
        puppet_tell(&crowd[i], ACT_SEND, elsewhere);
    }
    puppet_settle();
    EXPECT_SAME_COST(few, measure_call(),
                     "a call costs the same among many that wait in another endpoint");
    endpoint_drop(elsewhere);

    ktest_part("with a server that has much");
    struct endpoint *endpoints[FEW];
    for (uint32_t i = 0; i < FEW; i++) {
        endpoints[i] = endpoint_make(NULL);
        endpoint_set_owner(endpoints[i], server);
    }
    for (uint32_t i = 0; i < HANDLES_MAX; i++) {
        object_retain(&endpoints[i % FEW]->object);
        REQUIRE(handle_add(&server->ipc->handles, &endpoints[i % FEW]->object, 0) >= 0,
                "the server's table has room");
    }
    for (uint32_t i = 0; i < MANY; i++) {
        puppet_tell(&crowd[i], ACT_SEND, endpoints[i % FEW]);
    }
    puppet_settle();
    EXPECT_SAME_COST(few, measure_call(), "a call costs the same, whatever the server has besides");
    for (uint32_t i = 0; i < FEW; i++) {
        endpoint_drop(endpoints[i]);
    }

    ktest_part("with many who wait in the same endpoint");
    struct costs small = measure_crowd(FEW);
    struct costs large = measure_crowd(MANY);
    EXPECT_SAME_COST(small.receive, large.receive, "the next message is not searched for");
    EXPECT_SAME_COST(small.select, large.select,
                     "the next message of a certain process is not searched for");
    EXPECT_SAME_COST(small.reply, large.reply, "the caller who is answered is not searched for");
    puppets_end();
    endpoint_drop(served);
    endpoint_census_expect(&before);
}
