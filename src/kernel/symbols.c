/**
 * @file
 * Names and source lines; see symbols.h.
 *
 * The tables are read only and sorted by address; scripts/symbols.sh writes them, in the layout of
 * the structures below. Each lookup is a binary search for the last entry at or below the address.
 * During the first of the two links the tables are empty.
 */
#include "kernel/symbols.h"

#include "kernel/memory/layout.h"
#include "kernel/panic.h"

/** A function. */
struct symbol_function {
    uint32_t address; /**< Of its first byte. */
    uint32_t name;    /**< Offset into the texts. */
};
_Static_assert(sizeof(struct symbol_function) == 8, "scripts/symbols.sh writes two words");

/** The start of the code of a source line; it extends to the next entry. */
struct symbol_line {
    uint32_t address; /**< Of its first byte. */
    uint16_t file;    /**< Index into the table of files. */
    uint16_t line;    /**< 0: the code from here on has no known line. */
};
_Static_assert(sizeof(struct symbol_line) == 8, "scripts/symbols.sh writes a word and two halves");

extern const struct symbol_function symbol_functions[], symbol_functions_end[];
extern const struct symbol_line symbol_lines[], symbol_lines_end[];
extern const uint32_t symbol_files[]; /**< Offsets into the texts. */
extern const char symbol_texts[];

/**
 * Find the last entry that starts at or below an address.
 * @param table entries of 8 bytes whose first word is an address, sorted by it.
 * @param count number of entries.
 * @return its index; @p count if there is none.
 */
static size_t find_last(const uint32_t (*table)[2], size_t count, uint32_t address)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) { /* all before low start at or below, all from high on above */
        size_t middle = low + (high - low) / 2;
        if (table[middle][0] <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? low - 1 : count;
}

static void find_line(uint32_t address, struct symbol_location *location)
{
    location->file = "?";
    location->line = 0;
    size_t count = (size_t)(symbol_lines_end - symbol_lines);
    size_t index = find_last((const uint32_t(*)[2])(const void *)symbol_lines, count, address);
    if (index < count && symbol_lines[index].line != 0) {
        location->file = symbol_texts + symbol_files[symbol_lines[index].file];
        location->line = symbol_lines[index].line;
    }
}

bool symbols_find(uintptr_t address, struct symbol_location *location)
{
    assert(location != NULL);
    if (address < (uintptr_t)kernel_text_start || address >= (uintptr_t)kernel_text_end) {
        return false;
    }
    size_t count = (size_t)(symbol_functions_end - symbol_functions);
    size_t index = find_last((const uint32_t(*)[2])(const void *)symbol_functions, count, address);
    if (index == count) {
        return false;
    }
    location->function = symbol_texts + symbol_functions[index].name;
    location->offset = address - symbol_functions[index].address;
    find_line(address, location);
    return true;
}
