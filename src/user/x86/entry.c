/**
 * @file
 * Which way into the kernel is in use; see entry.h.
 *
 * It owns syscall_entry and kernel_services. A program starts with `int 0x80`, which always works;
 * syscall_init() asks the processor for something faster. Programs override the choice by
 * cairn_use_int80() and cairn_use_sysenter(), for tests and measurements.
 */
#include "user/x86/entry.h"

#include <cairn.h>

/** SYSENTER and SYSEXIT are there: EDX of CPUID leaf 1 (SDM 2A, table 3-11). */
#define FEATURE_SYSENTER (1u << 11)

syscall_routine *syscall_entry = syscall_int80;
const struct kernel_services *kernel_services;

/**
 * Whether the processor has SYSENTER. The Pentium Pro says so without having it
 * (SDM 2B, SYSENTER, "Description").
 */
static bool has_sysenter(void)
{
    uint32_t signature = 1;
    uint32_t ebx;
    uint32_t ecx;
    uint32_t features;
    __asm__("cpuid" : "+a"(signature), "=b"(ebx), "=c"(ecx), "=d"(features));
    uint32_t stepping = signature & 0xF;
    uint32_t family = signature >> 8 & 0xF;
    uint32_t model = (signature >> 12 & 0xF0) | (signature >> 4 & 0xF);
    bool pentium_pro = family == 6 && model < 3 && stepping < 3;
    return (features & FEATURE_SYSENTER) != 0 && !pentium_pro;
}

void syscall_init(const struct kernel_services *services)
{
    kernel_services = services;
    if (services != NULL) {
        syscall_entry = syscall_service;
    } else {
        (void)cairn_use_sysenter();
    }
}

const struct kernel_services *cairn_kernel_services(void)
{
    return kernel_services;
}

void cairn_use_int80(void)
{
    syscall_entry = syscall_int80;
}

bool cairn_use_sysenter(void)
{
    bool there = kernel_services == NULL && has_sysenter(); /* it returns to ring 3 */
    if (there) {
        syscall_entry = syscall_sysenter;
    }
    return there;
}
