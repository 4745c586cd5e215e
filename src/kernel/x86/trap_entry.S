/*
 * Entry and exit of exceptions and interrupts.
 *
 * Each of the 256 vectors has a stub that makes the stack look the same for all of them: some
 * vectors come with an error code, the others get a 0 in its place. The common part then completes
 * struct trap_frame, calls trap_dispatch(), and returns to the interrupted code. It owns no state.
 */
#include "offsets.h"

        .text

/*
 * void trap_stubs(void);
 *
 * A table of code: the stub of vector N starts at trap_stubs + N * TRAP_STUB_SIZE. Entered by the
 * processor through an interrupt gate, with interrupts off:
 *
 *      16(%esp)  ss          } only from ring 3
 *      12(%esp)  esp         }
 *       8(%esp)  eflags
 *       4(%esp)  cs
 *       0(%esp)  eip
 *      -4(%esp)  error code  pushed by the processor for vectors 8, 10-14, 17, 21, 29 and 30
 *                            (SDM 3A, table 6-1; 29 and 30: AMD APM 2, 8.2), by the stub for others
 *      -8(%esp)  vector      pushed by the stub
 */
        .globl  trap_stubs
        .type   trap_stubs, @function
        .balign TRAP_STUB_SIZE
trap_stubs:
        .set    vector, 0
        .rept   TRAP_EXCEPTIONS_COUNT
        .balign TRAP_STUB_SIZE
        .if     ((TRAP_ERROR_CODE_MASK >> vector) & 1) == 0
        pushl   $0
        .endif
        pushl   $vector
        jmp     trap_entry
        .set    vector, vector + 1
        .endr
        .rept   TRAP_VECTORS_COUNT - TRAP_EXCEPTIONS_COUNT
        .balign TRAP_STUB_SIZE
        pushl   $0
        pushl   $vector
        jmp     trap_entry
        .set    vector, vector + 1
        .endr
        .balign TRAP_STUB_SIZE
        .size   trap_stubs, . - trap_stubs

/*
 * void trap_entry(void);
 *
 * Continues a stub. Saves all registers, so that ESP points to a complete struct trap_frame (the
 * offsets are TRAP_FRAME_* in the generated offsets.h):
 *
 *      56(%esp)  eip, cs, eflags, [esp, ss]    pushed by the processor
 *      52(%esp)  error code
 *      48(%esp)  vector
 *      44(%esp)  ds    40(%esp)  es    36(%esp)  fs    32(%esp)  gs
 *       0(%esp)  edi, esi, ebp, esp, ebx, edx, ecx, eax, as PUSHAL leaves them
 *
 * Calls void trap_dispatch(struct trap_frame *frame). A second frame, of return address and EBP,
 * links the interrupted code to the chain of frame pointers, for debuggers.
 */
        .type   trap_entry, @function
trap_entry:
        pushl   %ds
        pushl   %es
        pushl   %fs
        pushl   %gs
        pushal
        cld
        movl    $SELECTOR_KERNEL_DATA_VALUE, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %esp, %ebx              /* the frame; EBX survives the call */

        pushl   TRAP_FRAME_EIP(%ebx)
        pushl   TRAP_FRAME_EBP(%ebx)
        movl    %esp, %ebp
        andl    $-16, %esp              /* the ABI's alignment, which an interrupt knows nothing of */
        subl    $12, %esp
        pushl   %ebx
        call    trap_dispatch

        movl    %ebx, %esp
        popal                           /* skips the saved ESP */
        popl    %gs
        popl    %fs
        popl    %es
        popl    %ds
        addl    $8, %esp                /* vector and error code */
        iretl
        .size   trap_entry, . - trap_entry

        .section .note.GNU-stack, "", @progbits
