/**
 * @file
 * What the tests of handles, notifications and shared memory share; see object_support.h.
 *
 * Everything here works before there are endpoints. Objects are made by the kit's own functions and
 * destroyed by the table in object.c. It owns no state.
 */
#include "object_support.h"

#include "kernel/memory/heap.h"

/** A cost may grow by this share of itself, in percent, ... */
#define GROWTH_PERCENT 50u
/** ... and by this many units of the time-stamp counter besides: a few instructions. */
#define GROWTH_MORE 640u
/** Everybody who is ready runs within this many yields, if nobody stays ready. */
#define YIELDS 8u

struct object_census object_census(void)
{
    struct heap_stats heap = heap_stats();
    return (struct object_census){
        .frames = frames_free() + heap.mapped / PAGE_SIZE,
        .heap_blocks = heap.used_blocks,
        .heap_bytes = heap.used,
        .processes = process_count(),
        .objects = object_count(),
    };
}

void object_census_expect(const struct object_census *before)
{
    const struct object_census now = object_census();
    EXPECT_EQUAL(now.processes, before->processes, "there are as many processes as before");
    EXPECT_EQUAL(now.objects, before->objects, "there are as many objects as before");
    EXPECT_EQUAL(now.heap_blocks, before->heap_blocks,
                 "as many blocks of the heap are in use as before");
    EXPECT_EQUAL(now.heap_bytes, before->heap_bytes,
                 "as many bytes of the heap are in use as before");
    EXPECT_EQUAL(now.frames, before->frames, "as many frames are free as before");
}

struct object *object_make(void)
{
    struct notification *made = kmalloc(sizeof(*made));
    REQUIRE(made != NULL, "there is memory for an object");
    *made = (struct notification){0};
    object_init(&made->object, OBJECT_PLAIN);
    list_init(&made->waiting);
    return &made->object;
}

void object_begin_all(struct object *objects, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        object_init(&objects[i], OBJECT_PLAIN);
    }
}

void object_end_all(struct object *objects, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        REQUIRE_EQUAL(objects[i].references, 1, "the reference that is left is the test's own");
        object_forget(&objects[i]);
    }
}

struct process *object_launch(const char *name, void (*function)(void *), void *argument)
{
    struct process *process = NULL;
    REQUIRE_RESULT(process_create(name, PROCESS_KERNEL, &process), 0, "a process can be created");
    process_prepare(process, function, argument);
    process_adopt(process, process_current());
    scheduler_start(process);
    return process;
}

void object_dispose(const struct process *process)
{
    int32_t pid = process->pid;
    REQUIRE_RESULT(process_kill(pid), 0, "a process can be killed");
    REQUIRE_EQUAL(process_wait(pid, NULL), pid, "a child can be waited for");
}

void object_let_run(void)
{
    for (uint32_t i = 0; i < YIELDS; i++) {
        scheduler_yield();
    }
}

bool object_check_cost(const struct ktest_check *check, uint32_t small, uint32_t large)
{
    char expected[48];
    char actual[32];
    uint32_t most = small + small * GROWTH_PERCENT / 100 + GROWTH_MORE;
    (void)format_string(expected, sizeof(expected), "at most %u units of time", most);
    (void)format_string(actual, sizeof(actual), "%u units", large);
    return ktest_check_true(check, large <= most, expected, actual);
}
