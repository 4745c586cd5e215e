/**
 * @file
 * The initial file system; see initrd.h.
 *
 * It owns the table of files, made once from the archive: a sequence of headers of 512 bytes, each
 * followed by its file's contents, rounded up to 512. Numbers are octal text. A header of zeros
 * ends the archive. Whatever is not a regular file is skipped.
 */
#include "kernel/process/initrd.h"

#include "kernel/console.h"
#include "kernel/memory/layout.h"
#include "kernel/panic.h"
#include "kernel/trace.h"
#include "lib/string.h"

/** Files that are kept; more are reported and left out. */
#define FILES_MAX 128u
/** Everything in an archive starts at a multiple of this. */
#define BLOCK_SIZE 512u

/** A header (ustar). Texts need not end with 0 when they fill their field. */
struct tar_header {
    char name[100];
    char mode[8];
    char owner[8];
    char group[8];
    char size[12];
    char time[12];
    char checksum[8];
    char type; /**< '0' or 0: a regular file. */
    char link[100];
    char magic[6]; /**< "ustar". */
    char rest[249];
};
_Static_assert(sizeof(struct tar_header) == BLOCK_SIZE, "ustar: a header is one block");

static struct initrd_file files[FILES_MAX];
static uint32_t file_count;

/** Read an octal number; anything else ends it. */
static uint32_t octal(const char *text, size_t size)
{
    uint32_t value = 0;
    for (size_t i = 0; i < size && text[i] >= '0' && text[i] <= '7'; i++) {
        value = value << 3 | (uint32_t)(text[i] - '0');
    }
    return value;
}

/** The sum of a header's bytes, with blanks where the sum itself stands. */
static uint32_t checksum_of(const struct tar_header *header)
{
    const uint8_t *bytes = (const uint8_t *)header;
    uint32_t sum = 0;
    for (size_t i = 0; i < BLOCK_SIZE; i++) {
        bool in_field = i - offsetof(struct tar_header, checksum) < sizeof(header->checksum);
        sum += in_field ? ' ' : bytes[i];
    }
    return sum;
}

static bool is_valid(const struct tar_header *header)
{
    return memcmp(header->magic, "ustar", 5) == 0 &&
           octal(header->checksum, sizeof(header->checksum)) == checksum_of(header);
}

static void add_file(const struct tar_header *header, uint32_t size)
{
    struct initrd_file *file = &files[file_count++];
    memcpy(file->name, header->name, sizeof(header->name));
    file->name[sizeof(header->name)] = '\0';
    file->data = (const uint8_t *)(header + 1);
    file->size = size;
}

/** Read one header. @return where the next one is; 0 at the end of the archive. */
static uint32_t read_header(const uint8_t *archive, uint32_t size, uint32_t offset)
{
    const struct tar_header *header = (const void *)(archive + offset);
    if (size - offset < BLOCK_SIZE || header->name[0] == '\0') {
        return 0;
    }
    uint32_t length = octal(header->size, sizeof(header->size));
    if (!is_valid(header) || length > size - offset - BLOCK_SIZE) {
        kprintf("initrd:  the archive is damaged at byte %u; what follows is ignored\n", offset);
        return 0;
    }
    if (header->type == '0' || header->type == '\0') {
        if (file_count == FILES_MAX) {
            kprintf("initrd:  more than %u files; the rest is left out\n", FILES_MAX);
            return 0;
        }
        add_file(header, length);
    }
    return offset + BLOCK_SIZE + align_up(length, BLOCK_SIZE);
}

void initrd_init(const struct boot_info *boot)
{
    file_count = 0;
    if (boot->module_count == 0) {
        return;
    }
    const struct boot_module *module = &boot->modules[0];
    assert(module->start <= module->end && module->end <= PHYSICAL_LIMIT);
    const uint8_t *archive = phys_to_virt(module->start);
    uint32_t size = module->end - module->start;
    uint32_t offset = 0;
    do {
        offset = read_header(archive, size, offset);
    } while (offset != 0 && offset < size);
    trace_event(TRACE_BOOT, "boot.initrd", "files=%u bytes=%u", file_count, size);
}

const struct initrd_file *initrd_find(const char *path)
{
    path += *path == '/';
    for (uint32_t i = 0; i < file_count; i++) {
        if (strcmp(files[i].name, path) == 0) {
            return &files[i];
        }
    }
    return NULL;
}

uint32_t initrd_count(void)
{
    return file_count;
}
