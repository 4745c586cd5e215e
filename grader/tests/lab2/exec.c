/**
 * @file
 * Lab 2, exercise 7: another program in the same process.
 *
 * The hook sees the new program's first system call, and with it what the process has become; the
 * grader looks at its page tables then. Failures are provoked one by one: the old program,
 * test/execs, checks that nothing of it has changed.
 */
#include "user_support.h"

#include "kernel/memory/heap.h"
#include "kernel/process/exec.h"
#include "kernel/process/initrd.h"

#include <cairn/syscall.h>

/* What the hook saw when the new program made its first call, which has number 0. */
static struct trap_frame first_frame;
static uint32_t firsts;
static struct process seen;
static int32_t expected_pid;

/** Look at a process whose new program has just begun. */
static void look(struct trap_frame *frame)
{
    const struct process *process = process_current();
    if (process->pid != expected_pid || frame->eax != 0) {
        return;
    }
    firsts++;
    first_frame = *frame;
    seen = *process;
    ktest_inspect("address_space", (uint32_t)process->space->directory, 0, 0, 0);
    ktest_inspect("inside_call", process->stack_top, (uint32_t)process->space->directory,
                  (uint32_t)frame, 0);
}

/** Let test/execs replace itself by the program `blank`, which calls at once. @return its pid. */
static int32_t exec_blank(const char *entry)
{
    firsts = 0;
    user_patch(user_call_at_once, USER_CALL_SIZE);
    user_set_hook(look);
    expected_pid = user_spawn("execs", "blank", entry);
    return expected_pid;
}

/** Wait for the new program. */
static void finish_blank(void)
{
    EXPECT_STATUS(user_wait(expected_pid), EXIT_NORMAL, 33, "the new program runs to its end");
    user_set_hook(NULL);
    user_restore();
    REQUIRE_EQUAL(firsts, 1, "the new program begins once");
}

KTEST(exec_replaces, KTEST_PROCESSES)
{
    struct census before = census();
    exec_blank("int");
    const struct process *process = user_process(expected_pid);
    const struct space *old_space = process->space;
    uintptr_t stack_top = process->stack_top;
    const struct initrd_file *old_program = process->program;
    ktest_part("the process stays");
    finish_blank();
    EXPECT_EQUAL(seen.pid, expected_pid, "the pid is the same");
    EXPECT(seen.parent == process_current(), "the parent is the same");
    EXPECT_EQUAL(seen.stack_top, stack_top, "the kernel stack is the same");
    EXPECT(seen.mode == PROCESS_USER, "the process is still a program");
    ktest_part("the program is another");
    EXPECT(strcmp(seen.name, "blank") == 0, "the process has the new program's name");
    EXPECT(seen.program == initrd_find("test/blank") && seen.program != old_program,
           "the process knows the new program's file");
    EXPECT_EQUAL(seen.heap_end, seen.heap_start, "the new program's heap is empty");
    EXPECT(seen.space != old_space, "the process has a new space");
    census_expect(&before);
}

KTEST(exec_registers, KTEST_PROCESSES)
{
    static const char *const entries[] = {"int", "sysenter"};
    for (size_t i = 0; i < COUNT_OF(entries); i++) {
        struct census before = census();
        ktest_part(i == 0 ? "by INT 0x80" : "by SYSENTER");
        exec_blank(entries[i]);
        finish_blank();
        user_expect_fresh(&first_frame);
        EXPECT_EQUAL(first_frame.user_esp % 16, 0, "the stack is aligned: ESP % 16");
        EXPECT(first_frame.user_esp >= USER_STACK_TOP - PAGE_SIZE &&
                   first_frame.user_esp < USER_STACK_TOP,
               "ESP points to the new program's arguments");
        census_expect(&before);
    }
}

/** Run test/execs with one word, and check that it found nothing wrong and left nothing. */
static void expect_execs(const char *word, const char *number, const char *what)
{
    struct census before = census();
    EXPECT_SUCCESS(user_run("execs", word, number), what);
    census_expect(&before);
}

KTEST(exec_arguments, KTEST_PROCESSES)
{
    ktest_part("arguments");
    expect_execs("arguments", NULL, "the new program finds its arguments");
    ktest_part("memory");
    expect_execs("memory", NULL, "nothing of the old program's memory is left");
}

KTEST(exec_float, KTEST_PROCESSES)
{
    expect_execs("float", NULL, "the floating-point registers are as after FNINIT");
}

KTEST(exec_family, KTEST_PROCESSES)
{
    ktest_part("pid, parent and children");
    expect_execs("family", NULL, "the new program has the old one's children");
    ktest_part("in a child");
    expect_execs("child", NULL, "a child's exec does not touch the parent");
    ktest_part("again and again");
    expect_execs("loop", "60", "exec loses no memory");
}

/** Let test/execfails try to replace itself, and check that it goes on and nothing is lost. */
static void expect_fails(const char *word)
{
    struct census before = census();
    EXPECT_SUCCESS(user_run("execfails", word, NULL), "the old program goes on as before");
    census_expect(&before);
}

KTEST(exec_failures, KTEST_PROCESSES)
{
    ktest_part("bad paths and arguments");
    expect_fails("failures");
    ktest_part("a file that is no program");
    struct user_file file = user_file("blank");
    file.data[0] ^= 1;
    expect_fails("broken");
    file.data[0] ^= 1;
    ktest_part("a kernel-mode process");
    struct program_arguments arguments = {0};
    struct census before = census();
    EXPECT_RESULT(process_exec("test/blank", &arguments), -E_INVALID,
                  "a kernel-mode process has no program to replace");
    EXPECT_RESULT(process_exec("test/nothing", &arguments), -E_INVALID,
                  "whether or not there is such a program");
    census_expect(&before);
}

/* What exec_out_of_memory and its hook tell each other. */
static uint32_t failures;
static uint32_t free_then;
static bool is_starving;

/** Leave no frame for the first exec, and one more for each that follows. */
static void starve(struct trap_frame *frame)
{
    bool failed = strcmp(process_current()->name, "execfails") == 0;
    if (is_starving) {
        EXPECT(!failed || frames_free() == free_then, "an exec that fails loses no frame");
        is_starving = false;
        failures += failed;
    }
    if (!failed) {
        user_return_all_memory();
    } else if (frame->eax == SYS_EXEC) {
        if (failures == 0) {
            user_take_memory();
        } else {
            user_return_memory(1);
        }
        free_then = frames_free();
        is_starving = true;
    }
}

KTEST(exec_out_of_memory, KTEST_PROCESSES)
{
    struct census before = census();
    failures = 0;
    is_starving = false;
    user_patch(user_call_at_once, USER_CALL_SIZE);
    user_set_hook(starve);
    EXPECT_STATUS(user_run("execfails", "starve", NULL), EXIT_NORMAL, 33,
                  "exec works as soon as there is memory");
    user_set_hook(NULL);
    user_restore();
    user_return_all_memory();
    EXPECT_BETWEEN(failures, 4, 60, "without enough memory exec fails, and the program goes on");
    census_expect(&before);
}
