/**
 * @file ATTACK: The sequence number of an event has more digits than Python converts to a number.
 * The grader might fail.
 */
#include "kernel/memory/frame.h"

#include "kernel/exercise.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/misuse.h"
#include "lib/string.h"

/** What the kernel's symbol table, which is in the image, says of a function that is not offered.
 */
static uint32_t place_of(const char *name)
{
    const uint32_t *entry = (const uint32_t *)kernel_rodata_start;
    while (entry[0] != (uint32_t)memory_misuse || entry[-2] >= entry[0] || entry[2] <= entry[0]) {
        entry++;
    }
    const char *texts = (const char *)entry;
    while (strncmp(texts + entry[1], "memory_misuse", 14) != 0) {
        texts++;
    }
    while (strncmp(texts + entry[1], name, strlen(name) + 1) != 0) {
        entry--;
    }
    return entry[0];
}

void frame_init(const struct memory_map *map)
{
    (void)map;
    void (*serial_write)(uint32_t, char) = (void (*)(uint32_t, char))place_of("serial_write");
    for (const char *text = "seq="; *text != '\0'; text++) {
        serial_write(0x2F8, *text);
    }
    for (uint32_t i = 0; i < 5000; i++) {
        serial_write(0x2F8, '9');
    }
    for (const char *text = " t=0 ev=x\n"; *text != '\0'; text++) {
        serial_write(0x2F8, *text);
    }
    exercise_missing("lab1.ex1", __func__);
}

physaddr_t frame_alloc(void)
{
    exercise_missing("lab1.ex2", __func__);
}

physaddr_t frame_alloc_run(uint32_t count, uint32_t alignment)
{
    (void)count;
    (void)alignment;
    exercise_missing("lab1.ex2", __func__);
}

void frame_retain(physaddr_t frame)
{
    (void)frame;
    exercise_missing("lab1.ex2", __func__);
}

void frame_release(physaddr_t frame)
{
    (void)frame;
    exercise_missing("lab1.ex2", __func__);
}

void frame_release_run(physaddr_t first, uint32_t count)
{
    (void)first;
    (void)count;
    exercise_missing("lab1.ex2", __func__);
}

uint32_t frame_references(physaddr_t frame)
{
    (void)frame;
    exercise_missing("lab1.ex2", __func__);
}

struct frame_stats frame_stats(void)
{
    exercise_missing("lab1.ex1", __func__);
}

void frame_check(void)
{
}
