/**
 * @file
 * What the tests of endpoints share; the contracts are in endpoint_support.h.
 *
 * A puppet does between two orders nothing but wait in no queue, for REASON_EVENT; while it is
 * busy, whatever it waits for is the endpoint's business. The file owns the number of orders that
 * have been carried out.
 */
#include "endpoint_support.h"

#include "kernel/memory/frame.h"
#include "kernel/memory/heap.h"
#include "kernel/memory/layout.h"
#include "kernel/process/program.h"
#include "lib/format.h"
#include "lib/string.h"

/** Yields after which everybody must have come to rest. */
#define SETTLE_MAX 20000u

static uint32_t turns;

struct endpoint_census endpoint_census(void)
{
    REQUIRE(ipc_of(process_current()) != NULL, "there is memory for the test itself");
    struct heap_stats heap = heap_stats();
    return (struct endpoint_census){
        .frames = frame_stats().free + heap.mapped / PAGE_SIZE,
        .heap_blocks = heap.used_blocks,
        .heap_bytes = heap.used,
        .processes = process_count(),
        .objects = object_count(),
    };
}

void endpoint_census_expect(const struct endpoint_census *before)
{
    struct endpoint_census now = endpoint_census();
    EXPECT_EQUAL(now.processes, before->processes, "there are as many processes as before");
    EXPECT_EQUAL(now.objects, before->objects, "there are as many objects as before");
    EXPECT_EQUAL(now.heap_blocks, before->heap_blocks,
                 "as many blocks of the heap are in use as before");
    EXPECT_EQUAL(now.heap_bytes, before->heap_bytes,
                 "as many bytes of the heap are in use as before");
    EXPECT_EQUAL(now.frames, before->frames, "as many frames are free as before");
}

/** Carry out an order. */
static int act(struct puppet *self)
{
    switch (self->act) {
    case ACT_SEND:
        return endpoint_send(self->endpoint, self->ticks, self->priority);
    case ACT_CALL:
        return endpoint_call(self->endpoint, self->ticks, self->priority);
    case ACT_RECEIVE:
        return endpoint_receive(self->endpoint, self->from, self->ticks);
    case ACT_REPLY:
        return endpoint_reply();
    case ACT_REPLY_RECEIVE:
        return endpoint_reply_receive(self->endpoint, self->ticks);
    case ACT_EXIT:
        process_exit(EXIT_STATUS(EXIT_NORMAL, 0));
    default:
        process_exit(EXIT_STATUS(EXIT_FAULT, 14));
    }
}

/** Put the message into the struct ipc, with the objects, as a system call does. */
static void take_message(struct puppet *self, struct ipc *ipc)
{
    ipc->message = self->message;
    ipc->message.handle_count = self->object_count;
    for (uint32_t i = 0; i < self->object_count; i++) {
        object_retain(self->objects[i]);
        ipc->carried[i] = (struct carried){self->objects[i], self->rights[i]};
    }
    ipc->carried_count = self->object_count;
}

/** Do as one is told. */
static void play(void *argument)
{
    struct puppet *self = argument;
    (void)cpu_interrupts_disable();
    for (;;) {
        (void)scheduler_block(NULL, REASON_EVENT, WAIT_FOREVER);
        if (!self->busy) {
            continue;
        }
        struct ipc *ipc = process_current()->ipc;
        take_message(self, ipc);
        self->result = act(self);
        ipc_drop_carried(ipc);
        if (self->then != NULL) {
            self->result = endpoint_receive(self->then, WAIT_ANY, WAIT_NO_LIMIT);
        }
        self->message = ipc->message;
        self->object_count = 0;
        self->turn = ++turns;
        self->ticked = clock_now();
        self->busy = false;
    }
}

void puppet_create(struct puppet *puppet, const char *name)
{
    *puppet = (struct puppet){.from = WAIT_ANY};
    puppet_empty(puppet, 1);
    REQUIRE_RESULT(process_create(name, PROCESS_KERNEL, &puppet->process), 0,
                   "a process can be created");
    puppet->pid = puppet->process->pid;
    process_prepare(puppet->process, play, puppet);
    process_adopt(puppet->process, process_current());
    REQUIRE(ipc_of(puppet->process) != NULL, "ipc_of() finds memory");
    scheduler_start(puppet->process);
    puppet_settle();
}

void puppets_create(struct puppet *puppets, uint32_t count, const char *name)
{
    for (uint32_t i = 0; i < count; i++) {
        puppet_create(&puppets[i], name);
    }
}

void puppet_tell(struct puppet *puppet, enum act act, struct endpoint *endpoint)
{
    REQUIRE(!puppet->busy, "a process that was woken goes on");
    puppet->act = act;
    puppet->endpoint = endpoint;
    puppet->busy = true;
    puppet->result = -E_INTERRUPTED;
    scheduler_wake(puppet->process, 0);
}

void puppet_do(struct puppet *puppet, enum act act, struct endpoint *endpoint)
{
    puppet_tell(puppet, act, endpoint);
    puppet_settle();
}

/** Whether another process is ready. */
static bool others_ready(void)
{
    uint32_t index = 0;
    for (const struct process *process; (process = process_next(&index)) != NULL;) {
        if (process != process_current() && process->state == PROCESS_READY) {
            return true;
        }
    }
    return false;
}

void puppet_settle(void)
{
    for (uint32_t i = 0; others_ready(); i++) {
        REQUIRE(i < SETTLE_MAX, "all processes come to rest");
        scheduler_yield();
    }
}

void puppet_pass(uint32_t ticks)
{
    (void)scheduler_block(NULL, REASON_SLEEP, ticks);
    puppet_settle();
}

void puppet_kill(struct puppet *puppet)
{
    REQUIRE_RESULT(process_kill(puppet->pid), 0, "a process can be killed");
    puppet_finish(puppet);
}

void puppet_finish(struct puppet *puppet)
{
    REQUIRE_EQUAL(process_wait(puppet->pid, NULL), puppet->pid, "a process can be waited for");
    puppet->process = NULL;
    puppet->busy = false;
    puppet_settle();
}

void puppets_end(void)
{
    uint32_t index = 0;
    for (const struct process *process; (process = process_next(&index)) != NULL;) {
        if (process->pid != PID_INIT && process->state != PROCESS_ZOMBIE) {
            REQUIRE_RESULT(process_kill(process->pid), 0, "a process can be killed");
        }
    }
    while (process_wait(WAIT_ANY, NULL) > 0) {
    }
}

void puppet_empty(struct puppet *puppet, uint32_t operation)
{
    puppet->message.type = MESSAGE_TYPE(DIALECT_USER, operation);
    puppet->message.length = 0;
    puppet->message.status = 0;
}

/** The byte at a place of a text. */
static uint8_t byte_of(uint32_t key, uint32_t place)
{
    return (uint8_t)((key * 2654435761u + place * 40503u) >> 8 ^ place);
}

void puppet_fill(struct puppet *puppet, uint32_t length, uint32_t key)
{
    puppet->message.length = length;
    for (uint32_t i = 0; i < length; i++) {
        puppet->message.data[i] = byte_of(key, i);
    }
}

bool puppet_has(const struct puppet *puppet, uint32_t length, uint32_t key)
{
    bool same = puppet->message.length == length;
    for (uint32_t i = 0; i < length && same; i++) {
        same = puppet->message.data[i] == byte_of(key, i);
    }
    return same;
}

void puppet_answer(struct puppet *puppet, int32_t status)
{
    puppet->message.type |= MESSAGE_REPLY;
    puppet->message.length = 0;
    puppet->message.status = status;
}

void puppet_carry(struct puppet *puppet, struct object *object, uint32_t rights)
{
    puppet->objects[puppet->object_count] = object;
    puppet->rights[puppet->object_count] = rights;
    puppet->object_count++;
}

static const char *const reason_names[] = {
#define REASON_NAME(constant, name) [constant] = name,
    PROCESS_REASONS(REASON_NAME)
#undef REASON_NAME
};

bool puppet_check_waits(const struct ktest_check *check, const struct puppet *puppet,
                        enum process_reason reason)
{
    char expected[48];
    char actual[64];
    const struct process *process = puppet->process;
    bool blocked = puppet->busy && process->state == PROCESS_BLOCKED;
    format_string(expected, sizeof(expected), "it waits (%s)", reason_names[reason]);
    format_string(actual, sizeof(actual), blocked ? "it waits (%s)" : "it came back: %s",
                  blocked ? reason_names[process->reason] : result_name(puppet->result));
    return ktest_check_true(check, blocked && process->reason == reason, expected, actual);
}

bool puppet_check_done(const struct ktest_check *check, const struct puppet *puppet, int result)
{
    return ktest_check_true(check, !puppet->busy && puppet->result == result, result_name(result),
                            puppet->busy ? "it still waits" : result_name(puppet->result));
}

struct endpoint *endpoint_make(struct puppet *owner)
{
    struct endpoint *endpoint = kmalloc(sizeof(*endpoint));
    REQUIRE(endpoint != NULL, "there is memory for an endpoint");
    if (endpoint != NULL) {
        memset(endpoint, 0x5A, sizeof(*endpoint));
    }
    endpoint_init(endpoint, owner == NULL ? NULL : owner->process);
    return endpoint;
}

void endpoint_drop(struct endpoint *endpoint)
{
    endpoint_abandon(endpoint);
    puppet_settle();
    object_release(&endpoint->object);
}

void endpoint_expect_idle(const struct endpoint *endpoint)
{
    struct endpoint_info info;
    endpoint_describe(endpoint, &info);
    EXPECT_EQUAL(info.waiting_senders, 0, "nobody is left in the queues of an endpoint");
}

int32_t endpoint_spawn(const char *name, const char *first, const char *second)
{
    static struct program_arguments arguments;
    char path[PROGRAM_PATH_MAX];
    const char *const words[] = {name, first, second};
    arguments = (struct program_arguments){0};
    for (size_t i = 0; i < COUNT_OF(words) && words[i] != NULL; i++) {
        REQUIRE_RESULT(program_add_argument(&arguments, words[i]), 0, "an argument fits");
    }
    (void)format_string(path, sizeof(path), "test/%s", name);
    int32_t pid = program_spawn(path, &arguments);
    REQUIRE(pid > 0, "a program can be started");
    return pid;
}

void endpoint_program(const char *name, const char *first, const char *second)
{
    char actual[80];
    int32_t pid = endpoint_spawn(name, first, second);
    int32_t status = -1;
    REQUIRE_EQUAL(process_wait(pid, &status), pid, "a child can be waited for");
    bool failed = EXIT_KIND(status) == EXIT_NORMAL;
    format_string(actual, sizeof(actual),
                  failed ? "the check in line %d of programs/%s.c failed"
                         : "exception or signal %d ended the program %s",
                  EXIT_CODE(status), name);
    ktest_check_true(KTEST_CHECK("every check of the program holds", false), status == 0, "always",
                     actual);
}

void endpoint_trio_begin(struct endpoint_trio *scene)
{
    scene->before = endpoint_census();
    puppet_create(&scene->server, "server");
    puppet_create(&scene->client, "client");
    puppet_create(&scene->other, "other");
    scene->endpoint = endpoint_make(&scene->server);
}

void endpoint_trio_end(struct endpoint_trio *scene)
{
    endpoint_expect_idle(scene->endpoint);
    endpoint_drop(scene->endpoint);
    puppets_end();
    endpoint_census_expect(&scene->before);
}
