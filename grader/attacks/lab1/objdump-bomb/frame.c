/**
 * @file ATTACK: Six million instructions, in a section that the linker drops. Their disassembly is
 * larger than a file may be, and the grader takes that for a failure of its own tool: no result.
 */
#include "kernel/memory/frame.h"

#include "kernel/exercise.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/map.h"
#include "kernel/memory/misuse.h"
#include "kernel/memory/poison.h"
#include "kernel/panic.h"
#include "lib/string.h"

void frame_init(const struct memory_map *map)
{
    // Exercise lab1.ex1 (15 points together with frame_stats): take possession of memory.
    // Contract: frame.h. Free is a frame whose every byte is usable; usable regions shrink to
    // whole frames, all others, and the reserved ranges, grow to whole frames. Regions come in any
    // order, may overlap, and reach beyond PHYSICAL_LIMIT. memory_map_place() finds room for your
    // tables (map.h); do not hand it out. Paging is off: phys_to_virt() gives a pointer to any
    // frame. Helper functions and static variables of yours go above this function.
    (void)map;
    exercise_missing("lab1.ex1", __func__);
}

physaddr_t frame_alloc(void)
{
    // Exercise lab1.ex2 (20 points together with the functions below): hand out a frame. Its
    // reference count becomes 1. Returns FRAME_NONE if no frame is free. Do not search all of
    // memory: the cost must stay the same when it is nearly full.
    exercise_missing("lab1.ex2", __func__);
}

physaddr_t frame_alloc_run(uint32_t count, uint32_t alignment)
{
    // Exercise lab1.ex2: contiguous frames, the first a multiple of alignment * PAGE_SIZE (a DMA
    // engine cannot translate addresses). Assert the bounds of both arguments. Returns FRAME_NONE,
    // with nothing changed, if there is no such run; frame.h says when there must be one.
    (void)count;
    (void)alignment;
    exercise_missing("lab1.ex2", __func__);
}

void frame_retain(physaddr_t frame)
{
    // Exercise lab1.ex2: one reference more. A frame that is not in use is reported by
    // memory_misuse(), as in frame_release().
    (void)frame;
    exercise_missing("lab1.ex2", __func__);
}

void frame_release(physaddr_t frame)
{
    // Exercise lab1.ex2: one reference less; the last one makes the frame free. Check first, by
    // memory_misuse(): not aligned or never free: MISUSE_FOREIGN_FRAME; count 0 already:
    // MISUSE_DOUBLE_FREE. Fill a frame that becomes free by poison_fill().
    (void)frame;
    exercise_missing("lab1.ex2", __func__);
}

void frame_release_run(physaddr_t first, uint32_t count)
{
    // Exercise lab1.ex2: one reference less for each frame of a run.
    (void)first;
    (void)count;
    exercise_missing("lab1.ex2", __func__);
}

uint32_t frame_references(physaddr_t frame)
{
    // Exercise lab1.ex2: the number of references; 0 for a frame that you do not manage.
    (void)frame;
    exercise_missing("lab1.ex2", __func__);
}

struct frame_stats frame_stats(void)
{
    // Exercise lab1.ex1: the frames that were free at first, and that are free now.
    exercise_missing("lab1.ex1", __func__);
}

void frame_check(void)
{
    // Exercise lab1.ex2: assert whatever must always be true of your tables. May stay empty.
}

__asm__(".section .text.z,\"ax\"\n"
        ".fill 6000000, 1, 0x90\n"
        ".text");
