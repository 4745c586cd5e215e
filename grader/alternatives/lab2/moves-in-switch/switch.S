/*
 * Alternative for lab 2, exercise 2: a switch that moves registers instead of pushing them.
 *
 * Room for the four registers is made at once, and each goes to its place; the stack pointer is
 * exchanged in the middle. A new kernel-mode process pushes its argument while the stack is still
 * empty and corrects the alignment afterwards. The file owns no state.
 */
        .text

/*
 * void context_switch(uintptr_t *save, uintptr_t load);
 *
 *      24(%esp)  load
 *      20(%esp)  save
 *      16(%esp)  return address
 *      12(%esp)  ebp
 *       8(%esp)  ebx
 *       4(%esp)  esi
 *       0(%esp)  edi        <- the stack pointer that is stored
 */
        .globl  context_switch
        .type   context_switch, @function
context_switch:
        subl    $16, %esp
        movl    %edi, (%esp)
        movl    %esi, 4(%esp)
        movl    %ebx, 8(%esp)
        movl    %ebp, 12(%esp)
        movl    20(%esp), %ecx
        movl    24(%esp), %eax
        movl    %esp, (%ecx)
        movl    %eax, %esp
        movl    12(%esp), %ebp
        movl    8(%esp), %ebx
        movl    4(%esp), %esi
        movl    (%esp), %edi
        addl    $16, %esp
        ret
        .size   context_switch, . - context_switch

/*
 * void kernel_process_start(void);
 *
 * EBX holds the function, ESI its argument; the stack is empty and aligned to 16 bytes.
 */
        .globl  kernel_process_start
        .type   kernel_process_start, @function
kernel_process_start:
        xorl    %ebp, %ebp
        subl    $16, %esp
        movl    %esi, (%esp)
        sti
        calll   *%ebx
        cli
        movl    $0, (%esp)              /* EXIT_STATUS(EXIT_NORMAL, 0) */
        calll   process_exit
        .size   kernel_process_start, . - kernel_process_start

        .section .note.GNU-stack, "", @progbits
