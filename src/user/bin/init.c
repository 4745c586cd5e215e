/**
 * @file
 * The first process: starts programs, and waits until no process is left.
 *
 * usage: init [[@]PROGRAM[+PRIVILEGE...][:ARGUMENT...]...]
 *
 * The boot option run=a,b:1:2 makes the kernel start it as `init a b:1:2`; it then starts bin/a
 * without and bin/b with two arguments, all at once. A name with a slash is a path. Two separators
 * in a row are a ':' of the argument itself: echo:two:: has the argument "two:". From lab 3 on, a
 * name that begins with @ is started in ring 0, and +N behind a name grants privilege N (enum
 * privilege, enum well_known), just after the program has been started: vfs+1 may serve files.
 *
 * Without a program it runs a demonstration, of what there is in this lab. Children of others whose
 * parent has ended become its children; it waits for them, too, and reports every process that did
 * not end well. Its exit status is 0 when no child is left. It owns the list of what it started.
 */
#include <cairn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Before a program that is to run in ring 0. */
#define KERNEL_MODE '@'
/** Before each privilege that is granted to a program. */
#define PRIVILEGE '+'
/** Between a program and its arguments, and between these. */
#define SEPARATOR ':'
/** Bytes of a program and its arguments in the demonstration, the final 0 included. */
#define COMMAND_MAX 24

/** What it has started. */
struct child {
    int32_t pid;
    char name[PROGRAM_PATH_MAX];
};

static struct child children[ARGUMENTS_MAX];
static size_t child_count;

/**
 * Cut a text at its separators, in place; what is behind the last possible cut stays in one piece.
 * @return the number of parts; @p parts ends with NULL.
 */
static size_t cut(char *text, char *parts[ARGUMENTS_MAX + 1])
{
    size_t count = 0;
    char *to = text;
    parts[count++] = text;
    for (; *text != '\0'; text++) {
        const bool separator = *text == SEPARATOR;
        if (separator && text[1] != SEPARATOR && count < ARGUMENTS_MAX) {
            *to++ = '\0';
            parts[count++] = to;
            continue;
        }
        text += separator && text[1] == SEPARATOR;
        *to++ = *text;
    }
    *to = '\0';
    parts[count] = NULL;
    return count;
}

/** Grant privileges, such as "1+4". */
static void grant(const struct child *child, const char *privileges)
{
    while (*privileges != '\0') {
        char *end;
        uint32_t privilege = (uint32_t)strtol(privileges, &end, 10);
        bool number = end != privileges && (*end == '\0' || *end == PRIVILEGE);
        int error = number ? cairn_grant(child->pid, privilege) : -E_INVALID;
        if (error < 0) {
            printf("init: cannot grant %s to %s: %s\n", privileges, child->name, strerror(error));
            return;
        }
        privileges = end + (*end == PRIVILEGE);
    }
}

/** Start one program, unless it is optional and not there; @p command is cut into pieces. */
static void start(char *command, bool optional)
{
    char *arguments[ARGUMENTS_MAX + 1];
    char path[PROGRAM_PATH_MAX];
    const bool kernel_mode = *command == KERNEL_MODE;
    command += kernel_mode;
    (void)cut(command, arguments);
    char *privileges = strchr(command, PRIVILEGE);
    if (privileges != NULL) {
        *privileges++ = '\0';
    }
    const char *folder = strchr(command, '/') != NULL ? "" : "bin/";
    (void)snprintf(path, sizeof(path), "%s%s", folder, command);
    int32_t pid = kernel_mode ? cairn_spawn_kernel(path, arguments) : cairn_spawn(path, arguments);
    if (optional && (pid == -E_NOT_FOUND || pid == -E_NO_CALL)) {
        return;
    }
    if (pid < 0) {
        printf("init: cannot start %s: %s\n", path, strerror((int)pid));
        return;
    }
    struct child *child = &children[child_count++];
    child->pid = pid;
    (void)strlcpy(child->name, command, sizeof(child->name));
    grant(child, privileges == NULL ? "" : privileges);
}

/** Strike a process off the list. @return its name. */
static const char *forget(int32_t pid)
{
    for (size_t i = 0; i < child_count; i++) {
        if (children[i].pid == pid) {
            children[i].pid = 0;
            return children[i].name;
        }
    }
    return "an orphan";
}

/** Say how a process ended, unless it ended well. */
static void report(int32_t pid, int status)
{
    const char *name = forget(pid);
    switch (EXIT_KIND(status)) {
    case EXIT_NORMAL:
        if (EXIT_CODE(status) != 0) {
            printf("init: process %d (%s) ended with status %d\n", (int)pid, name,
                   EXIT_CODE(status));
        }
        break;
    case EXIT_KILLED:
        printf("init: process %d (%s) was killed\n", (int)pid, name);
        break;
    default:
        printf("init: process %d (%s) was ended by exception %d\n", (int)pid, name,
               EXIT_CODE(status));
        break;
    }
}

int main(int argc, char *argv[])
{
    static char demonstration[][COMMAND_MAX] = {
        "hello", "family", "primes", "float", "relay", "crash",
        /* From lab 3 on. */
        "echo", "ping", "@echo:kernel::", "ping:10:kernel::", "consumer", "producer", "jobs",
        "submit", "replace:1", "replace:2:10", "visit", "vfs+1", "posix"};
    for (int i = 1; i < argc && i <= (int)ARGUMENTS_MAX; i++) {
        start(argv[i], false);
    }
    for (size_t i = 0; argc < 2 && i < sizeof(demonstration) / sizeof(demonstration[0]); i++) {
        start(demonstration[i], true);
    }
    int status;
    for (int32_t pid; (pid = cairn_wait(WAIT_ANY, &status)) > 0;) {
        report(pid, status);
    }
    return EXIT_SUCCESS;
}
