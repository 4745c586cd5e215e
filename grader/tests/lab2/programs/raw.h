/**
 * @file
 * System calls with every register and flag under the caller's control.
 *
 * C cannot say which register holds what, so the two routines are machine code, kept as data:
 * programs may execute data, since i386 page tables know no difference between reading and
 * executing. Each loads the registers, enters the kernel, and stores the registers. It owns no
 * state. Sequence: fill in a struct raw_registers; then raw_int80() or raw_sysenter().
 */
#ifndef PROGRAMS_RAW_H
#define PROGRAMS_RAW_H

#include <stdint.h>

/** The registers before a call, and afterwards those after it. */
struct raw_registers {
    uint32_t eax;
    uint32_t ebx;
    uint32_t ecx;
    uint32_t edx;
    uint32_t esi;
    uint32_t edi; /**< With SYSENTER it is set by the routine: where the program goes on. */
    uint32_t ebp; /**< With SYSENTER it is set by the routine: the stack pointer. */
    uint32_t eflags;
};

/** Save what a function preserves, and load EBX, ECX, EDX and ESI; flags wait on the stack. */
#define RAW_ENTER                                                                                  \
    0x55, 0x53, 0x56, 0x57,     /* push ebp; push ebx; push esi; push edi */                       \
        0x8B, 0x44, 0x24, 0x14, /* mov eax, [esp + 20]: the registers */                           \
        0x50, 0xFF, 0x70, 0x1C, /* push eax; push dword [eax + 28]: the flags */                   \
        0x8B, 0x58, 0x04,       /* mov ebx, [eax + 4] */                                           \
        0x8B, 0x48, 0x08,       /* mov ecx, [eax + 8] */                                           \
        0x8B, 0x50, 0x0C,       /* mov edx, [eax + 12] */                                          \
        0x8B, 0x70, 0x10        /* mov esi, [eax + 16] */
/** Store all registers, and restore what a function preserves. */
#define RAW_LEAVE                                                                                  \
    0x9C, 0x50, 0xFC,                      /* pushf; push eax; cld */                              \
        0x8B, 0x44, 0x24, 0x08,            /* mov eax, [esp + 8] */                                \
        0x89, 0x58, 0x04,                  /* mov [eax + 4], ebx */                                \
        0x89, 0x48, 0x08,                  /* mov [eax + 8], ecx */                                \
        0x89, 0x50, 0x0C,                  /* mov [eax + 12], edx */                               \
        0x89, 0x70, 0x10,                  /* mov [eax + 16], esi */                               \
        0x89, 0x78, 0x14,                  /* mov [eax + 20], edi */                               \
        0x89, 0x68, 0x18,                  /* mov [eax + 24], ebp */                               \
        0x8F, 0x00, 0x8F, 0x40, 0x1C,      /* pop dword [eax]; pop dword [eax + 28] */             \
        0x58, 0x5F, 0x5E, 0x5B, 0x5D, 0xC3 /* pop eax; pop edi, esi, ebx, ebp; ret */

static const uint8_t raw_int80_code[] = {
    RAW_ENTER,             /* */
    0x8B,      0x78, 0x14, /* mov edi, [eax + 20] */
    0x8B,      0x68, 0x18, /* mov ebp, [eax + 24] */
    0x8B,      0x00,       /* mov eax, [eax] */
    0x9D,      0xCD, 0x80, /* popf; int 0x80 */
    RAW_LEAVE,
};

static const uint8_t raw_sysenter_code[] = {
    RAW_ENTER,                               /* */
    0x8B,      0x00,                         /* mov eax, [eax] */
    0xE8,      0x00, 0x00, 0x00, 0x00, 0x5F, /* call next; next: pop edi */
    0x83,      0xC7, 0x0B,                   /* add edi, 11: behind SYSENTER */
    0x8D,      0x6C, 0x24, 0x04,             /* lea ebp, [esp + 4]: ESP behind POPF */
    0x9D,      0x0F, 0x34,                   /* popf; sysenter */
    RAW_LEAVE,
};

/** A routine above. */
typedef void raw_routine(struct raw_registers *registers);

/** Make a system call by INT 0x80. */
static inline void raw_int80(struct raw_registers *registers)
{
    ((raw_routine *)(uintptr_t)raw_int80_code)(registers);
}

/** Make a system call by SYSENTER. */
static inline void raw_sysenter(struct raw_registers *registers)
{
    ((raw_routine *)(uintptr_t)raw_sysenter_code)(registers);
}

/** The control words of the floating-point unit. */
struct raw_modes {
    uint32_t x87; /**< The low 16 bits. */
    uint32_t sse;
};

/** Load both control words. */
static inline void raw_set_modes(const struct raw_modes *modes)
{
    static const uint8_t code[] = {
        0x8B, 0x44, 0x24, 0x04, /* mov eax, [esp + 4] */
        0xD9, 0x28,             /* fldcw [eax] */
        0x0F, 0xAE, 0x50, 0x04, /* ldmxcsr [eax + 4] */
        0xC3,                   /* ret */
    };
    ((void (*)(const struct raw_modes *))(uintptr_t)code)(modes);
}

/** Store both control words. */
static inline void raw_get_modes(struct raw_modes *modes)
{
    static const uint8_t code[] = {
        0x8B, 0x44, 0x24, 0x04, /* mov eax, [esp + 4] */
        0xD9, 0x38,             /* fnstcw [eax] */
        0x0F, 0xAE, 0x58, 0x04, /* stmxcsr [eax + 4] */
        0xC3,                   /* ret */
    };
    ((void (*)(struct raw_modes *))(uintptr_t)code)(modes);
}

/** Leave pi in a floating-point register. */
static inline void raw_push_pi(void)
{
    static const uint8_t code[] = {0xD9, 0xEB, 0xC3}; /* fldpi; ret */
    ((void (*)(void))(uintptr_t)code)();
}

/** Take a number out of the floating-point registers. */
static inline void raw_pop(double *number)
{
    static const uint8_t code[] = {
        0x8B, 0x44, 0x24, 0x04, /* mov eax, [esp + 4] */
        0xDD, 0x18, 0xC3,       /* fstp qword [eax]; ret */
    };
    ((void (*)(double *))(uintptr_t)code)(number);
}

#endif
