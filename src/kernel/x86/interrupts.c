/**
 * @file
 * The interrupt descriptor table; see interrupts.h.
 *
 * The file owns the table. Gates are interrupt gates, so a handler starts with interrupts off. The
 * double fault's gate names a task instead of an address: its handler gets a fresh stack, whatever
 * state the old one is in. interrupts_init() runs once.
 */
#include "kernel/x86/interrupts.h"

#include "kernel/panic.h"
#include "kernel/x86/descriptor.h"
#include "kernel/x86/segments.h"
#include "kernel/x86/stubs.h"
#include "kernel/x86/trap.h"

/** Access bytes of gates (SDM 3A, figure 6-2): present, for ring 0. */
enum gate_type {
    GATE_TASK = 0x85,
    GATE_INTERRUPT = 0x8E, /**< 32-bit; turns interrupts off. */
};
/** Added to a gate's access byte: ring 3 may use it. */
#define GATE_RING3 0x60u

static uint64_t table[TRAP_VECTORS];

/** A gate (SDM 3A, figure 6-2): the offset is split around selector and type. */
static uint64_t gate(enum gate_type type, uint32_t selector, uint32_t offset)
{
    assert(selector <= 0xFFFF);
    uint32_t low = selector << 16 | (offset & 0xFFFF);
    uint32_t high = (offset & 0xFFFF0000) | (uint32_t)type << 8;
    return (uint64_t)high << 32 | low;
}

void interrupts_init(void)
{
    for (uint32_t vector = 0; vector < TRAP_VECTORS; vector++) {
        uint32_t stub = (uint32_t)(uintptr_t)trap_stubs + vector * STUB_SIZE;
        table[vector] = gate(GATE_INTERRUPT, SELECTOR_KERNEL_CODE, stub);
    }
    table[TRAP_DOUBLE_FAULT] = gate(GATE_TASK, SELECTOR_DOUBLE_FAULT_TASK, 0);

    struct table_pointer pointer = {.limit = sizeof(table) - 1, .base = (uintptr_t)table};
    descriptor_load_interrupts(&pointer);
}

void interrupts_allow_user(uint32_t vector)
{
    assert(vector < TRAP_VECTORS && vector != TRAP_DOUBLE_FAULT);
    table[vector] |= (uint64_t)GATE_RING3 << 40;
}
