/**
 * @file
 * Makes random system calls of all sorts, and serves others that do the same.
 *
 * usage: fuzz SEED CALLS
 *
 * Some calls are random in every register, as those of lab 2's fuzzer; most are nearly right: they
 * name handles that there may be, names that others may have registered, messages that are well
 * formed or not, and calls of the POSIX personality. The program binds well-known endpoints and
 * answers what it receives. It may be ended by what it does, at any time. It owns the random
 * numbers, and memory that the kernel may write to.
 */
#include "fuzz_random.h"

#include <cairn/dialect.h>
#include <cairn/posix.h>
#include <cairn_ipc.h>
#include <string.h>

static struct message message;  /* to be sent */
static struct message received; /* what was received last */
static char own[3 * PAGE];      /* anything may be written here */
static uint32_t mapped;         /* where memory was mapped last */
static const char path[] = "test/fuzz";
static char *arguments[] = {"fuzz", "7", "20", NULL};

/** An argument of a call that is random in every register. */
static uint32_t any_argument(void)
{
    switch (below(9)) {
    case 0:
        return random_word();
    case 1:
    case 2:
        return hostile_address();
    case 3:
        return (uint32_t)(uintptr_t)&own[below(sizeof(own))];
    case 4:
        return (uint32_t)(uintptr_t)&message;
    case 5:
        return 1u << below(32);
    case 6:
        return (uint32_t)-1 - below(3);
    case 7:
        return mapped;
    default:
        return below(20);
    }
}

/** Mostly the address that is right, sometimes another one. */
static uint32_t place(const volatile void *right)
{
    return below(30) == 0 ? any_argument() : (uint32_t)(uintptr_t)right;
}

static uint32_t name(void)
{
    static const char *const names[] = {
        "f0:", "f1:", "f1:/a",   "f2:/a/b", "f1:/a/c:", "F0:/x", "f3:/a", "f3:",
        "",    "f",   "fuzz:x:", "f0:/a b", "fuzz:",    "f4:",   "f4://", "f1:/a/c:/d/e/f/g",
    };
    return place(names[below(sizeof(names) / sizeof(names[0]))]);
}

/** What handles may be good for. */
enum kind { SENDING, RECEIVING, BELL, MEMORY, KINDS };

/** Handles of each kind that there once were. */
static uint32_t kept[KINDS][4];

/** Remember a handle, if a call has returned one. */
static void keep(enum kind kind, uint32_t result)
{
    if (result < SYSCALL_ERROR_FIRST) {
        kept[kind][below(4)] = result;
    }
}

/** Mostly a handle of a kind, sometimes another one, or none. */
static uint32_t handle(enum kind kind)
{
    uint32_t chance = below(40);
    if (chance == 0) {
        return any_argument();
    }
    return chance < 4 ? below(12) : kept[chance < 8 ? below(KINDS) : kind][below(4)];
}

static uint32_t ticks(void)
{
    return below(30) == 0 ? any_argument() : 1 + below(3);
}

static uint32_t priority(void)
{
    return below(30) == 0 ? any_argument() : below(PRIORITIES);
}

/** Mostly the pid of a process that was started at about the same time. */
static uint32_t some_pid(void)
{
    return below(30) == 0 ? any_argument() : (uint32_t)cairn_getpid() + below(24) - 12;
}

/** Make a message, whatever it says. */
static uint32_t some_message(void)
{
    static const uint32_t types[] = {MESSAGE_TYPE(DIALECT_VFS, VFS_READ),
                                     MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_WRITE),
                                     MESSAGE_TYPE(DIALECT_USER, 1), MESSAGE_REPLY | 5, 0xFFFFFFFF};
    message.type = types[below(sizeof(types) / sizeof(types[0]))];
    message.length = below(20) == 0 ? any_argument() : below(MESSAGE_DATA_MAX + 1);
    message.handle_count = below(4) == 0 ? below(below(8) == 0 ? 6 : 3) : 0;
    message.status = below(2) == 0 ? 0 : (int32_t)any_argument();
    for (uint32_t i = 0; i < MESSAGE_HANDLES_MAX; i++) {
        message.handles[i] = (int32_t)handle((enum kind)below(KINDS));
    }
    message.data[below(MESSAGE_DATA_MAX)] = (uint8_t)random_word();
    return place(&message);
}

/** Make an answer to what was received last. */
static uint32_t some_answer(void)
{
    uint32_t where = some_message();
    message.sender = received.sender;
    message.request_id = received.request_id + (below(16) == 0);
    return where;
}

static uint32_t make(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    return make_call(number, a, b, c, d, below(2) == 0);
}

/** What was received may have brought handles; a call is mostly answered. */
static void look_at_received(uint32_t result)
{
    if (result != 0 || received.handle_count > MESSAGE_HANDLES_MAX) {
        return;
    }
    for (uint32_t i = 0; i < received.handle_count; i++) {
        keep((enum kind)below(KINDS), (uint32_t)received.handles[i]);
    }
    if (received.request_id != 0 && below(4) != 0) {
        (void)make(SYS_REPLY, some_answer(), 0, 0, 0);
    }
}

/** Receive. */
static void be_server(void)
{
    uint32_t result;
    switch (below(7)) {
    case 0:
    case 1:
        result = make(SYS_RECEIVE, below(2) == 0 ? (uint32_t)WAIT_ANY : some_pid(),
                      place(&received), ticks(), 0);
        break;
    case 2:
    case 3:
        result = make(SYS_REPLY_RECEIVE, handle(RECEIVING), some_answer(), ticks(), 0);
        received = message;
        break;
    default:
        result = make(SYS_ENDPOINT_RECEIVE, handle(RECEIVING), place(&received), ticks(), 0);
        break;
    }
    look_at_received(result);
}

/** Send, or call. */
static void be_client(void)
{
    switch (below(8)) {
    case 0:
        (void)make(SYS_ENDPOINT_SEND, handle(SENDING), some_message(), ticks(), priority());
        break;
    case 1:
        (void)make(SYS_SEND, some_pid(), some_message(), ticks(), priority());
        break;
    default:
        (void)make(SYS_CALL, handle(SENDING), some_message(), ticks(), priority());
        received = message;
        break;
    }
}

static uint32_t map_rights(void)
{
    return below(8) == 0 ? below(32) : below(2) == 0 ? RIGHT_READ : RIGHT_READ | RIGHT_WRITE;
}

/** Calls about notifications and memory. */
static void use_objects(void)
{
    switch (below(7)) {
    case 0:
        keep(BELL, make(SYS_NOTIFICATION_CREATE, 0, 0, 0, 0));
        break;
    case 1:
    case 2:
        (void)make(SYS_NOTIFICATION_SIGNAL, handle(BELL), 1u << below(32), 0, 0);
        break;
    case 3:
        (void)make(SYS_NOTIFICATION_WAIT, handle(BELL), ticks(), 0, 0);
        break;
    case 4:
        keep(MEMORY, make(SYS_MEMORY_CREATE, below(4 * PAGE), 0, 0, 0));
        break;
    case 5:
        mapped = make(SYS_MEMORY_MAP, handle(MEMORY), map_rights(), 0, 0);
        break;
    default:
        (void)make(SYS_MEMORY_UNMAP, mapped + (below(8) == 0), 0, 0, 0);
        break;
    }
}

/** Calls about handles of all kinds. */
static void use_handles(void)
{
    enum kind kind = (enum kind)below(KINDS);
    switch (below(4)) {
    case 0:
        keep(RECEIVING, make(SYS_ENDPOINT_CREATE, 0, 0, 0, 0));
        break;
    case 1:
        keep(kind,
             make(SYS_HANDLE_DUPLICATE, handle(kind), below(2) == 0 ? below(32) : 0x13, 0, 0));
        break;
    case 2:
        (void)make(SYS_HANDLE_CLOSE, below(6) == 0 ? handle(kind) : below(100), 0, 0, 0);
        break;
    default:
        (void)make(SYS_ENDPOINT_INFO, handle(kind), place(own), 0, 0);
        break;
    }
}

/** Calls about names, and about the servers of the kernel. */
static void use_names(bool serving)
{
    switch (serving || below(8) == 0 ? below(8) : 2 + below(2)) {
    case 0:
    case 1:
        (void)make(SYS_NAME_REGISTER, name(), handle(RECEIVING), 0, 0);
        break;
    case 2:
    case 3:
        keep(SENDING, make(SYS_NAME_LOOKUP, name(), below(2) == 0 ? 0 : place(own), 0, 0));
        break;
    case 4:
        (void)make(SYS_NAME_UNREGISTER, name(), 0, 0, 0);
        break;
    case 5:
        (void)make(SYS_NAME_ALIAS, name(), name(), 0, 0);
        break;
    case 6:
        (void)make(SYS_NAME_LIST, below(4) == 0 ? any_argument() : below(70), name(), place(own),
                   0);
        break;
    default:
        keep(RECEIVING, make(below(4) == 0 ? SYS_GRANT : SYS_BIND, below(7), below(7), 0, 0));
        break;
    }
}

/** A few calls of the other personality. */
static void be_posix(void)
{
    static const uint32_t numbers[] = {
        POSIX_READ,     POSIX_WRITE,      POSIX_OPEN,    POSIX_CLOSE,      POSIX_STAT,
        POSIX_GETDENTS, POSIX_DLSYM,      POSIX_DLERROR, POSIX_UNLINK,     POSIX_WAITPID,
        POSIX_GETPID,   POSIX_SOCKETCALL, POSIX_EXECVE,  POSIX_PERSONALITY};
    (void)make(SYS_PERSONALITY, PERSONALITY_POSIX, 0, 0, 0);
    for (uint32_t left = 1 + below(4); left > 0; left--) {
        uint32_t number = below(6) == 0 ? below(POSIX_LIMIT + 4)
                                        : numbers[below(sizeof(numbers) / sizeof(numbers[0]))];
        uint32_t first = below(2) == 0 ? below(20) : name();
        (void)make(number, first, place(own), below(300), any_argument());
    }
    (void)make(POSIX_PERSONALITY, PERSONALITY_NATIVE, 0, 0, 0);
}

/** A call that is random in every register. */
static bool call_anything(void)
{
    uint32_t number = below(8) == 0 ? any_argument() : below(SYSCALL_LIMIT + 4);
    bool costly = number == SYS_EXIT || number == SYS_FORK || number == SYS_SLEEP;
    number = costly && below(20) != 0 ? (uint32_t)SYS_GETPID : number;
    if (below(500) == 0) {
        return make(below(4) == 0 ? SYS_EXEC : SYS_SPAWN, (uint32_t)(uintptr_t)path,
                    (uint32_t)(uintptr_t)arguments, 0, 0) == 0;
    }
    uint32_t result = make(number, any_argument(), any_argument(), any_argument(), any_argument());
    return number == SYS_FORK && result == 0;
}

int main(int argc, char *argv[])
{
    if (argc != 3) {
        return 1;
    }
    random_start(number_of(argv[1]));
    keep(RECEIVING, make(SYS_ENDPOINT_CREATE, 0, 0, 0, 0));
    for (uint32_t i = 0; i < 4; i++) {
        keep(RECEIVING, make(SYS_BIND, i, 0, 0, 0));
        kept[SENDING][i] = make(SYS_NAME_LOOKUP, name(), 0, 0, 0);
    }
    const uint32_t serving = below(2) == 0 ? 7 : 1; /* of ten calls that pass messages */
    for (int left = (int)number_of(argv[2]); left > 0; left--) {
        uint32_t choice = below(16);
        if (choice < 9) {
            (below(10) < serving ? be_server : be_client)();
        } else if (choice < 11) {
            use_objects();
        } else if (choice < 12) {
            use_handles();
        } else if (choice < 14) {
            use_names(serving > 1);
        } else if (choice < 15) {
            be_posix();
        } else if (call_anything()) { /* a child makes a few calls more */
            random_start((uint32_t)cairn_getpid() * 40503);
            left = 20;
        }
    }
    return 0;
}
