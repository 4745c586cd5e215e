/**
 * @file
 * The client of the conformance suite: handles, deferred answers and the end, in either ring.
 *
 * usage: conform_more NAME handles|memory|deferred|rings MODE|close|death
 *
 * As conform; the last two parts end the server. It owns no state.
 */
#include "conform_protocol.h"

#include <cairn/kernel_services.h>
#include <cairn/syscall.h>
#include <cairn_ipc.h>

static int32_t server;

/** Call one of the server's own operations. @return the status. */
static int32_t ask(uint32_t operation, uint32_t number)
{
    struct message message = conform_request(operation, number);
    return ipc_call(server, &message);
}

/** The same, with a handle. */
static int32_t ask_with(uint32_t operation, uint32_t number, int32_t handle)
{
    struct message message = conform_request(operation, number);
    message.handle_count = 1;
    message.handles[0] = handle;
    return ipc_call(server, &message);
}

static void pass_handles(void)
{
    int32_t bell = cairn_notification_create();
    CHECK(bell >= 0);
    for (uint32_t i = 1; i <= 20; i++) { /* the server must not run out of handles */
        CHECK(ask_with(CONFORM_SIGNAL, i, bell) == 0);
        CHECK(cairn_notification_wait(bell, 10) == (int32_t)i);
    }
    CHECK(cairn_notification_wait(bell, 1) == -E_TIMED_OUT);
    int32_t deaf = cairn_handle_duplicate(bell, RIGHT_RECEIVE | RIGHT_TRANSFER);
    CHECK(deaf >= 0 && ask_with(CONFORM_SIGNAL, 1, deaf) == -E_ACCESS);
    int32_t stuck = cairn_handle_duplicate(bell, RIGHT_SEND);
    CHECK(stuck >= 0 && ask_with(CONFORM_SIGNAL, 1, stuck) == -E_ACCESS);
    CHECK(ask_with(CONFORM_SIGNAL, 1, server) == -E_BAD_HANDLE); /* it is no notification */
    CHECK(ask(CONFORM_SIGNAL, 1) == -E_BAD_HANDLE);
    CHECK(ask_with(CONFORM_SIGNAL, 0, bell) == -E_INVALID);
}

static void share_memory(void)
{
    int32_t memory = cairn_memory_create(3 * 4096);
    CHECK(memory >= 0);
    uint32_t *words = (uint32_t *)cairn_memory_map(memory, RIGHT_READ | RIGHT_WRITE);
    CHECK((uintptr_t)words < SYSCALL_ERROR_FIRST && words[0] == 0 && words[3071] == 0);
    words[2999] = 40;
    CHECK(ask_with(CONFORM_COUNT_UP, 3000, memory) == 0);
    CHECK(ask_with(CONFORM_COUNT_UP, 3000, memory) == 0);
    CHECK(words[0] == 2 && words[2999] == 42 && words[3000] == 0);
    int32_t lesser = cairn_handle_duplicate(memory, RIGHT_READ | RIGHT_TRANSFER);
    CHECK(lesser >= 0 && ask_with(CONFORM_COUNT_UP, 1, lesser) == -E_ACCESS);
    CHECK(cairn_memory_map(lesser, RIGHT_READ | RIGHT_WRITE) == (uintptr_t)-E_ACCESS);
    CHECK(cairn_memory_map(memory, RIGHT_WRITE) == (uintptr_t)-E_INVALID);
    CHECK(cairn_handle_close(memory) == 0 && cairn_handle_close(lesser) == 0);
    words[5] = 6; /* the mapping stays */
    CHECK(words[5] == 6 && cairn_memory_unmap((uintptr_t)words) == 0);
    CHECK(cairn_memory_unmap((uintptr_t)words) == -E_NOT_FOUND);
    CHECK(cairn_memory_create(0) == -E_INVALID);
}

/** Memory that the server has made. */
static void borrow_memory(void)
{
    struct message message = conform_request(CONFORM_LEND, 0);
    CHECK(ipc_call(server, &message) == 0 && message.handle_count == 1);
    uint32_t *words = (uint32_t *)cairn_memory_map(message.handles[0], RIGHT_READ);
    CHECK((uintptr_t)words < SYSCALL_ERROR_FIRST);
    CHECK(words[0] == 0 && words[1] == 1 && words[CONFORM_WORDS - 1] == CONFORM_WORDS - 1);
    CHECK(cairn_memory_map(message.handles[0], RIGHT_READ | RIGHT_WRITE) == (uintptr_t)-E_ACCESS);
    CHECK(cairn_handle_close(message.handles[0]) == 0 && words[1] == 1);
    CHECK(cairn_memory_unmap((uintptr_t)words) == 0);
}

/** A second client whose call is answered late; the exit status is what it got. */
static int32_t start_waiter(const char *name, char *number)
{
    char *words[] = {"conform_more", (char *)(uintptr_t)name, "waiter", number, NULL};
    int32_t pid = cairn_spawn("test/conform_more", words);
    CHECK(pid > 0);
    return pid;
}

static void defer_answers(const char *name)
{
    int status = -1;
    int32_t pids[] = {start_waiter(name, "0"), start_waiter(name, "1"), start_waiter(name, "2")};
    (void)cairn_sleep(20);
    CHECK(ask(CONFORM_WHO, 0) == cairn_getpid()); /* the server goes on meanwhile */
    CHECK(ask(CONFORM_RELEASE, 33) == 3);
    for (int i = 0; i < 3; i++) {
        CHECK(cairn_wait(pids[i], &status) == pids[i] && EXIT_CODE(status) == 33);
    }
    CHECK(ask(CONFORM_RELEASE, 1) == 0);
    /* A client that gives up, and one that is killed: nobody waits for the answers. */
    struct message message = conform_request(CONFORM_DEFER, 0);
    CHECK(cairn_call(server, &message, 5, 0) == -E_TIMED_OUT);
    int32_t pid = start_waiter(name, "0");
    (void)cairn_sleep(20);
    CHECK(cairn_kill(pid) == 0 && cairn_wait(pid, &status) == pid);
    CHECK(ask(CONFORM_RELEASE, 1) == 0);
    CHECK(ask(CONFORM_WHO, 0) == cairn_getpid());
}

/** A waiter: its call is answered with the number that becomes its exit status. */
static int wait_for_release(void)
{
    struct message message = conform_request(CONFORM_DEFER, 0);
    CHECK(ipc_call(server, &message) >= 0 && message.length == 4);
    return (int)conform_number(&message);
}

static void check_rings(uint32_t modes)
{
    bool inside = cairn_kernel_services() != NULL;
    CHECK(ask(CONFORM_RING, 0) == (modes / 10 == 0 ? PROCESS_KERNEL : PROCESS_USER));
    CHECK(inside == (modes % 10 == 0));
}

static void end_server(bool politely, const char *name)
{
    struct message message = conform_request(CONFORM_DIE, 0);
    if (politely) {
        CHECK(message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_CLOSE), 0) == 0);
        CHECK(ipc_call(server, &message) == 0);
    } else {
        CHECK(ipc_call(server, &message) == -E_IO);
    }
    (void)cairn_sleep(5);
    CHECK(ask(CONFORM_WHO, 0) == -E_IO);
    CHECK(ns_lookup(name, NULL) == -E_NOT_FOUND);
}

int main(int argc, char *argv[])
{
    CHECK(argc >= 3);
    server = ns_wait(argv[1], NULL, 500);
    CHECK(server >= 0);
    const char *part = argv[2];
    if (strcmp(part, "handles") == 0) {
        pass_handles();
    } else if (strcmp(part, "memory") == 0) {
        share_memory();
        borrow_memory();
    } else if (strcmp(part, "deferred") == 0) {
        defer_answers(argv[1]);
    } else if (strcmp(part, "waiter") == 0) {
        return wait_for_release();
    } else if (strcmp(part, "rings") == 0) {
        CHECK(argc == 4);
        check_rings(number_of(argv[3]));
    } else {
        end_server(strcmp(part, "close") == 0, argv[1]);
    }
    return 0;
}
