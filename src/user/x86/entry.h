/**
 * @file
 * The two ways into the kernel, and which of them is in use.
 *
 * Every function of <cairn.h> loads its registers and jumps through syscall_entry. entry.c owns
 * that pointer: it is syscall_int80() until syscall_init(), called before main(), finds that the
 * processor has the faster way. The routines are in syscall.S; they take their arguments in
 * registers, so C never calls them.
 */
#ifndef USER_X86_ENTRY_H
#define USER_X86_ENTRY_H

/** A way into the kernel: number in EAX, arguments in EBX, ECX, EDX and ESI, result in EAX. */
typedef void syscall_routine(void);

/** Enters the kernel by `int 0x80`. */
syscall_routine syscall_int80;
/** Enters the kernel by `sysenter`. */
syscall_routine syscall_sysenter;
/** The way in use. */
extern syscall_routine *syscall_entry;

/** Choose the fastest way that the processor has. */
void syscall_init(void);

#endif
