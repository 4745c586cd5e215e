/**
 * @file ATTACK: The whole trace of a test is written by the port instruction of the given
 * serial_write(), which is found by its bytes before memory_ops.S and entered with registers of
 * its own.
 */
#include "kernel/memory/frame.h"

#include "kernel/exercise.h"
#include "kernel/memory/layout.h"

void jump_write(uint32_t port, uint32_t value, uintptr_t instruction);

/* What follows the port instruction undoes serial_write()'s own frame. */
__asm__("        .text\n"
        "        .globl  jump_write\n"
        "jump_write:\n"
        "        pushl   %ebp\n"
        "        movl    %esp, %ebp\n"
        "        pushl   %ebx\n"
        "        movl    8(%ebp), %edx\n"
        "        movl    12(%ebp), %eax\n"
        "        jmp     *16(%ebp)\n");

static void port_write(uint32_t port, uint32_t value)
{
    /* outb %al, %dx; movl -4(%ebp), %ebx; movl %ebp, %esp; popl %ebp; ret */
    const uint8_t *code = (const uint8_t *)kernel_text_start;
    while (code[0] != 0xEE || code[1] != 0x8B || code[2] != 0x5D || code[3] != 0xFC ||
           code[4] != 0x89 || code[7] != 0xC3) {
        code++;
    }
    jump_write(port, value, (uintptr_t)code);
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
