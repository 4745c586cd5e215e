# What each stage of the kernel is made of: the one list, read by the Makefile and through it by
# the grader. A stage N kernel consists of GIVEN_1 .. GIVEN_N and of the student's files of labs
# 1 .. N. Adding a file to a stage means adding its name here.

# The student's files of lab 1, in the folder of that name under labs/ and solutions/.
LAB_1     := lab1-memory
STUDENT_1 := frame.c paging.c space.c fault.c heap.c

# The given files of lab 1.
GIVEN_1 := \
    $(addprefix src/kernel/x86/, boot.S multiboot.c cpu.c segments.c interrupts.c descriptor.S \
        trap_entry.S trap.c double_fault.c context.S backtrace.c mmu.c memory_ops.S \
        pic.c serial.c vga.c watchdog.c power.c) \
    $(addprefix src/kernel/, main.c cmdline.c console.c trace.c panic.c symbols.c exercise.c \
        ktest.c) \
    $(addprefix src/kernel/memory/, memory.c map.c block.c heap_check.c window.c misuse.c poison.c) \
    $(addprefix src/lib/, string.c format.c random.c error.c)

# The labs that exist, in order.
LABS_ALL := 1
