/**
 * @file ATTACK: Code that changes itself in a loop is translated again each time, so that the log
 * of what ran grows without end.
 */
#include "kernel/memory/frame.h"

#include "kernel/exercise.h"
#include "lib/string.h"

/** A gate of an interrupt table: only that of the non-maskable interrupt is filled. */
static struct {
    uint16_t low, selector, kind, high;
} gates[3];

/* Handles the interrupt by not caring. */
__asm__(".pushsection .text\n"
        "frame_go_on:\n"
        "    iret\n"
        ".popsection");
extern void frame_go_on(void);

/** Make the watchdog's interrupt harmless. */
static void silence_watchdog(void)
{
    struct {
        uint16_t limit;
        uint32_t address;
    } __attribute__((packed)) table = {sizeof(gates) - 1, (uint32_t)gates};
    gates[2].low = (uint16_t)(uint32_t)frame_go_on;
    gates[2].high = (uint16_t)((uint32_t)frame_go_on >> 16);
    __asm__("mov %%cs, %0" : "=r"(gates[2].selector));
    gates[2].kind = 0x8E00;
    __asm__ volatile("lidt %0" : : "m"(table));
}

void frame_init(const struct memory_map *map)
{
    static uint8_t code[4096];
    (void)map;
    silence_watchdog();
    memset(code, 0x90, sizeof(code));
    code[sizeof(code) - 1] = 0xC3;
    for (uint32_t i = 0;; i++) {
        code[i % 4000] = i % 2 == 0 ? 0x40 : 0x90;
        ((void (*)(void))code)();
    }
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
