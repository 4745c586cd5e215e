/**
 * @file
 * What programs and the kernel agree on about processes: states, exit statuses, limits, addresses.
 *
 * A program's address space is, from low to high: a guard, the stack, the program's segments, its
 * heap. The stack comes first so that a small program needs a single page table. The structures
 * below are filled in by system calls. This file owns no state.
 */
#ifndef CAIRN_PROCESS_H
#define CAIRN_PROCESS_H

#include <stdint.h>

/** The guard below the stack: touching it is a stack overflow. The stack follows at once. */
#define USER_STACK_GUARD  0x40000000u
#define USER_STACK_BOTTOM 0x40010000u /**< The stack grows on demand down to here: 960 KiB. */
#define USER_STACK_TOP    0x40100000u /**< One past the stack's last byte. */
#define USER_PROGRAM_BASE 0x40100000u /**< Programs are linked to start here. */
/** One past the last address that a program's segments may have; the heap may go on to it, too. */
#define USER_PROGRAM_LIMIT 0xBFFF0000u

#define PROCESS_NAME_MAX 16u   /**< Bytes of a process's name, the final 0 included. */
#define PROGRAM_PATH_MAX 100u  /**< Bytes of a program's path, the final 0 included. */
#define ARGUMENTS_MAX    32u   /**< Arguments that a program can be given, argv[0] included. */
#define ARGUMENT_BYTES   2048u /**< Bytes of all arguments, their final 0s included. */
#define WRITE_MAX        1024u /**< Bytes that one SYS_WRITE writes at most. */
#define NOTE_MAX         64u   /**< Bytes of one SYS_NOTE at most. */

#define TICKS_PER_SECOND 1000u /**< Clock ticks; SYS_CLOCK and SYS_SLEEP count them. */

/** SYS_WAIT: any child. */
#define WAIT_ANY (-1)

/** Every state: STATE(constant, name). See src/kernel/process/process.h for the transitions. */
#define PROCESS_STATES(STATE)                                                                      \
    STATE(PROCESS_NEW, "new")                                                                      \
    STATE(PROCESS_READY, "ready")                                                                  \
    STATE(PROCESS_RUNNING, "running")                                                              \
    STATE(PROCESS_BLOCKED, "blocked")                                                              \
    STATE(PROCESS_SLEEPING, "sleeping")                                                            \
    STATE(PROCESS_ZOMBIE, "zombie")

/** The enumerator of an entry. */
#define PROCESS_STATE_ENUM(constant, name) constant,
/** What a process is doing. */
enum process_state { PROCESS_STATES(PROCESS_STATE_ENUM) };
#undef PROCESS_STATE_ENUM

/** In which ring a process runs. */
enum process_mode {
    PROCESS_KERNEL, /**< Ring 0, in the kernel's address space. */
    PROCESS_USER,   /**< Ring 3, in an address space of its own. */
};

/** How a process ended: bits 8 and up of its exit status. */
enum exit_kind {
    EXIT_NORMAL = 0, /**< It called exit; the low 8 bits are what it passed. */
    EXIT_KILLED = 1, /**< A process killed it, perhaps itself; the low 8 bits are 0. */
    EXIT_FAULT = 2,  /**< An exception ended it; the low 8 bits are the vector. */
};
/** Make an exit status. */
#define EXIT_STATUS(kind, code) ((int)(kind) << 8 | ((int)(code)&0xFF))
/** How the process ended; an enum exit_kind. */
#define EXIT_KIND(status) ((int)(status) >> 8)
/** Exit code or vector. */
#define EXIT_CODE(status) ((int)(status)&0xFF)

/** What SYS_PROCESS_INFO tells about a process. */
struct process_info {
    int32_t pid;
    int32_t parent;
    uint32_t state; /**< An enum process_state. */
    uint32_t mode;  /**< An enum process_mode. */
    uint32_t ticks; /**< Clock ticks during which it ran. */
    char name[PROCESS_NAME_MAX];
};
_Static_assert(sizeof(struct process_info) == 36, "user programs are compiled with this layout");

/** What SYS_MEMORY_INFO tells. */
struct memory_info {
    uint32_t frames_total; /**< Frames of 4 KiB that the kernel manages. */
    uint32_t frames_free;
    uint32_t processes; /**< Processes that exist, zombies included. */
};
_Static_assert(sizeof(struct memory_info) == 12, "user programs are compiled with this layout");

#endif
