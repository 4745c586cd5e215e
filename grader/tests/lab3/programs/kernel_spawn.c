/**
 * @file
 * Starts programs in ring 0, if it may.
 *
 * usage: kernel_spawn allowed|refused
 *
 * A process that may not must be told so, whatever it asks for; nobody but the first process gives
 * that privilege. It owns no state.
 */
#include "../../lab2/programs/check.h"

#include <cairn/error.h>
#include <cairn_ipc.h>

static void be_refused(void)
{
    char *words[] = {"kernel_work", "exit", "9", NULL};
    CHECK(cairn_spawn_kernel("test/kernel_work", words) == -E_ACCESS);
    CHECK(cairn_spawn_kernel("no/program", words) == -E_ACCESS);
    CHECK(cairn_grant(cairn_getpid(), PRIVILEGE_KERNEL) == -E_ACCESS);
    CHECK(cairn_grant(1, PRIVILEGE_KERNEL) == -E_ACCESS);
    CHECK(cairn_endpoint_create() >= 0); /* a process that communicates may not, either */
    CHECK(cairn_spawn_kernel("test/kernel_work", words) == -E_ACCESS);
}

static void start_some(void)
{
    char *words[] = {"kernel_work", "exit", "9", NULL};
    char *many[] = {"kernel_work", "args", "", "two words", "x=1", NULL};
    char *refused[] = {"kernel_spawn", "refused", NULL};
    int status = -1;
    int32_t pid = cairn_spawn_kernel("test/kernel_work", words);
    CHECK(pid > 0 && cairn_wait(pid, &status) == pid);
    CHECK(status == EXIT_STATUS(EXIT_NORMAL, 9));
    pid = cairn_spawn_kernel("test/kernel_work", many);
    CHECK(pid > 0 && cairn_wait(pid, &status) == pid);
    CHECK(EXIT_KIND(status) == EXIT_NORMAL); /* its parent is not the one that it expects */
    CHECK(cairn_spawn_kernel("no/program", words) == -E_NOT_FOUND);
    CHECK(cairn_spawn_kernel((const char *)16, words) == -E_FAULT);
    /* Its children may not. */
    pid = cairn_spawn("test/kernel_spawn", refused);
    CHECK(pid > 0 && cairn_wait(pid, &status) == pid && status == 0);
}

int main(int argc, char *argv[])
{
    CHECK(argc == 2);
    if (argv[1][0] == 'a') {
        start_some();
    } else {
        be_refused();
    }
    return 0;
}
