/**
 * @file
 * Alternative for lab 2, exercise 7: exec.
 *
 * The file owns no state. process_exec() is called by the handler of the system call, on the kernel
 * stack of the process whose program is to be replaced. The new program is complete before the old
 * one is given up, so a failure leaves the old one as it was. The contract is in
 * kernel/process/exec.h.
 */
#include "kernel/process/exec.h"

#include "kernel/process/user.h"

#include <cairn/error.h>

int process_exec(const char *path, const struct program_arguments *arguments)
{
    struct process *self = process_current();
    if (self->mode != PROCESS_USER) {
        return -E_INVALID;
    }
    struct program program;
    int error = program_load(path, arguments, &program);
    if (error < 0) {
        return error;
    }
    struct space *old = self->space;
    program_install(self, &program);
    space_switch(self->space);
    space_destroy(old);
    fpu_reset(&self->fpu);
    fpu_restore(&self->fpu);
    user_set_frame(self, program.entry, program.stack_pointer);
    return 0;
}
