/**
 * @file
 * Strings and memory, as in ISO C.
 *
 * Most of them are the functions that the kernel uses, too; this header adds what only programs
 * need. The functions own no state.
 */
#ifndef STRING_H
#define STRING_H

#include "lib/string.h"

/** @return the text of an error number of <errno.h>, or of a negated one; a constant. */
const char *strerror(int error);

#endif
