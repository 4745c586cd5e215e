/**
 * @file
 * Tries to replace itself, which must fail, and checks that everything is as before.
 *
 * usage: execfails failures|broken|starve
 *
 * `failures` passes bad paths and arguments; `broken` names a file that the kernel's side has
 * damaged; `starve` tries with more memory each time, until it works. It owns the values that it
 * marks its memory with.
 */
#include "marks.h"
#include "raw.h"

#include <cairn/error.h>
#include <string.h>

static const char blank[] = "test/blank";

/** Exec what cannot be executed; this program must go on. */
static void check_failures(void)
{
    char *good[] = {"blank", NULL};
    char *kernel[] = {"blank", (char *)0x100000, NULL};
    char *many[ARGUMENTS_MAX + 2] = {NULL};
    static char large[ARGUMENT_BYTES + 1];
    char *longest[] = {large, NULL};
    char path[PROGRAM_PATH_MAX + 1];
    struct raw_modes modes = {0x0B7F, 0x3F80};
    struct raw_modes now = {0, 0};
    for (uint32_t i = 0; i <= ARGUMENTS_MAX; i++) {
        many[i] = "x";
    }
    memset(large, 'l', ARGUMENT_BYTES);
    memset(path, 'p', sizeof(path));
    mark();
    raw_set_modes(&modes);
    CHECK(cairn_exec("test/nothing", good) == -E_NOT_FOUND);
    CHECK(cairn_exec("", good) == -E_NOT_FOUND);
    CHECK(cairn_exec(path, good) == -E_TOO_LONG);
    CHECK(cairn_exec(NULL, good) == -E_FAULT);
    CHECK(cairn_exec((const char *)0xC0000000, good) == -E_FAULT);
    CHECK(cairn_exec(blank, NULL) == -E_FAULT);
    CHECK(cairn_exec(blank, (char **)0xBFFFFFFE) == -E_FAULT);
    CHECK(cairn_exec(blank, kernel) == -E_FAULT);
    CHECK(cairn_exec(blank, many) == -E_TOO_LONG);
    CHECK(cairn_exec(blank, longest) == -E_TOO_LONG);
    raw_get_modes(&now);
    CHECK(is_marked() && now.x87 == modes.x87 && now.sse == modes.sse);
    struct process_info info;
    CHECK(cairn_process_info(cairn_getpid(), &info) > 0 && strcmp(info.name, "execfails") == 0);
}

/** Exec a file that is no program. */
static void check_broken(void)
{
    char *argv[] = {"blank", NULL};
    mark();
    for (int i = 0; i < 5; i++) {
        CHECK(cairn_exec(blank, argv) == -E_NOT_EXECUTABLE);
        CHECK(is_marked());
    }
}

/** Exec with more memory each time, until it works. */
static void starve(void)
{
    char *argv[] = {"blank", NULL};
    mark();
    for (int i = 0; i < 60; i++) {
        CHECK(cairn_exec(blank, argv) == -E_NO_MEMORY);
        CHECK(cairn_yield() == 0);
        CHECK(is_marked());
    }
}

int main(int argc, char *argv[])
{
    CHECK(argc == 2);
    switch (argv[1][0]) {
    case 'f':
        check_failures();
        return 0;
    case 'b':
        check_broken();
        return 0;
    default:
        starve();
        return 0;
    }
}
