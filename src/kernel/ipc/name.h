/**
 * @file
 * The namespace: which endpoint serves which URI.
 *
 * A name such as `fs:root:` stands for all names that begin with it, up to a boundary of
 * components; the longest that fits decides, so `fs:` and `fs:root:` can be served by different
 * programs. Components end with ':' or '/', and one at the end of a name makes no difference. The
 * first component is not case-sensitive (RFC 3986, 3.1). An alias stands for another name.
 * Sequence: name_init() once; servers name_register(), clients name_lookup(). A name goes when its
 * owner does, and when the last has gone, no more blocks of the heap are in use than after
 * name_init(). The implementation is the student's (lab 3, exercise 5: labs/lab3-ipc/name.c).
 * Called with interrupts off. The cost of a lookup does not grow with the number of names.
 */
#ifndef KERNEL_IPC_NAME_H
#define KERNEL_IPC_NAME_H

#include "kernel/ipc/endpoint.h"

/** Aliases that one lookup follows, at most. */
#define ALIASES_MAX 8u

/** What a lookup has found. */
struct name_match {
    struct endpoint *endpoint; /**< The reference stays the namespace's. */
    /** The name after all aliases, in small letters up to the first ':'. */
    char name[NAME_MAX_BYTES];
    /** So many bytes of it are the registered name, without a separator at its end: 2 for `fs:`. */
    uint32_t matched;
};

/** Make an empty namespace (exercise lab3.ex5). */
void name_init(void);

/**
 * Register a name (exercise lab3.ex5).
 * @param name printable characters without blanks; its first component ends with ':'.
 * @param endpoint who serves it; a reference is taken.
 * @param owner the name goes when it ends; has a struct ipc.
 * @return 0; -E_INVALID for a malformed name; -E_EXISTS; -E_NO_MEMORY.
 */
MUST_USE int name_register(const char *name, struct endpoint *endpoint, struct process *owner);

/**
 * Make a name stand for another (exercise lab3.ex5). A text that begins with the alias stands for
 * the target, one separator, and the rest: separators at the beginning of the rest are dropped, all
 * of them if the target ends with one, else all but the last: where `x:` stands for `fs:root`,
 * `x://a` becomes `fs:root/a`.
 * @param alias as a name.
 * @param target any name; need not exist.
 * @param owner as for name_register().
 * @return as name_register().
 */
MUST_USE int name_alias(const char *alias, const char *target, struct process *owner);

/**
 * Withdraw a name or an alias (exercise lab3.ex5).
 * @param name as it was registered.
 * @param owner who registered it.
 * @return 0; -E_NOT_FOUND, also for what can be no name; -E_ACCESS if it is somebody else's.
 */
MUST_USE int name_unregister(const char *name, const struct process *owner);

/**
 * Find who serves a name (exercise lab3.ex5).
 * @param name any text; may be the name in @p match.
 * @param match receives the result; undefined after an error.
 * @return 0; -E_INVALID for a malformed name; -E_NOT_FOUND; -E_LOOP after ALIASES_MAX aliases;
 *         -E_TOO_LONG if the aliases make it too long; -E_INVALID, too, if they give it more than
 *         COMPONENTS_MAX components.
 */
MUST_USE int name_lookup(const char *name, struct name_match *match);

/**
 * Step through the names (exercise lab3.ex5), in any order. A name that is there all the time is
 * seen exactly once; those that come or go meanwhile may be seen or not.
 * @param cursor 0 the first time; moved on, and at most INT32_MAX, as programs get it as a result.
 * @param prefix only names that begin with these bytes, in the form in which they are given here;
 *               may be empty.
 * @param info receives the next name, without a separator at its end, but for a scheme alone.
 * @return false at the end.
 */
MUST_USE bool name_next(uint32_t *cursor, const char *prefix, struct name_info *info);

/** Withdraw all names of a process that ends (exercise lab3.ex5). */
void name_withdraw(struct process *owner);

/** @return the number of names, aliases included (exercise lab3.ex5). */
uint32_t name_count(void);

#endif
