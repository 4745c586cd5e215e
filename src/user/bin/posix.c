/**
 * @file
 * Reads files by system calls of the POSIX personality, which a server answers.
 *
 * usage: posix [PATH]      (default: /poem)
 *
 * It waits for the server of files (see vfs.c), chooses the personality, opens PATH and copies it
 * to the console, which is descriptor 1. Then it does a few things that must fail, and compares the
 * errors. Under the personality the numbers of system calls mean something else, so nothing of the
 * library may be used: not even exit(). In the end it is a native program again, ends the server,
 * and says how much was as it must be. It owns the buffer.
 */
#include <arguments.h>
#include <cairn/error.h>
#include <ipc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Ticks to wait for the server to appear. */
#define PATIENCE 10000u
/** Bytes to read at a time. */
#define PIECE 40u
/** Linux, include/uapi/linux/fs.h and asm-generic/fcntl.h. */
#define SEEK_END   2u
#define READ_WRITE 2u

static char buffer[POSIX_STAT_SIZE];
_Static_assert(sizeof(buffer) >= PIECE, "it holds a piece, and a struct stat");

/** @return an address as the argument of a call. */
static uint32_t address(const void *pointer)
{
    return (uint32_t)(uintptr_t)pointer;
}

/** Open a file for reading. */
static int32_t open_file(const char *path)
{
    return posix_call(POSIX_OPEN, address(path), 0, 0, 0);
}

/** Copy a file to the console. @return the number of bytes; an error. */
static int32_t copy(const char *path)
{
    int32_t file = open_file(path);
    int32_t total = 0;
    int32_t count = file;
    while (count >= 0 &&
           (count = posix_call(POSIX_READ, (uint32_t)file, address(buffer), PIECE, 0)) > 0) {
        int32_t written = posix_call(POSIX_WRITE, 1, address(buffer), (uint32_t)count, 0);
        count = written;
        total += written;
    }
    int32_t closed = file < 0 ? file : posix_call(POSIX_CLOSE, (uint32_t)file, 0, 0, 0);
    return count < 0 ? count : closed < 0 ? closed : total;
}

/** Do what has a certain result. @return how many results were others. */
static uint32_t compare(const char *path, int32_t size)
{
    const uint32_t file = (uint32_t)open_file(path);
    const struct {
        int32_t result;
        int32_t expected;
    } calls[] = {
        {posix_call(POSIX_LSEEK, file, 0, SEEK_END, 0), size},
        {posix_call(POSIX_READ, file, address(buffer), PIECE, 0), 0},
        {posix_call(POSIX_LSEEK, file, 0, 0, 0), 0},
        {posix_call(POSIX_READ, file, 0, PIECE, 0), -E_FAULT},
        {posix_call(POSIX_WRITE, file, address("x"), 1, 0), -E_ACCESS},
        {posix_call(POSIX_WRITE, 1, 0, 1, 0), -E_FAULT},
        {posix_call(POSIX_WRITE, 1, address(buffer), MESSAGE_DATA_MAX, 0), -E_TOO_LONG},
        {posix_call(POSIX_CLOSE, file, 0, 0, 0), 0},
        {posix_call(POSIX_CLOSE, file, 0, 0, 0), -E_BAD_HANDLE},
        {open_file("/nothing"), -E_NOT_FOUND},
        {posix_call(POSIX_OPEN, address(path), READ_WRITE, 0, 0), -E_ACCESS},
        {posix_call(POSIX_MKDIR, address("/more"), 0, 0, 0), -E_NO_CALL},
        {posix_call(POSIX_SOCKETCALL, POSIX_LISTEN, address(buffer), 0, 0), -E_NO_CALL},
        {posix_call(POSIX_STAT, address(path), address(buffer), 0, 0), 0},
        {posix_call(POSIX_STAT, address("/nothing"), address(buffer), 0, 0), -E_NOT_FOUND},
    };
    uint32_t wrong = 0;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        wrong += calls[i].result != calls[i].expected;
    }
    return wrong;
}

int main(int argc, char *argv[])
{
    const struct arguments arguments = {argc, argv, "posix [PATH]"};
    const char *path = argument_text(&arguments, 1, "/poem");
    arguments_end(&arguments, 1);
    int32_t server = ns_wait("vfs:", NULL, PATIENCE);
    if (server < 0) {
        printf("posix: nobody serves files: %s\n", strerror((int)server));
        return EXIT_FAILURE;
    }
    (void)cairn_personality(PERSONALITY_POSIX);
    int32_t size = copy(path);
    uint32_t wrong = size < 0 ? 0 : compare(path, size);
    (void)posix_call(POSIX_PERSONALITY, PERSONALITY_NATIVE, 0, 0, 0);

    struct message message;
    int32_t result = message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_CLOSE), 0);
    result = result < 0 ? result : ipc_call(server, &message);
    if (size < 0) {
        printf("posix: cannot read %s: %s\n", path, strerror((int)size));
    } else {
        printf("posix: %s has %d bytes; results that were not as they must be: %u\n", path,
               (int)size, (unsigned)wrong);
    }
    return size >= 0 && wrong == 0 && result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
