/**
 * @file ATTACK: What make has printed so far is included. It is a file of the grader's.
 */

#include "/proc/self/fd/1"
#include "/proc/self/fd/2"
