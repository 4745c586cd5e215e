/**
 * @file
 * Tests of the programs' malloc(), user/lib/malloc.c, which is included under other names.
 *
 * The kernel's part, cairn_grow(), is an array here that can be made to refuse. The row of blocks
 * is walked often: sizes must fit together, no two free blocks may touch, and the free list must
 * hold exactly the free ones. abort() jumps back to the test that expects it, and what is printed
 * before is dropped. The file owns the array.
 */
#include "host.h"

#include "lib/random.h"
#include "lib/string.h"

#include <cairn.h>
#include <stdlib.h>

#define malloc  heap_malloc
#define calloc  heap_calloc
#define realloc heap_realloc
#define free    heap_free
#define abort   heap_abort
#define printf  heap_say
_Noreturn static void heap_abort(void);
void *heap_malloc(size_t size);
void *heap_calloc(size_t count, size_t size);
void *heap_realloc(void *memory, size_t size);
void heap_free(void *memory);
#include "user/lib/malloc.c"

/** All memory that the heap can ever get. */
static _Alignas(16) char memory[1 << 20];
/** Where the heap ends, and where it must. */
static size_t memory_used;
static size_t memory_limit;

static jmp_buf aborted;
static bool abort_expected;

uintptr_t cairn_grow(int32_t bytes)
{
    uintptr_t end = (uintptr_t)memory + memory_used;
    if (bytes < 0 || (size_t)bytes > memory_limit - memory_used) {
        return (uintptr_t)(bytes < 0 ? -E_INVALID : -E_NO_MEMORY);
    }
    memory_used += (size_t)bytes;
    return end;
}

int heap_say(const char *restrict format, ...)
{
    (void)format;
    return 0;
}

_Noreturn static void heap_abort(void)
{
    if (abort_expected) {
        longjmp(aborted, 1);
    }
    host_fail(__FILE__, __LINE__, "the heap aborts");
}

/** Fail unless this ends by abort(). */
#define CHECK_ABORTS(statement)                                                                    \
    do {                                                                                           \
        abort_expected = true;                                                                     \
        if (setjmp(aborted) == 0) {                                                                \
            statement;                                                                             \
            host_fail(__FILE__, __LINE__, "%s does not abort", #statement);                        \
        }                                                                                          \
        abort_expected = false;                                                                    \
    } while (0)

/** Begin with an empty heap of at most some size, at a bad alignment. */
static void start_heap(size_t limit)
{
    list_init(&free_blocks);
    heap_end = NULL;
    memory_used = 1;
    memory_limit = limit;
    abort_expected = false;
}

/** The number of free blocks in the list. */
static size_t count_listed(void)
{
    size_t count = 0;
    for (struct list_link *link = list_first(&free_blocks); link != NULL;
         link = list_next(&free_blocks, link)) {
        count++;
    }
    return count;
}

/** Walk down from the end of the heap. @return the number of used blocks. */
static size_t check_heap(void)
{
    size_t used = 0;
    size_t count = 0;
    const struct block *block = heap_end;
    while (block != NULL && block->below != 0) {
        const struct block *above = block;
        block = block_at(block, -(int32_t)block->below);
        CHECK_EQUAL(block->size, above->below);
        CHECK_EQUAL(block->size % ALIGNMENT, 0);
        CHECK(block->mark == MARK_USED || (block->mark == MARK_FREE && above->mark == MARK_USED));
        used += block->mark == MARK_USED;
        count += block->mark == MARK_FREE;
    }
    CHECK_EQUAL(count_listed(), count);
    return used;
}

HOST_TEST(malloc_gives_aligned_memory_that_does_not_overlap)
{
    enum { COUNT_MAX = 64, STEPS = 4000 };
    start_heap(sizeof(memory));
    struct random random;
    random_seed(&random, 7);
    char *areas[COUNT_MAX] = {NULL};
    size_t sizes[COUNT_MAX] = {0};
    size_t used = 0;
    for (int step = 0; step < STEPS; step++) {
        uint32_t i = random_next(&random) % COUNT_MAX;
        if (areas[i] != NULL) {
            for (size_t k = 0; k < sizes[i]; k++) {
                CHECK_EQUAL(areas[i][k], (char)i);
            }
            heap_free(areas[i]);
            areas[i] = NULL;
            used--;
        } else {
            sizes[i] = random_next(&random) % 2000;
            areas[i] = heap_malloc(sizes[i]);
            CHECK(areas[i] != NULL && (uintptr_t)areas[i] % 16 == 0);
            memset(areas[i], (int)i, sizes[i]);
            used++;
        }
        CHECK_EQUAL(check_heap(), used);
    }
}

HOST_TEST(malloc_joins_what_is_freed)
{
    start_heap(sizeof(memory));
    char *areas[3];
    for (size_t first = 0; first < 3; first++) {
        for (size_t i = 0; i < 3; i++) {
            areas[i] = heap_malloc(100);
        }
        for (size_t i = 0; i < 3; i++) {
            heap_free(areas[(first + i) % 3]);
            (void)check_heap();
        }
        CHECK_EQUAL(count_listed(), 1);
    }
    size_t before = memory_used;
    heap_free(heap_malloc(HEAP_STEP - HEADER));
    CHECK_EQUAL(memory_used, before);
}

HOST_TEST(malloc_says_when_memory_is_out)
{
    start_heap(3 * HEAP_STEP);
    errno = 0;
    CHECK(heap_malloc(4 * HEAP_STEP) == NULL);
    CHECK_EQUAL(errno, E_NO_MEMORY);
    CHECK(heap_malloc((size_t)-1) == NULL);
    CHECK(heap_calloc(0x10001, 0x10000) == NULL);
    void *small = heap_malloc(10);
    CHECK(small != NULL && heap_realloc(small, 4 * HEAP_STEP) == NULL);
    CHECK_EQUAL(check_heap(), 1);
}

HOST_TEST(malloc_goes_on_when_the_program_moves_the_end)
{
    start_heap(sizeof(memory));
    char *first = heap_malloc(10);
    uintptr_t own = cairn_grow(100);
    char *second = heap_malloc(HEAP_STEP);
    CHECK((uintptr_t)first < own && (uintptr_t)second >= own + 100);
    heap_free(first);
    heap_free(second);
}

HOST_TEST(calloc_and_realloc)
{
    start_heap(sizeof(memory));
    char *dirty = heap_malloc(100);
    memset(dirty, 1, 100);
    heap_free(dirty);
    char *text = heap_calloc(10, 10);
    for (size_t i = 0; i < 100; i++) {
        CHECK_EQUAL(text[i], 0);
    }
    (void)strlcpy(text, "stays", 100);
    CHECK(heap_realloc(text, 20) == text);
    void *barrier = heap_malloc(1);
    text = heap_realloc(text, 5000);
    CHECK_TEXT(text, "stays");
    heap_free(text);
    heap_free(heap_realloc(NULL, 10));
    heap_free(NULL);
    heap_free(barrier);
    CHECK_EQUAL(check_heap(), 0);
}

HOST_TEST(free_finds_misuse)
{
    start_heap(sizeof(memory));
    char *low = heap_malloc(100);
    char *high = heap_malloc(100);
    heap_free(low);
    CHECK_ABORTS(heap_free(low));
    heap_free(high);
    CHECK_ABORTS(heap_free(high));
    CHECK_ABORTS((void)heap_realloc(high, 10));
    char *area = heap_malloc(200);
    memset(area, 0, 200);
    CHECK_ABORTS(heap_free(area + 16));
    CHECK_ABORTS(heap_free(area + 1));
    heap_free(area);
}
