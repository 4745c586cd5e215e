/**
 * @file
 * What the boot loader told the kernel, in a form that no longer depends on the loader.
 *
 * multiboot.c fills one struct boot_info before anything else runs; everybody else only reads it.
 * The memory map keeps the firmware's regions exactly as reported, in their order: they may
 * overlap, start in the middle of a frame, or lie beyond the memory that Cairn can use. Making
 * sense of them is the first exercise of lab 1.
 */
#ifndef KERNEL_BOOT_H
#define KERNEL_BOOT_H

#include "kernel/types.h"

enum {
    BOOT_REGIONS_MAX = 32,       /**< Regions kept of the firmware's map. */
    BOOT_MODULES_MAX = 8,        /**< Multiboot modules kept. */
    BOOT_COMMAND_LINE_MAX = 512, /**< Bytes kept of the command line, the final 0 included. */
};

/** One region of the firmware's memory map. */
struct memory_region {
    uint64_t start;  /**< First byte; need not be aligned. */
    uint64_t length; /**< In bytes; need not be a multiple of the frame size; may be 0. */
    bool usable;     /**< Free RAM. False: reserved, ACPI tables, defective, ... */
};

/** A range of physical memory that is occupied although the map calls it usable. */
struct memory_range {
    physaddr_t start; /**< First byte; need not be aligned. */
    physaddr_t end;   /**< One past the last byte; need not be aligned. */
};

/** The memory map: what the firmware reported and what is occupied already. */
struct memory_map {
    size_t region_count;
    struct memory_region regions[BOOT_REGIONS_MAX];
    /** The kernel image first (text to bss, boot stack included), then each module. */
    size_t reserved_count;
    struct memory_range reserved[BOOT_MODULES_MAX + 1];
};

/** A file that the boot loader placed in memory. */
struct boot_module {
    physaddr_t start;
    physaddr_t end; /**< One past the last byte. */
    char name[64];  /**< The module's command line, cut to fit. */
};

/** Everything that the boot loader said. */
struct boot_info {
    uint64_t entry_time;                      /**< Time-stamp counter when the kernel began. */
    char loader[64];                          /**< The boot loader's name, "unknown" if none. */
    char command_line[BOOT_COMMAND_LINE_MAX]; /**< Words separated by blanks. */
    struct memory_map memory;
    size_t module_count;
    struct boot_module modules[BOOT_MODULES_MAX];
};

#endif
