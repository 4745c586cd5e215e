/*
 * An instruction that programs may not execute, for the program crash.
 *
 * Ring 3 cannot turn interrupts off: with an I/O privilege level of 0, CLI raises a general
 * protection exception (SDM 2A, CLI). The file owns no state.
 */
        .text

/*
 * void privileged_instruction(void);
 *
 *      4(%esp)  return address; never used, as the kernel ends the program
 *       (%esp)  caller's EBP      <- EBP, so that the kernel's report shows the caller
 */
        .globl  privileged_instruction
        .type   privileged_instruction, @function
privileged_instruction:
        pushl   %ebp
        movl    %esp, %ebp
        cli
        popl    %ebp
        ret
        .size   privileged_instruction, . - privileged_instruction

        .section .note.GNU-stack, "", @progbits
