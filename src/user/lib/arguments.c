/**
 * @file
 * Reading a program's arguments; see <arguments.h>.
 *
 * It owns no state. A number is read by strtol(), and must be all of the argument: "10x" is as
 * wrong as "x". strtol() takes a sign; here a minus is an error, as counts and times have none.
 */
#include <arguments.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void arguments_usage(const struct arguments *arguments)
{
    printf("usage: %s\n", arguments->usage);
    exit(EXIT_FAILURE);
}

const char *argument_text(const struct arguments *arguments, int index, const char *otherwise)
{
    return index < arguments->count ? arguments->values[index] : otherwise;
}

uint32_t argument_number(const struct arguments *arguments, int index, uint32_t otherwise)
{
    if (index >= arguments->count) {
        return otherwise;
    }
    char *end;
    errno = 0;
    long number = strtol(arguments->values[index], &end, 10);
    if (end == arguments->values[index] || *end != '\0' || number < 0 || errno != 0) {
        arguments_usage(arguments);
    }
    return (uint32_t)number;
}

void arguments_end(const struct arguments *arguments, int most)
{
    if (arguments->count > most + 1) {
        arguments_usage(arguments);
    }
}
