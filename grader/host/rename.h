/**
 * @file
 * Other names for Cairn's memory and string functions, included before everything else.
 *
 * A test on the host is linked with the C library of the host, which the sanitizers and printf()
 * need and which has functions of the same names. With this file the code under test calls Cairn's
 * own functions, and so does a test. It owns no state. Tests do not include <string.h>.
 */
#ifndef HOST_RENAME_H
#define HOST_RENAME_H

#define memcpy  cairn_memcpy
#define memmove cairn_memmove
#define memset  cairn_memset
#define memcmp  cairn_memcmp
#define strlen  cairn_strlen
#define strcmp  cairn_strcmp
#define strncmp cairn_strncmp
#define strchr  cairn_strchr
#define strlcpy cairn_strlcpy

#endif
