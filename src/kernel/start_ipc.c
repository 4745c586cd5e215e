/**
 * @file
 * The end of a lab 3 kernel's start: processes that communicate.
 *
 * See start.h and start_processes.c. It owns no state. Each part is tried once before the first
 * program, in the order of the exercises, so that one that is missing is named before it is
 * needed; tests do that themselves.
 */
#include "kernel/start.h"

#include "kernel/console.h"
#include "kernel/ipc/fast_path.h"
#include "kernel/ipc/ipc.h"
#include "kernel/ipc/name.h"
#include "kernel/ipc/notification.h"
#include "kernel/ipc/shared.h"
#include "kernel/ktest.h"
#include "kernel/panic.h"

/** Make a handle and close it (exercise 1); its object is a notification (exercise 3). */
static void check_handles(void)
{
    struct handle_table table = {0};
    struct object object;
    struct object *found = NULL;
    object_init(&object, OBJECT_NOTIFICATION);
    object_retain(&object); /* it is on the stack: the last reference must not go */
    int handle = handle_add(&table, &object, RIGHT_SEND);
    int error = handle_find(&table, handle, OBJECT_NOTIFICATION, RIGHT_SEND, &found);
    assert(error == 0 && found == &object);
    error = handle_close(&table, handle);
    assert(error == 0 && object.references == 1);
    handle_close_all(&table);
    object_forget(&object);
    kprintf("handles: one can be made, found and closed\n");
}

static void check_objects(void)
{
    struct notification *notification;
    struct shared_memory *memory;
    int error = notification_create(&notification);
    assert(error == 0);
    notification_signal(notification, 1);
    int32_t bits = notification_wait(notification, WAIT_NO_LIMIT);
    assert(bits == 1);
    object_release(&notification->object);
    error = shared_memory_create(1, &memory);
    assert(error == 0);
    object_release(&memory->object);
    kprintf("objects: notifications and shared memory come and go\n");
}

static void start_ipc(const char *line)
{
    const bool try = !ktest_active();
    if (try) {
        check_handles();
    }
    ipc_init();
    fast_path_init(line);
    if (try) {
        check_objects();
    } else {
        ktest_run(KTEST_IPC);
    }
    name_init();
    if (try) {
        kprintf("names:   there are %u\n", name_count());
    } else {
        ktest_run(KTEST_NAMES);
    }
}

_Noreturn void start_system(const char *line)
{
    start_processes(line, start_ipc);
}
