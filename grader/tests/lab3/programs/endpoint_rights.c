/**
 * @file
 * Handles in messages between programs, and what each of them allows.
 *
 * usage: endpoint_rights
 *
 * The program sends handles of every kind to its child and takes others back. Rights must arrive as
 * they were, but for the right to receive from an endpoint; what may not be sent is refused, and
 * then nothing is sent at all. It owns no state.
 */
#include "endpoint_program.h"

static struct message message;

/** Give the handles of a message back. */
static void close_all(void)
{
    for (uint32_t i = 0; i < message.handle_count; i++) {
        CHECK(cairn_handle_close(message.handles[i]) == 0);
    }
}

/** Answer with the handles that came, until a call comes without any. */
static int be_mirror(int32_t parent, uint32_t argument)
{
    (void)argument;
    int32_t own = cairn_endpoint_create();
    CHECK(own >= 0);
    fill(&message, TYPE(1), 0, 0);
    message.handle_count = 1;
    message.handles[0] = own;
    CHECK(cairn_call(parent, &message, 1000, 0) == 0);
    CHECK(cairn_endpoint_receive(own, &message, 1000) == 0);
    while (message.handle_count > 0) {
        int32_t handles[MESSAGE_HANDLES_MAX];
        uint32_t count = message.handle_count;
        memcpy(handles, message.handles, sizeof(handles));
        CHECK(cairn_reply_receive(own, &message, 1000) == 0);
        for (uint32_t i = 0; i < count; i++) {
            CHECK(cairn_handle_close(handles[i]) == 0); /* the answer has left them here */
        }
    }
    return cairn_reply(&message) == 0 ? 0 : CHECK_LINE;
}

/** What one may do with an endpoint by a handle, as far as one can try. */
static void check_endpoint(int32_t handle, bool sends, bool receives)
{
    struct message other;
    fill(&other, TYPE(7), 0, 0);
    int sent = cairn_endpoint_send(handle, &other, 1, 0);
    CHECK(sent == (sends ? -E_DEADLOCK : -E_ACCESS)); /* it is the program's own */
    int got = cairn_endpoint_receive(handle, &other, 1);
    CHECK(got == (receives ? -E_TIMED_OUT : -E_ACCESS));
}

/** Let handles travel to the mirror and back. */
static void travel(int32_t mirror, const int32_t *handles, uint32_t count)
{
    fill(&message, TYPE(2), 5, 2);
    message.handle_count = count;
    memcpy(message.handles, handles, count * sizeof(*handles));
    CHECK(cairn_call(mirror, &message, 1000, 1) == 0);
    CHECK(message.handle_count == count && has(&message, 5, 2));
}

/** Every combination of rights of an endpoint. */
static void try_endpoints(int32_t mirror)
{
    int32_t own = cairn_endpoint_create();
    CHECK(own >= 0);
    check_endpoint(own, true, true);
    travel(mirror, &own, 1);
    check_endpoint(message.handles[0], true, false);
    close_all();
    int32_t twin = cairn_handle_duplicate(own, RIGHTS_ALL);
    CHECK(twin >= 0);
    check_endpoint(twin, true, false);
    int32_t mute = cairn_handle_duplicate(own, RIGHT_TRANSFER | RIGHT_RECEIVE);
    CHECK(mute >= 0);
    check_endpoint(mute, false, false);
    travel(mirror, &mute, 1);
    check_endpoint(message.handles[0], false, false);
    close_all();
    check_endpoint(own, true, true); /* whatever others have */
    CHECK(cairn_handle_duplicate(mute, RIGHT_SEND) == -E_ACCESS);
    CHECK(cairn_handle_close(own) == 0);
    fill(&message, TYPE(7), 0, 0);
    CHECK(cairn_endpoint_send(twin, &message, 1, 0) == -E_IO); /* the owner has ended it */
    CHECK(cairn_handle_close(twin) == 0 && cairn_handle_close(mute) == 0);
}

/** Four handles at once: they keep their order, their objects and their rights. */
static void try_four(int32_t mirror)
{
    int32_t own = cairn_endpoint_create();
    int32_t other = cairn_endpoint_create();
    CHECK(own >= 0 && other >= 0);
    int32_t handles[] = {cairn_handle_duplicate(own, RIGHT_SEND | RIGHT_TRANSFER),
                         cairn_handle_duplicate(own, RIGHT_TRANSFER), other, mirror};
    CHECK(handles[0] >= 0 && handles[1] >= 0);
    travel(mirror, handles, 4);
    check_endpoint(message.handles[0], true, false);
    check_endpoint(message.handles[1], false, false);
    CHECK(cairn_handle_duplicate(message.handles[1], RIGHT_SEND) == -E_ACCESS);
    check_endpoint(message.handles[2], true, false);
    CHECK(cairn_handle_close(other) == 0);
    struct message nothing;
    fill(&nothing, TYPE(7), 0, 0);
    CHECK(cairn_endpoint_send(message.handles[0], &nothing, 1, 0) == -E_DEADLOCK);
    CHECK(cairn_endpoint_send(message.handles[2], &nothing, 1, 0) == -E_IO);
    handles[2] = message.handles[3];
    nothing.handle_count = 1;
    nothing.handles[0] = own;
    CHECK(cairn_call(handles[2], &nothing, 1000, 0) == 0); /* it is the mirror, too */
    CHECK(cairn_handle_close(nothing.handles[0]) == 0);
    close_all();
    CHECK(cairn_handle_close(handles[0]) == 0); /* the sender has kept its own */
    CHECK(cairn_handle_close(handles[1]) == 0);
    CHECK(cairn_handle_close(own) == 0);
}

/** Messages that are refused as a whole. */
static void try_refused(int32_t mirror)
{
    int32_t bell = cairn_endpoint_create();
    int32_t fixed = cairn_handle_duplicate(bell, RIGHT_SEND);
    CHECK(bell >= 0 && fixed >= 0);
    const struct {
        uint32_t count;
        int32_t last;
        int error;
    } cases[] = {
        {5, bell, -E_INVALID},           {0xFFFFFFFF, bell, -E_INVALID},
        {4, fixed, -E_ACCESS},           {4, 4711, -E_BAD_HANDLE},
        {2, -1, -E_BAD_HANDLE},          {3, 0x7FFFFFFF, -E_BAD_HANDLE},
        {1, -0x7FFFFFFF, -E_BAD_HANDLE},
    };
    for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fill(&message, TYPE(2), 0, 0);
        message.handle_count = cases[i].count;
        for (uint32_t k = 0; k < MESSAGE_HANDLES_MAX; k++) {
            message.handles[k] = k + 1 == cases[i].count ? cases[i].last : bell;
        }
        CHECK(cairn_endpoint_send(mirror, &message, 1000, 0) == cases[i].error);
        CHECK(cairn_call(mirror, &message, 1000, 0) == cases[i].error);
        CHECK(cairn_reply(&message) == cases[i].error);
    }
    CHECK(cairn_handle_close(bell) == 0 && cairn_handle_close(fixed) == 0);
}

/** A caller whose table has just as much room as the reply needs. */
static void try_full(int32_t mirror)
{
    static int32_t extra[2000];
    uint32_t count = 0;
    int32_t bell = cairn_endpoint_create();
    CHECK(bell >= 0);
    while ((extra[count] = cairn_handle_duplicate(bell, RIGHT_SEND)) >= 0) {
        count++;
    }
    CHECK(extra[count] == -E_NO_SPACE);
    int32_t handles[] = {bell, bell, bell, bell};
    for (uint32_t room = 1; room <= MESSAGE_HANDLES_MAX; room++) {
        CHECK(cairn_handle_close(extra[--count]) == 0);
        travel(mirror, handles, room);
        close_all();
    }
    while (count > 0) {
        CHECK(cairn_handle_close(extra[--count]) == 0);
    }
    CHECK(cairn_handle_close(bell) == 0);
}

int main(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    int32_t own = cairn_endpoint_create();
    CHECK(own >= 0);
    int32_t pid = child(be_mirror, own, 0);
    CHECK(pid > 0 && cairn_endpoint_receive(own, &message, 1000) == 0);
    int32_t mirror = message.handles[0];
    message.handle_count = 0;
    CHECK(cairn_reply(&message) == 0);
    try_endpoints(mirror);
    try_four(mirror);
    try_refused(mirror);
    try_full(mirror);
    fill(&message, TYPE(3), 0, 0);
    CHECK(cairn_call(mirror, &message, 1000, 0) == 0);
    CHECK(status_of(pid) == 0);
    fill(&message, TYPE(3), 0, 0);
    CHECK(cairn_call(mirror, &message, 1000, 0) == -E_IO);
    return 0;
}
