/**
 * @file
 * The console for people: VGA text and COM1.
 *
 * Everything that the kernel has to say goes through kprintf(). It owns the list of outputs.
 * Sequence: console_init() at boot; before it, only COM1 is written, and only with `earlycon`.
 */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include "kernel/types.h"

#include <stdarg.h>

/** Start the console on both outputs. */
void console_init(void);

/** Start the console on COM1 alone, before anything else works (boot option `earlycon`). */
void console_init_early(void);

/**
 * Print text for a person. May be called in any state of the machine.
 * @param format as printf (see lib/format.h).
 */
void kprintf(const char *format, ...) PRINTF_LIKE(1, 2);

/** As kprintf(), with the arguments in a list. */
void kvprintf(const char *format, va_list arguments) PRINTF_LIKE(1, 0);

/**
 * Print bytes as they are, whatever they are; a program's text, for instance.
 * @param text the bytes.
 * @param size how many.
 */
void console_write(const char *text, size_t size);

#endif
