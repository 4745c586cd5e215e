/*
 * The first instructions of every program.
 *
 * The kernel enters here in ring 3 with all general registers 0 and the arguments on the stack, or in
 * ring 0 with the table of kernel services in EBX and the address of the arguments in ECX. The
 * routine hands all of that to program_start() (user/lib/start.c), which calls main() and exit(). It
 * owns no state.
 */
        .text

/*
 * void _start(void);
 *
 *   4*(argc+2)(%esp)  envp[0]: NULL, the end of an empty environment
 *   4*(argc+1)(%esp)  argv[argc]: NULL
 *            4(%esp)  argv[0]
 *             (%esp)  argc        <- ESP in ring 3, aligned to 16 bytes; ECX in ring 0
 *
 * Calls _Noreturn void program_start(int argc, char *argv[], const struct kernel_services *services)
 * with the stack aligned to 16 bytes, as the ABI demands of a call (System V i386 psABI, 2.2.2). A
 * frame pointer of 0 ends backtraces.
 */
        .globl  _start
        .type   _start, @function
_start:
        xorl    %ebp, %ebp
        testl   %ebx, %ebx
        jnz     .Lkernel_mode
        movl    %esp, %ecx
.Lkernel_mode:
        andl    $-16, %esp
        movl    (%ecx), %eax
        leal    4(%ecx), %edx
        subl    $4, %esp
        pushl   %ebx
        pushl   %edx
        pushl   %eax
        call    program_start           /* does not return */
        .size   _start, . - _start

        .section .note.GNU-stack, "", @progbits
