/**
 * @file
 * Lab 2, exercise 4, a hidden test: random families, compared with a model.
 *
 * The test creates processes as children of each other, and kills them in random order. Its model
 * knows the parent of each, and which of them are zombies; after each step parents, lists and
 * numbers must agree, and what PID_INIT can wait for is what the model says.
 */
#include "../support.h"

#define MEMBERS 40u
/** Stands for PID_INIT in the model. */
#define NOBODY MEMBERS

/** A process, as the model has it. */
struct member {
    struct process *process; /**< NULL: there is none. */
    uint32_t parent;         /**< A member, or NOBODY: a child of PID_INIT. */
    bool zombie;
};

static struct member members[MEMBERS];

static void wait_for_ever(void *argument)
{
    (void)argument;
    calm();
    (void)scheduler_block(NULL, REASON_EVENT, WAIT_FOREVER);
}

/** A random member that is there and lives; NOBODY if the first that was looked at does not. */
static uint32_t random_living(void)
{
    uint32_t i = ktest_random_range(0, MEMBERS - 1);
    return members[i].process != NULL && !members[i].zombie ? i : NOBODY;
}

/** Create a process as the child of a random one. */
static void step_create(uint32_t i)
{
    uint32_t parent = random_living();
    struct process *process = create("member");
    process_prepare(process, wait_for_ever, NULL);
    process_adopt(process, parent == NOBODY ? process_current() : members[parent].process);
    scheduler_start(process);
    members[i] = (struct member){.process = process, .parent = parent};
    yield_times(ktest_random_range(0, 1));
}

/** Kill a process; its children and zombies become those of PID_INIT. */
static void step_kill(uint32_t i)
{
    EXPECT_RESULT(process_kill(members[i].process->pid), 0, "a member can be killed");
    members[i].zombie = true;
    for (uint32_t k = 0; k < MEMBERS; k++) {
        if (members[k].process != NULL && members[k].parent == i) {
            members[k].parent = NOBODY;
        }
    }
}

/** Wait for a zombie, as PID_INIT; the zombies of others are refused. */
static void step_wait(uint32_t i)
{
    int32_t pid = members[i].process->pid;
    int32_t status = 0;
    if (members[i].parent == NOBODY) {
        EXPECT_EQUAL(process_wait(pid, &status), pid, "a zombie of PID_INIT can be waited for");
        EXPECT_EQUAL(status, EXIT_STATUS(EXIT_KILLED, 0),
                     "the zombie's status says that the process was killed");
        members[i].process = NULL;
    } else {
        EXPECT_RESULT(process_wait(pid, &status), -E_NO_CHILD, "others' children are refused");
    }
}

/** How many links a list has. */
static uint32_t length_of(const struct list *list)
{
    uint32_t count = 0;
    for (const struct list_link *link = list_first(list); link != NULL && count < 1000;
         link = list_next(list, link)) {
        count++;
    }
    return count;
}

/** Compare what the kernel says about the children of a member, or of PID_INIT, with the model. */
static void check_family(uint32_t parent, const struct process *process)
{
    uint32_t children = 0;
    uint32_t zombies = 0;
    for (uint32_t i = 0; i < MEMBERS; i++) {
        const struct member *member = &members[i];
        if (member->process != NULL && member->parent == parent) {
            EXPECT(member->process->parent == process, "each process has its parent");
            children += !member->zombie;
            zombies += member->zombie;
        }
    }
    EXPECT_EQUAL(length_of(&process->children), children, "living children are in their list");
    EXPECT_EQUAL(length_of(&process->zombies), zombies, "zombies are in theirs");
}

KTEST(life_random_families, KTEST_PROCESSES)
{
    struct census before = census();
    for (uint32_t step = 0; step < 1500; step++) {
        uint32_t i = ktest_random_range(0, MEMBERS - 1);
        if (members[i].process == NULL) {
            step_create(i);
        } else if (members[i].zombie) {
            step_wait(i);
        } else if (ktest_random() % 2 == 0) {
            step_kill(i);
        }
        check_family(NOBODY, process_current());
        i = random_living();
        if (i != NOBODY) {
            check_family(i, members[i].process);
        }
    }
    for (uint32_t i = 0; i < MEMBERS; i++) {
        if (members[i].process != NULL && !members[i].zombie) {
            step_kill(i);
        }
    }
    (void)finish_all();
    for (uint32_t i = 0; i < MEMBERS; i++) {
        members[i] = (struct member){0};
    }
    census_expect(&before);
}
