/**
 * @file
 * What the tests of names, kernel-mode programs and delegation share; see service_support.h.
 *
 * It owns the hoard, which holds frames and blocks of the heap while memory is short. Blocks are
 * linked through their first words.
 */
#include "service_support.h"

#include "kernel/ipc/kernel_program.h"
#include "kernel/memory/heap.h"
#include "kernel/process/program.h"
#include "lib/format.h"

/** Words of support_spawn(). */
#define WORDS_MAX 6u

/** A block of the heap that is kept. */
struct kept {
    struct kept *next;
};

static struct hoard hoard;
static struct kept *blocks;

struct support_census support_census(void)
{
    REQUIRE(ipc_of(process_current()) != NULL, "the test can communicate");
    struct heap_stats heap = heap_stats();
    return (struct support_census){
        .frames = frames_free() + heap.mapped / PAGE_SIZE,
        .heap_blocks = heap.used_blocks,
        .objects = object_count(),
        .names = name_count(),
        .processes = process_count(),
    };
}

void support_census_expect(const struct support_census *before)
{
    const struct support_census now = support_census();
    EXPECT_EQUAL(now.processes, before->processes, "there are as many processes as before");
    EXPECT_EQUAL(now.names, before->names, "there are as many names as before");
    EXPECT_EQUAL(now.objects, before->objects, "there are as many objects as before");
    EXPECT_EQUAL(now.heap_blocks, before->heap_blocks,
                 "as many blocks of the heap are in use as before");
    EXPECT_EQUAL(now.frames, before->frames, "as many frames are free as before");
}

int32_t support_spawn(enum process_mode mode, const char *const words[WORDS_MAX])
{
    static struct program_arguments arguments;
    char path[PROGRAM_PATH_MAX];
    arguments = (struct program_arguments){0};
    for (size_t i = 0; i < WORDS_MAX && words[i] != NULL; i++) {
        REQUIRE_RESULT(program_add_argument(&arguments, words[i]), 0, "an argument fits");
    }
    (void)format_string(path, sizeof(path), "test/%s", words[0]);
    int32_t pid = mode == PROCESS_USER ? program_spawn(path, &arguments)
                                       : kernel_program_spawn(path, &arguments);
    REQUIRE(pid > 0, "a program can be started");
    return pid;
}

int32_t support_wait(int32_t pid)
{
    int32_t status = -1;
    REQUIRE(process_wait(pid, &status) == pid, "a child can be waited for");
    return status;
}

void support_kill(int32_t pid)
{
    REQUIRE_RESULT(process_kill(pid), 0, "a child can be killed");
    SUPPORT_EXPECT_STATUS(support_wait(pid), EXIT_KILLED, 0, "a child that was killed says so");
}

void support_sleep(uint32_t ticks)
{
    (void)scheduler_block(NULL, REASON_SLEEP, ticks);
}

struct process *support_process(int32_t pid)
{
    struct process *process = process_find(pid);
    REQUIRE(process != NULL, "a process that was started is there");
    return process;
}

void support_grant(int32_t pid, uint32_t privilege)
{
    struct ipc *ipc = ipc_of(support_process(pid));
    REQUIRE(ipc != NULL, "a process can communicate");
    ipc->privileges |= 1u << privilege;
}

struct process *support_launch(const char *name, void (*function)(void *), void *argument)
{
    struct process *process = NULL;
    REQUIRE_RESULT(process_create(name, PROCESS_KERNEL, &process), 0, "a process can be created");
    process_prepare(process, function, argument);
    process_adopt(process, process_current());
    REQUIRE(ipc_of(process) != NULL, "a process can communicate");
    scheduler_start(process);
    return process;
}

void support_stand(void *argument)
{
    (void)argument;
    support_calm();
    (void)scheduler_block(NULL, REASON_EVENT, WAIT_FOREVER);
}

struct endpoint *support_endpoint(struct process *owner)
{
    struct endpoint *endpoint = kmalloc(sizeof(*endpoint));
    REQUIRE(endpoint != NULL, "there is memory for an endpoint");
    endpoint_init(endpoint, owner);
    return endpoint;
}

void support_endpoint_drop(struct endpoint *endpoint)
{
    endpoint_abandon(endpoint);
    object_release(&endpoint->object);
}

void support_take_memory(void)
{
    hoard_take_all(&hoard);
    for (size_t size = PAGE_SIZE / 2; size >= sizeof(struct kept); size /= 2) {
        for (struct kept *block; (block = kmalloc(size)) != NULL;) {
            block->next = blocks;
            blocks = block;
        }
    }
}

void support_return_memory(void)
{
    while (blocks != NULL) {
        struct kept *block = blocks;
        blocks = block->next;
        kfree(block);
    }
    hoard_release_all(&hoard);
}
