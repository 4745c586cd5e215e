/**
 * @file
 * The system calls of communication; see calls.h.
 *
 * It owns no state. Those that pass messages are in message_calls.c; here are objects, names and
 * well-known endpoints. Names are copied before they are looked at.
 */
#include "kernel/ipc/calls.h"

#include "kernel/ipc/ipc.h"
#include "kernel/ipc/kernel_program.h"
#include "kernel/ipc/message_calls.h"
#include "kernel/ipc/name.h"
#include "kernel/ipc/notification.h"
#include "kernel/ipc/shared.h"
#include "kernel/ipc/well_known.h"
#include "kernel/memory/heap.h"
#include "kernel/memory/layout.h"
#include "kernel/process/user.h"
#include "kernel/trace.h"
#include "lib/string.h"

#include <cairn/error.h>

/** A handle for a new object, whose only reference goes over to it, or with it. */
static int hand_out(struct ipc *ipc, struct object *object, uint32_t rights)
{
    int handle = handle_add(&ipc->handles, object, rights);
    if (handle < 0) {
        object_release(object);
    }
    return handle;
}

static int32_t sys_endpoint_create(const uint32_t *arguments)
{
    (void)arguments;
    struct ipc *ipc = ipc_of(process_current());
    struct endpoint *endpoint = ipc == NULL ? NULL : kmalloc(sizeof(*endpoint));
    if (endpoint == NULL) {
        return -E_NO_MEMORY;
    }
    endpoint_init(endpoint, process_current());
    int handle = handle_add(&ipc->handles, &endpoint->object, RIGHTS_ALL);
    if (handle < 0) {
        endpoint_abandon(endpoint);
        object_release(&endpoint->object);
    }
    return handle;
}

/** Closing the owner's last way to receive ends an endpoint. */
static int32_t sys_handle_close(const uint32_t *arguments)
{
    struct process *process = process_current();
    if (process->ipc == NULL) {
        return -E_BAD_HANDLE;
    }
    const struct handle *handle = handle_get(&process->ipc->handles, (int32_t)arguments[0]);
    if (handle != NULL && handle->object->type == OBJECT_ENDPOINT &&
        (handle->rights & RIGHT_RECEIVE) != 0) {
        struct endpoint *endpoint = (struct endpoint *)handle->object;
        if (endpoint->owner == process) {
            endpoint_abandon(endpoint);
        }
    }
    return handle_close(&process->ipc->handles, (int32_t)arguments[0]);
}

static int32_t sys_handle_duplicate(const uint32_t *arguments)
{
    struct ipc *ipc = process_current()->ipc;
    const struct handle *handle =
        ipc == NULL ? NULL : handle_get(&ipc->handles, (int32_t)arguments[0]);
    if (handle == NULL) {
        return -E_BAD_HANDLE;
    }
    if ((handle->rights & RIGHT_TRANSFER) == 0 || (arguments[1] & ~handle->rights) != 0) {
        return -E_ACCESS;
    }
    object_retain(handle->object);
    return hand_out(ipc, handle->object, arguments[1] & ~ipc_rights_of_owner(handle->object));
}

static int32_t sys_endpoint_info(const uint32_t *arguments)
{
    struct object *object;
    int error = ipc_find_object(arguments[0], OBJECT_ENDPOINT, 0, &object);
    if (error < 0) {
        return error;
    }
    struct endpoint_info info;
    endpoint_describe((const struct endpoint *)object, &info);
    return copy_to_user((user_pointer){arguments[1]}, &info, sizeof(info));
}

static int32_t sys_notification_create(const uint32_t *arguments)
{
    (void)arguments;
    struct ipc *ipc = ipc_of(process_current());
    struct notification *notification;
    int error = ipc == NULL ? -E_NO_MEMORY : notification_create(&notification);
    return error < 0 ? error : hand_out(ipc, &notification->object, RIGHTS_ALL);
}

/** The notification of a handle; NULL and an error if there is none. */
static int find_notification(uint32_t handle, uint32_t rights, struct notification **notification)
{
    struct object *object;
    int error = ipc_find_object(handle, OBJECT_NOTIFICATION, rights, &object);
    *notification = (struct notification *)object;
    return error;
}

static int32_t sys_notification_signal(const uint32_t *arguments)
{
    struct notification *notification;
    int error = find_notification(arguments[0], RIGHT_SEND, &notification);
    if (error < 0) {
        return error;
    }
    if (arguments[1] == 0 || (arguments[1] & ~NOTIFICATION_BITS) != 0) {
        return -E_INVALID;
    }
    trace_event(TRACE_IPC, "ipc.signal", "pid=%d handle=%u bits=%#x", process_current()->pid,
                arguments[0], arguments[1]);
    notification_signal(notification, arguments[1]);
    return 0;
}

static int32_t sys_notification_wait(const uint32_t *arguments)
{
    struct notification *notification;
    int error = find_notification(arguments[0], RIGHT_RECEIVE, &notification);
    if (error < 0 || arguments[1] > INT32_MAX) {
        return error < 0 ? error : -E_INVALID;
    }
    /* The handle keeps the notification: nobody else can close it, and it goes with the process. */
    return notification_wait(notification, arguments[1]);
}

static int32_t sys_memory_create(const uint32_t *arguments)
{
    struct ipc *ipc = ipc_of(process_current());
    struct shared_memory *memory;
    int error = ipc == NULL ? -E_NO_MEMORY : shared_memory_create(arguments[0], &memory);
    return error < 0 ? error : hand_out(ipc, &memory->object, RIGHTS_ALL);
}

static int32_t sys_memory_map(const uint32_t *arguments)
{
    struct process *process = process_current();
    uint32_t rights = arguments[1];
    if (process->space == &kernel_space || (rights & ~(uint32_t)(RIGHT_READ | RIGHT_WRITE)) != 0 ||
        (rights & RIGHT_READ) == 0) {
        return -E_INVALID;
    }
    struct object *object;
    int error = ipc_find_object(arguments[0], OBJECT_MEMORY, rights, &object);
    uintptr_t address = 0;
    if (error == 0) {
        error = shared_memory_map(process, (struct shared_memory *)object,
                                  (rights & RIGHT_WRITE) != 0, &address);
    }
    if (error < 0) {
        return error;
    }
    trace_event(TRACE_IPC, "ipc.map", "pid=%d address=%#x pages=%u writable=%d", process->pid,
                address, ((struct shared_memory *)object)->page_count, (rights & RIGHT_WRITE) != 0);
    return (int32_t)address;
}

static int32_t sys_memory_size(const uint32_t *arguments)
{
    struct object *object;
    int error = ipc_find_object(arguments[0], OBJECT_MEMORY, 0, &object);
    if (error < 0) {
        return error;
    }
    return (int32_t)(((const struct shared_memory *)object)->page_count * PAGE_SIZE);
}

static int32_t sys_memory_unmap(const uint32_t *arguments)
{
    struct process *process = process_current();
    return process->ipc == NULL ? -E_NOT_FOUND : shared_memory_unmap(process, arguments[0]);
}

/** Whether a process may have one name more. */
static int check_room(const struct process *process)
{
    return process->ipc->name_count < NAMES_MAX ? 0 : -E_NO_SPACE;
}

/** Count a name that has come or gone, and write it to the trace. */
static int32_t count_name(const char *event, const char *name, int32_t result, uint32_t change)
{
    struct process *process = process_current();
    if (result == 0) {
        process->ipc->name_count += change;
        trace_event(TRACE_IPC, event, "pid=%d name=%q", process->pid, name);
    }
    return result;
}

/** Copy a name from the program. */
static int take_name(char *name, uint32_t from)
{
    int length = copy_string_from_user(name, (user_pointer){from}, NAME_MAX_BYTES);
    return length < 0 ? length : 0;
}

static int32_t sys_name_register(const uint32_t *arguments)
{
    struct process *process = process_current();
    char name[NAME_MAX_BYTES];
    int error = take_name(name, arguments[0]);
    struct object *object = NULL;
    if (error == 0) {
        error = ipc_find_object(arguments[1], OBJECT_ENDPOINT, RIGHT_RECEIVE, &object);
    }
    error = error < 0 ? error : check_room(process);
    if (error < 0) {
        return error;
    }
    return count_name("ns.register", name, name_register(name, (struct endpoint *)object, process),
                      1);
}

static int32_t sys_name_unregister(const uint32_t *arguments)
{
    char name[NAME_MAX_BYTES];
    int error = take_name(name, arguments[0]);
    if (error < 0) {
        return error;
    }
    return count_name("ns.unregister", name, name_unregister(name, process_current()), -1u);
}

static int32_t sys_name_lookup(const uint32_t *arguments)
{
    struct ipc *ipc = ipc_of(process_current());
    struct name_match match;
    int error = ipc == NULL ? -E_NO_MEMORY : take_name(match.name, arguments[0]);
    error = error < 0 ? error : name_lookup(match.name, &match);
    if (error == 0 && arguments[1] != 0) { /* what remains is for the server */
        const char *rest = match.name + match.matched;
        error = copy_to_user((user_pointer){arguments[1]}, rest, strlen(rest) + 1);
    }
    if (error < 0) {
        return error;
    }
    object_retain(&match.endpoint->object);
    return hand_out(ipc, &match.endpoint->object, RIGHT_SEND | RIGHT_TRANSFER);
}

static int32_t sys_name_list(const uint32_t *arguments)
{
    char prefix[NAME_MAX_BYTES];
    struct name_info info = {0}; /* all of it goes to the program */
    uint32_t cursor = arguments[0];
    int error = take_name(prefix, arguments[1]);
    if (error < 0) {
        return error;
    }
    if (!name_next(&cursor, prefix, &info)) {
        return -E_NOT_FOUND;
    }
    error = copy_to_user((user_pointer){arguments[2]}, &info, sizeof(info));
    return error < 0 ? error : (int32_t)cursor;
}

static int32_t sys_name_alias(const uint32_t *arguments)
{
    struct process *process = process_current();
    char alias[NAME_MAX_BYTES];
    char target[NAME_MAX_BYTES];
    int error = take_name(alias, arguments[0]);
    error = error < 0 ? error : take_name(target, arguments[1]);
    if (error < 0 || ipc_of(process) == NULL) {
        return error < 0 ? error : -E_NO_MEMORY;
    }
    error = check_room(process);
    return error < 0 ? error : count_name("ns.alias", alias, name_alias(alias, target, process), 1);
}

static int32_t sys_bind(const uint32_t *arguments)
{
    struct process *process = process_current();
    int handle = ipc_of(process) == NULL ? -E_NO_MEMORY : well_known_bind(arguments[0], process);
    if (handle >= 0) {
        trace_event(TRACE_IPC, "ipc.bind", "pid=%d id=%u", process->pid, arguments[0]);
    }
    return handle;
}

static int32_t sys_grant(const uint32_t *arguments)
{
    struct process *process = process_find((int32_t)arguments[0]);
    if (process_current()->pid != PID_INIT) {
        return -E_ACCESS;
    }
    if (process == NULL || process->state == PROCESS_ZOMBIE) {
        return -E_NO_PROCESS;
    }
    if (arguments[1] > WELL_KNOWN_LAST) {
        return -E_NOT_FOUND;
    }
    struct ipc *ipc = ipc_of(process);
    if (ipc == NULL) {
        return -E_NO_MEMORY;
    }
    ipc->privileges |= 1u << arguments[1];
    return 0;
}

static int32_t sys_spawn_kernel(const uint32_t *arguments)
{
    const struct process *process = process_current();
    uint32_t privileges = process->ipc == NULL ? 0 : process->ipc->privileges;
    if (process->pid != PID_INIT && (privileges & 1u << PRIVILEGE_KERNEL) == 0) {
        return -E_ACCESS;
    }
    return syscall_with_program(arguments, kernel_program_spawn);
}

void ipc_calls_init(void)
{
    static const struct {
        uint32_t number;
        syscall_handler *handler;
    } calls[] = {
        {SYS_SEND, sys_send},
        {SYS_RECEIVE, sys_receive},
        {SYS_ENDPOINT_CREATE, sys_endpoint_create},
        {SYS_ENDPOINT_SEND, sys_endpoint_send},
        {SYS_ENDPOINT_RECEIVE, sys_endpoint_receive},
        {SYS_HANDLE_CLOSE, sys_handle_close},
        {SYS_REPLY, sys_reply},
        {SYS_HANDLE_DUPLICATE, sys_handle_duplicate},
        {SYS_ENDPOINT_INFO, sys_endpoint_info},
        {SYS_NOTIFICATION_CREATE, sys_notification_create},
        {SYS_NOTIFICATION_SIGNAL, sys_notification_signal},
        {SYS_NOTIFICATION_WAIT, sys_notification_wait},
        {SYS_MEMORY_CREATE, sys_memory_create},
        {SYS_MEMORY_MAP, sys_memory_map},
        {SYS_MEMORY_UNMAP, sys_memory_unmap},
        {SYS_MEMORY_SIZE, sys_memory_size},
        {SYS_NAME_REGISTER, sys_name_register},
        {SYS_NAME_UNREGISTER, sys_name_unregister},
        {SYS_NAME_LOOKUP, sys_name_lookup},
        {SYS_NAME_LIST, sys_name_list},
        {SYS_NAME_ALIAS, sys_name_alias},
        {SYS_BIND, sys_bind},
        {SYS_GRANT, sys_grant},
        {SYS_SPAWN_KERNEL, sys_spawn_kernel},
    };
    for (uint32_t i = 0; i < COUNT_OF(calls); i++) {
        syscall_provide(calls[i].number, calls[i].handler);
    }
}
