/**
 * @file
 * An instruction that programs may not execute.
 *
 * The routine is in privileged.S, for the program crash. It owns no state.
 * The kernel ends whoever calls it.
 */
#ifndef USER_X86_PRIVILEGED_H
#define USER_X86_PRIVILEGED_H

/** Turn interrupts off, by CLI. */
void privileged_instruction(void);

#endif
