/**
 * @file
 * What the tests of programs in ring 3 share.
 *
 * A test starts programs of the folder programs/ by name, or a few bytes of machine code of its
 * own, and learns their exit statuses. It can stand in for a program, so that the copy functions
 * treat it as one; look at each system call before it is dispatched; and use up memory. The
 * file owns the hook and the hoard. Sequence: census(), user_run() as often as need be,
 * census_expect().
 */
#ifndef LAB2_USER_SUPPORT_H
#define LAB2_USER_SUPPORT_H

#include "../common/outcomes.h"
#include "support.h"

#include "kernel/memory/paging.h"
#include "kernel/process/program.h"
#include "kernel/x86/trap.h"
#include "lib/string.h"

/* Checks that show names instead of numbers. */

/** A process must have ended in a certain way. */
#define EXPECT_STATUS(actual, kind, code, what)                                                    \
    check_exit_status(KTEST_CHECK(what, false), (actual), EXIT_STATUS(kind, code))
/** A program that checks something itself must have found nothing wrong. */
#define EXPECT_SUCCESS(actual, what) EXPECT_STATUS(actual, EXIT_NORMAL, 0, what)
/** A call must return 0 or a certain error. */
#define EXPECT_ERROR(actual, expected, what)                                                       \
    check_result(KTEST_CHECK(what, false), (actual), (expected))
/** As EXPECT_ERROR; a failure ends the run. */
#define REQUIRE_ERROR(actual, expected, what)                                                      \
    check_result(KTEST_CHECK(what, true), (actual), (expected))

/* Programs. */

/**
 * Start a program of the folder programs/ as a child; failure ends the run.
 * @param name of the program, also its argv[0].
 * @param first,second further arguments; NULL: there are no more.
 * @return its pid.
 */
int32_t user_spawn(const char *name, const char *first, const char *second);
/** Wait for a child; failure ends the run. @return its exit status. */
int32_t user_wait(int32_t pid);
/** user_spawn() and user_wait(). @return the exit status. */
int32_t user_run(const char *name, const char *first, const char *second);
/** End a child and wait for it. */
void user_kill(int32_t pid);
/** End all processes but the first and one more, and wait for them. @param spared 0: no more. */
void user_kill_others(int32_t spared);
/** Let others run for some ticks of the clock. */
void user_sleep(uint32_t ticks);
/** @return a process that must exist; if it does not, the run ends. */
struct process *user_process(int32_t pid);

/**
 * Start a program that consists of machine code.
 * @param code copied; it begins as any program does.
 * @param size in bytes, at most 128.
 * @return its pid.
 */
int32_t user_spawn_code(const uint8_t *code, uint32_t size);
/** Let the program `blank` begin with machine code until user_restore(). */
void user_patch(const uint8_t *code, uint32_t size);
/** Let the program `blank` be what it was. */
void user_restore(void);
/** user_spawn_code() and user_wait(). @return the exit status. */
int32_t user_run_code(const uint8_t *code, uint32_t size);

#define USER_CALL_SIZE 14u
/** Code: INT 0x80 with all registers as the program found them; then exit(33). */
extern const uint8_t user_call_at_once[USER_CALL_SIZE];
/** Check the registers with which a program began. */
void user_expect_fresh(const struct trap_frame *frame);

/** The file of a program of the folder programs/, and what elf_check() says about it. */
struct user_file {
    uint8_t *data; /**< In the initrd; may be changed, and must be restored. */
    uint32_t size;
    uint32_t entry_offset; /**< Where the first instruction is. */
};
/** @return the file of a program; if there is none, the run ends. */
struct user_file user_file(const char *name);

/* The kernel seen from within. */

/** Looks at a system call before it is dispatched. */
typedef void user_hook(struct trap_frame *frame);
/** Look at every system call from now on. @param hook NULL: no longer. */
void user_set_hook(user_hook *hook);

/**
 * Let the test itself pass for a program: it is in user mode and in a space of its own, until
 * user_pretend_end(). It must not wait meanwhile.
 * @param space becomes the current one.
 */
void user_pretend(struct space *space);
/** Be a kernel-mode process again. */
void user_pretend_end(void);

/** @return a new space; failure ends the run. */
struct space *user_space(void);
/** Describe a region of demand-zero pages; failure ends the run. */
void user_region(struct space *space, uintptr_t start, uint32_t pages, uint32_t flags);
/** Map a fresh frame whose bytes are all @p fill; failure ends the run. @return the frame. */
physaddr_t user_page(struct space *space, uintptr_t address, uint32_t flags, uint8_t fill);
/** @return the frame that a page is mapped to; FRAME_NONE if it is not mapped. */
physaddr_t user_frame_of(const struct space *space, uintptr_t address);
/** @return the rights of a page: PTE_USER, PTE_WRITE; 0 if it is not mapped. */
uint32_t user_rights_of(const struct space *space, uintptr_t address);

/* Memory. */

/** Allocate all frames that are free. */
void user_take_memory(void);
/** Give back @p count of these frames. */
void user_return_memory(uint32_t count);
/** Give back all of them. */
void user_return_all_memory(void);

#endif
