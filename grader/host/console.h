/**
 * @file
 * What the code under test has printed.
 *
 * Only lines are counted; see console.c, which owns the counter. A test that cares sets the counter
 * to 0 first.
 */
#ifndef HOST_CONSOLE_H
#define HOST_CONSOLE_H

#include <stdint.h>

/** Ends of lines in the formats that kprintf() was given. */
extern uint32_t console_lines;

#endif
