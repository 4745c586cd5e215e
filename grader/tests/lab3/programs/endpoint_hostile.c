/**
 * @file
 * What a program must not reach: endpoints that nobody has given it, and messages of others.
 *
 * usage: endpoint_hostile
 *
 * A victim serves one endpoint and keeps another to itself; the child that attacks knows their
 * numbers in the victim's table, all pids, and the numbers of calls. The victim sees nothing but
 * what it should. It owns no state.
 */
#include "endpoint_program.h"

/** Numbers that are tried as handles. */
#define NUMBERS 1100

static struct message message;

/** Every number but those that were given is no handle. */
static void guess_handles(int32_t given)
{
    struct endpoint_info info;
    for (int32_t number = -3; number < NUMBERS; number++) {
        if (number == given) {
            continue;
        }
        fill(&message, TYPE(66), 0, 0);
        CHECK(cairn_endpoint_send(number, &message, 1, 0) == -E_BAD_HANDLE);
        CHECK(cairn_call(number, &message, 1, 0) == -E_BAD_HANDLE);
        CHECK(cairn_endpoint_receive(number, &message, 1) == -E_BAD_HANDLE);
        CHECK(cairn_reply_receive(number, &message, 1) == -E_BAD_HANDLE);
        CHECK(cairn_endpoint_info(number, &info) == -E_BAD_HANDLE);
    }
    CHECK(cairn_call(0x7FFFFFFF, &message, 1, 0) == -E_BAD_HANDLE);
    CHECK(cairn_call(-0x7FFFFFFF, &message, 1, 0) == -E_BAD_HANDLE);
    CHECK(cairn_endpoint_receive(given, &message, 1) == -E_ACCESS);
    CHECK(cairn_reply_receive(given, &message, 1) == -E_ACCESS);
    CHECK(cairn_handle_duplicate(given, RIGHTS_ALL) == -E_ACCESS); /* more than it has */
}

/** Arguments that are refused. */
static void pass_nonsense(int32_t given)
{
    static const uint32_t lengths[] = {257, 258, 296, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    fill(&message, TYPE(66), 0, 0);
    for (uint32_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        message.length = lengths[i];
        CHECK(cairn_call(given, &message, 1, 0) == -E_INVALID);
        CHECK(cairn_endpoint_send(given, &message, 1, 0) == -E_INVALID);
        CHECK(cairn_reply(&message) == -E_INVALID);
    }
    message.length = 0;
    CHECK(cairn_call(given, &message, 1, PRIORITIES) == -E_INVALID);
    CHECK(cairn_endpoint_send(given, &message, 1, 0xFFFFFFFF) == -E_INVALID);
    CHECK(cairn_call(given, &message, 0x80000000, 0) == -E_INVALID);
    CHECK(cairn_endpoint_send(given, &message, 0xFFFFFFFF, 0) == -E_INVALID);
    CHECK(cairn_receive(WAIT_ANY, &message, 0x80000000) == -E_INVALID);
    CHECK(cairn_send(0, &message, 1, 0) == -E_NO_PROCESS);
    CHECK(cairn_send(-1, &message, 1, 0) == -E_NO_PROCESS);
    CHECK(cairn_send(0x7FFFFFFF, &message, 1, 0) == -E_NO_PROCESS);
    CHECK(cairn_send(cairn_getpid(), &message, 1, 0) == -E_DEADLOCK);
    CHECK(cairn_bind(WELL_KNOWN_VFS) == -E_ACCESS);
    CHECK(cairn_grant(cairn_getpid(), WELL_KNOWN_VFS) == -E_ACCESS);
}

/** Answer calls of others: of any pid, with any number up to those that there are. */
static void guess_replies(int32_t victim)
{
    for (uint32_t id = 0; id < 200; id++) {
        for (int32_t pid = -1; pid <= cairn_getpid() + 2; pid++) {
            fill(&message, TYPE(66), 0, 0);
            message.sender = pid;
            message.request_id = id;
            CHECK(cairn_reply(&message) == -E_NOT_FOUND);
        }
    }
    (void)victim;
}

/** Do whatever must not succeed. */
static int attack(int32_t given, uint32_t argument)
{
    (void)argument;
    CHECK(given >= 0);
    guess_handles(given);
    pass_nonsense(given);
    guess_replies(cairn_getppid());
    fill(&message, TYPE(1), 3, 3);
    CHECK(cairn_call(given, &message, 1000, 0) == 0 && message.status == 1);
    return 0;
}

/** Call the victim, and wait while the attack goes on. */
static int be_patient(int32_t given, uint32_t argument)
{
    (void)argument;
    fill(&message, TYPE(2), 0, 0);
    CHECK(cairn_call(given, &message, WAIT_NO_LIMIT, 0) == 0);
    CHECK(message.sender == cairn_getppid() && has(&message, 50, 50));
    return message.status;
}

int main(int argc, char *argv[])
{
    struct message patient;
    (void)argc;
    (void)argv;
    int32_t hidden = cairn_endpoint_create();
    int32_t served = cairn_endpoint_create();
    int32_t gift = cairn_handle_duplicate(served, RIGHT_SEND | RIGHT_TRANSFER);
    CHECK(hidden >= 0 && served >= 0 && gift >= 0);
    int32_t waiting = child(be_patient, gift, 0);
    CHECK(waiting > 0 && cairn_endpoint_receive(served, &patient, 1000) == 0);
    int32_t attacker = child(attack, gift, 0);
    CHECK(attacker > 0 && cairn_endpoint_receive(served, &message, WAIT_NO_LIMIT) == 0);
    /* The first message that the victim sees is the one that the attacker may send. */
    CHECK(message.type == TYPE(1) && message.sender == attacker && has(&message, 3, 3));
    message.status = 1;
    CHECK(cairn_reply(&message) == 0);
    CHECK(status_of(attacker) == 0);
    CHECK(cairn_endpoint_receive(hidden, &message, 1) == -E_TIMED_OUT);
    CHECK(cairn_receive(WAIT_ANY, &message, 1) == -E_TIMED_OUT);
    fill(&patient, TYPE(2), 50, 50);
    patient.status = 77;
    CHECK(cairn_reply(&patient) == 0 && status_of(waiting) == 77);
    return 0;
}
