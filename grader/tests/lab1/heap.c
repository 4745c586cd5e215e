/**
 * @file
 * Lab 1, exercise 6: does the heap give out good memory, and does it use it well?
 *
 * Blocks are filled with bytes that depend on a seed, so that two blocks that overlap are noticed,
 * and so is a block that is moved without its contents. heap_check() is called again and again,
 * and must agree with what heap_walk() and heap_stats() show. No test says how the heap searches;
 * but joined blocks must be usable as one, and the heap must not grow without need.
 */
#include "heap.h"

#include "spaces.h"
#include "support.h"

/** Blocks that a test holds at the same time. */
#define BLOCKS 48u

void piece_fill(const struct piece *piece)
{
    for (uint32_t i = 0; i < piece->size; i++) {
        piece->memory[i] = (uint8_t)(i * 31 + piece->seed);
    }
}

bool piece_intact(const struct piece *piece, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        if (piece->memory[i] != (uint8_t)(i * 31 + piece->seed)) {
            return false;
        }
    }
    return true;
}

bool piece_alloc(struct piece *piece, uint32_t size, uint32_t alignment)
{
    piece->memory = alignment == 0 ? kmalloc(size) : kmalloc_aligned(size, alignment);
    piece->size = size;
    piece->seed = ktest_random();
    if (piece->memory == NULL) {
        return false;
    }
    piece_fill(piece);
    return true;
}

void piece_free(struct piece *piece)
{
    kfree(piece->memory);
    piece->memory = NULL;
}

bool pieces_overlap(const struct piece *pieces, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < i; k++) {
            const struct piece *a = &pieces[i];
            const struct piece *b = &pieces[k];
            if (a->memory != NULL && b->memory != NULL && a->memory < b->memory + b->size &&
                b->memory < a->memory + a->size) {
                return true;
            }
        }
    }
    return false;
}

uint32_t pieces_damaged(const struct piece *pieces, uint32_t count)
{
    uint32_t damaged = 0;
    for (uint32_t i = 0; i < count; i++) {
        damaged += pieces[i].memory != NULL && !piece_intact(&pieces[i], pieces[i].size);
    }
    return damaged;
}

void pieces_free(struct piece *pieces, uint32_t count, uint32_t stride)
{
    for (uint32_t i = 0; i < count; i++) {
        piece_free(&pieces[i * stride % count]);
    }
}

uint32_t frames_balance(void)
{
    return frames_free() + heap_stats().mapped / PAGE_SIZE;
}

/** What heap_walk() shows. */
struct survey {
    struct heap_stats stats; /**< Sums over the blocks. */
    uintptr_t gap;           /**< The first block that does not follow the one before; 0: none. */
    uintptr_t unjoined;      /**< The first free block that follows another one; 0: none. */
};

/** Step through the heap. */
static struct survey survey_heap(void)
{
    struct survey survey = {0};
    struct heap_block block = {0};
    struct heap_block before = {.used = true};
    while (heap_walk(&block)) {
        if (before.size != 0 && block.address != before.address + before.size) {
            survey.gap = survey.gap != 0 ? survey.gap : block.address;
        }
        if (!before.used && !block.used) {
            survey.unjoined = survey.unjoined != 0 ? survey.unjoined : block.address;
        }
        survey.stats.mapped += block.size;
        survey.stats.used += block.used ? block.size : 0;
        survey.stats.used_blocks += block.used;
        survey.stats.free_blocks += !block.used;
        before = block;
    }
    return survey;
}

void heap_agrees(void)
{
    heap_check();
    struct heap_stats stats = heap_stats();
    struct survey survey = survey_heap();
    uint32_t slack = stats.mapped < 256 ? stats.mapped : 256;
    EXPECT_NONE(survey.gap, "heap_walk() shows blocks that follow each other without a gap");
    EXPECT_NONE(survey.unjoined, "no two free blocks adjoin");
    EXPECT_EQUAL(stats.used_blocks, survey.stats.used_blocks, "heap_stats() counts used blocks");
    EXPECT_EQUAL(stats.free_blocks, survey.stats.free_blocks, "heap_stats() counts free blocks");
    EXPECT_EQUAL(stats.used, survey.stats.used, "heap_stats() counts the bytes of used blocks");
    EXPECT_BETWEEN(survey.stats.mapped, stats.mapped - slack, stats.mapped,
                   "the blocks fill what is mapped");
}

KTEST(heap_alloc_sound, KTEST_HEAP)
{
    struct piece pieces[BLOCKS] = {0};
    uint32_t used = heap_stats().used_blocks;
    uint32_t misplaced = 0;
    ktest_part("blocks of random sizes");
    for (uint32_t i = 0; i < BLOCKS; i++) {
        uint32_t size = i < 20 ? i + 1 : ktest_random_range(1, 3000);
        REQUIRE(piece_alloc(&pieces[i], size, 0), "there is memory for a block");
        uintptr_t address = (uintptr_t)pieces[i].memory;
        misplaced += address < KERNEL_HEAP_START || address + size > KERNEL_HEAP_END;
        EXPECT_EQUAL(address % HEAP_ALIGNMENT, 0, "every block is aligned to HEAP_ALIGNMENT");
    }
    EXPECT_EQUAL(misplaced, 0, "every block lies in the heap's window");
    EXPECT(!pieces_overlap(pieces, BLOCKS), "no two blocks overlap");
    EXPECT_EQUAL(pieces_damaged(pieces, BLOCKS), 0, "every block keeps its contents");
    EXPECT_EQUAL(heap_stats().used_blocks, used + BLOCKS, "each block is counted");

    ktest_part("some freed and others allocated");
    for (uint32_t i = 0; i < BLOCKS; i += 2) {
        piece_free(&pieces[i]);
    }
    EXPECT_EQUAL(pieces_damaged(pieces, BLOCKS), 0, "freeing a block does not touch others");
    for (uint32_t i = 0; i < BLOCKS; i += 2) {
        REQUIRE(piece_alloc(&pieces[i], ktest_random_range(1, 3000), 0), "there is memory");
    }
    EXPECT(!pieces_overlap(pieces, BLOCKS), "no two blocks overlap");
    EXPECT_EQUAL(pieces_damaged(pieces, BLOCKS), 0, "every block keeps its contents");
    heap_agrees();

    ktest_part("sizes and pointers of nothing");
    EXPECT(kmalloc(0) == NULL, "kmalloc(0) returns NULL");
    EXPECT(kmalloc_aligned(0, 64) == NULL, "kmalloc_aligned(0, 64) returns NULL");
    kfree(NULL);
    pieces_free(pieces, BLOCKS, 5);
    EXPECT_EQUAL(heap_stats().used_blocks, used, "no block is in use in the end");
    heap_agrees();
}

KTEST(heap_alloc_aligned, KTEST_HEAP)
{
    struct piece pieces[BLOCKS] = {0};
    uint32_t used = heap_stats().used;
    ktest_part("the alignment");
    for (uint32_t i = 0; i < BLOCKS; i++) {
        uint32_t alignment = 1u << (i % 13);
        uint32_t size = ktest_random_range(1, i % 5 == 0 ? 5000 : 100);
        REQUIRE(piece_alloc(&pieces[i], size, alignment), "there is memory for a block");
        uint32_t expected = alignment < HEAP_ALIGNMENT ? HEAP_ALIGNMENT : alignment;
        EXPECT_EQUAL((uintptr_t)pieces[i].memory % expected, 0, "aligned as asked: the remainder");
    }
    ktest_part("the blocks");
    EXPECT(!pieces_overlap(pieces, BLOCKS), "no two blocks overlap");
    EXPECT_EQUAL(pieces_damaged(pieces, BLOCKS), 0, "every block keeps its contents");
    heap_agrees();
    ktest_part("the end");
    pieces_free(pieces, BLOCKS, 7);
    EXPECT_EQUAL(heap_stats().used, used, "kfree() gives back all that an aligned block took");
    heap_agrees();
}

KTEST(heap_joins_neighbours, KTEST_HEAP)
{
    static const uint8_t orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                         {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    ktest_part("three neighbours, freed in every order");
    for (uint32_t i = 0; i < COUNT_OF(orders); i++) {
        struct piece pieces[5] = {0};
        for (uint32_t k = 0; k < COUNT_OF(pieces); k++) {
            REQUIRE(piece_alloc(&pieces[k], ktest_random_range(500, 2000), 0), "there is memory");
        }
        for (uint32_t k = 0; k < 3; k++) {
            piece_free(&pieces[orders[i][k] + 1]);
            heap_agrees();
        }
        EXPECT_EQUAL(pieces_damaged(pieces, COUNT_OF(pieces)), 0, "other blocks stay as they were");
        pieces_free(pieces, COUNT_OF(pieces), 1);
        heap_agrees();
    }

    ktest_part("the joined block is used");
    struct piece pieces[BLOCKS] = {0};
    for (uint32_t i = 0; i < BLOCKS; i++) {
        REQUIRE(piece_alloc(&pieces[i], ktest_random_range(100, 2000), 0), "there is memory");
    }
    uint32_t mapped = heap_stats().mapped;
    pieces_free(pieces, BLOCKS, 11);
    struct piece large = {0};
    REQUIRE(piece_alloc(&large, mapped / 2 - 64, 0), "there is memory for a large block");
    EXPECT_BETWEEN(heap_stats().mapped, 0, mapped, "a large block fits where small ones were");
    piece_free(&large);
    heap_agrees();
}

/**
 * Allocate blocks whose sizes depend only on @p first, and free them in another order.
 * @return how large the heap became.
 */
static uint32_t work_load(struct piece *pieces, uint32_t first)
{
    for (uint32_t i = 0; i < BLOCKS; i++) {
        REQUIRE(piece_alloc(&pieces[i], (first + i * 397) % 4000 + 1, 0), "there is memory");
    }
    uint32_t mapped = heap_stats().mapped;
    pieces_free(pieces, BLOCKS, 13);
    return mapped;
}

KTEST(heap_reuses_memory, KTEST_HEAP)
{
    struct piece pieces[BLOCKS] = {0};
    uint32_t first = ktest_random_range(0, 3999);
    ktest_part("the same blocks again");
    uint32_t mapped = work_load(pieces, first);
    for (uint32_t i = 0; i < 6; i++) {
        EXPECT_BETWEEN(work_load(pieces, first), 0, mapped,
                       "freed memory is used before the heap grows");
    }

    ktest_part("one block again and again");
    uint32_t size = ktest_random_range(1, 2000);
    for (uint32_t i = 0; i < 200; i++) {
        void *memory = kmalloc(size);
        REQUIRE(memory != NULL, "there is memory");
        EXPECT_BETWEEN(heap_stats().mapped, 0, mapped, "freed memory is used before it grows");
        kfree(memory);
    }
    heap_agrees();
}

KTEST(heap_starts_empty, KTEST_PAGING)
{
    uint32_t before = frames_free();
    heap_init();
    EXPECT_EQUAL(heap_stats().mapped, 0, "a new heap has no memory");
    EXPECT_EQUAL(heap_stats().used_blocks + heap_stats().free_blocks, 0, "a new heap has no block");
    struct heap_block block = {0};
    EXPECT(!heap_walk(&block), "heap_walk() finds no block");
    EXPECT_EQUAL(frames_free(), before, "heap_init() takes no frame: as many are free as before");
    heap_check();
    void *memory = kmalloc(ktest_random_range(1, 1000));
    EXPECT(memory != NULL, "the first block makes the heap grow");
    kfree(memory);
}

KTEST(heap_grows, KTEST_HEAP)
{
    struct piece pieces[12] = {0};
    uint32_t balance = frames_balance();
    ktest_part("growing");
    for (uint32_t i = 0; i < COUNT_OF(pieces); i++) {
        uint32_t size = ktest_random_range(1, 10) * 10000;
        REQUIRE(piece_alloc(&pieces[i], size, 0), "there is memory for a large block");
        EXPECT_EQUAL(frames_balance(), balance, "the heap takes one frame for each page it grows");
    }
    EXPECT_EQUAL(heap_stats().mapped % PAGE_SIZE, 0, "the heap grows by whole pages");
    EXPECT_EQUAL(pieces_damaged(pieces, COUNT_OF(pieces)), 0, "every block keeps its contents");
    heap_agrees();

    ktest_part("its pages");
    ktest_inspect("heap_pages", directory_of(&kernel_space), heap_stats().mapped, 0, 0);

    ktest_part("other spaces");
    struct space *space = space_new();
    space_enter(space);
    EXPECT_EQUAL(pieces_damaged(pieces, COUNT_OF(pieces)), 0, "every space sees the heap");
    space_enter(&kernel_space);
    space_destroy(space);
    pieces_free(pieces, COUNT_OF(pieces), 5);
    EXPECT_EQUAL(frames_balance(), balance, "no frame is lost: free and heap's");
    heap_agrees();
}

KTEST(heap_realloc_grows, KTEST_HEAP)
{
    uint32_t used = heap_stats().used;
    ktest_part("like kmalloc() and kfree()");
    struct piece piece = {.memory = krealloc(NULL, 100), .size = 100, .seed = ktest_random()};
    REQUIRE(piece.memory != NULL, "krealloc(NULL, size) allocates");
    piece_fill(&piece);
    ktest_part("growing step by step");
    for (uint32_t i = 0; i < 24; i++) {
        uint32_t size = piece.size + ktest_random_range(1, 40) * (i + 1);
        void *fence = i % 3 == 0 ? kmalloc(64) : NULL;
        uint8_t *memory = krealloc(piece.memory, size);
        REQUIRE(memory != NULL, "there is memory for a larger block");
        piece.memory = memory;
        EXPECT_EQUAL((uintptr_t)memory % HEAP_ALIGNMENT, 0, "the block is aligned");
        EXPECT(piece_intact(&piece, piece.size), "a block that grows keeps its contents");
        piece.size = size;
        piece_fill(&piece);
        heap_agrees();
        kfree(fence);
    }
    ktest_part("shrinking");
    while (piece.size > 10) {
        uint32_t size = piece.size * ktest_random_range(30, 90) / 100;
        uint8_t *memory = krealloc(piece.memory, size);
        REQUIRE(memory != NULL, "there is memory for a smaller block");
        piece.memory = memory;
        EXPECT(piece_intact(&piece, size), "a block that shrinks keeps what is left");
        piece.size = size;
        heap_agrees();
    }
    EXPECT(krealloc(piece.memory, 0) == NULL, "krealloc(memory, 0) returns NULL");
    EXPECT_EQUAL(heap_stats().used, used, "krealloc(memory, 0) frees the block");
    heap_agrees();
}

KTEST(heap_realloc_fails, KTEST_HEAP)
{
    struct piece piece = {0};
    struct hoard hoard = {0};
    REQUIRE(piece_alloc(&piece, ktest_random_range(100, 1000), 0), "there is memory");
    uint32_t used = heap_stats().used_blocks;
    hoard_take_all(&hoard);
    ktest_part("out of memory");
    EXPECT(krealloc(piece.memory, heap_stats().mapped + PAGE_SIZE) == NULL,
           "krealloc() returns NULL when memory is short");
    EXPECT(piece_intact(&piece, piece.size), "the old block keeps its contents then");
    EXPECT_EQUAL(heap_stats().used_blocks, used, "the old block stays allocated");
    hoard_release_all(&hoard);
    ktest_part("impossible sizes");
    EXPECT(krealloc(piece.memory, SIZE_MAX) == NULL, "no block is as large as all addresses");
    EXPECT(krealloc(piece.memory, SIZE_MAX - ktest_random_range(1, 64)) == NULL,
           "no block is almost as large as all addresses");
    EXPECT(piece_intact(&piece, piece.size), "the old block keeps its contents then");
    piece_free(&piece);
    heap_agrees();
}

/** Check that a block of an impossible size is refused. */
static void expect_no_block(size_t size)
{
    uint32_t balance = frames_balance();
    uint32_t used = heap_stats().used;
    EXPECT(kmalloc(size) == NULL, "kmalloc() returns NULL for more than there is");
    EXPECT(kmalloc_aligned(size, PAGE_SIZE) == NULL, "kmalloc_aligned() returns NULL, too");
    EXPECT_EQUAL(frames_balance(), balance, "a failed allocation loses no frame");
    EXPECT_EQUAL(heap_stats().used, used, "a failed allocation uses no memory");
}

/** Bytes in each of the blocks that use up memory. */
#define LARGE_BLOCK 100000u

/** Allocate large blocks until there is no memory, and mark each at both ends. @return how many. */
static uint32_t fill_memory(uint32_t **blocks, uint32_t most)
{
    uint32_t count = 0;
    while (count < most && (blocks[count] = kmalloc(LARGE_BLOCK)) != NULL) {
        blocks[count][0] = count;
        blocks[count][LARGE_BLOCK / 4 - 1] = ~count;
        count++;
    }
    return count;
}

/** Check the marks and free the blocks. */
static void free_memory(uint32_t **blocks, uint32_t count)
{
    uint32_t damaged = 0;
    for (uint32_t i = 0; i < count; i++) {
        damaged += blocks[i][0] != i || blocks[i][LARGE_BLOCK / 4 - 1] != ~i;
    }
    EXPECT_EQUAL(damaged, 0, "every block keeps its contents");
    for (uint32_t i = 0; i < count; i++) {
        kfree(blocks[i]);
    }
}

KTEST(heap_exhausted, KTEST_HEAP)
{
    uint32_t *blocks[400];
    uint32_t balance = frames_balance();
    ktest_part("impossible sizes");
    expect_no_block(SIZE_MAX);
    expect_no_block(SIZE_MAX - ktest_random_range(1, 64));
    expect_no_block(KERNEL_HEAP_END - KERNEL_HEAP_START);
    expect_no_block(0x80000000u);
    expect_no_block(balance * PAGE_SIZE);
    void *memory = kmalloc(ktest_random_range(1, 1000));
    EXPECT(memory != NULL, "a block of a possible size is allocated");
    kfree(memory);
    heap_agrees();

    ktest_part("no memory left");
    uint32_t count = fill_memory(blocks, COUNT_OF(blocks));
    REQUIRE(count > 0 && count < COUNT_OF(blocks), "blocks are allocated until memory is short");
    EXPECT_EQUAL(frames_balance(), balance, "no frame is lost: free and heap's");
    EXPECT_BETWEEN(count, balance / 40, balance / 24, "almost all memory could be used");
    heap_agrees();
    ktest_inspect("heap_pages", directory_of(&kernel_space), heap_stats().mapped, 0, 0);
    free_memory(blocks, count);

    ktest_part("memory comes back");
    uint32_t again = fill_memory(blocks, COUNT_OF(blocks));
    EXPECT_EQUAL(again, count, "as many blocks fit as before");
    free_memory(blocks, again);
    EXPECT_EQUAL(frames_balance(), balance, "no frame is lost: free and heap's");
    heap_agrees();
}

KTEST(heap_growth_fails, KTEST_HEAP)
{
    struct hoard hoard = {0};
    struct piece piece = {0};
    uint32_t balance = frames_balance();
    hoard_take_all(&hoard);
    uint32_t left = ktest_random_range(4, 9);
    hoard_release(&hoard, left);
    uint32_t mapped = heap_stats().mapped;
    ktest_part("too few frames");
    EXPECT_EQUAL(frames_free(), left, "the frames that were given back are free");
    EXPECT(kmalloc(mapped + (left + 2) * PAGE_SIZE) == NULL, "kmalloc() returns NULL");
    EXPECT_EQUAL(frames_balance(), balance - hoard.count, "no frame is lost: free and heap's");
    heap_agrees();
    ktest_part("what fits");
    EXPECT(piece_alloc(&piece, left * PAGE_SIZE / 2 - 64, 0), "the frames left can be used");
    EXPECT_EQUAL(frames_balance(), balance - hoard.count, "no frame is lost: free and heap's");
    ktest_inspect("heap_pages", directory_of(&kernel_space), heap_stats().mapped, 0, 0);
    piece_free(&piece);
    hoard_release_all(&hoard);
    EXPECT_EQUAL(frames_balance(), balance, "no frame is lost: free and heap's");
    heap_agrees();
}

KTEST(heap_poison, KTEST_HEAP)
{
    struct piece pieces[3] = {0};
    for (uint32_t i = 0; i < COUNT_OF(pieces); i++) {
        REQUIRE(piece_alloc(&pieces[i], 1000, 0), "there is memory");
    }
    uintptr_t address = (uintptr_t)pieces[1].memory;
    piece_free(&pieces[1]);
    ktest_inspect("heap_poisoned", directory_of(&kernel_space), address + 32, 1000 - 64, 0);
    pieces_free(pieces, COUNT_OF(pieces), 1);
}

/** One random step on one piece: allocate, change its size, or free it. */
static void storm_step(struct piece *piece)
{
    uint32_t size = ktest_random_range(1, ktest_random_range(0, 7) == 0 ? 9000 : 300);
    if (piece->memory == NULL) {
        uint32_t alignment = ktest_random_range(0, 3) == 0 ? 1u << ktest_random_range(0, 12) : 0;
        REQUIRE(piece_alloc(piece, size, alignment), "there is memory");
        return;
    }
    EXPECT(piece_intact(piece, piece->size), "a block keeps its contents until it is freed");
    if (ktest_random_range(0, 2) != 0) {
        piece_free(piece);
        return;
    }
    uint8_t *memory = krealloc(piece->memory, size);
    REQUIRE(memory != NULL, "there is memory");
    piece->memory = memory;
    EXPECT(piece_intact(piece, size < piece->size ? size : piece->size),
           "krealloc() keeps the contents");
    piece->size = size;
    piece_fill(piece);
}

KTEST(heap_random, KTEST_HEAP)
{
    struct piece pieces[BLOCKS] = {0};
    uint32_t used = heap_stats().used_blocks;
    for (uint32_t i = 0; i < 800; i++) {
        storm_step(&pieces[ktest_random_range(0, BLOCKS - 1)]);
        heap_check();
        if (i % 50 == 0) {
            heap_agrees();
            EXPECT(!pieces_overlap(pieces, BLOCKS), "no two blocks overlap");
        }
    }
    EXPECT_EQUAL(pieces_damaged(pieces, BLOCKS), 0, "every block keeps its contents");
    pieces_free(pieces, BLOCKS, 5);
    EXPECT_EQUAL(heap_stats().used_blocks, used, "no block is in use in the end");
    heap_agrees();
}
