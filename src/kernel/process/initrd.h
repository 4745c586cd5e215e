/**
 * @file
 * The initial file system: a tar archive that the boot loader has put into memory.
 *
 * Programs are read from it where it lies; nothing is copied. It owns the place of the archive.
 * Sequence: initrd_init() once; then initrd_find() by path. The archive was made by tar and is
 * checked all the same, because a boot loader can load any file.
 *
 * Source: POSIX.1-2017, pax, "ustar Interchange Format".
 */
#ifndef KERNEL_PROCESS_INITRD_H
#define KERNEL_PROCESS_INITRD_H

#include "kernel/boot.h"
#include "kernel/types.h"

/** A file of the archive. */
struct initrd_file {
    char name[101];      /**< Without a leading slash, as "bin/init". */
    const uint8_t *data; /**< Its contents; not aligned. */
    uint32_t size;       /**< In bytes. */
};

/**
 * Read the archive's headers. A damaged header ends the list, with a message on the console that
 * says where.
 * @param boot the first module is the archive; without one there are no files.
 */
void initrd_init(const struct boot_info *boot);

/**
 * Find a file.
 * @param path ends with 0; a leading slash is ignored.
 * @return the file, valid for ever; NULL if there is none of that name.
 */
const struct initrd_file *initrd_find(const char *path);

/** @return the number of files. */
uint32_t initrd_count(void);

#endif
