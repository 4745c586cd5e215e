/**
 * @file
 * The VGA text screen; see vga.h.
 *
 * It owns the cursor and a copy of the screen. Each change goes to the copy and to video memory;
 * only scrolling moves the whole copy. Control characters move the cursor, every other character
 * fills a cell.
 */
#include "kernel/x86/vga.h"

#include "kernel/memory/layout.h"
#include "kernel/panic.h"
#include "kernel/x86/io.h"
#include "lib/string.h"

#define COLUMNS 80u
#define LINES   25u
#define CELLS   (COLUMNS * LINES)

/** Physical address of the first cell in the colour text modes. */
#define VIDEO_MEMORY 0xB8000u
/** A blank, light grey on black; the low byte is the character. */
#define BLANK 0x0720u
#define TAB   8u

/** The CRT controller: an index register and a data register (Video Subsystem, 2-55). */
enum crt_port { CRT_INDEX = 0x3D4, CRT_DATA = 0x3D5 };
/** Its registers for the cursor's place, counted in cells. */
enum crt_register { CURSOR_HIGH = 0x0E, CURSOR_LOW = 0x0F };

static uint16_t screen[CELLS];
static uint32_t cursor;

static uint16_t *video(void)
{
    return phys_to_virt(VIDEO_MEMORY);
}

static void show_cursor(void)
{
    io_out8(CRT_INDEX, CURSOR_HIGH);
    io_out8(CRT_DATA, (uint8_t)(cursor >> 8));
    io_out8(CRT_INDEX, CURSOR_LOW);
    io_out8(CRT_DATA, (uint8_t)cursor);
}

static void clear_cells(uint32_t first, uint32_t end)
{
    assert(first <= end && end <= CELLS);
    for (uint32_t i = first; i < end; i++) {
        screen[i] = BLANK;
    }
}

static void show_screen(void)
{
    memcpy(video(), screen, sizeof(screen));
}

static void scroll(void)
{
    for (uint32_t row = 0; row + COLUMNS < CELLS; row += COLUMNS) {
        memcpy(&screen[row], &screen[row + COLUMNS], COLUMNS * sizeof(screen[0]));
    }
    clear_cells(CELLS - COLUMNS, CELLS);
    show_screen();
    cursor -= COLUMNS;
}

static void put_cell(char character)
{
    uint16_t cell = (BLANK & 0xFF00) | (uint8_t)character;
    screen[cursor] = cell;
    *(volatile uint16_t *)(video() + cursor) = cell;
    cursor++;
}

void vga_init(void)
{
    clear_cells(0, CELLS);
    show_screen();
    cursor = 0;
    show_cursor();
}

void vga_put(char character)
{
    assert(cursor < CELLS);
    switch (character) {
    case '\n':
        cursor += COLUMNS - cursor % COLUMNS;
        break;
    case '\r':
        cursor -= cursor % COLUMNS;
        break;
    case '\t':
        cursor += TAB - cursor % TAB; /* 80 is a multiple of 8: never past the line's end */
        break;
    case '\b':
        cursor -= cursor % COLUMNS != 0;
        break;
    default:
        if ((unsigned char)character >= ' ') {
            put_cell(character);
        }
        break;
    }
    if (cursor >= CELLS) {
        scroll();
    }
    show_cursor();
}
