/**
 * @file
 * System calls under their POSIX names; see <unistd.h> and <sys/wait.h>.
 *
 * Each function makes the call of <cairn.h> and turns a negative result into -1 and errno. It owns
 * no state.
 */
#include <unistd.h>

#include <cairn.h>
#include <cairn/syscall.h>
#include <errno.h>
#include <sys/wait.h>

/** @return a result as POSIX wants it. */
static int32_t posix(int32_t result)
{
    if (result < 0) {
        errno = -result;
        return -1;
    }
    return result;
}

pid_t getpid(void)
{
    return cairn_getpid();
}

pid_t getppid(void)
{
    return cairn_getppid();
}

pid_t fork(void)
{
    return posix(cairn_fork());
}

int execv(const char *path, char *const argv[])
{
    return posix(cairn_exec(path, argv));
}

unsigned int sleep(unsigned int seconds)
{
    const unsigned int longest = INT32_MAX / TICKS_PER_SECOND; /* of one call */
    for (; seconds > longest; seconds -= longest) {
        (void)cairn_sleep(longest * TICKS_PER_SECOND);
    }
    (void)cairn_sleep(seconds * TICKS_PER_SECOND);
    return 0;
}

void *sbrk(intptr_t bytes)
{
    uintptr_t end = cairn_grow(bytes);
    return (void *)(end >= SYSCALL_ERROR_FIRST ? (uintptr_t)posix((int32_t)end) : end);
}

pid_t waitpid(pid_t pid, int *status, int options)
{
    return posix(options == 0 ? cairn_wait(pid, status) : -E_INVALID);
}

pid_t wait(int *status)
{
    return waitpid(WAIT_ANY, status, 0);
}
