/**
 * @file
 * malloc() and its family; see <stdlib.h>.
 *
 * The heap is a row of blocks without gaps, each with a header that tells its own size and that of
 * the block below; so both neighbours of a block are found in constant time. Free blocks also hang
 * in a list, and malloc() takes the first that is large enough, splitting off what it does not
 * need. free() joins a block with its free neighbours, so two free blocks never touch. The row ends
 * with a header of size 0, at which the heap grows.
 *
 * A header says whether its block is used. It keeps saying "free" when the block is joined to the
 * one below, until the memory is used again; so a double free is found. The file owns the heap and
 * the list.
 */
#include <stdlib.h>

#include "lib/list.h"

#include <cairn.h>
#include <cairn/syscall.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/** Sizes and addresses of blocks are multiples of this. */
#define ALIGNMENT 16u
/** The heap grows by at least so many bytes. */
#define HEAP_STEP 0x4000u
/** No request can be larger. */
#define SIZE_LARGEST 0x7FFF0000u

/** A block. */
struct block {
    /* The header. */
    uint32_t size;  /**< In bytes, with the header; 0 at the end of the heap. */
    uint32_t below; /**< Size of the block below; 0 in the first block. */
    uint32_t mark;  /**< MARK_USED or MARK_FREE. */
    uint32_t unused;
    /* The memory; in a free block also its link. */
    struct list_link link;
};

/** Bytes of a header. */
#define HEADER offsetof(struct block, link)
_Static_assert(HEADER == ALIGNMENT, "the memory behind a header must be aligned");
/** Bytes of the smallest block. */
#define BLOCK_SMALLEST (HEADER + ALIGNMENT)
_Static_assert(sizeof(struct block) <= BLOCK_SMALLEST, "a free block must hold its link");

/** What is in a header, and hardly ever anywhere else. */
enum mark { MARK_USED = 0x44455355, MARK_FREE = 0x45455246 };

static struct list free_blocks = {{&free_blocks.head, &free_blocks.head}};
/** The header at the end of the heap; NULL while there is no heap. */
static struct block *heap_end;

static struct block *block_at(const void *place, int32_t distance)
{
    return (struct block *)((uintptr_t)place + (uint32_t)distance);
}

static struct block *block_above(const struct block *block)
{
    return block_at(block, (int32_t)block->size);
}

static void set_size(struct block *block, uint32_t size)
{
    block->size = size;
    block_above(block)->below = size;
}

/** Make a block, which is in no list, free; it is joined with its free neighbours. */
static void add_free(struct block *block)
{
    block->mark = MARK_FREE;
    struct block *above = block_above(block);
    if (above->mark == MARK_FREE) {
        list_remove(&above->link);
        set_size(block, block->size + above->size);
    }
    struct block *below = block_at(block, -(int32_t)block->below);
    if (block->below != 0 && below->mark == MARK_FREE) {
        set_size(below, below->size + block->size);
    } else {
        list_append(&free_blocks, &block->link);
    }
}

/** Make the upper part of a used block free, if it is large enough to be a block. */
static void split(struct block *block, uint32_t size)
{
    uint32_t rest = block->size - size;
    if (rest >= BLOCK_SMALLEST) {
        set_size(block, size);
        struct block *upper = block_above(block);
        set_size(upper, rest);
        add_free(upper);
    }
}

/** Write the header at the end of the heap. */
static void set_end(struct block *end, uint32_t below)
{
    *end = (struct block){.below = below, .mark = MARK_USED};
    heap_end = end;
}

/** Let the heap begin, or begin anew if the program has moved its end by itself. */
static bool begin_heap(void)
{
    uintptr_t end = cairn_grow(0);
    if (heap_end != NULL && (uintptr_t)heap_end + HEADER == end) {
        return true;
    }
    uintptr_t start = (end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (cairn_grow((int32_t)(start - end + HEADER)) != end) {
        return false;
    }
    set_end((struct block *)start, 0);
    return true;
}
/** Add a free block of at least some size at the end of the heap. @return whether there is one. */
static bool grow_heap(uint32_t size)
{
    uint32_t bytes = (size + HEAP_STEP - 1) / HEAP_STEP * HEAP_STEP;
    if (!begin_heap() || cairn_grow((int32_t)bytes) >= SYSCALL_ERROR_FIRST) {
        return false;
    }
    struct block *block = heap_end;
    block->size = bytes;
    set_end(block_above(block), bytes);
    add_free(block);
    return true;
}

/** @return the first free block of at least some size; NULL if there is none. */
static struct block *find_free(uint32_t size)
{
    for (struct list_link *link = list_first(&free_blocks); link != NULL;
         link = list_next(&free_blocks, link)) {
        struct block *block = LIST_ENTRY(link, struct block, link);
        if (block->size >= size) {
            return block;
        }
    }
    return NULL;
}

/** @return the size of the block for a request of at most SIZE_LARGEST. */
static uint32_t block_size(size_t request)
{
    uint32_t size = (HEADER + request + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return size < BLOCK_SMALLEST ? BLOCK_SMALLEST : size;
}

/** @return the block that malloc() returned; the program ends if it did not. */
static struct block *used_block(void *memory)
{
    struct block *block = block_at(memory, -(int32_t)HEADER);
    const char *wrong = NULL;
    if ((uintptr_t)memory % ALIGNMENT != 0) {
        wrong = "malloc() never returned it";
    } else if (block->mark == MARK_FREE) {
        wrong = "it is free already";
    } else if (block->mark != MARK_USED || block_above(block)->below != block->size) {
        wrong = "malloc() never returned it, or the heap is damaged there";
    }
    if (wrong != NULL) {
        printf("free(%p): %s\n", memory, wrong);
        abort();
    }
    return block;
}

void *malloc(size_t size)
{
    struct block *block = NULL;
    if (size <= SIZE_LARGEST) {
        block = find_free(block_size(size));
        if (block == NULL && grow_heap(block_size(size))) {
            block = find_free(block_size(size));
        }
    }
    if (block == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    list_remove(&block->link);
    block->mark = MARK_USED;
    split(block, block_size(size));
    return &block->link;
}

void *calloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    void *memory = malloc(bytes);
    return memory != NULL ? memset(memory, 0, bytes) : NULL;
}

void *realloc(void *memory, size_t size)
{
    if (memory == NULL) {
        return malloc(size);
    }
    struct block *block = used_block(memory);
    size_t room = block->size - HEADER;
    if (size <= room) {
        split(block, block_size(size));
        return memory;
    }
    void *moved = malloc(size);
    if (moved != NULL) {
        memcpy(moved, memory, room);
        free(memory);
    }
    return moved;
}

void free(void *memory)
{
    if (memory != NULL) {
        add_free(used_block(memory));
    }
}
