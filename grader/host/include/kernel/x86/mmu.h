/**
 * @file
 * The memory management unit for programs: the kernel's header, but without its instructions.
 *
 * It stands before the kernel's own header in the list of folders, so that code under test finds
 * it. mmu_load(), which is an instruction there, is a function of the host's machine here, as the
 * others are. It owns no state.
 */
#ifndef HOST_KERNEL_X86_MMU_H
#define HOST_KERNEL_X86_MMU_H

#define mmu_load mmu_load_instruction
#include_next "kernel/x86/mmu.h"
#undef mmu_load

/** Remember the page directory in use. */
void mmu_load(physaddr_t directory);

#endif
