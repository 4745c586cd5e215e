/**
 * @file
 * Names and source lines for addresses of the kernel's code.
 *
 * The build puts the tables into the kernel's image (scripts/symbols.sh), so a backtrace needs no
 * tool on the host. They are read only; this file owns no other state. The panic report is the
 * usual caller.
 */
#ifndef KERNEL_SYMBOLS_H
#define KERNEL_SYMBOLS_H

#include "kernel/types.h"

/** What an address of code belongs to. */
struct symbol_location {
    const char *function; /**< Its name. */
    uint32_t offset;      /**< Bytes from the function's start. */
    const char *file;     /**< Source file, relative to the root; "?" if unknown. */
    uint32_t line;        /**< Source line; 0 if unknown. */
};

/**
 * Find the function and line of an address. For a return address, ask for the byte before it.
 * @param address any address.
 * @param location filled in on success.
 * @return false if the address is not in the kernel's code.
 */
MUST_USE bool symbols_find(uintptr_t address, struct symbol_location *location);

#endif
