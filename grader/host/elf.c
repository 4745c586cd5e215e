/**
 * @file
 * Tests of kernel/process/elf.c, with programs that are damaged in every way.
 *
 * A file is a block of its own of just its size, so that the sanitizer sees every byte that is read
 * beyond it. The code under test is included here, with stand-ins for frames, regions and pages
 * that check what they are asked for. The file owns the list of regions and the number of frames.
 */
#define frame_alloc   stand_in_frame_alloc
#define frame_release stand_in_frame_release
#define region_add    stand_in_region_add
#define paging_map    stand_in_paging_map
#include "kernel/process/elf.c"

#include "host.h"
#include "lib/random.h"

#include <stdio.h>
#include <stdlib.h>

/** Bytes of the good file: headers, code, data, symbols, names. */
#define FILE_SIZE 1200u
/** Frames that elf_load() may have before there are no more. */
#define FRAMES_MAX 40u

static struct region regions[ELF_SEGMENTS_MAX];
static uint32_t region_count;
static void *frames[FRAMES_MAX];
static uint32_t frame_count;
static struct random numbers;

static uint32_t below(uint32_t limit)
{
    return random_next(&numbers) % limit;
}

physaddr_t frame_alloc(void)
{
    if (frame_count == FRAMES_MAX) {
        return FRAME_NONE;
    }
    void *frame = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
    CHECK(frame != NULL);
    memset(frame, 0xA5, PAGE_SIZE);
    frames[frame_count++] = frame;
    return (physaddr_t)(uintptr_t)frame;
}

void frame_release(physaddr_t frame)
{
    CHECK(frame_count > 0 && frames[frame_count - 1] == (void *)(uintptr_t)frame);
    free(frames[--frame_count]);
}

int region_add(struct space *space, const struct region *region)
{
    (void)space;
    CHECK(region_count < ELF_SEGMENTS_MAX);
    CHECK(region->start % PAGE_SIZE == 0 && region->end % PAGE_SIZE == 0);
    CHECK(region->start < region->end && region->start >= USER_PROGRAM_BASE);
    CHECK(region->end <= USER_PROGRAM_LIMIT && (region->flags & PTE_USER) != 0);
    CHECK(region_count == 0 || regions[region_count - 1].end <= region->start);
    regions[region_count++] = *region;
    return 0;
}

int paging_map(pde_t *directory, uintptr_t address, physaddr_t frame, uint32_t flags)
{
    (void)directory;
    const struct region *region = &regions[region_count - 1];
    CHECK(region_count > 0 && address % PAGE_SIZE == 0 && frame != FRAME_NONE);
    CHECK(address >= region->start && address < region->end && flags == region->flags);
    return 0;
}

/** Give back what elf_load() has taken. */
static void forget(void)
{
    while (frame_count > 0) {
        free(frames[--frame_count]);
    }
    region_count = 0;
}

/** A good program: code, data, and a symbol for each of two functions. */
static void make_good(uint8_t *file)
{
    static const char names[] = "\0first\0second";
    const struct elf_header header = {
        .magic = {0x7F, 'E', 'L', 'F'},
        .class = CLASS_32,
        .order = ORDER_LITTLE_ENDIAN,
        .type = TYPE_EXECUTABLE,
        .machine = MACHINE_I386,
        .version = 1,
        .entry = USER_PROGRAM_BASE + 4,
        .program_offset = 52,
        .section_offset = 1080,
        .header_size = 52,
        .program_size = 32,
        .program_count = 2,
        .section_size = 40,
        .section_count = 3,
    };
    const struct elf_program_header segments[] = {
        {SEGMENT_LOAD, 200, USER_PROGRAM_BASE, 0, 300, 300, 5, 4096},
        {SEGMENT_LOAD, 500, USER_PROGRAM_BASE + 0x1800, 0, 400, 9000, 6, 4096},
    };
    const struct elf_symbol_entry symbols[] = {
        {1, USER_PROGRAM_BASE, 16, SYMBOL_FUNCTION, 0, 1},
        {7, USER_PROGRAM_BASE + 16, 16, SYMBOL_FUNCTION, 0, 1},
    };
    const struct elf_section sections[] = {
        {0},
        {.type = SECTION_SYMBOLS, .offset = 920, .size = sizeof(symbols), .link = 2},
        {.type = 3, .offset = 960, .size = sizeof(names)},
    };
    for (uint32_t i = 0; i < FILE_SIZE; i++) {
        file[i] = (uint8_t)i;
    }
    memcpy(file, &header, sizeof(header));
    memcpy(file + 52, segments, sizeof(segments));
    memcpy(file + 920, symbols, sizeof(symbols));
    memcpy(file + 960, names, sizeof(names));
    memcpy(file + 1080, sections, sizeof(sections));
}

/** Check, load and look up symbols in a copy of a file, of just its size. @return elf_check()'s. */
static int try_file(const uint8_t *file, uint32_t size)
{
    struct space space = {0};
    struct elf_program program;
    uint8_t *copy = malloc(size + 1) /* malloc(0) may give NULL */;
    CHECK(copy != NULL);
    uint8_t *place = copy + 1; /* at an odd address, as nothing says that files are aligned */
    memcpy(place, file, size);
    int error = elf_check(place, size, &program);
    CHECK(error == 0 || error == -E_NOT_EXECUTABLE);
    if (error == 0) {
        int loaded = elf_load(&space, &program);
        CHECK(loaded == 0 || loaded == -E_NO_MEMORY);
        CHECK(program.entry >= USER_PROGRAM_BASE && program.entry < program.end);
    }
    for (uint32_t i = 0; i < 40; i += 8) {
        uint32_t offset = 0;
        const char *name = elf_symbol(place, size, USER_PROGRAM_BASE + i, &offset);
        CHECK(name == NULL || strlen(name) < size);
    }
    forget();
    free(copy);
    return error;
}

HOST_TEST(elf_takes_a_good_program)
{
    uint8_t file[FILE_SIZE];
    struct elf_program program;
    make_good(file);
    CHECK_EQUAL(elf_check(file, FILE_SIZE, &program), 0);
    CHECK_EQUAL(program.entry, USER_PROGRAM_BASE + 4);
    CHECK_EQUAL(program.segment_count, 2);
    CHECK_EQUAL(program.end, USER_PROGRAM_BASE + 0x1800 + 9000);
    CHECK_EQUAL(program.segments[0].flags, PTE_USER);
    CHECK_EQUAL(program.segments[1].flags, PTE_USER | PTE_WRITE);
    CHECK_EQUAL(try_file(file, FILE_SIZE), 0);
}

HOST_TEST(elf_loads_bytes_and_zeros)
{
    uint8_t file[FILE_SIZE];
    struct elf_program program;
    struct space space = {0};
    make_good(file);
    CHECK_EQUAL(elf_check(file, FILE_SIZE, &program), 0);
    CHECK_EQUAL(elf_load(&space, &program), 0);
    CHECK_EQUAL(frame_count, 2);
    const uint8_t *code = frames[0];
    const uint8_t *data = frames[1];
    for (uint32_t i = 0; i < PAGE_SIZE; i++) {
        CHECK_EQUAL(code[i], i < 300 ? file[200 + i] : 0);
        CHECK_EQUAL(data[i], i >= 0x800 && i < 0x800 + 400 ? file[500 + i - 0x800] : 0);
    }
    CHECK_EQUAL(regions[1].start, USER_PROGRAM_BASE + 0x1000);
    CHECK_EQUAL(regions[1].end, USER_PROGRAM_BASE + 0x4000);
    forget();
}

HOST_TEST(elf_knows_functions)
{
    uint8_t file[FILE_SIZE];
    uint32_t offset = 0;
    make_good(file);
    CHECK_TEXT(elf_symbol(file, FILE_SIZE, USER_PROGRAM_BASE + 15, &offset), "first");
    CHECK_EQUAL(offset, 15);
    CHECK_TEXT(elf_symbol(file, FILE_SIZE, USER_PROGRAM_BASE + 17, &offset), "second");
    CHECK_EQUAL(offset, 1);
    CHECK(elf_symbol(file, FILE_SIZE, USER_PROGRAM_BASE - 1, &offset) == NULL);
    CHECK(elf_symbol(file, 51, USER_PROGRAM_BASE, &offset) == NULL);
}

HOST_TEST(elf_may_be_cut_off_anywhere)
{
    uint8_t file[FILE_SIZE];
    make_good(file);
    for (uint32_t size = 0; size <= FILE_SIZE; size++) {
        CHECK_EQUAL(try_file(file, size), size >= 900 ? 0 : -E_NOT_EXECUTABLE);
    }
}

/** A number that breaks things. */
static uint32_t hostile(void)
{
    static const uint32_t values[] = {0,          1,          0xFFFF,     0x7FFFFFFF,   0x80000000,
                                      UINT32_MAX, 0xFFFFF000, 0x40000000, 0xC0000000,   0x40100000,
                                      0xBFFF0000, 0x1000,     FILE_SIZE,  FILE_SIZE - 1};
    uint32_t choice = below(COUNT(values) + 3);
    return choice < COUNT(values) ? values[choice] - below(2) : random_next(&numbers) >> below(32);
}

HOST_TEST(elf_survives_every_number_in_every_field)
{
    uint8_t file[FILE_SIZE];
    random_seed(&numbers, 1);
    for (uint32_t offset = 0; offset < FILE_SIZE; offset += 2) {
        bool header = offset < 116 || (offset >= 920 && offset < 992) || offset >= 1080;
        for (uint32_t i = 0; header && i < 12; i++) {
            uint32_t value = hostile();
            make_good(file);
            memcpy(file + offset, &value, offset + 4 <= FILE_SIZE && i % 3 != 0 ? 4 : 2);
            (void)try_file(file, FILE_SIZE);
        }
    }
}

HOST_TEST(elf_survives_random_damage)
{
    uint8_t file[FILE_SIZE];
    random_seed(&numbers, 20260);
    uint32_t accepted = 0;
    for (uint32_t round = 0; round < 20000; round++) {
        make_good(file);
        for (uint32_t i = 1 + below(5); i > 0; i--) {
            uint32_t value = hostile();
            uint32_t offset = below(3) == 0 ? 1080 + below(116) : below(114);
            memcpy(file + offset, &value, 1 + below(4));
        }
        uint32_t size = below(4) == 0 ? below(FILE_SIZE + 1) : FILE_SIZE;
        accepted += try_file(file, size) == 0;
    }
    CHECK(accepted > 100 && accepted < 19000);
}
