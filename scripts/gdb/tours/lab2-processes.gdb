# The tour of lab 2, which `make tour LAB=2` makes; docs/tours/lab2-processes.md is its page.
title The tour of lab 2
boot run=count,family:1

stop The first program
say The kernel has made the first process and given it the processor. Its main() begins.
go init main
print $cs & 3
processes
regions

stop A system call on its way in
say The program count wants to sleep. SYSENTER has taken it into the kernel; the backtrace leads
say from there back into the program.
go sys_sleep
backtrace
trapframe

stop Two processes, one memory
say The program family is about to have a child. Its stack is in a frame of its own.
go process_fork
pagewalk 0x400fff80
say After fork(), the same page of the parent and of the child, process 4:
finish
pagewalk 0x400fff80
pagewalk 0x400fff80 4

stop Copy on write, forwards
say Who writes first gets a copy. The parent returns from fork() and goes on to write.
go fork_resolve
backtrace 6
trapframe
finish
say Now they are two pages.
pagewalk 0x400fff80
pagewalk 0x400fff80 4

stop Who is there, and why does it wait?
say The parent waits for its children, which have never run.
go process_wait if process_running->pid == 3
processes
scheduler

stop The context switch, instruction by instruction
say The parent waits, so another process is to run: the child. This is still the parent's stack.
go context_switch
backtrace 7
set $old = $esp
while $esp <= $old && $esp > $old - 64
  stepi
end
say The last instruction changed ESP. The same function, but another stack:
backtrace
say It has been made by fork(): four registers, and an address to return to.
print *(struct switch_frame *)$esp
set $new = $esp
while $esp < $new + sizeof(struct switch_frame)
  stepi
end
print (void *)$pc == (void *)&trap_return
processes

stop Where does a process go on that does not run?
say count sleeps. What it will need is on its kernel stack, and in its memory.
stackwalk 2
memory 2 0x400fffe0 32
inside 2 backtrace
pagewalk main 2

stop The timer takes the processor away
say The child is in ring 3, and the timer interrupts it for the fifth time: its time slice is over.
go scheduler_tick if process_running->slice_used == 4
backtrace
go scheduler_run
scheduler
