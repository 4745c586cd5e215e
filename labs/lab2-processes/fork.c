/**
 * @file
 * Lab 2, exercise 6: fork, with copy on write.
 *
 * The file owns no state. space_fork() lets a second space map the frames of the first; whichever
 * process writes to a page first gets it copied, by fork_resolve(). Frames count their references
 * (memory/frame.h), so the last user of a frame finds out that it is alone. The contract is in
 * kernel/process/fork.h.
 */
#include "kernel/process/fork.h"

#include "kernel/exercise.h"
#include "kernel/memory/frame.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/paging.h"
#include "kernel/panic.h"
#include "kernel/process/scheduler.h"
#include "kernel/process/user.h"
#include "kernel/x86/trap.h"
#include "lib/string.h"

#include <cairn/error.h>

int space_fork(struct space *parent, struct space **child)
{
    // Exercise lab2.ex6 (12 points together with the functions below): the same regions, and
    // the same frames, each with one reference more. Where the parent may write, neither may
    // from now on: the processor may still hold the old right in its cache, but
    // paging_protect() sees to that. On failure, space_destroy() gives back what the child had.
    (void)parent;
    (void)child;
    exercise_missing("lab2.ex6", __func__);
}

enum fault_cause fork_resolve(struct space *space, const struct fault *fault)
{
    // Exercise lab2.ex6: may this region be written at all? If others use the frame, copy it,
    // give up your reference, and let the entry name the copy; if not, the frame stays. Either
    // way the entry gets the region's right to write: invalidate. As long as nothing is
    // shared, a page that is read only stays so, which exercise 5 needs.
    (void)space;
    (void)fault;
    return FAULT_CAUSE_READ_ONLY;
}

int process_fork(void)
{
    // Exercise lab2.ex6: a new process with a copy of the space, of the frame (but its EAX is
    // 0: the child's result), of the floating-point registers as they are now, of the
    // personality, and of what the parent knows about its program (program, heap_start,
    // heap_end). user_prepare() makes the switch frame.
    exercise_missing("lab2.ex6", __func__);
}
