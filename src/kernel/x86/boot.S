/*
 * The first instructions of the kernel, and the Multiboot header that makes a boot loader find it.
 *
 * The loader has put the image where the linker script says, turned on protected mode with flat
 * segments, and left paging and interrupts off (Multiboot 0.6.96, 3.2). It owns the boot stack, whose
 * place the linker script gives. It runs once, and hands over to multiboot_start() in C.
 */
#define __ASSEMBLER__ 1
#include "kernel/x86/multiboot.h"

        .set    HEADER_FLAGS, MULTIBOOT_ALIGN_MODULES | MULTIBOOT_MEMORY_INFO

/* The header: must lie in the first 8 KiB of the image; its three words add up to 0 (3.1.1). */
        .section .multiboot, "a"
        .balign 4
        .long   MULTIBOOT_HEADER_MAGIC
        .long   HEADER_FLAGS
        .long   -(MULTIBOOT_HEADER_MAGIC + HEADER_FLAGS)

/*
 * void kernel_entry(void);
 *
 * Entered by the boot loader with a magic number in EAX and the address of its information in EBX;
 * ESP means nothing yet. Makes the stack, clears bss, and calls
 * _Noreturn void multiboot_start(uint32_t magic, const struct multiboot_info *info):
 *
 *      kernel_stack_top ->
 *                 -4       0, where a caller's return address would be: the end of a backtrace
 *                 -8       0, where its frame pointer would be; EBP points here
 *                -12       info
 *                -16       magic       <- ESP, aligned to 16 bytes as the ABI demands of a call
 */
        .text
        .globl  kernel_entry
        .type   kernel_entry, @function
kernel_entry:
        cli
        cld
        movl    $kernel_stack_top, %esp
        pushl   $0
        pushl   $0
        movl    %esp, %ebp
        pushl   %ebx
        pushl   %eax

        movl    $kernel_bss_start, %edi
        movl    $kernel_bss_end, %ecx
        subl    %edi, %ecx
        shrl    $2, %ecx                /* the linker script aligns both ends to 4 bytes */
        xorl    %eax, %eax
        rep stosl

        call    multiboot_start         /* does not return */
        .size   kernel_entry, . - kernel_entry

        .section .note.GNU-stack, "", @progbits
