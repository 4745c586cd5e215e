/**
 * @file
 * The texts of errors, generated from the list in <cairn/error.h>.
 *
 * It is used on both sides: by the kernel's messages and by user programs. The file owns no state.
 * A caller passes what a function returned, or the positive number.
 */
#include <cairn/error.h>

const char *error_text(int error)
{
#define ERROR_CASE(name, number, text)                                                             \
    case -(number):                                                                                \
        return text;
    switch (error > 0 ? -error : error) {
    case 0:
        return "no error";
        CAIRN_ERRORS(ERROR_CASE)
    default:
        return "unknown error";
    }
#undef ERROR_CASE
}
