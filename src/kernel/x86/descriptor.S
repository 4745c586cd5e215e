/*
 * Loading of the descriptor tables, declared in x86/descriptor.h.
 *
 * A segment register keeps a hidden copy of its descriptor, so a new table takes effect only when
 * each register is loaded again (SDM 3A, 3.4.3); CS is loaded by a far jump. The file owns no state.
 * segments.c calls the first routine, interrupts.c the second, once each.
 */
#include "offsets.h"

        .text

/*
 * void descriptor_load_segments(const struct table_pointer *pointer);
 *
 *       4(%esp)  pointer
 *       0(%esp)  return address
 */
        .globl  descriptor_load_segments
        .type   descriptor_load_segments, @function
descriptor_load_segments:
        movl    4(%esp), %eax
        lgdt    (%eax)
        ljmp    $SELECTOR_KERNEL_CODE_VALUE, $.Lreload
.Lreload:
        movl    $SELECTOR_KERNEL_DATA_VALUE, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %fs
        movl    %eax, %gs
        movl    %eax, %ss
        movl    $SELECTOR_TASK_VALUE, %eax
        ltr     %ax
        xorl    %eax, %eax              /* no local table, whatever the firmware left (3.5) */
        lldt    %ax
        ret
        .size   descriptor_load_segments, . - descriptor_load_segments

/*
 * void descriptor_load_interrupts(const struct table_pointer *pointer);
 *
 *       4(%esp)  pointer
 *       0(%esp)  return address
 */
        .globl  descriptor_load_interrupts
        .type   descriptor_load_interrupts, @function
descriptor_load_interrupts:
        movl    4(%esp), %eax
        lidt    (%eax)
        ret
        .size   descriptor_load_interrupts, . - descriptor_load_interrupts

        .section .note.GNU-stack, "", @progbits
