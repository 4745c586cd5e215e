/**
 * @file
 * Lab 2: programs as files that can hold anything.
 *
 * A good file from the initrd is copied and damaged: field by field with hostile numbers, or at
 * random. elf_check() must refuse it, or describe a program that elf_load() can put into a space
 * without leaving the program's part of it; and nothing may be lost. Some damaged files are also
 * run, since a program may do anything at all.
 */
#include "user_support.h"

#include "kernel/process/elf.h"
#include "kernel/process/initrd.h"

/* Offsets in the header of the file and in a program header (ELF 1.2, figures 1-3 and 2-1). */
enum {
    TYPE = 16,
    MACHINE = 18,
    VERSION = 20,
    ENTRY = 24,
    PROGRAM_OFFSET = 28,
    PROGRAM_SIZE = 42,
    PROGRAM_COUNT = 44,
    HEADER_SIZE = 52
};
enum {
    KIND = 0,
    OFFSET = 4,
    ADDRESS = 8,
    FILE_SIZE = 16,
    MEMORY_SIZE = 20,
    FLAGS = 24,
    PROGRAM_HEADER_SIZE = 32
};
enum { FLAG_EXECUTE = 1, FLAG_WRITE = 2, FLAG_READ = 4 };

/** A copy of a good file, which a test damages. */
struct victim {
    uint8_t *data;
    const uint8_t *good;
    uint32_t size;
};

static struct victim victim_create(void)
{
    static uint8_t copy[1 << 16];
    struct user_file file = user_file("blank");
    REQUIRE(file.size <= sizeof(copy), "the file is small");
    memcpy(copy, file.data, file.size);
    return (struct victim){copy, file.data, file.size};
}

static void put(const struct victim *victim, uint32_t offset, uint32_t value, uint32_t size)
{
    memcpy(victim->data + offset, &value, size);
}

/** Where a field of a program header is. */
static uint32_t field(uint32_t header, uint32_t offset)
{
    return HEADER_SIZE + header * PROGRAM_HEADER_SIZE + offset;
}

/** Whether all that is mapped in a space lies where programs may lie. */
static bool is_contained(const struct space *space)
{
    for (uint32_t i = 0; i < space->region_count; i++) {
        const struct region *region = &space->regions[i];
        if (region->start < USER_PROGRAM_BASE || region->end > USER_PROGRAM_LIMIT) {
            return false;
        }
    }
    for (uint32_t i = 0; i < PT_ENTRIES; i++) {
        bool user = i >= USER_START / LARGE_PAGE_SIZE && i < USER_END / LARGE_PAGE_SIZE;
        if (!user && ((space->directory[i] ^ kernel_space.directory[i]) & PTE_USER) != 0) {
            return false;
        }
    }
    return true;
}

/** Check a file and, if it is accepted, load it. @return what elf_check() said. */
static int try_file(const struct victim *victim, uint32_t size)
{
    struct elf_program program;
    uint32_t before = frames_free();
    int error = elf_check(victim->data, size, &program);
    EXPECT(error == 0 || error == -E_NOT_EXECUTABLE, "elf_check() says yes or no");
    uint32_t offset = 0;
    (void)elf_symbol(victim->data, size, ktest_random(), &offset);
    if (error == 0) {
        struct space *space = user_space();
        int loaded = elf_load(space, &program);
        EXPECT(loaded == 0 || loaded == -E_NO_MEMORY, "elf_load() works, or has no memory");
        EXPECT(is_contained(space), "nothing is loaded outside of the program's part");
        EXPECT(program.entry >= USER_PROGRAM_BASE && program.entry < program.end,
               "the entry is in the program");
        space_destroy(space);
    }
    EXPECT_EQUAL(frames_free(), before, "no frame is lost: as many are free as before");
    return error;
}

/** A hostile number in a field of the file. */
struct hostile {
    const char *what;
    uint32_t offset; /**< In the file. */
    uint32_t size;   /**< Of the field, in bytes. */
    uint32_t value;
};

/** Put one hostile number into a good file, which must be refused for it. */
static void expect_refused(const struct victim *victim, const struct hostile *hostile)
{
    memcpy(victim->data, victim->good, victim->size);
    put(victim, hostile->offset, hostile->value, hostile->size);
    EXPECT_RESULT(try_file(victim, victim->size), -E_NOT_EXECUTABLE, hostile->what);
}

static const struct hostile hostile_headers[] = {
    {"a wrong magic number", 0, 4, 0x464C457E},
    {"64 bits", 4, 1, 2},
    {"big-endian", 5, 1, 2},
    {"an object file", TYPE, 2, 1},
    {"a shared library", TYPE, 2, 3},
    {"another machine", MACHINE, 2, 62},
    {"another version", VERSION, 4, 2},
    {"the entry at 0", ENTRY, 4, 0},
    {"the entry in the kernel", ENTRY, 4, 0x100000},
    {"the entry in the kernel's heap", ENTRY, 4, 0xC0000000},
    {"the entry in the stack", ENTRY, 4, USER_STACK_TOP - 16},
    {"the entry before the first segment", ENTRY, 4, USER_PROGRAM_BASE - 1},
    {"the entry at the end of everything", ENTRY, 4, UINT32_MAX},
    {"program headers past the end", PROGRAM_OFFSET, 4, 0x7FFFFFFF},
    {"program headers whose offset wraps", PROGRAM_OFFSET, 4, UINT32_MAX - 31},
    {"program headers at the last offset", PROGRAM_OFFSET, 4, UINT32_MAX},
    {"program headers of another size", PROGRAM_SIZE, 2, 56},
    {"program headers of size 0", PROGRAM_SIZE, 2, 0},
    {"no program header", PROGRAM_COUNT, 2, 0},
    {"65,535 program headers", PROGRAM_COUNT, 2, 0xFFFF},
};

static const struct hostile hostile_segments[] = {
    {"a segment at 0", 0, 4, 0},
    {"a segment in the kernel", ADDRESS, 4, 0x100000},
    {"a segment over the stack", ADDRESS, 4, USER_STACK_TOP - PAGE_SIZE},
    {"a segment over the guard", ADDRESS, 4, USER_STACK_GUARD},
    {"a segment just before the program's part", ADDRESS, 4, USER_PROGRAM_BASE - 1},
    {"a segment that ends behind it", ADDRESS, 4, USER_PROGRAM_LIMIT - 1},
    {"a segment in the kernel's heap", ADDRESS, 4, 0xC0000000},
    {"a segment that wraps around", ADDRESS, 4, 0xFFFFFFF0},
    {"more bytes in the file than in memory", MEMORY_SIZE, 4, 1},
    {"a size in memory that wraps around", MEMORY_SIZE, 4, UINT32_MAX},
    {"a size in memory that reaches the kernel", MEMORY_SIZE, 4, 0x80000000},
    {"bytes past the end of the file", OFFSET, 4, 0x10000000},
    {"an offset that wraps around", OFFSET, 4, 0xFFFFFF00},
    {"more bytes than the file has", FILE_SIZE, 4, 0x7FFFFFFF},
    {"a size in the file that wraps around", FILE_SIZE, 4, UINT32_MAX},
    {"a segment that can be written and executed", FLAGS, 4, FLAG_READ | FLAG_WRITE | FLAG_EXECUTE},
    {"a dynamic program", KIND, 4, 2},
    {"a program that needs an interpreter", KIND, 4, 3},
    {"nothing to load", KIND, 4, 0x6474E551},
};

/** Two segments that touch the same page, or come in the wrong order. */
static void try_overlaps(const struct victim *victim)
{
    const struct hostile overlaps[] = {
        {"two segments at the same place", field(1, ADDRESS), 4, USER_PROGRAM_BASE},
        {"two segments that share a page", field(1, ADDRESS), 4, USER_PROGRAM_BASE + 0x800},
        {"segments in the wrong order", field(0, ADDRESS), 4, USER_PROGRAM_BASE + 0x200000},
        {"a first segment that reaches the second", field(0, MEMORY_SIZE), 4, 0x100000},
    };
    for (size_t i = 0; i < COUNT_OF(overlaps); i++) {
        expect_refused(victim, &overlaps[i]);
    }
}

KTEST(elf_hostile, KTEST_PROCESSES)
{
    struct census before = census();
    struct victim victim = victim_create();
    EXPECT_RESULT(try_file(&victim, victim.size), 0, "the good file is a program");
    EXPECT_SUCCESS(user_run("blank", NULL, NULL), "the good file runs as a program");
    ktest_part("the file's header");
    for (size_t i = 0; i < COUNT_OF(hostile_headers); i++) {
        expect_refused(&victim, &hostile_headers[i]);
    }
    ktest_part("program headers");
    for (size_t i = 1; i < COUNT_OF(hostile_segments); i++) {
        struct hostile hostile = hostile_segments[i];
        hostile.offset = field(0, hostile.offset);
        expect_refused(&victim, &hostile);
    }
    try_overlaps(&victim);
    ktest_part("files that were cut off");
    memcpy(victim.data, victim.good, victim.size);
    for (uint32_t size = 0; size < HEADER_SIZE + 3 * PROGRAM_HEADER_SIZE; size++) {
        EXPECT_RESULT(try_file(&victim, size), -E_NOT_EXECUTABLE, "half a header is not enough");
    }
    for (uint32_t i = 0; i < 60; i++) {
        (void)try_file(&victim, ktest_random_range(0, victim.size));
    }
    census_expect(&before);
}

/** A number that breaks things. */
static uint32_t hostile_number(void)
{
    static const uint32_t numbers[] = {0,          1,          2,          0xFFFF,     0x7FFFFFFF,
                                       0x80000000, UINT32_MAX, 0xFFFFF000, USER_START, USER_END,
                                       0x40100000, 0x400FF000, 0xBFFF0000, 0x1000};
    uint32_t choice = ktest_random_range(0, COUNT_OF(numbers) + 3);
    return choice < COUNT_OF(numbers) ? numbers[choice] + ktest_random_range(0, 1) * choice
                                      : ktest_random() >> ktest_random_range(0, 31);
}

/** Damage a file in a few places of its headers, rarely elsewhere. */
static void damage(uint8_t *data, uint32_t size)
{
    for (uint32_t i = ktest_random_range(1, 4); i > 0; i--) {
        uint32_t headers = HEADER_SIZE + 4 * PROGRAM_HEADER_SIZE;
        uint32_t end = ktest_random_range(0, 7) == 0 ? size : headers;
        uint32_t offset = ktest_random_range(4, end - 5);
        uint32_t value = hostile_number();
        if (ktest_random_range(0, 1) == 0) {
            data[offset] = (uint8_t)value;
        } else {
            memcpy(data + (offset & ~3u), &value, sizeof(value));
        }
    }
}

/** Let a program run for at most some ticks, and end it if it has not ended by then. */
static void let_live(int32_t pid, uint32_t ticks)
{
    while (user_process(pid)->state != PROCESS_ZOMBIE && ticks-- > 0) {
        user_sleep(1);
    }
    if (user_process(pid)->state != PROCESS_ZOMBIE) {
        REQUIRE_RESULT(process_kill(pid), 0, "a program can be killed");
    }
    (void)user_wait(pid);
}

KTEST(elf_random, KTEST_PROCESSES)
{
    struct census before = census();
    struct victim victim = victim_create();
    uint32_t refused = 0;
    EXPECT_SUCCESS(user_run("blank", NULL, NULL), "the good file runs");
    ktest_part("files that are damaged at random");
    for (uint32_t i = 0; i < 1000; i++) {
        memcpy(victim.data, victim.good, victim.size);
        damage(victim.data, victim.size);
        refused += try_file(&victim, victim.size) != 0;
    }
    EXPECT_BETWEEN(refused, 200, 999, "some damage is noticed, some does not matter");
    census_expect(&before);

    ktest_part("damaged files that are run");
    struct user_file file = user_file("blank");
    victim = victim_create(); /* a good copy, to restore the file */
    for (uint32_t i = 0; i < 60; i++) {
        struct program_arguments arguments = {0};
        damage(file.data, file.size);
        int32_t pid = program_spawn("test/blank", &arguments);
        memcpy(file.data, victim.data, file.size);
        EXPECT(pid > 0 || pid == -E_NOT_EXECUTABLE || pid == -E_NO_MEMORY,
               "a damaged program is refused, or starts");
        if (pid > 0) {
            let_live(pid, 10);
        }
    }
    census_expect(&before);
}
