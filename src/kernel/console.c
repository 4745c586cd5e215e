/**
 * @file
 * The console for people: every character goes to COM1 and, once it is set up, to the screen.
 *
 * It owns the state of both outputs. console_init_early() turns on COM1 alone, console_init() both;
 * kprintf() writes to whatever is on, and a panic turns on COM1 if nothing is.
 */
#include "kernel/console.h"

#include "kernel/x86/serial.h"
#include "kernel/x86/vga.h"
#include "lib/format.h"

static bool serial_on;
static bool screen_on;

void console_init_early(void)
{
    if (!serial_on) {
        serial_init(SERIAL_CONSOLE);
        serial_on = true;
    }
}

void console_init(void)
{
    console_init_early();
    vga_init();
    screen_on = true;
}

/** Write one character; a line ends with CR LF on a serial line. */
static void put(void *context, char character)
{
    (void)context;
    if (serial_on && character == '\n') {
        serial_write(SERIAL_CONSOLE, '\r');
    }
    if (serial_on) {
        serial_write(SERIAL_CONSOLE, character);
    }
    if (screen_on) {
        vga_put(character);
    }
}

void kprintf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    kvprintf(format, arguments);
    va_end(arguments);
}

void kvprintf(const char *format, va_list arguments)
{
    format_emit(put, NULL, format, arguments);
}

void console_write(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        put(NULL, text[i]);
    }
}
