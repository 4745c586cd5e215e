/**
 * @file
 * Pages in the kernel's windows; see window.h.
 *
 * It owns no state. Each page gets a frame of its own; when one cannot be had, the pages before it
 * are taken back, so that a failure leaves nothing behind.
 */
#include "kernel/memory/window.h"

#include "kernel/memory/frame.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/paging.h"
#include "kernel/memory/space.h"
#include "kernel/panic.h"

#include <cairn/error.h>

/** Map one page to a fresh frame. */
static int map_page(uintptr_t page)
{
    physaddr_t frame = frame_alloc();
    if (frame == FRAME_NONE) {
        return -E_NO_MEMORY;
    }
    int error = paging_map(kernel_space.directory, page, frame, PTE_WRITE);
    if (error < 0) {
        frame_release(frame);
    }
    return error;
}

int window_map(uintptr_t start, uintptr_t end)
{
    assert(start % PAGE_SIZE == 0 && end % PAGE_SIZE == 0);
    assert(USER_END <= start && start <= end);
    for (uintptr_t page = start; page < end; page += PAGE_SIZE) {
        int error = map_page(page);
        if (error < 0) {
            window_unmap(start, page);
            return error;
        }
    }
    return 0;
}

void window_unmap(uintptr_t start, uintptr_t end)
{
    assert(start % PAGE_SIZE == 0 && end % PAGE_SIZE == 0 && start <= end);
    for (uintptr_t page = start; page < end; page += PAGE_SIZE) {
        physaddr_t frame = FRAME_NONE;
        int error = paging_unmap(kernel_space.directory, page, &frame);
        assert(error == 0);
        frame_release(frame);
    }
}
