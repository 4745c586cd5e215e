/**
 * @file
 * Gives jobs to a server, and takes the results as they come.
 *
 * usage: submit [NAME]      (default: jobs:)
 *
 * It gives three jobs to the server of NAME (see jobs.c), the longest one first, and gets a number
 * for each at once. Then it asks for a short one whose answer it waits for; that comes before the
 * others. In the end it waits for the notification of the three, fetches their results and ends the
 * server. Its exit status is 0 if all results are right. It owns the list of what it has asked.
 */
#include <arguments.h>
#include <cairn/error.h>
#include <ipc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Ticks to wait for the server, and for jobs. */
#define PATIENCE 10000u
/** Bytes of a result that there is room for. */
#define RESULT_MAX 100u

/** What is asked. */
struct task {
    uint32_t ticks;
    const char *text;
    const char *result; /**< As it must be. */
    int32_t number;     /**< The server's; 0 once the result is there. */
};

static struct task tasks[] = {
    {150, "raw", "war", 0},
    {100, "part", "trap", 0},
    {50, "denim", "mined", 0},
};
#define TASKS (sizeof(tasks) / sizeof(tasks[0]))

/** Whether an answer is what it must be. */
static bool is_right(const struct message *message, int32_t status, const char *result)
{
    return status == (int32_t)strlen(result) && message->length == strlen(result) &&
           memcmp(message->data, result, message->length) == 0;
}

/** Give a job. @return whether the server has taken it. */
static bool give(int32_t endpoint, int32_t notification, struct task *task)
{
    struct message message;
    int32_t result = message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_WRITE),
                                   task->ticks, task->text, (uint32_t)strlen(task->text));
    message.handles[0] = notification;
    message.handle_count = 1;
    task->number = result < 0 ? result : ipc_call(endpoint, &message);
    printf("submit: %s has number %d\n", task->text, (int)task->number);
    return task->number > 0;
}

/** Ask, and wait for the answer. @return whether it is right. */
static bool ask(int32_t endpoint)
{
    struct message message;
    int32_t result = message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_QUERY),
                                   "10 live", RESULT_MAX);
    result = result < 0 ? result : ipc_call(endpoint, &message);
    bool right = is_right(&message, result, "evil");
    printf("submit: live has become %s\n", right ? "evil" : "something WRONG");
    return right;
}

/** Fetch the result of a job that is done. @return whether it is right. */
static bool fetch(int32_t endpoint, struct task *task)
{
    struct message message;
    int32_t result = message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_READ),
                                   (uint32_t)task->number, RESULT_MAX);
    result = result < 0 ? result : ipc_call(endpoint, &message);
    bool right = is_right(&message, result, task->result);
    printf("submit: %s has become %s\n", task->text, right ? task->result : "something WRONG");
    task->number = 0;
    return right;
}

/** Wait for all jobs. @return how many results are right. */
static uint32_t collect(int32_t endpoint, int32_t notification)
{
    uint32_t right = 0;
    for (uint32_t left = TASKS; left > 0;) {
        int32_t bits = cairn_notification_wait(notification, PATIENCE);
        if (bits < 0) {
            printf("submit: %u jobs are not done: %s\n", (unsigned)left, strerror((int)bits));
            break;
        }
        for (uint32_t i = 0; i < TASKS; i++) {
            if (tasks[i].number > 0 && ((uint32_t)bits & 1u << tasks[i].number) != 0) {
                right += fetch(endpoint, &tasks[i]);
                left--;
            }
        }
    }
    return right;
}

int main(int argc, char *argv[])
{
    const struct arguments arguments = {argc, argv, "submit [NAME]"};
    const char *name = argument_text(&arguments, 1, "jobs:");
    arguments_end(&arguments, 1);
    int32_t endpoint = ns_wait(name, NULL, PATIENCE);
    int32_t notification = cairn_notification_create();
    if (endpoint < 0 || notification < 0) {
        printf("submit: cannot ask %s: %s\n", name,
               strerror((int)(endpoint < 0 ? endpoint : notification)));
        return EXIT_FAILURE;
    }
    bool given = true;
    for (uint32_t i = 0; i < TASKS; i++) {
        given = given && give(endpoint, notification, &tasks[i]);
    }
    bool right = given && ask(endpoint) && collect(endpoint, notification) == TASKS;
    struct message message;
    int32_t result = message_build(&message, MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_CLOSE), 0);
    result = result < 0 ? result : ipc_call(endpoint, &message);
    return right && result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
