/**
 * @file
 * Lab 2, exercise 6: a second process that goes on where the first one is.
 *
 * Some tests pass for a program and look at the child before it runs; it is killed then. The others
 * let test/forks and test/crowd fork in every way: with known registers, deep and wide, with much
 * memory and with none.
 */
#include "user_support.h"

#include "kernel/memory/heap.h"
#include "kernel/process/fork.h"
#include "kernel/process/initrd.h"

#include <cairn/syscall.h>

KTEST(fork_process_fields, KTEST_PROCESSES)
{
    struct census before = census();
    struct process *parent = process_current();
    struct space *space = user_space();
    user_region(space, 0x50000000, 4, PTE_USER | PTE_WRITE);
    user_page(space, 0x50000000, PTE_USER | PTE_WRITE, 1);
    EXPECT_RESULT(process_fork(), -E_INVALID, "a kernel-mode process cannot fork");
    user_pretend(space);
    parent->program = initrd_find("test/blank");
    parent->heap_start = 0x50123000;
    parent->heap_end = 0x50123456;
    parent->personality = PERSONALITY_POSIX;
    int32_t pid = process_fork();
    REQUIRE(pid > 0, "a program can fork");
    const struct process *child = user_process(pid);
    EXPECT(child->mode == PROCESS_USER, "the child is a program");
    EXPECT_EQUAL(child->personality, PERSONALITY_POSIX, "the child has the parent's personality");
    EXPECT(strcmp(child->name, parent->name) == 0, "the child has the parent's name");
    EXPECT(child->program == parent->program, "the child runs the parent's program");
    EXPECT_EQUAL(child->heap_start, 0x50123000, "the child's heap starts at the same address");
    EXPECT_EQUAL(child->heap_end, 0x50123456, "the child's heap ends at the same address");
    EXPECT(child->parent == parent, "the child's parent is who has forked");
    EXPECT(child->state == PROCESS_READY, "the child is ready");
    EXPECT(child->space != parent->space && child->space != &kernel_space,
           "the child has a space of its own");
    struct trap_frame frame = *user_frame(child);
    EXPECT_EQUAL(frame.eax, 0, "the call's result is 0 for the child");
    frame.eax = user_frame(parent)->eax;
    EXPECT(memcmp(&frame, user_frame(parent), sizeof(frame)) == 0,
           "all other registers are the parent's");
    parent->program = NULL;
    parent->heap_start = 0;
    parent->heap_end = 0;
    parent->personality = PERSONALITY_NATIVE;
    user_pretend_end();
    user_kill(pid);
    space_destroy(space);
    census_expect(&before);
}

/** Run a program that forks, and check that it found nothing wrong and left nothing. */
static void expect_success(const char *program, const char *word, const char *number,
                           const char *what)
{
    struct census before = census();
    EXPECT_SUCCESS(user_run(program, word, number), what);
    census_expect(&before);
}

KTEST(fork_registers, KTEST_PROCESSES)
{
    ktest_part("by INT 0x80");
    expect_success("forks", "int", NULL, "the child sees 0 and otherwise the same registers");
    ktest_part("by SYSENTER");
    expect_success("forks", "sysenter", NULL, "the child sees 0 and otherwise the same registers");
    ktest_part("floating point");
    expect_success("forks", "float", NULL, "the child has the parent's floating-point registers");
}

KTEST(fork_memory, KTEST_PROCESSES)
{
    ktest_part("data, stack and heap");
    expect_success("forks", "memory", NULL, "neither sees what the other writes after the fork");
    ktest_part("code");
    expect_success("forks", "text", NULL, "code stays read only, in both");
    ktest_part("a heap that memory does not hold twice");
    expect_success("forks", "heap", NULL, "a fork copies nothing that nobody writes to");
}

KTEST(fork_many_generations, KTEST_PROCESSES)
{
    ktest_part("one after the other");
    expect_success("crowd", "loop", "150", "a program can fork again and again");
    ktest_part("a tree");
    expect_success("crowd", "tree", "5", "children have children");
    ktest_part("a chain");
    expect_success("crowd", "chain", "40", "children of children have children, 40 times");
}

/* What fork_out_of_memory tells its hook. */
static uint32_t leave;

/** Use up memory at the child's first note, and give it back at the parent's. */
static void starve(struct trap_frame *frame)
{
    if (frame->eax == SYS_NOTE && frame->ecx == 4) {
        user_take_memory();
        user_return_memory(leave);
    } else if (frame->eax == SYS_NOTE) {
        user_return_all_memory();
    }
}

/** Fork with few frames left; a failure must change nothing. @return the child, or the error. */
static int32_t try_fork(void)
{
    uint32_t free = frames_free();
    uint32_t blocks = heap_stats().used_blocks;
    uint32_t mapped = heap_stats().mapped;
    uint32_t count = process_count();
    int32_t pid = process_fork();
    if (pid < 0) {
        EXPECT_EQUAL(frames_free() + heap_stats().mapped / PAGE_SIZE, free + mapped / PAGE_SIZE,
                     "a fork that fails loses no frame");
        EXPECT_EQUAL(heap_stats().used_blocks, blocks,
                     "a fork that fails loses no memory of the heap");
        EXPECT_EQUAL(process_count(), count, "there is no child");
    }
    return pid;
}

KTEST(fork_out_of_memory, KTEST_PROCESSES)
{
    struct census before = census();
    struct space *space = user_space();
    ktest_part("a fork that fails");
    for (uint32_t i = 0; i < 3; i++) {
        uintptr_t page = 0x50000000 + i * 16 * LARGE_PAGE_SIZE;
        user_region(space, page, 8, PTE_USER | PTE_WRITE);
        user_page(space, page, PTE_USER | PTE_WRITE, 0x21);
        user_page(space, page + PAGE_SIZE, PTE_USER | PTE_WRITE, 0x22);
    }
    user_pretend(space);
    int32_t pid = -E_NO_MEMORY;
    uint32_t frames = 0;
    user_take_memory();
    for (; pid < 0 && frames < 40; frames++) {
        pid = try_fork();
        user_return_memory(pid < 0 ? 1 : UINT32_MAX);
        EXPECT(pid > 0 || pid == -E_NO_MEMORY, "too little memory is the only reason to fail");
        for (uint32_t i = 0; i < 3; i++) {
            volatile uint8_t *page = (volatile uint8_t *)(0x50000000 + i * 16 * LARGE_PAGE_SIZE);
            EXPECT_EQUAL(page[7], 0x21, "the parent keeps its memory");
            page[7] = 0x21;
            EXPECT_EQUAL(frame_references(user_frame_of(space, (uintptr_t)page)), 1,
                         "the parent is the only user of a page that it has written to");
        }
    }
    EXPECT_BETWEEN(frames, 6, 39, "a fork takes a stack, a space and its tables");
    user_pretend_end();
    user_kill(pid);
    space_destroy(space);
    census_expect(&before);

    ktest_part("a write to a shared page that fails");
    for (leave = 0; leave < 3; leave++) {
        user_set_hook(starve);
        EXPECT_SUCCESS(user_run("forks", "starve", NULL),
                       "only the program that writes is ended, and the other goes on");
        user_set_hook(NULL);
        user_return_all_memory();
    }
    census_expect(&before);
}

/** The most processes that there were at a note. */
static uint32_t most_processes;

/** Count processes at each note. */
static void count_processes(struct trap_frame *frame)
{
    if (frame->eax == SYS_NOTE && process_count() > most_processes) {
        most_processes = process_count();
    }
}

KTEST(fork_thousand, KTEST_PROCESSES)
{
    struct census before = census();
    most_processes = 0;
    user_set_hook(count_processes);
    EXPECT_SUCCESS(user_run("crowd", "many", "1000"), "a thousand children live, and are killed");
    user_set_hook(NULL);
    EXPECT_EQUAL(most_processes, before.processes + 1001,
                 "a thousand children live at the same time");
    census_expect(&before);
    frame_check();
}

/** Run a program that uses up memory by forking; it may itself be the one that needs a page. */
static void run_bomb(const char *word)
{
    int32_t status = user_run("crowd", word, NULL);
    EXPECT(status == 0 || status == EXIT_STATUS(EXIT_FAULT, TRAP_PAGE_FAULT),
           "the program ends normally, or because there is no page for it");
    most_processes = process_count() > most_processes ? process_count() : most_processes;
    user_kill_others(0);
}

KTEST(fork_bomb, KTEST_PROCESSES)
{
    struct census before = census();
    ktest_part("a program that forks as often as it can");
    most_processes = 0;
    user_set_hook(count_processes);
    run_bomb("bomb");
    user_set_hook(NULL);
    EXPECT_BETWEEN(most_processes, 100, 100000, "many processes lived before memory was used up");
    census_expect(&before);
    ktest_part("one whose children do the same");
    run_bomb("explode");
    census_expect(&before);
    frame_check();
}
