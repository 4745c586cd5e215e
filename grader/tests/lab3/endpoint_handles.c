/**
 * @file
 * Lab 3, exercise 2: objects that travel in messages.
 *
 * Every reference is counted: the test's own, those of handle tables, those of messages under way.
 * A receiver without room gets nothing at all, and has seen nothing. The file owns the objects.
 */
#include "../common/hoard.h"
#include "endpoint_support.h"

#include "kernel/memory/heap.h"

/** More objects than a message can carry. */
#define OBJECTS 6u

static struct object *objects[OBJECTS];

/** A server, a client, and an endpoint of the server's. */
struct scene {
    struct endpoint_census before;
    struct puppet server;
    struct puppet client;
    struct endpoint *endpoint;
};

static void begin(struct scene *scene)
{
    scene->before = endpoint_census();
    for (uint32_t i = 0; i < OBJECTS; i++) {
        objects[i] = &endpoint_make(NULL)->object;
    }
    puppet_create(&scene->server, "server");
    puppet_create(&scene->client, "client");
    scene->endpoint = endpoint_make(&scene->server);
}

static void end(struct scene *scene)
{
    endpoint_drop(scene->endpoint);
    puppets_end();
    for (uint32_t i = 0; i < OBJECTS; i++) {
        EXPECT_EQUAL(objects[i]->references, 1, "in the end, only the test has the object");
        object_release(objects[i]);
    }
    endpoint_census_expect(&scene->before);
}

/** The rights that the handle of an object is to have. */
static uint32_t rights_of(uint32_t number)
{
    static const uint32_t rights[] = {RIGHT_SEND, RIGHT_RECEIVE | RIGHT_TRANSFER, RIGHTS_ALL, 0};
    return rights[number % COUNT_OF(rights)];
}

/** A message carries the first objects, or others from @p first on. */
static void load(struct puppet *puppet, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) {
        puppet_carry(puppet, objects[i % OBJECTS], rights_of(i));
    }
}

/** The handles of a message are what was sent; they are closed again. */
static void unload(struct puppet *puppet, uint32_t first, uint32_t count)
{
    struct handle_table *table = &puppet->process->ipc->handles;
    REQUIRE_EQUAL(puppet->message.handle_count, count, "all handles arrive");
    for (uint32_t i = 0; i < count; i++) {
        int32_t number = puppet->message.handles[i];
        const struct handle *handle = handle_get(table, number);
        REQUIRE(handle != NULL, "the message has the numbers that the receiver can use");
        EXPECT(handle->object == objects[(first + i) % OBJECTS],
               "each handle stands for its object");
        EXPECT_EQUAL(handle->rights, rights_of(first + i),
                     "each handle has the rights that were sent");
        EXPECT_EQUAL(handle->object->references, 2, "there is one reference more");
        REQUIRE_RESULT(handle_close(table, number), 0, "the handle can be closed");
    }
    EXPECT_EQUAL(table->used, 0, "there are no other handles");
}

KTEST(endpoint_handles, KTEST_IPC)
{
    struct scene scene;
    begin(&scene);
    struct puppet *server = &scene.server;
    struct puppet *client = &scene.client;
    for (uint32_t count = 1; count <= MESSAGE_HANDLES_MAX; count++) {
        static const char *const names[] = {"", "one handle", "two handles", "three handles",
                                            "four handles"};
        ktest_part(names[count]);
        load(client, count, count);
        puppet_do(server, ACT_RECEIVE, scene.endpoint);
        puppet_do(client, ACT_SEND, scene.endpoint);
        EXPECT_DONE(client, 0, "a message with handles is received");
        unload(server, count, count);

        load(client, 0, count);
        puppet_do(client, ACT_CALL, scene.endpoint);
        EXPECT_WAITS(client, REASON_SEND, "a message with handles waits");
        puppet_do(server, ACT_RECEIVE, scene.endpoint);
        EXPECT_EQUAL(client->process->ipc->carried_count, 0, "the objects left the message");
        unload(server, 0, count);

        load(server, 1, count);
        puppet_do(server, ACT_REPLY, NULL);
        EXPECT_DONE(client, 0, "a reply with handles arrives");
        unload(client, 1, count);

        puppet_do(client, ACT_CALL, scene.endpoint);
        puppet_do(server, ACT_RECEIVE, scene.endpoint);
        load(server, 2, count);
        puppet_do(server, ACT_REPLY_RECEIVE, scene.endpoint);
        EXPECT_DONE(client, 0, "a reply with handles arrives");
        unload(client, 2, count);
        puppet_do(client, ACT_SEND, scene.endpoint);
        EXPECT_DONE(server, 0, "a message without handles comes after one with");
        EXPECT_EQUAL(server->message.handle_count, 0,
                     "a message without handles arrives without any");
    }
    end(&scene);
}

/** Fill a handle table up, but for some entries. */
static void fill_table(struct puppet *puppet, uint32_t spared)
{
    struct handle_table *table = &puppet->process->ipc->handles;
    while (table->used < HANDLES_MAX - spared) {
        object_retain(objects[OBJECTS - 1]);
        REQUIRE(handle_add(table, objects[OBJECTS - 1], 0) >= 0, "the table has room");
    }
}

/** Nothing has been taken, and no handle was added. */
static void expect_unchanged(const struct puppet *puppet, uint32_t spared)
{
    EXPECT_EQUAL(puppet->process->ipc->handles.used, HANDLES_MAX - spared,
                 "a receiver without room for all handles gets none");
    for (uint32_t i = 0; i < OBJECTS - 1; i++) {
        EXPECT_EQUAL(objects[i]->references, 1, "no reference is lost or left over");
    }
}

/** The receiver waits already, and has room for a handle less than there are. */
static void full_receiver_first(struct scene *scene, uint32_t count)
{
    struct puppet *server = &scene->server;
    struct puppet *client = &scene->client;
    for (uint32_t calls = 0; calls < 2; calls++) {
        load(client, 0, count);
        puppet_do(server, ACT_RECEIVE, scene->endpoint);
        puppet_do(client, calls != 0 ? ACT_CALL : ACT_SEND, scene->endpoint);
        EXPECT_DONE(client, -E_NO_SPACE, "the sender learns that there is no room");
        EXPECT_WAITS(server, REASON_RECEIVE, "the receiver has seen nothing");
        expect_unchanged(server, count - 1);
        puppet_do(client, ACT_SEND, scene->endpoint);
        EXPECT_DONE(server, 0, "the receiver gets the next message");
        EXPECT_EQUAL(server->message.handle_count, 0, "the next message has no handles");
    }
}

/** The message waits already. */
static void full_sender_first(struct scene *scene, uint32_t count)
{
    struct puppet *server = &scene->server;
    struct puppet *client = &scene->client;
    for (uint32_t calls = 0; calls < 2; calls++) {
        struct puppet other;
        puppet_create(&other, "other");
        load(client, 0, count);
        puppet_do(client, calls != 0 ? ACT_CALL : ACT_SEND, scene->endpoint);
        puppet_do(&other, ACT_SEND, scene->endpoint);
        puppet_do(server, ACT_RECEIVE, scene->endpoint);
        EXPECT_DONE(client, -E_NO_SPACE, "the sender learns that there is no room");
        EXPECT_DONE(server, 0, "the receiver goes on with the next message");
        EXPECT_EQUAL(server->message.sender, other.pid, "the next message is somebody else's");
        EXPECT_DONE(&other, 0, "the sender of the next message goes on");
        expect_unchanged(server, count - 1);
        load(client, 0, count);
        puppet_do(client, calls != 0 ? ACT_CALL : ACT_SEND, scene->endpoint);
        puppet_do(server, ACT_RECEIVE, scene->endpoint);
        EXPECT_DONE(client, -E_NO_SPACE, "the sender learns again that there is no room");
        EXPECT_WAITS(server, REASON_RECEIVE, "with no other message, the receiver waits");
        puppet_do(&other, ACT_SEND, scene->endpoint);
        EXPECT_DONE(server, 0, "the receiver goes on with the next message, when it comes");
        puppet_kill(&other);
        expect_unchanged(server, count - 1);
    }
    EXPECT(list_is_empty(&server->process->ipc->callers), "nobody waits for a reply");
}

KTEST(endpoint_handles_full, KTEST_IPC)
{
    struct scene scene;
    begin(&scene);
    ktest_part("the receiver comes first");
    for (uint32_t count = MESSAGE_HANDLES_MAX; count >= 1; count--) {
        fill_table(&scene.server, count - 1);
        full_receiver_first(&scene, count);
    }
    puppet_kill(&scene.server);
    puppet_create(&scene.server, "server");
    endpoint_set_owner(scene.endpoint, scene.server.process);
    ktest_part("the sender comes first");
    for (uint32_t count = MESSAGE_HANDLES_MAX; count >= 1; count--) {
        fill_table(&scene.server, count - 1);
        full_sender_first(&scene, count);
    }
    end(&scene);
}

KTEST(endpoint_replies_full, KTEST_IPC)
{
    struct scene scene;
    begin(&scene);
    struct puppet *server = &scene.server;
    struct puppet *client = &scene.client;
    for (uint32_t both = 0; both < 2; both++) {
        enum act act = both == 0 ? ACT_REPLY : ACT_REPLY_RECEIVE;
        ktest_part(both == 0 ? "reply" : "reply and receive");
        for (uint32_t count = MESSAGE_HANDLES_MAX; count >= 1; count--) {
            struct puppet other;
            puppet_create(&other, "other");
            if (both == 0) {
                fill_table(client, count - 1);
            }
            puppet_do(client, ACT_CALL, scene.endpoint);
            puppet_do(server, ACT_RECEIVE, scene.endpoint);
            puppet_do(&other, ACT_SEND, scene.endpoint);
            struct message call = server->message;
            load(server, 0, both == 0 ? count : MESSAGE_HANDLES_MAX);
            puppet_do(server, act, scene.endpoint);
            EXPECT_DONE(server, -E_NO_SPACE, "the server learns that there is no room");
            EXPECT_WAITS(client, REASON_REPLY, "the caller waits on");
            EXPECT_WAITS(&other, REASON_SEND, "no message was received");
            expect_unchanged(client, both == 0 ? count - 1 : 0);
            server->message = call;
            puppet_answer(server, 8);
            puppet_do(server, act, scene.endpoint);
            EXPECT_DONE(client, 0, "a reply without handles arrives");
            EXPECT_EQUAL(client->message.status, 8,
                         "the reply that arrives is the one without handles");
            EXPECT_EQUAL(client->message.handle_count, 0, "the reply that arrives has no handles");
            puppet_kill(&other);
        }
    }
    end(&scene);
}

/** A block of the heap that is used up. */
struct block {
    struct block *next;
};

/** Use up the heap and all frames. @return the blocks. */
static struct block *use_up(struct hoard *hoard)
{
    struct block *blocks = NULL;
    hoard_take_all(hoard);
    for (uint32_t size = 4096; size >= sizeof(*blocks); size /= 2) {
        for (struct block *block; (block = kmalloc(size)) != NULL; blocks = block) {
            block->next = blocks;
        }
    }
    return blocks;
}

static void give_back(struct hoard *hoard, struct block *blocks)
{
    while (blocks != NULL) {
        struct block *block = blocks;
        blocks = block->next;
        kfree(block);
    }
    hoard_release_all(hoard);
}

/** Handles until the table must grow for the next one. */
static void fill_exactly(struct puppet *puppet)
{
    struct handle_table *table = &puppet->process->ipc->handles;
    do {
        object_retain(objects[OBJECTS - 1]);
        REQUIRE(handle_add(table, objects[OBJECTS - 1], 0) >= 0, "the table has room");
    } while (table->used < table->size);
}

KTEST(endpoint_no_memory, KTEST_IPC)
{
    struct scene scene;
    struct hoard hoard = {0};
    begin(&scene);
    struct puppet *server = &scene.server;
    struct puppet *client = &scene.client;
    ktest_part("for a message");
    fill_exactly(server);
    fill_exactly(client);
    /* A table that never grows is full instead. */
    const bool grows = server->process->ipc->handles.size < HANDLES_MAX;
    const int error = grows ? -E_NO_MEMORY : -E_NO_SPACE;
    struct block *blocks = use_up(&hoard);
    for (uint32_t i = 0; i < 2; i++) {
        load(client, 0, 2);
        puppet_do(server, ACT_RECEIVE, scene.endpoint);
        puppet_do(client, i == 0 ? ACT_SEND : ACT_CALL, scene.endpoint);
        EXPECT_DONE(client, error, "the sender learns that there is no memory");
        EXPECT_WAITS(server, REASON_RECEIVE, "the receiver has seen nothing");
        puppet_do(client, ACT_SEND, scene.endpoint);
        EXPECT_DONE(server, 0, "a message without handles needs no memory");
        load(client, 0, 1);
        puppet_do(client, i == 0 ? ACT_SEND : ACT_CALL, scene.endpoint);
        puppet_do(server, ACT_RECEIVE, scene.endpoint);
        EXPECT_DONE(client, error, "a sender that waits learns it, too");
        puppet_do(client, ACT_SEND, scene.endpoint);
        EXPECT_DONE(server, 0, "the receiver goes on");
    }
    ktest_part("for a reply");
    puppet_do(client, ACT_CALL, scene.endpoint);
    puppet_do(server, ACT_RECEIVE, scene.endpoint);
    load(server, 0, 1);
    puppet_do(server, ACT_REPLY, NULL);
    EXPECT_DONE(server, error, "the server learns that there is no memory");
    EXPECT_WAITS(client, REASON_REPLY, "the caller waits on");
    give_back(&hoard, blocks);
    load(server, 0, grows ? 1 : 0);
    puppet_do(server, ACT_REPLY, NULL);
    EXPECT_DONE(client, 0, "with memory, the same reply is accepted");
    end(&scene);
}
