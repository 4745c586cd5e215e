/**
 * @file
 * Makes random delegated calls, and compares what arrives with what message_build() makes.
 *
 * usage: posix_random SEED
 *
 * Paths, data, numbers, rooms and answers are random, right and wrong ones; for each the result is
 * predicted. It owns the random numbers and the buffers.
 */
#include "../../programs/posix_client.h"

#define PATH_LIMIT 300u
#define CALLS      400u
#define BEFORE     0xEE

static uint32_t state;
static char path[PATH_LIMIT];
static uint8_t buffer[300];

/** A xorshift generator (G. Marsaglia, Xorshift RNGs, 2003). */
static uint32_t random_word(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static uint32_t below(uint32_t limit)
{
    return random_word() % limit;
}

/** A length: most are short, some are around the limits. */
static uint32_t random_length(uint32_t limit)
{
    return below(3) == 0 ? 230 + below(limit - 230) : below(60);
}

static void random_path(void)
{
    uint32_t length = random_length(PATH_LIMIT);
    for (uint32_t i = 0; i < length; i++) {
        path[i] = (char)(' ' + 1 + (int)below(90));
    }
    path[length] = '\0';
}

/** What the server was told to answer. */
static struct delegate_plan plan;

static void random_plan(void)
{
    plan = (struct delegate_plan){(int32_t)below(1000), 0, below(8) == 0 ? 1 + below(4) : 0, 0};
    if (below(3) == 0) {
        plan.length = below(2) == 0 ? below(20) : below(257);
    }
    if (below(4) == 0) {
        plan.status = -(int32_t)(1 + below(5000));
    }
    posix_plan(1, plan.status, plan.length, plan.handles);
}

/** Whether a call whose answer has room for so many bytes may return this. */
static bool may_return(int32_t result, uint32_t room)
{
    bool is_wrong = plan.status < -4095 || plan.length > room;
    if (is_wrong && result == -E_IO) {
        return true;
    }
    /* An error whose data do not fit is wrong as an answer, and an error all the same. */
    bool is_error = plan.status < 0 && plan.status >= -4095;
    return result == plan.status && (is_error || !is_wrong);
}

/** Make a call that has a path, and perhaps numbers, which are given anyway. */
static void call_with_path(void)
{
    static const struct {
        uint32_t number;
        uint32_t type;
    } calls[] = {
        {POSIX_OPEN, MESSAGE_TYPE(DIALECT_VFS, VFS_OPEN)},
        {POSIX_CREAT, MESSAGE_TYPE(DIALECT_VFS, VFS_CREATE)},
        {POSIX_UNLINK, MESSAGE_TYPE(DIALECT_VFS, VFS_UNLINK)},
        {POSIX_MKDIR, MESSAGE_TYPE(DIALECT_VFS, VFS_MKDIR)},
        {POSIX_RMDIR, MESSAGE_TYPE(DIALECT_VFS, VFS_RMDIR)},
    };
    struct message expected;
    uint32_t chosen = below(sizeof(calls) / sizeof(calls[0]));
    uint32_t a = random_word();
    uint32_t b = random_word();
    random_path();
    int error = message_build(&expected, calls[chosen].type, path, a, b);
    int32_t result = posix(calls[chosen].number, posix_address(path), a, b);
    CHECK(error < 0 ? result == -E_TOO_LONG : may_return(result, 0));
    CHECK(error < 0 || posix_received(1, &expected));
}

static void call_with_data(void)
{
    struct message expected;
    uint32_t size = random_length(300);
    uint32_t file = random_word();
    for (uint32_t i = 0; i < size; i++) {
        buffer[i] = (uint8_t)random_word();
    }
    int error = message_build(&expected, MESSAGE_TYPE(DIALECT_VFS, VFS_WRITE), file, buffer, size);
    int32_t result = posix(POSIX_WRITE, file, posix_address(buffer), size);
    CHECK(error < 0 ? result == -E_TOO_LONG : may_return(result, 0));
    CHECK(error < 0 || posix_received(1, &expected));
}

static void call_with_room(void)
{
    struct message expected;
    uint32_t size = random_length(300);
    uint32_t room = size < MESSAGE_DATA_MAX ? size : MESSAGE_DATA_MAX;
    uint32_t file = random_word();
    memset(buffer, BEFORE, sizeof(buffer));
    CHECK(message_build(&expected, MESSAGE_TYPE(DIALECT_VFS, VFS_READ), file, room) == 0);
    int32_t result = posix(POSIX_READ, file, posix_address(buffer), size);
    CHECK(may_return(result, room));
    CHECK(posix_received(1, &expected));
    CHECK(result < 0 || posix_is_answer(buffer, plan.length, sizeof(buffer), BEFORE));
}

int main(int argc, char *argv[])
{
    CHECK(argc == 2);
    state = number_of(argv[1]) | 1;
    posix_begin(1);
    for (uint32_t i = 0; i < CALLS; i++) {
        random_plan();
        switch (below(3)) {
        case 0:
            call_with_path();
            break;
        case 1:
            call_with_data();
            break;
        default:
            call_with_room();
            break;
        }
    }
    return 0;
}
