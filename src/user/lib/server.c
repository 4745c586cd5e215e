/**
 * @file
 * A server's loop; see <server.h>.
 *
 * It owns no state. Between two requests the loop makes a single system call, which answers the one
 * and waits for the other.
 */
#include <server.h>

#include <cairn/error.h>

#include <stddef.h>

/** The handler of a type; NULL if the server does not know it. */
static server_handler *find(const struct server *server, uint32_t type)
{
    for (uint32_t i = 0; i < server->operation_count; i++) {
        if (server->operations[i].type == type) {
            return server->operations[i].handler;
        }
    }
    return NULL;
}

/** Find the handler, and let it act on sound arguments. */
static bool dispatch(struct server *server, struct message *message)
{
    struct argument arguments[DIALECT_ARGUMENTS];
    server_handler *handler = find(server, message->type);
    if (handler == NULL) {
        (void)message_answer(message, -E_NO_CALL, NULL, 0);
        return true;
    }
    if (operation_find(message->type) == NULL) {
        return handler(server, message, NULL);
    }
    int error = message_parse(message, arguments);
    if (error < 0) {
        (void)message_answer(message, error, NULL, 0);
        return true;
    }
    return handler(server, message, arguments);
}

bool server_handle(struct server *server, struct message *message)
{
    const uint32_t came = message->handle_count;
    const bool is_call = message->request_id != 0;
    bool answer = dispatch(server, message);
    /* An answer with handles of its own has taken their places. */
    if (came > 0 && (message->handle_count == 0 || !answer)) {
        ipc_close_handles(message->handles, came);
    }
    return answer && is_call;
}

bool server_close(struct server *server, struct message *message, const struct argument *arguments)
{
    (void)arguments;
    server->stop = true;
    (void)message_answer(message, 0, NULL, 0);
    return true;
}

/** Answer and receive. A caller that has no room for the handles of its answer is told so. */
static int answer_and_receive(const struct server *server, struct message *message)
{
    int error = cairn_reply_receive(server->endpoint, message, WAIT_NO_LIMIT);
    if (error == -E_NO_SPACE || error == -E_NO_MEMORY) {
        (void)message_answer(message, error, NULL, 0);
        error = cairn_reply_receive(server->endpoint, message, WAIT_NO_LIMIT);
    }
    return error;
}

int server_run(struct server *server)
{
    struct message message;
    int error = cairn_endpoint_receive(server->endpoint, &message, WAIT_NO_LIMIT);
    while (error == 0) {
        bool answer = server_handle(server, &message);
        if (server->stop) {
            return answer ? cairn_reply(&message) : 0;
        }
        error = answer ? answer_and_receive(server, &message)
                       : cairn_endpoint_receive(server->endpoint, &message, WAIT_NO_LIMIT);
    }
    return error;
}
