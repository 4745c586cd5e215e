/**
 * @file
 * What the tests of the process table share.
 *
 * These tests run before the kernel starts its first process, and set up themselves what the table
 * needs; so they judge exercise 1 while exercises 2 to 4 are still missing. No process ever runs in
 * them. The file owns the process that is created first.
 */
#ifndef LAB2_TABLE_H
#define LAB2_TABLE_H

#include "kernel/process/process.h"

/** Make the process table, with one process in it; once in a boot. */
void table_begin(void);
/** @return the process that table_begin() created. */
struct process *table_first(void);

#endif
