/**
 * @file
 * A plugin for QEMU that notes what the processor ran: every block of instructions, with the bytes
 * that were really fetched, and every step from one block to another. The guest can neither see nor
 * prevent it. grader/cairn_grader/audit.py builds it, and judges what it has written.
 *
 * It owns the table of blocks and the set of steps. Noting begins when the kernel's entry is run
 * with the right bytes, so firmware and boot loader are left out; what was noted is written at exit.
 * A block that is translated again with the same bytes is the same block.
 *
 * The options are out=FILE, entry=ADDRESS and code=BYTES, both hexadecimal: the first bytes of the
 * kernel's entry. The file has a line for each block and each step:
 *
 *     block ADDRESS LENGTH,LENGTH,... BYTES     the lengths are those of its instructions
 *     step NUMBER NUMBER                        from one block to another, numbered from 0
 *     full                                      there was no room for more: the rest is unknown
 *
 * Source: QEMU's documentation, "QEMU TCG Plugins"; the declarations below are those of version 1
 * of the interface, as far as it is used here, since distributions do not package its header.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*translated_fn)(uint64_t id, struct qemu_plugin_tb *tb);
typedef void (*executed_fn)(unsigned int cpu, void *data);
typedef void (*exit_fn)(uint64_t id, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, translated_fn callback);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, executed_fn callback,
                                          int flags, void *data);
void qemu_plugin_register_atexit_cb(uint64_t id, exit_fn callback, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv);

/** The version of the interface; QEMU looks for this name. */
EXPORT int qemu_plugin_version = 1;

/* Limits, some twenty times what a correct kernel needs. Both tables are powers of two. */
enum { BLOCKS_MAX = 1 << 17, STEPS_MAX = 1 << 19, INSTRUCTIONS_MAX = 512, LONGEST = 15 };

/** A block of instructions that follow each other. */
struct block {
    uint32_t number;
    uint32_t address;
    uint32_t count; /**< Instructions. */
    uint32_t size;  /**< Bytes of all instructions. */
    struct block *next; /**< In the list of its slot in the table. */
    struct block *successor; /**< The block of the last step from here, which needs no search. */
    uint8_t lengths[INSTRUCTIONS_MAX];
    uint8_t bytes[];
};

static struct block *table[BLOCKS_MAX];
static struct block *in_order[BLOCKS_MAX];
static uint32_t block_count;
static uint64_t *steps; /**< A hash table: both numbers, each plus one; 0: empty. */
static uint32_t step_count;
static bool full;

/* Where noting begins, and where the processor was last. */
static uint32_t entry;
static uint8_t entry_code[LONGEST];
static size_t entry_size;
static struct block *last;

static const char *output;

/** Spread a number over a table of a power of two entries. */
static uint32_t slot_of(uint64_t key, uint32_t entries)
{
    return (uint32_t)((key * 0x9E3779B97F4A7C15u) >> 40) & (entries - 1);
}

/** Note a step; one that was noted already changes nothing. */
static void note_step(const struct block *from, const struct block *to)
{
    uint64_t key = (uint64_t)(from->number + 1) << 32 | (to->number + 1);
    uint32_t slot = slot_of(key, STEPS_MAX);
    while (steps[slot] != 0 && steps[slot] != key) {
        slot = (slot + 1) & (STEPS_MAX - 1);
    }
    if (steps[slot] == 0) {
        if (step_count == STEPS_MAX / 2) {
            full = true;
            return;
        }
        steps[slot] = key;
        step_count++;
    }
}

/** Give a block that is run for the first time its number. */
static bool number_block(struct block *block)
{
    if (block->number == UINT32_MAX) {
        if (block_count == BLOCKS_MAX) {
            full = true;
            return false;
        }
        in_order[block_count] = block;
        block->number = block_count++;
    }
    return true;
}

/** QEMU is about to run a block. */
static void on_execution(unsigned int cpu, void *data)
{
    (void)cpu;
    struct block *block = data;
    if (last == NULL && (block->address != entry || block->size < entry_size ||
                         memcmp(block->bytes, entry_code, entry_size) != 0)) {
        return;
    }
    if (!number_block(block)) {
        return;
    }
    if (last != NULL && last->successor != block) {
        note_step(last, block);
        last->successor = block;
    }
    last = block;
}

/** Read a block's instructions. @return a block that is in no table yet; NULL without memory. */
static struct block *read_block(const struct qemu_plugin_tb *tb)
{
    size_t count = qemu_plugin_tb_n_insns(tb);
    count = count < INSTRUCTIONS_MAX ? count : INSTRUCTIONS_MAX;
    struct block *block = calloc(1, sizeof(*block) + count * LONGEST);
    if (block == NULL || count == 0) {
        free(block);
        return NULL;
    }
    block->number = UINT32_MAX;
    block->count = (uint32_t)count;
    block->address = (uint32_t)qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0));
    for (size_t i = 0; i < count; i++) {
        const struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        size_t size = qemu_plugin_insn_size(insn);
        size = size < LONGEST ? size : LONGEST;
        memcpy(block->bytes + block->size, qemu_plugin_insn_data(insn), size);
        block->lengths[i] = (uint8_t)size;
        block->size += (uint32_t)size;
    }
    return block;
}

/** Whether two blocks are the same instructions at the same place. */
static bool same(const struct block *a, const struct block *b)
{
    return a->address == b->address && a->count == b->count && a->size == b->size &&
           memcmp(a->bytes, b->bytes, a->size) == 0;
}

/** QEMU has translated a block. */
static void on_translation(uint64_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    static uint32_t known;
    struct block *block = known < BLOCKS_MAX ? read_block(tb) : NULL;
    if (block == NULL) {
        full = true;
        return;
    }
    struct block **slot = &table[slot_of(block->address, BLOCKS_MAX)];
    struct block *found = *slot;
    while (found != NULL && !same(found, block)) {
        found = found->next;
    }
    if (found == NULL) {
        block->next = *slot;
        *slot = block;
        known++;
    } else {
        free(block);
        block = found;
    }
    qemu_plugin_register_vcpu_tb_exec_cb(tb, on_execution, 0, block);
}

/** Write one block as a line. */
static void write_block(FILE *file, const struct block *block)
{
    (void)fprintf(file, "block %x ", block->address);
    for (uint32_t i = 0; i < block->count; i++) {
        (void)fprintf(file, "%s%u", i == 0 ? "" : ",", block->lengths[i]);
    }
    (void)fputc(' ', file);
    for (uint32_t i = 0; i < block->size; i++) {
        (void)fprintf(file, "%02x", block->bytes[i]);
    }
    (void)fputc('\n', file);
}

/** QEMU ends. */
static void on_exit_of_emulator(uint64_t id, void *data)
{
    (void)id;
    (void)data;
    FILE *file = fopen(output, "w");
    if (file == NULL) {
        perror(output);
        return;
    }
    for (uint32_t i = 0; i < block_count; i++) {
        write_block(file, in_order[i]);
    }
    for (uint32_t i = 0; i < STEPS_MAX; i++) {
        if (steps[i] != 0) {
            (void)fprintf(file, "step %u %u\n", (uint32_t)(steps[i] >> 32) - 1,
                          (uint32_t)steps[i] - 1);
        }
    }
    if (full) {
        (void)fprintf(file, "full\n");
    }
    (void)fclose(file);
}

/** Read the bytes of the entry. */
static void read_entry_code(const char *hex)
{
    unsigned int byte = 0;
    while (entry_size < LONGEST && sscanf(hex + 2 * entry_size, "%2x", &byte) == 1) {
        entry_code[entry_size++] = (uint8_t)byte;
    }
}

/** QEMU has loaded the plugin. @return 0 if it can work. */
EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "out=", 4) == 0) {
            output = strdup(argv[i] + 4);
        } else if (strncmp(argv[i], "entry=", 6) == 0) {
            entry = (uint32_t)strtoul(argv[i] + 6, NULL, 16);
        } else if (strncmp(argv[i], "code=", 5) == 0) {
            read_entry_code(argv[i] + 5);
        }
    }
    steps = calloc(STEPS_MAX, sizeof(*steps));
    if (output == NULL || entry_size == 0 || steps == NULL) {
        (void)fprintf(stderr, "audit: it needs out=, entry= and code=, and memory\n");
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_exit_of_emulator, NULL);
    return 0;
}
