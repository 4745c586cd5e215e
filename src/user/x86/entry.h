/**
 * @file
 * The ways into the kernel, and which of them is in use.
 *
 * Every function of <cairn.h> loads its registers and jumps through syscall_entry. entry.c owns
 * that pointer: it is syscall_int80() until syscall_init(), called before main(), finds that the
 * processor has the faster way. The routines are in syscall.S; they take their arguments in
 * registers, so C never calls them.
 */
#ifndef USER_X86_ENTRY_H
#define USER_X86_ENTRY_H

struct kernel_services;

/** A way into the kernel: number in EAX, arguments in EBX, ECX, EDX and ESI, result in EAX. */
typedef void syscall_routine(void);

/** Enters the kernel by `int 0x80`. */
syscall_routine syscall_int80;
/** Enters the kernel by `sysenter`. */
syscall_routine syscall_sysenter;
/** Enters the kernel by a call of its service; in ring 0 only. */
syscall_routine syscall_service;
/** The way in use. */
extern syscall_routine *syscall_entry;

/** What the kernel offers to a program in ring 0; NULL in ring 3. */
extern const struct kernel_services *kernel_services;

/**
 * Choose the fastest way that there is.
 * @param services what the program was given when it started.
 */
void syscall_init(const struct kernel_services *services);

#endif
