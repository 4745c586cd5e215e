/**
 * @file ATTACK: A file without end is included. The compiler uses all the memory that it may.
 */

#include "/dev/zero"
