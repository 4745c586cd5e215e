/**
 * @file
 * Lab 3: what system calls give to a program, and what they must not.
 *
 * A structure that the kernel fills in and copies out whole must have been empty before: what was
 * left on the kernel's stack by earlier calls is nobody's business. The test leaves a mark there,
 * makes a call, and looks for it. It owns no state.
 */
#include "service_support.h"

#include "kernel/process/syscall.h"
#include "lib/string.h"

#include <cairn/syscall.h>

/** Bytes of the stack that are marked: more than any system call takes. */
#define MARKED 3072u
/** The mark. */
#define MARK 0xA5

/** Fill the stack below with marks, as earlier calls might have. */
static __attribute__((noinline)) void mark_stack(void)
{
    uint8_t bytes[MARKED];
    volatile uint8_t *place = bytes;
    for (uint32_t i = 0; i < sizeof(bytes); i++) {
        place[i] = MARK;
    }
}

static uint32_t word(const void *address)
{
    return (uint32_t)(uintptr_t)address;
}

KTEST(review_list_clean, KTEST_NAMES)
{
    struct name_info info;
    ktest_part("a name that is listed, and nothing else");
    const uint32_t none[SYSCALL_ARGUMENTS] = {0};
    const uint32_t list[SYSCALL_ARGUMENTS] = {0, word("short:"), word(&info)};
    const int32_t handle = syscall_handle(SYS_ENDPOINT_CREATE, none);
    REQUIRE(handle >= 0, "an endpoint can be made");
    const uint32_t name[SYSCALL_ARGUMENTS] = {word("short:"), (uint32_t)handle};
    SUPPORT_EXPECT(syscall_handle(SYS_NAME_REGISTER, name), 0, "a name can be registered");
    memset(&info, 0, sizeof(info));
    mark_stack();
    REQUIRE(syscall_handle(SYS_NAME_LIST, list) > 0, "a name that was registered is listed");
    EXPECT_EQUAL(strcmp(info.name, "short:"), 0, "the name is listed by its text");
    uint32_t foreign = 0;
    for (uint32_t i = strlen(info.name); i < NAME_MAX_BYTES; i++) {
        foreign += info.name[i] != '\0';
    }
    EXPECT_EQUAL(foreign, 0, "behind the text there is nothing of the kernel's");
    SUPPORT_EXPECT(syscall_handle(SYS_NAME_UNREGISTER, name), 0, "a name can be withdrawn");
    const uint32_t close[SYSCALL_ARGUMENTS] = {(uint32_t)handle};
    SUPPORT_EXPECT(syscall_handle(SYS_HANDLE_CLOSE, close), 0, "the endpoint is given back");
}

KTEST(review_names_limit, KTEST_NAMES)
{
    const struct support_census before = support_census();
    ktest_part("a program that registers names as long as it can");
    SUPPORT_EXPECT_SUCCESS(SUPPORT_RUN(PROCESS_USER, "review_names"),
                           "a program can have NAMES_MAX names");
    support_census_expect(&before);
}
