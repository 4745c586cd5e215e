/*
 * Copying to and from a program's memory, declared in x86/user_copy.h.
 *
 * Two string instructions copy words and the remaining bytes. A fault leaves in ECX how many words or
 * bytes are left, which is not 0; without one it is 0 in the end. It owns no state. user_copy_recover()
 * of lab 2 knows the two labels.
 */
        .text

/*
 * uint32_t user_copy(void *to, const void *from, uint32_t size);
 *
 *      16(%ebp)  size
 *      12(%ebp)  from
 *       8(%ebp)  to
 *       4(%ebp)  return address
 *       0(%ebp)  caller's EBP, below it the caller's EDI and ESI
 *
 * The frame pointer is set as in a C function, so that a backtrace out of a fault finds its way.
 */
        .globl  user_copy, user_copy_start, user_copy_end
        .type   user_copy, @function
user_copy:
        pushl   %ebp
        movl    %esp, %ebp
        pushl   %edi
        pushl   %esi
        movl    8(%ebp), %edi
        movl    12(%ebp), %esi
        movl    16(%ebp), %edx
        movl    %edx, %ecx
        shrl    $2, %ecx
user_copy_start:
        rep movsl
        movl    %edx, %ecx
        andl    $3, %ecx
        rep movsb
user_copy_end:
        movl    %ecx, %eax
        popl    %esi
        popl    %edi
        popl    %ebp
        ret
        .size   user_copy, . - user_copy

        .section .note.GNU-stack, "", @progbits
