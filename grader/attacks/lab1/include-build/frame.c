/**
 * @file ATTACK: The compiler asks which files there are around it. Each error names some that it
 * should not see.
 */

#if __has_include("../../lab1-test/obj/offsets.h") || __has_include("../../lab1-test/kernel.elf")
#error the build area is seen
#endif
#if __has_include("../../../../Makefile") || __has_include("../../lock") ||                        \
                                                           __has_include("../../../in")
#error something else is seen
#endif
#if __has_include("../solutions/lab1-memory/frame.c") || __has_include("../grader/grade")
#error the kit is seen
#endif
#if __has_include("/etc/passwd") ||                                                                \
                  __has_include("/root") || __has_include("/home") || __has_include("/var/log")
#error the host is seen
#endif
#error nothing is seen
