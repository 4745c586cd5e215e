/**
 * @file
 * Memory, numbers, and the end of a program, as in ISO C.
 *
 * malloc() takes memory from the kernel by cairn_grow() and keeps what is freed for later. It finds
 * double frees, and then ends the program. The heap is owned by malloc.c, the state of rand() by
 * stdlib.c.
 */
#ifndef STDLIB_H
#define STDLIB_H

#include <stddef.h>

#define EXIT_SUCCESS 0 /**< For exit(): all went well. */
#define EXIT_FAILURE 1 /**< For exit(): something went wrong. */
/** The largest result of rand(). */
#define RAND_MAX 0x7FFFFFFF

/**
 * Allocate memory.
 * @param size in bytes; 0 gives a pointer of its own, too.
 * @return memory aligned to 16 bytes, for the caller to free(); NULL if there is none, with errno
 *         ENOMEM.
 */
void *malloc(size_t size);

/**
 * Allocate an array of zeros.
 * @param count number of elements.
 * @param size of each, in bytes.
 * @return as malloc(), also if the product does not fit into a size_t.
 */
void *calloc(size_t count, size_t size);

/**
 * Change the size of allocated memory; its contents stay as far as both sizes reach.
 * @param memory from malloc(), or NULL, which makes this malloc().
 * @param size new size in bytes.
 * @return the memory, perhaps elsewhere; NULL as for malloc(), and then @p memory is as before.
 */
void *realloc(void *memory, size_t size);

/**
 * Free memory. Freeing it twice, or what malloc() did not return, ends the program by abort().
 * @param memory from malloc(), or NULL.
 */
void free(void *memory);

/** End the program. @param status its low 8 bits are what the parent learns. */
_Noreturn void exit(int status);

/** End the program abnormally: it kills itself. */
_Noreturn void abort(void);

/**
 * Read a number.
 * @param text blanks, a sign, digits.
 * @param end receives where the number ends, @p text if there is none; may be NULL.
 * @param base 2 to 36; 0: 16 after 0x, 8 after 0, otherwise 10.
 * @return the number; the nearest one that fits, with errno ERANGE, if it is too large.
 */
long strtol(const char *text, char **end, int base);

/** @return the number at the beginning of a text, in base 10; 0 if there is none. */
int atoi(const char *text);

/** Start the sequence of rand() anew; at first it is that of seed 1. */
void srand(unsigned int seed);

/** @return a pseudo-random number from 0 to RAND_MAX. */
int rand(void);

#endif
