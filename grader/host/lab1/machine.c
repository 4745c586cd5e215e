/**
 * @file
 * A machine for the code of lab 1 that is a program; the contract is in machine.h.
 *
 * It owns the file behind physical memory, the set of pages in the heap window, and the registers
 * that the memory management unit would have. Calls of paging_map(), paging_unmap() and
 * poison_fill() from other files come here first, by the linker's option --wrap; the addresses of
 * the kernel image are defined on the linker's command line (scripts/host-test.sh).
 */
#define _GNU_SOURCE
#include "machine.h"

#include "../host.h"
#include "kernel/main.h"
#include "kernel/memory/heap.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/paging.h"
#include "kernel/memory/poison.h"
#include "kernel/memory/space.h"
#include "kernel/x86/cpu.h"
#include "lib/string.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/** Size of the part of the heap window that can be used: more than the small machine has. */
#define WINDOW_SIZE 0x02000000u

static int memory_file = -1;
static physaddr_t directory_in_use;
static bool paging_is_on;
static uint32_t invalidations;
static uintptr_t last_invalidation;
static jmp_buf misuse_place;
static enum misuse misuse_caught;
static bool misuse_expected;

int __real_paging_map(pde_t *directory, uintptr_t address, physaddr_t frame, uint32_t flags);
int __wrap_paging_map(pde_t *directory, uintptr_t address, physaddr_t frame, uint32_t flags);
int __real_paging_unmap(pde_t *directory, uintptr_t address, physaddr_t *frame);
int __wrap_paging_unmap(pde_t *directory, uintptr_t address, physaddr_t *frame);
void __real_poison_fill(void *memory, size_t size);
void __wrap_poison_fill(void *memory, size_t size);

/** Stop: the host cannot do what the tests need. */
static void must(bool condition, const char *what)
{
    if (!condition) {
        perror(what);
        exit(2);
    }
}

/** Map something at a fixed address. */
static void map_at(uintptr_t address, size_t size, int protection, int flags, int file, long offset)
{
    void *place = mmap((void *)address, size, protection, flags, file, offset);
    must(place == (void *)address, "mmap at a fixed address");
}

/** Make an unused piece of the heap window inaccessible. */
static void close_window(uintptr_t address, size_t size, int flags)
{
    map_at(address, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);
}

/** Create physical memory and the heap window, once. */
static void machine_create(void)
{
    memory_file = memfd_create("memory", 0);
    must(memory_file >= 0, "memfd_create");
    must(ftruncate(memory_file, MACHINE_MEMORY_END - LOW_MEMORY_END) == 0, "ftruncate");
    map_at(LOW_MEMORY_END, MACHINE_MEMORY_END - LOW_MEMORY_END, PROT_READ | PROT_WRITE,
           MAP_SHARED | MAP_FIXED_NOREPLACE, memory_file, 0);
    close_window(KERNEL_HEAP_START, WINDOW_SIZE, MAP_FIXED_NOREPLACE);
}

void machine_reset(void)
{
    if (memory_file < 0) {
        machine_create();
    }
    close_window(KERNEL_HEAP_START, WINDOW_SIZE, MAP_FIXED);
    memset(phys_to_virt(LOW_MEMORY_END), 0x5A, 15 * LOW_MEMORY_END);
    kernel_space = (struct space){0};
    directory_in_use = 0;
    paging_is_on = false;
    invalidations = 0;
    last_invalidation = 0;
}

/** The boot information: a machine with 16 MiB, as QEMU describes it. */
const struct boot_info *boot_information(void)
{
    static struct boot_info boot = {.memory = {.region_count = 4,
                                               .regions = {{0, 0x9FC00, true},
                                                           {0x9FC00, 0x400, false},
                                                           {0xF0000, 0x10000, false},
                                                           {0x100000, 0xEE0000, true}},
                                               .reserved_count = 1}};
    boot.memory.reserved[0] = (struct memory_range){(physaddr_t)(uintptr_t)kernel_image_start,
                                                    (physaddr_t)(uintptr_t)kernel_image_end};
    return &boot;
}

const struct memory_map *machine_small_map(void)
{
    return &boot_information()->memory;
}

/** Whether a page of a directory is one of the heap window. */
static bool in_window(const pde_t *directory, uintptr_t address)
{
    return directory == kernel_space.directory && address >= KERNEL_HEAP_START &&
           address < KERNEL_HEAP_START + WINDOW_SIZE;
}

int __wrap_paging_map(pde_t *directory, uintptr_t address, physaddr_t frame, uint32_t flags)
{
    int error = __real_paging_map(directory, address, frame, flags);
    if (error == 0 && in_window(directory, address)) {
        map_at(address, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory_file,
               (long)(frame - LOW_MEMORY_END));
    }
    return error;
}

int __wrap_paging_unmap(pde_t *directory, uintptr_t address, physaddr_t *frame)
{
    int error = __real_paging_unmap(directory, address, frame);
    if (error == 0 && in_window(directory, address)) {
        close_window(address, PAGE_SIZE, MAP_FIXED);
    }
    return error;
}

/* A test with more memory than there is must not touch it. */
void __wrap_poison_fill(void *memory, size_t size)
{
    uintptr_t address = (uintptr_t)memory;
    if (address < MACHINE_MEMORY_END || address >= PHYSICAL_LIMIT) {
        __real_poison_fill(memory, size);
    }
}

void tlb_invalidate(uintptr_t address)
{
    invalidations++;
    last_invalidation = address;
}

uint32_t machine_invalidations(void)
{
    return invalidations;
}

uintptr_t machine_last_invalidation(void)
{
    return last_invalidation;
}

void mmu_enable(physaddr_t directory)
{
    directory_in_use = directory;
    paging_is_on = true;
}

void mmu_load(physaddr_t directory)
{
    directory_in_use = directory;
}

physaddr_t mmu_current(void)
{
    return directory_in_use;
}

bool mmu_enabled(void)
{
    return paging_is_on;
}

uint64_t cpu_timestamp(void)
{
    return 0;
}

_Noreturn void memory_misuse(enum misuse kind, uintptr_t address)
{
    if (!misuse_expected) {
        host_fail(__FILE__, __LINE__, "misuse %d of 0x%lx", (int)kind, (unsigned long)address);
    }
    misuse_caught = kind;
    longjmp(misuse_place, 1);
}

enum misuse machine_catch_misuse(void (*action)(void *), void *argument)
{
    misuse_caught = MISUSE_NONE;
    misuse_expected = true;
    if (setjmp(misuse_place) == 0) {
        action(argument);
    }
    misuse_expected = false;
    return misuse_caught;
}
