# What each stage of the kernel is made of: the one list, read by the Makefile and through it by
# the grader. A stage N kernel consists of GIVEN_1 .. GIVEN_N, of ONLY_N, and of the student's files of
# labs 1 .. N; its programs are USER_PROGRAMS_1 .. USER_PROGRAMS_N. Adding a file to a stage means
# adding its name here.

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

# What a stage 1 kernel does when it has started.
ONLY_1 := src/kernel/start_memory.c

# The student's files of lab 2.
LAB_2     := lab2-processes
STUDENT_2 := process.c switch.S scheduler.c life.c user.c syscall.c fork.c exec.c

# The given files of lab 2.
GIVEN_2 := \
    $(addprefix src/kernel/process/, state.c stack.c clock.c initrd.c elf.c program.c init.c calls.c \
        entry.c report.c) \
    $(addprefix src/kernel/x86/, fpu.c pit.c user_copy.S user_entry.c) \
    src/kernel/memory/region.c src/kernel/start_processes.c
ONLY_2  := src/kernel/start_programs.c

# The library of programs from lab 2 on, and the programs in src/user/bin/.
USER_LIB_2 := \
    $(addprefix src/user/x86/, start.S syscall.S entry.c privileged.S) \
    $(addprefix src/user/lib/, start.c errno.c stdio.c stdlib.c malloc.c unistd.c) \
    $(addprefix src/lib/, string.c format.c random.c error.c) \
    src/kernel/x86/memory_ops.S
USER_PROGRAMS_2 := init hello family primes float relay crash ps memory count spin

# The student's files of lab 3.
LAB_3     := lab3-ipc
STUDENT_3 := handle.c endpoint.c notification.c shared.c name.c kernel_program.c delegate.c

# The given files of lab 3.
GIVEN_3 := \
    $(addprefix src/kernel/ipc/, object.c ipc.c endpoint_memory.c endpoint_order.c name_path.c well_known.c calls.c \
        message_calls.c fast_path.c services.c service_memory.c posix_calls.c) \
    $(addprefix src/kernel/x86/, program_entry.S port.c) \
    $(addprefix src/lib/, pack.c dialect.c)
ONLY_3  := src/kernel/start_ipc.c

# What lab 3 adds to the library of programs, and its programs.
USER_LIB_3 := \
    src/user/x86/message_calls.S \
    $(addprefix src/user/lib/, ipc.c server.c ring.c arguments.c) \
    $(addprefix src/lib/, pack.c dialect.c)
USER_PROGRAMS_3 := echo ping ns producer consumer jobs submit replace visit vfs posix

# The labs that exist, in order.
LABS_ALL := 1 2 3
