/**
 * @file
 * Lab 3, exercise 5: the namespace.
 *
 * The file owns all names. A hash table is one way to keep them: name_parse() gives the hashes of
 * all prefixes under which a name may be found, in one pass; the longest is tried first. An alias
 * is an entry like any other, with a text in place of an endpoint. The contract is in
 * kernel/ipc/name.h.
 */
#include "kernel/ipc/name.h"

#include "kernel/exercise.h"
#include "kernel/ipc/ipc.h"
#include "kernel/ipc/name_path.h"
#include "kernel/memory/heap.h"
#include "kernel/panic.h"
#include "lib/string.h"

#include <cairn/error.h>

void name_init(void)
{
    // Exercise lab3.ex5 (17 points together with the functions below): a namespace without names.
    // There may be ten or ten thousand; a lookup must cost the same.
    exercise_missing("lab3.ex5", __func__);
}

int name_register(const char *name, struct endpoint *endpoint, struct process *owner)
{
    // Exercise lab3.ex5: check the name, enter it, take a reference to the endpoint, and note it
    // among the owner's names.
    (void)name;
    (void)endpoint;
    (void)owner;
    exercise_missing("lab3.ex5", __func__);
}

int name_alias(const char *alias, const char *target, struct process *owner)
{
    // Exercise lab3.ex5: a name that stands for another one.
    (void)alias;
    (void)target;
    (void)owner;
    exercise_missing("lab3.ex5", __func__);
}

int name_unregister(const char *name, const struct process *owner)
{
    // Exercise lab3.ex5: the name itself, not one that it is a part of; and only its owner's.
    (void)name;
    (void)owner;
    exercise_missing("lab3.ex5", __func__);
}

int name_lookup(const char *name, struct name_match *match)
{
    // Exercise lab3.ex5: the longest name of which this one is, or is within. `fs:rootless` is not
    // within `fs:root`. An alias is replaced by its target, and the search begins again.
    (void)name;
    (void)match;
    exercise_missing("lab3.ex5", __func__);
}

bool name_next(uint32_t *cursor, const char *prefix, struct name_info *info)
{
    // Exercise lab3.ex5: the next name; the cursor says what has been seen. Its meaning is yours.
    (void)cursor;
    (void)prefix;
    (void)info;
    exercise_missing("lab3.ex5", __func__);
}

void name_withdraw(struct process *owner)
{
    // Exercise lab3.ex5: nobody shall find a server that is gone.
    (void)owner;
    exercise_missing("lab3.ex5", __func__);
}

uint32_t name_count(void)
{
    // Exercise lab3.ex5: how many there are.
    exercise_missing("lab3.ex5", __func__);
}
