/**
 * @file
 * Segments and tasks; see segments.h.
 *
 * The file owns the global descriptor table, the two task state segments and the double-fault
 * task's stack. segments_init() fills and loads them; afterwards only the processor writes here,
 * when it saves the interrupted task.
 */
#include "kernel/x86/segments.h"

#include "kernel/memory/layout.h"
#include "kernel/panic.h"
#include "kernel/x86/descriptor.h"
#include "kernel/x86/double_fault.h"

/** Bytes of the double-fault task's stack: enough for a panic report. */
#define DOUBLE_FAULT_STACK_SIZE 8192u

/** Access bytes of descriptors (SDM 3A, figures 3-8 and 7-3). */
enum access {
    ACCESS_PRESENT = 0x80,
    ACCESS_RING3 = 0x60,
    ACCESS_CODE = 0x1A, /**< Code that may be read. */
    ACCESS_DATA = 0x12, /**< Data that may be written. */
    ACCESS_TASK = 0x09, /**< An available 32-bit task state segment. */
};
/** Bits 52-55 of a descriptor: a limit in units of 4 KiB, and 32-bit code. */
#define FLAGS_4KIB_32BIT 0xCu

static uint64_t table[SELECTOR_COUNT];
struct task_state segments_kernel_task;
static struct task_state double_fault_task;
static _Alignas(16) char double_fault_stack[DOUBLE_FAULT_STACK_SIZE];

/** A descriptor (SDM 3A, figure 3-8): base and limit are scattered over its 8 bytes. */
static uint64_t descriptor(uint32_t base, uint32_t limit, uint32_t access, uint32_t flags)
{
    assert(limit <= 0xFFFFF && access <= 0xFF && flags <= 0xF);
    uint32_t low = base << 16 | (limit & 0xFFFF);
    uint32_t high =
        (base & 0xFF000000) | flags << 20 | (limit & 0xF0000) | access << 8 | ((base >> 16) & 0xFF);
    return (uint64_t)high << 32 | low;
}

static uint64_t flat_descriptor(uint32_t access)
{
    return descriptor(0, 0xFFFFF, ACCESS_PRESENT | access, FLAGS_4KIB_32BIT);
}

static uint64_t task_descriptor(const struct task_state *task)
{
    return descriptor((uint32_t)(uintptr_t)task, sizeof(*task) - 1, ACCESS_PRESENT | ACCESS_TASK,
                      0);
}

/** Prepare the registers with which the double-fault task starts; CR3 comes with paging. */
static void prepare_double_fault_task(void)
{
    /* The top word stands for a return address, so that the entry finds an ordinary call frame. */
    uintptr_t top = (uintptr_t)double_fault_stack + sizeof(double_fault_stack);
    double_fault_task = (struct task_state){
        .eip = (uint32_t)(uintptr_t)double_fault_entry,
        .eflags = 0x2, /* bit 1 is always set; interrupts off (SDM 1, 3.4.3) */
        .esp = (uint32_t)top - sizeof(uint32_t),
        .cs = SELECTOR_KERNEL_CODE,
        .ss = SELECTOR_KERNEL_DATA,
        .ds = SELECTOR_KERNEL_DATA,
        .es = SELECTOR_KERNEL_DATA,
        .fs = SELECTOR_KERNEL_DATA,
        .gs = SELECTOR_KERNEL_DATA,
        .io_map = sizeof(struct task_state),
    };
}

void segments_init(void)
{
    table[SELECTOR_KERNEL_CODE / 8] = flat_descriptor(ACCESS_CODE);
    table[SELECTOR_KERNEL_DATA / 8] = flat_descriptor(ACCESS_DATA);
    table[SELECTOR_USER_CODE / 8] = flat_descriptor(ACCESS_CODE | ACCESS_RING3);
    table[SELECTOR_USER_DATA / 8] = flat_descriptor(ACCESS_DATA | ACCESS_RING3);
    table[SELECTOR_TASK / 8] = task_descriptor(&segments_kernel_task);
    table[SELECTOR_DOUBLE_FAULT_TASK / 8] = task_descriptor(&double_fault_task);

    segments_kernel_task.ss0 = SELECTOR_KERNEL_DATA;
    segments_kernel_task.io_map = sizeof(segments_kernel_task);
    prepare_double_fault_task();

    struct table_pointer pointer = {.limit = sizeof(table) - 1, .base = (uintptr_t)table};
    descriptor_load_segments(&pointer);
}

/** Whether an address is in the @p size bytes below @p end, if there is such a stack. */
static bool is_below(uintptr_t address, uintptr_t end, uint32_t size)
{
    return end != 0 && address - (end - size) < size;
}

_Static_assert((KERNEL_STACK_STRIDE & (KERNEL_STACK_STRIDE - 1)) == 0, "align_down() wants this");
_Static_assert(KERNEL_STACKS_START % KERNEL_STACK_STRIDE == 0, "the first slot begins there");
_Static_assert(KERNEL_STACKS_END % KERNEL_STACK_STRIDE == 0, "the last slot ends there");

/** Whether an address is in the kernel stack on which this function runs, if it is a process's. */
static bool is_in_own_stack(uintptr_t address)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    if (here < KERNEL_STACKS_START || here >= KERNEL_STACKS_END) {
        return false;
    }
    uintptr_t end = align_down(here, KERNEL_STACK_STRIDE) + KERNEL_STACK_STRIDE;
    return is_below(address, end, KERNEL_STACK_SIZE);
}

bool segments_in_stack(uintptr_t address)
{
    return is_in_own_stack(address) ||
           is_below(address, (uintptr_t)kernel_stack_top,
                    (uint32_t)(kernel_stack_top - kernel_stack_bottom)) ||
           is_below(address, segments_kernel_task.esp0, KERNEL_STACK_SIZE) ||
           address - (uintptr_t)double_fault_stack < sizeof(double_fault_stack);
}

bool segments_in_stack_guard(uintptr_t address)
{
    uintptr_t top = segments_kernel_task.esp0;
    uintptr_t guard_end = top == 0 ? 0 : top - KERNEL_STACK_SIZE;
    return is_below(address, (uintptr_t)kernel_stack_bottom, PAGE_SIZE) ||
           is_below(address, guard_end, KERNEL_STACK_GUARD);
}

const struct task_state *segments_interrupted_task(void)
{
    return &segments_kernel_task;
}

void segments_set_directory(uint32_t directory)
{
    assert(directory % 4096 == 0);
    double_fault_task.cr3 = directory;
}
