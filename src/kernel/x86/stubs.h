/**
 * @file
 * The entry stubs of trap_entry.S, as C sees them.
 *
 * Private to this folder: the interrupt descriptor table points to the stubs, and offsets.c passes
 * these numbers on to the assembly. It owns no state; the stubs are code and never change.
 */
#ifndef KERNEL_X86_STUBS_H
#define KERNEL_X86_STUBS_H

enum {
    STUB_SIZE = 16, /**< Bytes from one stub to the next. */
    /** One bit for each exception that comes with an error code (SDM 3A, table 6-1). */
    STUB_ERROR_CODES = 1 << 8 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13 | 1 << 14 | 1 << 17 |
                       1 << 21 | 1 << 29 | 1 << 30,
};

/** The first stub. Code, not data: only its address means something. */
extern const char trap_stubs[];

#endif
