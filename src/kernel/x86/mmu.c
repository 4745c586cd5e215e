/**
 * @file
 * The memory management unit; see mmu.h.
 *
 * It owns the control registers CR0, CR3 and CR4 and no memory. mmu_enable() also tells the
 * double-fault task which page directory to use, since a task switch loads CR3. Trace points here
 * see every change of directory and every invalidation.
 */
#include "kernel/x86/mmu.h"

#include "kernel/panic.h"
#include "kernel/trace.h"
#include "kernel/x86/segments.h"

/** Bits of control registers (SDM 3A, 2.5). */
#define CR0_WRITE_PROTECT (1u << 16)
#define CR0_PAGING        (1u << 31)
#define CR4_LARGE_PAGES   (1u << 4)

static uint32_t read_cr0(void)
{
    uint32_t value;
    __asm__ volatile("movl %%cr0, %0" : "=r"(value) : : "memory");
    return value;
}

void tlb_invalidate(uintptr_t address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
    trace_event(TRACE_MMU, "mmu.invalidate", "address=0x%08x", address);
}

void mmu_enable(physaddr_t directory)
{
    assert(directory != 0 && directory % 4096 == 0);
    segments_set_directory(directory);
    mmu_load(directory);
    uint32_t cr4;
    __asm__ volatile("movl %%cr4, %0" : "=r"(cr4) : : "memory");
    __asm__ volatile("movl %0, %%cr4" : : "r"(cr4 | CR4_LARGE_PAGES) : "memory");
    __asm__ volatile("movl %0, %%cr0"
                     :
                     : "r"(read_cr0() | CR0_PAGING | CR0_WRITE_PROTECT)
                     : "memory");
}

void mmu_trace_load(physaddr_t directory)
{
    trace_write("mmu.load", "directory=0x%08x", directory);
}

physaddr_t mmu_current(void)
{
    physaddr_t directory;
    __asm__ volatile("movl %%cr3, %0" : "=r"(directory) : : "memory");
    return directory & 0xFFFFF000u;
}

bool mmu_enabled(void)
{
    return (read_cr0() & CR0_PAGING) != 0;
}
