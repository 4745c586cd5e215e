/**
 * @file
 * Starts other programs, with good arguments and with bad ones.
 *
 * Good arguments must arrive: test/args exits with a hash of them, which is computed here, too.
 * Bad ones must give the right error, and start nothing. The pages that it uses are its own: one
 * that ends where nothing is mapped, since the heap ends there. It owns no state.
 */
#include "check.h"

#include <cairn/error.h>
#include <cairn/syscall.h>
#include <string.h>

#define PAGE 4096u

/** What test/args exits with. */
static int hash_of(char *const argv[])
{
    uint32_t count = 0;
    while (argv[count] != NULL) {
        count++;
    }
    uint32_t hash = 2166136261u ^ count;
    for (uint32_t i = 0; i < count; i++) {
        for (size_t k = 0; k <= strlen(argv[i]); k++) {
            hash = (hash ^ (uint8_t)argv[i][k]) * 16777619u;
        }
    }
    return (int)((hash ^ hash >> 8 ^ hash >> 16 ^ hash >> 24) & 0xFF);
}

/** Start test/args. @return whether it found what it was given. */
static bool arrives(char *const argv[])
{
    int status = -1;
    int32_t child = cairn_spawn("test/args", argv);
    return child > 0 && cairn_wait(child, &status) == child &&
           status == EXIT_STATUS(EXIT_NORMAL, hash_of(argv));
}

/** Try what must arrive; @p end is one past the last byte that there is. */
static void try_good(char *end)
{
    char *none[] = {NULL};
    CHECK(arrives(none));
    char *two[] = {"args", "", NULL};
    CHECK(arrives(two));
    memcpy(end - 6, "12345", 6);
    char *at_end[] = {end - 6, end - 1, NULL};
    CHECK(arrives(at_end));
    char **array = (char **)(void *)(end - 2 * sizeof(char *));
    array[0] = "argv ends with the page";
    array[1] = NULL;
    CHECK(arrives(array));
}

/** Try as many and as long arguments as possible, and one or one byte more. */
static void try_limits(char *page)
{
    char *many[ARGUMENTS_MAX + 2] = {NULL};
    for (uint32_t i = 0; i < ARGUMENTS_MAX; i++) {
        many[i] = "x";
    }
    CHECK(arrives(many));
    many[ARGUMENTS_MAX] = "y";
    CHECK(cairn_spawn("test/args", many) == -E_TOO_LONG);
    memset(page, 'z', PAGE);
    page[ARGUMENT_BYTES - 1] = '\0';
    char *longest[] = {page, NULL, NULL};
    CHECK(arrives(longest));
    longest[1] = "";
    CHECK(cairn_spawn("test/args", longest) == -E_TOO_LONG);
    page[ARGUMENT_BYTES - 1] = 'z';
    page[ARGUMENT_BYTES] = '\0';
    longest[1] = NULL;
    CHECK(cairn_spawn("test/args", longest) == -E_TOO_LONG);
}

/** Try pointers that lead nowhere, and paths that name nothing. */
static void try_bad(char *end)
{
    char *good[] = {"args", NULL};
    char *kernel[] = {(char *)0x100000, NULL};
    char *nowhere[] = {end, NULL};
    end[-1] = 'x';
    char *cut[] = {end - 1, NULL};
    char **array = (char **)(void *)(end - sizeof(char *));
    CHECK(cairn_spawn("test/args", kernel) == -E_FAULT);
    CHECK(cairn_spawn("test/args", nowhere) == -E_FAULT);
    CHECK(cairn_spawn("test/args", cut) == -E_FAULT);
    *array = "args";
    CHECK(cairn_spawn("test/args", array) == -E_FAULT);
    CHECK(cairn_spawn("test/args", NULL) == -E_FAULT);
    CHECK(cairn_spawn(NULL, good) == -E_FAULT);
    CHECK(cairn_spawn((char *)0xC0000000, good) == -E_FAULT);
    CHECK(cairn_spawn(end, good) == -E_FAULT);
    CHECK(cairn_spawn("test/no-such-program", good) == -E_NOT_FOUND);
    CHECK(cairn_spawn("", good) == -E_NOT_FOUND);
    char path[PROGRAM_PATH_MAX + 1];
    memset(path, 'p', sizeof(path));
    CHECK(cairn_spawn(path, good) == -E_TOO_LONG);
    path[PROGRAM_PATH_MAX - 1] = '\0';
    CHECK(cairn_spawn(path, good) == -E_NOT_FOUND);
    CHECK(cairn_wait(WAIT_ANY, NULL) == -E_NO_CHILD);
}

int main(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    uintptr_t heap = cairn_grow(0);
    CHECK(heap % PAGE == 0);
    CHECK(cairn_grow((int32_t)(2 * PAGE)) == heap);
    char *end = (char *)(heap + 2 * PAGE);
    try_good(end);
    try_limits((char *)heap);
    try_bad(end);
    return 0;
}
