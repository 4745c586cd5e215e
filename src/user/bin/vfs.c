/**
 * @file
 * Serves a few files that are constants, to programs that make POSIX system calls.
 *
 * usage: vfs      (as vfs+1 for init, which grants the right to serve files)
 *
 * It binds the well-known endpoint of the VFS, so every open(), read() and so on of a process of
 * the POSIX personality comes here as a request, packed by the kernel. Files can be read only;
 * descriptors 1 and 2 are the console, for everybody. Under the name "vfs:" it can be told to
 * close. It owns the open files: a descriptor means something to the process only that has opened
 * it.
 */
#include <arguments.h>
#include <cairn/error.h>
#include <server.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Ticks to wait for the right. */
#define PATIENCE 10000u
/** Files that can be open at a time. */
#define OPEN_MAX 16u
/** The descriptor of the first of them. */
#define FIRST_DESCRIPTOR 3u

/** The bits of open()'s flags that say more than "read"; Linux, include/uapi/asm-generic/fcntl.h.
 */
#define FLAGS_WRITE 0x3u
/** A regular file that everybody can read; Linux, include/uapi/linux/stat.h. */
#define MODE_READABLE 0100444u

/** Linux's struct stat on i386, arch/x86/include/uapi/asm/stat.h; what is not used is 0. */
struct posix_stat {
    uint32_t device;
    uint32_t inode;
    uint16_t mode;
    uint16_t links;
    uint16_t unused[4];
    uint32_t size;
    uint32_t rest[10];
};
_Static_assert(sizeof(struct posix_stat) == POSIX_STAT_SIZE, "programs are compiled with it");

/** A file. */
struct file {
    const char *path;
    const char *text;
};

static const struct file files[] = {
    {"/motd", "Stones are piled one by one.\n"},
    {"/poem", "The kernel packs what you have asked,\n"
              "a server reads it, line by line;\n"
              "it answers, and you never know\n"
              "whose memory it was, not thine.\n"},
    {"/empty", ""},
};

/** An open file. */
struct open_file {
    int32_t owner; /**< Pid; 0: the entry is free. */
    const struct file *file;
    uint32_t position; /**< In bytes; may lie behind the end. */
};

static struct open_file open_files[OPEN_MAX];

static const struct file *find_file(const struct argument *path)
{
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (strlen(files[i].path) == path->value &&
            memcmp(files[i].path, path->bytes.bytes, path->value) == 0) {
            return &files[i];
        }
    }
    return NULL;
}

/** The open file of a descriptor; NULL if the sender has not opened it. */
static struct open_file *find_open(const struct message *message, uint32_t descriptor)
{
    const uint32_t index = descriptor - FIRST_DESCRIPTOR;
    bool theirs = index < OPEN_MAX && open_files[index].owner == message->sender;
    return theirs ? &open_files[index] : NULL;
}

/** A free entry; NULL. What a process that has ended left open counts as closed. */
static struct open_file *find_free(void)
{
    struct process_info info;
    for (uint32_t i = 0; i < OPEN_MAX; i++) {
        int32_t owner = open_files[i].owner;
        if (owner == 0 || cairn_process_info(owner, &info) != owner) {
            return &open_files[i];
        }
    }
    return NULL;
}

static bool handle_open(struct server *server, struct message *message,
                        const struct argument *arguments)
{
    (void)server;
    const struct file *file = find_file(&arguments[0]);
    struct open_file *open = find_free();
    int32_t result = file == NULL                              ? -E_NOT_FOUND
                     : (arguments[1].value & FLAGS_WRITE) != 0 ? -E_ACCESS
                     : open == NULL                            ? -E_NO_SPACE
                                                               : 0;
    if (result == 0) {
        *open = (struct open_file){.owner = message->sender, .file = file};
        result = (int32_t)(open - open_files) + (int32_t)FIRST_DESCRIPTOR;
    }
    (void)message_answer(message, result, NULL, 0);
    return true;
}

static bool handle_read(struct server *server, struct message *message,
                        const struct argument *arguments)
{
    (void)server;
    struct open_file *open = find_open(message, arguments[0].value);
    if (open == NULL) {
        (void)message_answer(message, -E_BAD_HANDLE, NULL, 0);
        return true;
    }
    const uint32_t length = strlen(open->file->text);
    const uint32_t start = open->position < length ? open->position : length;
    uint32_t count = length - start;
    count = count < arguments[1].value ? count : arguments[1].value;
    count = count < MESSAGE_DATA_MAX ? count : MESSAGE_DATA_MAX;
    open->position += count;
    (void)message_answer(message, (int32_t)count, open->file->text + start, count);
    return true;
}

/** Write to the console. */
static bool handle_write(struct server *server, struct message *message,
                         const struct argument *arguments)
{
    (void)server;
    const struct argument *text = &arguments[1];
    const uint32_t descriptor = arguments[0].value;
    int32_t result = -E_BAD_HANDLE;
    if (descriptor == 1 || descriptor == 2) {
        result = cairn_write((const char *)text->bytes.bytes, text->value);
    } else if (find_open(message, descriptor) != NULL) {
        result = -E_ACCESS;
    }
    (void)message_answer(message, result, NULL, 0);
    return true;
}

static bool handle_seek(struct server *server, struct message *message,
                        const struct argument *arguments)
{
    (void)server;
    struct open_file *open = find_open(message, arguments[0].value);
    if (open == NULL || arguments[2].value > 2) {
        (void)message_answer(message, open == NULL ? -E_BAD_HANDLE : -E_INVALID, NULL, 0);
        return true;
    }
    const uint32_t from[] = {0, open->position, strlen(open->file->text)};
    const uint32_t position = from[arguments[2].value] + arguments[1].value;
    if (position > INT32_MAX) {
        (void)message_answer(message, -E_INVALID, NULL, 0);
        return true;
    }
    open->position = position;
    (void)message_answer(message, (int32_t)position, NULL, 0);
    return true;
}

static bool handle_stat(struct server *server, struct message *message,
                        const struct argument *arguments)
{
    (void)server;
    const struct file *file = find_file(&arguments[0]);
    if (file == NULL || arguments[1].value < POSIX_STAT_SIZE) {
        (void)message_answer(message, file == NULL ? -E_NOT_FOUND : -E_INVALID, NULL, 0);
        return true;
    }
    const struct posix_stat stat = {.inode = (uint32_t)(file - files) + 1,
                                    .mode = MODE_READABLE,
                                    .links = 1,
                                    .size = strlen(file->text)};
    (void)message_answer(message, 0, &stat, sizeof(stat));
    return true;
}

static bool handle_close(struct server *server, struct message *message,
                         const struct argument *arguments)
{
    (void)server;
    struct open_file *open = find_open(message, arguments[0].value);
    if (open != NULL) {
        open->owner = 0;
    }
    (void)message_answer(message, open == NULL ? -E_BAD_HANDLE : 0, NULL, 0);
    return true;
}

int main(int argc, char *argv[])
{
    static const struct server_operation operations[] = {
        {MESSAGE_TYPE(DIALECT_VFS, VFS_OPEN), handle_open},
        {MESSAGE_TYPE(DIALECT_VFS, VFS_READ), handle_read},
        {MESSAGE_TYPE(DIALECT_VFS, VFS_WRITE), handle_write},
        {MESSAGE_TYPE(DIALECT_VFS, VFS_SEEK), handle_seek},
        {MESSAGE_TYPE(DIALECT_VFS, VFS_STAT), handle_stat},
        {MESSAGE_TYPE(DIALECT_VFS, VFS_CLOSE), handle_close},
        {MESSAGE_TYPE(DIALECT_GENERIC, GENERIC_CLOSE), server_close},
    };
    const struct arguments arguments = {argc, argv, "vfs"};
    arguments_end(&arguments, 0);
    struct server server = {
        .endpoint = ipc_bind(WELL_KNOWN_VFS, PATIENCE),
        .operations = operations,
        .operation_count = sizeof(operations) / sizeof(operations[0]),
    };
    int error =
        server.endpoint < 0 ? (int)server.endpoint : cairn_name_register("vfs:", server.endpoint);
    error = error < 0 ? error : server_run(&server);
    if (error < 0) {
        printf("vfs: cannot serve: %s\n", strerror(error));
    }
    return error < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
