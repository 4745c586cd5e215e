/**
 * @file
 * Does nothing; tests replace its first instructions by their own.
 *
 * It exits normally at once. The kernel's side writes machine code over its start in the initrd
 * before it loads the program, and restores it afterwards. It owns no state.
 */
#include <cairn.h>

int main(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    return 0;
}
