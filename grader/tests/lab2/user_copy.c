/**
 * @file
 * Lab 2, exercise 5: the copy functions where a program's memory ends, byte by byte.
 *
 * The test passes for a program with a few pages of its own: two that adjoin, with nothing before
 * and behind them. Every copy is compared with what the pages hold, and the bytes around source
 * and target are looked at. The frames are read through the kernel's one-to-one map.
 */
#include "user_support.h"

/** Two adjoining pages in a space. */
struct arena {
    struct space *space;
    uintptr_t start; /**< First byte of the first page. */
    uintptr_t end;   /**< One past the last byte of the second page. */
    uint8_t *pages[2];
};

#define ARENA_SIZE  (2 * PAGE_SIZE)
#define MARGIN      16u
#define BUFFER_BYTE 0x5A

/** As large as everything that can be copied at all, so that no error harms the kernel. */
static uint8_t buffer[ARENA_SIZE + 2 * MARGIN];

/** Fill the pages with random bytes. */
static void arena_fill(struct arena *arena)
{
    for (uint32_t i = 0; i < ARENA_SIZE; i++) {
        arena->pages[i / PAGE_SIZE][i % PAGE_SIZE] = (uint8_t)ktest_random();
    }
}

static struct arena arena_create(uint32_t flags)
{
    uintptr_t start = USER_START + ktest_random_range(2, 0x70000) * PAGE_SIZE;
    struct arena arena = {.space = user_space(), .start = start, .end = start + ARENA_SIZE};
    for (uint32_t i = 0; i < 2; i++) {
        arena.pages[i] =
            phys_to_virt(user_page(arena.space, start + i * PAGE_SIZE, PTE_USER | flags, 0));
    }
    arena_fill(&arena);
    user_pretend(arena.space);
    return arena;
}

static void arena_destroy(const struct arena *arena)
{
    user_pretend_end();
    space_destroy(arena->space);
}

/** The byte of the arena at an address. */
static uint8_t *arena_byte(const struct arena *arena, uintptr_t address)
{
    uint32_t offset = address - arena->start;
    return &arena->pages[offset / PAGE_SIZE][offset % PAGE_SIZE];
}

/** Whether a range lies in the arena. */
static bool is_inside(const struct arena *arena, uintptr_t start, uint32_t size)
{
    return start >= arena->start && start + size <= arena->end;
}

/** Whether all bytes of a range of the buffer are as buffer_clear() left them. */
static bool buffer_is_clear(uint32_t start, uint32_t end)
{
    for (uint32_t i = start; i < end; i++) {
        if (buffer[i] != BUFFER_BYTE) {
            return false;
        }
    }
    return true;
}

/** Copy from a place, and check the result against the arena. */
static void try_from(const struct arena *arena, uintptr_t start, uint32_t size)
{
    bool inside = is_inside(arena, start, size);
    memset(buffer, BUFFER_BYTE, sizeof(buffer));
    int result = copy_from_user(buffer + MARGIN, (user_pointer){start}, size);
    EXPECT_ERROR(result, inside ? 0 : -E_FAULT, "copy_from_user() sees where memory ends");
    bool same = true;
    for (uint32_t i = 0; inside && i < size; i++) {
        same = same && buffer[MARGIN + i] == *arena_byte(arena, start + i);
    }
    EXPECT(same, "copy_from_user() copies every byte");
    EXPECT(buffer_is_clear(0, MARGIN) && buffer_is_clear(MARGIN + size, sizeof(buffer)),
           "copy_from_user() writes nothing around its target");
}

/** Copy to a place, and check the arena. */
static void try_to(struct arena *arena, uintptr_t start, uint32_t size)
{
    static uint8_t before[ARENA_SIZE];
    bool inside = is_inside(arena, start, size);
    memcpy(before, arena->pages[0], PAGE_SIZE);
    memcpy(before + PAGE_SIZE, arena->pages[1], PAGE_SIZE);
    for (uint32_t i = 0; i < size; i++) {
        buffer[i] = (uint8_t)ktest_random();
    }
    int result = copy_to_user((user_pointer){start}, buffer, size);
    EXPECT_ERROR(result, inside ? 0 : -E_FAULT, "copy_to_user() sees where memory ends");
    bool copied = true;
    bool kept = true;
    for (uintptr_t address = arena->start; address < arena->end; address++) {
        uint8_t now = *arena_byte(arena, address);
        if (address - start < size) {
            copied = copied && now == buffer[address - start];
        } else {
            kept = kept && now == before[address - arena->start];
        }
    }
    EXPECT(copied || !inside, "copy_to_user() copies every byte");
    EXPECT(kept, "copy_to_user() writes nothing around its target");
}

/** Call a function with ranges that end or start a few bytes around a boundary. */
static void try_around(struct arena *arena, void (*try)(struct arena *, uintptr_t, uint32_t))
{
    static const uint32_t sizes[] = {1, 2, 3, 4, 5, 8, 63, 500, PAGE_SIZE, PAGE_SIZE + 7};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        for (int32_t shift = -3; shift <= 3; shift++) {
            try(arena, arena->end - sizes[i] + (uint32_t)shift, sizes[i]);
            try(arena, arena->start + (uint32_t)shift, sizes[i]);
        }
    }
    try(arena, arena->start, ARENA_SIZE);
    try(arena, arena->start + 1, ARENA_SIZE);
    try(arena, arena->start - 1, ARENA_SIZE);
}

static void try_from_any(struct arena *arena, uintptr_t start, uint32_t size)
{
    try_from(arena, start, size);
}

KTEST(user_copy_ends, KTEST_PROCESSES)
{
    struct census before = census();
    ktest_part("copying from a program");
    struct arena arena = arena_create(PTE_WRITE);
    try_around(&arena, try_from_any);
    ktest_part("copying to a program");
    try_around(&arena, try_to);
    arena_destroy(&arena);
    census_expect(&before);
}

KTEST(user_copy_read_only, KTEST_PROCESSES)
{
    struct arena arena = arena_create(0);
    uint8_t *first = arena_byte(&arena, arena.start);
    uint8_t kept = *first;
    ktest_part("two pages that are read only");
    try_from(&arena, arena.start + 100, 200);
    EXPECT_ERROR(copy_to_user((user_pointer){arena.start}, buffer, 1), -E_FAULT,
                 "the kernel does not write where the program may not");
    EXPECT_EQUAL(*first, kept, "nothing was written");
    ktest_part("only the second one is");
    REQUIRE_ERROR(paging_protect(arena.space->directory, arena.start, PTE_USER | PTE_WRITE), 0,
                  "a page can be made writable");
    EXPECT_ERROR(copy_to_user((user_pointer){arena.start + PAGE_SIZE - 4}, buffer, 4), 0,
                 "the page in front of it can be written to its end");
    uint8_t second = *arena_byte(&arena, arena.start + PAGE_SIZE);
    EXPECT_ERROR(copy_to_user((user_pointer){arena.start + PAGE_SIZE - 4}, buffer, 5), -E_FAULT,
                 "a copy ends at a page that is read only");
    EXPECT_EQUAL(*arena_byte(&arena, arena.start + PAGE_SIZE), second,
                 "the page that is read only is not written to");
    arena_destroy(&arena);
}

/** Put a string of @p length letters into the arena. */
static void put_string(const struct arena *arena, uintptr_t start, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        *arena_byte(arena, start + i) = (uint8_t)('a' + i % 26);
    }
    *arena_byte(arena, start + length) = 0;
}

/** Copy a string and check it. */
static void expect_string(uintptr_t start, uint32_t length, uint32_t size, const char *what)
{
    memset(buffer, BUFFER_BYTE, sizeof(buffer));
    int result = copy_string_from_user((char *)buffer + MARGIN, (user_pointer){start}, size);
    EXPECT_ERROR(result, (int32_t)length, what);
    bool same = buffer[MARGIN + length] == 0;
    for (uint32_t i = 0; i < length; i++) {
        same = same && buffer[MARGIN + i] == (uint8_t)('a' + i % 26);
    }
    EXPECT(same, "the string and its final 0 arrive");
    EXPECT(buffer_is_clear(0, MARGIN) && buffer_is_clear(MARGIN + size, sizeof(buffer)),
           "nothing is written around the target");
}

/** Try to copy a string, which must fail. */
static void expect_no_string(uintptr_t start, uint32_t size, int error, const char *what)
{
    memset(buffer, BUFFER_BYTE, sizeof(buffer));
    int result = copy_string_from_user((char *)buffer + MARGIN, (user_pointer){start}, size);
    EXPECT_ERROR(result, error, what);
    EXPECT(buffer_is_clear(0, MARGIN) && buffer_is_clear(MARGIN + size, sizeof(buffer)),
           "nothing is written around the target");
}

/** Strings that end with the last page, or not at all. */
static void try_strings_at_end(struct arena *arena)
{
    static const uint32_t lengths[] = {0, 1, 2, 3, 50, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        uint32_t length = lengths[i];
        memset(arena->pages[0], 'x', PAGE_SIZE);
        memset(arena->pages[1], 'x', PAGE_SIZE);
        put_string(arena, arena->end - length - 1, length);
        expect_string(arena->end - length - 1, length, ARENA_SIZE,
                      "a string may end with the last byte that the program has");
        expect_string(arena->end - length - 1, length, length + 1,
                      "a string that just fits is copied");
        *arena_byte(arena, arena->end - 1) = 'x';
        expect_no_string(arena->end - length - 1, ARENA_SIZE, -E_FAULT,
                         "a string without an end leads out of memory");
        expect_no_string(arena->end - length - 1, length + 1, -E_TOO_LONG,
                         "what is behind the room for it is not looked at");
    }
}

KTEST(user_copy_strings, KTEST_PROCESSES)
{
    struct census before = census();
    struct arena arena = arena_create(PTE_WRITE);
    ktest_part("strings somewhere");
    for (uint32_t i = 0; i < 30; i++) {
        uint32_t length = ktest_random_range(0, 300);
        uintptr_t start = arena.start + ktest_random_range(0, ARENA_SIZE - length - 1);
        put_string(&arena, start, length);
        expect_string(start, length, length + ktest_random_range(1, 300),
                      "the length of a string is returned");
        if (length > 0) {
            expect_no_string(start, length, -E_TOO_LONG, "a string needs room for its final 0");
        }
    }
    ktest_part("strings at the end of memory");
    try_strings_at_end(&arena);
    ktest_part("the page behind a string");
    user_region(arena.space, arena.end, 1, PTE_USER | PTE_WRITE);
    put_string(&arena, arena.end - 8, 7);
    expect_string(arena.end - 8, 7, ARENA_SIZE, "a string may end with a page");
    EXPECT_EQUAL(user_frame_of(arena.space, arena.end), FRAME_NONE,
                 "the page behind the final 0 is not touched");
    expect_no_string(arena.start - 1, 10, -E_FAULT, "a string may not begin outside of memory");
    arena_destroy(&arena);
    census_expect(&before);
}
