/**
 * @file
 * What the tests of endpoints share: puppets, which send and receive as they are told.
 *
 * A test runs in the first process, with interrupts off. Each puppet is a kernel-mode process that
 * waits for an order, carries it out, and keeps what came of it; so a test reads like a script.
 * puppet_settle() lets all of them go on until nobody is ready any more. The file owns no state.
 * Sequence: endpoint_census(), puppet_create(), puppet_tell() with puppet_settle() as often as need
 * be, puppets_end(), endpoint_census_expect().
 */
#ifndef LAB3_ENDPOINT_SUPPORT_H
#define LAB3_ENDPOINT_SUPPORT_H

#include "../common/checks.h"

#include "kernel/ipc/ipc.h"
#include "kernel/process/clock.h"
#include "kernel/process/scheduler.h"
#include "kernel/x86/cpu.h"

/* Counting. */

/** How much there is of everything that communication takes. */
struct endpoint_census {
    uint32_t frames;      /**< Free frames and pages of the heap together: the heap may grow. */
    uint32_t heap_blocks; /**< Blocks in use. */
    uint32_t heap_bytes;  /**< Bytes in use. */
    uint32_t processes;
    uint32_t objects;
};

/** @return what there is now. The current process has a struct ipc from then on. */
struct endpoint_census endpoint_census(void);
/** Check that nothing was lost and nothing is left over. */
void endpoint_census_expect(const struct endpoint_census *before);

/* Puppets. */

/** What a puppet can be told to do. */
enum act {
    ACT_SEND,
    ACT_CALL,
    ACT_RECEIVE,
    ACT_REPLY,
    ACT_REPLY_RECEIVE,
    ACT_EXIT,  /**< End normally. */
    ACT_FAULT, /**< End as if by an exception. */
};

/** A process that does what it is told. Owned by the test. */
struct puppet {
    struct process *process;
    int32_t pid;

    /* The order; set by the test before puppet_tell(). */
    enum act act;
    struct endpoint *endpoint;
    uint32_t ticks;
    uint32_t priority;
    int32_t from;
    struct endpoint *then;  /**< Receive there at once, without a limit; NULL: nothing more. */
    struct message message; /**< To be sent; afterwards, what its struct ipc holds. */
    struct object *objects[MESSAGE_HANDLES_MAX]; /**< Carried by the message. */
    uint32_t rights[MESSAGE_HANDLES_MAX];
    uint32_t object_count;

    /* What came of it. */
    bool busy;       /**< It has been told and has not come back. */
    int result;      /**< Of the last order, and of what came at once after it. */
    uint32_t turn;   /**< Counts orders that were carried out, of all puppets. */
    uint32_t ticked; /**< clock_now() when it came back. */
};

/**
 * Make a puppet; failure ends the run.
 * @param puppet receives everything; its message is empty, without limit, priority 0, from anybody.
 * @param name of the process.
 */
void puppet_create(struct puppet *puppet, const char *name);
/** Make several puppets. */
void puppets_create(struct puppet *puppets, uint32_t count, const char *name);

/**
 * Give an order; it is carried out when the test lets others run. A failure ends the run.
 * @param puppet is not busy.
 * @param act what to do.
 * @param endpoint where; NULL for orders that need none.
 */
void puppet_tell(struct puppet *puppet, enum act act, struct endpoint *endpoint);
/** puppet_tell(), and let everybody go on. */
void puppet_do(struct puppet *puppet, enum act act, struct endpoint *endpoint);

/** Let all others go on until none of them is ready. */
void puppet_settle(void);
/** Sleep for some ticks; then let all others go on. */
void puppet_pass(uint32_t ticks);

/** Kill a puppet and wait for it. */
void puppet_kill(struct puppet *puppet);
/** Wait for a puppet that has ended or is about to. */
void puppet_finish(struct puppet *puppet);
/** Kill all processes but the first, and wait for them. */
void puppets_end(void);

/** Begin an empty message of a type of one's own. */
void puppet_empty(struct puppet *puppet, uint32_t operation);
/** Put bytes that @p key determines into the message of a puppet. */
void puppet_fill(struct puppet *puppet, uint32_t length, uint32_t key);
/** @return whether the message of a puppet has these bytes. */
bool puppet_has(const struct puppet *puppet, uint32_t length, uint32_t key);
/** Let a puppet's message answer the one that it holds, with a status. */
void puppet_answer(struct puppet *puppet, int32_t status);
/** Let a puppet's message carry an object. */
void puppet_carry(struct puppet *puppet, struct object *object, uint32_t rights);

/** Check that a puppet waits for a reason; use EXPECT_WAITS(). @return whether it does. */
bool puppet_check_waits(const struct ktest_check *check, const struct puppet *puppet,
                        enum process_reason reason);
/** Check what came of an order; use EXPECT_DONE(). @return whether it is the expected result. */
bool puppet_check_done(const struct ktest_check *check, const struct puppet *puppet, int result);

/** A puppet must be blocked for a reason. */
#define EXPECT_WAITS(puppet, reason, what)                                                         \
    puppet_check_waits(KTEST_CHECK(what, false), (puppet), (reason))
/** A puppet must have come back with a result. */
#define EXPECT_DONE(puppet, result, what)                                                          \
    puppet_check_done(KTEST_CHECK(what, false), (puppet), (result))

/* Endpoints. */

/** @return a new endpoint with one reference, the test's. @param owner may be NULL. */
struct endpoint *endpoint_make(struct puppet *owner);
/** Take the owner away and give the test's reference back. */
void endpoint_drop(struct endpoint *endpoint);
/** Check that nobody waits to send. */
void endpoint_expect_idle(const struct endpoint *endpoint);

/* A server and its clients. */

/** A server, two clients, and an endpoint of the server's. */
struct endpoint_trio {
    struct endpoint_census before;
    struct puppet server;
    struct puppet client;
    struct puppet other;
    struct endpoint *endpoint;
};

/** Make the puppets and the endpoint of a test. */
void endpoint_trio_begin(struct endpoint_trio *scene);
/** End them; nothing may be left of what was there meanwhile. */
void endpoint_trio_end(struct endpoint_trio *scene);

/* Programs. */

/** Start a program of the folder programs/ as a child; failure ends the run. @return its pid. */
int32_t endpoint_spawn(const char *name, const char *first, const char *second);
/** Check that a program ends well; its exit status is otherwise the line of a failed check. */
void endpoint_program(const char *name, const char *first, const char *second);

#endif
