/**
 * @file
 * Programs as files: static ELF executables for i386.
 *
 * elf_check() looks at every number in a file before anything is done with it, because the file can
 * hold anything; elf_load() then cannot be misled. Both read the file where it lies and own no
 * state. Sequence: elf_check(), elf_load() into a fresh space; elf_symbol() when a program fails.
 *
 * Source: Tool Interface Standard, Executable and Linking Format 1.2, book I, chapters 1 and 2.
 */
#ifndef KERNEL_PROCESS_ELF_H
#define KERNEL_PROCESS_ELF_H

#include "kernel/memory/space.h"
#include "kernel/types.h"

/** Segments that a program may have. */
#define ELF_SEGMENTS_MAX 8u

/** A range of memory that the file describes. */
struct elf_segment {
    uintptr_t address;    /**< Of its first byte. */
    uint32_t memory_size; /**< In bytes, not 0; what the file does not fill is zero. */
    uint32_t file_offset;
    uint32_t file_size; /**< In bytes, at most memory_size. */
    uint32_t flags;     /**< PTE_USER, perhaps PTE_WRITE. */
};

/** A program that elf_check() has found sound. */
struct elf_program {
    const uint8_t *file;
    uintptr_t entry; /**< Address of the first instruction. */
    uintptr_t end;   /**< One past the last segment's last byte. */
    uint32_t segment_count;
    struct elf_segment segments[ELF_SEGMENTS_MAX]; /**< By address; no two share a page. */
};

/**
 * Check a file and find its segments. A segment lies between USER_PROGRAM_BASE and
 * USER_PROGRAM_LIMIT and is not both writable and executable; the entry lies in an executable one.
 * @param file its bytes, at any alignment; they must stay valid.
 * @param size in bytes.
 * @param program receives the result; undefined after an error.
 * @return 0; -E_NOT_EXECUTABLE.
 */
MUST_USE int elf_check(const void *file, uint32_t size, struct elf_program *program);

/**
 * Load a program: regions for its segments, and the pages that the file fills.
 * @param space a fresh space, which need not be the current one.
 * @param program from elf_check().
 * @return 0; -E_NO_MEMORY: the space then holds a part of the program, and is to be destroyed.
 */
MUST_USE int elf_load(struct space *space, const struct elf_program *program);

/**
 * The function that an address belongs to, by the file's own symbol table.
 * @param file its bytes; need not have passed elf_check().
 * @param size in bytes.
 * @param address in the program.
 * @param offset receives the distance from the function's start; unchanged without a result.
 * @return the function's name, within the file; NULL if the table does not say.
 */
const char *elf_symbol(const void *file, uint32_t size, uintptr_t address, uint32_t *offset);

#endif
