/**
 * @file
 * Starting programs; see program.h.
 *
 * It owns no state. The arguments go to the top page of the stack: the strings first, then the
 * pointers to them and their number, to which ESP points, as a C program's start-up code expects.
 *
 * Source: System V i386 psABI, section 2.3.1 (initial stack).
 */
#include "kernel/process/program.h"

#include "kernel/memory/fault.h"
#include "kernel/memory/frame.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/paging.h"
#include "kernel/memory/region.h"
#include "kernel/panic.h"
#include "kernel/process/elf.h"
#include "kernel/process/initrd.h"
#include "kernel/process/scheduler.h"
#include "kernel/trace.h"
#include "lib/string.h"

#include <cairn/error.h>

_Static_assert(USER_STACK_GUARD == USER_START, "the guard is the first thing in the user half");
/* argc, the pointers, two null pointers and the alignment fit on one page with the strings. */
_Static_assert(ARGUMENT_BYTES + (ARGUMENTS_MAX + 3) * 4 + 32 <= PAGE_SIZE, "one page is enough");

int program_add_argument(struct program_arguments *arguments, const char *text)
{
    size_t length = strlen(text) + 1;
    if (arguments->count == ARGUMENTS_MAX || length > ARGUMENT_BYTES - arguments->size) {
        return -E_TOO_LONG;
    }
    memcpy(arguments->text + arguments->size, text, length);
    arguments->size += length;
    arguments->count++;
    return 0;
}

/** Read one argument behind the others. @return its length, or an error. */
static int read_argument(struct program_arguments *arguments, user_pointer text)
{
    uint32_t room = ARGUMENT_BYTES - arguments->size;
    if (arguments->count == ARGUMENTS_MAX || room == 0) {
        return -E_TOO_LONG;
    }
    int length = copy_string_from_user(arguments->text + arguments->size, text, room);
    if (length >= 0) {
        arguments->size += (uint32_t)length + 1;
        arguments->count++;
    }
    return length;
}

int program_read_arguments(struct program_arguments *arguments, user_pointer argv)
{
    arguments->count = 0;
    arguments->size = 0;
    for (;;) {
        user_pointer text;
        int error = copy_from_user(&text, argv, sizeof(text));
        if (error < 0 || text.address == 0) {
            return error;
        }
        int length = read_argument(arguments, text);
        if (length < 0) {
            return length;
        }
        argv.address += sizeof(text);
    }
}

/** Write arguments to the last page of the stack. @return the first value of ESP. */
static uintptr_t write_arguments(uint8_t *page, const struct program_arguments *arguments)
{
    const uintptr_t base = USER_STACK_TOP - PAGE_SIZE; /* where the program sees the page */
    uintptr_t strings = USER_STACK_TOP - arguments->size;
    uint32_t words = 1 + arguments->count + 2;
    uintptr_t stack_pointer = align_down(strings - words * sizeof(uint32_t), 16);
    assert(stack_pointer > base);
    memset(page, 0, PAGE_SIZE);
    memcpy(page + (strings - base), arguments->text, arguments->size);
    uint32_t *word = (uint32_t *)(void *)(page + (stack_pointer - base));
    *word++ = arguments->count;
    uint32_t offset = 0;
    for (uint32_t i = 0; i < arguments->count; i++) {
        *word++ = strings + offset;
        offset += strlen(arguments->text + offset) + 1;
    }
    return stack_pointer;
}

/** Make the stack of a program, with its last page present. */
static int load_stack(struct program *program, const struct program_arguments *arguments)
{
    static const struct region regions[] = {
        {USER_STACK_GUARD, USER_STACK_BOTTOM, REGION_GUARD, 0},
        {USER_STACK_BOTTOM, USER_STACK_TOP, REGION_DEMAND_ZERO, PTE_USER | PTE_WRITE},
    };
    for (size_t i = 0; i < COUNT_OF(regions); i++) {
        int error = region_add(program->space, &regions[i]);
        assert(error == 0);
    }
    physaddr_t frame = frame_alloc();
    if (frame == FRAME_NONE) {
        return -E_NO_MEMORY;
    }
    program->stack_pointer = write_arguments(phys_to_virt(frame), arguments);
    int error = paging_map(program->space->directory, USER_STACK_TOP - PAGE_SIZE, frame,
                           PTE_USER | PTE_WRITE);
    if (error < 0) {
        frame_release(frame);
    }
    return error;
}

int program_load(const char *path, const struct program_arguments *arguments,
                 struct program *program)
{
    const struct initrd_file *file = initrd_find(path);
    if (file == NULL) {
        return -E_NOT_FOUND;
    }
    struct elf_program elf;
    int error = elf_check(file->data, file->size, &elf);
    if (error < 0) {
        return error;
    }
    error = space_create(&program->space);
    if (error < 0) {
        return error;
    }
    program->file = file;
    program->entry = elf.entry;
    program->heap_start = align_up(elf.end, PAGE_SIZE);
    error = load_stack(program, arguments);
    if (error == 0) {
        error = elf_load(program->space, &elf);
    }
    if (error < 0) {
        space_destroy(program->space);
    }
    return error;
}

/** The last part of a path. */
static const char *base_name(const char *path)
{
    const char *name = path;
    for (; *path != '\0'; path++) {
        if (*path == '/') {
            name = path + 1;
        }
    }
    return name;
}

void program_install(struct process *process, const struct program *program)
{
    process->program = program->file;
    process->space = program->space;
    process->heap_start = program->heap_start;
    process->heap_end = program->heap_start;
    if (process_hooks.replaced != NULL) {
        process_hooks.replaced(process);
    }
    (void)strlcpy(process->name, base_name(program->file->name), sizeof(process->name));
    if (process->state != PROCESS_NEW) { /* a new one is traced when it starts */
        trace_event(TRACE_SCHED, "proc.name", "pid=%d name=%q", process->pid, process->name);
    }
}

int program_spawn_as(const char *path, const struct program_arguments *arguments,
                     enum process_mode mode,
                     void (*prepare)(struct process *, uintptr_t, uintptr_t))
{
    struct program program;
    int error = program_load(path, arguments, &program);
    if (error < 0) {
        return error;
    }
    struct process *process;
    error = process_create(base_name(program.file->name), mode, &process);
    if (error < 0) {
        space_destroy(program.space);
        return error;
    }
    process_adopt(process, process_current());
    program_install(process, &program);
    prepare(process, program.entry, program.stack_pointer);
    scheduler_start(process);
    return process->pid;
}

int program_spawn(const char *path, const struct program_arguments *arguments)
{
    return program_spawn_as(path, arguments, PROCESS_USER, user_prepare);
}

int32_t program_grow(uint32_t bytes)
{
    struct process *process = process_current();
    uintptr_t old_end = process->heap_end;
    if (process->space == &kernel_space || bytes > INT32_MAX) {
        return -E_INVALID;
    }
    if (bytes > USER_PROGRAM_LIMIT - old_end || bytes / PAGE_SIZE > frame_stats().free) {
        return -E_NO_MEMORY;
    }
    uintptr_t new_end = old_end + bytes;
    uintptr_t mapped_end = align_up(old_end, PAGE_SIZE);
    if (new_end > mapped_end) {
        int error = region_extend(process->space, process->heap_start, align_up(new_end, PAGE_SIZE),
                                  PTE_USER | PTE_WRITE);
        if (error < 0) {
            return error;
        }
    }
    process->heap_end = new_end;
    return (int32_t)old_end;
}
