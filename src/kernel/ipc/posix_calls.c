/**
 * @file
 * The system calls of the POSIX personality; see posix_calls.h.
 *
 * It owns the table. Calls whose arguments are those of an operation have handlers that are made
 * from the list in <cairn/posix.h>; those of processes are the native handlers; a few others
 * bring their arguments into the form of the operation first.
 */
#include "kernel/ipc/posix_calls.h"

#include "kernel/ipc/delegate.h"
#include "kernel/panic.h"
#include "kernel/process/syscall.h"
#include "kernel/process/user.h"

#include <cairn/error.h>

/** Arguments that a socket call can have. */
#define SOCKET_ARGUMENTS 5u

#define HANDLER(constant, number, endpoint, type)                                                  \
    static int32_t delegate_##constant(const uint32_t *arguments)                                  \
    {                                                                                              \
        return delegate(endpoint, type, arguments, NULL);                                          \
    }
CAIRN_POSIX_DELEGATED(HANDLER)

static int32_t posix_stat(const uint32_t *arguments)
{
    const uint32_t expanded[] = {arguments[0], arguments[1], POSIX_STAT_SIZE};
    return delegate(WELL_KNOWN_VFS, MESSAGE_TYPE(DIALECT_VFS, VFS_STAT), expanded, NULL);
}

static int32_t posix_waitpid(const uint32_t *arguments)
{
    if (arguments[2] != 0) {
        return -E_INVALID;
    }
    return syscall_tables[PERSONALITY_NATIVE].handlers[SYS_WAIT](arguments);
}

/** A socket call, by its number. */
struct socket_call {
    uint32_t operation;
    uint32_t count; /**< Arguments. */
    bool updates;   /**< The last argument is the address of a size that is updated. */
};

static const struct socket_call socket_calls[] = {
    [POSIX_SOCKET] = {NETWORK_SOCKET, 3, false},
    [POSIX_BIND] = {NETWORK_BIND, 3, false},
    [POSIX_CONNECT] = {NETWORK_CONNECT, 3, false},
    [POSIX_LISTEN] = {NETWORK_LISTEN, 2, false},
    [POSIX_ACCEPT] = {NETWORK_ACCEPT, 3, true},
    [POSIX_SEND] = {NETWORK_SEND, 4, false},
    [POSIX_RECV] = {NETWORK_RECV, 4, false},
    [POSIX_SETSOCKOPT] = {NETWORK_SETSOCKOPT, 5, false},
    [POSIX_GETSOCKOPT] = {NETWORK_GETSOCKOPT, 5, true},
};

/** Make a socket call in which a size in the program's memory is read first and written last. */
static int32_t update_size(uint32_t type, uint32_t *words, uint32_t *size_word)
{
    user_pointer place = {*size_word};
    *size_word = 0;
    if (place.address == 0) { /* nobody wants to know */
        return delegate(WELL_KNOWN_NETWORK, type, words, NULL);
    }
    int error = copy_from_user(size_word, place, sizeof(*size_word));
    if (error < 0) {
        return error;
    }
    uint32_t received = 0;
    int32_t result = delegate(WELL_KNOWN_NETWORK, type, words, &received);
    error = result < 0 ? result : copy_to_user(place, &received, sizeof(received));
    return error < 0 ? error : result;
}

static int32_t posix_socketcall(const uint32_t *arguments)
{
    uint32_t number = arguments[0];
    if (number >= COUNT_OF(socket_calls) || socket_calls[number].count == 0) {
        return -E_INVALID;
    }
    const struct socket_call *call = &socket_calls[number];
    uint32_t words[SOCKET_ARGUMENTS];
    int error = copy_from_user(words, (user_pointer){arguments[1]}, call->count * sizeof(*words));
    if (error < 0) {
        return error;
    }
    uint32_t type = MESSAGE_TYPE(DIALECT_NETWORK, call->operation);
    return call->updates ? update_size(type, words, &words[call->count - 1])
                         : delegate(WELL_KNOWN_NETWORK, type, words, NULL);
}

static int32_t sys_personality(const uint32_t *arguments)
{
    if (arguments[0] >= PERSONALITIES) {
        return -E_INVALID;
    }
    process_current()->personality = (enum personality)arguments[0];
    return 0;
}

#define ENTRY(constant, number, endpoint, type) [number] = delegate_##constant,
static syscall_handler *handlers[POSIX_LIMIT] = {
    CAIRN_POSIX_DELEGATED(ENTRY)[POSIX_WAITPID] = posix_waitpid,
    [POSIX_SOCKETCALL] = posix_socketcall,
    [POSIX_STAT] = posix_stat,
    [POSIX_PERSONALITY] = sys_personality,
};

void posix_calls_init(void)
{
    static const struct {
        uint32_t posix;
        uint32_t native;
    } same[] = {
        {POSIX_EXIT, SYS_EXIT},         {POSIX_FORK, SYS_FORK}, {POSIX_EXECVE, SYS_EXEC},
        {POSIX_GETPID, SYS_GETPID},     {POSIX_KILL, SYS_KILL}, {POSIX_GETPPID, SYS_GETPPID},
        {POSIX_SCHED_YIELD, SYS_YIELD},
    };
    for (uint32_t i = 0; i < COUNT_OF(same); i++) {
        assert(syscall_tables[PERSONALITY_NATIVE].handlers[same[i].native] != NULL);
        handlers[same[i].posix] = syscall_tables[PERSONALITY_NATIVE].handlers[same[i].native];
    }
    syscall_tables[PERSONALITY_POSIX] = (struct syscall_table){POSIX_LIMIT, handlers};
    syscall_provide(SYS_PERSONALITY, sys_personality);
}
