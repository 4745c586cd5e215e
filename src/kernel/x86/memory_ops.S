/*
 * memcpy() and memset() by string instructions; contracts in lib/string.h.
 *
 * Clearing a page is a single REP STOSL of 1,024 iterations. Both work on whole words first and on
 * the remaining 0 to 3 bytes afterwards. They own no state. The direction flag is clear on entry, as the ABI
 * demands (System V i386 psABI, 2.2.1).
 */
        .text

/*
 * void *memcpy(void *restrict to, const void *restrict from, size_t size);
 *
 *      16(%esp)  size
 *      12(%esp)  from
 *       8(%esp)  to         also the result
 *       4(%esp)  return address; here until the two registers are saved: 16, 12, 8 become 20, 16, 12
 *       0(%esp)  caller's EDI, and below it the caller's ESI
 */
        .globl  memcpy
        .type   memcpy, @function
memcpy:
        pushl   %edi
        pushl   %esi
        movl    12(%esp), %edi
        movl    16(%esp), %esi
        movl    20(%esp), %edx
        movl    %edi, %eax
        movl    %edx, %ecx
        shrl    $2, %ecx
        rep movsl
        movl    %edx, %ecx
        andl    $3, %ecx
        rep movsb
        popl    %esi
        popl    %edi
        ret
        .size   memcpy, . - memcpy

/*
 * void *memset(void *memory, int value, size_t size);
 *
 *      16(%esp)  size
 *      12(%esp)  value
 *       8(%esp)  memory     also the result
 *       4(%esp)  return address
 *       0(%esp)  caller's EDI
 */
        .globl  memset
        .type   memset, @function
memset:
        pushl   %edi
        movl    8(%esp), %edi
        movzbl  12(%esp), %eax
        imull   $0x01010101, %eax, %eax /* the byte in all four places */
        movl    16(%esp), %edx
        movl    %edx, %ecx
        shrl    $2, %ecx
        rep stosl
        movl    %edx, %ecx
        andl    $3, %ecx
        rep stosb
        movl    8(%esp), %eax
        popl    %edi
        ret
        .size   memset, . - memset

        .section .note.GNU-stack, "", @progbits
