/**
 * @file
 * The layout of the address space, physical and virtual.
 *
 * Physical memory below 1 GiB is mapped one to one, so a physical address is turned into a pointer
 * by a cast; the two functions below are the only place that knows it. Programs live between
 * USER_START and USER_END; the kernel's windows (heap, devices) lie above. This file owns no state.
 */
#ifndef KERNEL_MEMORY_LAYOUT_H
#define KERNEL_MEMORY_LAYOUT_H

#include "kernel/types.h"

#define PAGE_SIZE       4096u       /**< Bytes in a page and in a frame. */
#define PAGE_SHIFT      12          /**< log2(PAGE_SIZE). */
#define LARGE_PAGE_SIZE 0x00400000u /**< Bytes that one directory entry covers: 4 MiB. */

#define LOW_MEMORY_END 0x00100000u /**< Below: BIOS data, VGA, ROMs. Never handed out. */
#define PHYSICAL_LIMIT 0x40000000u /**< Physical memory from here on is not used (1 GiB). */

#define USER_START        0x40000000u /**< First address of a program. */
#define USER_END          0xC0000000u /**< One past the last address of a program. */
#define KERNEL_HEAP_START 0xC0000000u /**< The kernel heap grows upwards from here. */
#define KERNEL_HEAP_END   0xF0000000u /**< One past the largest extent of the kernel heap. */

/*
 * The window of kernel stacks, one for each process: every KERNEL_STACK_STRIDE bytes a guard that
 * is never mapped, and above it the stack.
 */
#define KERNEL_STACKS_START 0xF0000000u /**< The first stack's guard. */
#define KERNEL_STACKS_END   0xFC000000u /**< One past the last stack. */
#define KERNEL_STACK_SIZE   0x2000u     /**< Bytes of a stack: 8 KiB. */
#define KERNEL_STACK_GUARD  0x2000u     /**< Bytes of the guard below it. */
/** Bytes from one stack to the next. */
#define KERNEL_STACK_STRIDE (KERNEL_STACK_GUARD + KERNEL_STACK_SIZE)

/** The linker script's symbols: only their addresses mean something. All are page aligned. */
extern char kernel_image_start[], kernel_image_end[];
extern char kernel_text_start[], kernel_text_end[];     /**< Code: read only. */
extern char kernel_rodata_start[], kernel_rodata_end[]; /**< Constants: read only. */
extern char kernel_stack_guard[];                       /**< One page below the boot stack. */
extern char kernel_stack_bottom[], kernel_stack_top[];  /**< The boot stack. */

/**
 * The kernel's pointer to a byte of physical memory.
 * @param address a physical address below PHYSICAL_LIMIT.
 * @return the address at which the kernel reads and writes it, in every address space.
 */
static inline void *phys_to_virt(physaddr_t address)
{
    return (void *)(uintptr_t)address;
}

/**
 * The physical address behind a pointer into the one-to-one map.
 * @param pointer an address below PHYSICAL_LIMIT.
 * @return its physical address.
 */
static inline physaddr_t virt_to_phys(const void *pointer)
{
    return (physaddr_t)(uintptr_t)pointer;
}

#endif
