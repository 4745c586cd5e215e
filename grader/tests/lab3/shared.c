/**
 * @file
 * Lab 3, exercise 4: making and destroying shared memory.
 *
 * Nothing is mapped here, so nothing needs processes with handles. What a frame held before must
 * not be seen again: the test writes to all frames that are free beforehand.
 */
#include "shared.h"

#include "object_support.h"

#include "lib/string.h"

KTEST(shared_create, KTEST_PROCESSES)
{
    static const uint32_t bad[] = {0,          SHARED_MEMORY_MAX + 1, SHARED_MEMORY_MAX + PAGE_SIZE,
                                   UINT32_MAX, 0x80000000u,           UINT32_MAX - PAGE_SIZE + 2};
    static const uint32_t good[] = {1,     PAGE_SIZE - 1,       PAGE_SIZE,        PAGE_SIZE + 1,
                                    50000, 256 * PAGE_SIZE + 1, SHARED_MEMORY_MAX};
    struct object_census before = object_census();
    ktest_part("sizes out of range");
    for (uint32_t i = 0; i < COUNT_OF(bad); i++) {
        struct shared_memory *memory = NULL;
        EXPECT_RESULT(shared_memory_create(bad[i], &memory), -E_INVALID,
                      "-E_INVALID unless the size is 1 to SHARED_MEMORY_MAX");
    }
    object_census_expect(&before);

    ktest_part("sizes in range");
    for (uint32_t i = 0; i < COUNT_OF(good); i++) {
        struct shared_memory *memory = shared_make(good[i]);
        EXPECT_EQUAL(memory->page_count, (good[i] + PAGE_SIZE - 1) / PAGE_SIZE,
                     "the size is rounded up to pages");
        EXPECT_EQUAL(object_count(), before.objects + 1, "new shared memory is one more object");
        EXPECT_EQUAL(memory->object.references, 1, "new shared memory has one reference");
        EXPECT_EQUAL(memory->object.type, OBJECT_MEMORY,
                     "new shared memory is of the type OBJECT_MEMORY");
        shared_expect_references(memory, 1);
        object_release(&memory->object);
        object_census_expect(&before);
    }
}

/** Write to all frames that are free. */
static void make_frames_dirty(void)
{
    struct hoard hoard = {0};
    hoard_take_all(&hoard);
    for (physaddr_t frame = hoard.first; frame != FRAME_NONE; frame = *hoard_link(frame)) {
        memset((uint8_t *)phys_to_virt(frame) + sizeof(physaddr_t), 0xD1,
               PAGE_SIZE - sizeof(physaddr_t));
    }
    hoard_release_all(&hoard);
}

/** @return the address of the first word that is not 0; 0 if there is none. */
static uintptr_t find_nonzero(const struct shared_memory *memory)
{
    for (uint32_t page = 0; page < memory->page_count; page++) {
        const uint32_t *words = phys_to_virt(memory->frames[page]);
        for (uint32_t i = 0; i < PAGE_SIZE / sizeof(*words); i++) {
            if (words[i] != 0) {
                return (uintptr_t)&words[i];
            }
        }
    }
    return 0;
}

KTEST(shared_zeroed, KTEST_PROCESSES)
{
    struct object_census before = object_census();
    struct shared_memory *memories[8];
    make_frames_dirty();
    ktest_part("what was in the frames before is not seen");
    for (uint32_t i = 0; i < COUNT_OF(memories); i++) {
        memories[i] = shared_make((1 + i * 5) * PAGE_SIZE);
        EXPECT_NONE(find_nonzero(memories[i]), "new shared memory is full of zeros");
    }
    ktest_part("each object has frames of its own");
    for (uint32_t i = 0; i < COUNT_OF(memories); i++) {
        for (uint32_t page = 0; page < memories[i]->page_count; page++) {
            uint32_t *words = phys_to_virt(memories[i]->frames[page]);
            words[page % 1024] = i * 1000 + page;
        }
    }
    for (uint32_t i = 0; i < COUNT_OF(memories); i++) {
        for (uint32_t page = 0; page < memories[i]->page_count; page++) {
            const uint32_t *words = phys_to_virt(memories[i]->frames[page]);
            REQUIRE_EQUAL(words[page % 1024], i * 1000 + page, "every page has its own contents");
        }
        object_release(&memories[i]->object);
    }
    object_census_expect(&before);
}

KTEST(shared_no_memory, KTEST_PROCESSES)
{
    const uint32_t pages = 6;
    struct object_census before = object_census();
    ktest_part("too few frames: all of them or none");
    for (uint32_t left = 0; left < pages; left++) {
        struct hoard hoard = {0};
        struct shared_memory *memory = NULL;
        hoard_take_all(&hoard);
        hoard_release(&hoard, left);
        struct object_census few = object_census();
        EXPECT_RESULT(shared_memory_create(pages * PAGE_SIZE, &memory), -E_NO_MEMORY,
                      "-E_NO_MEMORY if a frame is missing");
        object_census_expect(&few);
        hoard_release_all(&hoard);
    }
    object_census_expect(&before);

    ktest_part("neither frames nor a heap");
    struct shared_memory *memory = NULL;
    support_take_memory();
    struct object_census few = object_census();
    EXPECT_RESULT(shared_memory_create(1, &memory), -E_NO_MEMORY,
                  "-E_NO_MEMORY if memory is used up");
    EXPECT_RESULT(shared_memory_create(SHARED_MEMORY_MAX, &memory), -E_NO_MEMORY,
                  "-E_NO_MEMORY if memory is used up");
    object_census_expect(&few);
    support_return_memory();
    object_census_expect(&before);
    ktest_part("frames that others use, too");
    memory = shared_make(3 * PAGE_SIZE);
    physaddr_t frame = memory->frames[1];
    frame_retain(frame);
    object_release(&memory->object);
    EXPECT_EQUAL(frame_references(frame), 1, "the object gives back its references, no others");
    frame_release(frame);
    object_census_expect(&before);
}
