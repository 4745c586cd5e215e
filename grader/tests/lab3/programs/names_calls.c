/**
 * @file
 * The system calls of names, as a program sees them.
 *
 * usage: names_calls use|errors|life
 *
 * The program is server and client at once: it looks up what it has registered itself, and asks
 * the handles that it gets what they lead to. Where a second process is needed, it starts
 * names_server. It owns no state.
 */
#include "../../lab2/programs/check.h"

#include <cairn/error.h>
#include <cairn_ipc.h>
#include <ipc.h>
#include <string.h>

#define BAD_ADDRESS 0xC0000000u

static const char *bad_name(void)
{
    return (const char *)BAD_ADDRESS;
}

/** Skip what may or may not belong to a registered name. */
static const char *after_separators(const char *text)
{
    while (*text == ':' || *text == '/') {
        text++;
    }
    return text;
}

static void use_names(void)
{
    char rest[NAME_MAX_BYTES];
    int32_t endpoint = ns_publish("Calls:");
    CHECK(endpoint >= 0);
    memset(rest, 'x', sizeof(rest));
    int32_t found = ns_lookup("calls:/a/B", rest);
    CHECK(found >= 0 && found != endpoint);
    CHECK(strcmp(after_separators(rest), "a/B") == 0);
    CHECK(cairn_name_lookup("calls:", NULL) > found);
    struct message message = {.type = MESSAGE_TYPE(DIALECT_USER, 1), .length = 3};
    /* The handle is one for sending; the receiver is this process, which does not wait. */
    CHECK(cairn_call(found, &message, 5, 0) == -E_DEADLOCK);
    CHECK(cairn_endpoint_receive(found, &message, 5) == -E_ACCESS);
    CHECK(cairn_name_register("more:", found) == -E_ACCESS);
    int32_t copy = cairn_handle_duplicate(found, RIGHT_SEND);
    CHECK(copy >= 0 && cairn_handle_close(copy) == 0);
    CHECK(cairn_handle_duplicate(found, RIGHT_RECEIVE | RIGHT_SEND) == -E_ACCESS);
    CHECK(cairn_name_alias("short:", "calls:/a/") == 0);
    found = ns_lookup("short:/B", rest);
    CHECK(found >= 0 && strcmp(after_separators(rest), "a/B") == 0);
    struct name_info info;
    uint32_t aliases = 0;
    uint32_t names = 0;
    for (int32_t cursor = 0; (cursor = cairn_name_list((uint32_t)cursor, "", &info)) >= 0;) {
        CHECK(info.owner == cairn_getpid());
        aliases += info.alias != 0;
        names++;
    }
    CHECK(names == 2 && aliases == 1);
    CHECK(cairn_name_unregister("short:") == 0 && cairn_name_unregister("calls:") == 0);
    CHECK(ns_lookup("calls:", NULL) == -E_NOT_FOUND);
    CHECK(cairn_handle_close(endpoint) == 0);
}

/** A name without an end within the bytes that a name can have. */
static const char *endless_name(void)
{
    static char name[NAME_MAX_BYTES + 1];
    memset(name, 'x', NAME_MAX_BYTES);
    name[4] = ':';
    return name;
}

static void register_wrongly(int32_t endpoint)
{
    const char *name = endless_name();
    int32_t notification = cairn_notification_create();
    CHECK(notification >= 0);
    CHECK(cairn_name_register(bad_name(), endpoint) == -E_FAULT);
    CHECK(cairn_name_register(name, endpoint) == -E_TOO_LONG);
    CHECK(cairn_name_register("a:", 77) == -E_BAD_HANDLE);
    CHECK(cairn_name_register("a:", -1) == -E_BAD_HANDLE);
    CHECK(cairn_name_register("a:", notification) == -E_BAD_HANDLE);
    CHECK(cairn_name_register("a", endpoint) == -E_INVALID);
}

static void ask_wrongly(void)
{
    struct name_info info;
    char rest[NAME_MAX_BYTES];
    const char *name = endless_name();
    CHECK(cairn_name_lookup(bad_name(), rest) == -E_FAULT);
    CHECK(cairn_name_lookup(name, rest) == -E_TOO_LONG);
    CHECK(cairn_name_lookup("a", rest) == -E_INVALID);
    CHECK(cairn_name_lookup("a:", rest) == -E_NOT_FOUND);
    CHECK(cairn_name_unregister(bad_name()) == -E_FAULT);
    CHECK(cairn_name_unregister("a:") == -E_NOT_FOUND);
    CHECK(cairn_name_alias(bad_name(), "a:") == -E_FAULT);
    CHECK(cairn_name_alias("a:", bad_name()) == -E_FAULT);
    CHECK(cairn_name_alias("a:", name) == -E_TOO_LONG);
    CHECK(cairn_name_alias("a:", "b") == -E_INVALID);
    CHECK(cairn_name_list(0, bad_name(), &info) == -E_FAULT);
    CHECK(cairn_name_list(0, "", &info) == -E_NOT_FOUND);
    CHECK(cairn_name_list(0xFFFFFFFF, "", &info) == -E_NOT_FOUND);
}

static void make_errors(void)
{
    char rest[NAME_MAX_BYTES];
    int32_t endpoint = cairn_endpoint_create();
    CHECK(endpoint >= 0);
    register_wrongly(endpoint);
    ask_wrongly();
    CHECK(cairn_name_register("a:", endpoint) == 0);
    CHECK(cairn_name_lookup("a:", (char *)BAD_ADDRESS) == -E_FAULT);
    CHECK(cairn_name_list(0, "", (struct name_info *)BAD_ADDRESS) == -E_FAULT);
    CHECK(cairn_name_register("a:", endpoint) == -E_EXISTS);
    /* A child has no part in the names of its parent. */
    int32_t child = cairn_fork();
    if (child == 0) {
        CHECK(cairn_name_unregister("a:") == -E_ACCESS);
        CHECK(cairn_name_lookup("a:", NULL) >= 0);
        cairn_exit(0);
    }
    int status = -1;
    CHECK(cairn_wait(child, &status) == child && status == 0);
    CHECK(cairn_name_lookup("a:", rest) >= 0);
}

/** Another program comes and goes; each time its names do. */
static void watch_others(void)
{
    char *words[] = {"names_server", "wait", NULL};
    for (int i = 0; i < 5; i++) {
        CHECK(ns_lookup("program:", NULL) == -E_NOT_FOUND);
        int32_t pid = cairn_spawn("test/names_server", words);
        CHECK(pid > 0);
        int32_t handle = ns_wait("program:/second/x", NULL, 200);
        CHECK(handle >= 0);
        CHECK(cairn_kill(pid) == 0);
        CHECK(ns_lookup("program:/second/x", NULL) == -E_NOT_FOUND);
        struct message message = {.type = MESSAGE_TYPE(DIALECT_USER, 1)};
        CHECK(cairn_call(handle, &message, 5, 0) == -E_IO);
        CHECK(cairn_wait(pid, NULL) == pid && cairn_handle_close(handle) == 0);
    }
}

int main(int argc, char *argv[])
{
    CHECK(argc == 2);
    switch (argv[1][0]) {
    case 'u':
        use_names();
        return 0;
    case 'e':
        make_errors();
        return 0;
    default:
        watch_others();
        return 0;
    }
}
