/**
 * @file
 * What the tests of shared memory share; see shared.h.
 *
 * Parties are kernel-mode functions in spaces of their own: they never touch what is mapped. What
 * the grader sees is judged in object_inspectors.py. It owns no state.
 */
#include "shared.h"

#include "object_support.h"

/** In the last argument of an inspection: the mapping can be written. */
#define WRITABLE 1u

struct shared_memory *shared_make(uint32_t size)
{
    struct shared_memory *memory = NULL;
    REQUIRE_RESULT(shared_memory_create(size, &memory), 0, "shared memory can be made");
    REQUIRE(memory != NULL, "shared_memory_create() tells where it is");
    return memory;
}

void shared_expect_references(const struct shared_memory *memory, uint32_t count)
{
    for (uint32_t i = 0; i < memory->page_count; i++) {
        REQUIRE_EQUAL(frame_references(memory->frames[i]), count,
                      "a frame has one reference of the object, and one of each mapping");
    }
}

struct process *shared_party(const char *name)
{
    struct process *party = NULL;
    REQUIRE_RESULT(process_create(name, PROCESS_KERNEL, &party), 0, "a process can be created");
    process_prepare(party, support_stand, NULL);
    process_adopt(party, process_current());
    REQUIRE_RESULT(space_create(&party->space), 0, "a space can be created");
    party->mode = PROCESS_USER;
    REQUIRE(ipc_of(party) != NULL, "a process can communicate");
    scheduler_start(party);
    object_let_run();
    return party;
}

uintptr_t shared_map(struct process *party, struct shared_memory *memory, bool writable)
{
    uintptr_t address = 0;
    REQUIRE_RESULT(shared_memory_map(party, memory, writable, &address), 0,
                   "shared memory can be mapped");
    REQUIRE(address % PAGE_SIZE == 0 && address >= SHARED_MEMORY_START &&
                address <= USER_PROGRAM_LIMIT - memory->page_count * PAGE_SIZE,
            "a mapping lies between SHARED_MEMORY_START and USER_PROGRAM_LIMIT");
    return address;
}

void shared_inspect(const struct process *party, const struct shared_memory *memory,
                    uintptr_t address, bool writable)
{
    ktest_inspect("mapping", virt_to_phys(party->space->directory), address,
                  (uint32_t)(uintptr_t)memory->frames,
                  memory->page_count << 1 | (writable ? WRITABLE : 0));
}

void shared_inspect_none(const struct process *party, uintptr_t start, uintptr_t end)
{
    ktest_inspect("unmapped", virt_to_phys(party->space->directory), start, end, 0);
}

uint32_t shared_mappings(const struct process *party)
{
    const struct list *mappings = &party->ipc->mappings;
    uint32_t count = 0;
    for (struct list_link *link = list_first(mappings); link != NULL;
         link = list_next(mappings, link)) {
        count++;
    }
    return count;
}
