/**
 * @file
 * Well-known endpoints; see well_known.h.
 *
 * It owns their memory, in which they stay for ever: the first reference to each is its own and is
 * never dropped. A server that ends leaves its endpoint without an owner, and so it is free again.
 */
#include "kernel/ipc/well_known.h"

#include "kernel/console.h"
#include "kernel/ipc/ipc.h"
#include "kernel/panic.h"
#include "kernel/trace.h"

#include <cairn/error.h>

static struct endpoint endpoints[WELL_KNOWN_LAST + 1]; /* the first is not used */

static const char *const names[] = {
    [WELL_KNOWN_VFS] = "vfs",
    [WELL_KNOWN_NETWORK] = "network",
    [WELL_KNOWN_LOADER] = "loader",
    [WELL_KNOWN_BLOCK] = "block",
};

void well_known_init(void)
{
    for (uint32_t id = 1; id <= WELL_KNOWN_LAST; id++) {
        endpoint_init(&endpoints[id], NULL);
        trace_event(TRACE_BOOT, "boot.endpoint", "id=%u name=%s", id, names[id]);
    }
}

struct endpoint *well_known_endpoint(uint32_t id)
{
    return id >= 1 && id <= WELL_KNOWN_LAST ? &endpoints[id] : NULL;
}

int well_known_bind(uint32_t id, struct process *process)
{
    struct endpoint *endpoint = well_known_endpoint(id);
    assert(process->ipc != NULL);
    if (endpoint == NULL) {
        return -E_NOT_FOUND;
    }
    if ((process->ipc->privileges & 1u << id) == 0) {
        return -E_ACCESS;
    }
    if (endpoint->owner != NULL) {
        return -E_EXISTS;
    }
    object_retain(&endpoint->object);
    int handle = handle_add(&process->ipc->handles, &endpoint->object, RIGHTS_ALL);
    if (handle < 0) {
        object_release(&endpoint->object);
        return handle;
    }
    endpoint_set_owner(endpoint, process);
    return handle;
}
