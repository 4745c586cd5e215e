/**
 * @file ATTACK: The solution is included by a path relative to the headers. Line splices hide the
 * path from a search of the text.
 */

#include "../solut\
ions/lab1-mem\
ory/frame.c"
