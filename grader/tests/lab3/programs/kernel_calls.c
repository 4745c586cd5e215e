/**
 * @file
 * Makes system calls in ring 0, by the table of kernel services and by INT 0x80.
 *
 * usage: kernel_calls results|errors|flag
 *
 * What a call does must not depend on the way into the kernel, and the interrupt flag must be
 * afterwards what it was before, on or off. It owns no state.
 */
#include "../../lab2/programs/raw.h"
#include "kernel_tools.h"

#include <cairn/error.h>
#include <cairn/syscall.h>
#include <cairn_ipc.h>
#include <string.h>

/** Flags that are set while a program runs: bit 1 and interrupts. */
#define FLAGS 0x202u

static const struct kernel_services *services;

static int32_t by_service(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    const uint32_t arguments[SYSCALL_ARGUMENTS] = {a, b, c, d};
    return services->system_call(number, arguments);
}

static int32_t by_interrupt(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    struct raw_registers registers = {number, a, b, c, d, 0, 0, FLAGS};
    raw_int80(&registers);
    CHECK(registers.ebx == a && registers.esi == d && (registers.eflags & FLAGS) == FLAGS);
    return (int32_t)registers.eax;
}

typedef int32_t call_way(uint32_t, uint32_t, uint32_t, uint32_t, uint32_t);
static call_way *const ways[] = {by_service, by_interrupt};
#define WAYS 2

/** Calls that tell something. */
static void ask(call_way *call)
{
    struct process_info info;
    struct memory_info memory;
    int32_t self = call(SYS_GETPID, 0, 0, 0, 0);
    CHECK(self == cairn_getpid() && self > 1);
    CHECK(call(SYS_GETPPID, 0, 0, 0, 0) == 1);
    CHECK(call(SYS_PROCESS_INFO, (uint32_t)self, (uintptr_t)&info, 0, 0) == self);
    CHECK(info.pid == self && info.mode == PROCESS_KERNEL && info.state == PROCESS_RUNNING);
    CHECK(call(SYS_MEMORY_INFO, (uintptr_t)&memory, 0, 0, 0) == 0 && memory.frames_free > 0);
    CHECK((uintptr_t)call(SYS_GROW, 0, 0, 0, 0) == cairn_grow(0));
}

/** Calls that do something, all arguments included. */
static void act(call_way *call)
{
    char text[] = "a note";
    CHECK(call(SYS_YIELD, 0, 0, 0, 0) == 0);
    CHECK(call(SYS_NOTE, (uintptr_t)text, 6, 0, 0) == 0);
    uint32_t clock = (uint32_t)call(SYS_CLOCK, 0, 0, 0, 0);
    CHECK(call(SYS_SLEEP, 3, 0, 0, 0) == 0);
    CHECK((uint32_t)call(SYS_CLOCK, 0, 0, 0, 0) - clock >= 3);
    int32_t notification = call(SYS_NOTIFICATION_CREATE, 0, 0, 0, 0);
    CHECK(notification >= 0);
    CHECK(call(SYS_NOTIFICATION_SIGNAL, (uint32_t)notification, 6, 0, 0) == 0);
    CHECK(call(SYS_NOTIFICATION_WAIT, (uint32_t)notification, 0, 0, 0) == 6);
    CHECK(call(SYS_HANDLE_CLOSE, (uint32_t)notification, 0, 0, 0) == 0);
    int32_t endpoint = call(SYS_ENDPOINT_CREATE, 0, 0, 0, 0);
    struct message message = {.type = MESSAGE_TYPE(DIALECT_USER, 1)};
    CHECK(call(SYS_ENDPOINT_RECEIVE, (uint32_t)endpoint, (uintptr_t)&message, 2, 0) ==
          -E_TIMED_OUT);
    CHECK(call(SYS_ENDPOINT_SEND, (uint32_t)endpoint, (uintptr_t)&message, 2, PRIORITIES) ==
          -E_INVALID);
    CHECK(call(SYS_HANDLE_CLOSE, (uint32_t)endpoint, 0, 0, 0) == 0);
}

/** Start a program in ring 3, and wait for it. */
static void have_child(call_way *call)
{
    char *words[] = {"kernel_work", "exit", "5", NULL};
    int status = -1;
    int32_t child = call(SYS_SPAWN, (uintptr_t) "test/kernel_work", (uintptr_t)words, 0, 0);
    CHECK(child > 0);
    CHECK(call(SYS_WAIT, (uint32_t)child, (uintptr_t)&status, 0, 0) == child);
    CHECK(status == EXIT_STATUS(EXIT_NORMAL, 5));
}

static void make_errors(call_way *call)
{
    const uint32_t bad = USER_STACK_GUARD;
    CHECK(call(SYS_PROCESS_INFO, 1, bad, 0, 0) == -E_FAULT);
    CHECK(call(SYS_PROCESS_INFO, 1, 0, 0, 0) == -E_FAULT);
    CHECK(call(SYS_NOTE, bad, 4, 0, 0) == -E_FAULT);
    CHECK(call(SYS_NOTE, (uintptr_t) "x", NOTE_MAX + 1, 0, 0) == -E_INVALID);
    CHECK(call(SYS_WAIT, (uint32_t)WAIT_ANY, 0, 0, 0) == -E_NO_CHILD);
    CHECK(call(SYS_KILL, 1, 0, 0, 0) == -E_INVALID);
    CHECK(call(SYS_KILL, 0x7FFFFFFF, 0, 0, 0) == -E_NO_PROCESS);
    CHECK(call(SYS_HANDLE_CLOSE, 5, 0, 0, 0) == -E_BAD_HANDLE);
    CHECK(call(SYS_NAME_LOOKUP, (uintptr_t) "none:", 0, 0, 0) == -E_NOT_FOUND);
    CHECK(call(SYS_NAME_LOOKUP, bad, 0, 0, 0) == -E_FAULT);
    CHECK(call(0, 0, 0, 0, 0) == -E_NO_CALL);
    CHECK(call(SYSCALL_LIMIT, 0, 0, 0, 0) == -E_NO_CALL);
    CHECK(call(0xFFFFFFFF, 0, 0, 0, 0) == -E_NO_CALL);
}

/** Calls with interrupts off leave them off; also those during which others run. */
static void keep_flag(void)
{
    CHECK(by_service(SYS_GETPID, 0, 0, 0, 0) > 0 && interrupts_are_on());
    CHECK(by_service(0, 0, 0, 0, 0) == -E_NO_CALL && interrupts_are_on());
    CHECK(by_service(SYS_SLEEP, 1, 0, 0, 0) == 0 && interrupts_are_on());
    (void)services->sleep(1);
    CHECK(interrupts_are_on());
    CHECK(services->wake(1) == -E_AGAIN && interrupts_are_on());
    interrupts_off();
    uint32_t on = interrupts_are_on(); /* a bit for each call after which they are on */
    int32_t pid = by_service(SYS_GETPID, 0, 0, 0, 0);
    on |= (uint32_t)interrupts_are_on() << 1;
    int32_t none = by_service(0, 0, 0, 0, 0);
    on |= (uint32_t)interrupts_are_on() << 2;
    int32_t slept = by_service(SYS_SLEEP, 2, 0, 0, 0);
    on |= (uint32_t)interrupts_are_on() << 3;
    int32_t waited = services->sleep(2);
    on |= (uint32_t)interrupts_are_on() << 4;
    int32_t woken = services->wake(pid);
    on |= (uint32_t)interrupts_are_on() << 5;
    uint32_t word = 0;
    int32_t copied = services->read_space(pid, &word, (uintptr_t)&services, sizeof(word));
    on |= (uint32_t)interrupts_are_on() << 6;
    int32_t failed = services->write_space(pid, USER_STACK_GUARD, &word, sizeof(word));
    on |= (uint32_t)interrupts_are_on() << 7;
    interrupts_on();
    CHECK(on == 0);
    CHECK(pid == cairn_getpid() && none == -E_NO_CALL && slept == 0);
    CHECK(waited == -E_TIMED_OUT && woken == -E_AGAIN && failed == -E_FAULT);
    CHECK(copied == 0 && word == (uintptr_t)services);
    uint32_t clock = cairn_clock(); /* the clock goes on */
    for (uint64_t start = time_stamp(); cairn_clock() - clock < 3;) {
        CHECK(time_stamp() - start < 1u << 30);
    }
}

int main(int argc, char *argv[])
{
    services = cairn_kernel_services();
    CHECK(argc == 2 && services != NULL);
    for (int i = 0; i < WAYS; i++) {
        switch (argv[1][0]) {
        case 'r':
            ask(ways[i]);
            act(ways[i]);
            have_child(ways[i]);
            break;
        case 'e':
            make_errors(ways[i]);
            break;
        default:
            keep_flag();
        }
    }
    return 0;
}
