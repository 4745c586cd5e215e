/**
 * @file
 * From the boot loader's structures to struct boot_info; see multiboot.h.
 *
 * It owns the one struct boot_info. multiboot_start() first makes failures reportable
 * (processor tables), then copies the loader's data, because that memory may be
 * handed out later, and calls kernel_main(). The loader is trusted, but everything that is copied
 * has a limit.
 */
#include "kernel/x86/multiboot.h"

#include "kernel/boot.h"
#include "kernel/cmdline.h"
#include "kernel/console.h"
#include "kernel/main.h"
#include "kernel/memory/layout.h"
#include "kernel/panic.h"
#include "kernel/x86/cpu.h"
#include "lib/string.h"

/** The type of usable memory in a memory map; every other type is reserved (3.3). */
#define REGION_USABLE 1u
/** BIOS memory ends here even on machines that describe only its size (3.3, mem_lower). */
#define LOWER_MEMORY_MAX 0xA0000u

static struct boot_info boot;

static void add_region(struct memory_map *map, uint64_t start, uint64_t length, bool usable)
{
    if (map->region_count == BOOT_REGIONS_MAX) {
        panic("the memory map has more than %d regions", BOOT_REGIONS_MAX);
    }
    map->regions[map->region_count++] =
        (struct memory_region){.start = start, .length = length, .usable = usable};
}

static void add_reserved(struct memory_map *map, physaddr_t start, physaddr_t end)
{
    assert(start <= end);
    assert(map->reserved_count < COUNT_OF(map->reserved));
    map->reserved[map->reserved_count++] = (struct memory_range){.start = start, .end = end};
}

static void copy_memory_map(struct memory_map *map, const struct multiboot_info *info)
{
    physaddr_t entry = info->memory_map;
    physaddr_t end = info->memory_map + info->memory_map_length;
    while (entry < end) {
        const struct multiboot_region *region = phys_to_virt(entry);
        add_region(map, region->start, region->length, region->type == REGION_USABLE);
        entry += region->size + sizeof(region->size);
    }
}

/** Make a map from the two sizes that every loader knows. */
static void guess_memory_map(struct memory_map *map, const struct multiboot_info *info)
{
    uint64_t lower = (uint64_t)info->memory_lower << 10;
    add_region(map, 0, lower < LOWER_MEMORY_MAX ? lower : LOWER_MEMORY_MAX, true);
    add_region(map, LOW_MEMORY_END, (uint64_t)info->memory_upper << 10, true);
}

static void copy_memory(struct memory_map *map, const struct multiboot_info *info)
{
    if (info->flags & MULTIBOOT_HAS_MEMORY_MAP) {
        copy_memory_map(map, info);
    } else if (info->flags & MULTIBOOT_HAS_MEMORY) {
        guess_memory_map(map, info);
    } else {
        panic("the boot loader does not say how much memory there is");
    }
    add_reserved(map, virt_to_phys(kernel_image_start), virt_to_phys(kernel_image_end));
}

static void copy_modules(const struct multiboot_info *info)
{
    if (!(info->flags & MULTIBOOT_HAS_MODULES)) {
        return;
    }
    if (info->module_count > BOOT_MODULES_MAX) {
        panic("the boot loader passed %u modules; at most %d are supported", info->module_count,
              BOOT_MODULES_MAX);
    }
    const struct multiboot_module *modules = phys_to_virt(info->modules);
    for (uint32_t i = 0; i < info->module_count; i++) {
        struct boot_module *module = &boot.modules[boot.module_count++];
        module->start = modules[i].start;
        module->end = modules[i].end;
        if (modules[i].command_line != 0) {
            strlcpy(module->name, phys_to_virt(modules[i].command_line), sizeof(module->name));
        }
        add_reserved(&boot.memory, module->start, module->end);
    }
}

static void copy_texts(const struct multiboot_info *info)
{
    strlcpy(boot.loader, "unknown", sizeof(boot.loader));
    if (info->flags & MULTIBOOT_HAS_LOADER_NAME) {
        strlcpy(boot.loader, phys_to_virt(info->loader_name), sizeof(boot.loader));
    }
    if (info->flags & MULTIBOOT_HAS_COMMAND_LINE) {
        strlcpy(boot.command_line, phys_to_virt(info->command_line), sizeof(boot.command_line));
    }
}

_Noreturn void multiboot_start(uint32_t magic, const struct multiboot_info *info)
{
    boot.entry_time = cpu_timestamp();
    cpu_init();
    if (magic != MULTIBOOT_LOADER_MAGIC) {
        panic("no Multiboot boot loader started the kernel (magic number 0x%08x)", magic);
    }
    copy_texts(info);
    if (cmdline_has(boot.command_line, "earlycon")) {
        console_init_early();
    }
    copy_memory(&boot.memory, info);
    copy_modules(info);
    kernel_main(&boot);
}
