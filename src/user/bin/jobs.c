/**
 * @file
 * A server that answers later, and not in the order in which it was asked.
 *
 * usage: jobs [NAME]      (default: jobs:)
 *
 * A job turns a text around, after a number of ticks. There are two ways to give one:
 *
 *     write(ticks, text), with a notification   the answer is the job's number, at once; when the
 *                                               job is done, the bit of its number is signalled,
 *                                               and read(number, room) gives the result, once
 *     query("TICKS TEXT", room)                 the answer is the result, when it is there
 *
 * Between two requests the server waits no longer than until the next job is due. A close ends it;
 * who still waits then learns that the server is gone. It owns the table of jobs.
 */
#include <arguments.h>
#include <cairn/error.h>
#include <server.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Jobs at a time. Their numbers are 1 to this, so that each has a bit in a notification. */
#define JOBS 16u
/** Bytes of the longest text, the final 0 included. */
#define TEXT_MAX 100u

/** A job. */
struct job {
    int32_t client;       /**< Pid; 0: the entry is free. */
    uint32_t request_id;  /**< Of a query that waits for its answer; 0: a job with a number. */
    uint32_t type;        /**< Of that query. */
    uint32_t room;        /**< In its answer. */
    int32_t notification; /**< A handle; HANDLE_NONE once it has been signalled. */
    uint32_t due;         /**< When the job is done; a time of cairn_clock(). */
    bool done;
    char text[TEXT_MAX];
};

static struct job jobs[JOBS];

/** Make an entry free. */
static void forget(struct job *job)
{
    if (job->notification != HANDLE_NONE) {
        (void)cairn_handle_close(job->notification);
    }
    job->client = 0;
}

/** A new job of a client; NULL if there are too many. Jobs of clients that have ended make room. */
static struct job *new_job(int32_t client, uint32_t ticks, const char *text)
{
    struct process_info info;
    for (uint32_t i = 0; i < JOBS; i++) {
        struct job *job = &jobs[i];
        if (job->client != 0 && cairn_process_info(job->client, &info) != job->client) {
            forget(job);
        }
        if (job->client == 0) {
            *job = (struct job){
                .client = client, .notification = HANDLE_NONE, .due = cairn_clock() + ticks};
            (void)strlcpy(job->text, text, sizeof(job->text));
            return job;
        }
    }
    return NULL;
}

/** A job's number. */
static int32_t number_of(const struct job *job)
{
    return (int32_t)(job - jobs) + 1;
}

/** Give a job, and be told when it is done. */
static bool handle_write(struct server *server, struct message *message,
                         const struct argument *arguments)
{
    (void)server;
    char text[TEXT_MAX];
    int32_t result = message->handle_count == 1 ? 0 : -E_INVALID;
    result = result < 0 ? result : argument_string(&arguments[1], text, sizeof(text));
    if (result == 0) {
        struct job *job = new_job(message->sender, arguments[0].value, text);
        result = job == NULL ? -E_AGAIN : number_of(job);
        if (job != NULL) {
            job->notification = message->handles[0];
            message->handles[0] = HANDLE_NONE; /* it is kept */
        }
    }
    (void)message_answer(message, result, NULL, 0);
    return true;
}

/** Fetch the result of a job. */
static bool handle_read(struct server *server, struct message *message,
                        const struct argument *arguments)
{
    (void)server;
    const uint32_t number = arguments[0].value;
    struct job *job = number >= 1 && number <= JOBS ? &jobs[number - 1] : NULL;
    if (job == NULL || job->client != message->sender || job->request_id != 0) {
        (void)message_answer(message, -E_NOT_FOUND, NULL, 0);
    } else if (!job->done) {
        (void)message_answer(message, -E_AGAIN, NULL, 0);
    } else {
        const uint32_t length = strlen(job->text);
        const uint32_t size = length < arguments[1].value ? length : arguments[1].value;
        (void)message_answer(message, (int32_t)length, job->text, size);
        forget(job);
    }
    return true;
}

/** Give a job, and wait for its result: the answer comes from finish(). */
static bool handle_query(struct server *server, struct message *message,
                         const struct argument *arguments)
{
    (void)server;
    char question[TEXT_MAX];
    char *text;
    int error = argument_string(&arguments[0], question, sizeof(question));
    long ticks = error < 0 ? 0 : strtol(question, &text, 10);
    if (error < 0 || ticks < 0 || *text != ' ') {
        (void)message_answer(message, -E_INVALID, NULL, 0);
        return true;
    }
    struct job *job = new_job(message->sender, (uint32_t)ticks, text + 1);
    if (job == NULL) {
        (void)message_answer(message, -E_AGAIN, NULL, 0);
        return true;
    }
    job->request_id = message->request_id;
    job->type = message->type;
    job->room = arguments[1].value;
    return false;
}

/** Turn a text around. */
static void reverse(char *text)
{
    for (size_t left = 0, right = strlen(text); left + 1 < right; left++) {
        char character = text[left];
        text[left] = text[--right];
        text[right] = character;
    }
}

/** Do a job, and tell who waits for it. */
static void finish(struct job *job)
{
    reverse(job->text);
    job->done = true;
    if (job->request_id == 0) {
        (void)cairn_notification_signal(job->notification, 1u << number_of(job));
        (void)cairn_handle_close(job->notification);
        job->notification = HANDLE_NONE;
        return;
    }
    struct message answer = {
        .type = job->type, .sender = job->client, .request_id = job->request_id};
    const uint32_t length = strlen(job->text);
    (void)message_answer(&answer, (int32_t)length, job->text,
                         length < job->room ? length : job->room);
    (void)cairn_reply(&answer); /* the client may be gone */
    forget(job);
}

/** The job under way that is due first; NULL. */
static struct job *next_job(uint32_t now)
{
    struct job *next = NULL;
    for (uint32_t i = 0; i < JOBS; i++) {
        struct job *job = &jobs[i];
        bool under_way = job->client != 0 && !job->done;
        if (under_way && (next == NULL || (int32_t)(job->due - now) < (int32_t)(next->due - now))) {
            next = job;
        }
    }
    return next;
}

/** Finish all jobs that are due. @return how long to wait for the next one; WAIT_NO_LIMIT. */
static uint32_t finish_due(void)
{
    const uint32_t now = cairn_clock();
    struct job *job;
    while ((job = next_job(now)) != NULL && (int32_t)(job->due - now) <= 0) {
        finish(job);
    }
    return job == NULL ? WAIT_NO_LIMIT : job->due - now;
}

/** Serve until a close. @return 0, or the error that ended it. */
static int serve(struct server *server)
{
    struct message message;
    while (!server->stop) {
        int error = cairn_endpoint_receive(server->endpoint, &message, finish_due());
        if (error == 0 && server_handle(server, &message)) {
            (void)cairn_reply(&message);
        }
        if (error < 0 && error != -E_TIMED_OUT) {
            return error;
        }
    }
    return 0;
}

int main(int argc, char *argv[])
{
    static const struct server_operation operations[] = {
        {MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_READ), handle_read},
        {MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_WRITE), handle_write},
        {MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_QUERY), handle_query},
        {MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_CLOSE), server_close},
    };
    const struct arguments arguments = {argc, argv, "jobs [NAME]"};
    const char *name = argument_text(&arguments, 1, "jobs:");
    arguments_end(&arguments, 1);
    struct server server = {
        .endpoint = ns_publish(name),
        .operations = operations,
        .operation_count = sizeof(operations) / sizeof(operations[0]),
    };
    int error = server.endpoint < 0 ? (int)server.endpoint : serve(&server);
    if (error < 0) {
        printf("jobs: cannot serve %s: %s\n", name, strerror(error));
    }
    return error < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
