/**
 * @file
 * Programs as files; see elf.h.
 *
 * It owns no state. Headers are copied out of the file before they are read, since tar aligns files
 * only to 512 bytes and a bad offset may point anywhere. Sizes are compared by subtraction, so that
 * no sum can wrap.
 */
#include "kernel/process/elf.h"

#include "kernel/memory/fault.h"
#include "kernel/memory/frame.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/paging.h"
#include "kernel/panic.h"
#include "lib/string.h"

#include <cairn/error.h>
#include <cairn/process.h>

/** The header of the file (figure 1-3). */
struct elf_header {
    uint8_t magic[4];
    uint8_t class; /**< 1: 32 bits. */
    uint8_t order; /**< 1: little-endian. */
    uint8_t ident[10];
    uint16_t type;    /**< 2: executable. */
    uint16_t machine; /**< 3: i386. */
    uint32_t version;
    uint32_t entry;
    uint32_t program_offset;
    uint32_t section_offset;
    uint32_t flags;
    uint16_t header_size;
    uint16_t program_size;
    uint16_t program_count;
    uint16_t section_size;
    uint16_t section_count;
    uint16_t names_index;
};
_Static_assert(sizeof(struct elf_header) == 52, "ELF 1.2, figure 1-3");

/** A program header (figure 2-1). */
struct elf_program_header {
    uint32_t type;
    uint32_t offset;
    uint32_t address;
    uint32_t physical;
    uint32_t file_size;
    uint32_t memory_size;
    uint32_t flags;
    uint32_t alignment;
};
_Static_assert(sizeof(struct elf_program_header) == 32, "ELF 1.2, figure 2-1");

/** A section header (figure 1-9). */
struct elf_section {
    uint32_t name;
    uint32_t type;
    uint32_t flags;
    uint32_t address;
    uint32_t offset;
    uint32_t size;
    uint32_t link;
    uint32_t info;
    uint32_t alignment;
    uint32_t entry_size;
};
_Static_assert(sizeof(struct elf_section) == 40, "ELF 1.2, figure 1-9");

/** A symbol (figure 1-16). */
struct elf_symbol_entry {
    uint32_t name;
    uint32_t value;
    uint32_t size;
    uint8_t info; /**< The low 4 bits: 2 for a function. */
    uint8_t other;
    uint16_t section;
};
_Static_assert(sizeof(struct elf_symbol_entry) == 16, "ELF 1.2, figure 1-16");

enum {
    CLASS_32 = 1,
    ORDER_LITTLE_ENDIAN = 1,
    TYPE_EXECUTABLE = 2,
    MACHINE_I386 = 3,
    SEGMENT_LOAD = 1,
    SEGMENT_DYNAMIC = 2,
    SEGMENT_INTERPRETER = 3,
    SEGMENT_EXECUTE = 1 << 0,
    SEGMENT_WRITE = 1 << 1,
    SECTION_SYMBOLS = 2,
    SYMBOL_FUNCTION = 2,
};

/** Whether @p size bytes at @p offset lie within a file. */
static bool is_within(uint32_t offset, uint32_t size, uint32_t file_size)
{
    return offset <= file_size && size <= file_size - offset;
}

/** Copy entry @p index of a table in the file. @return false if it is not wholly in the file. */
static bool read_entry(const void *file, uint32_t file_size, uint32_t table, uint32_t index,
                       void *entry, uint32_t entry_size)
{
    uint64_t offset = table + (uint64_t)index * entry_size;
    if (offset > file_size || !is_within((uint32_t)offset, entry_size, file_size)) {
        return false;
    }
    memcpy(entry, (const uint8_t *)file + offset, entry_size);
    return true;
}

static bool read_header(const void *file, uint32_t size, struct elf_header *header)
{
    static const uint8_t magic[4] = {0x7F, 'E', 'L', 'F'};
    return read_entry(file, size, 0, 0, header, sizeof(*header)) &&
           memcmp(header->magic, magic, sizeof(magic)) == 0 && header->class == CLASS_32 &&
           header->order == ORDER_LITTLE_ENDIAN;
}

static bool header_is_sound(const struct elf_header *header)
{
    return header->type == TYPE_EXECUTABLE && header->machine == MACHINE_I386 &&
           header->version == 1 && header->program_size == sizeof(struct elf_program_header) &&
           header->program_count > 0;
}

/** Whether a segment to load is within the file, within the program's memory, and not W and X. */
static bool segment_is_sound(const struct elf_program_header *segment, uint32_t file_size)
{
    const uint32_t room = USER_PROGRAM_LIMIT - USER_PROGRAM_BASE;
    return is_within(segment->offset, segment->file_size, file_size) &&
           segment->file_size <= segment->memory_size && segment->address >= USER_PROGRAM_BASE &&
           is_within(segment->address - USER_PROGRAM_BASE, segment->memory_size, room) &&
           (segment->flags & (SEGMENT_WRITE | SEGMENT_EXECUTE)) !=
               (SEGMENT_WRITE | SEGMENT_EXECUTE);
}

/** Add a segment behind the others. @return false if it is unsound, or shares a page with them. */
static bool add_segment(struct elf_program *program, const struct elf_program_header *header,
                        uint32_t file_size)
{
    if (program->segment_count == ELF_SEGMENTS_MAX || !segment_is_sound(header, file_size) ||
        align_down(header->address, PAGE_SIZE) < align_up(program->end, PAGE_SIZE)) {
        return false;
    }
    program->segments[program->segment_count++] = (struct elf_segment){
        .address = header->address,
        .memory_size = header->memory_size,
        .file_offset = header->offset,
        .file_size = header->file_size,
        .flags = PTE_USER | ((header->flags & SEGMENT_WRITE) != 0 ? PTE_WRITE : 0),
    };
    program->end = header->address + header->memory_size;
    return true;
}

/** Whether a segment holds the entry and may be executed. */
static bool holds_entry(const struct elf_program_header *segment, uintptr_t entry)
{
    return (segment->flags & SEGMENT_EXECUTE) != 0 && entry >= segment->address &&
           entry - segment->address < segment->file_size;
}

int elf_check(const void *file, uint32_t size, struct elf_program *program)
{
    struct elf_header header;
    if (!read_header(file, size, &header) || !header_is_sound(&header)) {
        return -E_NOT_EXECUTABLE;
    }
    *program = (struct elf_program){.file = file, .entry = header.entry, .end = USER_PROGRAM_BASE};
    bool entry_found = false;
    for (uint32_t i = 0; i < header.program_count; i++) {
        struct elf_program_header segment;
        if (!read_entry(file, size, header.program_offset, i, &segment, sizeof(segment)) ||
            segment.type == SEGMENT_DYNAMIC || segment.type == SEGMENT_INTERPRETER) {
            return -E_NOT_EXECUTABLE;
        }
        if (segment.type != SEGMENT_LOAD || segment.memory_size == 0) {
            continue;
        }
        if (!add_segment(program, &segment, size)) {
            return -E_NOT_EXECUTABLE;
        }
        entry_found = entry_found || holds_entry(&segment, header.entry);
    }
    return entry_found ? 0 : -E_NOT_EXECUTABLE;
}

/** Map a page of a segment to a fresh frame with what the file has for it. */
static int load_page(struct space *space, const struct elf_program *program,
                     const struct elf_segment *segment, uintptr_t page)
{
    physaddr_t frame = frame_alloc();
    if (frame == FRAME_NONE) {
        return -E_NO_MEMORY;
    }
    uint8_t *memory = phys_to_virt(frame);
    uintptr_t file_end = segment->address + segment->file_size;
    uintptr_t start = page > segment->address ? page : segment->address;
    uintptr_t end = page + PAGE_SIZE < file_end ? page + PAGE_SIZE : file_end;
    memset(memory, 0, start - page);
    memcpy(memory + (start - page),
           program->file + segment->file_offset + (start - segment->address), end - start);
    memset(memory + (end - page), 0, page + PAGE_SIZE - end);
    int error = paging_map(space->directory, page, frame, segment->flags);
    if (error < 0) {
        frame_release(frame);
    }
    return error;
}

static int load_segment(struct space *space, const struct elf_program *program,
                        const struct elf_segment *segment)
{
    const struct region region = {
        .start = align_down(segment->address, PAGE_SIZE),
        .end = align_up(segment->address + segment->memory_size, PAGE_SIZE),
        .kind = REGION_DEMAND_ZERO,
        .flags = segment->flags,
    };
    int error = region_add(space, &region);
    assert(error == 0); /* the space is fresh, and elf_check() has seen to the rest */
    uintptr_t file_end = segment->address + segment->file_size;
    for (uintptr_t page = region.start; segment->file_size > 0 && page < file_end;
         page += PAGE_SIZE) {
        error = load_page(space, program, segment, page);
        if (error < 0) {
            return error;
        }
    }
    return 0;
}

int elf_load(struct space *space, const struct elf_program *program)
{
    assert(program->segment_count <= ELF_SEGMENTS_MAX);
    for (uint32_t i = 0; i < program->segment_count; i++) {
        int error = load_segment(space, program, &program->segments[i]);
        if (error < 0) {
            return error;
        }
    }
    return 0;
}

/** Find the symbol table and, by its link, the table of its names. */
static bool find_symbols(const void *file, uint32_t size, struct elf_section *symbols,
                         struct elf_section *names)
{
    struct elf_header header;
    if (!read_header(file, size, &header) || header.section_size != sizeof(struct elf_section)) {
        return false;
    }
    for (uint32_t i = 0; i < header.section_count; i++) {
        if (read_entry(file, size, header.section_offset, i, symbols, sizeof(*symbols)) &&
            symbols->type == SECTION_SYMBOLS) {
            return is_within(symbols->offset, symbols->size, size) &&
                   symbols->link < header.section_count &&
                   read_entry(file, size, header.section_offset, symbols->link, names,
                              sizeof(*names)) &&
                   is_within(names->offset, names->size, size);
        }
    }
    return false;
}

/** A name within the table of names; NULL if it does not end there. */
static const char *name_at(const void *file, const struct elf_section *names, uint32_t offset)
{
    const char *table = (const char *)file + names->offset;
    for (uint32_t i = offset; i < names->size; i++) {
        if (table[i] == '\0') {
            return table + offset;
        }
    }
    return NULL;
}

const char *elf_symbol(const void *file, uint32_t size, uintptr_t address, uint32_t *offset)
{
    struct elf_section symbols;
    struct elf_section names;
    if (!find_symbols(file, size, &symbols, &names)) {
        return NULL;
    }
    struct elf_symbol_entry symbol;
    struct elf_symbol_entry best = {0};
    for (uint32_t i = 0; i < symbols.size / sizeof(symbol); i++) {
        if (read_entry(file, size, symbols.offset, i, &symbol, sizeof(symbol)) &&
            (symbol.info & 0xF) == SYMBOL_FUNCTION && symbol.value <= address &&
            symbol.value > best.value) {
            best = symbol;
        }
    }
    bool is_inside = best.value != 0 && (best.size == 0 || address - best.value < best.size);
    const char *name = is_inside ? name_at(file, &names, best.name) : NULL;
    if (name != NULL) {
        *offset = address - best.value;
    }
    return name;
}
