/**
 * @file
 * Lab 3, exercise 4: who goes first, and what stays.
 *
 * Makers, handles and parties go in every order; the memory stays as long as anybody uses it, and
 * not longer. Pages of a process that ends are the space's business, so forgetting its mappings
 * must not touch them.
 */
#include "shared.h"

#include "object_support.h"

#include <cairn/message.h>

/** A party with a handle to new memory, which it has mapped. */
struct owner {
    struct process *process;
    struct shared_memory *memory;
    int32_t handle;
    uintptr_t address;
};

/** Make an owner; the only references are those of its handle and of its mapping. */
static struct owner make_owner(const char *name, uint32_t size)
{
    struct owner owner = {.process = shared_party(name), .memory = shared_make(size)};
    owner.address = shared_map(owner.process, owner.memory, true);
    owner.handle = handle_add(&owner.process->ipc->handles, &owner.memory->object, RIGHTS_ALL);
    REQUIRE(owner.handle >= 0, "there is room for a handle");
    return owner;
}

KTEST(shared_ends, KTEST_IPC)
{
    struct object_census before = object_census();
    ktest_part("its maker dies while another one uses the memory");
    struct owner owner = make_owner("maker", 3 * PAGE_SIZE);
    struct process *user = shared_party("user");
    uintptr_t address = shared_map(user, owner.memory, false);
    shared_expect_references(owner.memory, 3);
    object_dispose(owner.process);
    shared_inspect(user, owner.memory, address, false);
    shared_expect_references(owner.memory, 2);
    EXPECT_EQUAL(owner.memory->object.references, 1, "one mapping is left");
    object_dispose(user);
    object_census_expect(&before);

    ktest_part("the handle is closed, the mapping stays");
    owner = make_owner("maker", 2 * PAGE_SIZE);
    EXPECT_RESULT(handle_close(&owner.process->ipc->handles, owner.handle), 0,
                  "a handle can be closed");
    shared_inspect(owner.process, owner.memory, owner.address, true);
    EXPECT_EQUAL(owner.memory->object.references, 1, "the mapping keeps the memory");
    EXPECT_RESULT(shared_memory_unmap(owner.process, owner.address), 0,
                  "the last mapping can be undone");
    shared_inspect_none(owner.process, owner.address, owner.address + 2 * PAGE_SIZE);
    object_dispose(owner.process);
    object_census_expect(&before);

    ktest_part("the mapping is undone, the handle stays");
    owner = make_owner("maker", 2 * PAGE_SIZE);
    EXPECT_RESULT(shared_memory_unmap(owner.process, owner.address), 0, "a mapping can be undone");
    shared_expect_references(owner.memory, 1);
    EXPECT_EQUAL(owner.memory->object.references, 1, "the handle keeps the memory");
    object_dispose(owner.process);
    object_census_expect(&before);
}

KTEST(shared_forget, KTEST_IPC)
{
    struct object_census before = object_census();
    struct process *party = shared_party("party");
    struct shared_memory *memories[4];
    uintptr_t addresses[4];
    for (uint32_t i = 0; i < 4; i++) {
        memories[i] = shared_make((i + 1) * PAGE_SIZE);
        addresses[i] = shared_map(party, memories[i], i % 2 == 0);
    }
    ktest_part("all mappings are forgotten");
    struct heap_stats heap = heap_stats();
    shared_memory_forget(party);
    EXPECT_EQUAL(shared_mappings(party), 0, "no mapping is left");
    EXPECT_EQUAL(heap_stats().used_blocks, heap.used_blocks - 4,
                 "the memory of the mappings is given back");
    for (uint32_t i = 0; i < 4; i++) {
        EXPECT_EQUAL(memories[i]->object.references, 1, "each reference to an object goes");
    }
    ktest_part("pages are not touched");
    for (uint32_t i = 0; i < 4; i++) {
        shared_inspect(party, memories[i], addresses[i], i % 2 == 0);
        shared_expect_references(memories[i], 2);
    }
    object_dispose(party);
    for (uint32_t i = 0; i < 4; i++) {
        shared_expect_references(memories[i], 1);
        object_release(&memories[i]->object);
    }
    object_census_expect(&before);
}
