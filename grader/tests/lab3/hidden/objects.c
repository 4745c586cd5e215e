/**
 * @file
 * Lab 3, exercises 1, 3 and 4, hidden tests: random use, compared with models.
 *
 * Each model knows what there must be: which numbers name which objects, which bits are set and who
 * waits, who maps what and what is written there. After each step the kernel is asked about it.
 */
#include "../shared.h"

#include "../object_support.h"

#include "lib/string.h"

#include <cairn/message.h>

/* ------------------------------------------------------------------ handles */

#define THINGS 30u
#define PLACES 200u
#define TABLES 3u

static struct object things[THINGS];

/** A handle as the model has it. */
static struct {
    bool there;
    int32_t number;
    struct object *object;
    uint32_t rights;
} handles[TABLES][PLACES];

/** Make a handle at a place, or close the one that is there. */
static void change_handle(struct handle_table *table, uint32_t of, uint32_t place)
{
    if (handles[of][place].there) {
        REQUIRE_RESULT(handle_close(table, handles[of][place].number), 0, "a handle can be closed");
        EXPECT_RESULT(handle_close(table, handles[of][place].number), -E_BAD_HANDLE,
                      "a handle can be closed once");
        handles[of][place].there = false;
        return;
    }
    struct object *object = &things[ktest_random_range(0, THINGS - 1)];
    uint32_t rights = ktest_random() & RIGHTS_ALL;
    object_retain(object);
    handles[of][place].number = handle_add(table, object, rights);
    handles[of][place].object = object;
    handles[of][place].rights = rights;
    handles[of][place].there = true;
    REQUIRE(handles[of][place].number >= 0, "a handle has a number");
}

/** Compare a handle with the model. */
static void check_handle(const struct handle_table *table, uint32_t of, uint32_t place)
{
    struct object *found = NULL;
    uint32_t needed = ktest_random() & RIGHTS_ALL;
    if (!handles[of][place].there) {
        return;
    }
    int error = handle_find(table, handles[of][place].number, OBJECT_PLAIN, needed, &found);
    EXPECT_RESULT(error, (handles[of][place].rights & needed) == needed ? 0 : -E_ACCESS,
                  "a handle has the rights with which it was made");
    EXPECT(error != 0 || found == handles[of][place].object, "a number names its object");
    EXPECT_RESULT(handle_find(table, handles[of][place].number, OBJECT_ENDPOINT, needed, &found),
                  -E_BAD_HANDLE, "a handle's object is of no other type");
}

/** Compare all counts of a table with the model; any other number names nothing. */
static void check_table(struct handle_table *table, uint32_t of)
{
    uint32_t count = 0;
    uint32_t found = 0;
    for (uint32_t i = 0; i < PLACES; i++) {
        count += handles[of][i].there;
    }
    for (int32_t number = -100; number < (int32_t)(HANDLES_MAX + 100); number++) {
        found += handle_get(table, number) != NULL;
    }
    EXPECT_EQUAL(table->used, count, "the handles are counted");
    EXPECT_EQUAL(found, count, "as many numbers name something as there are handles");
}

KTEST(handle_random_use, KTEST_PROCESSES)
{
    struct object_census before = object_census();
    struct handle_table tables[TABLES] = {0};
    object_begin_all(things, THINGS);
    for (uint32_t i = 0; i < 6000; i++) {
        uint32_t of = ktest_random_range(0, TABLES - 1);
        uint32_t places = i % 2000 < 1000 ? PLACES : 10; /* many for a while, then few */
        change_handle(&tables[of], of, ktest_random_range(0, places - 1));
        check_handle(&tables[of], of, ktest_random_range(0, PLACES - 1));
        if (i % 500 == 0) {
            check_table(&tables[of], of);
        }
        if (ktest_random_range(0, 999) == 0) {
            handle_close_all(&tables[of]);
            memset(handles[of], 0, sizeof(handles[of]));
        }
    }
    for (uint32_t i = 0; i < TABLES; i++) {
        check_table(&tables[i], i);
        handle_close_all(&tables[i]);
    }
    object_end_all(things, THINGS);
    object_census_expect(&before);
}

/* ------------------------------------------------------------------ notifications */

#define PLAYERS       8u
#define NOTIFICATIONS 3u

/** A process that waits, as the model has it. */
struct player {
    struct process *process;
    uint32_t where; /**< For which notification it waits. */
    uint32_t turn;  /**< Counts waits of all players, so that the order is known. */
    bool waits;     /**< It waits, and nobody has given it bits. */
    bool limited;
    uint32_t given; /**< The bits that it must come back with. */
};

static struct notification *notifications[NOTIFICATIONS];
static uint32_t set[NOTIFICATIONS]; /* the bits that are there, as the model has them */
static struct player players[PLAYERS];
static uint32_t turns;
static bool game_over;

/** Wait once, at random, and compare what happens with the model. */
static void wait_at_random(struct player *self)
{
    uint32_t where = ktest_random_range(0, NOTIFICATIONS - 1);
    uint32_t ticks = ktest_random() % 3 == 0 ? WAIT_NO_LIMIT : ktest_random_range(1, 20);
    self->where = where;
    self->turn = turns++;
    self->limited = ticks != WAIT_NO_LIMIT;
    self->given = set[where];
    self->waits = set[where] == 0;
    set[where] = 0;
    int32_t result = notification_wait(notifications[where], ticks);
    if (self->waits) {
        EXPECT(self->limited, "without a limit, somebody must signal");
        EXPECT_RESULT(result, -E_TIMED_OUT, "if nobody has signalled, its time is over");
    } else {
        EXPECT_EQUAL(result, self->given, "a waiter gets all bits that are its own");
    }
    self->waits = false;
}

static void play(void *argument)
{
    support_calm();
    while (!game_over) {
        wait_at_random(argument);
        if (ktest_random() % 2 == 0) {
            support_sleep(1);
        }
    }
}

/** Some bits, at random. */
static uint32_t random_bits(void)
{
    uint32_t bits = ktest_random() & NOTIFICATION_BITS;
    return bits & ktest_random();
}

/** Signal, and note who must get the bits. */
static void signal_at_random(uint32_t where, uint32_t bits)
{
    struct player *first = NULL;
    for (uint32_t i = 0; i < PLAYERS; i++) {
        struct player *player = &players[i];
        if (player->waits && player->where == where && player->process->state == PROCESS_BLOCKED &&
            (first == NULL || player->turn < first->turn)) {
            first = player;
        }
    }
    if (first == NULL) {
        set[where] |= bits;
    } else {
        first->waits = false;
        first->given = bits;
    }
    notification_signal(notifications[where], bits);
}

/** Kill a player, wherever it is, and let another one come. */
static void replace_player(struct player *player)
{
    object_dispose(player->process);
    *player = (struct player){0};
    player->process = object_launch("plays", play, player);
}

KTEST(notification_random_use, KTEST_PROCESSES)
{
    struct object_census before = object_census();
    game_over = false;
    for (uint32_t i = 0; i < NOTIFICATIONS; i++) {
        set[i] = 0;
        REQUIRE_RESULT(notification_create(&notifications[i]), 0, "a notification can be made");
    }
    for (uint32_t i = 0; i < PLAYERS; i++) {
        players[i] = (struct player){0};
        players[i].process = object_launch("plays", play, &players[i]);
    }
    for (uint32_t i = 0; i < 500; i++) {
        support_sleep(ktest_random_range(1, 2));
        for (uint32_t k = ktest_random_range(0, 4); k > 0; k--) {
            signal_at_random(ktest_random_range(0, NOTIFICATIONS - 1), random_bits() | 1u << k);
        }
        if (ktest_random() % 16 == 0) {
            replace_player(&players[ktest_random_range(0, PLAYERS - 1)]);
        }
    }
    game_over = true;
    for (uint32_t i = 0; i < PLAYERS; i++) {
        object_dispose(players[i].process);
    }
    for (uint32_t i = 0; i < NOTIFICATIONS; i++) {
        object_release(&notifications[i]->object);
    }
    object_census_expect(&before);
}

/* ------------------------------------------------------------------ shared memory */

#define PARTIES  3u
#define MEMORIES 5u
#define MAPPINGS 6u

/** A mapping as the model has it. */
struct seen {
    uintptr_t address; /**< 0: there is none. */
    uint32_t memory;
    bool writable;
};

static struct shared_memory *memories[MEMORIES];
static struct process *parties[PARTIES];
static struct seen seen[PARTIES][MAPPINGS];

/** Map something at a place, or undo the mapping that is there. */
static void change_mapping(uint32_t party, struct seen *place)
{
    if (place->address != 0) {
        REQUIRE_RESULT(shared_memory_unmap(parties[party], place->address), 0,
                       "a mapping can be undone");
        place->address = 0;
        return;
    }
    place->memory = ktest_random_range(0, MEMORIES - 1);
    place->writable = ktest_random() % 2 == 0;
    place->address = shared_map(parties[party], memories[place->memory], place->writable);
}

/** Look at a mapping through the page tables of its party. */
static void check_mapping(uint32_t party, const struct seen *place)
{
    const struct shared_memory *memory = memories[place->memory];
    if (place->address == 0) {
        return;
    }
    uint32_t page = ktest_random_range(0, memory->page_count - 1);
    physaddr_t frame = FRAME_NONE;
    uint32_t flags = 0;
    REQUIRE_RESULT(paging_translate(parties[party]->space->directory,
                                    place->address + page * PAGE_SIZE, &frame, &flags),
                   0, "every page is mapped");
    EXPECT_EQUAL(frame, memory->frames[page], "each page leads to the object's frame");
    EXPECT_EQUAL(flags & (PTE_WRITE | PTE_USER), PTE_USER | (place->writable ? PTE_WRITE : 0),
                 "a page has the rights of its mapping");
}

/** Compare the references of all objects with the model. */
static void check_references(void)
{
    for (uint32_t memory = 0; memory < MEMORIES; memory++) {
        uint32_t count = 1;
        for (uint32_t i = 0; i < PARTIES * MAPPINGS; i++) {
            const struct seen *place = &seen[i / MAPPINGS][i % MAPPINGS];
            count += place->address != 0 && place->memory == memory;
        }
        EXPECT_EQUAL(memories[memory]->object.references, count,
                     "an object has one reference of each mapping, and the test's");
        shared_expect_references(memories[memory], count);
    }
}

/** End a party, and let another one come. */
static void replace_party(uint32_t party)
{
    object_dispose(parties[party]);
    memset(seen[party], 0, sizeof(seen[party]));
    parties[party] = shared_party("party");
}

KTEST(shared_random_use, KTEST_IPC)
{
    struct object_census before = object_census();
    for (uint32_t i = 0; i < MEMORIES; i++) {
        memories[i] = shared_make(ktest_random_range(1, 40 * PAGE_SIZE));
    }
    for (uint32_t i = 0; i < PARTIES; i++) {
        parties[i] = shared_party("party");
    }
    for (uint32_t i = 0; i < 1500; i++) {
        uint32_t party = ktest_random_range(0, PARTIES - 1);
        change_mapping(party, &seen[party][ktest_random_range(0, MAPPINGS - 1)]);
        check_mapping(party, &seen[party][ktest_random_range(0, MAPPINGS - 1)]);
        if (i % 20 == 0) {
            check_references();
        }
        if (ktest_random_range(0, 49) == 0) {
            replace_party(party);
        }
    }
    for (uint32_t i = 0; i < PARTIES; i++) {
        replace_party(i);
        object_dispose(parties[i]);
    }
    check_references();
    for (uint32_t i = 0; i < MEMORIES; i++) {
        object_release(&memories[i]->object);
    }
    object_census_expect(&before);
}
