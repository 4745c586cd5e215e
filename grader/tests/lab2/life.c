/**
 * @file
 * Lab 2, exercise 4: do parents learn how their children ended, and is anything left behind?
 *
 * The test is PID_INIT itself, so orphans become its children. Processes end in every way there is,
 * before and after somebody waits for them; a census before and after each test shows what was
 * lost. What becomes of memory and stacks is seen from outside.
 */
#include "support.h"

#include "lib/string.h"

#define CHILDREN 12u

static const int32_t killed = EXIT_STATUS(EXIT_KILLED, 0);

/** End at once with a status. */
static void exit_with(void *status)
{
    calm();
    process_exit((int32_t)(intptr_t)status);
}

/** Sleep for some ticks, then end with their number. */
static void exit_later(void *ticks)
{
    calm();
    (void)scheduler_block(NULL, REASON_SLEEP, (uint32_t)(uintptr_t)ticks);
    process_exit(EXIT_STATUS(EXIT_NORMAL, (uintptr_t)ticks));
}

/** Wait for ever. */
static void wait_for_ever(void *queue)
{
    calm();
    (void)scheduler_block(queue, REASON_EVENT, WAIT_FOREVER);
}

static void *number(int32_t value)
{
    return (void *)(intptr_t)value;
}

KTEST(life_statuses, KTEST_PROCESSES)
{
    static const int32_t statuses[] = {
        EXIT_STATUS(EXIT_NORMAL, 0),   EXIT_STATUS(EXIT_NORMAL, 1),   EXIT_STATUS(EXIT_NORMAL, 127),
        EXIT_STATUS(EXIT_NORMAL, 128), EXIT_STATUS(EXIT_NORMAL, 255), EXIT_STATUS(EXIT_KILLED, 0),
        EXIT_STATUS(EXIT_FAULT, 0),    EXIT_STATUS(EXIT_FAULT, 14),   EXIT_STATUS(EXIT_FAULT, 31),
    };
    struct census before = census();
    ktest_part("a certain child");
    for (uint32_t i = 0; i < COUNT_OF(statuses); i++) {
        int32_t pid = launch("ends", exit_with, number(statuses[i]))->pid;
        EXPECT_ENDED(finish(pid), statuses[i], "process_wait() tells how the child ended");
    }
    ktest_part("any child");
    int32_t pids[COUNT_OF(statuses)];
    for (uint32_t i = 0; i < COUNT_OF(statuses); i++) {
        pids[i] = launch("ends", exit_with, number(statuses[i]))->pid;
    }
    for (uint32_t i = 0; i < COUNT_OF(statuses); i++) {
        int32_t status = -1;
        int32_t pid = process_wait(WAIT_ANY, &status);
        bool found = false;
        for (uint32_t k = 0; k < COUNT_OF(statuses); k++) {
            found = found || (pids[k] == pid && statuses[k] == status);
            pids[k] = pids[k] == pid ? 0 : pids[k];
        }
        EXPECT(found, "process_wait() tells each child once, with its own status");
    }
    ktest_part("a caller that does not want to know");
    int32_t pid = launch("ends", exit_with, number(3))->pid;
    EXPECT_EQUAL(process_wait(pid, NULL), pid, "the status may be NULL");
    census_expect(&before);
}

/** What a child sees of its parent. */
static void look_at_parent(void *argument)
{
    (void)argument;
    calm();
    const struct process *self = process_current();
    const struct process *parent = self->parent;
    EXPECT_EQUAL(parent->pid, PID_INIT, "the child's parent is PID_INIT, which adopted the child");
    EXPECT_EQUAL(parent->state, PROCESS_BLOCKED, "a parent that waits is blocked");
    EXPECT_EQUAL(parent->reason, REASON_CHILD, "the parent waits for a child");
    EXPECT_EQUAL(parent->waiting_for, self->pid, "waiting_for says for which");
}

KTEST(life_wait, KTEST_PROCESSES)
{
    struct census before = census();
    ktest_part("before the end");
    (void)finish(launch("looks", look_at_parent, NULL)->pid);
    uint32_t start = clock_now();
    EXPECT_ENDED(finish(launch("late", exit_later, number(20))->pid), 20,
                 "process_wait() waits for the end of the child");
    EXPECT_BETWEEN(clock_now() - start, 20, 22, "the parent is woken when the child ends");

    ktest_part("after the end");
    struct process *child = launch("early", exit_with, number(9));
    int32_t pid = child->pid;
    sleep_ticks(2);
    EXPECT_EQUAL(child->state, PROCESS_ZOMBIE, "a child that has ended is a zombie");
    EXPECT(process_find(pid) == child, "a zombie is still found");
    EXPECT_EQUAL(child->exit_status, 9, "a zombie has its exit status");
    EXPECT_EQUAL(process_count(), before.processes + 1, "a zombie is still counted");
    EXPECT_ENDED(finish(pid), 9, "process_wait() tells how it ended");
    EXPECT(process_find(pid) == NULL, "a zombie is gone once process_wait() has told its status");

    ktest_part("for one while others end");
    pid = launch("slow", exit_later, number(15))->pid;
    int32_t first = launch("quick", exit_with, number(1))->pid;
    int32_t second = launch("quick", exit_later, number(2))->pid;
    int32_t third = launch("slower", exit_later, number(25))->pid;
    EXPECT_ENDED(finish(pid), 15, "process_wait() waits for the child that was named");
    EXPECT_ENDED(finish(second), 2, "the others can still be waited for");
    EXPECT_ENDED(finish(first), 1, "the others can still be waited for");
    EXPECT_EQUAL(process_wait(WAIT_ANY, NULL), third, "the last one ends");
    census_expect(&before);
}

/** Check that there is nothing to wait for. */
static void expect_no_child(int32_t pid)
{
    int32_t status = 4711;
    EXPECT_RESULT(process_wait(pid, &status), -E_NO_CHILD, "there is no such child");
    EXPECT_EQUAL(status, 4711, "without such a child, no status is told");
}

/** Wait for processes that are not this one's children. */
static void wait_for_others(void *brother)
{
    calm();
    expect_no_child(WAIT_ANY);
    expect_no_child((int32_t)(intptr_t)brother);
    expect_no_child(process_current()->pid);
    expect_no_child(PID_INIT);
}

/** Have a child, tell its pid, and wait for it. */
static void have_child(void *pid)
{
    calm();
    *(int32_t *)pid = launch("grandchild", exit_later, number(6))->pid;
    EXPECT_ENDED(finish(*(int32_t *)pid), 6, "the grandchild belongs to its own parent");
}

/** Have a child that ends, tell its pid, and do not wait for it. */
static void keep_zombie(void *pid)
{
    calm();
    *(int32_t *)pid = launch("grandchild", exit_with, NULL)->pid;
    (void)scheduler_block(NULL, REASON_SLEEP, 8);
    EXPECT_ENDED(finish(*(int32_t *)pid), 0, "the zombie belongs to its own parent");
}

KTEST(life_wait_refused, KTEST_PROCESSES)
{
    struct census before = census();
    ktest_part("without children");
    static const int32_t numbers[] = {WAIT_ANY,  PID_IDLE,  PID_INIT, -2,
                                      INT32_MIN, INT32_MAX, 1000,     -PID_INIT - 1};
    for (uint32_t i = 0; i < COUNT_OF(numbers); i++) {
        expect_no_child(numbers[i]);
    }
    ktest_part("with children, for others");
    int32_t grandchild = 0;
    int32_t child = launch("parent", have_child, &grandchild)->pid;
    int32_t other = launch("brother", wait_for_others, number(child))->pid;
    int32_t zombie = 0;
    int32_t keeper = launch("keeper", keep_zombie, &zombie)->pid;
    sleep_ticks(3);
    expect_no_child(zombie);
    EXPECT(grandchild > 0, "there is a grandchild");
    expect_no_child(grandchild);
    sleep_ticks(8);
    expect_no_child(grandchild);
    for (uint32_t i = 1; i < COUNT_OF(numbers); i++) {
        expect_no_child(numbers[i]);
    }
    ktest_part("for a second time");
    (void)finish(child);
    expect_no_child(child);
    (void)finish(other);
    expect_no_child(other);
    (void)finish(keeper);
    expect_no_child(WAIT_ANY);
    census_expect(&before);
}

/** A family: the grandchildren of the test. */
static struct {
    struct process *members[CHILDREN];
    int32_t pids[CHILDREN]; /**< Theirs, which stay when they are gone. */
    uint32_t count;
    int32_t status; /**< With which the parent ends. */
} family;

/** Have children, some of which end, and end before waiting for them. */
static void leave_family(void *argument)
{
    (void)argument;
    calm();
    for (uint32_t i = 0; i < family.count; i++) {
        bool ends = i % 2 == 0;
        family.members[i] = launch("member", ends ? exit_with : exit_later, number(40 + (int)i));
        family.pids[i] = family.members[i]->pid;
    }
    (void)scheduler_block(NULL, REASON_SLEEP, 5);
    process_exit(family.status);
}

/** Whether a pid belongs to the family. */
static bool is_member(int32_t pid)
{
    for (uint32_t i = 0; i < family.count; i++) {
        if (family.pids[i] == pid) {
            return true;
        }
    }
    return false;
}

KTEST(life_orphans, KTEST_PROCESSES)
{
    struct census before = census();
    ktest_part("children and zombies of a process that ends");
    family.count = CHILDREN;
    family.status = 77;
    (void)finish(launch("head", leave_family, NULL)->pid);
    for (uint32_t i = 0; i < family.count; i++) {
        EXPECT(family.members[i]->parent == process_current(), "orphans are children of PID_INIT");
        EXPECT_EQUAL(family.members[i]->state, i % 2 == 0 ? PROCESS_ZOMBIE : PROCESS_SLEEPING,
                     "orphans keep their state");
    }
    EXPECT_EQUAL(process_count(), before.processes + CHILDREN, "all orphans are still there");

    ktest_part("PID_INIT waits for orphans");
    uint32_t sum = 0;
    for (uint32_t i = 0; i < CHILDREN; i++) {
        int32_t status = 0;
        int32_t pid = process_wait(WAIT_ANY, &status);
        EXPECT(pid > 0, "each orphan can be waited for");
        sum += (uint32_t)status;
    }
    EXPECT_EQUAL(sum, 40 * CHILDREN + CHILDREN * (CHILDREN - 1) / 2,
                 "each orphan has its own exit status");
    expect_no_child(WAIT_ANY);

    ktest_part("the parent is killed");
    family.count = 3;
    struct process *head = launch("head", leave_family, NULL);
    sleep_ticks(2);
    dispose(head);
    EXPECT(is_member(process_wait(WAIT_ANY, NULL)), "an orphan that had ended is told");
    EXPECT(is_member(process_wait(WAIT_ANY, NULL)), "another orphan is told");
    EXPECT(is_member(process_wait(WAIT_ANY, NULL)), "the last orphan is told");
    census_expect(&before);
}

static struct process *generations[3];

/** A process with a child that has a child. */
static void have_generations(void *level)
{
    uint32_t i = (uint32_t)(uintptr_t)level;
    calm();
    generations[i] = process_current();
    if (i < 2) {
        (void)launch("younger", have_generations, number((int32_t)i + 1));
    }
    wait_for_ever(NULL);
}

KTEST(life_generations, KTEST_PROCESSES)
{
    struct census before = census();
    ktest_part("only the children of a process move");
    (void)launch("oldest", have_generations, number(0));
    yield_times(4);
    EXPECT(generations[2]->parent == generations[1] && generations[1]->parent == generations[0],
           "each process is the child of the one before");
    dispose(generations[0]);
    EXPECT(generations[1]->parent == process_current(), "the orphan moves to PID_INIT");
    EXPECT(generations[2]->parent == generations[1], "the orphan's child stays where it is");
    int32_t pid = generations[2]->pid;
    expect_no_child(pid);
    dispose(generations[1]);
    EXPECT(generations[2]->parent == process_current(), "later it moves, too");
    dispose(generations[2]);
    EXPECT(process_find(pid) == NULL, "nothing is left of the family");

    ktest_part("they move to PID_INIT, not to their grandparents");
    (void)launch("oldest", have_generations, number(0));
    yield_times(4);
    pid = generations[1]->pid;
    EXPECT_RESULT(process_kill(pid), 0, "a process can be killed");
    EXPECT(generations[2]->parent == process_current(), "the orphan moves to PID_INIT");
    expect_no_child(pid);
    dispose(generations[2]);
    dispose(generations[0]);
    EXPECT_ENDED(finish(pid), killed, "the zombie in between becomes one of PID_INIT");
    census_expect(&before);
}

static volatile uint32_t steps;

/** Count for ever, with interrupts on. */
static void count_for_ever(void *argument)
{
    (void)argument;
    for (;;) {
        steps++;
    }
}

/** Kill itself. */
static void kill_itself(void *argument)
{
    (void)argument;
    calm();
    int result = process_kill(process_current()->pid);
    EXPECT_RESULT(result, 0, "a process can kill itself");
    EXPECT(false, "a process that kills itself does not go on");
}

KTEST(life_kill, KTEST_PROCESSES)
{
    struct census before = census();
    struct list queue;
    list_init(&queue);
    ktest_part("one that is ready");
    steps = 0;
    struct process *victim = launch("counts", count_for_ever, NULL);
    int32_t pid = victim->pid;
    burn_ticks(2 * TIME_SLICE);
    uint32_t seen = steps;
    EXPECT(seen > 0, "the victim has run before");
    EXPECT_RESULT(process_kill(pid), 0, "a process can be killed");
    EXPECT_EQUAL(victim->state, PROCESS_ZOMBIE, "a process that is killed is a zombie at once");
    burn_ticks(4 * TIME_SLICE);
    yield_times(4);
    EXPECT_EQUAL(steps, seen, "a process that was killed never runs again");
    EXPECT_ENDED(finish(pid), killed, "the status of a process that was killed says so");

    ktest_part("some that wait in a queue");
    struct process *waiters[5];
    for (uint32_t i = 0; i < 5; i++) {
        waiters[i] = launch("waits", wait_for_ever, &queue);
    }
    scheduler_yield();
    dispose(waiters[2]);
    dispose(waiters[0]);
    EXPECT(scheduler_wake_first(&queue, 0) == waiters[1], "the others keep their order");
    EXPECT(scheduler_wake_first(&queue, 0) == waiters[3], "the others keep their order");
    dispose(waiters[4]);
    EXPECT(list_is_empty(&queue), "the queue is empty");
    EXPECT_EQUAL(finish_all(), 2, "the others come to their ends");

    ktest_part("one that sleeps, and one that waits for a child");
    dispose(launch("sleeps", exit_later, number(5)));
    sleep_ticks(10);
    struct process *sleeper = launch("sleeps", exit_later, number(5));
    scheduler_yield();
    dispose(sleeper);
    sleep_ticks(10);
    victim = launch("parent", have_child, &pid);
    yield_times(2);
    dispose(victim);
    EXPECT_ENDED(finish(pid), 6,
                 "the child of a process that was killed becomes a child of PID_INIT");

    ktest_part("itself");
    EXPECT_ENDED(finish(launch("itself", kill_itself, NULL)->pid), killed,
                 "the status of a process that killed itself says so");
    census_expect(&before);
}

/** Kill somebody after a while. */
static void kill_later(void *pid)
{
    calm();
    (void)scheduler_block(NULL, REASON_SLEEP, 4);
    EXPECT_RESULT(process_kill((int32_t)(intptr_t)pid), 0, "anybody can kill");
}

KTEST(life_kill_told, KTEST_PROCESSES)
{
    struct census before = census();
    ktest_part("a parent that waits for the victim");
    int32_t victim = launch("victim", wait_for_ever, NULL)->pid;
    (void)launch("killer", kill_later, number(victim));
    EXPECT_ENDED(finish(victim), killed, "the parent is woken and told");
    EXPECT_EQUAL(finish_all(), 1, "the killer ends normally");

    ktest_part("a parent that waits for another child");
    victim = launch("victim", wait_for_ever, NULL)->pid;
    int32_t other = launch("other", exit_later, number(20))->pid;
    (void)launch("killer", kill_later, number(victim));
    uint32_t start = clock_now();
    EXPECT_ENDED(finish(other), 20, "the parent waits on");
    EXPECT_BETWEEN(clock_now() - start, 19, 22, "the parent waits until the other child ends");
    EXPECT_ENDED(finish(victim), killed, "the parent can wait for the victim afterwards");
    EXPECT_EQUAL(finish_all(), 1, "the killer ends normally");
    census_expect(&before);
}

KTEST(life_kill_refused, KTEST_PROCESSES)
{
    static const int32_t invalid[] = {PID_IDLE, PID_INIT, -1, -2, -1000, INT32_MIN};
    struct census before = census();
    ktest_part("processes that must live");
    for (uint32_t i = 0; i < COUNT_OF(invalid); i++) {
        EXPECT_RESULT(process_kill(invalid[i]), -E_INVALID,
                      "process_kill() refuses up to PID_INIT");
    }
    ktest_part("processes that do not exist");
    EXPECT_RESULT(process_kill(INT32_MAX), -E_NO_PROCESS, "there is no such process");
    EXPECT_RESULT(process_kill(30000), -E_NO_PROCESS, "there is no such process");
    struct process *victim = launch("victim", wait_for_ever, NULL);
    int32_t pid = victim->pid;
    dispose(victim);
    EXPECT_RESULT(process_kill(pid), -E_NO_PROCESS, "there is no such process any more");

    ktest_part("zombies");
    pid = launch("victim", wait_for_ever, NULL)->pid;
    EXPECT_RESULT(process_kill(pid), 0, "a process can be killed");
    EXPECT_RESULT(process_kill(pid), -E_NO_PROCESS, "a process cannot be killed twice");
    EXPECT_ENDED(finish(pid), killed, "a zombie keeps the status of its first end");
    pid = launch("ended", exit_with, number(5))->pid;
    yield_times(2);
    EXPECT_RESULT(process_kill(pid), -E_NO_PROCESS, "a zombie cannot be killed");
    EXPECT_ENDED(finish(pid), 5, "the status of a zombie stays");
    census_expect(&before);
}
