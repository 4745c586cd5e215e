/**
 * @file
 * Lab 3, exercise 5: whose a name is, and how long it lives.
 *
 * A name belongs to the process that has registered it, and goes with it, however that ends. The
 * namespace holds a reference to each endpoint, no more and no less. What fails changes nothing,
 * also when memory is short. The file owns no state.
 */
#include "names.h"

#include "kernel/memory/heap.h"
#include "lib/string.h"

KTEST(names_owners, KTEST_NAMES)
{
    names_begin();
    ktest_part("a name is registered once");
    names_register(0, "fs:root:");
    names_expect_alias(0, "home:", "fs:root:/home/", 0);
    const uint32_t count = name_count();
    names_expect_register(0, "fs:root:", -E_EXISTS);
    names_expect_register(1, "fs:root:", -E_EXISTS);
    names_expect_alias(1, "fs:root:", "other:", -E_EXISTS);
    names_expect_register(1, "home:", -E_EXISTS);
    names_expect_alias(1, "home:", "other:", -E_EXISTS);
    EXPECT_EQUAL(name_count(), count, "what is refused changes nothing");
    names_expect_found("home:/x", 0, NULL);

    ktest_part("only its owner withdraws it");
    names_expect_unregister(1, "fs:root:", -E_ACCESS);
    names_expect_unregister(1, "home:", -E_ACCESS);
    names_expect_unregister(1, "none:", -E_NOT_FOUND);
    names_expect_found("fs:root:/x", 0, "x");
    names_expect_unregister(0, "home:", 0);
    names_expect_unregister(0, "fs:root:", 0);
    EXPECT_EQUAL(name_count(), count - 2, "two names are gone once they were withdrawn");

    ktest_part("an endpoint has several names, also of others");
    names_register(0, "one:");
    names_register(0, "two:");
    REQUIRE_RESULT(name_register("three:", names_servers[0].endpoint, names_servers[1].process), 0,
                   "a process can register an endpoint that is not its own");
    names_expect_found("three:", 0, "");
    names_expect_unregister(0, "three:", -E_ACCESS);
    names_expect_unregister(0, "one:", 0);
    names_expect_found("two:", 0, "");
    names_expect_found("three:", 0, "");
    names_expect_unregister(1, "three:", 0);
    names_end();
}

/** Three names of a server and an alias, and a name of another one. */
static void register_some(void)
{
    names_register(0, "mine:");
    names_register(0, "fs:mine:");
    names_register(0, "mine:/more");
    names_expect_alias(0, "alias:", "yours:", 0);
    names_register(1, "yours:");
}

/** The names of server 0 are gone, those of server 1 are there, and new ones are possible. */
static void expect_withdrawn(void)
{
    names_expect_error("mine:", -E_NOT_FOUND);
    names_expect_error("mine:/more", -E_NOT_FOUND);
    names_expect_error("fs:mine:/x", -E_NOT_FOUND);
    names_expect_error("alias:", -E_NOT_FOUND);
    names_expect_found("yours:/x", 1, "x");
    names_register(2, "mine:");
    names_expect_found("mine:/more", 2, "more");
    names_expect_alias(2, "alias:", "mine:", 0);
    names_expect_found("alias:/x", 2, "x");
    names_expect_unregister(2, "mine:", 0);
    names_expect_unregister(2, "alias:", 0);
    names_expect_unregister(1, "yours:", 0);
}

/** End a server, and start a new one in its place. */
static void replace_server(uint32_t index)
{
    support_kill(names_servers[index].process->pid);
    object_release(&names_servers[index].endpoint->object);
    struct process *process = support_launch("server", support_stand, NULL);
    names_servers[index] = (struct names_server){process, support_endpoint(process)};
}

KTEST(names_withdrawn, KTEST_NAMES)
{
    names_begin();
    const uint32_t count = name_count();
    ktest_part("all names of a process");
    register_some();
    name_withdraw(names_servers[0].process);
    EXPECT_EQUAL(name_count(), count + 1, "the other process's name is left");
    expect_withdrawn();
    name_withdraw(names_servers[0].process);
    EXPECT_EQUAL(name_count(), count, "a process without names can end, too");

    ktest_part("a server that is killed");
    register_some();
    replace_server(0);
    expect_withdrawn();
    EXPECT_EQUAL(name_count(), count, "no name is left over");
    names_end();
}

/** Let a program register names, and end in one way. */
static void try_end(const char *way, int32_t status, const char *what)
{
    int32_t pid = SUPPORT_SPAWN(PROCESS_USER, "names_server", way);
    support_sleep(5);
    struct name_match match;
    EXPECT_RESULT(name_lookup("program:/x", &match), 0, "the name of a program that runs is found");
    if (EXIT_KIND(status) == EXIT_KILLED) {
        REQUIRE_RESULT(process_kill(pid), 0, "a program can be killed");
    } else {
        support_sleep(30);
    }
    names_expect_error("program:", -E_NOT_FOUND);
    names_expect_error("program:/second", -E_NOT_FOUND);
    names_expect_error("programs:", -E_NOT_FOUND);
    names_register(0, "program:/second");
    names_expect_found("program:/second", 0, "");
    names_expect_unregister(0, "program:/second", 0);
    (void)check_exit_status(KTEST_CHECK(what, false), support_wait(pid), status);
}

KTEST(names_programs, KTEST_NAMES)
{
    names_begin();
    ktest_part("a program exits");
    try_end("exit", EXIT_STATUS(EXIT_NORMAL, 0), "it exits");
    ktest_part("a program fails");
    try_end("fault", EXIT_STATUS(EXIT_FAULT, 14), "it makes a page fault");
    ktest_part("a program is killed");
    try_end("wait", EXIT_STATUS(EXIT_KILLED, 0), "it is killed");
    ktest_part("its names are zombies no longer than it lives");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_USER, "names_calls", "life"),
                           "a program finds, loses and finds the names of others");
    names_end();
}

KTEST(names_calls, KTEST_NAMES)
{
    names_begin();
    ktest_part("the system calls of names");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_USER, "names_calls", "use"),
                           "a program registers names, and calls servers by name");
    ktest_part("their errors");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_USER, "names_calls", "errors"),
                           "calls with bad arguments say what is wrong");
    names_end();
}

KTEST(names_references, KTEST_NAMES)
{
    names_begin();
    struct endpoint *endpoint = names_servers[0].endpoint;
    const uint32_t objects = object_count();
    ktest_part("a reference for each name");
    EXPECT_EQUAL(endpoint->object.references, 1, "an endpoint has the reference of its maker");
    names_register(0, "one:");
    EXPECT_EQUAL(endpoint->object.references, 2, "a name takes a reference");
    names_register(0, "two:");
    EXPECT_EQUAL(endpoint->object.references, 3, "each name takes a reference");
    names_expect_alias(0, "alias:", "one:", 0);
    names_expect_register(0, "one:", -E_EXISTS);
    names_expect_register(0, "bad", -E_INVALID);
    names_expect_found("alias:", 0, "");
    EXPECT_EQUAL(endpoint->object.references, 3, "aliases, look-ups and failures take none");
    names_expect_unregister(0, "two:", 0);
    names_expect_unregister(0, "alias:", 0);
    EXPECT_EQUAL(endpoint->object.references, 2, "a name that goes gives its reference back");
    name_withdraw(names_servers[0].process);
    EXPECT_EQUAL(endpoint->object.references, 1,
                 "a name that is withdrawn at the end of its process gives its reference back");

    ktest_part("the last reference is a name's");
    struct endpoint *other = support_endpoint(names_servers[1].process);
    REQUIRE_RESULT(name_register("last:", other, names_servers[1].process), 0,
                   "a name can be registered");
    endpoint_abandon(other);
    object_release(&other->object);
    EXPECT_EQUAL(object_count(), objects + 1, "the endpoint lives as long as its name");
    struct name_match match;
    EXPECT_RESULT(name_lookup("last:/x", &match), 0,
                  "the name of an endpoint that nobody else has can be found");
    names_expect_unregister(1, "last:", 0);
    EXPECT_EQUAL(object_count(), objects, "the endpoint goes with its last name");
    names_end();
}

/** Try to register while there is no memory; what is there stays. */
static void try_without_memory(void)
{
    const uint32_t count = name_count();
    const uint32_t references = names_servers[2].endpoint->object.references;
    int first = name_register("new:", names_servers[2].endpoint, names_servers[2].process);
    int second = name_alias("newer:", "fs:", names_servers[2].process);
    const uint32_t then = name_count();
    const uint32_t now = names_servers[2].endpoint->object.references;
    struct name_match match;
    int found = name_lookup("fs:root:/x", &match);
    int missing = name_lookup("new:", &match);
    support_return_memory();
    EXPECT_RESULT(first, -E_NO_MEMORY, "name_register() says that memory is short");
    EXPECT_RESULT(second, -E_NO_MEMORY, "name_alias() says that memory is short");
    EXPECT_EQUAL(then, count, "no name has come");
    EXPECT_EQUAL(now, references, "no reference was taken");
    EXPECT_RESULT(found, 0, "names are found without memory");
    EXPECT_RESULT(missing, -E_NOT_FOUND, "a name that could not be registered is not there");
}

KTEST(names_out_of_memory, KTEST_NAMES)
{
    names_begin();
    ktest_part("no memory at all");
    names_register(0, "fs:root:");
    support_take_memory();
    try_without_memory();
    names_expect_found("fs:root:/x", 0, "x");
    names_register(2, "new:");
    names_expect_found("new:", 2, "");

    ktest_part("no memory when a table is full");
    char name[32];
    for (uint32_t i = 0; i < 300; i++) {
        (void)format_string(name, sizeof(name), "fill:%u", i);
        if (i % 16 == 0) {
            support_take_memory();
            int result = name_register("new:", names_servers[0].endpoint, names_servers[0].process);
            support_return_memory();
            EXPECT_RESULT(result, -E_EXISTS, "a name that is there is there");
        }
        names_register(1, name);
    }
    for (uint32_t i = 0; i < 300; i++) {
        (void)format_string(name, sizeof(name), "fill:%u", i);
        names_expect_found(name, 1, "");
    }
    names_end();
}
