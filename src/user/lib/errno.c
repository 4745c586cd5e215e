/**
 * @file
 * The last error, and the texts of errors.
 *
 * It owns errno, which the functions with POSIX names set when they fail. The texts are those of
 * <cairn/error.h>. A program reads errno at once, before it calls anything else.
 */
#include <errno.h>

#include <string.h>

int errno;

const char *strerror(int error)
{
    return error_text(error);
}
