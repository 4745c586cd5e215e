/**
 * @file
 * Does nothing, for the measurement of starting a program and of its end.
 *
 * The start-up code of the library is part of it. It owns no state. Its exit status is 0.
 */
#include <cairn.h>

int main(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    return 0;
}
