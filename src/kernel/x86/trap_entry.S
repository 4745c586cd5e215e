/*
 * Entry and exit of exceptions and interrupts.
 *
 * Each of the 256 vectors has a stub that makes the stack look the same for all of them: some
 * vectors come with an error code, the others get a 0 in its place. The common part then completes
 * struct trap_frame, calls trap_dispatch() or, for a system call, whoever acts on those, and returns to the
 * interrupted code. It owns no state.
 *
 * The .cfi directives, which produce no code, tell debuggers where the interrupted registers lie:
 * their canonical frame address is that of the word above the saved EFLAGS.
 */
#include "offsets.h"


        .cfi_sections .debug_frame
        .text

/*
 * What is true from the first instruction of a stub on. The interrupted ESP is the frame address
 * itself, but from ring 3 the word stored there, as a DWARF expression says: the frame address on
 * the stack, read CS 8 bytes below it, and read the word at the frame address if CS & 3 is not 0.
 */
        .macro  cfi_interrupted
        .cfi_signal_frame               /* EIP is not a return address: no call precedes it */
        .cfi_offset eip, -12
        .cfi_escape 0x16, 4, 13         /* DW_CFA_val_expression of register 4, ESP, 13 bytes: */
        .cfi_escape 0x12, 0x38, 0x1c, 0x06      /* dup, lit8, minus, deref */
        .cfi_escape 0x33, 0x1a                  /* lit3, and */
        .cfi_escape 0x28, 3, 0, 0x2f, 1, 0      /* bra 3, skip 1 */
        .cfi_escape 0x06                        /* deref */
        .endm

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
        .cfi_startproc
        cfi_interrupted
        .set    vector, 0
        .rept   TRAP_EXCEPTIONS_COUNT
        .balign TRAP_STUB_SIZE
        .if     ((TRAP_ERROR_CODE_MASK >> vector) & 1) == 0
        .cfi_def_cfa_offset 12
        pushl   $0
        .endif
        .cfi_def_cfa_offset 16
        pushl   $vector
        .cfi_def_cfa_offset 20
        jmp     trap_entry
        .set    vector, vector + 1
        .endr
        .rept   TRAP_VECTORS_COUNT - TRAP_EXCEPTIONS_COUNT
        .balign TRAP_STUB_SIZE
        .cfi_def_cfa_offset 12
        pushl   $0
        .cfi_def_cfa_offset 16
        pushl   $vector
        .cfi_def_cfa_offset 20
        .if     vector == TRAP_SYSCALL_VECTOR
        jmp     system_call_entry
        .else
        jmp     trap_entry
        .endif
        .set    vector, vector + 1
        .endr
        .balign TRAP_STUB_SIZE
        .cfi_endproc
        .size   trap_stubs, . - trap_stubs

/*
 * Save all registers, so that ESP points to a complete struct trap_frame (the offsets are
 * TRAP_FRAME_* in the generated offsets.h), and prepare a call with that frame as its argument:
 *
 *      56(%esp)  eip, cs, eflags, [esp, ss]    pushed by the processor
 *      52(%esp)  error code
 *      48(%esp)  vector
 *      44(%esp)  ds    40(%esp)  es    36(%esp)  fs    32(%esp)  gs
 *       0(%esp)  edi, esi, ebp, esp, ebx, edx, ecx, eax, as PUSHAL leaves them
 *
 * EBX points to the frame afterwards and survives the call. A second frame, of return address and
 * EBP, links the interrupted code to the chain of frame pointers, for debuggers.
 */
        .macro  save_registers
        .cfi_def_cfa_offset 20
        pushl   %ds
        .cfi_adjust_cfa_offset 4
        pushl   %es
        .cfi_adjust_cfa_offset 4
        pushl   %fs
        .cfi_adjust_cfa_offset 4
        pushl   %gs
        .cfi_adjust_cfa_offset 4
        pushal
        .cfi_adjust_cfa_offset 32
        .cfi_rel_offset edi, 0
        .cfi_rel_offset esi, 4
        .cfi_rel_offset ebp, 8
        .cfi_rel_offset ebx, 16
        .cfi_rel_offset edx, 20
        .cfi_rel_offset ecx, 24
        .cfi_rel_offset eax, 28
        cld
        movl    $SELECTOR_KERNEL_DATA_VALUE, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %esp, %ebx
        .cfi_def_cfa_register ebx
        pushl   TRAP_FRAME_EIP(%ebx)
        pushl   TRAP_FRAME_EBP(%ebx)
        movl    %esp, %ebp
        andl    $-16, %esp              /* the ABI's alignment, which an interrupt knows nothing of */
        subl    $12, %esp
        pushl   %ebx
        .endm

/*
 * void trap_entry(void);
 *
 * Continues a stub: calls void trap_dispatch(struct trap_frame *frame), and returns.
 */
        .type   trap_entry, @function
trap_entry:
        .cfi_startproc
        cfi_interrupted
        save_registers
        call    trap_dispatch
        jmp     restore
        .cfi_endproc
        .size   trap_entry, . - trap_entry

/*
 * void system_call_entry(void);
 *
 * Continues the stub of system calls, and sysenter_entry: calls the function that trap_system_call
 * points to, with the frame, and returns.
 */
        .type   system_call_entry, @function
system_call_entry:
        .cfi_startproc
        cfi_interrupted
        save_registers
        call    *trap_system_call
restore:
        movl    %ebx, %esp
        .cfi_def_cfa_register esp
/*
 * void trap_return(void);
 *
 * ESP points to a complete struct trap_frame: go on with what it names. Entered from above, and by
 * the return of context_switch() into a new program.
 */
        .globl  trap_return
        .type   trap_return, @function
trap_return:
        cmpl    $TRAP_SYSENTER_VECTOR, TRAP_FRAME_VECTOR(%esp)
        popal                           /* skips the saved ESP; keeps the flags */
        .cfi_adjust_cfa_offset -32
        .irp    register, edi, esi, ebp, ebx, edx, ecx, eax
        .cfi_restore \register
        .endr
        popl    %gs
        .cfi_adjust_cfa_offset -4
        popl    %fs
        .cfi_adjust_cfa_offset -4
        popl    %es
        .cfi_adjust_cfa_offset -4
        popl    %ds
        .cfi_adjust_cfa_offset -4
        leal    8(%esp), %esp           /* vector and error code; keeps the flags */
        .cfi_adjust_cfa_offset -8
        je      sysenter_return
        iretl
/* Undo SYSENTER: EIP in EDX, ESP in ECX (SDM 2B, SYSEXIT). STI lets no interrupt in before it. */
sysenter_return:
        .cfi_offset esp, 0              /* always from ring 3 */
        popl    %edx                    /* eip */
        .cfi_adjust_cfa_offset -4
        .cfi_register eip, edx
        leal    8(%esp), %esp           /* cs, eflags */
        .cfi_adjust_cfa_offset -8
        popl    %ecx                    /* user_esp */
        .cfi_adjust_cfa_offset -4
        .cfi_register esp, ecx
        sti
        sysexit
        .cfi_endproc
        .size   system_call_entry, . - system_call_entry

/*
 * void sysenter_entry(void);
 *
 * Entered by SYSENTER from ring 3, with interrupts off. EDI holds the address to return to, EBP the
 * stack pointer (cairn/syscall.h). The processor has loaded CS, SS, EIP and ESP, nothing else, and
 * kept no flags; so the words that an interrupt pushes are pushed here:
 *
 *      16(%esp)  ss          } as for an interrupt from ring 3, on the kernel stack of the process
 *      12(%esp)  esp         }
 *       8(%esp)  eflags      what a program starts with
 *       4(%esp)  cs
 *       0(%esp)  eip
 *
 * DS is still the program's, perhaps null, so memory is read through SS, which SYSENTER has loaded. The
 * flags are cleared for the kernel: SYSENTER keeps NT, which would spoil the next IRET.
 */
        .globl  sysenter_entry
        .type   sysenter_entry, @function
sysenter_entry:
        .cfi_startproc
        .cfi_signal_frame
        .cfi_register eip, edi
        .cfi_register esp, ebp
        .cfi_def_cfa ebp, 0             /* there is no kernel stack yet */
        movl    %ss:segments_kernel_task + TASK_KERNEL_STACK, %esp
        .cfi_def_cfa esp, -8            /* below esp and ss, which are still to be pushed */
        pushl   $SELECTOR_USER_DATA_VALUE
        .cfi_adjust_cfa_offset 4
        pushl   %ebp
        .cfi_adjust_cfa_offset 4
        pushl   $TRAP_EFLAGS_PROGRAM
        .cfi_adjust_cfa_offset 4
        pushl   $SELECTOR_USER_CODE_VALUE
        .cfi_adjust_cfa_offset 4
        pushl   %edi
        .cfi_adjust_cfa_offset 4
        pushl   $0x2                    /* bit 1 is always set (SDM 1, 3.4.3) */
        .cfi_adjust_cfa_offset 4
        popfl
        .cfi_adjust_cfa_offset -4
        pushl   $0                      /* error code */
        .cfi_adjust_cfa_offset 4
        pushl   $TRAP_SYSENTER_VECTOR
        .cfi_adjust_cfa_offset 4
        jmp     system_call_entry
        .cfi_endproc
        .size   sysenter_entry, . - sysenter_entry

        .section .note.GNU-stack, "", @progbits
