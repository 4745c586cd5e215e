/**
 * @file
 * Lab 3, exercise 1: handles of programs in ring 3.
 *
 * The programs are programs/handles.c. A number means something in one process only: whoever
 * guesses numbers, or remembers those of its parent, reaches nothing.
 */
#include "object_support.h"

#include <cairn/message.h>

KTEST(handle_programs, KTEST_IPC)
{
    struct object_census before = object_census();
    ktest_part("handles of a program, with fewer and fewer rights");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_USER, "handles", "own"),
                           "a program can do with a handle what its rights say");
    object_census_expect(&before);

    ktest_part("numbers that were not given");
    struct object *object = object_make();
    int32_t owner = SUPPORT_SPAWN(PROCESS_USER, "handles", "stay");
    struct ipc *ipc = ipc_of(support_process(owner));
    REQUIRE(ipc != NULL, "a program can communicate");
    for (uint32_t i = 0; i < 20; i++) {
        object_retain(object);
        REQUIRE(handle_add(&ipc->handles, object, RIGHTS_ALL) >= 0, "there is room for a handle");
    }
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_USER, "handles", "guess"),
                           "a program reaches nothing by guessing");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_USER, "handles", "fork"),
                           "a child has no handle of its parent's");
    EXPECT_EQUAL(object->references, 21, "nobody has touched another's handles");
    support_kill(owner);
    EXPECT_EQUAL(object->references, 1, "at the end of a process, all its handles are closed");
    object_release(object);
    object_census_expect(&before);

    ktest_part("as many handles as there can be");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_USER, "handles", "full"),
                           "a program can have HANDLES_MAX handles");
    object_census_expect(&before);
}
