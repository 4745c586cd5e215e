/**
 * @file
 * Lab 3, exercise 6: programs that run in ring 0.
 *
 * The tests start programs of the folder programs/ in ring 0, look at how they begin and at the
 * machine while they run, and let them do what programs of ring 3 do. Whatever such a program holds
 * must come back when it ends. The file owns no state.
 */
#include "service_support.h"

#include "kernel/ipc/kernel_program.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/paging.h"
#include "kernel/process/program.h"
#include "kernel/process/switch.h"
#include "kernel/x86/program_entry.h"
#include "lib/string.h"

KTEST(kernel_program_begins, KTEST_NAMES)
{
    const struct support_census before = support_census();
    ktest_part("the registers of a program that has not run yet");
    int32_t pid = SUPPORT_SPAWN(PROCESS_KERNEL, "kernel_work", "exit", "42");
    const struct process *process = support_process(pid);
    const struct switch_frame *frame = (const struct switch_frame *)process->kernel_esp;
    EXPECT_EQUAL(process->mode, PROCESS_KERNEL, "the mode of the program is PROCESS_KERNEL");
    EXPECT(process->space != &kernel_space, "the program has a space of its own");
    REQUIRE_BETWEEN(process->kernel_esp, process->stack_top - KERNEL_STACK_SIZE / 2,
                    process->stack_top - sizeof(*frame),
                    "a switch frame lies near the end of its kernel stack");
    EXPECT_EQUAL(frame->eip, (uintptr_t)program_entry, "context_switch() returns to program_entry");
    EXPECT_EQUAL(frame->ebx, (uintptr_t)&kernel_services, "EBX holds the table of services");
    EXPECT_BETWEEN(frame->esi, USER_STACK_TOP - PAGE_SIZE, USER_STACK_TOP - 16,
                   "ESI holds the address of argc");
    EXPECT_BETWEEN(frame->edi, USER_PROGRAM_BASE, process->heap_start - 1,
                   "EDI holds the address of the first instruction");

    ktest_part("arguments and exit status");
    SUPPORT_EXPECT_STATUS(support_wait(pid), EXIT_NORMAL, 42,
                          "the program's exit status is what it passed");
    SUPPORT_EXPECT_SUCCESS(
        SUPPORT_RUN(PROCESS_KERNEL, "kernel_work", "args", "", "two words", "x=1"),
        "the program finds its arguments, its name and its mode");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_USER, "kernel_work", "args", "", "two words", "x=1"),
                           "the same program runs in ring 3");

    ktest_part("programs that cannot be started");
    static struct program_arguments arguments;
    EXPECT_RESULT(kernel_program_spawn("no/program", &arguments), -E_NOT_FOUND,
                  "a program that is not there cannot be started");
    support_take_memory();
    int result = kernel_program_spawn("test/kernel_work", &arguments);
    support_return_memory();
    EXPECT_RESULT(result, -E_NO_MEMORY, "no program can be started without memory");
    support_census_expect(&before);
}

/** Put a number into words that a program is given. */
static const char *in_digits(char text[16], uint32_t number)
{
    (void)format_string(text, 16, "%u", number);
    return text;
}

KTEST(kernel_program_ring, KTEST_NAMES)
{
    static const char tag[] = "inside_program";
    char function[16];
    char name[16];
    const struct support_census before = support_census();
    ktest_part("a program that was preempted, seen from outside");
    int32_t pid = SUPPORT_SPAWN(PROCESS_KERNEL, "kernel_work", "spin");
    const struct process *process = support_process(pid);
    support_sleep(20);
    EXPECT(process->ticks >= 10, "the program works while the first process sleeps");
    ktest_inspect("preempted_program", process->kernel_esp, process->stack_top,
                  virt_to_phys(process->space->directory), process->heap_start);
    support_kill(pid);

    ktest_part("a program that calls the kernel, seen from outside");
    pid = SUPPORT_SPAWN(PROCESS_KERNEL, "kernel_work", "look",
                        in_digits(function, (uint32_t)(uintptr_t)ktest_inspect),
                        in_digits(name, (uint32_t)(uintptr_t)tag));
    SUPPORT_EXPECT_SUCCESS(support_wait(pid), "a program in ring 0 can call a function");
    support_census_expect(&before);
}

KTEST(kernel_program_schedule, KTEST_NAMES)
{
    int32_t pids[4];
    const struct support_census before = support_census();
    ktest_part("programs of both rings take turns");
    for (uint32_t i = 0; i < COUNT_OF(pids); i++) {
        pids[i] = SUPPORT_SPAWN(i % 2 == 0 ? PROCESS_KERNEL : PROCESS_USER, "kernel_work", "spin");
    }
    support_sleep(200);
    for (uint32_t i = 0; i < COUNT_OF(pids); i++) {
        EXPECT_BETWEEN(support_process(pids[i])->ticks, 35, 65,
                       "each of four gets a quarter of 200 ticks");
        EXPECT_EQUAL(support_process(pids[i])->slice_used <= TIME_SLICE, true,
                     "each of four gets no more than a time slice at once");
    }

    ktest_part("they can be killed, and there are many");
    for (uint32_t i = 0; i < COUNT_OF(pids); i++) {
        support_kill(pids[i]);
    }
    for (uint32_t i = 0; i < 20; i++) {
        SUPPORT_EXPECT_STATUS(SUPPORT_RUN(PROCESS_KERNEL, "kernel_work", "exit", "7"), EXIT_NORMAL,
                              7, "one after the other ends");
    }
    support_census_expect(&before);
}

/** Run several programs of both rings at once. */
static void run_together(const char *part, const char *what)
{
    static const char *const numbers[] = {"11", "222", "3333", "44444"};
    int32_t pids[COUNT_OF(numbers)];
    for (uint32_t i = 0; i < COUNT_OF(numbers); i++) {
        pids[i] =
            SUPPORT_SPAWN(i == 1 ? PROCESS_USER : PROCESS_KERNEL, "kernel_work", part, numbers[i]);
    }
    for (uint32_t i = 0; i < COUNT_OF(numbers); i++) {
        (void)check_exit_status(KTEST_CHECK(what, false), support_wait(pids[i]),
                                EXIT_STATUS(EXIT_NORMAL, 0));
    }
}

KTEST(kernel_program_memory, KTEST_NAMES)
{
    const struct support_census before = support_census();
    ktest_part("memory that comes when it is touched");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_KERNEL, "kernel_work", "heap", "5"),
                           "data, zeroed data and heap are there in ring 0");
    ktest_part("programs at the same addresses");
    run_together("heap", "each program finds what it has written itself");
    ktest_part("floating-point registers");
    run_together("float", "each program finds its own numbers");
    support_census_expect(&before);
}

KTEST(kernel_program_calls, KTEST_NAMES)
{
    const struct support_census before = support_census();
    ktest_part("results");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_KERNEL, "kernel_calls", "results"),
                           "calls act in ring 0 as they do in ring 3");
    ktest_part("errors");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_KERNEL, "kernel_calls", "errors"),
                           "calls that fail say so, as in ring 3");
    ktest_part("the interrupt flag");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_KERNEL, "kernel_calls", "flag"),
                           "the interrupt flag is afterwards what it was before");
    support_census_expect(&before);
}

KTEST(kernel_program_read, KTEST_NAMES)
{
    const struct support_census before = support_census();
    ktest_part("the memory of another process");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_KERNEL, "kernel_spaces", "read"),
                           "read_space() reads all sizes, and pages that are not there yet");
    ktest_part("interrupts meanwhile");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_KERNEL, "kernel_devices", "long"),
                           "the clock goes on while a megabyte is copied");
    ktest_part("others meanwhile");
    int32_t worker = SUPPORT_SPAWN(PROCESS_USER, "kernel_work", "spin");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_KERNEL, "kernel_spaces", "often"),
                           "a copy reads the right space also if others run in between");
    support_kill(worker);
    support_census_expect(&before);
}

KTEST(kernel_program_write, KTEST_NAMES)
{
    const struct support_census before = support_census();
    ktest_part("the memory of another process");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_KERNEL, "kernel_spaces", "write"),
                           "write_space() writes there, and nowhere else");
    ktest_part("memory that is shared since a fork");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_KERNEL, "kernel_spaces", "shared"),
                           "the other process that shares it does not see what is written");
    support_census_expect(&before);
}

KTEST(kernel_program_bad_addresses, KTEST_NAMES)
{
    const struct support_census before = support_census();
    ktest_part("addresses of no program, and processes that are gone");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_KERNEL, "kernel_spaces", "errors"),
                           "bad addresses and processes that are gone are refused");
    ktest_part("the end of the user half");
    uint8_t bytes[32] = {0};
    int32_t pid = SUPPORT_SPAWN(PROCESS_USER, "kernel_work", "spin");
    physaddr_t frame = frame_alloc();
    REQUIRE(frame != FRAME_NONE, "a frame is free");
    REQUIRE_RESULT(paging_map(support_process(pid)->space->directory, USER_END - PAGE_SIZE, frame,
                              PTE_USER | PTE_WRITE),
                   0, "the last page of the user half can be mapped");
    EXPECT_RESULT(service_read_space(pid, bytes, USER_END - 16, 16), 0,
                  "the last bytes of the user half can be read");
    EXPECT_RESULT(service_read_space(pid, bytes, USER_END - 16, 32), -E_FAULT,
                  "the bytes behind the user half, which are the kernel's, cannot be read");
    EXPECT_RESULT(service_write_space(pid, USER_END - 16, bytes, 16), 0,
                  "the last bytes of the user half can be written");
    support_kill(pid);
    support_census_expect(&before);
}

KTEST(kernel_program_sleep, KTEST_NAMES)
{
    char digits[16];
    const struct support_census before = support_census();
    int32_t sleeper = SUPPORT_SPAWN(PROCESS_KERNEL, "kernel_devices", "sleep");
    SUPPORT_EXPECT_SUCCESS(
        SUPPORT_RUN(PROCESS_KERNEL, "kernel_devices", "wake", in_digits(digits, (uint32_t)sleeper)),
        "wake() wakes who sleeps by sleep(), and nobody else");
    SUPPORT_EXPECT_SUCCESS(support_wait(sleeper), "sleep() says how it ended");
    /* Processes that wait for something else stay asleep. */
    struct process *other = support_launch("other", support_stand, NULL);
    support_sleep(2);
    EXPECT_RESULT(service_wake(other->pid), 0, "a process that waits for an event is woken");
    SUPPORT_EXPECT_STATUS(support_wait(other->pid), EXIT_NORMAL, 0,
                          "a process that was woken goes on");
    int32_t server = SUPPORT_SPAWN(PROCESS_USER, "names_server", "wait");
    support_sleep(5);
    EXPECT_EQUAL(support_process(server)->state, PROCESS_SLEEPING, "a program sleeps for a time");
    EXPECT_RESULT(service_wake(server), -E_AGAIN,
                  "wake() is not for a program that sleeps for a time");
    EXPECT_EQUAL(support_process(server)->state, PROCESS_SLEEPING,
                 "a program that sleeps for a time sleeps on");
    support_kill(server);
    int32_t receiver = SUPPORT_SPAWN(PROCESS_KERNEL, "kernel_devices", "hold");
    support_sleep(10);
    EXPECT_EQUAL(support_process(receiver)->reason, REASON_RECEIVE, "a server waits for messages");
    EXPECT_RESULT(service_wake(receiver), -E_AGAIN,
                  "wake() is not for a server that waits for messages, either");
    EXPECT_EQUAL(support_process(receiver)->state, PROCESS_BLOCKED,
                 "a server that waits for messages waits on");
    support_kill(receiver);
    support_census_expect(&before);
}

KTEST(kernel_program_services, KTEST_NAMES)
{
    const struct support_census before = support_census();
    ktest_part("pages");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_KERNEL, "kernel_devices", "pages"),
                           "pages are zeroed, and given back");
    support_census_expect(&before);
    ktest_part("interrupts and ports");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_KERNEL, "kernel_devices", "interrupts"),
                           "the interrupts of a clock arrive as a notification");
    ktest_part("devices");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_KERNEL, "kernel_devices", "memory"),
                           "devices can be reached");
    support_census_expect(&before);
}

KTEST(kernel_program_privilege, KTEST_NAMES)
{
    const struct support_census before = support_census();
    ktest_part("whoever was not given the privilege");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_USER, "kernel_spawn", "refused"),
                           "a program must not start others in ring 0");
    ktest_part("whoever was given it");
    int32_t pid = SUPPORT_SPAWN(PROCESS_USER, "kernel_spawn", "allowed");
    SUPPORT_EXPECT(support_system(SYS_GRANT, (uint32_t)pid, PRIVILEGE_KERNEL, 0, 0), 0,
                   "the first process can grant it");
    SUPPORT_EXPECT_SUCCESS(support_wait(pid),
                           "a program that was given the right may start programs in ring 0");
    SUPPORT_EXPECT(support_system(SYS_GRANT, (uint32_t)pid, PRIVILEGE_KERNEL, 0, 0), -E_NO_PROCESS,
                   "nobody is no process");
    support_census_expect(&before);
}

KTEST(kernel_program_ends, KTEST_NAMES)
{
    const struct support_census before = support_census();
    ktest_part("killed with one of everything");
    for (uint32_t i = 0; i < 3; i++) {
        int32_t pid = SUPPORT_SPAWN(PROCESS_KERNEL, "kernel_devices", "hold");
        support_sleep(10 + i);
        EXPECT_EQUAL(name_count(), before.names + 1, "the program has registered a name");
        support_kill(pid);
        support_census_expect(&before);
    }
    ktest_part("killed at any time");
    for (uint32_t i = 0; i < 40; i++) {
        static const char *const parts[] = {"pages", "interrupts", "long", "hold"};
        int32_t pid = SUPPORT_SPAWN(PROCESS_KERNEL, "kernel_devices", parts[i % 4]);
        if (i % 3 != 0) {
            support_sleep(ktest_random_range(1, 6));
        }
        if (support_process(pid)->state != PROCESS_ZOMBIE) {
            REQUIRE_RESULT(process_kill(pid), 0, "a program in ring 0 can be killed");
        }
        (void)support_wait(pid);
    }
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_KERNEL, "kernel_devices", "interrupts"),
                           "what they had can be had again");
    support_census_expect(&before);
}
