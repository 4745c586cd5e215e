/*
 * Lab 2, exercise 2: the context switch, declared in kernel/process/switch.h.
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
        /* BEGIN SOLUTION lab2.ex2 */
        movl    4(%esp), %eax
        movl    8(%esp), %edx
        pushl   %ebp
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        movl    %esp, (%eax)
        movl    %edx, %esp
        popl    %edi
        popl    %esi
        popl    %ebx
        popl    %ebp
        ret
        /* SKELETON
        // Exercise lab2.ex2: read both arguments first, while ESP still means the old stack. Push
        // the registers in the order of the picture, store ESP where `save` points, load `load`
        // into ESP, pop the registers, return. The return goes where the other process once came
        // from. Delete the three lines below; the constants at the end of the file may stay.
        pushl   $.Lcontext_switch
        pushl   $.Lexercise
        call    exercise_missing
        END SOLUTION */
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
        /* BEGIN SOLUTION lab2.ex2 */
        subl    $12, %esp               /* the ABI wants the stack aligned to 16 at each call */
        pushl   %esi
        sti
        call    *%ebx
        cli
        pushl   $0                      /* EXIT_STATUS(EXIT_NORMAL, 0) */
        call    process_exit            /* does not return */
        /* SKELETON
        // Exercise lab2.ex2: turn interrupts on, call the function with its argument on the stack
        // (aligned to 16 bytes at the call), then process_exit() with the status 0 and interrupts
        // off. Delete the three lines below, too.
        pushl   $.Lkernel_process_start
        pushl   $.Lexercise
        call    exercise_missing
        END SOLUTION */
        .size   kernel_process_start, . - kernel_process_start

        .section .rodata
.Lexercise:
        .asciz  "lab2.ex2"
.Lcontext_switch:
        .asciz  "context_switch"
.Lkernel_process_start:
        .asciz  "kernel_process_start"

        .section .note.GNU-stack, "", @progbits
