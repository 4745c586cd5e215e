/*
 * The first instructions of every program.
 *
 * The kernel enters here in ring 3 with all general registers 0 and the arguments on the stack. The
 * routine hands them to program_start() (user/lib/start.c), which calls main() and exit(). It owns
 * no state.
 */
        .text

/*
 * void _start(void);
 *
 *   4*(argc+2)(%esp)  envp[0]: NULL, the end of an empty environment
 *   4*(argc+1)(%esp)  argv[argc]: NULL
 *            4(%esp)  argv[0]
 *             (%esp)  argc        <- ESP, aligned to 16 bytes
 *
 * Calls _Noreturn void program_start(int argc, char *argv[]) with the stack aligned to 16 bytes, as
 * the ABI demands of a call (System V i386 psABI, 2.2.2). A frame pointer of 0 ends backtraces.
 */
        .globl  _start
        .type   _start, @function
_start:
        xorl    %ebp, %ebp
        movl    (%esp), %eax
        leal    4(%esp), %edx
        subl    $8, %esp
        pushl   %edx
        pushl   %eax
        call    program_start           /* does not return */
        .size   _start, . - _start

        .section .note.GNU-stack, "", @progbits
