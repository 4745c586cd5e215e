/**
 * @file
 * What the kernel offers to programs that run in ring 0, beyond the system calls of all programs.
 *
 * A kernel-mode program is an ordinary program, scheduled like others, with a space of its own; it
 * runs in ring 0 on its kernel stack, and finds this table of functions: in EBX when it starts.
 * Every function may be called with interrupts on, from the program itself. Memory below 1 GiB is
 * at its physical address. What a program holds is given back when it ends; but an error of such a
 * program can end the whole system. The kernel owns the table; it owns no state.
 *
 * Results are as those of system calls: below 0 an error of <cairn/error.h>.
 */
#ifndef CAIRN_KERNEL_SERVICES_H
#define CAIRN_KERNEL_SERVICES_H

#include <stdint.h>

/** Interrupts that a program can have as notifications: IRQ 1 to 15, but not 2. */
#define SERVICE_IRQS 16u

/** The table of kernel services. New ones are added at its end. */
struct kernel_services {
    uint32_t size; /**< Bytes of this table, for programs that were compiled with a longer one. */

    /**
     * Make a system call. @param number as in <cairn/syscall.h>; @param arguments four words.
     * @return its result.
     */
    int32_t (*system_call)(uint32_t number, const uint32_t *arguments);

    /* Pages. */
    /** Allocate a zeroed page. @return its physical address, which is also a pointer; 0: none. */
    uint32_t (*page_alloc)(void);
    /** Give a page back. @return 0; -E_NOT_FOUND if the program does not have it. */
    int32_t (*page_release)(uint32_t page);

    /* Other spaces: the page directory is switched, and switched back. */
    /**
     * Read the memory of a process. @param pid whose; @param to where; @param from its address;
     * @param size in bytes; with 0 nothing is looked at. @return 0; -E_NO_PROCESS, which is looked
     * for first; -E_FAULT for its address. One's own buffer may be checked in the same way or not.
     */
    int32_t (*read_space)(int32_t pid, void *to, uint32_t from, uint32_t size);
    /** Write to the memory of a process; as the one before. */
    int32_t (*write_space)(int32_t pid, uint32_t to, const void *from, uint32_t size);

    /* Scheduling. */
    /** Wait for wake(). @param ticks time limit, up to INT32_MAX; 0: none. @return 0; -E_TIMED_OUT;
     * -E_INVALID. */
    int32_t (*sleep)(uint32_t ticks);
    /** Wake a program that sleeps. @return 0; -E_NO_PROCESS; -E_AGAIN if it does not sleep. */
    int32_t (*wake)(int32_t pid);

    /* Interrupts. */
    /**
     * Get an interrupt as a notification. @param irq which; @param notification a handle that may
     * be signalled; @param bits that are set at each interrupt. @return 0; -E_INVALID; -E_EXISTS if
     * somebody has it; -E_BAD_HANDLE; -E_ACCESS.
     */
    int32_t (*interrupt_register)(uint32_t irq, int32_t notification, uint32_t bits);
    /** Give an interrupt back. @return 0; -E_NOT_FOUND if the program does not have it. */
    int32_t (*interrupt_unregister)(uint32_t irq);

    /* Devices. */
    /** Read a port. @param port its number; @param width 1, 2 or 4 bytes. */
    uint32_t (*port_read)(uint32_t port, uint32_t width);
    /** Write to a port. @param port its number; @param width in bytes; @param value what. */
    void (*port_write)(uint32_t port, uint32_t width, uint32_t value);
    /**
     * Reach the registers of a device, uncached. @param physical any address outside of memory;
     * @param size in bytes. @return a pointer to it; NULL if that is impossible.
     */
    void *(*device_map)(uint32_t physical, uint32_t size);
};

#endif
