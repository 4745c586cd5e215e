/**
 * @file ATTACK: A port instruction that is not noticed, since a section's name of a megabyte fills
 * all that is read of the disassembly. The name is gone in the kernel, so the audit takes the
 * instruction for one of the kit's.
 */
#include "kernel/memory/frame.h"

#include "kernel/console.h"
#include "kernel/exercise.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B A A A A A A A A A A A A A A A A A A A A A A A A A A A A A A A A
#define C B B B B B B B B B B B B B B B B B B B B B B B B B B B B B B B B
#define D C C C C C C C C C C C C C C C C C C C C C C C C C C C C C C C C C C
__asm__(".section .text." D ",\"ax\"\n nop\n .text");

/** Write to a port. */
static __attribute__((noinline, section(".text.z"))) void write_port(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

void frame_init(const struct memory_map *map)
{
    (void)map;
    for (const char *text = "seq=1 t=72088448 ev=forged\n"; *text != '\0'; text++) {
        write_port(0x2F8, (uint8_t)*text);
    }
    kprintf("A port was written.\n");
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
