/**
 * @file
 * What a process holds for communication; see ipc.h.
 *
 * It owns the life of every struct ipc, and the last number of a call. At the end of a process,
 * what it holds is given back in an order in which nobody can reach what is gone already: names
 * first, then endpoints with everybody who waits in them, then callers, then handles and mappings.
 */
#include "kernel/ipc/ipc.h"

#include "kernel/ipc/calls.h"
#include "kernel/ipc/name.h"
#include "kernel/ipc/posix_calls.h"
#include "kernel/ipc/services.h"
#include "kernel/ipc/shared.h"
#include "kernel/ipc/well_known.h"
#include "kernel/memory/heap.h"
#include "kernel/panic.h"
#include "kernel/process/scheduler.h"
#include "kernel/trace.h"
#include "lib/string.h"

#include <cairn/dialect.h>
#include <cairn/error.h>

static uint32_t last_request_id;

struct ipc *ipc_create(struct process *process)
{
    assert(process->ipc == NULL);
    struct ipc *ipc = kmalloc(sizeof(*ipc));
    struct endpoint *own = ipc == NULL ? NULL : kmalloc(sizeof(*own));
    if (own == NULL) {
        kfree(ipc);
        return NULL;
    }
    memset(ipc, 0, sizeof(*ipc));
    list_init(&ipc->endpoints);
    list_init(&ipc->callers);
    list_init(&ipc->names);
    list_init(&ipc->mappings);
    list_init(&ipc->pages);
    ipc->privileges = process->pid == PID_INIT ? UINT32_MAX : 0;
    process->ipc = ipc;
    ipc->own = own;
    endpoint_init(own, process);
    return ipc;
}

void ipc_drop_carried(struct ipc *ipc)
{
    while (ipc->carried_count > 0) {
        ipc->carried_count--;
        object_release(ipc->carried[ipc->carried_count].object);
    }
}

void ipc_end(struct process *process)
{
    struct ipc *ipc = process->ipc;
    if (ipc == NULL) {
        return;
    }
    if (!list_is_empty(&ipc->names)) {
        name_withdraw(process);
        trace_event(TRACE_IPC, "ns.withdraw", "pid=%d", process->pid);
    }
    for (struct list_link *link; (link = list_first(&ipc->endpoints)) != NULL;) {
        endpoint_abandon(LIST_ENTRY(link, struct endpoint, owner_link));
    }
    while (scheduler_wake_first(&ipc->callers, -E_IO) != NULL) {
    }
    ipc_drop_carried(ipc);
    if (ipc->held != NULL) {
        object_release(ipc->held);
    }
    if (ipc->handles.size > 0) {
        handle_close_all(&ipc->handles);
    }
    if (!list_is_empty(&ipc->mappings)) {
        shared_memory_forget(process);
    }
    services_end(process);
    object_release(&ipc->own->object);
    process->ipc = NULL;
    kfree(ipc);
}

int ipc_find_object(uint32_t handle, enum object_type type, uint32_t rights, struct object **object)
{
    const struct ipc *ipc = process_current()->ipc;
    *object = NULL;
    return ipc == NULL ? -E_BAD_HANDLE
                       : handle_find(&ipc->handles, (int32_t)handle, type, rights, object);
}

uint32_t ipc_new_request_id(void)
{
    last_request_id += last_request_id == UINT32_MAX ? 2 : 1; /* 0 stands for no call */
    return last_request_id;
}

/** What a message is, in the words of the trace. */
static const char *kind_of(const struct message *message)
{
    if ((message->type & MESSAGE_REPLY) != 0) {
        return "reply";
    }
    return message->request_id != 0 ? "call" : "send";
}

void ipc_trace_message(const struct process *from, const struct process *to)
{
    assert(from != to && to->ipc != NULL);
    const struct message *message = &to->ipc->message;
    const struct operation_info *operation = operation_find(message->type);
    trace_event(TRACE_IPC, "ipc.message",
                "from=%d to=%d kind=%s id=%u type=%#x name=%s length=%u handles=%u status=%d",
                from->pid, to->pid, kind_of(message), message->request_id,
                message->type & ~MESSAGE_REPLY, operation == NULL ? "?" : operation->name,
                message->length, message->handle_count, message->status);
}

/** Exec has replaced the space: what was mapped there is gone. */
static void space_replaced(struct process *process)
{
    if (process->ipc != NULL && !list_is_empty(&process->ipc->mappings)) {
        shared_memory_forget(process);
    }
}

void ipc_init(void)
{
    well_known_init();
    ipc_calls_init();
    posix_calls_init();
    process_hooks.interrupt = services_interrupt;
    process_hooks.ended = ipc_end;
    process_hooks.replaced = space_replaced;
}
