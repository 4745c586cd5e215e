/**
 * @file
 * Lab 2, exercise 5: how a program begins, and how it enters the kernel.
 *
 * The first instruction of a program under test is a system call, so that the hook sees the
 * registers with which the program began. The grader reads the same from outside before that, on
 * the kernel stack. What hardware demands (descriptor tables, task state) is read from outside,
 * too, at the addresses that the program itself gets from the processor.
 */
#include "user_support.h"

#include "kernel/process/initrd.h"
#include "kernel/process/switch.h"
#include "kernel/x86/segments.h"
#include "lib/format.h"

/* What the hook saw. */
static struct trap_frame first_frame;
static struct trap_frame *first_place;
static uint32_t calls;

/** Keep the first call's frame. */
static void keep_first(struct trap_frame *frame)
{
    if (calls++ == 0) {
        first_frame = *frame;
        first_place = frame;
    }
}

/** Let the hook see the beginning of a program. @return its exit status. */
static int32_t watch(int32_t pid, user_hook *hook)
{
    calls = 0;
    user_set_hook(hook);
    int32_t status = user_wait(pid);
    user_set_hook(NULL);
    return status;
}

KTEST(user_first_entry, KTEST_PROCESSES)
{
    struct census before = census();
    int32_t pid = user_spawn_code(user_call_at_once, sizeof(user_call_at_once));
    const struct process *process = user_process(pid);
    ktest_part("the frames that wait on the kernel stack");
    EXPECT_EQUAL((uintptr_t)user_frame(process), process->stack_top - sizeof(struct trap_frame),
                 "user_frame() is at the very top of the kernel stack");
    const struct trap_frame *place = user_frame(process);
    struct trap_frame frame = *place;
    ktest_inspect("first_frame", process->stack_top, process->kernel_esp, frame.eip, 0);

    ktest_part("the registers at the first instruction");
    int32_t status = watch(pid, keep_first);
    EXPECT_EQUAL(calls, 2, "the program makes its two system calls");
    user_expect_fresh(&first_frame);
    EXPECT_EQUAL(first_frame.eip, frame.eip + 2, "a program starts at its entry");
    EXPECT_EQUAL(first_frame.user_esp, frame.user_esp, "ESP is what user_prepare() was given");
    EXPECT_EQUAL(first_frame.user_esp % 16, 0, "the stack is aligned: ESP % 16");

    ktest_part("the way back into the kernel");
    EXPECT(first_place == place, "a system call's frame is where user_frame() says");
    EXPECT_STATUS(status, EXIT_NORMAL, 33, "a program can exit");
    census_expect(&before);
}

KTEST(user_set_frame_alone, KTEST_PROCESSES)
{
    struct process *process;
    REQUIRE_ERROR(process_create("frame", PROCESS_USER, &process), 0, "a process is created");
    memset((void *)(process->stack_top - 256), 0xA5, 256);
    uint32_t entry = ktest_random();
    uint32_t stack = ktest_random();
    user_set_frame(process, entry, stack);
    const struct trap_frame *frame = user_frame(process);
    user_expect_fresh(frame);
    EXPECT_EQUAL(frame->eip, entry, "the program goes on at its entry");
    EXPECT_EQUAL(frame->user_esp, stack, "with its stack pointer");
    EXPECT(frame->vector != TRAP_SYSENTER, "the return must not use SYSEXIT, which loses ECX");
    const uint8_t *below = (const uint8_t *)frame - 1;
    EXPECT_EQUAL(*below, 0xA5, "user_set_frame() changes nothing below the frame");
    process_release(process);
}

/** Let the grader look at each program's first call, which has number 0. */
static void inspect_call(struct trap_frame *frame)
{
    const struct process *process = process_current();
    if (frame->eax == 0) {
        ktest_inspect("inside_call", process->stack_top, (uint32_t)process->space->directory,
                      (uint32_t)frame, 0);
    }
}

KTEST(user_kernel_stack, KTEST_PROCESSES)
{
    int32_t first = user_spawn_code(user_call_at_once, sizeof(user_call_at_once));
    int32_t second = user_spawn_code(user_call_at_once, sizeof(user_call_at_once));
    EXPECT_STATUS(watch(first, inspect_call), EXIT_NORMAL, 33, "one program ends normally");
    EXPECT_STATUS(watch(second, inspect_call), EXIT_NORMAL, 33,
                  "another program beside it ends normally, too");
    int32_t third = user_spawn_code(user_call_at_once, sizeof(user_call_at_once));
    EXPECT_STATUS(watch(third, inspect_call), EXIT_NORMAL, 33,
                  "a program that starts later ends normally, too");
}

/** Let the grader look at the tables whose addresses the program has found out. */
static void inspect_tables(struct trap_frame *frame)
{
    if (calls++ == 0) {
        ktest_inspect("descriptor_tables", frame->ebx, frame->ecx, frame->esi, frame->edi);
    }
}

KTEST(user_tables, KTEST_PROCESSES)
{
    static const uint8_t code[] = {
        0x83, 0xEC, 0x10,             /* sub esp, 16 */
        0x0F, 0x01, 0x44, 0x24, 0x02, /* sgdt [esp + 2] */
        0x0F, 0x01, 0x4C, 0x24, 0x0A, /* sidt [esp + 10] */
        0x8B, 0x5C, 0x24, 0x04,       /* mov ebx, [esp + 4] */
        0x8B, 0x4C, 0x24, 0x0C,       /* mov ecx, [esp + 12] */
        0x0F, 0xB7, 0x74, 0x24, 0x02, /* movzx esi, word [esp + 2] */
        0x0F, 0x00, 0xCF,             /* str edi */
        0xCD, 0x80,                   /* int 0x80 */
        0xB8, 0x08, 0x00, 0x00, 0x00, /* mov eax, SYS_EXIT */
        0x31, 0xDB,                   /* xor ebx, ebx */
        0xCD, 0x80,                   /* int 0x80 */
    };
    int32_t status = watch(user_spawn_code(code, sizeof(code)), inspect_tables);
    EXPECT_SUCCESS(status, "a program may ask where the tables are");
}

/** Add an argument of @p length random letters. */
static int add_random(struct program_arguments *arguments, uint32_t length)
{
    static char text[ARGUMENT_BYTES + 16];
    for (uint32_t i = 0; i < length; i++) {
        text[i] = (char)ktest_random_range('a', 'z');
    }
    text[length] = '\0';
    return program_add_argument(arguments, text);
}

/** A hash (FNV-1a) of some arguments, each with its final 0, folded into 8 bits. */
static uint32_t hash_of(const struct program_arguments *arguments)
{
    uint32_t hash = 2166136261u ^ arguments->count;
    for (uint32_t i = 0; i < arguments->size; i++) {
        hash = (hash ^ (uint8_t)arguments->text[i]) * 16777619u;
    }
    return (hash ^ hash >> 8 ^ hash >> 16 ^ hash >> 24) & 0xFF;
}

/** Start the program that hashes its arguments, let the grader see them, and compare the hash. */
static void try_arguments(const struct program_arguments *arguments, const char *what)
{
    int32_t pid = program_spawn("test/args", arguments);
    REQUIRE(pid > 0, "a program with arguments can be started");
    const struct process *process = user_process(pid);
    ktest_inspect("arguments", (uint32_t)process->space->directory, user_frame(process)->user_esp,
                  (uint32_t)arguments, 0);
    EXPECT_STATUS(user_wait(pid), EXIT_NORMAL, hash_of(arguments), what);
}

KTEST(user_arguments, KTEST_PROCESSES)
{
    static struct program_arguments arguments;
    ktest_part("none, one and some");
    arguments = (struct program_arguments){0};
    try_arguments(&arguments, "a program without arguments finds argc 0");
    REQUIRE_ERROR(program_add_argument(&arguments, ""), 0, "an empty argument fits");
    try_arguments(&arguments, "a program finds an empty argument");
    for (uint32_t i = 1; i < 7; i++) {
        REQUIRE_ERROR(add_random(&arguments, ktest_random_range(0, 40)), 0, "an argument fits");
    }
    try_arguments(&arguments, "a program finds its arguments");

    ktest_part("as many and as long as possible");
    arguments = (struct program_arguments){0};
    for (uint32_t i = 0; i < ARGUMENTS_MAX; i++) {
        REQUIRE_ERROR(add_random(&arguments, ARGUMENT_BYTES / ARGUMENTS_MAX - 1), 0,
                      "as many arguments as possible fit");
    }
    try_arguments(&arguments, "a program finds ARGUMENTS_MAX arguments of ARGUMENT_BYTES");
    EXPECT_ERROR(add_random(&arguments, 0), -E_TOO_LONG, "one argument more is too many");
    arguments = (struct program_arguments){0};
    EXPECT_ERROR(add_random(&arguments, ARGUMENT_BYTES), -E_TOO_LONG, "one byte more is too long");
    REQUIRE_ERROR(add_random(&arguments, ARGUMENT_BYTES - 1), 0, "the longest argument fits");
    try_arguments(&arguments, "a program finds one argument of ARGUMENT_BYTES");

    ktest_part("from another program");
    EXPECT_SUCCESS(user_run("spawner", NULL, NULL),
                   "a program starts others, with any arguments, and learns of every error");
}
