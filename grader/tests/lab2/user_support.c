/**
 * @file
 * What the tests of programs in ring 3 share; the contracts are in user_support.h.
 *
 * Machine code runs as a program by being written over the first instructions of the program
 * `blank` in the initrd while that is loaded. The hook is called by an extension of the trap
 * handler that otherwise does what the kernel's own does. The file owns the hook and the hoard.
 */
#include "user_support.h"

#include "kernel/process/elf.h"
#include "kernel/process/fork.h"
#include "kernel/process/initrd.h"
#include "kernel/process/report.h"
#include "kernel/process/syscall.h"
#include "kernel/x86/segments.h"

/** Bytes of machine code that fit over the start of `blank`. */
#define CODE_MAX 128u

const uint8_t user_call_at_once[USER_CALL_SIZE] = {
    0xCD, 0x80,                   /* int 0x80 */
    0xB8, 0x08, 0x00, 0x00, 0x00, /* mov eax, SYS_EXIT */
    0xBB, 0x21, 0x00, 0x00, 0x00, /* mov ebx, 33 */
    0xCD, 0x80,                   /* int 0x80 */
};

static user_hook *current_hook;
static uint8_t saved_code[CODE_MAX];
static uint32_t saved_size;
static struct hoard hoard;

int32_t user_spawn(const char *name, const char *first, const char *second)
{
    static struct program_arguments arguments;
    char path[PROGRAM_PATH_MAX];
    const char *const words[] = {name, first, second};
    arguments = (struct program_arguments){0};
    for (size_t i = 0; i < COUNT_OF(words) && words[i] != NULL; i++) {
        REQUIRE_ERROR(program_add_argument(&arguments, words[i]), 0, "an argument fits");
    }
    (void)format_string(path, sizeof(path), "test/%s", name);
    int32_t pid = program_spawn(path, &arguments);
    REQUIRE(pid > 0, "a program can be started");
    return pid;
}

int32_t user_wait(int32_t pid)
{
    int32_t status = -1;
    REQUIRE_ERROR(process_wait(pid, &status), pid, "a child can be waited for");
    return status;
}

int32_t user_run(const char *name, const char *first, const char *second)
{
    return user_wait(user_spawn(name, first, second));
}

void user_kill(int32_t pid)
{
    REQUIRE_ERROR(process_kill(pid), 0, "a child can be killed");
    EXPECT_STATUS(user_wait(pid), EXIT_KILLED, 0, "a child that was killed says so");
}

void user_kill_others(int32_t spared)
{
    uint32_t index = 0;
    uint32_t left = spared == 0 ? 1 : 2;
    for (const struct process *process; (process = process_next(&index)) != NULL;) {
        if (process->pid != spared && process->pid != PID_INIT &&
            process->state != PROCESS_ZOMBIE) {
            REQUIRE_RESULT(process_kill(process->pid), 0, "a program can be killed");
        }
    }
    while (process_count() > left) {
        int32_t pid = process_wait(WAIT_ANY, NULL);
        REQUIRE(pid > 0 && pid != spared, "whoever was killed can be waited for");
    }
}

void user_sleep(uint32_t ticks)
{
    (void)scheduler_block(NULL, REASON_SLEEP, ticks);
}

struct process *user_process(int32_t pid)
{
    struct process *process = process_find(pid);
    REQUIRE(process != NULL, "a process that was started is there");
    return process;
}

struct user_file user_file(const char *name)
{
    char path[PROGRAM_PATH_MAX];
    struct elf_program program;
    (void)format_string(path, sizeof(path), "test/%s", name);
    const struct initrd_file *file = initrd_find(path);
    REQUIRE(file != NULL, "the initrd holds the programs of the tests");
    REQUIRE_ERROR(elf_check(file->data, file->size, &program), 0, "a program is a program");
    const struct elf_segment *segment = program.segments;
    while (program.entry - segment->address >= segment->file_size) {
        segment++;
    }
    return (struct user_file){
        .data = (uint8_t *)(uintptr_t)file->data, /* the initrd lies in ordinary memory */
        .size = file->size,
        .entry_offset = segment->file_offset + (program.entry - segment->address),
    };
}

void user_patch(const uint8_t *code, uint32_t size)
{
    struct user_file file = user_file("blank");
    uint8_t *place = file.data + file.entry_offset;
    REQUIRE(size <= CODE_MAX && size <= file.size - file.entry_offset, "the code fits");
    memcpy(saved_code, place, size);
    memcpy(place, code, size);
    saved_size = size;
}

void user_restore(void)
{
    struct user_file file = user_file("blank");
    memcpy(file.data + file.entry_offset, saved_code, saved_size);
}

int32_t user_spawn_code(const uint8_t *code, uint32_t size)
{
    user_patch(code, size);
    int32_t pid = user_spawn("blank", NULL, NULL);
    user_restore();
    return pid;
}

int32_t user_run_code(const uint8_t *code, uint32_t size)
{
    return user_wait(user_spawn_code(code, size));
}

void user_expect_fresh(const struct trap_frame *frame)
{
    EXPECT_EQUAL(frame->eax | frame->ebx | frame->ecx | frame->edx | frame->esi | frame->edi |
                     frame->ebp,
                 0, "a program starts with all general registers 0");
    EXPECT_EQUAL(frame->eflags & ~0x10000u, EFLAGS_PROGRAM,
                 "EFLAGS of a program is 0x202 at first: interrupts on"); /* RF is the CPU's */
    EXPECT_EQUAL(frame->cs, SELECTOR_USER_CODE, "CS is ring 3's code segment, 0x1b");
    EXPECT_EQUAL(frame->user_ss, SELECTOR_USER_DATA, "SS is ring 3's data segment, 0x23");
    EXPECT_EQUAL(frame->ds & 0xFFFF, SELECTOR_USER_DATA, "DS is ring 3's data segment, 0x23");
    EXPECT_EQUAL(frame->es & 0xFFFF, SELECTOR_USER_DATA, "ES is ring 3's data segment, 0x23");
    EXPECT_EQUAL(frame->fs & 0xFFFF, SELECTOR_USER_DATA, "FS is ring 3's data segment, 0x23");
    EXPECT_EQUAL(frame->gs & 0xFFFF, SELECTOR_USER_DATA, "GS is ring 3's data segment, 0x23");
}

/** Show a call to the hook, and act on it. */
static void hooked_call(struct trap_frame *frame)
{
    if (current_hook != NULL) {
        current_hook(frame);
    }
    syscall_dispatch(frame);
}

/** As the kernel's own extension does. */
static enum fault_cause hooked_resolve(struct space *space, const struct fault *fault,
                                       enum fault_cause cause)
{
    return cause == FAULT_CAUSE_READ_ONLY ? fork_resolve(space, fault) : cause;
}

void user_set_hook(user_hook *hook)
{
    static const struct trap_extension extension = {
        .system_call = hooked_call,
        .interrupt = clock_interrupt,
        .resolve = hooked_resolve,
        .recover = user_copy_recover,
        .program_fault = report_program_fault,
    };
    current_hook = hook;
    if (hook != NULL) {
        trap_extend(&extension);
    } else {
        syscall_init(); /* the kernel's own extension again */
    }
}

void user_pretend(struct space *space)
{
    struct process *process = process_current();
    process->mode = PROCESS_USER;
    process->space = space;
    space_switch(space);
}

void user_pretend_end(void)
{
    struct process *process = process_current();
    process->mode = PROCESS_KERNEL;
    process->space = &kernel_space;
    space_switch(&kernel_space);
}

struct space *user_space(void)
{
    struct space *space = NULL;
    REQUIRE_ERROR(space_create(&space), 0, "a space can be created");
    return space;
}

void user_region(struct space *space, uintptr_t start, uint32_t pages, uint32_t flags)
{
    const struct region region = {start, start + pages * PAGE_SIZE, REGION_DEMAND_ZERO, flags};
    REQUIRE_ERROR(region_add(space, &region), 0, "a region can be added");
}

physaddr_t user_page(struct space *space, uintptr_t address, uint32_t flags, uint8_t fill)
{
    physaddr_t frame = frame_alloc();
    REQUIRE(frame != FRAME_NONE, "a frame is free");
    memset(phys_to_virt(frame), fill, PAGE_SIZE);
    REQUIRE_ERROR(paging_map(space->directory, address, frame, flags), 0, "a page can be mapped");
    return frame;
}

physaddr_t user_frame_of(const struct space *space, uintptr_t address)
{
    physaddr_t physical = FRAME_NONE;
    int error = paging_translate(space->directory, align_down(address, PAGE_SIZE), &physical, NULL);
    return error < 0 ? FRAME_NONE : physical;
}

uint32_t user_rights_of(const struct space *space, uintptr_t address)
{
    uint32_t rights = 0;
    int error = paging_translate(space->directory, address, NULL, &rights);
    return error < 0 ? 0 : rights;
}

void user_take_memory(void)
{
    hoard_take_all(&hoard);
}

void user_return_memory(uint32_t count)
{
    hoard_release(&hoard, count);
}

void user_return_all_memory(void)
{
    hoard_release_all(&hoard);
}
