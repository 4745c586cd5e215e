/**
 * @file
 * The VGA text screen: 25 lines of 80 characters.
 *
 * Text is written at the cursor; a full screen scrolls. It owns the video memory at 0xB8000, a
 * copy of it in memory (reading video memory is slow), and the cursor. Sequence: vga_init(), then
 * vga_put() for each character.
 *
 * Source: IBM PS/2 Hardware Interface Technical Reference, Video Subsystem (CRT controller).
 */
#ifndef KERNEL_X86_VGA_H
#define KERNEL_X86_VGA_H

#include "kernel/types.h"

/** Clear the screen and put the cursor in its first cell. */
void vga_init(void);

/**
 * Write one character. \\n begins a new line, \\r goes to the line's start, \\t to the next
 * multiple of 8, \\b one cell back. Other control characters are ignored.
 * @param character the character, in code page 437.
 */
void vga_put(char character);

#endif
