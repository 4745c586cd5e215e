/**
 * @file
 * Lab 3, exercise 2, a hidden test: random use of endpoints by many processes, and a model of it.
 *
 * Every puppet sends, calls, receives and replies at random, with random limits, priorities and
 * contents, or is killed. The model knows from the contract alone who must wait for whom, who must
 * be back with which result, and what each message must hold. The file owns the puppets and the
 * model.
 */
#include "../endpoint_support.h"

#define PLAYERS   12u
#define ENDPOINTS 8u
#define STEPS     2500u
#define NOBODY    PLAYERS

/** What a player does, as the model has it. */
enum state { IDLE, SENDING, RECEIVING, REPLYING };

/** A player. */
struct player {
    struct puppet puppet;
    enum state state;
    uint32_t place;  /**< SENDING, RECEIVING: the number of the endpoint. */
    uint32_t server; /**< REPLYING: whose reply. */
    uint32_t id;     /**< REPLYING: the number of the call. */
    int32_t from;    /**< RECEIVING: from this pid, or WAIT_ANY. */
    bool calling;
    bool limited;
    uint32_t limit; /**< The tick at which its time is over. */
    uint32_t order; /**< SENDING: counts those who began to wait. */
    uint32_t priority;
    uint32_t length; /**< Of the message that it has sent last. */
    uint32_t key;
    uint32_t cargo;
    int result; /**< IDLE: of its last order. */
};

/** An endpoint. */
struct place {
    struct endpoint *endpoint;
    uint32_t owner;
    uint32_t streak; /**< Received in a row while a lower priority waited. */
    uint32_t since;  /**< Received since one of a lower priority came before a higher one. */
};

static struct player players[PLAYERS];
static struct place places[ENDPOINTS];
static struct object *cargo;
static uint32_t counter;

static uint32_t below(uint32_t limit)
{
    return ktest_random_range(0, limit - 1);
}

static uint32_t number_of(int32_t pid)
{
    uint32_t i = 0;
    while (i < PLAYERS && players[i].puppet.pid != pid) {
        i++;
    }
    return i;
}

/** A player comes back. */
static void back(uint32_t number, int result)
{
    players[number].state = IDLE;
    players[number].result = result;
}

/** A player has a message of another one; it is looked at, and its handles are closed. */
static void check_content(uint32_t from, uint32_t to)
{
    struct puppet *puppet = &players[to].puppet;
    struct player *sender = &players[from];
    REQUIRE_EQUAL(puppet->message.sender, sender->puppet.pid, "a message says who sent it");
    REQUIRE(puppet_has(puppet, sender->length, sender->key), "a message has its own bytes");
    REQUIRE_EQUAL(puppet->message.handle_count, sender->cargo, "a message has all its handles");
    for (uint32_t i = 0; i < sender->cargo; i++) {
        struct handle_table *table = &puppet->process->ipc->handles;
        const struct handle *handle = handle_get(table, puppet->message.handles[i]);
        REQUIRE(handle != NULL && handle->object == cargo, "a handle stands for its object");
        REQUIRE_RESULT(handle_close(table, puppet->message.handles[i]), 0,
                       "a handle that arrived can be closed");
    }
}

/** A message has gone from one to the other. */
static void delivered(uint32_t from, uint32_t to)
{
    struct player *sender = &players[from];
    uint32_t id = players[to].puppet.message.request_id;
    check_content(from, to);
    back(to, 0);
    REQUIRE((id != 0) == sender->calling, "calls have numbers, other messages have none");
    if (sender->calling) {
        sender->state = REPLYING;
        sender->server = to;
        sender->id = id;
    } else {
        back(from, 0);
    }
}

/** Whether a player waits, perhaps through others, for another one. */
static bool waits_for(uint32_t number, uint32_t other)
{
    for (uint32_t i = 0; i <= PLAYERS && number != other; i++) {
        if (number == NOBODY || players[number].state == IDLE ||
            players[number].state == RECEIVING) {
            return false;
        }
        number = players[number].state == SENDING ? places[players[number].place].owner
                                                  : players[number].server;
    }
    return number == other;
}

/** Prepare a message, and a limit. */
static void prepare(struct player *player)
{
    struct puppet *puppet = &player->puppet;
    player->key = counter++;
    player->length = below(4) == 0 ? below(MESSAGE_DATA_MAX + 1) : below(12);
    player->cargo = below(5) == 0 ? below(MESSAGE_HANDLES_MAX + 1) : 0;
    puppet_fill(puppet, player->length, player->key);
    for (uint32_t i = 0; i < player->cargo; i++) {
        puppet_carry(puppet, cargo, RIGHT_SEND);
    }
    player->limited = below(2) == 0;
    puppet->ticks = player->limited ? ktest_random_range(2, 25) : WAIT_NO_LIMIT;
    player->limit = clock_now() + puppet->ticks;
    player->priority = below(3) == 0 ? below(PRIORITIES) : PRIORITIES - 1;
    puppet->priority = player->priority;
}

/** Whether who receives from a pid, or from anybody, takes a message of a player. */
static bool accepts(int32_t from, uint32_t number)
{
    return from == WAIT_ANY || from == players[number].puppet.pid;
}

/** Send or call. */
static void transmit(uint32_t number)
{
    struct player *player = &players[number];
    player->place = below(ENDPOINTS);
    const struct place *place = &places[player->place];
    player->calling = below(3) != 0;
    prepare(player);
    puppet_do(&player->puppet, player->calling ? ACT_CALL : ACT_SEND, place->endpoint);
    const struct player *owner = place->owner == NOBODY ? NULL : &players[place->owner];
    if (owner == NULL) {
        back(number, -E_IO);
    } else if (owner->state == RECEIVING && owner->place == player->place &&
               accepts(owner->from, number)) {
        delivered(number, place->owner);
    } else if (waits_for(place->owner, number)) {
        back(number, -E_DEADLOCK);
    } else {
        player->state = SENDING;
        player->order = counter++;
    }
}

/** Whether a player waits to send in an endpoint to whoever receives from @p from. */
static bool is_candidate(uint32_t number, uint32_t place, int32_t from)
{
    const struct player *player = &players[number];
    return player->state == SENDING && player->place == place && accepts(from, number);
}

/** Check that the message that was received is one of those that may come next. */
static void check_order(uint32_t chosen, uint32_t number, int32_t from)
{
    struct place *place = &places[number];
    bool higher = false;
    bool lower = false;
    for (uint32_t i = 0; i < PLAYERS; i++) {
        if (i == chosen || !is_candidate(i, number, from)) {
            continue;
        }
        higher = higher || players[i].priority > players[chosen].priority;
        lower = lower || players[i].priority < players[chosen].priority;
        REQUIRE(players[i].priority != players[chosen].priority ||
                    players[i].order > players[chosen].order,
                "within a priority, who came first is received first");
    }
    if (from != WAIT_ANY) {
        return;
    }
    place->streak = lower && !higher ? place->streak + 1 : 0;
    REQUIRE(!higher || place->since >= PRIORITY_STREAK, "a higher priority comes first");
    REQUIRE(place->streak <= PRIORITY_STREAK, "after PRIORITY_STREAK messages, a lower one comes");
    place->since = higher ? 0 : place->since + 1;
}

/** A player has received, or waits. */
static void received(uint32_t number, int32_t from)
{
    struct player *player = &players[number];
    uint32_t candidates = 0;
    for (uint32_t i = 0; i < PLAYERS; i++) {
        candidates += is_candidate(i, player->place, from);
    }
    if (candidates == 0) {
        player->state = RECEIVING;
        player->from = from;
        return;
    }
    REQUIRE(!player->puppet.busy, "a message that waits is received");
    uint32_t sender = number_of(player->puppet.message.sender);
    REQUIRE(sender != NOBODY && is_candidate(sender, player->place, from),
            "who is received is one of those who wait");
    check_order(sender, player->place, from);
    delivered(sender, number);
}

/** Receive, mostly from an endpoint of one's own. */
static void receive(uint32_t number)
{
    struct player *player = &players[number];
    int32_t from = below(4) == 0 ? players[below(PLAYERS)].puppet.pid : WAIT_ANY;
    for (uint32_t i = 0; i < 6 && (i == 0 || places[player->place].owner != number); i++) {
        player->place = below(ENDPOINTS);
    }
    prepare(player);
    player->puppet.from = from;
    player->puppet.object_count = 0;
    puppet_do(&player->puppet, ACT_RECEIVE, places[player->place].endpoint);
    if (places[player->place].owner != number) {
        back(number, -E_ACCESS);
    } else {
        received(number, from);
    }
}

/** A call that a player may answer, or NOBODY. */
static uint32_t find_caller(uint32_t number)
{
    uint32_t start = below(PLAYERS);
    for (uint32_t i = 0; i < PLAYERS; i++) {
        uint32_t caller = (start + i) % PLAYERS;
        if (players[caller].state == REPLYING && players[caller].server == number) {
            return caller;
        }
    }
    return NOBODY;
}

/** Reply, to a call if there is one, and perhaps receive then. */
static void reply(uint32_t number)
{
    struct player *player = &players[number];
    uint32_t caller = below(4) == 0 ? below(PLAYERS) : find_caller(number);
    caller = caller == NOBODY ? below(PLAYERS) : caller;
    struct player *called = &players[caller];
    bool both = below(2) == 0;
    for (uint32_t i = 0; i < ENDPOINTS && places[player->place].owner != number; i++) {
        player->place = i;
    }
    both = both && places[player->place].owner == number;
    prepare(player);
    player->puppet.message.sender = called->puppet.pid;
    player->puppet.message.request_id = below(8) == 0 ? called->id + 1 : called->id;
    bool right = called->state == REPLYING && called->server == number &&
                 player->puppet.message.request_id == called->id;
    puppet_do(&player->puppet, both ? ACT_REPLY_RECEIVE : ACT_REPLY,
              places[player->place].endpoint);
    if (right) {
        check_content(number, caller);
        back(caller, 0);
    }
    if (both) {
        received(number, WAIT_ANY);
    } else {
        back(number, right ? 0 : -E_NOT_FOUND);
    }
}

/** Make a player, and let it have endpoints that nobody has. */
static void enter(uint32_t number)
{
    struct player *player = &players[number];
    *player = (struct player){0};
    puppet_create(&player->puppet, "plays");
    for (uint32_t i = 0; i < ENDPOINTS; i++) {
        if (places[i].owner == NOBODY && below(2) == 0) {
            endpoint_set_owner(places[i].endpoint, player->puppet.process);
            places[i].owner = number;
            places[i].streak = 0;
        }
    }
}

/** Kill a player; another one takes its place. */
static void leave(uint32_t number)
{
    players[number].state = IDLE;
    puppet_kill(&players[number].puppet);
    for (uint32_t i = 0; i < PLAYERS; i++) {
        const struct player *player = &players[i];
        if ((player->state == SENDING && places[player->place].owner == number) ||
            (player->state == REPLYING && player->server == number)) {
            back(i, -E_IO);
        }
    }
    for (uint32_t i = 0; i < ENDPOINTS; i++) {
        places[i].owner = places[i].owner == number ? NOBODY : places[i].owner;
    }
}

/** Those whose time is over are back; time passes also when a process begins. */
static void expire(void)
{
    for (uint32_t i = 0; i < PLAYERS; i++) {
        const struct player *player = &players[i];
        int32_t late = (int32_t)(clock_now() - player->limit);
        if (player->state != IDLE && player->limited && late >= 0) {
            REQUIRE(late == 0 || !player->puppet.busy, "whose time is over comes back");
            if (!player->puppet.busy) {
                back(i, -E_TIMED_OUT);
            }
        }
    }
}

/** Everybody is where the model has him. */
static void compare(void)
{
    static const enum process_reason reasons[] = {
        [SENDING] = REASON_SEND, [RECEIVING] = REASON_RECEIVE, [REPLYING] = REASON_REPLY};
    for (uint32_t i = 0; i < PLAYERS; i++) {
        const struct player *player = &players[i];
        if (player->state != IDLE) {
            REQUIRE(EXPECT_WAITS(&player->puppet, reasons[player->state],
                                 "whoever waits in the model waits"),
                    "everybody waits as the model says");
        } else if (player->puppet.turn > 0) {
            REQUIRE(EXPECT_DONE(&player->puppet, player->result,
                                "whoever is back in the model is back"),
                    "everybody is back as the model says");
        }
    }
}

static void step(void)
{
    uint32_t number = below(PLAYERS);
    bool idle = players[number].state == IDLE;
    uint32_t deed = below(40);
    if (deed == 0) {
        leave(number);
        enter(number);
    } else if (deed < 5) {
        puppet_pass(ktest_random_range(1, 4));
    } else if (idle && deed < 22) {
        transmit(number);
    } else if (idle && deed < 33) {
        receive(number);
    } else if (idle) {
        reply(number);
    }
    expire();
    compare();
}

KTEST(endpoint_random_use, KTEST_IPC)
{
    struct endpoint_census before = endpoint_census();
    cargo = &endpoint_make(NULL)->object;
    for (uint32_t i = 0; i < ENDPOINTS; i++) {
        places[i] = (struct place){.endpoint = endpoint_make(NULL), .owner = NOBODY};
    }
    for (uint32_t i = 0; i < PLAYERS; i++) {
        enter(i);
    }
    for (uint32_t i = 0; i < STEPS; i++) {
        step();
    }
    puppets_end();
    for (uint32_t i = 0; i < ENDPOINTS; i++) {
        endpoint_drop(places[i].endpoint);
    }
    EXPECT_EQUAL(cargo->references, 1, "in the end, only the test has the object");
    object_release(cargo);
    endpoint_census_expect(&before);
}
