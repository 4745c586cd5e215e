/*
 * Alternative for lab 2, exercise 2: the context switch, declared in kernel/process/switch.h.
 *
 * A C function may use EAX, ECX and EDX as it likes and must preserve EBX, ESI, EDI, EBP and ESP
 * (System V i386 psABI, 2.2.1). So whoever calls context_switch() expects to find those five again,
 * and no others: four are pushed, and the stack pointer itself is stored. This file owns no state.
 */
        .text

/*
 * void context_switch(uintptr_t *save, uintptr_t load);
 *
 *       8(%esp)  load
 *       4(%esp)  save
 *       0(%esp)  return address: the eip of struct switch_frame
 *
 * What it leaves on the old stack, and finds on the new one, is a struct switch_frame:
 *
 *      16(%esp)  eip
 *      12(%esp)  ebp
 *       8(%esp)  ebx
 *       4(%esp)  esi
 *       0(%esp)  edi        <- the stack pointer that is stored
 */
        .globl  context_switch
        .type   context_switch, @function
context_switch:
        movl    4(%esp), %eax
        movl    8(%esp), %ecx
        pushl   %ebp
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        movl    %esp, (%eax)
        movl    %ecx, %esp
        popl    %edi
        popl    %esi
        popl    %ebx
        popl    %ebp
        ret
        .size   context_switch, . - context_switch

/*
 * void kernel_process_start(void);
 *
 * Entered by the return of context_switch(), with an empty stack and interrupts off. EBX holds the
 * function, ESI its argument, as process_prepare() has put them into the frame.
 */
        .globl  kernel_process_start
        .type   kernel_process_start, @function
kernel_process_start:
        subl    $12, %esp               /* with the argument: 16 bytes below the top */
        pushl   %esi
        sti
        call    *%ebx
        cli
        movl    $0, (%esp)
        call    process_exit
        .size   kernel_process_start, . - kernel_process_start

        .section .note.GNU-stack, "", @progbits
