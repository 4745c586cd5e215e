/**
 * @file ATTACK: A hidden test is included by a path relative to the kit's headers. Messages of the
 * compiler might show it.
 */

#include "../grader/tests/lab1/hidden/frames.c"
