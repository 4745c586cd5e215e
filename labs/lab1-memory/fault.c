/**
 * @file
 * Lab 1, exercise 5: regions and page faults.
 *
 * The file owns the list of regions inside each struct space, kept sorted by address, and no other
 * state. region_add() describes the user half of a space; the trap handler then calls
 * fault_decode() and fault_resolve() for each page fault, which maps a fresh page where a region
 * promises one and otherwise says what was wrong. Nothing is changed before all is decided.
 *
 * Source: Intel SDM volume 3A, section 4.7 (page-fault exceptions).
 */
#include "kernel/memory/fault.h"

#include "kernel/exercise.h"
#include "kernel/memory/frame.h"
#include "kernel/memory/layout.h"
#include "kernel/memory/paging.h"
#include "kernel/panic.h"
#include "lib/string.h"

#include <cairn/error.h>

struct fault fault_decode(uint32_t error_code, uintptr_t address)
{
    // Exercise lab1.ex5 (15 points together with the functions below): take the error code apart;
    // enum fault_bits names its bits (SDM 3A, figure 4-12).
    (void)error_code;
    (void)address;
    exercise_missing("lab1.ex5", __func__);
}

enum fault_cause fault_resolve(struct space *space, const struct fault *fault)
{
    // Exercise lab1.ex5: fault.h lists the rules in order. Decide first, change last: a zeroed
    // frame, mapped with the region's flags at the page that holds the address.
    (void)space;
    (void)fault;
    exercise_missing("lab1.ex5", __func__);
}

int region_add(struct space *space, const struct region *region)
{
    // Exercise lab1.ex5: check the region by itself (-E_INVALID), against its neighbours
    // (-E_EXISTS), and for room (-E_NO_SPACE); then insert it so that the list stays sorted.
    (void)space;
    (void)region;
    exercise_missing("lab1.ex5", __func__);
}

const struct region *region_find(const struct space *space, uintptr_t address)
{
    // Exercise lab1.ex5: the region that holds the address: start <= address < end. NULL: none.
    (void)space;
    (void)address;
    exercise_missing("lab1.ex5", __func__);
}
