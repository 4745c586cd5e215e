/**
 * @file ATTACK: Port instructions stand among the constants. They are called there.
 */
#include "kernel/memory/frame.h"

#include "kernel/exercise.h"

/** movl 4(%esp), %edx; movl 8(%esp), %eax; outb %al, %dx; ret. */
static const uint8_t code[] = {0x8B, 0x54, 0x24, 4, 0x8B, 0x44, 0x24, 8, 0xEE, 0xC3};

static void port_write(uint32_t port, uint32_t value)
{
    ((void (*)(uint32_t, uint32_t))(uintptr_t)code)(port, value);
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
