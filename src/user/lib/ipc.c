/**
 * @file
 * Calling services by name; see <ipc.h>.
 *
 * It owns no state. Waiting for a name is asking again: a server may come at any time, and a name
 * that is there now may be gone at the next call.
 */
#include <ipc.h>

#include <cairn/error.h>

/** Ticks between two questions of those who wait for something. */
#define ASK_AGAIN 2u

int32_t ipc_call(int32_t endpoint, struct message *message)
{
    int error = cairn_call(endpoint, message, CALL_LIMIT, IPC_PRIORITY);
    return error < 0 ? error : message->status;
}

int32_t ns_lookup(const char *name, char *rest)
{
    return cairn_name_lookup(name, rest);
}

/** Look a name up; whoever has closed its endpoint, but not withdrawn the name, does not count. */
static int32_t find_served(const char *name, char *rest)
{
    struct endpoint_info info;
    int32_t endpoint = ns_lookup(name, rest);
    if (endpoint >= 0 && cairn_endpoint_info(endpoint, &info) == 0 && info.owner == 0) {
        (void)cairn_handle_close(endpoint);
        return -E_NOT_FOUND;
    }
    return endpoint;
}

int32_t ns_wait(const char *name, char *rest, uint32_t ticks)
{
    const uint32_t start = cairn_clock();
    for (;;) {
        int32_t endpoint = find_served(name, rest);
        if (endpoint != -E_NOT_FOUND || cairn_clock() - start >= ticks) {
            return endpoint;
        }
        (void)cairn_sleep(ASK_AGAIN);
    }
}

int32_t ns_publish(const char *name)
{
    int32_t endpoint = cairn_endpoint_create();
    if (endpoint < 0) {
        return endpoint;
    }
    int error = cairn_name_register(name, endpoint);
    if (error < 0) {
        (void)cairn_handle_close(endpoint);
        return error;
    }
    return endpoint;
}

int32_t ipc_bind(uint32_t id, uint32_t ticks)
{
    const uint32_t start = cairn_clock();
    for (;;) {
        int32_t endpoint = cairn_bind(id);
        if (endpoint != -E_ACCESS || cairn_clock() - start >= ticks) {
            return endpoint;
        }
        (void)cairn_sleep(ASK_AGAIN);
    }
}

void ipc_close_handles(const int32_t *handles, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (handles[i] != HANDLE_NONE) {
            (void)cairn_handle_close(handles[i]);
        }
    }
}

int32_t service_call(struct service *service, struct message *message, uint32_t ticks)
{
    for (;; service->retries++) {
        if (service->endpoint == HANDLE_NONE) {
            int32_t endpoint = ns_wait(service->name, NULL, ticks);
            if (endpoint < 0) {
                return endpoint;
            }
            service->endpoint = endpoint;
        }
        int error = cairn_call(service->endpoint, message, CALL_LIMIT, IPC_PRIORITY);
        if (error != -E_IO) {
            return error < 0 ? error : message->status;
        }
        /* The server is gone; a call that fails leaves the request as it was. */
        (void)cairn_handle_close(service->endpoint);
        service->endpoint = HANDLE_NONE;
    }
}
