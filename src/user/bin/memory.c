/**
 * @file
 * Says how much memory there is and how much of it is free.
 *
 * usage: memory
 *
 * Memory is counted in frames of 4 KiB, of which the kernel manages all that it found at the start.
 * The figures include what this program itself uses. It owns no state.
 */
#include <cairn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** KiB of a frame. */
#define FRAME_KIB 4

int main(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    struct memory_info info;
    int error = cairn_memory_info(&info);
    if (error < 0) {
        printf("memory: %s\n", strerror(error));
        return EXIT_FAILURE;
    }
    printf("memory: %u of %u KiB are free; there are %u processes\n",
           (unsigned)info.frames_free * FRAME_KIB, (unsigned)info.frames_total * FRAME_KIB,
           (unsigned)info.processes);
    return EXIT_SUCCESS;
}
