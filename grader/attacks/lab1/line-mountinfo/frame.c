/**
 * @file ATTACK: Errors are said to be in the list of mounts, so that the compiler quotes its lines.
 * They would show where the host's folders are.
 */

#line 1 "/proc/self/mountinfo"
#error here
#line 2 "/proc/self/mountinfo"
#error here
#line 3 "/proc/self/mountinfo"
#error here
