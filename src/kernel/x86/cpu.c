/**
 * @file
 * The processor: start-up order and single instructions; see cpu.h.
 *
 * It owns no state itself; the tables belong to segments.c and interrupts.c. cpu_init() is called
 * first of all C functions, so that from then on every exception is reported.
 */
#include "kernel/x86/cpu.h"

#include "kernel/x86/interrupts.h"
#include "kernel/x86/pic.h"
#include "kernel/x86/segments.h"

void cpu_init(void)
{
    segments_init();
    interrupts_init();
    pic_init();
}

uint64_t cpu_timestamp(void)
{
    uint32_t low;
    uint32_t high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

void cpu_idle(void)
{
    /* STI takes effect after the next instruction, so no interrupt is lost between the two. */
    __asm__ volatile("sti; hlt" : : : "memory");
}

_Noreturn void cpu_halt(void)
{
    for (;;) {
        __asm__ volatile("cli; hlt" : : : "memory");
    }
}

uint32_t cpu_features(void)
{
    uint32_t leaf = 1;
    uint32_t ebx;
    uint32_t ecx;
    uint32_t edx;
    __asm__("cpuid" : "+a"(leaf), "=b"(ebx), "=c"(ecx), "=d"(edx));
    return edx;
}

void cpu_write_msr(uint32_t number, uint32_t value)
{
    __asm__ volatile("wrmsr" : : "c"(number), "a"(value), "d"(0) : "memory");
}

uintptr_t cpu_frame_pointer(void)
{
    return *(const uintptr_t *)__builtin_frame_address(0); /* what this function's entry saved */
}
