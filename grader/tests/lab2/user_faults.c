/**
 * @file
 * Lab 2, exercise 5: programs that fail, their stacks and their heaps.
 *
 * The console is judged by the grader after the run: what happened, where, and through which
 * functions. A stack and a heap grow when they are touched, up to their limits and no further; a
 * program that needs a page when there is none is ended, and no other.
 */
#include "user_support.h"

#include <cairn/syscall.h>

KTEST(user_fault_report, KTEST_PROCESSES)
{
    struct census before = census();
    EXPECT_STATUS(user_run("crash", "read", NULL), EXIT_FAULT, TRAP_PAGE_FAULT,
                  "a null pointer ends a program");
    EXPECT_STATUS(user_run("crash", "write", NULL), EXIT_FAULT, TRAP_PAGE_FAULT,
                  "a write to code ends a program");
    EXPECT_STATUS(user_run("crash", "divide", NULL), EXIT_FAULT, 0,
                  "a division by 0 ends a program");
    EXPECT_STATUS(user_run("crash", "overflow", NULL), EXIT_FAULT, TRAP_PAGE_FAULT,
                  "a stack that is too large ends a program");
    static const uint8_t hostile_chain[] = {
        0xBD, 0x00, 0x00, 0x10, 0x00, /* mov ebp, 0x100000: the kernel's memory */
        0x0F, 0x0B,                   /* ud2 */
    };
    EXPECT_STATUS(user_run_code(hostile_chain, sizeof(hostile_chain)), EXIT_FAULT, 6,
                  "a frame pointer into the kernel does no harm");
    static const uint8_t endless_chain[] = {
        0x54, 0x54, 0x89, 0xE5,       /* push esp; push esp; mov ebp, esp */
        0x89, 0x2C, 0x24, 0x0F, 0x0B, /* mov [esp], ebp: it points to itself; ud2 */
    };
    EXPECT_STATUS(user_run_code(endless_chain, sizeof(endless_chain)), EXIT_FAULT, 6,
                  "a frame pointer that leads back to itself does no harm");
    census_expect(&before);
}

/* The space of the program that makes the calls, when the hook sees one. */
#define STACK_PAGE (USER_STACK_TOP - 500 * 1024)

/** Let the grader look at a stack of which a page in the middle was touched. */
static void inspect_stack(struct trap_frame *frame)
{
    if (frame->eax == SYS_NOTE) {
        uint32_t directory = (uint32_t)process_current()->space->directory;
        uintptr_t page = align_down(STACK_PAGE, PAGE_SIZE);
        ktest_inspect("present", directory, page, page + PAGE_SIZE, 0);
        ktest_inspect("absent", directory, USER_STACK_GUARD, page, 0);
        ktest_inspect("absent", directory, page + PAGE_SIZE, USER_STACK_TOP - 4 * PAGE_SIZE, 0);
    }
}

KTEST(user_stack_grows, KTEST_PROCESSES)
{
    struct census before = census();
    ktest_part("a page in the middle");
    user_set_hook(inspect_stack);
    EXPECT_SUCCESS(user_run("stack", "middle", NULL), "a page of the stack appears when touched");
    user_set_hook(NULL);
    ktest_part("to its limit");
    EXPECT_SUCCESS(user_run("stack", "all", NULL), "all of the stack can be used");
    ktest_part("beyond its limit");
    EXPECT_STATUS(user_run("stack", "beyond", NULL), EXIT_FAULT, TRAP_PAGE_FAULT,
                  "a stack does not grow into its guard");
    census_expect(&before);
}

KTEST(user_heap_grows, KTEST_PROCESSES)
{
    struct census before = census();
    ktest_part("its end and its limit");
    EXPECT_SUCCESS(user_run("heap", "limits", NULL), "the heap grows to its limit, not further");
    ktest_part("behind its end");
    EXPECT_STATUS(user_run("heap", "beyond", NULL), EXIT_FAULT, TRAP_PAGE_FAULT,
                  "nothing is mapped behind the heap's end");
    census_expect(&before);
}

KTEST(user_out_of_memory, KTEST_PROCESSES)
{
    struct census before = census();
    ktest_part("a program that uses up memory");
    int32_t other = user_spawn("canary", NULL, NULL);
    user_sleep(20);
    EXPECT_STATUS(user_run("heap", "greedy", NULL), EXIT_FAULT, TRAP_PAGE_FAULT,
                  "a program that needs a page when there is none is ended");
    user_sleep(20);
    user_kill(other);
    census_expect(&before);

    ktest_part("starting one with too little memory");
    struct program_arguments arguments = {0};
    REQUIRE_ERROR(program_add_argument(&arguments, "blank"), 0, "an argument fits");
    int32_t pid = -E_NO_MEMORY;
    uint32_t frames = 0;
    user_take_memory();
    for (; frames < 64 && pid == -E_NO_MEMORY; frames++) {
        uint32_t had = frames_free();
        pid = program_spawn("test/blank", &arguments);
        EXPECT(pid > 0 || frames_free() == had, "a program that cannot start takes no memory");
        user_return_memory(1);
    }
    user_return_all_memory();
    EXPECT(pid > 0, "with a few dozen frames a small program can be started");
    EXPECT(frames > 4, "with fewer frames the program cannot be started");
    EXPECT_SUCCESS(user_wait(pid), "the program that could be started runs");
    census_expect(&before);
}
