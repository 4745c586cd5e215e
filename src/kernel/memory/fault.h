/**
 * @file
 * Page faults: what they mean, and which of them are not errors at all.
 *
 * The trap handler (given) calls fault_decode() and fault_resolve() for every exception 14. A fault
 * inside a demand-zero region is how that region gets its pages; every other fault is classified,
 * so that the report can say in plain words what went wrong. Sequence: region_add() describes a
 * space's user half; touching it enters fault_decode() and fault_resolve(). The implementation is
 * the student's (lab 1, exercise 5: labs/lab1-memory/fault.c).
 *
 * Source: Intel SDM volume 3A, section 4.7 (page-fault exceptions) and 6.15 (interrupt 14).
 */
#ifndef KERNEL_MEMORY_FAULT_H
#define KERNEL_MEMORY_FAULT_H

#include "kernel/memory/space.h"
#include "kernel/types.h"

/** Bits of the error code that the processor pushes (SDM 3A, figure 4-12). */
enum fault_bits {
    FAULT_PRESENT = 1 << 0,  /**< Clear: the page was not present. Set: it forbade the access. */
    FAULT_WRITE = 1 << 1,    /**< The access was a write. */
    FAULT_USER = 1 << 2,     /**< The access came from ring 3. */
    FAULT_RESERVED = 1 << 3, /**< A reserved bit was set in an entry. */
    FAULT_FETCH = 1 << 4,    /**< The access was an instruction fetch. */
};

/** Why a fault cannot be resolved. */
enum fault_cause {
    FAULT_CAUSE_NONE,          /**< It was resolved. */
    FAULT_CAUSE_NULL,          /**< The first page: a null pointer was used. */
    FAULT_CAUSE_GUARD,         /**< A guard region, or the guard page below the boot stack. */
    FAULT_CAUSE_NOT_MAPPED,    /**< Nothing is there. */
    FAULT_CAUSE_READ_ONLY,     /**< A write to a page or region that may only be read. */
    FAULT_CAUSE_PRIVILEGE,     /**< Ring 3 touched a page or region of the kernel. */
    FAULT_CAUSE_RESERVED_BIT,  /**< A page table entry is damaged. */
    FAULT_CAUSE_OUT_OF_MEMORY, /**< The page may appear, but no frame is free. */
};

/** A page fault, decoded. */
struct fault {
    uintptr_t address; /**< The address that was touched (CR2). */
    bool present;      /**< The page is there, but forbids this access. */
    bool write;        /**< The access was a write; else a read or a fetch. */
    bool user;         /**< The access came from ring 3. */
    bool reserved_bit; /**< A reserved bit was set in an entry. */
    bool fetch;        /**< The access was an instruction fetch. */
};

/**
 * Decode the processor's error code (exercise lab1.ex5).
 * @param error_code as pushed by the processor; bits that fault_bits does not name are ignored.
 * @param address the contents of CR2.
 * @return the decoded fault.
 */
struct fault fault_decode(uint32_t error_code, uintptr_t address);

/**
 * Resolve a fault in a space, or say why it cannot be (exercise lab1.ex5).
 *
 * The rights at the address are those of the page, as the tables have them now, if the fault says
 * that it is present; otherwise those of the region. The first rule that fits decides:
 *
 *  1. a reserved bit was set: RESERVED_BIT;
 *  2. the first page: NULL;
 *  3. a guard region, or the boot stack's guard page: GUARD;
 *  4. a user access outside the user half, or without PTE_USER in the rights: PRIVILEGE;
 *  5. a write without PTE_WRITE in the rights: READ_ONLY;
 *  6. a present page, in a region or not: it allows the access, only the processor's cached
 *     translation was old. It is forgotten by tlb_invalidate(), nothing else changes: NONE;
 *  7. no region: NOT_MAPPED;
 *  8. a demand-zero region: a zeroed frame is mapped at the page that holds the address, with the
 *     region's flags: NONE; OUT_OF_MEMORY if there is no frame for the page or for its table.
 *
 * After any cause but NONE nothing has changed.
 *
 * @param space the space in which the access was made.
 * @param fault the decoded fault.
 * @return FAULT_CAUSE_NONE if the access may be tried again.
 */
MUST_USE enum fault_cause fault_resolve(struct space *space, const struct fault *fault);

/**
 * Describe a range of a space's user half (exercise lab1.ex5).
 * @param space a live space other than the kernel's.
 * @param region copied. Bounds must be multiples of PAGE_SIZE, start < end, within the user half;
 *               flags only PTE_WRITE and PTE_USER.
 * @return 0; -E_INVALID for bad bounds, kind or flags; -E_EXISTS if it overlaps another region;
 *         -E_NO_SPACE if there are REGIONS_MAX already. After an error nothing has changed.
 */
MUST_USE int region_add(struct space *space, const struct region *region);

/**
 * The region that holds an address (exercise lab1.ex5).
 * @param space any space.
 * @param address any virtual address.
 * @return the region, owned by the space; NULL if there is none.
 */
const struct region *region_find(const struct space *space, uintptr_t address);

#endif
