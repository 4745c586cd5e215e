/**
 * @file
 * Lab 3, exercise 4: shared memory of programs in ring 3.
 *
 * The programs are programs/shared.c. The test puts handles into their tables before they run; so
 * little of exercise 2 is needed.
 */
#include "shared.h"

#include "object_support.h"

#include <cairn/message.h>

/** The vector of page faults. */
#define PAGE_FAULT 14

/** Give a program that has not run yet a handle. */
static void give(int32_t pid, struct shared_memory *memory, uint32_t rights)
{
    struct ipc *ipc = ipc_of(support_process(pid));
    REQUIRE(ipc != NULL, "a program can communicate");
    object_retain(&memory->object);
    REQUIRE(handle_add(&ipc->handles, &memory->object, rights) >= 0,
            "a program has room for a handle");
}

/** The first word of an object. */
static volatile uint32_t *first_word(const struct shared_memory *memory)
{
    return phys_to_virt(memory->frames[0]);
}

KTEST(shared_programs, KTEST_IPC)
{
    struct object_census before = object_census();
    ktest_part("two programs see each other's writes");
    struct shared_memory *memory = shared_make(2 * PAGE_SIZE);
    int32_t producer = SUPPORT_SPAWN(PROCESS_USER, "shared", "produce", "20000");
    int32_t consumer = SUPPORT_SPAWN(PROCESS_USER, "shared", "consume", "20000");
    give(producer, memory, RIGHT_READ | RIGHT_WRITE);
    give(consumer, memory, RIGHT_READ | RIGHT_WRITE);
    SUPPORT_EXPECT_SUCCESS(support_wait(producer), "every number was written");
    SUPPORT_EXPECT_SUCCESS(support_wait(consumer), "every number was read, in order");
    EXPECT_EQUAL(first_word(memory)[0], 20000, "the frames hold what programs have written");
    shared_expect_references(memory, 1);
    object_release(&memory->object);
    object_census_expect(&before);

    ktest_part("who may only read cannot write");
    memory = shared_make(PAGE_SIZE);
    first_word(memory)[0] = 4711;
    int32_t pid = SUPPORT_SPAWN(PROCESS_USER, "shared", "write");
    give(pid, memory, RIGHT_READ);
    SUPPORT_EXPECT_STATUS(support_wait(pid), EXIT_FAULT, PAGE_FAULT,
                          "a write to a mapping for reading ends the program");
    EXPECT_EQUAL(first_word(memory)[0], 4711, "nothing was written");
    object_release(&memory->object);
    object_census_expect(&before);

    ktest_part("one of two programs is killed");
    memory = shared_make(2 * PAGE_SIZE);
    producer = SUPPORT_SPAWN(PROCESS_USER, "shared", "produce", "100000000");
    consumer = SUPPORT_SPAWN(PROCESS_USER, "shared", "consume", "100000000");
    give(producer, memory, RIGHT_READ | RIGHT_WRITE);
    give(consumer, memory, RIGHT_READ | RIGHT_WRITE);
    object_release(&memory->object);
    support_sleep(30);
    support_kill(producer);
    support_sleep(10);
    shared_expect_references(memory, 2);
    EXPECT_EQUAL(memory->object.references, 2, "the other one's handle and mapping are left");
    support_kill(consumer);
    object_census_expect(&before);
}

KTEST(shared_rights, KTEST_IPC)
{
    struct object_census before = object_census();
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_USER, "shared", "errors"),
                           "a program can map what its handle allows");
    object_census_expect(&before);
}

KTEST(shared_fork_exec, KTEST_IPC)
{
    struct object_census before = object_census();
    ktest_part("a child made by fork has no mapping");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_USER, "shared", "fork"),
                           "a page fault ends a child that uses its parent's mapping");
    object_census_expect(&before);

    ktest_part("a mapping does not outlive exec");
    int32_t pid = SUPPORT_SPAWN(PROCESS_USER, "shared", "exec");
    support_sleep(10);
    EXPECT_EQUAL(object_count(), before.objects + 1,
                 "only the program's endpoint is left: the mapping and its memory are gone");
    SUPPORT_EXPECT_STATUS(support_wait(pid), EXIT_FAULT, PAGE_FAULT,
                          "a page fault ends a program that uses the old program's mapping");
    object_census_expect(&before);
}
