/**
 * @file
 * Exits with a hash of its arguments.
 *
 * usage: args [ARGUMENT...]
 *
 * The exit status is a hash (FNV-1a) of all bytes of all arguments, their final 0s included, folded
 * into 8 bits. The kernel's side computes the same from what it passed. It owns no state.
 */
#include "check.h"

int main(int argc, char *argv[])
{
    CHECK(argv[argc] == NULL);
    CHECK(argv[argc + 1] == NULL); /* the end of the environment, which is empty */
    uint32_t hash = 2166136261u ^ (uint32_t)argc;
    for (int i = 0; i < argc; i++) {
        const char *text = argv[i];
        do {
            hash = (hash ^ (uint8_t)*text) * 16777619u;
        } while (*text++ != '\0');
    }
    return (int)((hash ^ hash >> 8 ^ hash >> 16 ^ hash >> 24) & 0xFF);
}
