/**
 * @file
 * Measures the look-up of a name by a program.
 *
 * usage: lookup FIGURE NAME [rest]
 *
 * Each look-up makes a handle; those of a sample are closed before the next one, which is not
 * measured. With a third argument the rest of the name is asked for, as clients of a server of
 * files do. The file owns the handles of a sample.
 */
#include "../../lab2/programs/measure.h"

#include <ipc.h>

/** Look-ups in a sample: their handles find room in a table. */
#define CALLS 500u

static int32_t handles[CALLS];

/** Look a name up many times. @return what each took. */
static uint32_t look_up(const char *name, char *rest)
{
    uint64_t start = now();
    for (uint32_t call = 0; call < CALLS; call++) {
        handles[call] = cairn_name_lookup(name, rest);
    }
    return since(start, CALLS);
}

static void close_handles(void)
{
    for (uint32_t call = 0; call < CALLS; call++) {
        require(cairn_handle_close(handles[call]) == 0);
    }
}

int main(int argc, char *argv[])
{
    char rest[NAME_MAX_BYTES];
    uint32_t samples[BATCHES];
    require(argc >= 3);
    char *wanted = argc > 3 && argv[3][0] != '\0' ? rest : NULL;
    for (uint32_t i = 0; i <= BATCHES; i++) {
        samples[i == 0 ? 0 : i - 1] = look_up(argv[2], wanted);
        close_handles();
    }
    report(argv[1], samples, BATCHES);
    return EXIT_SUCCESS;
}
