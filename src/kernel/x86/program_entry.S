/*
 * Where a kernel-mode program begins, declared in x86/program_entry.h.
 *
 * A program in ring 3 is entered by IRET; in ring 0 a jump is enough, since neither the stack nor a
 * segment changes. It owns no state.
 */
        .text

/*
 * void program_entry(void);
 *
 * Entered by the return of context_switch(), with an empty stack and interrupts off. EBX holds the
 * table of kernel services, ESI the address of argc, EDI the program's first instruction. A 0 on
 * the stack stands for a return address: the program does not return.
 */
        .globl  program_entry
        .type   program_entry, @function
program_entry:
        movl    %esi, %ecx
        movl    %edi, %eax
        andl    $-16, %esp
        pushl   $0
        xorl    %edx, %edx
        xorl    %ebp, %ebp
        xorl    %esi, %esi
        xorl    %edi, %edi
        sti
        jmp     *%eax
        .size   program_entry, . - program_entry

        .section .note.GNU-stack, "", @progbits
