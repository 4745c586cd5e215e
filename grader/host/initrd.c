/**
 * @file
 * Tests of kernel/process/initrd.c, with archives that are damaged in every way.
 *
 * An archive is written so that its last byte is the last before memory that cannot be touched:
 * reading too far ends the program. Physical memory is used at its own address, which must be below
 * 1 GiB and is none that the sanitizers use. The file owns that memory and the archive's size.
 */
#define _GNU_SOURCE
#include "console.h"
#include "host.h"

#include "kernel/memory/layout.h"
#include "kernel/process/initrd.h"
#include "lib/random.h"
#include "lib/string.h"

#include <stdio.h>
#include <sys/mman.h>

#define BLOCK 512u
/** Where archives end: a page boundary, behind which nothing is mapped. */
#define ARCHIVE_END 0x18100000u
#define ARCHIVE_MAX 0x00100000u
/** More files than initrd.c keeps. */
#define MANY_FILES 140u

/* Fields of a header: offsets and lengths (POSIX.1-2017, pax, "ustar Interchange Format"). */
enum { NAME = 0, MODE = 100, SIZE = 124, CHECKSUM = 148, TYPE = 156, MAGIC = 257 };

static uint8_t archive[ARCHIVE_MAX];
static uint32_t archive_size;
static struct random numbers;

static uint32_t below(uint32_t limit)
{
    return random_next(&numbers) % limit;
}

/** Write octal digits and a final blank. */
static void put_octal(uint8_t *field, uint32_t digits, uint32_t value)
{
    field[digits] = ' ';
    while (digits-- > 0) {
        field[digits] = (uint8_t)('0' + value % 8);
        value /= 8;
    }
}

/** Make the checksum of a header right. */
static void seal(uint8_t *header)
{
    uint32_t sum = 0;
    memset(header + CHECKSUM, ' ', 8);
    for (uint32_t i = 0; i < BLOCK; i++) {
        sum += header[i];
    }
    put_octal(header + CHECKSUM, 6, sum);
    header[CHECKSUM + 6] = '\0';
}

/** Add a file to the archive. @return its header. */
static uint8_t *add(const char *name, char type, uint32_t size)
{
    uint8_t *header = archive + archive_size;
    memset(header, 0, BLOCK);
    size_t length = strlen(name);
    memcpy(header + NAME, name, length < 100 ? length : 100);
    put_octal(header + MODE, 7, 0644);
    put_octal(header + SIZE, 11, size);
    header[TYPE] = (uint8_t)type;
    memcpy(header + MAGIC, "ustar", 6);
    seal(header);
    memset(header + BLOCK, (uint8_t)name[0], size);
    archive_size += BLOCK + align_up(size, BLOCK);
    return header;
}

static void begin(void)
{
    archive_size = 0;
    memset(archive, 0, sizeof(archive));
}

/** Let the kernel read the first @p size bytes of the archive. */
static void read_archive(uint32_t size)
{
    static bool mapped;
    void *start = (void *)(uintptr_t)(ARCHIVE_END - ARCHIVE_MAX);
    if (!mapped) {
        void *place = mmap(start, ARCHIVE_MAX, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
        void *guard = mmap((void *)(uintptr_t)ARCHIVE_END, PAGE_SIZE, PROT_NONE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
        CHECK(place == start && guard == (void *)(uintptr_t)ARCHIVE_END);
        mapped = true;
    }
    CHECK(size <= ARCHIVE_MAX);
    struct boot_info boot = {.module_count = 1};
    boot.modules[0].start = ARCHIVE_END - size;
    boot.modules[0].end = ARCHIVE_END;
    memcpy((void *)(uintptr_t)boot.modules[0].start, archive, size);
    console_lines = 0;
    initrd_init(&boot);
}

/** Check that a file is there, with its contents. */
static void expect_file(const char *path, uint32_t size)
{
    const struct initrd_file *file = initrd_find(path);
    if (file == NULL) {
        host_fail(__FILE__, __LINE__, "there is no %s", path);
    }
    CHECK_EQUAL(file->size, size);
    for (uint32_t i = 0; i < size; i++) {
        CHECK_EQUAL(file->data[i], (uint8_t)file->name[0]);
    }
}

HOST_TEST(initrd_finds_files)
{
    begin();
    add("bin/init", '0', 1000);
    add("bin/", '5', 0);
    add("old", '\0', 512);
    add("link", '2', 0);
    add("empty", '0', 0);
    add("test/x", '0', 1);
    read_archive(archive_size + 2 * BLOCK);
    CHECK_EQUAL(initrd_count(), 4);
    expect_file("bin/init", 1000);
    expect_file("/bin/init", 1000);
    expect_file("old", 512);
    expect_file("empty", 0);
    expect_file("test/x", 1);
    CHECK(initrd_find("link") == NULL && initrd_find("bin/") == NULL);
    CHECK(initrd_find("") == NULL && initrd_find("/") == NULL && initrd_find("bin/ini") == NULL);
    CHECK_EQUAL(console_lines, 0);
}

HOST_TEST(initrd_takes_names_of_100_bytes)
{
    char name[102];
    memset(name, 'n', sizeof(name));
    name[100] = '\0';
    begin();
    add(name, '0', 7);
    add("after", '0', 7);
    read_archive(archive_size);
    expect_file(name, 7);
    expect_file("after", 7);
    name[100] = 'n';
    name[101] = '\0';
    CHECK(initrd_find(name) == NULL);
}

HOST_TEST(initrd_may_be_missing_or_empty)
{
    const struct boot_info nothing = {0};
    initrd_init(&nothing);
    CHECK_EQUAL(initrd_count(), 0);
    begin();
    for (uint32_t size = 0; size <= 2 * BLOCK; size += 64) {
        read_archive(size);
        CHECK_EQUAL(initrd_count(), 0);
    }
}

HOST_TEST(initrd_may_end_anywhere)
{
    begin();
    add("first", '0', 700);
    add("second", '0', 900);
    for (uint32_t size = 0; size <= archive_size; size++) {
        read_archive(size);
        bool first = size >= BLOCK + 700;
        bool second = size >= 3 * BLOCK + BLOCK + 900;
        CHECK_EQUAL(initrd_count(), (first ? 1 : 0) + (second ? 1 : 0));
        if (first) {
            expect_file("first", 700);
        }
    }
}

/** An archive of three files, with a damaged second header. */
static void expect_end(const char *what, uint32_t offset, const char *bytes, bool sealed)
{
    begin();
    add("one", '0', 10);
    uint8_t *header = add("two", '0', 10);
    add("three", '0', 10);
    memcpy(header + offset, bytes, strlen(bytes));
    if (sealed) {
        seal(header);
    }
    read_archive(archive_size);
    if (initrd_count() != 1 || console_lines != 1) {
        host_fail(__FILE__, __LINE__, "%s: %u files, %u messages", what, initrd_count(),
                  console_lines);
    }
    expect_file("one", 10);
}

HOST_TEST(initrd_ends_at_a_damaged_header)
{
    expect_end("another name", NAME, "tWo", false);
    expect_end("another checksum", CHECKSUM, "00000", false);
    expect_end("no checksum", CHECKSUM, "xxxxxx", false);
    expect_end("another magic word", MAGIC, "USTAR", true);
    expect_end("a size past the end", SIZE, "00000077777", true);
    expect_end("a size of 1 GiB", SIZE, "10000000000", true);
    expect_end("a size that wraps around", SIZE, "37777777777", true);
    expect_end("a size that wraps around when it is rounded up", SIZE, "37777777001", true);
}

HOST_TEST(initrd_survives_strange_numbers)
{
    static const char *const sizes[] = {"40000000000", "-0000000001", "           ", "0x000000010",
                                        "77777777777", "99999999999", "1          "};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        begin();
        uint8_t *header = add("strange", '0', 0);
        memcpy(header + SIZE, sizes[i], 11);
        seal(header);
        add("after", '0', 5);
        read_archive(archive_size);
        CHECK(initrd_count() <= 2);
    }
}

HOST_TEST(initrd_leaves_out_too_many_files)
{
    begin();
    for (uint32_t i = 0; i < MANY_FILES; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "f%u", i);
        add(name, '0', i);
    }
    read_archive(archive_size);
    CHECK(initrd_count() > 100 && initrd_count() < MANY_FILES);
    CHECK(console_lines > 0);
    expect_file("f0", 0);
    expect_file("f99", 99);
}

HOST_TEST(initrd_survives_random_damage)
{
    random_seed(&numbers, 20260);
    for (uint32_t round = 0; round < 3000; round++) {
        begin();
        for (uint32_t i = below(6); i > 0; i--) {
            uint8_t *header = add("abc", '0', below(1500));
            header[below(BLOCK)] ^= (uint8_t)(below(8) == 0 ? random_next(&numbers) : 0);
            if (below(2) == 0) {
                header[SIZE + below(11)] = (uint8_t)('0' + below(8));
                seal(header);
            }
        }
        uint32_t size = below(4) == 0 ? below(archive_size + 1) : archive_size;
        read_archive(size);
        const struct initrd_file *file = initrd_find("abc");
        if (file != NULL) {
            uintptr_t data = (uintptr_t)file->data;
            CHECK(data >= ARCHIVE_END - size + BLOCK && data <= ARCHIVE_END);
            CHECK(file->size <= ARCHIVE_END - data);
        }
    }
}
