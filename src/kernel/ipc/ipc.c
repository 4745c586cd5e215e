/**
 * @file
 * What a process holds for communication; see ipc.h.
 *
 * It owns the life of every struct ipc. At the end of a process, what it holds is given back in an
 * order in which nobody can reach what is gone already: names first, then endpoints with everybody
 * who waits in them, then callers, then handles and mappings.
 */
#include "kernel/ipc/ipc.h"

#include "kernel/ipc/calls.h"
#include "kernel/ipc/name.h"
#include "kernel/ipc/shared.h"
#include "kernel/ipc/well_known.h"
#include "kernel/memory/heap.h"
#include "kernel/panic.h"
#include "kernel/process/scheduler.h"
#include "lib/string.h"

#include <cairn/error.h>

struct ipc *ipc_of(struct process *process)
{
    if (process->ipc != NULL) {
        return process->ipc;
    }
    struct ipc *ipc = kmalloc(sizeof(*ipc));
    if (ipc == NULL) {
        return NULL;
    }
    memset(ipc, 0, sizeof(*ipc));
    list_init(&ipc->endpoints);
    list_init(&ipc->callers);
    list_init(&ipc->names);
    list_init(&ipc->mappings);
    ipc->bind_rights = process->pid == PID_INIT ? UINT32_MAX : 0;
    process->ipc = ipc;
    endpoint_init(&ipc->own, process);
    ipc->own.embedded = true;
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
    name_withdraw(process);
    for (struct list_link *link; (link = list_first(&ipc->endpoints)) != NULL;) {
        endpoint_abandon(LIST_ENTRY(link, struct endpoint, owner_link));
    }
    while (scheduler_wake_first(&ipc->callers, -E_IO) != NULL) {
    }
    ipc_drop_carried(ipc);
    handle_close_all(&ipc->handles);
    shared_memory_forget(process);
    object_release(&ipc->own.object);
    process->ipc = NULL;
    kfree(ipc);
}

/** Exec has replaced the space: what was mapped there is gone. */
static void space_replaced(struct process *process)
{
    if (process->ipc != NULL) {
        shared_memory_forget(process);
    }
}

void ipc_init(void)
{
    name_init();
    well_known_init();
    ipc_calls_init();
    process_hooks.ended = ipc_end;
    process_hooks.replaced = space_replaced;
}
