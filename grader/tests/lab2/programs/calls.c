/**
 * @file
 * Makes system calls with all registers known, by both entries.
 *
 * usage: calls registers|results|numbers
 *
 * Each part makes its calls by INT 0x80 and by SYSENTER. What the ABI keeps must be kept, results
 * must not depend on the entry, and numbers that mean nothing must say so. It owns the
 * random numbers.
 */
#include "check.h"
#include "raw.h"

#include <cairn/error.h>
#include <cairn/syscall.h>
#include <string.h>

/** Flags that are set while a program runs: bit 1 and interrupts. */
#define FLAGS 0x202u

static raw_routine *const entries[] = {raw_int80, raw_sysenter};
enum { INT80, SYSENTER, ENTRIES };

static uint32_t state = 1;

/** A xorshift generator (G. Marsaglia, Xorshift RNGs, 2003). */
static uint32_t random_word(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/** Make a call with random numbers in all registers that it does not use. */
static void try_registers(uint32_t number, uint32_t first, uint32_t second, int entry)
{
    struct raw_registers before = {number,        first,         second,        random_word(),
                                   random_word(), random_word(), random_word(), FLAGS};
    struct raw_registers after = before;
    entries[entry](&after);
    CHECK(after.ebx == before.ebx);
    CHECK(after.esi == before.esi);
    CHECK(entry == SYSENTER || (after.edi == before.edi && after.ebp == before.ebp));
    CHECK(entry == INT80 || after.edi - (uint32_t)(uintptr_t)raw_sysenter_code < 100);
    CHECK((after.eflags & FLAGS) == FLAGS);
}

static void registers_are_kept(void)
{
    for (int i = 0; i < 50; i++) {
        for (int entry = 0; entry < ENTRIES; entry++) {
            try_registers(SYS_GETPID, random_word(), random_word(), entry);
            try_registers(SYS_YIELD, random_word(), random_word(), entry);
            try_registers(SYS_SLEEP, i % 2, random_word(), entry);
            try_registers(SYS_WRITE, random_word(), 0, entry);
            try_registers(SYS_WAIT, 1, 0, entry);
            try_registers(random_word() | 0x100, random_word(), random_word(), entry);
        }
    }
}

static uint32_t call(int entry, uint32_t number, uint32_t first, uint32_t second)
{
    struct raw_registers registers = {number, first, second, 0, 0, 0, 0, FLAGS};
    entries[entry](&registers);
    return registers.eax;
}

/** A process asks about itself. */
static void try_own_description(int entry, uint32_t self)
{
    struct process_info info;
    CHECK(call(entry, SYS_PROCESS_INFO, self, (uintptr_t)&info) == self);
    CHECK(info.pid == (int32_t)self && info.parent == 1 && info.mode == PROCESS_USER);
    CHECK(info.state == PROCESS_RUNNING && strcmp(info.name, "calls") == 0);
}

/** Calls that tell something. */
static void try_questions(int entry)
{
    struct memory_info memory;
    uint32_t self = call(entry, SYS_GETPID, 0, 0);
    CHECK(self == (uint32_t)cairn_getpid() && self > 1);
    CHECK(call(entry, SYS_GETPPID, 0, 0) == 1);
    CHECK(call(entry, SYS_GROW, 0, 0) == cairn_grow(0));
    try_own_description(entry, self);
    CHECK(call(entry, SYS_MEMORY_INFO, (uintptr_t)&memory, 0) == 0);
    CHECK(memory.frames_free > 0 && memory.frames_free < memory.frames_total);
}

/** Calls that do something. */
static void try_actions(int entry)
{
    CHECK(call(entry, SYS_YIELD, 0, 0) == 0);
    CHECK(call(entry, SYS_NOTE, (uintptr_t) "a note", 6) == 0);
    CHECK(call(entry, SYS_WRITE, (uintptr_t) "\n", 1) == 1);
    uint32_t clock = call(entry, SYS_CLOCK, 0, 0);
    CHECK(call(entry, SYS_SLEEP, 3, 0) == 0);
    CHECK(call(entry, SYS_CLOCK, 0, 0) - clock >= 3);
}

/** Calls that fail. */
static void try_errors(int entry)
{
    uint32_t self = (uint32_t)cairn_getpid();
    CHECK(call(entry, SYS_NOTE, (uintptr_t) "a note", NOTE_MAX + 1) == (uint32_t)-E_INVALID);
    CHECK(call(entry, SYS_PROCESS_INFO, self, 0xC0000000) == (uint32_t)-E_FAULT);
    CHECK(call(entry, SYS_PROCESS_INFO, 0x7FFFFFFF, 0) == (uint32_t)-E_NO_PROCESS);
    CHECK(call(entry, SYS_KILL, 1, 0) == (uint32_t)-E_INVALID);
    CHECK(call(entry, SYS_WAIT, (uint32_t)WAIT_ANY, 0) == (uint32_t)-E_NO_CHILD);
    CHECK(call(entry, SYS_WRITE, 0x100000, 4) == (uint32_t)-E_FAULT);
    CHECK(call(entry, SYS_SLEEP, 0x80000000, 0) == (uint32_t)-E_INVALID);
}

static void results_are_the_same(void)
{
    for (int entry = 0; entry < ENTRIES; entry++) {
        try_questions(entry);
        try_actions(entry);
        try_errors(entry);
    }
}

static void numbers_without_a_call(void)
{
    static const uint32_t numbers[] = {
        0,          1,
        4,          9,
        0x1F,       0x2C,
        0x2D,       0x30,
        0x7F,       0x80,
        0x105,      0x1005,
        0x10005,    0x7FFFFFFF,
        0x80000000, 0x80000005,
        0x40000005, 0xC0000005,
        0x40000028, 0xFFFFFFFF,
        0xFFFFFF05, (uint32_t)-E_NO_CALL,
    };
    for (int entry = 0; entry < ENTRIES; entry++) {
        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
            CHECK(call(entry, numbers[i], 1, 2) == (uint32_t)-E_NO_CALL);
        }
        for (int i = 0; i < 200; i++) {
            CHECK(call(entry, random_word() | 0x40, 1, 2) == (uint32_t)-E_NO_CALL);
        }
        for (uint32_t number = SYSCALL_LIMIT; number < 1500; number++) {
            CHECK(call(entry, number, 1, 2) == (uint32_t)-E_NO_CALL);
        }
    }
}

int main(int argc, char *argv[])
{
    CHECK(argc == 2);
    switch (argv[1][2]) {
    case 'g':
        registers_are_kept();
        return 0;
    case 's':
        results_are_the_same();
        return 0;
    default:
        numbers_without_a_call();
        return 0;
    }
}
