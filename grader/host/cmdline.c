/**
 * @file
 * Tests of kernel/cmdline.c and kernel/memory/map.c.
 *
 * Each test writes command lines as a person would at the boot loader's prompt, wrong ones
 * included, and checks what the kernel reads out of them. The file owns no state.
 */
#include "host.h"

#include "kernel/cmdline.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/map.h"

#include <cairn/error.h>

HOST_TEST(cmdline_finds_whole_words_only)
{
    const char *line = "ktest=a,b earlycon  testpanic";
    CHECK(cmdline_has(line, "earlycon"));
    CHECK(cmdline_has(line, "testpanic"));
    CHECK(!cmdline_has(line, "early"));
    CHECK(!cmdline_has(line, "panic"));
    CHECK(!cmdline_has(line, "ktest"));
    CHECK(!cmdline_has("", "earlycon"));
    CHECK_ASSERTS(cmdline_has(line, ""));
}

HOST_TEST(cmdline_finds_values)
{
    char value[8] = "before";
    CHECK(!cmdline_value("ktest", "ktest", value, sizeof value));
    CHECK(!cmdline_value("xktest=1", "ktest", value, sizeof value));
    CHECK_TEXT(value, "before");
    CHECK(cmdline_value("a ktest=x,y b", "ktest", value, sizeof value));
    CHECK_TEXT(value, "x,y");
    CHECK(cmdline_value("ktest=", "ktest", value, sizeof value));
    CHECK_TEXT(value, "");
    CHECK(cmdline_value("ktest=first ktest=second", "ktest", value, sizeof value));
    CHECK_TEXT(value, "first");
}

HOST_TEST(cmdline_cuts_a_long_value)
{
    char value[4];
    CHECK(cmdline_value("key=abcdefgh", "key", value, sizeof value));
    CHECK_TEXT(value, "abc");
    CHECK_ASSERTS(cmdline_value("key=a", "key", value, 0));
}

HOST_TEST(cmdline_names_what_is_no_option)
{
    char name[16] = "";
    CHECK(!cmdline_unknown("", name, sizeof name));
    CHECK(!cmdline_unknown("/home/me/my kernel.elf ktest=pwoeroff  poweroff", name, sizeof name));
    CHECK(cmdline_unknown("kernel.elf seed=1 ktets=frame", name, sizeof name));
    CHECK_TEXT(name, "ktets");
    CHECK(cmdline_unknown("pow", name, sizeof name));
    CHECK_TEXT(name, "pow");
    CHECK(cmdline_unknown("earlyconsole-please", name, sizeof name));
    CHECK_TEXT(name, "earlyconsole-pl");
    CHECK_ASSERTS(cmdline_unknown("key=a", name, 0));
}

HOST_TEST(cmdline_reads_numbers)
{
    uint32_t number = 77;
    CHECK(cmdline_number("seed=42", "seed", &number));
    CHECK_EQUAL(number, 42);
    CHECK(cmdline_number("seed=0xDeadBeef", "seed", &number));
    CHECK_EQUAL(number, 0xDEADBEEF);
    CHECK(cmdline_number("seed=4294967295 x", "seed", &number));
    CHECK_EQUAL(number, UINT32_MAX);
}

HOST_TEST(cmdline_refuses_what_is_no_number_of_32_bits)
{
    static const char *const lines[] = {
        "",
        "seed",
        "seed=",
        "seed=x",
        "seed=0x",
        "seed=12x",
        "seed=-1",
        "seed=0x1g",
        "seed=1 2",
        "seed=4294967296",
        "seed=0x1ffffffff",
        "seed=99999999999999999999999",
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        uint32_t number = 77;
        bool expected = i == 8; /* "seed=1 2" is the number 1 and another word. */
        if (cmdline_number(lines[i], "seed", &number) != expected) {
            host_fail(__FILE__, __LINE__, "\"%s\" is taken wrongly", lines[i]);
        }
        CHECK_EQUAL(number, expected ? 1 : 77);
    }
}

HOST_TEST(memmap_replaces_the_regions)
{
    struct memory_map map = {.region_count = 1, .reserved_count = 1};
    map.reserved[0] = (struct memory_range){.start = 0x100000, .end = 0x120000};
    const char *line = "memmap=640K@0,15M@0x100000:usable,4096@0xFFFFF000:reserved";
    CHECK_EQUAL(cmdline_memory_map(line, &map), 0);
    CHECK_EQUAL(map.region_count, 3);
    CHECK_EQUAL(map.regions[0].start, 0);
    CHECK_EQUAL(map.regions[0].length, 640 * 1024);
    CHECK(map.regions[0].usable && map.regions[1].usable && !map.regions[2].usable);
    CHECK_EQUAL(map.regions[1].length, 15 << 20);
    CHECK_EQUAL(map.regions[2].start, 0xFFFFF000ll);
    CHECK_EQUAL(map.reserved_count, 1);
    CHECK_EQUAL(map.reserved[0].end, 0x120000);
}

HOST_TEST(memmap_takes_64_bits)
{
    struct memory_map map = {0};
    const char *line = "memmap=0xFFFFFFFFFFFFFFFF@0x123456789ABCDEF0";
    CHECK_EQUAL(cmdline_memory_map(line, &map), 0);
    CHECK(map.regions[0].start == 0x123456789ABCDEF0ull);
    CHECK(map.regions[0].length == UINT64_MAX);
}

HOST_TEST(memmap_that_is_malformed_changes_nothing)
{
    static const char *const lines[] = {
        "memmap=",
        "memmap=1M",
        "memmap=1M@",
        "memmap=@0",
        "memmap=1M@0,",
        "memmap=1M@0:free",
        "memmap=1M@0;1M@2M",
        "memmap=1G@0",
        "memmap=0x10000000000000000@0",
        "memmap=99999999999999M@0",
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct memory_map map = {.region_count = 1};
        map.regions[0].length = 5;
        if (cmdline_memory_map(lines[i], &map) != -E_INVALID) {
            host_fail(__FILE__, __LINE__, "\"%s\" is accepted", lines[i]);
        }
        CHECK(map.region_count == 1 && map.regions[0].length == 5);
    }
}

HOST_TEST(memmap_is_optional)
{
    struct memory_map map = {.region_count = 1};
    CHECK_EQUAL(cmdline_memory_map("ktest=a", &map), -E_NOT_FOUND);
    CHECK_EQUAL(map.region_count, 1);
}

HOST_TEST(memmap_with_too_many_regions_is_refused)
{
    char line[1024] = "memmap=";
    size_t length = 7;
    for (int i = 0; i <= BOOT_REGIONS_MAX; i++) {
        const char *region = i == 0 ? "1@0" : ",1@0";
        for (; *region != '\0'; region++) {
            line[length++] = *region;
        }
    }
    struct memory_map map = {0};
    CHECK_EQUAL(cmdline_memory_map(line, &map), -E_INVALID);
    line[length - 4] = '\0';
    CHECK_EQUAL(cmdline_memory_map(line, &map), 0);
    CHECK_EQUAL(map.region_count, BOOT_REGIONS_MAX);
}

HOST_TEST(memory_regions_end_where_they_must)
{
    struct memory_region region = {.start = 0x1000, .length = 0x2000, .usable = true};
    CHECK(memory_region_end(&region) == 0x3000);
    region.length = UINT64_MAX;
    CHECK(memory_region_end(&region) == UINT64_MAX);
    region = (struct memory_region){.start = 7, .length = 0};
    CHECK(memory_region_end(&region) == 7);
}

HOST_TEST(usable_memory_ends_with_its_highest_region)
{
    struct memory_map map = {0};
    CHECK_EQUAL(memory_map_end(&map), 0);
    CHECK_EQUAL(cmdline_memory_map("memmap=1M@16M,1M@1M,1M@64M:reserved,0@128M", &map), 0);
    CHECK_EQUAL(memory_map_end(&map), 17 << 20);
    CHECK_EQUAL(cmdline_memory_map("memmap=1M@1M,4096M@4096M", &map), 0);
    CHECK_EQUAL(memory_map_end(&map), PHYSICAL_LIMIT);
}
