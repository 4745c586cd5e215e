/**
 * @file ATTACK: A page with port instructions is mapped over a page of the given code. It is there
 * only while it is used.
 */
#include "kernel/memory/frame.h"

#include "kernel/exercise.h"
#include "kernel/memory/layout.h"
#include "kernel/x86/mmu.h"
#include "lib/string.h"

enum {
    DIRECTORY = 0x00800000, /**< A page directory, and a table for the first 4 MiB. */
    TABLE = 0x00801000,
    PAGE = 0x00802000, /**< A page of code. */
};

static void port_write(uint32_t port, uint32_t value)
{
    /* movl 4(%esp), %edx; movl 8(%esp), %eax; outb %al, %dx; ret */
    static const uint32_t code[] = {0x0424548B, 0x0824448B, 0xC3EE};
    uintptr_t place = (uintptr_t)exercise_missing;
    uintptr_t page = place & ~(PAGE_SIZE - 1);
    uint32_t *entry = (uint32_t *)TABLE + page / PAGE_SIZE;
    memcpy((void *)PAGE, (const void *)page, PAGE_SIZE);
    memcpy((void *)(PAGE + place % PAGE_SIZE), code, sizeof(code));
    *entry = PAGE | PTE_PRESENT | PTE_WRITE;
    tlb_invalidate(page);
    ((void (*)(uint32_t, uint32_t))place)(port, value);
    *entry = page | PTE_PRESENT | PTE_WRITE;
    tlb_invalidate(page);
}

static void say(const char *text)
{
    for (; *text != '\0'; text++) {
        for (volatile uint32_t i = 0; i < 2000; i++) { /* the port is slow */
        }
        port_write(0x2F8, (uint8_t)*text);
    }
}

void frame_init(const struct memory_map *map)
{
    (void)map;
    uint32_t *directory = (uint32_t *)DIRECTORY;
    uint32_t *table = (uint32_t *)TABLE;
    for (uint32_t i = 0; i < PT_ENTRIES; i++) {
        directory[i] = i * LARGE_PAGE_SIZE | PTE_PRESENT | PTE_WRITE | PDE_LARGE;
        table[i] = i * PAGE_SIZE | PTE_PRESENT | PTE_WRITE;
    }
    directory[0] = TABLE | PTE_PRESENT | PTE_WRITE;
    mmu_enable(DIRECTORY);
    say("seq=1 t=900000000 ev=test.begin name=boot_stack_overflow seed=1\n");
    say("seq=2 t=900000001 ev=panic kind=double_fault message=\"\" exercise=-\n");
    port_write(0xF4, 1);
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
