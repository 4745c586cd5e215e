# The tour of lab 1, which `make tour LAB=1` makes; docs/tours/lab1-memory.md is its page.
title The tour of lab 1
boot

stop Before there are any tables
say This is the first line of C. Paging is off: an address is a place in memory, whatever is there.
go kernel_main
pagewalk kernel_main
print $cr0

stop Every frame is counted
say frame_init() has read the memory map. From now on every frame has an owner, or is free.
go space_init
frames

stop The first page walk
say space_init() has built a page directory, and mmu_enable() is about to turn paging on. The
say processor will fetch the next instruction through these tables, or not at all. First by hand:
say the directory's entry, then the table's.
go mmu_enable
print/x directory
print/x *(unsigned *)(directory + 4 * (0x100000 >> 22))
print/x *(unsigned *)(($ & ~0xfff) + 4 * (0x100000 >> 12 & 0x3ff))
say And by a command, before and after the processor begins to do the same.
pagewalk 0x100000 directory
finish
print $cr0
pagewalk 0x100000

stop What is missing on purpose
say A null pointer must not lead anywhere, and a stack that is full must not run into other data.
pagewalk 0
pagewalk kernel_stack_guard
pagemap

stop The first page fault
say The kernel touches a page that a region promises and that is not there yet. The processor has
say left the instruction in the middle, and asks.
go fault_resolve
backtrace 6
trapframe
regions
pagewalk 0x40000000
say fault_resolve() answers by mapping a frame of zeros; then the instruction is tried again.
finish
pagewalk 0x40000000

stop The TLB before and after an invalidation
say The instruction has written its word. The processor reads it again, and so remembers the
say translation in its TLB.
watch *(unsigned *)0x40000000
continue
delete $bpnum
set $read = $pc
x/i $pc
stepi
print $eax
say Now GDB changes the page table behind its back: the page leads to the kernel's first frame.
set $entry = (unsigned *)(((unsigned *)((unsigned)$cr3 & ~0xfff))[256] & ~0xfff)
set $kept = *$entry
set var *$entry = 0x100001
pagewalk 0x40000000
x/xw 0x40000000
say GDB walks the tables each time. The processor does not: the same read again.
set $pc = $read
stepi
print/x $eax
say After INVLPG it must walk, too.
call tlb_invalidate(0x40000000)
set $pc = $read
stepi
print/x $eax
say Everything is put back. The kernel goes on and has not noticed.
set var *$entry = $kept
call tlb_invalidate(0x40000000)
set $pc = $read

stop A block of the heap, and its end
say kmalloc() has given away 100 bytes, and kfree() is about to take them back.
go kfree
heap
finish
heap
go cpu_idle
console
