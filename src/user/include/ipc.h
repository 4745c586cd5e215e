/**
 * @file
 * Calling services by name.
 *
 * A client finds a service by ns_lookup() or ns_wait(), builds a request by message_build()
 * (<cairn/dialect.h>) and makes an ipc_call(); or it leaves the finding to service_call(), and does
 * not notice when the service is replaced. A service announces itself by ns_publish(), or takes a
 * well-known endpoint by ipc_bind(), and then serves (<server.h>). It owns no state.
 */
#ifndef IPC_H
#define IPC_H

#include <cairn/dialect.h>
#include <cairn_ipc.h>

/** The priority of ipc_call(). */
#define IPC_PRIORITY 1u

/**
 * Call a service, with the usual time limit, CALL_LIMIT.
 * @param endpoint a handle for sending.
 * @param message the request; receives the answer.
 * @return the status of the answer, or a negative error of the call itself.
 */
CAIRN_MUST_USE int32_t ipc_call(int32_t endpoint, struct message *message);

/**
 * Find a service.
 * @param name of what is wanted.
 * @param rest receives the part of it that the service must look at, NAME_MAX_BYTES; may be NULL.
 * @return as cairn_name_lookup().
 */
CAIRN_MUST_USE int32_t ns_lookup(const char *name, char *rest);

/**
 * Find a service, and wait for it if it is not there yet.
 * @param name as for ns_lookup().
 * @param rest as for ns_lookup().
 * @param ticks how long, at most.
 * @return as ns_lookup(); -E_NOT_FOUND when the time is over.
 */
CAIRN_MUST_USE int32_t ns_wait(const char *name, char *rest, uint32_t ticks);

/**
 * Make an endpoint and register a name for it.
 * @param name as for cairn_name_register().
 * @return a handle with all rights; the errors of both calls, after which there is neither.
 */
CAIRN_MUST_USE int32_t ns_publish(const char *name);

/**
 * Bind a well-known endpoint. The first process grants the right to a program that it has just
 * started, perhaps a moment after this question; so it is asked again for a while.
 * @param id of enum well_known.
 * @param ticks how long, at most.
 * @return as cairn_bind().
 */
CAIRN_MUST_USE int32_t ipc_bind(uint32_t id, uint32_t ticks);

/**
 * Close handles that came with a message and that nobody keeps.
 * @param handles of the message; HANDLE_NONE among them is passed over.
 * @param count how many.
 */
void ipc_close_handles(const int32_t *handles, uint32_t count);

/** A service under its name, whoever serves it at the moment. */
struct service {
    const char *name;
    int32_t endpoint; /**< HANDLE_NONE: not looked up yet. */
    uint32_t retries; /**< Requests that were made again, ever. */
};

/** A service that has not been looked up yet. */
#define SERVICE(service_name)                                                                      \
    {                                                                                              \
        .name = (service_name), .endpoint = HANDLE_NONE                                            \
    }

/**
 * Call a service. If it ends before it has answered, look its name up again and repeat the request,
 * which must therefore be one that may be done twice.
 * @param service which; starts as SERVICE(name).
 * @param message the request; receives the answer.
 * @param ticks how long to wait for the name, at most, each time.
 * @return as ipc_call(); -E_NOT_FOUND if nobody serves the name (any more).
 */
CAIRN_MUST_USE int32_t service_call(struct service *service, struct message *message,
                                    uint32_t ticks);

#endif
