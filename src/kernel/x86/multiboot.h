/**
 * @file
 * The boot loader's structures, as the Multiboot specification 0.6.96 defines them.
 *
 * boot.S receives a magic number and the address of the information in EAX and EBX and passes both
 * to multiboot_start(), which copies what the kernel needs into a struct boot_info and starts the
 * kernel. The loader's memory is not used afterwards. It owns the one struct boot_info.
 */
#ifndef KERNEL_X86_MULTIBOOT_H
#define KERNEL_X86_MULTIBOOT_H

#define MULTIBOOT_HEADER_MAGIC  0x1BADB002 /**< Opens the header in the kernel's image (3.1.2). */
#define MULTIBOOT_LOADER_MAGIC  0x2BADB002 /**< In EAX when a loader starts the kernel (3.2). */
#define MULTIBOOT_ALIGN_MODULES 0x1        /**< Header flag: modules start on page boundaries. */
#define MULTIBOOT_MEMORY_INFO   0x2        /**< Header flag: the loader must describe the memory. */

#ifndef __ASSEMBLER__

#include "kernel/types.h"

/** Which fields of struct multiboot_info are valid (3.3). */
enum multiboot_flags {
    MULTIBOOT_HAS_MEMORY = 1 << 0,
    MULTIBOOT_HAS_COMMAND_LINE = 1 << 2,
    MULTIBOOT_HAS_MODULES = 1 << 3,
    MULTIBOOT_HAS_MEMORY_MAP = 1 << 6,
    MULTIBOOT_HAS_LOADER_NAME = 1 << 9,
};

/** What the loader passes (3.3). Addresses are physical. */
struct multiboot_info {
    uint32_t flags;
    uint32_t memory_lower; /**< KiB from address 0. */
    uint32_t memory_upper; /**< KiB from address 1 MiB, up to the first hole. */
    uint32_t boot_device;
    uint32_t command_line;
    uint32_t module_count;
    uint32_t modules;
    uint32_t symbols[4];
    uint32_t memory_map_length; /**< In bytes. */
    uint32_t memory_map;
    uint32_t drives_length;
    uint32_t drives;
    uint32_t config_table;
    uint32_t loader_name;
};
_Static_assert(sizeof(struct multiboot_info) == 68, "Multiboot 0.6.96, 3.3");

/** An entry of the memory map; the next one starts size + 4 bytes after this one. */
struct multiboot_region {
    uint32_t size; /**< Of the rest of the entry. */
    uint64_t start;
    uint64_t length;
    uint32_t type; /**< 1: usable memory. */
} __attribute__((packed));
_Static_assert(sizeof(struct multiboot_region) == 24, "Multiboot 0.6.96, 3.3");

/** A module (3.3). */
struct multiboot_module {
    uint32_t start;
    uint32_t end;
    uint32_t command_line;
    uint32_t reserved;
};
_Static_assert(sizeof(struct multiboot_module) == 16, "Multiboot 0.6.96, 3.3");

/**
 * Start the kernel; called by boot.S only, with interrupts and paging off.
 * @param magic what the loader left in EAX.
 * @param info what the loader left in EBX.
 */
_Noreturn void multiboot_start(uint32_t magic, const struct multiboot_info *info);

#endif
#endif
