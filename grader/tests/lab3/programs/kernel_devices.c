/**
 * @file
 * Uses pages, interrupts, ports and devices in ring 0, and sleeps there.
 *
 * usage: kernel_devices pages|sleep|wake PID|clock|interrupts|memory|long|hold
 *
 * The device is the real-time clock, whose periodic interrupt is IRQ 8 in every PC. `hold` takes
 * one of everything and waits until it is killed. It owns no state.
 *
 * Source: Motorola MC146818A, register A (rate), B (bit 6: periodic interrupt), C (reading it
 * acknowledges).
 */
#include "kernel_tools.h"

#include <cairn/error.h>
#include <cairn/syscall.h>
#include <cairn_ipc.h>
#include <ipc.h>
#include <string.h>

#define PAGE       4096u
#define CLOCK_IRQ  8u
#define CLOCK_PORT 0x70u
/** 1024 interrupts a second. */
#define CLOCK_RATE 0x26u
/** Bytes whose copying takes many ticks. */
#define LONG (256 * PAGE)

static const struct kernel_services *services;

static uint32_t clock_read(uint32_t place)
{
    services->port_write(CLOCK_PORT, 1, 0x80 | place);
    return services->port_read(CLOCK_PORT + 1, 1);
}

static void clock_write(uint32_t place, uint32_t value)
{
    services->port_write(CLOCK_PORT, 1, 0x80 | place);
    services->port_write(CLOCK_PORT + 1, 1, value);
}

/** Let the clock interrupt, or no longer. */
static void clock_interrupts(bool wanted)
{
    clock_write(0x0A, CLOCK_RATE);
    uint32_t control = clock_read(0x0B) & ~0x70u;
    clock_write(0x0B, wanted ? control | 0x40 : control);
    (void)clock_read(0x0C);
}

static void use_pages(void)
{
    uint32_t pages[20];
    for (uint32_t i = 0; i < 20; i++) {
        pages[i] = services->page_alloc();
        CHECK(pages[i] != 0 && pages[i] % PAGE == 0 && pages[i] < 0x40000000);
        for (uint32_t j = 0; j < i; j++) {
            CHECK(pages[j] != pages[i]);
        }
        const uint32_t *words = (const uint32_t *)(uintptr_t)pages[i];
        for (uint32_t j = 0; j < PAGE / 4; j++) {
            CHECK(words[j] == 0);
        }
        memset((void *)(uintptr_t)pages[i], 0x55, PAGE);
    }
    for (uint32_t i = 0; i < 10; i++) { /* the others go when the program does */
        CHECK(services->page_release(pages[i]) == 0);
        CHECK(services->page_release(pages[i]) == -E_NOT_FOUND);
    }
    CHECK(services->page_release(0) == -E_NOT_FOUND);
    CHECK(services->page_release(pages[19] + 4) == -E_NOT_FOUND);
    const uint8_t *bytes = (const uint8_t *)(uintptr_t)pages[12];
    CHECK(bytes[0] == 0x55 && bytes[PAGE - 1] == 0x55);
}

/** Sleep until somebody wakes this process, and with a limit. */
static void sleep_and_wake(void)
{
    CHECK(services->sleep(0) == 0); /* the test wakes it */
    uint32_t clock = cairn_clock();
    CHECK(services->sleep(5) == -E_TIMED_OUT);
    CHECK(services->sleep(0x80000000) == -E_INVALID);
    CHECK(cairn_clock() - clock >= 5 && cairn_clock() - clock < 40);
    CHECK(services->sleep(100000) == 0); /* and again */
}

/** Wake processes that sleep, and others. */
static void wake_others(int32_t sleeper)
{
    char *words[] = {"kernel_work", "spin", NULL};
    (void)cairn_sleep(5); /* the sleeper begins to sleep */
    CHECK(services->wake(0x7FFFFFFF) == -E_NO_PROCESS);
    CHECK(services->wake(-1) == -E_NO_PROCESS);
    CHECK(services->wake(cairn_getpid()) == -E_AGAIN);
    CHECK(services->wake(1) == -E_AGAIN); /* it waits for its children */
    int32_t child = cairn_spawn("test/kernel_work", words);
    CHECK(child > 0 && services->wake(child) == -E_AGAIN);
    CHECK(cairn_kill(child) == 0 && cairn_wait(child, NULL) == child);
    CHECK(services->wake(sleeper) == 0);
    CHECK(services->wake(sleeper) == -E_AGAIN); /* it is awake, but has not run yet */
    (void)cairn_sleep(20);                      /* it sleeps for 5 ticks, and then again */
    CHECK(services->wake(sleeper) == 0);
}

static void take_interrupts(void)
{
    int32_t bell = cairn_notification_create();
    CHECK(bell >= 0);
    CHECK(services->interrupt_register(0, bell, 1) == -E_INVALID);
    CHECK(services->interrupt_register(2, bell, 1) == -E_INVALID);
    CHECK(services->interrupt_register(SERVICE_IRQS, bell, 1) == -E_INVALID);
    CHECK(services->interrupt_register(CLOCK_IRQ, bell, 0) == -E_INVALID);
    CHECK(services->interrupt_register(CLOCK_IRQ, bell + 1, 4) == -E_BAD_HANDLE);
    CHECK(services->interrupt_unregister(CLOCK_IRQ) == -E_NOT_FOUND);
    int32_t deaf = cairn_handle_duplicate(bell, RIGHT_RECEIVE | RIGHT_TRANSFER);
    CHECK(deaf >= 0 && services->interrupt_register(CLOCK_IRQ, deaf, 4) == -E_ACCESS);
    CHECK(services->interrupt_register(CLOCK_IRQ, bell, 4) == 0);
    CHECK(services->interrupt_register(CLOCK_IRQ, bell, 8) == -E_EXISTS);
    clock_interrupts(true);
    const uint32_t clock = cairn_clock();
    for (uint32_t i = 0; i < 50; i++) {
        CHECK(cairn_notification_wait(bell, 100) == 4);
        (void)clock_read(0x0C);
    }
    const uint32_t ticks = cairn_clock() - clock;
    clock_interrupts(false);
    CHECK(ticks >= 25 && ticks <= 100); /* 1024 a second, and 1000 ticks a second */
    int32_t late = cairn_notification_wait(bell, 3);
    CHECK(late == 4 || late == -E_TIMED_OUT);
    CHECK(cairn_notification_wait(bell, 10) == -E_TIMED_OUT);
    CHECK(services->interrupt_unregister(CLOCK_IRQ) == 0);
    CHECK(services->interrupt_unregister(CLOCK_IRQ) == -E_NOT_FOUND);
    CHECK(services->interrupt_register(CLOCK_IRQ, bell, 8) == 0);
    CHECK(cairn_handle_close(bell) == 0); /* the interrupt keeps the notification alive */
    clock_interrupts(true);
    (void)cairn_sleep(5);
    clock_interrupts(false);
}

static void map_devices(void)
{
    volatile uint16_t *screen = services->device_map(0xB8000, 4000);
    CHECK(screen != NULL);
    screen[1999] = 0x0741;
    CHECK(screen[1999] == 0x0741);
    const volatile uint8_t *rom = services->device_map(0xFFFFFFF0, 15);
    CHECK(rom != NULL && rom[0] == 0xEA); /* the first instruction of every PC: a far jump */
    const volatile uint8_t *again = services->device_map(0xFFFFF000, 0xFFF);
    CHECK(again != NULL && again != rom && again[0xFF0] == 0xEA);
    CHECK(services->device_map(0x200000, 4096) == NULL); /* that is memory */
    CHECK(services->device_map(0xB8000, 0) == NULL);
    CHECK(services->device_map(0xFFFFF000, 0x2000) == NULL);
    CHECK(services->device_map(0x80000000, 0x40000000) == NULL); /* more than there is room for */
    CHECK(services->device_map(0xFFFF0000, 0x8000) != NULL);
}

/** A copy that takes long must not keep the clock from going on. */
static void copy_long(void)
{
    uint8_t *to = (uint8_t *)cairn_grow((int32_t)LONG);
    CHECK((uintptr_t)to < SYSCALL_ERROR_FIRST);
    memset(to, 0, LONG);
    uint32_t clock = cairn_clock() + 1;
    while (cairn_clock() != clock) {
    }
    uint64_t start = time_stamp();
    while (cairn_clock() - clock < 10) {
    }
    const uint32_t tick = (uint32_t)(time_stamp() - start) / 10;
    clock = cairn_clock();
    start = time_stamp();
    CHECK(services->read_space(cairn_getpid(), to, (uintptr_t)to, LONG) == 0);
    const uint32_t expected = (uint32_t)(time_stamp() - start) / tick;
    CHECK(expected < 4 || cairn_clock() - clock >= expected / 2);
}

/** Take one of everything, and wait for the end. */
static void hold(void)
{
    int32_t bell = cairn_notification_create();
    int32_t endpoint = ns_publish("hold:");
    CHECK(bell >= 0 && endpoint >= 0 && cairn_memory_create(10000) >= 0);
    for (int pages = 0; pages < 2; pages++) {
        CHECK(services->page_alloc() != 0);
    }
    CHECK(services->interrupt_register(CLOCK_IRQ, bell, 4) == 0);
    CHECK(services->device_map(0xFFFF0000, 0x8000) != NULL);
    clock_interrupts(true);
    struct message message;
    CHECK(cairn_endpoint_receive(endpoint, &message, WAIT_NO_LIMIT) == 0);
}

int main(int argc, char *argv[])
{
    services = cairn_kernel_services();
    CHECK(argc >= 2 && services != NULL);
    const char *part = argv[1];
    if (strcmp(part, "pages") == 0) {
        use_pages();
    } else if (strcmp(part, "sleep") == 0) {
        sleep_and_wake();
    } else if (strcmp(part, "wake") == 0) {
        CHECK(argc == 3);
        wake_others((int32_t)number_of(argv[2]));
    } else if (strcmp(part, "interrupts") == 0) {
        take_interrupts();
    } else if (strcmp(part, "memory") == 0) {
        map_devices();
    } else if (strcmp(part, "long") == 0) {
        copy_long();
    } else {
        hold();
    }
    return 0;
}
