/**
 * @file
 * Replaces itself in every way.
 *
 * usage: execs WORD [NUMBER]
 *
 * Some words are what a new program is started with, by exec: it then checks what became of the old
 * one. It owns the values that it marks its memory with.
 */
#include "marks.h"
#include "raw.h"

#include <cairn/error.h>
#include <string.h>

static const char self[] = "test/execs";
static const char blank[] = "test/blank";

/** Wait for a child. @return its exit status. */
static int status_of(int32_t child)
{
    int status = -1;
    CHECK(cairn_wait(child, &status) == child);
    return status;
}

/** Check that this is a fresh program. */
static void must_be_fresh(void)
{
    CHECK(in_data[0] == 42 && in_data[1] == 0 && in_heap == NULL);
    for (uint32_t i = 0; i < WORDS; i++) {
        CHECK(in_bss[i] == 0);
    }
    uint32_t *heap = (uint32_t *)cairn_grow(sizeof(in_data));
    for (uint32_t i = 0; i < WORDS; i++) {
        CHECK(heap[i] == 0);
    }
    struct process_info info;
    CHECK(cairn_process_info(cairn_getpid(), &info) == cairn_getpid());
    CHECK(strcmp(info.name, "execs") == 0);
}

/** Exec this program with another word and a number. */
static void again(const char *word, int32_t number)
{
    char digits[12];
    char *end = digits + sizeof(digits) - 1;
    *end = '\0';
    do {
        *--end = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    char *argv[] = {"execs", (char *)word, end, NULL};
    CHECK(cairn_exec(self, argv) == 0); /* an error if it comes back at all */
    CHECK(false);
}

/** Exec `blank` by a certain entry, with other values in all registers. */
static void exec_blank(const char *entry)
{
    char *argv[] = {"blank", NULL};
    struct raw_registers registers = {SYS_EXEC,   (uintptr_t)blank, (uintptr_t)argv, 0x33333333,
                                      0x44444444, 0x55555555,       0x66666666,      0xED7};
    mark();
    if (entry[0] == 'i') {
        raw_int80(&registers);
    } else {
        raw_sysenter(&registers);
    }
    CHECK(false);
}

/** Exec this program under another name with three arguments; afterwards, check them. */
static void check_arguments(int argc, char *argv[])
{
    if (argc == 2) {
        char *words[] = {"other name", "arguments", "", "three", NULL};
        (void)cairn_exec(self, words);
        CHECK(false);
    }
    CHECK(argc == 4 && argv[4] == NULL);
    CHECK(strcmp(argv[0], "other name") == 0 && strcmp(argv[1], "arguments") == 0);
    CHECK(strcmp(argv[2], "") == 0 && strcmp(argv[3], "three") == 0);
}

static void check_float(bool after)
{
    struct raw_modes modes = {0x0B7F, 0x3F80};
    if (!after) {
        raw_set_modes(&modes);
        raw_push_pi();
        (void)cairn_sleep(2); /* others run, and the registers are saved */
        again("float", 1);
    }
    raw_get_modes(&modes);
    CHECK(modes.x87 == 0x037F && modes.sse == 0x1F80);
}

/** Have a living child and a zombie, and exec; or, afterwards, wait for them. */
static void check_family(int32_t pid)
{
    if (pid < 0) {
        for (int i = 0; i < 2; i++) {
            int32_t child = cairn_fork();
            CHECK(child >= 0);
            if (child == 0) {
                (void)cairn_sleep(i == 0 ? 0 : 20);
                cairn_exit(70 + i);
            }
        }
        (void)cairn_sleep(3);
        again("family", cairn_getpid());
    }
    CHECK(cairn_getpid() == pid && cairn_getppid() == 1);
    int status = -1;
    CHECK(cairn_wait(WAIT_ANY, &status) > 0 && status == EXIT_STATUS(EXIT_NORMAL, 70));
    CHECK(cairn_wait(WAIT_ANY, &status) > 0 && status == EXIT_STATUS(EXIT_NORMAL, 71));
    CHECK(cairn_wait(WAIT_ANY, NULL) == -E_NO_CHILD);
}

/** Let a child exec while this process has the same pages. */
static void check_child(void)
{
    mark();
    for (int i = 0; i < 3; i++) {
        int32_t child = cairn_fork();
        CHECK(child >= 0);
        if (child == 0) {
            in_data[5] = 999;
            again("fresh", 0);
        }
        CHECK(status_of(child) == 0);
        CHECK(is_marked());
        mark();
    }
}

/** What each word means. */
static void act(const char *word, const char *number)
{
    int32_t value = number == NULL ? -1 : (int32_t)number_of(number);
    if (strcmp(word, "blank") == 0) {
        exec_blank(number);
    } else if (strcmp(word, "memory") == 0) {
        mark();
        again("fresh", 0);
    } else if (strcmp(word, "fresh") == 0) {
        must_be_fresh();
    } else if (strcmp(word, "float") == 0) {
        check_float(number != NULL);
    } else if (strcmp(word, "family") == 0) {
        check_family(value);
    } else if (strcmp(word, "child") == 0) {
        check_child();
    } else if (strcmp(word, "loop") == 0 && value > 0) {
        must_be_fresh();
        again("loop", value - 1);
    } else {
        CHECK(strcmp(word, "loop") == 0 && value == 0);
    }
}

int main(int argc, char *argv[])
{
    CHECK(argc >= 2);
    if (strcmp(argv[1], "arguments") == 0) {
        check_arguments(argc, argv);
    } else {
        act(argv[1], argc > 2 ? argv[2] : NULL);
    }
    return 0;
}
