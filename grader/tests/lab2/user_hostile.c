/**
 * @file
 * Lab 2, exercise 5: what programs may not do, and that it ends them and nobody else.
 *
 * Each row of a table is a program of a few bytes and the vector that must end it. The kernel goes
 * on, gives back all memory, and runs the next. The tests of memory do the same with addresses:
 * test/touch reads, writes or jumps there. Flags that a program sets before it enters the kernel
 * must not have an effect there.
 */
#include "user_support.h"

#include "kernel/memory/heap.h"
#include "kernel/process/elf.h"
#include "lib/format.h"

/** Machine code, and the exception that it raises. */
struct offence {
    const char *what;
    uint32_t vector;
    uint32_t size;
    uint8_t code[16];
};

enum { DIVIDE = 0, STEP = 1, BREAK = 3, INTO = 4, BOUND = 5, OPCODE = 6, PROTECTION = 13 };

static const struct offence privileged[] = {
    {"CLI", PROTECTION, 1, {0xFA}},
    {"STI", PROTECTION, 1, {0xFB}},
    {"HLT", PROTECTION, 1, {0xF4}},
    {"IN from a port", PROTECTION, 2, {0xE4, 0x60}},
    {"OUT to a port", PROTECTION, 2, {0xE6, 0x80}},
    {"IN from port DX", PROTECTION, 1, {0xEC}},
    {"OUT to port DX", PROTECTION, 1, {0xEF}},
    {"INSB", PROTECTION, 3, {0x89, 0xE7, 0x6C}},
    {"OUTSB", PROTECTION, 3, {0x89, 0xE6, 0x6E}},
    {"LGDT", PROTECTION, 4, {0x0F, 0x01, 0x14, 0x24}},
    {"LIDT", PROTECTION, 4, {0x0F, 0x01, 0x1C, 0x24}},
    {"LLDT", PROTECTION, 3, {0x0F, 0x00, 0xD0}},
    {"LTR", PROTECTION, 3, {0x0F, 0x00, 0xD8}},
    {"MOV to CR0", PROTECTION, 3, {0x0F, 0x22, 0xC0}},
    {"MOV to CR3", PROTECTION, 3, {0x0F, 0x22, 0xD8}},
    {"MOV to CR4", PROTECTION, 3, {0x0F, 0x22, 0xE0}},
    {"MOV from CR3", PROTECTION, 3, {0x0F, 0x20, 0xD8}},
    {"MOV to DR7", PROTECTION, 3, {0x0F, 0x23, 0xF8}},
    {"LMSW", PROTECTION, 3, {0x0F, 0x01, 0xF0}},
    {"CLTS", PROTECTION, 2, {0x0F, 0x06}},
    {"INVLPG", PROTECTION, 4, {0x0F, 0x01, 0x3C, 0x24}},
    {"INVD", PROTECTION, 2, {0x0F, 0x08}},
    {"WBINVD", PROTECTION, 2, {0x0F, 0x09}},
    {"RDMSR", PROTECTION, 7, {0xB9, 0x76, 0x01, 0x00, 0x00, 0x0F, 0x32}},
    {"WRMSR", PROTECTION, 7, {0xB9, 0x76, 0x01, 0x00, 0x00, 0x0F, 0x30}},
    {"SYSEXIT", PROTECTION, 2, {0x0F, 0x35}},
};

static const struct offence segments[] = {
    {"the kernel's data segment in DS", PROTECTION, 7, {0xB8, 0x10, 0, 0, 0, 0x8E, 0xD8}},
    {"the task's descriptor in FS", PROTECTION, 7, {0xB8, 0x28, 0, 0, 0, 0x8E, 0xE0}},
    {"the kernel's data segment in SS", PROTECTION, 7, {0xB8, 0x10, 0, 0, 0, 0x8E, 0xD0}},
    {"a far jump to the kernel's code", PROTECTION, 7, {0xEA, 0, 0, 0x10, 0, 0x08, 0}},
    {"a far call to the task", PROTECTION, 7, {0x9A, 0, 0, 0, 0, 0x28, 0}},
    {"a far call to the double-fault task", PROTECTION, 7, {0x9A, 0, 0, 0, 0, 0x30, 0}},
    {"a far return to ring 0", PROTECTION, 8, {0x6A, 0x08, 0x68, 0, 0, 0x10, 0, 0xCB}},
    {"IRET to ring 0", PROTECTION, 9, {0x9C, 0x6A, 0x08, 0x68, 0, 0, 0x10, 0, 0xCF}},
};

static const struct offence exceptions[] = {
    {"a division by 0", DIVIDE, 4, {0x31, 0xC9, 0xF7, 0xF1}},
    {"INT3", BREAK, 1, {0xCC}},
    {"INTO after an overflow", INTO, 6, {0xB0, 0x7F, 0x04, 0x01, 0xCE, 0x90}},
    {"BOUND", BOUND, 5, {0x31, 0xC0, 0x62, 0x04, 0x24}}, /* argc is the lower bound */
    {"UD2", OPCODE, 2, {0x0F, 0x0B}},
    {"INT 0", PROTECTION, 2, {0xCD, 0x00}},
    {"INT 2", PROTECTION, 2, {0xCD, 0x02}},
    {"INT 8, the double fault", PROTECTION, 2, {0xCD, 0x08}},
    {"INT 14, the page fault", PROTECTION, 2, {0xCD, 0x0E}},
    {"INT 32, the clock", PROTECTION, 2, {0xCD, 0x20}},
    {"INT 0x7F", PROTECTION, 2, {0xCD, 0x7F}},
    {"INT 0x81, SYSENTER's number", PROTECTION, 2, {0xCD, 0x81}},
    {"INT 0xFF", PROTECTION, 2, {0xCD, 0xFF}},
    {"a single step", STEP, 10, {0x9C, 0x81, 0x0C, 0x24, 0, 0x01, 0, 0, 0x9D, 0x90}},
};

/** Run every program of a table. */
static void run_offences(const struct offence *offences, size_t count)
{
    struct census before = census();
    for (size_t i = 0; i < count; i++) {
        const struct offence *offence = &offences[i];
        EXPECT_STATUS(user_run_code(offence->code, offence->size), EXIT_FAULT, offence->vector,
                      offence->what);
    }
    census_expect(&before);
}

KTEST(user_privileged, KTEST_PROCESSES)
{
    ktest_part("privileged instructions");
    run_offences(privileged, COUNT_OF(privileged));
    ktest_part("the kernel's segments");
    run_offences(segments, COUNT_OF(segments));
    ktest_part("exceptions, and vectors that are the kernel's");
    run_offences(exceptions, COUNT_OF(exceptions));
}

/** Let a program touch an address. @param how 'r', 'w' or 'x'. */
static int32_t touch(char how, uintptr_t address)
{
    char kind[] = {how, '\0'};
    char number[16];
    (void)format_string(number, sizeof(number), "%#x", address);
    return user_run("touch", kind, number);
}

/** No access to an address may be possible. */
static void expect_closed(uintptr_t address, const char *what)
{
    EXPECT_STATUS(touch('r', address), EXIT_FAULT, TRAP_PAGE_FAULT, what);
    EXPECT_STATUS(touch('w', address), EXIT_FAULT, TRAP_PAGE_FAULT, what);
    EXPECT_STATUS(touch('x', address), EXIT_FAULT, TRAP_PAGE_FAULT, what);
}

KTEST(user_memory_closed, KTEST_PROCESSES)
{
    struct census before = census();
    uint32_t *block = kmalloc(64);
    REQUIRE(block != NULL, "the kernel has memory");
    *block = 0x600DF00D;
    uintptr_t own_stack = process_current()->stack_top - 64;
    ktest_part("the kernel's memory");
    expect_closed(0x1000, "low memory is closed to programs");
    expect_closed((uintptr_t)kernel_text_start, "the kernel's code is closed to programs");
    expect_closed((uintptr_t)block, "the kernel's heap is closed to programs");
    expect_closed(own_stack, "kernel stacks are closed to programs");
    expect_closed(USER_START - 4, "the last word below the user half is closed to programs");
    expect_closed(USER_END, "the first word above the user half is closed to programs");
    expect_closed(0xFFFFFFFC, "the last word of all is closed to programs");
    EXPECT_EQUAL(*block, 0x600DF00D, "the kernel's memory is as it was");
    kfree(block);

    ktest_part("where a program has nothing");
    expect_closed(0, "address 0 is closed");
    expect_closed(PAGE_SIZE - 4, "the end of the first page is closed");
    expect_closed(USER_STACK_GUARD, "the guard below the stack is closed");
    expect_closed(USER_STACK_BOTTOM - 4, "the end of the guard is closed");
    expect_closed(0x80000000, "memory that was never asked for is closed");
    expect_closed(USER_PROGRAM_LIMIT, "memory above all programs is closed");

    ktest_part("its own code and constants");
    struct elf_program program;
    struct user_file file = user_file("touch");
    REQUIRE_ERROR(elf_check(file.data, file.size, &program), 0, "the program is one");
    EXPECT_STATUS(touch('w', program.segments[0].address), EXIT_FAULT, TRAP_PAGE_FAULT,
                  "a program cannot write to its code");
    EXPECT_STATUS(touch('w', program.segments[1].address), EXIT_FAULT, TRAP_PAGE_FAULT,
                  "a program cannot write to its constants");
    EXPECT_SUCCESS(touch('r', program.segments[0].address), "a program can read its code");
    EXPECT_SUCCESS(touch('w', USER_STACK_BOTTOM), "a program can write to all of its stack");
    census_expect(&before);
}

/** Code that sets flags and then makes call 5, getpid, by INT 0x80; exits with 0 if it returns. */
#define FLAGS_THEN_INT(flags_low, flags_middle, flags_high)                                        \
    {                                                                                              \
        0x9C, 0x81, 0x0C, 0x24, (flags_low), (flags_middle), (flags_high), 0x00, /* or flags */    \
            0xB0, 0x05, 0x9D, 0xCD, 0x80,       /* mov al, 5; popf; int 0x80 */                    \
            0x31, 0xC0, 0xB0, 0x08, 0x31, 0xDB, /* mov eax, 8; xor ebx, ebx */                     \
            0xCD, 0x80                          /* int 0x80 */                                     \
    }
/** The same by SYSENTER: it goes on at EDI, with EBP as stack pointer. */
#define FLAGS_THEN_SYSENTER(flags_low, flags_middle, flags_high)                                   \
    {                                                                                              \
        0xE8, 0x00, 0x00, 0x00, 0x00, 0x5F, /* call $+5; pop edi */                                \
            0x83, 0xC7, 0x16, 0x89, 0xE5,   /* add edi, 22; mov ebp, esp */                        \
            0x9C, 0x81, 0x0C, 0x24, (flags_low), (flags_middle), (flags_high), 0x00, /* or */      \
            0xB0, 0x05, 0x9D, 0x0F, 0x34,       /* mov al, 5; popf; sysenter */                    \
            0x90, 0x90, 0x90,                   /* nop */                                          \
            0x31, 0xC0, 0xB0, 0x08, 0x31, 0xDB, /* edi: mov eax, 8; xor ebx, ebx */                \
            0xCD, 0x80                          /* int 0x80 */                                     \
    }

/** Code that loads the null selector wherever it may, and then makes call 5; exits with 0. */
static const uint8_t null_then_int[] = {
    0x31, 0xC0, 0x8E, 0xD8, 0x8E, 0xC0, /* xor eax, eax; mov ds, eax; mov es, eax */
    0x8E, 0xE0, 0x8E, 0xE8,             /* mov fs, eax; mov gs, eax */
    0xB0, 0x05, 0xCD, 0x80,             /* mov al, 5; int 0x80 */
    0x31, 0xC0, 0xB0, 0x08, 0x31, 0xDB, /* mov eax, 8; xor ebx, ebx */
    0xCD, 0x80,                         /* int 0x80 */
};
static const uint8_t null_then_sysenter[] = {
    0xE8, 0x00, 0x00, 0x00, 0x00, 0x5F, /* call $+5; pop edi */
    0x83, 0xC7, 0x14, 0x89, 0xE5,       /* add edi, 20; mov ebp, esp */
    0x31, 0xC0, 0x8E, 0xD8, 0x8E, 0xC0, /* xor eax, eax; mov ds, eax; mov es, eax */
    0x8E, 0xE0, 0x8E, 0xE8,             /* mov fs, eax; mov gs, eax */
    0xB0, 0x05, 0x0F, 0x34,             /* mov al, 5; sysenter */
    0x31, 0xC0, 0xB0, 0x08, 0x31, 0xDB, /* edi: mov eax, 8; xor ebx, ebx */
    0xCD, 0x80,                         /* int 0x80 */
};

KTEST(user_hostile_flags, KTEST_PROCESSES)
{
    static const uint8_t direction[] = FLAGS_THEN_INT(0x00, 0x04, 0x00);
    static const uint8_t nested[] = FLAGS_THEN_INT(0x00, 0x40, 0x00);
    static const uint8_t alignment[] = FLAGS_THEN_INT(0x00, 0x00, 0x04);
    static const uint8_t step[] = FLAGS_THEN_INT(0x00, 0x01, 0x00);
    static const uint8_t every[] = FLAGS_THEN_INT(0xD5, 0x7C, 0x24);
    static const uint8_t direction_fast[] = FLAGS_THEN_SYSENTER(0x00, 0x04, 0x00);
    static const uint8_t nested_fast[] = FLAGS_THEN_SYSENTER(0x00, 0x40, 0x00);
    static const uint8_t alignment_fast[] = FLAGS_THEN_SYSENTER(0x00, 0x00, 0x04);
    static const uint8_t step_fast[] = FLAGS_THEN_SYSENTER(0x00, 0x01, 0x00);
    struct census before = census();
    ktest_part("before INT 0x80");
    EXPECT_SUCCESS(user_run_code(direction, sizeof(direction)), "the direction flag is harmless");
    EXPECT_SUCCESS(user_run_code(nested, sizeof(nested)), "the nested-task flag is harmless");
    EXPECT_SUCCESS(user_run_code(alignment, sizeof(alignment)), "the alignment flag is harmless");
    EXPECT_STATUS(user_run_code(step, sizeof(step)), EXIT_FAULT, TRAP_DEBUG,
                  "a program that steps is ended at its next step, in ring 3");
    EXPECT_SUCCESS(user_run_code(every, sizeof(every)), "all flags that it may set are harmless");

    ktest_part("before SYSENTER");
    EXPECT_SUCCESS(user_run_code(direction_fast, sizeof(direction_fast)),
                   "the direction flag is harmless");
    EXPECT_SUCCESS(user_run_code(nested_fast, sizeof(nested_fast)),
                   "the nested-task flag is harmless");
    EXPECT_SUCCESS(user_run_code(alignment_fast, sizeof(alignment_fast)),
                   "the alignment flag is harmless");
    EXPECT_SUCCESS(user_run_code(step_fast, sizeof(step_fast)),
                   "a step into the kernel is ignored, and ends there");

    ktest_part("null selectors");
    EXPECT_SUCCESS(user_run_code(null_then_int, sizeof(null_then_int)),
                   "null selectors are harmless before INT 0x80");
    EXPECT_SUCCESS(user_run_code(null_then_sysenter, sizeof(null_then_sysenter)),
                   "null selectors are harmless before SYSENTER");
    census_expect(&before);
}
