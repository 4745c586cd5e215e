# The tour backwards of lab 2, which `make tour-back LAB=2` makes; docs/tours/lab2-backwards.md is
# its page. It is made of a recording.
title The tour backwards of lab 2
boot run=family:1 poweroff

stop At the end
say The whole run has been recorded, and this is its last moment: the kernel powers off.
backtrace
console

stop Forwards to the fault
say Back to the very first instruction of the processor, and from there to the first write to a
say page that fork() has made read only.
reverse-continue
go fork_resolve
print/x fault->address
trapframe
pagewalk 0x400ff000
@python import cairn_gdb.trap
@python gdb.set_convenience_variable("write", int(cairn_gdb.trap.innermost()["eip"]))

stop The write is tried again
say fork_resolve() copies the page, and the program comes back to the same instruction; $write is
say the eip of the trap frame. It has not written yet.
finish
go *$write
pagewalk 0x400ff000
say Now it writes; the processor notes that in the entry: dirty.
stepi
pagewalk 0x400ff000

stop Backwards along a page table entry
say Who has changed this entry, and why? Backwards, the last change comes first.
set $table = ((unsigned *)((unsigned)$cr3 & ~0xfff))[0x400ff000 >> 22] & ~0xfff
set $entry = (unsigned *)($table + 4 * (0x400ff000 >> 12 & 0x3ff))
watch -l *$entry
reverse-continue
pagewalk 0x400ff000
say That was the processor itself, when the program wrote. Before it:
reverse-continue
pagewalk 0x400ff000
say That is fork_resolve(), which gives the process its copy. Before it:
reverse-continue
pagewalk 0x400ff000
backtrace
say And that is why the page was read only: the process has called fork(), and gave up its right.
delete $bpnum
