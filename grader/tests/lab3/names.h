/**
 * @file
 * What the tests of names share: servers to register, and checks of what a look-up finds.
 *
 * A server is a process that waits until it is ended, and an endpoint of its own. A check of a
 * look-up names the server whose endpoint must be found, and what the server must be left to look
 * at; separators before that do not count, since a name may or may not be registered with one. The
 * file owns the servers. Sequence: names_begin(), calls, names_end().
 */
#ifndef LAB3_NAMES_H
#define LAB3_NAMES_H

#include "service_support.h"

/** Servers that a test has. */
#define SERVERS 6u

/** A server. */
struct names_server {
    struct process *process;
    struct endpoint *endpoint;
};

/** The servers of the running test. */
extern struct names_server names_servers[SERVERS];

/** Start the servers, and count. */
void names_begin(void);
/** End the servers, and check that nothing is left. */
void names_end(void);

/** Register a name for a server, which must be possible. */
void names_register(uint32_t server, const char *name);
/** Register a name, which must give a certain result. */
void names_expect_register(uint32_t server, const char *name, int expected);
/** Make an alias of a server, which must give a certain result. */
void names_expect_alias(uint32_t server, const char *alias, const char *target, int expected);
/** Withdraw a name of a server, which must give a certain result. */
void names_expect_unregister(uint32_t server, const char *name, int expected);

/**
 * Look a name up, which must lead to a server.
 * @param name any name.
 * @param server whose endpoint must be found.
 * @param rest what must be left for it, without separators at the beginning; NULL: anything.
 */
void names_expect_found(const char *name, uint32_t server, const char *rest);
/** Look a name up, which must fail. */
void names_expect_error(const char *name, int expected);

#endif
