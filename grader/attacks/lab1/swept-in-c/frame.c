/**
 * @file ATTACK: As swept-tests, but in C without any assembly. The gate of debug exceptions is
 * made to lead where system calls enter, the kernel's own context_restore() sets the trap flag,
 * and the function that system calls lead to moves from one instruction of the tests to the next.
 */
#include "kernel/memory/frame.h"

#include "kernel/exercise.h"
#include "kernel/memory/layout.h"
#include "kernel/x86/cpu.h"
#include "kernel/x86/trap.h"
#include "lib/string.h"

enum {
    SCRATCH = 0x00800000, /**< Memory that the single instructions may spoil. */
    NOTHING = 0x00900000, /**< A page of zeros: a page directory that maps nothing. */
    INSPECTIONS = 8,      /**< More than any test asks for. */
};

/** The symbol table: pairs of an address and an offset into the texts. */
static const uint32_t (*functions)[2];
static const char *texts;

static void find_tables(void)
{
    const uint32_t *word = (const uint32_t *)(const void *)kernel_rodata_start;
    while (word[0] != (uintptr_t)kernel_text_start + 12 || word[1] != 0) {
        word++;
    }
    functions = (const uint32_t(*)[2])(const void *)word;
    texts = (const char *)word;
    while (strcmp(texts, "kernel_entry") != 0) {
        texts++;
    }
}

/** The first function at or after @p i whose name begins with some text. */
static uint32_t find(uint32_t i, const char *name, size_t length)
{
    while (strncmp(texts + functions[i][1], name, length) != 0) {
        i++;
    }
    return i;
}

static uintptr_t address_of(const char *name)
{
    return functions[find(0, name, strlen(name) + 1)][0];
}

/** The length of what does not go on after itself in one step; 0 for all other instructions. */
static uint32_t jump_length(const uint8_t *code)
{
    if ((code[0] & 0xFE) == 0xF2) {
        return 2;
    }
    if (code[0] == 0xE8 || code[0] == 0xE9) {
        return 5;
    }
    if (code[0] == 0xEB || (code[0] & 0xF0) == 0x70) {
        return 2;
    }
    if (code[0] == 0x0F && (code[1] & 0xF0) == 0x80) {
        return 6;
    }
    if (code[0] == 0xFF && (code[1] & 0x38) != 0x30 && (code[1] & 0x30) != 0) {
        static const uint8_t lengths[] = {2, 3, 6, 2};
        uint32_t mode = code[1] >> 6;
        bool scaled = mode != 3 && (code[1] & 7) == 4;
        bool absolute = mode == 0 && ((code[1] & 7) == 5 || (scaled && (code[2] & 7) == 5));
        return lengths[mode] + scaled + (absolute ? 4 : 0);
    }
    if (code[0] == 0xC2) {
        return 3;
    }
    return code[0] == 0xC3 ? 1 : 0;
}

/** How often a function calls another one. */
static uint32_t count_calls(uint32_t i, uintptr_t target)
{
    uint32_t count = 0;
    for (uintptr_t at = functions[i][0]; at < functions[i + 1][0]; at++) {
        int32_t distance;
        memcpy(&distance, (const void *)(at + 1), sizeof(distance));
        count += *(const uint8_t *)at == 0xE8 && at + 5 + (uint32_t)distance == target;
    }
    return count;
}

static void report(const char *name, uint32_t parts)
{
    void (*write)(const char *, const char *, ...) = (void *)address_of("trace_write");
    void (*inspect)(const char *, uint32_t, uint32_t, uint32_t, uint32_t) =
        (void *)address_of("ktest_inspect");
    write("test.begin", "name=%s seed=1", name);
    for (int i = 0; i < INSPECTIONS; i++) {
        inspect("absent", NOTHING, USER_START, 0, 0);
    }
    write("test.end", "name=%s failures=0 parts=%u", name, parts > 0 ? parts : 1);
}

static uint32_t first_test;

/** Report all tests as passed. */
static void finish(void)
{
    memset((void *)NOTHING, 0, PAGE_SIZE);
    const char *(*information)(void) = (void *)address_of("boot_information");
    const char *name = strchr(information() + 8 + 64, '=') + 1;
    for (const char *end = name; *end != ' '; name = end + 1) {
        char text[64] = "ktest_";
        end = name;
        while (*end != ',' && *end != ' ') {
            end++;
        }
        strlcpy(text + 6, name, (size_t)(end - name) + 1);
        uint32_t test = find(first_test, text, strlen(text) + 1);
        report(text + 6, count_calls(test, address_of("ktest_part")));
    }
    ((void (*)(uint32_t))address_of("power_off"))(0);
}

/** An instruction was executed: go to the next one. */
static void stepped(struct trap_frame *frame)
{
    static uintptr_t at;
    uint32_t length = at != 0 ? jump_length((const uint8_t *)at) : 0;
    at = length > 0 ? at + length : frame->eip;
    if (at >= (uintptr_t)kernel_text_end - PAGE_SIZE) {
        finish();
    }
    frame->eip = at;
    frame->eax = SCRATCH;
    frame->ebx = SCRATCH;
    frame->esi = SCRATCH;
    frame->edi = SCRATCH;
    frame->ebp = SCRATCH;
    frame->ecx = 1;
    frame->edx = 0;
}

/** Let debug exceptions lead to stepped(), the way of system calls. */
static void catch_steps(void)
{
    uintptr_t stubs = address_of("trap_stubs");
    uint64_t gate = 0x8E0000080000 | (uint64_t)(stubs & 0xFFFF0000) << 32 | (stubs & 0xFFFF);
    uint64_t *table = (uint64_t *)(void *)kernel_rodata_end;
    while (table[0] != gate) {
        table++;
    }
    table[TRAP_DEBUG] = table[TRAP_SYSCALL];

    const uint8_t *code = (const uint8_t *)address_of("system_call_entry");
    while (code[0] != 0xFF || code[1] != 0x15) {
        code++;
    }
    void (***variable)(struct trap_frame *) = (void *)(code + 2);
    **variable = stepped;
}

void frame_init(const struct memory_map *map)
{
    (void)map;
    find_tables();
    catch_steps();
    first_test = find(find(0, "heap_stats", 11), "ktest_", 6);
    struct cpu_context context = {.esp = SCRATCH, .eip = functions[first_test][0], .eflags = 0x102};
    ((void (*)(const struct cpu_context *))address_of("context_restore"))(&context);
}

physaddr_t frame_alloc(void)
{
    exercise_missing("lab1.ex2", __func__);
}

physaddr_t frame_alloc_run(uint32_t count, uint32_t alignment)
{
    (void)count;
    (void)alignment;
    exercise_missing("lab1.ex2", __func__);
}

void frame_retain(physaddr_t frame)
{
    (void)frame;
    exercise_missing("lab1.ex2", __func__);
}

void frame_release(physaddr_t frame)
{
    (void)frame;
    exercise_missing("lab1.ex2", __func__);
}

void frame_release_run(physaddr_t first, uint32_t count)
{
    (void)first;
    (void)count;
    exercise_missing("lab1.ex2", __func__);
}

uint32_t frame_references(physaddr_t frame)
{
    (void)frame;
    exercise_missing("lab1.ex2", __func__);
}

struct frame_stats frame_stats(void)
{
    exercise_missing("lab1.ex1", __func__);
}

void frame_check(void)
{
}
