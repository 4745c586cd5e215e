/**
 * @file
 * The chain of callers; see backtrace.h.
 *
 * It owns no state. A stack frame is two words, the caller's frame pointer and the return address;
 * both must lie in a kernel stack before they are read. The walk ends at the zeros that boot.S
 * pushes.
 */
#include "kernel/x86/backtrace.h"

#include "kernel/panic.h"
#include "kernel/x86/segments.h"

/** What EBP points to (System V i386 psABI, figure 2.2). */
struct stack_frame {
    uintptr_t caller_frame;
    uintptr_t return_address;
};

static bool is_readable(uintptr_t frame)
{
    return frame % sizeof(uintptr_t) == 0 && segments_in_stack(frame) &&
           segments_in_stack(frame + sizeof(struct stack_frame) - 1);
}

size_t backtrace_walk(uintptr_t ebp, uintptr_t *addresses, size_t max)
{
    assert(addresses != NULL || max == 0);
    uintptr_t frame = ebp != 0 ? ebp : *(const uintptr_t *)__builtin_frame_address(0);
    size_t count = 0;
    while (count < max && is_readable(frame)) {
        const struct stack_frame *entry = (const struct stack_frame *)frame;
        if (entry->return_address == 0) {
            break;
        }
        addresses[count++] = entry->return_address;
        if (entry->caller_frame <= frame) {
            break;
        }
        frame = entry->caller_frame;
    }
    return count;
}
