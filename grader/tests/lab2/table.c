/**
 * @file
 * Lab 2, exercise 1: does the process table hand out whole processes, and find them again?
 *
 * Processes are created and released, but none ever runs. What process_create() promises is looked
 * at field by field; the grader looks at the stacks from outside. The table is filled up, and
 * memory is used up; afterwards everything must be as before.
 */
#include "table.h"

#include "support.h"

#include "kernel/main.h"
#include "kernel/memory/heap.h"
#include "kernel/process/stack.h"
#include "lib/string.h"

/** Processes that a test holds at the same time, at most; a table of the machine fits in. */
#define CROWD 1100u
/** Pids that must not come back while so many others are free. */
#define RECENT 256u

static struct process *first_process;
static struct process *crowd[CROWD];
/** The ends of stacks that the grader looks at. */
static uint32_t stack_tops[CROWD];

void table_begin(void)
{
    if (first_process == NULL) {
        fpu_init();
        kernel_stacks_init(&boot_information()->memory);
        process_init_idle();
        process_table_init();
        first_process = create("first");
    }
}

struct process *table_first(void)
{
    return first_process;
}

/** Create processes into the crowd, from place @p from up to place @p to. */
static void crowd_grow(uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        crowd[i] = create("crowd");
    }
}

/** Release the processes of the crowd from place @p from up to place @p to, in random order. */
static void crowd_shrink(uint32_t from, uint32_t to)
{
    for (uint32_t end = to; end > from; end--) {
        uint32_t i = ktest_random_range(from, end - 1);
        process_release(crowd[i]);
        crowd[i] = crowd[end - 1];
    }
}

/** Look at everything that must be in its first state. */
static void expect_untouched(const struct process *process)
{
    static struct fpu_state fresh;
    fpu_reset(&fresh);
    EXPECT_EQUAL(process->state, PROCESS_NEW, "the state of a new process is PROCESS_NEW");
    EXPECT(!list_contains(&process->queue_link), "a new process is in no queue");
    EXPECT(!list_contains(&process->timer_link), "a new process does not wait for a time");
    EXPECT(!list_contains(&process->family_link), "a new process is in no list of children");
    EXPECT(list_is_empty(&process->children), "a new process has no children");
    EXPECT(list_is_empty(&process->zombies), "a new process has no zombies");
    EXPECT(process->space == &kernel_space, "a new process is in the kernel's space");
    EXPECT(process->program == NULL, "a new process has no program");
    EXPECT_EQUAL(process->ticks, 0, "a new process has not run for a tick yet");
    EXPECT(memcmp(&process->fpu, &fresh, sizeof(fresh)) == 0,
           "the floating-point registers of a new process are those of fpu_reset()");
}

KTEST(table_create_identity, KTEST_HEAP)
{
    static const char long_name[] = "a-name-that-does-not-fit";
    char name[] = "short";
    struct process *process = NULL;
    table_begin();
    struct census before = census();
    ktest_part("name, mode and personality");
    REQUIRE_RESULT(process_create(name, PROCESS_USER, &process), 0, "a process can be created");
    memset(name, 'x', sizeof(name));
    EXPECT(strcmp(process->name, "short") == 0, "the name is copied");
    EXPECT_EQUAL(process->mode, PROCESS_USER, "the mode is the one that was asked for");
    EXPECT_EQUAL(process->personality, PERSONALITY_NATIVE, "the personality is the native one");
    process_release(process);

    ktest_part("a name that does not fit");
    process = create(long_name);
    EXPECT_EQUAL(process->mode, PROCESS_KERNEL, "the mode is the one that was asked for");
    EXPECT_EQUAL(strlen(process->name), PROCESS_NAME_MAX - 1, "a long name is cut to fit");
    EXPECT(strncmp(process->name, long_name, PROCESS_NAME_MAX - 1) == 0,
           "what is left of the name is its beginning");
    process_release(process);
    census_expect(&before);
}

KTEST(table_create_fields, KTEST_HEAP)
{
    table_begin();
    ktest_part("a new process");
    crowd_grow(0, 8);
    for (uint32_t i = 0; i < 8; i++) {
        expect_untouched(crowd[i]);
    }
    ktest_part("a process in memory that another one has used");
    for (uint32_t i = 0; i < 8; i++) {
        struct process *used = crowd[i];
        used->ticks = 77;
        used->state = PROCESS_ZOMBIE;
        memset(&used->fpu, 0x55, sizeof(used->fpu));
        process_release(used);
    }
    crowd_grow(0, 8);
    for (uint32_t i = 0; i < 8; i++) {
        expect_untouched(crowd[i]);
    }
    crowd_shrink(0, 8);
}

/** Check where a stack is, and fill it with words of its own. */
static void fill_stack(const struct process *process)
{
    EXPECT_BETWEEN(process->stack_top, KERNEL_STACKS_START + KERNEL_STACK_STRIDE, KERNEL_STACKS_END,
                   "the stack lies in the window of kernel stacks");
    EXPECT_EQUAL(process->stack_top % KERNEL_STACK_STRIDE, 0,
                 "stack_top is what kernel_stack_end() says");
    for (uint32_t offset = 4; offset <= KERNEL_STACK_SIZE; offset += 4) {
        *(volatile uint32_t *)(process->stack_top - offset) = process->stack_top + offset;
    }
}

/** Whether a stack still holds what fill_stack() put there. */
static bool stack_intact(const struct process *process)
{
    for (uint32_t offset = 4; offset <= KERNEL_STACK_SIZE; offset += 4) {
        if (*(volatile uint32_t *)(process->stack_top - offset) != process->stack_top + offset) {
            return false;
        }
    }
    return true;
}

/** Let the grader look at the stacks of the first @p count processes of the crowd. */
static void inspect_stacks(uint32_t count)
{
    stack_tops[0] = first_process->stack_top;
    for (uint32_t i = 0; i < count; i++) {
        stack_tops[i + 1] = crowd[i]->stack_top;
    }
    ktest_inspect("stacks", virt_to_phys(kernel_space.directory), virt_to_phys(stack_tops),
                  count + 1, 0);
}

KTEST(table_stacks, KTEST_HEAP)
{
    table_begin();
    ktest_part("each process has a stack of its own");
    crowd_grow(0, 24);
    for (uint32_t i = 0; i < 24; i++) {
        fill_stack(crowd[i]);
    }
    for (uint32_t i = 0; i < 24; i++) {
        EXPECT(stack_intact(crowd[i]), "no two stacks overlap");
    }
    inspect_stacks(24);

    ktest_part("the stack goes with the process");
    crowd_shrink(8, 24);
    inspect_stacks(8);
    for (uint32_t i = 0; i < 8; i++) {
        EXPECT(stack_intact(crowd[i]), "a released process takes no other stack with it");
    }
    crowd_shrink(0, 8);
    inspect_stacks(0);
}

/** Whether one of the first @p count pids is this one. */
static bool is_among(const int32_t *pids, uint32_t count, int32_t pid)
{
    for (uint32_t i = 0; i < count; i++) {
        if (pids[i] == pid) {
            return true;
        }
    }
    return false;
}

/** Whether a living process of the crowd, other than that at place @p self, has this pid. */
static bool is_taken(uint32_t count, uint32_t self, int32_t pid)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i != self && crowd[i]->pid == pid) {
            return true;
        }
    }
    return pid == first_process->pid;
}

KTEST(table_pids, KTEST_HEAP)
{
    static int32_t recent[RECENT];
    const uint32_t count = 200;
    table_begin();
    ktest_part("the first process");
    EXPECT_EQUAL(first_process->pid, PID_INIT, "the first process gets PID_INIT");

    ktest_part("every process has a pid of its own");
    crowd_grow(0, count);
    for (uint32_t i = 0; i < count; i++) {
        EXPECT(crowd[i]->pid > PID_INIT, "a pid is positive");
        EXPECT(!is_taken(i, i, crowd[i]->pid), "no two processes have the same pid");
    }
    ktest_part("a pid is not given again while many others are free");
    for (uint32_t i = 0; i < 3 * RECENT; i++) {
        uint32_t place = ktest_random_range(0, count - 1);
        recent[i % RECENT] = crowd[place]->pid;
        process_release(crowd[place]);
        crowd[place] = create("next");
        uint32_t known = i < RECENT ? i + 1 : RECENT;
        REQUIRE(!is_among(recent, known, crowd[place]->pid), "a pid rests after its process");
        REQUIRE(!is_taken(count, place, crowd[place]->pid), "no two processes have the same pid");
    }
    crowd_shrink(0, count);
}

/** What a search finds is nothing, or a process of this very pid. */
static void expect_no_other(int32_t pid)
{
    const struct process *found = process_find(pid);
    EXPECT(found == NULL || found->pid == pid, "process_find() finds no process of another pid");
}

KTEST(table_find, KTEST_HEAP)
{
    static const int32_t garbage[] = {
        0, -1, -2, INT32_MIN, INT32_MIN + 1, 1000, INT32_MAX, 0x7FFF0000, (int32_t)0xC0000000};
    int32_t stale[32];
    table_begin();
    ktest_part("processes that are there");
    crowd_grow(0, 32);
    for (uint32_t i = 0; i < 32; i++) {
        EXPECT(process_find(crowd[i]->pid) == crowd[i], "process_find() finds every process");
    }
    EXPECT(process_find(first_process->pid) == first_process, "process_find() finds the first one");

    ktest_part("any other number");
    for (uint32_t i = 0; i < COUNT_OF(garbage); i++) {
        expect_no_other(garbage[i]);
    }
    EXPECT(process_find(PID_IDLE) == NULL, "the idle process is in no table");
    for (uint32_t i = 0; i < 32; i++) {
        expect_no_other(-crowd[i]->pid);
        expect_no_other(crowd[i]->pid + (int32_t)kernel_stack_slots());
        expect_no_other((int32_t)((uint32_t)crowd[i]->pid + 0x10000u));
        expect_no_other((int32_t)ktest_random());
    }

    ktest_part("the pid of a process that is gone");
    for (uint32_t i = 0; i < 32; i++) {
        stale[i] = crowd[i]->pid;
    }
    crowd_shrink(0, 32);
    for (uint32_t i = 0; i < 32; i++) {
        EXPECT(process_find(stale[i]) == NULL, "a released process is not found");
    }
    crowd_grow(0, 32);
    for (uint32_t i = 0; i < 32; i++) {
        EXPECT(process_find(stale[i]) == NULL, "a pid that is gone finds no later process");
    }
    crowd_shrink(0, 32);
}

/** Step through the table and count how often each process of the crowd is met. */
static void expect_all_met(uint32_t count)
{
    uint32_t met = 0;
    uint32_t strangers = 0;
    uint32_t index = 0;
    for (struct process *process; (process = process_next(&index)) != NULL; met++) {
        bool known = process == first_process;
        for (uint32_t i = 0; i < count; i++) {
            known = known || crowd[i] == process;
        }
        strangers += !known;
        REQUIRE(met <= CROWD, "process_next() comes to an end");
    }
    EXPECT_EQUAL(met, count + 1, "process_next() shows each process once");
    EXPECT_EQUAL(strangers, 0, "process_next() shows nothing but processes that are there");
    EXPECT_EQUAL(process_count(), count + 1, "process_count() counts the processes");
    EXPECT(process_next(&index) == NULL, "at the end, process_next() stays there");
}

KTEST(table_next, KTEST_HEAP)
{
    table_begin();
    ktest_part("stepping through the table");
    expect_all_met(0);
    crowd_grow(0, 40);
    expect_all_met(40);
    crowd_shrink(15, 40);
    expect_all_met(15);
    crowd_grow(15, 20);
    expect_all_met(20);

    ktest_part("a process that is released on the way");
    uint32_t index = 0;
    for (struct process *process; (process = process_next(&index)) != NULL;) {
        if (process != first_process) {
            process_release(process);
        }
    }
    expect_all_met(0);
}

/** Check that creating a process is refused, and that nothing has changed. */
static void expect_refused(int error)
{
    struct census before = census();
    struct process *process = (struct process *)&before;
    EXPECT_RESULT(process_create("refused", PROCESS_KERNEL, &process), error,
                  "process_create() says why there is no process");
    EXPECT(process == (struct process *)&before, "there is no process to tell of");
    census_expect(&before);
}

/** Fill the table with processes from place @p count on. @return how many there are then. */
static uint32_t fill_table(uint32_t count)
{
    struct process *process;
    while (count < CROWD && process_create("full", PROCESS_KERNEL, &process) == 0) {
        crowd[count++] = process;
    }
    return count;
}

KTEST(table_full, KTEST_HEAP)
{
    table_begin();
    struct census before = census();
    ktest_part("as many processes as kernel stacks");
    uint32_t count = fill_table(0);
    REQUIRE_EQUAL(count + 1, kernel_stack_slots(), "the table has an entry for each kernel stack");
    EXPECT_EQUAL(process_count(), count + 1, "process_count() counts the processes");
    expect_refused(-E_AGAIN);
    inspect_stacks(count);

    ktest_part("entries that become free");
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t place = ktest_random_range(0, count - 1);
        int32_t old_pid = crowd[place]->pid;
        process_release(crowd[place]);
        crowd[place] = create("again"); /* the only entry that is free */
        EXPECT(process_find(crowd[place]->pid) == crowd[place], "the new process is found");
        EXPECT(process_find(old_pid) == NULL,
               "the pid of a process that is gone does not find the one that has its entry now");
    }
    expect_refused(-E_AGAIN);
    crowd_shrink(count / 3, count);
    count = fill_table(count / 3);
    EXPECT_EQUAL(count + 1, kernel_stack_slots(), "every entry can be used again");

    ktest_part("an empty table again");
    crowd_shrink(0, count);
    EXPECT_EQUAL(process_count(), 1, "process_count() counts the processes");
    crowd_grow(0, 3);
    crowd_shrink(0, 3);
    inspect_stacks(0);
    census_expect(&before);
}

/** Blocks that fill the heap, linked through their first words. */
struct filling {
    struct filling *next;
};

/** Use up what the heap has mapped; no frame may be free. */
static struct filling *fill_heap(void)
{
    struct filling *first = NULL;
    for (uint32_t size = 65536; size >= 16; size /= 2) {
        for (struct filling *block; (block = kmalloc(size)) != NULL;) {
            block->next = first;
            first = block;
        }
    }
    return first;
}

static void empty_heap(struct filling *first)
{
    while (first != NULL) {
        struct filling *next = first->next;
        kfree(first);
        first = next;
    }
}

/** Create with @p frames free frames. @return whether that sufficed. */
static bool try_with(struct hoard *hoard, uint32_t frames)
{
    hoard_release(hoard, frames);
    struct census before = census();
    struct process *process = NULL;
    int error = process_create("short", PROCESS_KERNEL, &process);
    if (error == 0) {
        process_release(process);
    } else {
        EXPECT_RESULT(error, -E_NO_MEMORY, "process_create() says that memory is short");
        EXPECT(process == NULL, "there is no process to tell of");
    }
    census_expect(&before);
    hoard_take_all(hoard);
    return error == 0;
}

KTEST(table_no_memory, KTEST_HEAP)
{
    struct hoard hoard = {0};
    table_begin();
    process_release(create("before"));
    struct census before = census();
    ktest_part("nothing is free");
    hoard_take_all(&hoard);
    struct filling *filling = fill_heap();
    for (uint32_t i = 0; i < kernel_stack_slots() + 10; i++) {
        REQUIRE(!try_with(&hoard, 0), "without memory there is no process");
    }
    ktest_part("almost nothing is free");
    uint32_t frames = 1;
    while (frames < 64 && !try_with(&hoard, frames)) {
        frames++;
    }
    EXPECT_BETWEEN(frames, 2, 63, "a few frames suffice for a process");

    ktest_part("the heap has room, but there is none for a stack");
    empty_heap(filling);
    for (uint32_t i = 0; i < kernel_stack_slots() + 10; i++) {
        REQUIRE(!try_with(&hoard, i % 2), "a stack needs two frames");
    }
    EXPECT(try_with(&hoard, 2), "with two frames there is a stack");

    ktest_part("memory is back");
    hoard_release_all(&hoard);
    process_release(create("after"));
    census_expect(&before);
}

/** What operations cost, without what the memory costs. */
struct costs {
    uint32_t create;
    uint32_t find;
    uint32_t release;
};

/** Measure, with @p count processes in the crowd. */
static struct costs measure(uint32_t count)
{
    uint32_t create_costs[SAMPLES];
    uint32_t find_costs[SAMPLES];
    uint32_t release_costs[SAMPLES];
    for (uint32_t i = 0; i < SAMPLES; i++) {
        struct memory_costs memory = memory_costs();
        struct process *process = crowd[i * (count - 1) / (SAMPLES - 1)];
        uint64_t start = cpu_timestamp();
        const struct process *found = process_find(process->pid);
        find_costs[i] = time_since(start);
        EXPECT(found == process, "process_find() finds every process");
        start = cpu_timestamp();
        process = create("measured");
        create_costs[i] = cost_without(time_since(start), memory.allocate);
        start = cpu_timestamp();
        process_release(process);
        release_costs[i] = cost_without(time_since(start), memory.release);
    }
    return (struct costs){median(create_costs), median(find_costs), median(release_costs)};
}

KTEST(table_costs, KTEST_HEAP)
{
    table_begin();
    crowd_grow(0, 10);
    struct costs few = measure(10);
    crowd_grow(10, 1000);
    struct costs many = measure(1000);
    EXPECT_SAME_COST(few.create, many.create,
                     "process_create() costs as much with 1,000 processes as with 10");
    EXPECT_SAME_COST(few.find, many.find,
                     "process_find() costs as much with 1,000 processes as with 10");
    EXPECT_SAME_COST(few.release, many.release,
                     "process_release() costs as much with 1,000 processes as with 10");
    crowd_shrink(0, 1000);
}
