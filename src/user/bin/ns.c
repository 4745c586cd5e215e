/**
 * @file
 * Shows the namespace.
 *
 * usage: ns [list [PREFIX]]
 *        ns find NAME
 *        ns alias ALIAS TARGET [TICKS]      (default: 100)
 *
 * The first form lists all names that begin with PREFIX, with their owners; `=` marks an alias. The
 * second one says who serves a name, and which part of it the server is left with. The third one
 * lets a name stand for another for a time, and then withdraws it. It owns no state: the kernel has
 * the names.
 */
#include <arguments.h>
#include <cairn/error.h>
#include <ipc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Say what is wrong. @return the exit status. */
static int failure(const char *name, int error)
{
    printf("ns: %s: %s\n", name, strerror(error));
    return EXIT_FAILURE;
}

/** The name of a process; "?" if it has ended. */
static const char *program_name(int32_t pid, struct process_info *info)
{
    return cairn_process_info(pid, info) == pid ? info->name : "?";
}

static int list(const char *prefix)
{
    struct name_info name;
    struct process_info process;
    int32_t cursor = 0;
    while ((cursor = cairn_name_list((uint32_t)cursor, prefix, &name)) >= 0) {
        printf("ns: %c %-24s process %d (%s)\n", name.alias != 0 ? '=' : ' ', name.name,
               (int)name.owner, program_name(name.owner, &process));
    }
    return cursor == -E_NOT_FOUND ? EXIT_SUCCESS : failure(prefix, (int)cursor);
}

static int find(const char *name)
{
    char rest[NAME_MAX_BYTES];
    struct endpoint_info endpoint;
    struct process_info process;
    int32_t handle = ns_lookup(name, rest);
    int error = handle < 0 ? (int)handle : cairn_endpoint_info(handle, &endpoint);
    if (error < 0) {
        return failure(name, error);
    }
    printf("ns: %s is served by process %d (%s), which has answered %u calls; its part is \"%s\"\n",
           name, (int)endpoint.owner, program_name(endpoint.owner, &process),
           (unsigned)endpoint.replies, rest);
    (void)cairn_handle_close(handle);
    return EXIT_SUCCESS;
}

static int alias(const char *name, const char *target, uint32_t ticks)
{
    int error = cairn_name_alias(name, target);
    if (error < 0) {
        return failure(name, error);
    }
    printf("ns: %s stands for %s for %u ticks\n", name, target, (unsigned)ticks);
    (void)cairn_sleep(ticks);
    error = cairn_name_unregister(name);
    return error < 0 ? failure(name, error) : EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
    const struct arguments arguments = {
        argc, argv, "ns [list [PREFIX]] | ns find NAME | ns alias ALIAS TARGET [TICKS]"};
    const char *what = argument_text(&arguments, 1, "list");
    if (strcmp(what, "list") == 0) {
        arguments_end(&arguments, 2);
        return list(argument_text(&arguments, 2, ""));
    }
    if (strcmp(what, "find") == 0 && argc == 3) {
        return find(argv[2]);
    }
    if (strcmp(what, "alias") == 0 && argc >= 4) {
        arguments_end(&arguments, 4);
        return alias(argv[2], argv[3], argument_number(&arguments, 4, 100));
    }
    arguments_usage(&arguments);
}
